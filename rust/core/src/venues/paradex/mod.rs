//! Paradex: STARK signatures, JSON over REST, JSON and SBE over WebSocket, decimal strings.
//!
//! Facts are from the Paradex reference (comments name its sections); every number the venue can change is read live.

mod curve;
pub mod ecdsa;
pub mod felt;
pub mod pedersen;
