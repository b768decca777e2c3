//! The L2 key, of an account or of a subkey: read once, wiped when dropped, never printed.

use std::fmt;

use crypto_bigint::U256;
use zeroize::Zeroizing;

use super::ecdsa::{self, ORDER, Signature};
use super::felt::Felt;
use crate::error::VenueError;
use crate::secret::Secret;
use crate::venues::evm_key::EvmKey;
use crate::venues::hex;

const HINT: &str = "the L2 (Paradex) key is 0x and at most 63 hex digits, as the venue's web app exports it";

/// A secret in the range of the curve's order, and its public key.
pub struct Key {
    secret: Zeroizing<U256>,
    public: Felt,
}

impl Key {
    /// Reads at most 64 hex digits, with or without `0x`; no error holds any part of the text.
    pub fn parse(secret: &Secret) -> Result<Self, VenueError> {
        let text = secret.expose().trim();
        let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).unwrap_or(text);
        let refuse = |what: &str, value: &str, hint: &str| Err(VenueError::config(what, value, "L2 private key", hint));
        if digits.len() == 40 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return refuse("this is an Ethereum address, not a private key", "40 hex digits", HINT);
        }
        if digits.is_empty() || digits.len() > 64 {
            return refuse("an L2 key of the wrong length", &format!("{} characters", digits.chars().count()), HINT);
        }
        let padded = Zeroizing::new(format!("{digits:0>64}"));
        let Some(bytes) = hex::decode::<32>(&padded).map(Zeroizing::new) else {
            return refuse(
                "an L2 key that is not hexadecimal",
                &format!("{} characters", digits.chars().count()),
                HINT,
            );
        };
        if bytes.iter().all(|byte| *byte == 0) {
            return refuse("an L2 key of zero", "0x0", HINT);
        }
        let hint = "this is most likely the L1 (Ethereum) key: configure it as such, and the L2 key is derived from it";
        Self::new(Zeroizing::new(U256::from_be_slice(&*bytes)))
            .map_or_else(|| refuse("an L2 key outside the curve's range", "not below the curve's order", hint), Ok)
    }

    /// `None` for 0 and from the curve's order on.
    pub fn new(secret: Zeroizing<U256>) -> Option<Self> {
        (*secret != U256::ZERO && *secret < ORDER).then(|| Self { public: ecdsa::public_key(&secret), secret })
    }

    /// The same number as an Ethereum key, and the other way about: to recognise one that was given for the other.
    pub fn as_l1(&self) -> Option<EvmKey> {
        EvmKey::from_bytes(&Zeroizing::new(self.secret.to_be_bytes().into()))
    }

    pub fn of_l1(l1: &EvmKey) -> Option<Self> {
        Self::new(Zeroizing::new(U256::from_be_slice(&*l1.to_bytes())))
    }

    pub fn public_key(&self) -> Felt {
        self.public
    }

    pub fn sign(&self, digest: Felt) -> Signature {
        ecdsa::sign(&self.secret, digest)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key([REDACTED] of {})", self.public)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Key, VenueError> {
        Key::parse(&Secret::new(text.to_owned()))
    }

    #[test]
    fn every_spelling_of_a_key_gives_the_public_key() {
        let digits = "543b6cf6c91817a87174aaea4fb370ac1c694e864d7740d728f8344d53e815";
        for text in [format!("0x{digits}"), format!("0x0{digits}"), format!("00{digits}"), format!(" 0X{digits}\n")] {
            let key = parse(&text).expect("a key");
            let public = "0x2c144d2f2d4fc61b6f8967f3ba0012a87d90140bcfe5a3e92e8df83258c960f";
            assert_eq!(key.public_key().to_string(), public, "{text}");
        }
    }

    /// One below the order is the last key; its point is the generator's mirror image.
    #[test]
    fn keys_are_one_to_the_order() {
        let order = "800000000000010ffffffffffffffffb781126dcae7b2321e66a241adc64d2f";
        let last = parse(&order.replace("d2f", "d2e")).expect("the last key");
        assert_eq!(last.public_key(), parse("0x1").expect("the first key").public_key());
        assert!(parse(order).expect_err("the order").to_string().contains("not below the curve's order"));
        assert!(parse("0x0").expect_err("zero").to_string().contains("zero"));
    }

    #[test]
    fn an_l1_key_is_named_as_one() {
        let error = parse("0xf8e4d1d772cdd44e5e77615ad11cc071c94e4c06dc21150d903f28e6aa6abdff").expect_err("an L1 key");
        assert!(error.to_string().contains("most likely the L1 (Ethereum) key"), "{error}");
    }

    #[test]
    fn malformed_keys_are_refused_without_their_text() {
        for text in ["", "0x", &"zz".repeat(31), &"ab".repeat(33), &"é".repeat(32), &"ab".repeat(20), &"ff".repeat(32)]
        {
            let error = parse(text).expect_err("not a key").to_string();
            assert!(error.contains("hint:"), "{error}");
            assert!(text.len() < 8 || !error.contains(&text[..8]), "{error}");
        }
    }

    #[test]
    fn debug_does_not_print_the_key() {
        assert!(!format!("{:?}", parse(&"11".repeat(31)).expect("a key")).contains("1111"));
    }
}
