//! The edge where real time and real randomness enter. Everything behind it takes them as arguments.

use std::hash::{BuildHasher, RandomState};
use std::time::{SystemTime, UNIX_EPOCH};

use hedgewire_core::events::UnixNanos;

/// The one door through which a driver learns the time.
pub trait Clock: Send + Sync {
    /// Nanoseconds since the Unix epoch.
    fn now(&self) -> UnixNanos;

    /// Milliseconds since the Unix epoch.
    fn now_ms(&self) -> u64 {
        self.now() / 1_000_000
    }
}

/// The machine's wall clock; a clock set before 1970 reads as zero.
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> UnixNanos {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
    }
}

/// A seed for jitter. Not for secrets: it only keeps clients from reconnecting in step.
pub fn entropy_seed() -> u64 {
    RandomState::new().hash_one(SystemClock.now())
}
