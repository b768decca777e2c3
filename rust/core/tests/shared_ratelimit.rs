//! Rolling windows on injected time: never more weight in a window than the rule, and no longer a wait than needed.

use hedgewire_core::ratelimit::{LimitRule, NEVER_MS, RateLimiter};
use proptest::prelude::*;

const RULES: &[LimitRule] = &[
    LimitRule { name: "query", weight: 10, window_ms: 1_000 },
    LimitRule { name: "query", weight: 16, window_ms: 5_000 },
    LimitRule { name: "execute", weight: 3, window_ms: 100 },
];

#[test]
fn every_rule_of_a_name_must_pass() {
    let mut limiter = RateLimiter::new(RULES, 0);
    assert_eq!(limiter.try_acquire("query", 10, 0), Ok(()));
    assert_eq!(limiter.try_acquire("query", 1, 1), Err(999), "the short window is full");
    assert_eq!(limiter.try_acquire("query", 6, 1_000), Ok(()));
    assert_eq!(limiter.try_acquire("query", 1, 2_000), Err(3_000), "the long window is full");
    assert_eq!(limiter.try_acquire("execute", 3, 1), Ok(()), "another name has its own budget");
}

#[test]
fn a_wait_is_exact() {
    let mut limiter = RateLimiter::new(RULES, 0);
    assert_eq!(limiter.try_acquire("execute", 2, 10), Ok(()));
    assert_eq!(limiter.try_acquire("execute", 1, 50), Ok(()));
    let wait_ms = limiter.try_acquire("execute", 2, 60).expect_err("the window is full");
    assert_eq!(limiter.try_acquire("execute", 2, 60 + wait_ms - 1), Err(1));
    assert_eq!(limiter.try_acquire("execute", 2, 60 + wait_ms), Ok(()));
}

#[test]
fn a_request_that_is_quicker_than_one_before_it_does_not_arrive_within_its_window() {
    let mut limiter = RateLimiter::new(RULES, 5);
    assert_eq!(limiter.try_acquire("query", 10, 0), Ok(()), "arrives 40 ms later");
    assert_eq!(limiter.try_acquire("query", 1, 1_000), Err(50), "would arrive 960 ms after it");
    assert_eq!(limiter.try_acquire("query", 1, 1_050), Ok(()));
    assert_eq!(limiter.headroom(1_050)[0].window_ms, 1_000, "what is shown is the venue's rule");
}

#[test]
fn a_request_heavier_than_its_window_never_passes() {
    assert_eq!(RateLimiter::new(RULES, 0).try_acquire("execute", 4, 0), Err(NEVER_MS));
}

#[test]
fn a_penalty_holds_its_name_and_only_the_longest_counts() {
    let mut limiter = RateLimiter::new(RULES, 0);
    limiter.penalise("execute", 5_000);
    limiter.penalise("execute", 2_000);
    assert_eq!(limiter.try_acquire("execute", 1, 1_000), Err(4_000));
    assert_eq!(limiter.try_acquire("query", 1, 1_000), Ok(()));
    let shown = limiter.headroom(1_000);
    assert_eq!(shown.iter().map(|h| h.left).collect::<Vec<_>>(), [9, 15, 3]);
    assert_eq!(shown[2].penalised_until_ms, Some(5_000));
    assert_eq!(limiter.try_acquire("execute", 1, 5_000), Ok(()));
    assert_eq!(limiter.headroom(5_000)[2].penalised_until_ms, None);
}

#[test]
fn a_reserve_is_left_for_cancels() {
    let mut limiter = RateLimiter::new(RULES, 0);
    assert_eq!(limiter.try_acquire_leaving("execute", 2, 1, 0), Ok(()));
    assert_eq!(limiter.try_acquire_leaving("execute", 1, 1, 0), Err(100), "a new order may not take the reserve");
    assert_eq!(limiter.try_acquire("execute", 1, 0), Ok(()), "a cancel may");
}

#[test]
fn a_clock_that_steps_back_frees_nothing() {
    let mut limiter = RateLimiter::new(RULES, 0);
    assert_eq!(limiter.try_acquire("execute", 3, 1_000), Ok(()));
    assert!(limiter.try_acquire("execute", 1, 0).is_err());
    assert!(limiter.try_acquire("execute", 1, 1_099).is_err());
    assert_eq!(limiter.try_acquire("execute", 1, 1_100), Ok(()));
}

proptest! {
    #[test]
    fn no_window_ever_holds_more_than_its_rule(steps in prop::collection::vec((0u64..400, 1u32..6), 1..200)) {
        let mut limiter = RateLimiter::new(RULES, 0);
        let mut granted: Vec<(u64, u32)> = Vec::new();
        let mut now_ms = 0;
        for (step_ms, weight) in steps {
            now_ms += step_ms;
            let used_within = |granted: &[(u64, u32)], window_ms: u64, now_ms: u64| -> u32 {
                granted.iter().filter(|(at_ms, _)| at_ms + window_ms > now_ms).map(|(_, w)| w).sum()
            };
            let fits = |granted: &[(u64, u32)], now_ms: u64| {
                used_within(granted, 1_000, now_ms) + weight <= 10 && used_within(granted, 5_000, now_ms) + weight <= 16
            };
            match limiter.try_acquire("query", weight, now_ms) {
                Ok(()) => {
                    prop_assert!(fits(&granted, now_ms));
                    granted.push((now_ms, weight));
                }
                Err(wait_ms) => {
                    prop_assert!(!fits(&granted, now_ms + wait_ms - 1), "waits longer than needed");
                    prop_assert!(fits(&granted, now_ms + wait_ms), "waits too short a time");
                }
            }
        }
    }
}
