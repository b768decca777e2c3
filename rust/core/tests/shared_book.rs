//! Joining snapshots and updates: a gap, an old snapshot or a crossed book is never passed on.

use std::collections::BTreeMap;

use hedgewire_core::book::{BookAction, BookConfig, BookSync, ResnapshotReason};
use hedgewire_core::events::{BookUpdate, InstrumentId, Level, Side};
use proptest::prelude::*;

const ETH: InstrumentId = InstrumentId(4);

fn level(side: Side, price: i64, size: i64) -> Level {
    Level { side, price, size }
}

fn snapshot(last: u64, levels: Vec<Level>) -> BookUpdate {
    BookUpdate { instrument: ETH, snapshot: true, first: last, last, previous_last: None, levels, ts_event: last }
}

fn delta(previous_last: u64, last: u64, levels: Vec<Level>) -> BookUpdate {
    BookUpdate {
        instrument: ETH,
        snapshot: false,
        first: last,
        last,
        previous_last: Some(previous_last),
        levels,
        ts_event: last,
    }
}

fn two_sided() -> Vec<Level> {
    vec![level(Side::Buy, 99, 5), level(Side::Buy, 98, 6), level(Side::Sell, 101, 7)]
}

fn live(config: BookConfig) -> BookSync {
    let mut book = BookSync::new(ETH, config);
    assert!(matches!(book.apply(snapshot(10, two_sided())), BookAction::Forward(_)));
    book
}

#[test]
fn updates_wait_for_the_snapshot_old_ones_fall_away_and_the_rest_is_applied() {
    // proves: R003-025
    let mut book = BookSync::new(ETH, BookConfig::default());
    assert_eq!(book.apply(delta(5, 8, vec![level(Side::Buy, 50, 1)])), BookAction::Nothing);
    assert_eq!(book.apply(delta(8, 12, vec![level(Side::Buy, 99, 0), level(Side::Sell, 100, 2)])), BookAction::Nothing);
    assert!(!book.is_live());
    let BookAction::Forward(whole) = book.apply(snapshot(10, two_sided())) else { panic!("not joined") };
    assert!(whole.snapshot && whole.last == 12);
    assert_eq!(whole.levels, [level(Side::Buy, 98, 6), level(Side::Sell, 100, 2), level(Side::Sell, 101, 7)]);
    let next = delta(12, 13, vec![level(Side::Sell, 100, 0)]);
    assert_eq!(book.apply(next.clone()), BookAction::Forward(next));
    assert_eq!((book.best_bid(), book.best_ask()), (Some((98, 6)), Some((101, 7))));
}

#[test]
fn a_gap_asks_for_a_snapshot_once_and_joins_again() {
    // proves: R003-023 R002-04
    let mut book = live(BookConfig::default());
    assert!(matches!(book.apply(delta(9, 11, vec![level(Side::Buy, 97, 1)])), BookAction::Forward(_)));
    let lost = book.apply(delta(12, 13, vec![level(Side::Buy, 96, 1)]));
    assert_eq!(lost, BookAction::Resnapshot(ResnapshotReason::Gap { last: 11, previous_last: 12 }));
    assert_eq!((book.best_bid(), book.best_ask(), book.last()), (None, None, None), "a doubtful book has no prices");
    assert_eq!(book.apply(delta(13, 14, vec![level(Side::Buy, 95, 1)])), BookAction::Nothing, "asked already");
    let BookAction::Forward(whole) = book.apply(snapshot(13, two_sided())) else { panic!("not joined") };
    assert!(whole.levels.contains(&level(Side::Buy, 95, 1)) && whole.last == 14);
    assert_eq!(book.counters().gaps, 1);
}

#[test]
fn a_repeated_update_changes_nothing() {
    let mut book = live(BookConfig::default());
    book.apply(delta(10, 11, vec![level(Side::Buy, 97, 1)]));
    assert_eq!(book.apply(delta(10, 11, vec![level(Side::Buy, 97, 3)])), BookAction::Nothing);
    assert_eq!(book.side(Side::Buy), [(99, 5), (98, 6), (97, 1)]);
    assert!(matches!(book.apply(delta(11, 12, vec![level(Side::Buy, 97, 0)])), BookAction::Forward(_)));
}

#[test]
fn an_answer_with_the_state_that_a_stream_has_told_since_is_not_told_again() {
    let mut book = live(BookConfig::default());
    let earlier = BookUpdate { ts_event: 9, ..snapshot(10, two_sided()) };
    assert_eq!(book.apply(earlier), BookAction::Nothing, "its time would run backwards");
    assert!(matches!(book.apply(snapshot(11, two_sided())), BookAction::Forward(_)));
}

#[test]
fn a_snapshot_from_before_an_unseen_update_is_refused() {
    let mut book = BookSync::new(ETH, BookConfig::default());
    // The first update we saw follows one that ended at 20, which a snapshot of 10 cannot contain.
    book.apply(delta(20, 22, vec![level(Side::Buy, 99, 1)]));
    let refused = book.apply(snapshot(10, two_sided()));
    let reason = ResnapshotReason::SnapshotTooOld { snapshot_last: 10, needed: 20 };
    assert_eq!(refused, BookAction::Resnapshot(reason));
    assert!(matches!(book.apply(snapshot(21, two_sided())), BookAction::Forward(u) if u.last == 22));
}

#[test]
fn the_buffer_is_bounded_and_forgets_nothing_unnoticed() {
    let mut book = BookSync::new(ETH, BookConfig { buffer_limit: 3, ..BookConfig::default() });
    for last in 1..=5 {
        book.apply(delta(last - 1, last, vec![level(Side::Buy, 90, 1)]));
    }
    assert_eq!(book.counters().buffer_overflows, 2);
    assert!(matches!(book.apply(snapshot(1, two_sided())), BookAction::Resnapshot(_)), "update 2 is gone");
    assert!(matches!(book.apply(snapshot(2, two_sided())), BookAction::Forward(u) if u.last == 5));
}

#[test]
fn a_crossed_or_locked_book_is_never_passed_on() {
    // proves: R003-1.1.4
    for price in [101, 102] {
        let mut book = live(BookConfig::default());
        let crossed = book.apply(delta(10, 11, vec![level(Side::Buy, price, 1)]));
        assert_eq!(crossed, BookAction::Resnapshot(ResnapshotReason::Crossed { bid: price, ask: 101 }));
        assert!(!book.is_live());
        let healed = book.apply(snapshot(11, two_sided()));
        assert!(matches!(healed, BookAction::Forward(u) if u.snapshot));
    }
    let mut book = BookSync::new(ETH, BookConfig::default());
    let crossed = snapshot(1, vec![level(Side::Buy, 5, 1), level(Side::Sell, 5, 1)]);
    assert!(matches!(book.apply(crossed), BookAction::Resnapshot(ResnapshotReason::Crossed { .. })));
}

#[test]
fn the_book_is_trimmed_to_its_depth_and_the_receiver_is_told() {
    // proves: R003-024
    let config = BookConfig { depth: 4, ..BookConfig::default() };
    let mut book = BookSync::new(ETH, config);
    let bids = (90..=99).map(|price| level(Side::Buy, price, 1));
    let BookAction::Forward(whole) = book.apply(snapshot(1, bids.collect())) else { panic!("not joined") };
    assert_eq!(whole.levels.len(), 4);
    let BookAction::Forward(update) = book.apply(delta(1, 2, vec![level(Side::Buy, 100, 1)])) else { panic!() };
    assert_eq!(update.levels, [level(Side::Buy, 100, 1), level(Side::Buy, 96, 0)]);
    assert_eq!(book.apply(delta(2, 3, vec![level(Side::Buy, 95, 9)])), BookAction::Nothing, "beyond what is known");
    assert_eq!(book.side(Side::Buy), [(100, 1), (99, 1), (98, 1), (97, 1)]);
    assert!(book.check_integrity().is_ok());
}

#[test]
fn a_side_that_lost_half_of_its_known_depth_is_fetched_again() {
    let mut book = BookSync::new(ETH, BookConfig { depth: 4, ..BookConfig::default() });
    book.apply(snapshot(1, (96..=99).map(|price| level(Side::Buy, price, 1)).collect()));
    assert!(matches!(
        book.apply(delta(1, 2, vec![level(Side::Buy, 99, 0), level(Side::Buy, 98, 0)])),
        BookAction::Forward(_)
    ));
    let thin = book.apply(delta(2, 3, vec![level(Side::Buy, 97, 0)]));
    assert_eq!(thin, BookAction::Resnapshot(ResnapshotReason::Thin { side: Side::Buy, levels: 1 }));
    let mut whole = live(BookConfig::default());
    let emptied = whole.apply(delta(10, 11, vec![level(Side::Buy, 99, 0), level(Side::Buy, 98, 0)]));
    assert!(matches!(emptied, BookAction::Forward(_)), "a side that is known whole may become empty");
    assert_eq!(whole.best_bid(), None);
}

#[test]
fn integrity_is_checked_every_thousand_messages() {
    // proves: R003-024
    let mut book = live(BookConfig::default());
    for last in 11..2_011 {
        book.apply(delta(last - 1, last, vec![level(Side::Buy, 97, 1 + (last % 3) as i64)]));
    }
    assert_eq!(book.counters().messages, 2_001);
    assert_eq!(book.counters().checks, 2);
}

#[test]
fn impossible_figures_are_not_believed() {
    for bad in [level(Side::Buy, 0, 1), level(Side::Buy, -1, 1), level(Side::Sell, 101, -1)] {
        let mut book = live(BookConfig::default());
        assert!(matches!(book.apply(delta(10, 11, vec![bad])), BookAction::Resnapshot(ResnapshotReason::Malformed(_))));
        let mut waiting = BookSync::new(ETH, BookConfig::default());
        assert_eq!(waiting.apply(delta(10, 11, vec![bad])), BookAction::Nothing, "one request is enough");
        assert!(matches!(waiting.apply(snapshot(10, vec![bad])), BookAction::Resnapshot(_)));
    }
}

#[test]
fn a_sequence_that_began_anew_is_noticed() {
    let mut book = live(BookConfig { old_limit: 3, ..BookConfig::default() });
    let old = |last| delta(last - 1, last, vec![level(Side::Buy, 97, 1)]);
    assert_eq!(book.apply(old(1)), BookAction::Nothing);
    assert_eq!(book.apply(old(2)), BookAction::Nothing);
    let noticed = book.apply(old(3));
    assert_eq!(noticed, BookAction::Resnapshot(ResnapshotReason::SequenceRestarted { last: 10, seen: 3 }));
    assert!(matches!(book.apply(snapshot(4, two_sided())), BookAction::Forward(_)));
}

#[test]
fn a_reset_book_is_empty_and_an_answer_that_is_too_late_is_ignored() {
    let mut book = live(BookConfig::default());
    assert_eq!(book.apply(snapshot(9, vec![])), BookAction::Nothing, "older than the book");
    assert_eq!(book.best_bid(), Some((99, 5)));
    book.reset();
    assert!(!book.is_live() && book.best_bid().is_none());
}

/// The venue's true book after each update, and the faults of the road between.
#[derive(Debug, Clone)]
enum Road {
    Deliver,
    Lose,
    Repeat,
}

fn road() -> impl Strategy<Value = Road> {
    prop_oneof![8 => Just(Road::Deliver), 1 => Just(Road::Lose), 1 => Just(Road::Repeat)]
}

proptest! {
    /// A receiver that applies what is forwarded has the venue's book whenever the book is live, whatever was lost or
    /// repeated, and never sees it crossed.
    // proves: R002-31
    #[test]
    fn what_is_forwarded_is_the_venues_book(
        steps in prop::collection::vec((any::<bool>(), 1i64..40, 0i64..5, road(), 0u8..4), 1..150),
    ) {
        let mut venue: (BTreeMap<i64, i64>, BTreeMap<i64, i64>) = Default::default();
        let mut receiver = venue.clone();
        let mut book = BookSync::new(ETH, BookConfig::default());
        let (mut last, mut asked) = (100u64, true);
        for (is_bid, distance, size, road, answer) in steps {
            // Bids below 1000, asks above: the venue itself is never crossed.
            let (side, price) = if is_bid { (Side::Buy, 1_000 - distance) } else { (Side::Sell, 1_000 + distance) };
            let levels = if is_bid { &mut venue.0 } else { &mut venue.1 };
            if size == 0 { levels.remove(&price); } else { levels.insert(price, size); }
            let update = delta(last, last + 1, vec![level(side, price, size)]);
            last += 1;
            let mut arriving = match road {
                Road::Deliver => vec![update],
                Road::Lose => vec![],
                Road::Repeat => vec![update.clone(), update],
            };
            if asked && answer == 0 {
                let bids = venue.0.iter().map(|(p, s)| level(Side::Buy, *p, *s));
                let asks = venue.1.iter().map(|(p, s)| level(Side::Sell, *p, *s));
                arriving.push(snapshot(last, bids.chain(asks).collect()));
                asked = false;
            }
            for update in arriving {
                match book.apply(update) {
                    BookAction::Nothing => {}
                    BookAction::Resnapshot(_) => {
                        prop_assert!(!asked, "asked while a snapshot is on its way");
                        asked = true;
                    }
                    BookAction::Forward(update) => {
                        if update.snapshot { receiver = Default::default(); }
                        for l in update.levels {
                            let side = if l.side == Side::Buy { &mut receiver.0 } else { &mut receiver.1 };
                            if l.size == 0 { side.remove(&l.price); } else { side.insert(l.price, l.size); }
                        }
                    }
                }
            }
            if book.last() == Some(last) {
                prop_assert_eq!(&receiver, &venue);
                prop_assert!(book.check_integrity().is_ok());
            }
        }
    }
}
