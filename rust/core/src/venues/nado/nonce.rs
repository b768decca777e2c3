//! Order nonces: the moment after which the venue refuses the message, and a counter (Nado reference 3.5).

use crate::events::UnixNanos;

const COUNTER_BITS: u32 = 20;
const COUNTER_SIZE: u64 = 1 << COUNTER_BITS;

/// Never gives the same nonce twice, whatever the clock does.
///
/// Within one round of the 20-bit counter all low bits differ; a new round begins after every time of the rounds before.
#[derive(Debug, Clone)]
pub struct NonceSource {
    recv_window_ms: u64,
    counter: u64,
    used_in_round: u64,
    latest_ms: u64,
    floor_ms: u64,
}

/// A nonce and the moment, on the venue's clock, after which it is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Nonce {
    pub value: u64,
    pub recv_time_ms: u64,
}

impl NonceSource {
    /// `start` sets the counter's first value, so that two runs do not begin alike.
    pub fn new(recv_window_ms: u64, start: u64) -> Self {
        Self { recv_window_ms, counter: start % COUNTER_SIZE, used_in_round: 0, latest_ms: 0, floor_ms: 0 }
    }

    pub fn next(&mut self, now: UnixNanos) -> Nonce {
        if self.used_in_round == COUNTER_SIZE {
            self.used_in_round = 0;
            self.floor_ms = self.latest_ms + 1;
        }
        let recv_time_ms = (now / 1_000_000).saturating_add(self.recv_window_ms).max(self.floor_ms);
        let value = (recv_time_ms << COUNTER_BITS) | self.counter;
        self.counter = (self.counter + 1) % COUNTER_SIZE;
        self.used_in_round += 1;
        self.latest_ms = self.latest_ms.max(recv_time_ms);
        Nonce { value, recv_time_ms }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    const NOW: UnixNanos = 1_760_000_080_000_000_000;

    #[test]
    fn a_nonce_is_the_end_of_the_window_and_a_counter() {
        let mut source = NonceSource::new(10_000, 1);
        assert_eq!(source.next(NOW), Nonce { value: 1_845_493_854_371_840_001, recv_time_ms: 1_760_000_090_000 });
        assert_eq!(source.next(NOW).value, 1_845_493_854_371_840_002);
    }

    #[test]
    fn no_nonce_repeats_in_a_still_millisecond_or_when_the_clock_steps_back() {
        let mut source = NonceSource::new(10_000, 7);
        let mut seen = HashSet::new();
        for index in 0..COUNTER_SIZE + 10 {
            let now = if index % 3 == 0 { NOW - 5_000_000 } else { NOW };
            assert!(seen.insert(source.next(now).value), "repeated at {index}");
        }
    }
}
