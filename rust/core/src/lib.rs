//! hedgewire-core: what every venue shares, and each venue's protocol, without a socket, a clock or a runtime.
//!
//! Bytes and time come in, frames, requests and events go out. `hedgewire-net` pumps it.
#![forbid(unsafe_code)]

pub mod book;
pub mod decimal;
pub mod error;
pub mod events;
pub mod instruments;
pub mod orders;
pub mod ratelimit;
pub mod retry;
pub mod secret;
pub mod session;
pub mod subscriptions;
pub mod terms;
pub mod venues;
pub mod waiting;
