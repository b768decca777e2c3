//! What every list of orders writes alike: the kind in the appendix, the expiration, times in seconds.

use super::appendix::Appendix;
use crate::events::{OrderKind, UnixNanos};

/// Orders that never expire carry the largest 32-bit second (Nado reference 3.7).
pub const NEVER_S: u64 = 4_294_967_295;

/// The kind and the reduce-only flag; an appendix of another version tells neither, and reads as a plain limit order.
pub fn flags(appendix: Option<i128>) -> (OrderKind, bool) {
    let bits = appendix.and_then(|bits| u128::try_from(bits).ok());
    bits.and_then(Appendix::unpack).map_or((OrderKind::Limit, false), |appendix| (appendix.kind, appendix.reduce_only))
}

pub fn expires(expiration_s: u64) -> Option<u64> {
    Some(expiration_s).filter(|expiration| *expiration < NEVER_S)
}

pub fn nanos_of_seconds(seconds: u64) -> Result<UnixNanos, String> {
    seconds.checked_mul(1_000_000_000).ok_or_else(|| format!("time out of range: {seconds} s"))
}
