//! A private key of an EVM chain (secp256k1): read once, wiped when dropped, never printed.

use std::fmt;
use std::sync::LazyLock;

use secp256k1::{Message, PublicKey, Secp256k1, SecretKey, SignOnly};
use sha3::{Digest, Keccak256};
use zeroize::Zeroizing;

use super::hex;
use crate::error::VenueError;
use crate::secret::Secret;

pub fn keccak256(bytes: &[u8]) -> [u8; 32] {
    Keccak256::digest(bytes).into()
}

static CURVE: LazyLock<Secp256k1<SignOnly>> = LazyLock::new(Secp256k1::signing_only);

/// A secp256k1 key with its address. The library's type can be copied: it is handed to nobody.
pub struct EvmKey {
    secret: SecretKey,
    address: [u8; 20],
}

impl Drop for EvmKey {
    fn drop(&mut self) {
        self.secret.non_secure_erase();
    }
}

impl EvmKey {
    /// Reads `0x` and 64 hex digits, or the 64 digits alone. No error holds any part of the text; each names `source`, where
    /// it was given, and ends with `hint`.
    pub fn parse(secret: &Secret, source: &str, hint: &str) -> Result<Self, VenueError> {
        let text = secret.expose().trim();
        let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).unwrap_or(text);
        let refuse = |what: &str, value: &str| Err(VenueError::config(what, value, source, hint));
        if digits.len() == 40 && digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return refuse("this is an address, not a private key", "40 hex digits");
        }
        if digits.len() != 64 {
            return refuse("a private key of the wrong length", &format!("{} characters", digits.chars().count()));
        }
        let Some(bytes) = hex::decode::<32>(digits).map(Zeroizing::new) else {
            return refuse("a private key that is not hexadecimal", "64 characters");
        };
        Self::from_bytes(&bytes).map_or_else(
            || refuse("a private key outside the curve's range", "zero, or not below the curve's order"),
            Ok,
        )
    }

    /// `None` outside the curve's range.
    pub fn from_bytes(bytes: &[u8; 32]) -> Option<Self> {
        SecretKey::from_byte_array(*bytes).ok().map(|secret| Self { address: address(&secret), secret })
    }

    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.secret.secret_bytes())
    }

    /// The EVM address: the last 20 bytes of keccak256 of the public point.
    pub fn address(&self) -> [u8; 20] {
        self.address
    }

    /// r, s and v (27 or 28) over a digest; deterministic (RFC 6979) and low in s (Nado reference 3.3, Paradex reference 3.5).
    pub fn sign(&self, digest: &[u8; 32]) -> [u8; 65] {
        let signature = CURVE.sign_ecdsa_recoverable(Message::from_digest(*digest), &self.secret);
        let (recovery, numbers) = signature.serialize_compact();
        let mut bytes = [0; 65];
        bytes[..64].copy_from_slice(&numbers);
        bytes[64] = 27 + i32::from(recovery).to_le_bytes()[0];
        bytes
    }
}

impl fmt::Debug for EvmKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EvmKey([REDACTED] of {})", hex::encode(&self.address))
    }
}

fn address(secret: &SecretKey) -> [u8; 20] {
    let hash = keccak256(&PublicKey::from_secret_key(&CURVE, secret).serialize_uncompressed()[1..]);
    let mut address = [0; 20];
    address.copy_from_slice(&hash[12..]);
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<EvmKey, VenueError> {
        EvmKey::parse(&Secret::new(text.to_owned()), "private key", "64 digits")
    }

    // proves: R003-1.1.1
    #[test]
    fn both_spellings_of_a_key_give_the_address() {
        for text in [
            format!("0x{}", "11".repeat(32)),
            format!("0X{}", "11".repeat(32)),
            "11".repeat(32),
            format!(" 0x{}\n", "11".repeat(32)),
        ] {
            let key = parse(&text).expect("a key");
            assert_eq!(hex::encode(&key.address()), "0x19e7e376e7c213b7e7e7e46cc70a5dd086daff2a");
        }
    }

    // proves: R003-4.0.1
    #[test]
    fn an_address_is_named_as_one() {
        let error = parse("0x19e7e376e7c213b7e7e7e46cc70a5dd086daff2a").expect_err("an address");
        assert!(error.to_string().contains("address, not a private key"), "{error}");
    }

    // proves: R003-4.0.1
    #[test]
    fn malformed_keys_are_refused_without_their_text() {
        let order = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
        let bad = [
            String::new(),
            "0x".into(),
            "00".repeat(32),
            order.into(),
            "zz".repeat(32),
            "ab".repeat(31),
            "é".repeat(32),
        ];
        for text in bad {
            let error = parse(&text).expect_err("not a key").to_string();
            assert!(error.contains("hint:"), "{error}");
            assert!(text.len() < 8 || !error.contains(&text[..8]), "{error}");
        }
    }

    #[test]
    fn debug_does_not_print_the_key() {
        let key = parse(&"11".repeat(32)).expect("a key");
        assert!(!format!("{key:?}").contains("1111"));
    }
}
