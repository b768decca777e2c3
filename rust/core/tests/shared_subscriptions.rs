//! Subscription states on injected time.

use hedgewire_core::events::InstrumentId;
use hedgewire_core::retry::SplitMix64;
use hedgewire_core::subscriptions::{CONFIRMATION_DEADLINE_MS, SubscriptionState, Subscriptions};
use hedgewire_core::venues::{Stream, StreamKind};
use proptest::prelude::*;

const BOOK: Stream = Stream { kind: StreamKind::Book, instrument: Some(InstrumentId(4)), param: 0 };
const FILLS: Stream = Stream { kind: StreamKind::Fills, instrument: None, param: 0 };

fn with_both() -> Subscriptions {
    let mut subscriptions = Subscriptions::new(SplitMix64::new(7));
    assert!(subscriptions.want(BOOK, 0) && subscriptions.want(FILLS, 0));
    assert!(!subscriptions.want(BOOK, 0), "wanted already");
    subscriptions
}

#[test]
fn a_stream_goes_from_pending_to_active_by_its_acknowledgement() {
    // proves: R002-05 R002-13 R003-1.2.3
    let mut subscriptions = with_both();
    assert_eq!(subscriptions.due(0), [BOOK, FILLS]);
    subscriptions.sent(1, &BOOK, 5);
    subscriptions.sent(2, &FILLS, 6);
    assert!(subscriptions.due(6).is_empty());
    let pending = SubscriptionState::Pending { requested_at_ms: Some(5) };
    assert_eq!(subscriptions.get(&BOOK).map(|s| &s.state), Some(&pending));
    assert_eq!(subscriptions.ack(1, None, 20).map(|c| (c.stream, c.result)), Some((BOOK, Ok(()))));
    assert_eq!(subscriptions.get(&BOOK).map(|s| &s.state), Some(&SubscriptionState::Active { confirmed_at_ms: 20 }));
    assert!(!subscriptions.all_active() && !subscriptions.private_active());
    assert_eq!(subscriptions.ack(99, None, 20), None, "not a request of ours");
    subscriptions.ack(2, None, 21);
    assert!(subscriptions.all_active() && subscriptions.private_active());
    assert_eq!(subscriptions.ack(2, Some("again".into()), 22), None, "a repeated answer changes nothing");
}

#[test]
fn a_request_that_is_not_confirmed_in_ten_seconds_fails_and_is_tried_again_with_backoff() {
    // proves: R002-14 R002-15
    let mut subscriptions = with_both();
    assert!(!subscriptions.drop_want(&FILLS), "nothing was sent for it");
    let (mut now_ms, mut delays) = (0, Vec::new());
    for id in 1..=6 {
        subscriptions.sent(id, &BOOK, now_ms);
        assert!(subscriptions.tick(now_ms + CONFIRMATION_DEADLINE_MS - 1).is_empty());
        now_ms += CONFIRMATION_DEADLINE_MS;
        let failed = subscriptions.tick(now_ms);
        assert!(failed.len() == 1 && failed[0].result.is_err());
        assert!(subscriptions.tick(now_ms).is_empty(), "reported once");
        let entry = subscriptions.get(&BOOK).expect("still wanted").clone();
        assert_eq!(u64::from(entry.retry_count), id);
        let SubscriptionState::Failed { retry_at_ms, .. } = entry.state else { panic!("{entry:?}") };
        assert!(subscriptions.due(retry_at_ms - 1).is_empty());
        assert_eq!(subscriptions.due(retry_at_ms), [BOOK]);
        delays.push(retry_at_ms - now_ms);
        now_ms = retry_at_ms;
    }
    assert!(delays.iter().all(|ms| (1_000..=30_000).contains(ms)), "{delays:?}");
    assert!(delays[5] >= 15_000 && delays[0] <= 2_000, "{delays:?}");
}

#[test]
fn a_refusal_fails_one_stream_and_leaves_the_others() {
    // proves: R002-16
    let mut subscriptions = with_both();
    subscriptions.sent(1, &BOOK, 0);
    subscriptions.sent(2, &FILLS, 0);
    subscriptions.ack(2, None, 1);
    let change = subscriptions.ack(1, Some("no such product".into()), 1).expect("ours");
    assert_eq!((change.stream, change.result), (BOOK, Err("no such product".into())));
    assert!(!subscriptions.all_active() && subscriptions.private_active());
}

#[test]
fn a_late_confirmation_counts() {
    let mut subscriptions = with_both();
    subscriptions.sent(1, &BOOK, 0);
    subscriptions.tick(CONFIRMATION_DEADLINE_MS);
    assert!(subscriptions.ack(1, None, CONFIRMATION_DEADLINE_MS + 1).is_some());
    assert!(subscriptions.due(u64::MAX).iter().all(|stream| *stream != BOOK));
}

#[test]
fn a_confirmation_that_comes_after_the_second_request_counts_and_the_refusal_of_the_second_does_not() {
    let mut subscriptions = with_both();
    subscriptions.sent(1, &BOOK, 0);
    subscriptions.tick(CONFIRMATION_DEADLINE_MS);
    subscriptions.sent(2, &BOOK, 12_000);
    assert_eq!(subscriptions.ack(1, Some("late".into()), 12_001), None, "the second request is open");
    assert!(subscriptions.ack(1, None, 12_002).is_some_and(|change| change.result.is_ok()));
    assert_eq!(subscriptions.ack(2, Some("subscribed already".into()), 12_003), None);
    assert!(subscriptions.due(u64::MAX).iter().all(|stream| *stream != BOOK));
}

#[test]
fn a_disconnect_makes_everything_due_again_and_old_acknowledgements_void() {
    let mut subscriptions = with_both();
    subscriptions.sent(1, &BOOK, 0);
    subscriptions.sent(2, &FILLS, 0);
    subscriptions.ack(1, None, 1);
    subscriptions.on_disconnect();
    assert!(!subscriptions.all_active());
    assert_eq!(subscriptions.due(2), [BOOK, FILLS]);
    assert_eq!(subscriptions.ack(2, None, 3), None, "that request was the old connection's");
    subscriptions.sent(3, &BOOK, 3);
    assert!(subscriptions.drop_want(&BOOK), "the venue has to be told");
}

#[test]
fn silence_is_watched_stream_by_stream_and_reported_once() {
    // proves: R003-049
    let mut subscriptions = with_both();
    subscriptions.sent(1, &BOOK, 0);
    subscriptions.sent(2, &FILLS, 0);
    subscriptions.ack(1, None, 0);
    subscriptions.ack(2, None, 0);
    let threshold = |kind: StreamKind| (!kind.is_private()).then_some(5_000);
    subscriptions.touched(&FILLS, 4_000);
    assert!(subscriptions.newly_stale(4_999, threshold).is_empty());
    assert_eq!(subscriptions.newly_stale(5_000, threshold), [BOOK], "fills keep flowing, the book does not");
    assert!(subscriptions.newly_stale(6_000, threshold).is_empty(), "reported once");
    assert_eq!(subscriptions.stale(6_000, 5_000), [BOOK]);
    assert!(subscriptions.touched(&BOOK, 7_000), "alive again");
    assert!(!subscriptions.touched(&BOOK, 7_001));
    assert_eq!(subscriptions.newly_stale(12_001, threshold), [BOOK], "a second silence is reported again");
}

proptest! {
    #[test]
    fn whatever_happens_a_wanted_stream_is_active_in_flight_or_due_again(
        steps in prop::collection::vec((0u8..5, any::<bool>(), 0u64..15_000), 1..120), seed: u64,
    ) {
        let mut subscriptions = Subscriptions::new(SplitMix64::new(seed));
        subscriptions.want(BOOK, 0);
        let (mut now_ms, mut id) = (0, 0);
        for (step, error, advance_ms) in steps {
            now_ms += advance_ms;
            match step {
                0 => for stream in subscriptions.due(now_ms) {
                    id += 1;
                    subscriptions.sent(id, &stream, now_ms);
                },
                1 => drop(subscriptions.ack(id, error.then(|| "no".to_owned()), now_ms)),
                2 => subscriptions.on_disconnect(),
                3 => drop(subscriptions.tick(now_ms)),
                _ => drop(subscriptions.touched(&BOOK, now_ms)),
            }
            subscriptions.tick(now_ms);
            let entry = subscriptions.get(&BOOK).expect("wanted");
            match &entry.state {
                SubscriptionState::Pending { requested_at_ms: Some(at_ms) } => {
                    prop_assert!(now_ms - at_ms < CONFIRMATION_DEADLINE_MS);
                }
                SubscriptionState::Failed { retry_at_ms, .. } => prop_assert!(*retry_at_ms <= now_ms + 30_000),
                _ => {}
            }
            prop_assert_eq!(subscriptions.all_active(), matches!(entry.state, SubscriptionState::Active { .. }));
        }
    }
}
