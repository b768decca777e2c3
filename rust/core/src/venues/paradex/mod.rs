//! Paradex: STARK signatures, JSON over REST, JSON and SBE over WebSocket, decimal strings.
//!
//! Facts are from the Paradex reference (comments name its sections); every number the venue can change is read live.

pub mod address;
pub mod block_trade;
pub mod credentials;
mod curve;
pub mod derive;
pub mod ecdsa;
pub mod felt;
pub mod key;
pub mod pedersen;
pub mod poseidon;
pub mod sign;
mod typed_json;

use crate::error::VenueError;
use crate::secret::Secret;

/// Digest and signature of one message given as JSON.
pub fn sign_typed(secret: &Secret, message_json: &str) -> Result<String, VenueError> {
    typed_json::sign_json(&key::Key::parse(secret)?, message_json)
}
