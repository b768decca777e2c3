//! Nado: EIP-712 signatures, JSON over REST and WebSocket, 18-decimal numbers.

use crate::error::VenueError;
use crate::secret::Secret;

pub struct Nado {}
