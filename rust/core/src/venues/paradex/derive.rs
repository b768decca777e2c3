//! The L2 key that the venue's own tools derive from an Ethereum key (Paradex reference 3.5).

use crypto_bigint::U256;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::ecdsa::{self, ORDER};
use super::key::Key;
use crate::venues::evm_key::{EvmKey, keccak256};

/// How the first half of the Ethereum signature becomes bytes before it is hashed. The two differ for the one wallet in 256
/// whose signature begins with a zero byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Grinding {
    /// Without leading zero bytes: the venue's Python SDK, CCXT.
    #[default]
    Shortest,
    /// Always 32 bytes: the venue's web app and JavaScript SDK.
    Fixed,
}

impl Grinding {
    pub const ALL: [Self; 2] = [Self::Shortest, Self::Fixed];

    /// By the names that configurations have for them.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "shortest" => Some(Self::Shortest),
            "fixed" => Some(Self::Fixed),
            _ => None,
        }
    }

    /// What to do where the other one was configured.
    pub fn hint(self) -> &'static str {
        match self {
            Self::Shortest => "that account's key was derived by the other rule: set key_derivation to \"shortest\"",
            Self::Fixed => "that account's key was derived by the other rule: set key_derivation to \"fixed\"",
        }
    }
}

/// `l1_chain_id`: of Ethereum, as the venue serves it (reference 2.1).
pub fn derive(l1: &EvmKey, l1_chain_id: u64, grinding: Grinding) -> Key {
    let signature = Zeroizing::new(l1.sign(&digest(l1_chain_id)));
    let mut seed = Zeroizing::new([0; 32]);
    seed.copy_from_slice(&signature[..32]);
    grind(&seed, grinding)
}

/// Hashes of the seed and a counter, until one is below the highest multiple of the order: so no remainder is more likely
/// than another.
pub fn grind(seed: &[u8; 32], grinding: Grinding) -> Key {
    let skipped = match grinding {
        Grinding::Fixed => 0,
        Grinding::Shortest => seed.iter().take_while(|byte| **byte == 0).count(),
    };
    // 2^256 holds the order 31 times and a rest.
    let limit = ORDER.wrapping_mul(&U256::from_u64(31));
    let mut counter = 0u8;
    loop {
        let hash: Zeroizing<[u8; 32]> =
            Zeroizing::new(Sha256::new().chain_update(&seed[skipped..]).chain_update([counter]).finalize().into());
        let number = Zeroizing::new(U256::from_be_slice(&*hash));
        if *number < limit
            && let Some(key) = Key::new(Zeroizing::new(ecdsa::reduced(&number)))
        {
            return key;
        }
        counter = counter.wrapping_add(1);
    }
}

/// EIP-712 digest of `Constant(action: "STARK Key")`.
fn digest(l1_chain_id: u64) -> [u8; 32] {
    let mut chain_id = [0; 32];
    chain_id[24..].copy_from_slice(&l1_chain_id.to_be_bytes());
    let domain = keccak256(
        &[
            keccak256(b"EIP712Domain(string name,string version,uint256 chainId)"),
            keccak256(b"Paradex"),
            keccak256(b"1"),
            chain_id,
        ]
        .concat(),
    );
    let message = keccak256(&[keccak256(b"Constant(string action)"), keccak256(b"STARK Key")].concat());
    keccak256(&[&[0x19, 0x01], domain.as_slice(), message.as_slice()].concat())
}
