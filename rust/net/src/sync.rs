//! What threads share is made of these: `tests/interleavings.rs` puts its own behind the same names.

pub use std::sync::atomic::{AtomicBool, Ordering};
pub use std::sync::{Mutex, MutexGuard, PoisonError};

pub use tokio::sync::Notify;
