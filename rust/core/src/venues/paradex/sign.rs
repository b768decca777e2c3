//! What is signed: typed data of revision 0, hashed with Pedersen (Paradex reference 3.6). Block trades are `block_trade`'s.

use std::sync::OnceLock;

use super::felt::Felt;
use super::pedersen::Chain;
use crate::decimal::{BaseQty, Price};
use crate::error::{CommandError, VenueError};
use crate::events::Side;
use crate::venues::evm_key::keccak256;

/// One message type: its name and its fields in the order in which they are hashed. Every field is a felt.
#[derive(Debug)]
pub struct MessageType {
    pub name: &'static str,
    pub fields: &'static [&'static str],
    /// A list that holds the type's hash, which every message of the type begins with.
    beginning: OnceLock<Chain>,
}

macro_rules! message_types {
    ($($constant:ident = $name:literal { $($field:literal),+ $(,)? })+) => {
        $(pub static $constant: MessageType =
            MessageType { name: $name, fields: &[$($field),+], beginning: OnceLock::new() };)+
        /// Every message of revision 0 that this venue's clients sign.
        pub static MESSAGE_TYPES: &[&MessageType] = &[$(&$constant),+];
    };
}

message_types! {
    DOMAIN = "StarkNetDomain" { "name", "chainId", "version" }
    ONBOARDING = "Constant" { "action" }
    AUTH = "Request" { "method", "path", "body", "timestamp", "expiration" }
    FULL_NODE = "Request" { "account", "payload", "timestamp", "version" }
    ORDER = "Order" { "timestamp", "market", "side", "orderType", "size", "price" }
    MODIFY_ORDER = "ModifyOrder" { "timestamp", "market", "side", "orderType", "size", "price", "id" }
}

impl MessageType {
    pub fn type_string(&self) -> String {
        format!("{}({}:felt)", self.name, self.fields.join(":felt,"))
    }

    pub fn type_hash(&self) -> Felt {
        starknet_keccak(&self.type_string())
    }

    /// `fields` must hold one value a field.
    pub fn struct_hash(&self, fields: &[Felt]) -> Felt {
        debug_assert_eq!(fields.len(), self.fields.len());
        let beginning = *self.beginning.get_or_init(|| Chain::EMPTY.then(self.type_hash()));
        fields.iter().fold(beginning, |chain, field| chain.then(*field)).end()
    }
}

/// The lowest 250 bits of the text's keccak256.
pub fn starknet_keccak(text: &str) -> Felt {
    let mut hash = keccak256(text.as_bytes());
    hash[0] &= 3;
    Felt::from_be_bytes_reduced(&hash)
}

/// What every message of an account on a chain is bound to.
#[derive(Debug, Clone, Copy)]
pub struct Domain {
    hash: Felt,
    /// A list that holds all of a signed message but its struct hash.
    beginning: Chain,
}

impl Domain {
    /// `account`: for a subkey too the main account's address (reference 4.1).
    ///
    /// # Errors
    /// A chain id, which the venue serves as text, that is no short string.
    pub fn new(chain_id: &str, account: Felt) -> Result<Self, VenueError> {
        let chain = Felt::short_string(chain_id).ok_or_else(|| {
            let hint = "a chain id has at most 31 ASCII characters, such as PRIVATE_SN_POTC_SEPOLIA";
            VenueError::config("a chain id that cannot be signed", chain_id, "the venue's system config", hint)
        })?;
        let hash = DOMAIN.struct_hash(&[Felt::word("Paradex"), chain, Felt::ONE]);
        Ok(Self { hash, beginning: Chain::EMPTY.then(Felt::word("StarkNet Message")).then(hash).then(account) })
    }

    pub fn hash(&self) -> Felt {
        self.hash
    }

    /// What is signed for a message.
    pub fn digest(&self, struct_hash: Felt) -> Felt {
        self.beginning.then(struct_hash).end()
    }
}

/// Struct hash of the message that opens an account (reference 3.4).
pub fn onboarding() -> Felt {
    ONBOARDING.struct_hash(&[Felt::word("Onboarding")])
}

/// Struct hash of the message that a token is given for, valid until `expiration_s`; its path has no key even where the
/// request's has (reference 3.3).
pub fn auth(timestamp_s: u64, expiration_s: u64) -> Felt {
    AUTH.struct_hash(&[
        Felt::word("POST"),
        Felt::word("/v1/auth"),
        Felt::word(""),
        timestamp_s.into(),
        expiration_s.into(),
    ])
}

/// Digest under which a main key registers a subkey until `expiry_s` (reference 2.8): a bare list, bound to no domain.
pub fn subkey_registration(account: Felt, public_key: Felt, timestamp_s: u64, expiry_s: u64) -> Felt {
    super::pedersen::hash_of(&[account, public_key, timestamp_s.into(), expiry_s.into()])
}

/// What of an order is signed: not its flags, its instruction, its trigger or its client id (reference 4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignedOrder<'a> {
    /// Acts as the nonce.
    pub timestamp_ms: u64,
    pub market: &'a str,
    pub side: Side,
    /// The `type` that the request names.
    pub kind: &'a str,
    pub size: BaseQty,
    /// 0 where the order has none.
    pub price: Price,
}

impl SignedOrder<'_> {
    /// Struct hash of a new order.
    ///
    /// # Errors
    /// A market or kind that is no short string; a size or price below 0 or with more than 8 decimals.
    pub fn place(&self) -> Result<Felt, CommandError> {
        Ok(ORDER.struct_hash(&self.fields()?))
    }

    /// Struct hash of the order as it shall become; `id` is the venue's.
    ///
    /// # Errors
    /// As for `place`, and an id that is not a number.
    pub fn modify(&self, id: &str) -> Result<Felt, CommandError> {
        let number = id.parse::<u128>().ok().filter(|_| id.bytes().all(|byte| byte.is_ascii_digit()));
        let number = number.ok_or_else(|| CommandError { code: "ORDER_ID_MALFORMED", detail: id.to_owned() })?;
        let [timestamp, market, side, kind, size, price] = self.fields()?;
        Ok(MODIFY_ORDER.struct_hash(&[timestamp, market, side, kind, size, price, number.into()]))
    }

    fn fields(&self) -> Result<[Felt; 6], CommandError> {
        Ok([
            self.timestamp_ms.into(),
            text("market", self.market)?,
            side(self.side),
            text("type", self.kind)?,
            quantums("size", self.size.x18())?,
            quantums("price", self.price.x18())?,
        ])
    }
}

pub fn side(side: Side) -> Felt {
    match side {
        Side::Buy => Felt::ONE,
        Side::Sell => 2u64.into(),
    }
}

pub fn text(what: &str, value: &str) -> Result<Felt, CommandError> {
    let refuse = || CommandError {
        code: "TEXT_UNSIGNABLE",
        detail: format!("{what} {value:?}: 1 to 31 ASCII characters, not all of them digits, can be signed"),
    };
    // Text of digits alone is hashed as the number by the venue (reference 3.6).
    let digits = value.bytes().all(|byte| byte.is_ascii_digit());
    Felt::short_string(value).filter(|_| !digits).ok_or_else(refuse)
}

/// Units of 10^-8. The venue's SDK cuts further decimals off for the hash and sends them all the same, which fails at the
/// venue (reference 4.1); here they are refused.
pub fn quantums(what: &str, value_x18: i128) -> Result<Felt, CommandError> {
    const UNIT_X18: i128 = 10_000_000_000;
    let units = u128::try_from(value_x18 / UNIT_X18).ok().filter(|_| value_x18 >= 0 && value_x18 % UNIT_X18 == 0);
    let refuse = || CommandError {
        code: "DECIMALS_UNSIGNABLE",
        detail: format!("{what} {}: 0 or more, with at most 8 decimals, can be signed", Price::from_x18(value_x18)),
    };
    units.map(Felt::from).ok_or_else(refuse)
}
