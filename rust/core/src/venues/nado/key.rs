//! The private key: an EVM key.

pub use crate::venues::evm_key::{EvmKey as Key, keccak256};

use crate::error::VenueError;
use crate::secret::Secret;

const HINT: &str = "a private key is 0x and 64 hex digits; check NADO_PRIVATE_KEY (or NADO_TESTNET_PRIVATE_KEY)";

pub fn parse(secret: &Secret) -> Result<Key, VenueError> {
    Key::parse(secret, "private key", HINT)
}
