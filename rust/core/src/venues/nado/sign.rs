//! EIP-712 digests of Nado's messages (Nado reference 3).

use std::collections::HashMap;
use std::sync::OnceLock;

use super::key::keccak256;

/// How one field of a message becomes 32 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    Bytes32,
    Address,
    Int128,
    Uint128,
    Uint64,
    Uint32,
    Bool,
    Uint32Array,
    Bytes32Array,
}

/// One message type: its EIP-712 name and its fields in the order in which they are hashed.
#[derive(Debug)]
pub struct MessageType {
    pub name: &'static str,
    pub fields: &'static [(FieldKind, &'static str)],
    /// Orders are signed for their product, everything else for the endpoint contract (reference 1.4).
    hash: OnceLock<[u8; 32]>,
}

/// The value of one field, already in 32-byte words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    One([u8; 32]),
    Many(Vec<[u8; 32]>),
}

macro_rules! message_types {
    ($($constant:ident = $name:literal { $($kind:ident $field:literal),+ $(,)? })+) => {
        $(pub static $constant: MessageType =
            MessageType { name: $name, fields: &[$((FieldKind::$kind, $field)),+], hash: OnceLock::new() };)+
        /// Every message this venue signs.
        pub static MESSAGE_TYPES: &[&MessageType] = &[$(&$constant),+];
    };
}

message_types! {
    ORDER = "Order" {
        Bytes32 "sender", Int128 "priceX18", Int128 "amount", Uint64 "expiration", Uint64 "nonce", Uint128 "appendix",
    }
    CANCELLATION = "Cancellation" { Bytes32 "sender", Uint32Array "productIds", Bytes32Array "digests", Uint64 "nonce" }
    CANCELLATION_PRODUCTS = "CancellationProducts" { Bytes32 "sender", Uint32Array "productIds", Uint64 "nonce" }
    STREAM_AUTHENTICATION = "StreamAuthentication" { Bytes32 "sender", Uint64 "expiration" }
    LINK_SIGNER = "LinkSigner" { Bytes32 "sender", Bytes32 "signer", Uint64 "nonce" }
    LIST_TRIGGER_ORDERS = "ListTriggerOrders" { Bytes32 "sender", Uint64 "recvTime" }
    WITHDRAW_COLLATERAL = "WithdrawCollateral" { Bytes32 "sender", Uint32 "productId", Uint128 "amount", Uint64 "nonce" }
    WITHDRAW_COLLATERAL_V2 = "WithdrawCollateralV2" {
        Bytes32 "sender", Uint32 "productId", Uint128 "amount", Uint64 "nonce", Address "sendTo", Uint128 "appendix",
    }
    TRANSFER_QUOTE = "TransferQuote" { Bytes32 "sender", Bytes32 "recipient", Uint128 "amount", Uint64 "nonce" }
    LIQUIDATE_SUBACCOUNT = "LiquidateSubaccount" {
        Bytes32 "sender", Bytes32 "liquidatee", Uint32 "productId", Bool "isEncodedSpread", Int128 "amount", Uint64 "nonce",
    }
    MINT_NLP = "MintNlp" { Bytes32 "sender", Uint128 "quoteAmount", Uint64 "nonce" }
    BURN_NLP = "BurnNlp" { Bytes32 "sender", Uint128 "nlpAmount", Uint64 "nonce" }
    DEPENDENCY_UPDATE = "DependencyUpdate" { Bytes32 "sender", Bytes32 "oldDigest", Bytes32 "newDigest", Uint64 "nonce" }
}

impl FieldKind {
    pub fn solidity(self) -> &'static str {
        match self {
            Self::Bytes32 => "bytes32",
            Self::Address => "address",
            Self::Int128 => "int128",
            Self::Uint128 => "uint128",
            Self::Uint64 => "uint64",
            Self::Uint32 => "uint32",
            Self::Bool => "bool",
            Self::Uint32Array => "uint32[]",
            Self::Bytes32Array => "bytes32[]",
        }
    }
}

impl MessageType {
    pub fn type_string(&self) -> String {
        let fields: Vec<String> =
            self.fields.iter().map(|(kind, name)| format!("{} {name}", kind.solidity())).collect();
        format!("{}({})", self.name, fields.join(","))
    }

    pub fn type_hash(&self) -> [u8; 32] {
        *self.hash.get_or_init(|| keccak256(self.type_string().as_bytes()))
    }

    /// Arrays are hashed over their padded elements. `words` must hold one entry a field.
    pub fn struct_hash(&self, words: &[Word]) -> [u8; 32] {
        debug_assert_eq!(words.len(), self.fields.len());
        let mut data = Vec::with_capacity(32 * (words.len() + 1));
        data.extend_from_slice(&self.type_hash());
        for word in words {
            match word {
                Word::One(bytes) => data.extend_from_slice(bytes),
                Word::Many(items) => data.extend_from_slice(&keccak256(items.as_flattened())),
            }
        }
        keccak256(&data)
    }
}

/// Two's complement in 32 bytes.
pub fn signed(value: i128) -> Word {
    let mut bytes = [if value < 0 { 0xff } else { 0 }; 32];
    bytes[16..].copy_from_slice(&value.to_be_bytes());
    Word::One(bytes)
}

pub fn unsigned(value: u128) -> Word {
    Word::One(padded(&value.to_be_bytes()))
}

/// Left-padded with zeros, as numbers and addresses are.
pub fn padded(bytes: &[u8]) -> [u8; 32] {
    let mut word = [0; 32];
    word[32 - bytes.len()..].copy_from_slice(bytes);
    word
}

/// The domain every message of a chain and contract is bound to (reference 3.1).
pub fn domain_separator(chain_id: u64, verifying_contract: &[u8; 20]) -> [u8; 32] {
    const DOMAIN: &str = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)";
    let mut data = Vec::with_capacity(160);
    data.extend_from_slice(&keccak256(DOMAIN.as_bytes()));
    data.extend_from_slice(&keccak256(b"Nado"));
    data.extend_from_slice(&keccak256(b"0.0.1"));
    data.extend_from_slice(&padded(&chain_id.to_be_bytes()));
    data.extend_from_slice(&padded(verifying_contract));
    keccak256(&data)
}

/// The contract that stands for a product's orders: its id as an address.
pub fn product_contract(product_id: u32) -> [u8; 20] {
    let mut address = [0; 20];
    address[16..].copy_from_slice(&product_id.to_be_bytes());
    address
}

/// What is signed; for an order also the id by which the venue knows it.
pub fn digest(domain_separator: &[u8; 32], struct_hash: &[u8; 32]) -> [u8; 32] {
    let mut data = [0; 66];
    data[0] = 0x19;
    data[1] = 0x01;
    data[2..34].copy_from_slice(domain_separator);
    data[34..].copy_from_slice(struct_hash);
    keccak256(&data)
}

/// The domain separators of one chain: the endpoint's, and each product's once it was needed.
#[derive(Debug, Clone)]
pub struct Domains {
    chain_id: u64,
    endpoint: [u8; 32],
    products: HashMap<u32, [u8; 32]>,
}

impl Domains {
    pub fn new(chain_id: u64, endpoint_address: &[u8; 20]) -> Self {
        Self { chain_id, endpoint: domain_separator(chain_id, endpoint_address), products: HashMap::new() }
    }

    pub fn endpoint(&self) -> &[u8; 32] {
        &self.endpoint
    }

    pub fn product(&mut self, product_id: u32) -> &[u8; 32] {
        let chain_id = self.chain_id;
        self.products.entry(product_id).or_insert_with(|| domain_separator(chain_id, &product_contract(product_id)))
    }
}
