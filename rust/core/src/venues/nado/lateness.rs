//! A clock that moved after the start: the venue's refusals are the measure of it.

use std::cell::Cell;

use crate::events::UnixNanos;
use crate::venues::{Encoded, Outcome, Outcomes};

/// `recv_time` is not after the venue's time (reference 2.6): the venue's clock is ahead by the whole validity.
const LATE: i64 = 2011;
/// `recv_time` is too far ahead (same section).
const EARLY: i64 = 2012;
const NS_PER_MS: u64 = 1_000_000;

/// By how much messages have to be valid longer. A message that is refused as late raises it by one validity, so the
/// next ones are valid for at most that long on the venue's clock; one that was refused with others, only once.
#[derive(Debug, Default)]
pub struct Lateness {
    behind_ms: Cell<u64>,
    latest: Cell<UnixNanos>,
    judged: Cell<UnixNanos>,
}

impl Lateness {
    /// What to take for the moment when a message is signed.
    pub fn venue_now(&self, now: UnixNanos) -> UnixNanos {
        now.saturating_add(self.behind_ms.get().saturating_mul(NS_PER_MS))
    }

    pub fn sent(&self, encoded: &Encoded) {
        if encoded.valid_until < u64::MAX / 2 {
            self.latest.set(self.latest.get().max(encoded.valid_until));
        }
    }

    pub fn heard(&self, encoded: &Encoded, outcomes: &Outcomes, recv_window_ms: u64) {
        let refused_with = |wanted: i64| {
            outcomes.iter().any(|(_, outcome)| matches!(outcome, Outcome::Rejected { code, .. } if *code == wanted))
        };
        if encoded.valid_until <= self.judged.get() {
            return;
        }
        if refused_with(LATE) {
            self.behind_ms.set(self.behind_ms.get().saturating_add(recv_window_ms));
        } else if refused_with(EARLY) {
            self.behind_ms.set(0);
        } else {
            return;
        }
        self.judged.set(self.latest.get());
    }
}

/// What a person has to know of these two refusals; the venue's text names no clock.
pub const fn hint(code: i64) -> &'static str {
    match code {
        LATE => "; hint: this machine's clock is behind the venue's: set it (NTP)",
        EARLY => "; hint: this machine's clock is ahead of the venue's: set it (NTP)",
        _ => "",
    }
}
