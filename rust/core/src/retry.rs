//! When to try again, and the one door through which randomness enters.

/// Where random numbers come from. The edge seeds one from the operating system and prints the seed; tests fix it.
pub trait Randomness: Send {
    fn next_u64(&mut self) -> u64;
}

/// SplitMix64 (Steele, Lea and Flood 2014): small, seedable, good enough for jitter; never for keys or nonces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SplitMix64 {
    state: u64,
}

impl SplitMix64 {
    pub const fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// An independent generator, so that one part's draws do not shift another's.
    pub fn fork(&mut self) -> Self {
        Self::new(self.next_u64())
    }
}

impl Randomness for SplitMix64 {
    fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

/// A number in `0..=top`, uniform up to a bias below 2^-32 for the spans used here.
pub fn up_to(top: u64, rng: &mut dyn Randomness) -> u64 {
    let scaled = (u128::from(rng.next_u64()) * (u128::from(top) + 1)) >> 64;
    // The product is below (top + 1) * 2^64, so the shifted value fits.
    scaled as u64
}

/// How long to wait after a failure.
pub trait RetryPolicy: Send {
    /// Milliseconds until the next try; `attempt` counts the failures so far, from 1. `None`: give up.
    fn next_delay_ms(&mut self, attempt: u32, rng: &mut dyn Randomness) -> Option<u64>;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Jitter {
    /// Anything from zero to the ceiling: spreads best.
    Full,
    /// From half the ceiling to the ceiling: never immediate.
    Equal,
}

/// The ceiling doubles with each failure up to `cap_ms`; jitter picks below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exponential {
    first_ceiling_ms: u64,
    cap_ms: u64,
    max_attempts: Option<u32>,
    jitter: Jitter,
}

impl Exponential {
    pub const fn new(first_ceiling_ms: u64, cap_ms: u64, max_attempts: Option<u32>, jitter: Jitter) -> Self {
        Self { first_ceiling_ms, cap_ms, max_attempts, jitter }
    }

    /// For sockets and subscriptions: for ever, every delay between 1 s and 30 s, the first one included
    /// (equal jitter below ceilings of 2, 4, 8, 16, 30, 30... s).
    pub const fn connection() -> Self {
        Self::new(2_000, 30_000, None, Jitter::Equal)
    }

    /// For REST reads: three more tries within about two seconds, then the caller reports `Unavailable`.
    pub const fn reads() -> Self {
        Self::new(250, 1_000, Some(3), Jitter::Full)
    }
}

impl RetryPolicy for Exponential {
    fn next_delay_ms(&mut self, attempt: u32, rng: &mut dyn Randomness) -> Option<u64> {
        if self.max_attempts.is_some_and(|most| attempt > most) {
            return None;
        }
        let doublings = attempt.saturating_sub(1);
        let ceiling = match 1u64.checked_shl(doublings) {
            Some(factor) => self.first_ceiling_ms.saturating_mul(factor).min(self.cap_ms),
            None => self.cap_ms,
        };
        Some(match self.jitter {
            Jitter::Full => up_to(ceiling, rng),
            Jitter::Equal => ceiling - up_to(ceiling / 2, rng),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn split_mix_gives_its_published_sequence() {
        let mut rng = SplitMix64::new(1_234_567);
        assert_eq!(rng.next_u64(), 6_457_827_717_110_365_317);
        assert_eq!(rng.next_u64(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn reads_end_after_three_more_tries() {
        // proves: R003-1.1.6
        let (mut policy, mut rng) = (Exponential::reads(), SplitMix64::new(1));
        assert!((1..=3).all(|attempt| policy.next_delay_ms(attempt, &mut rng).is_some_and(|ms| ms <= 1_000)));
        assert_eq!(policy.next_delay_ms(4, &mut rng), None);
    }

    #[test]
    fn a_connection_waits_between_one_and_thirty_seconds_for_ever_with_jitter_from_the_first_failure() {
        // proves: R003-022
        let mut policy = Exponential::connection();
        let mut first = std::collections::BTreeSet::new();
        for seed in 0..200 {
            let mut rng = SplitMix64::new(seed);
            first.insert(policy.next_delay_ms(1, &mut rng));
            for attempt in [1, 2, 5, 63, 64, 65, 66, 1_000, u32::MAX] {
                let ms = policy.next_delay_ms(attempt, &mut rng).expect("never gives up");
                assert!((1_000..=30_000).contains(&ms), "seed {seed} attempt {attempt}: {ms}");
                if attempt >= 5 {
                    assert!(ms >= 15_000, "seed {seed} attempt {attempt}: {ms}");
                }
            }
        }
        assert!(first.len() > 50, "the first delay is jittered too: {} different values", first.len());
    }

    #[test]
    fn draws_stay_within_their_bound() {
        let mut rng = SplitMix64::new(3);
        for top in [0, 1, 2, 1_000, u64::MAX] {
            assert!((0..100).all(|_| up_to(top, &mut rng) <= top));
        }
    }
}
