//! Comparing the live book with the venue's own: what is found, and what must not be taken for a difference.

use hedgewire_core::book::{BookAction, BookConfig, BookSync, ResnapshotReason};
use hedgewire_core::events::{BookUpdate, InstrumentId, Level, Side};
use proptest::prelude::*;

const ETH: InstrumentId = InstrumentId(4);

fn level(side: Side, price: i64, size: i64) -> Level {
    Level { side, price, size }
}

fn update(snapshot: bool, previous_last: u64, last: u64, levels: &[Level]) -> BookUpdate {
    let levels = levels.to_vec();
    BookUpdate {
        instrument: ETH,
        snapshot,
        first: last,
        last,
        previous_last: Some(previous_last),
        levels,
        ts_event: last,
    }
}

const START: [Level; 3] = [
    Level { side: Side::Buy, price: 99, size: 5 },
    Level { side: Side::Buy, price: 98, size: 6 },
    Level { side: Side::Sell, price: 101, size: 7 },
];

/// A live book at position 10 whose comparison has begun.
fn audited() -> BookSync {
    let mut book = BookSync::new(ETH, BookConfig::default());
    book.apply(update(true, 0, 10, &START));
    book.begin_audit();
    book
}

fn differs(levels: usize) -> BookAction {
    BookAction::Resnapshot(ResnapshotReason::Differs { levels })
}

#[test]
fn the_same_book_is_in_order_and_a_lost_level_is_not() {
    let mut book = audited();
    assert_eq!(book.audit(update(true, 0, 10, &START)), BookAction::Nothing);
    assert_eq!(book.counters().audits, 1);
    for theirs in [
        &START[..2],
        &[START[0], START[1], level(Side::Sell, 101, 8)],
        &[START[0], START[1], START[2], level(Side::Buy, 90, 1)],
    ] {
        let mut book = audited();
        assert_eq!(book.audit(update(true, 0, 10, theirs)), differs(1), "{theirs:?}");
        assert!(!book.is_live(), "not believed any more");
    }
}

#[test]
fn what_changes_while_the_snapshot_is_on_its_way_is_no_difference() {
    let mut book = audited();
    // Ours goes on to 12; the snapshot is of 11.
    book.apply(update(false, 10, 11, &[level(Side::Buy, 99, 1)]));
    book.apply(update(false, 11, 12, &[level(Side::Buy, 97, 3)]));
    assert_eq!(book.audit(update(true, 0, 11, &[level(Side::Buy, 99, 1), START[1], START[2]])), BookAction::Nothing);
    assert_eq!(book.counters().audits, 1);
}

#[test]
fn a_snapshot_ahead_of_the_book_waits_for_its_updates() {
    let mut book = audited();
    assert_eq!(book.audit(update(true, 0, 12, &[START[0], START[2]])), BookAction::Nothing);
    assert_eq!(book.counters().audits, 0, "98 may be gone by 12");
    assert!(matches!(book.apply(update(false, 10, 11, &[level(Side::Buy, 99, 5)])), BookAction::Forward(_)));
    assert!(matches!(book.apply(update(false, 11, 12, &[level(Side::Buy, 98, 0)])), BookAction::Forward(_)));
    assert_eq!(book.counters().audits, 1);
    // And where 98 is still there at 12, it was lost.
    let mut book = audited();
    book.audit(update(true, 0, 12, &[START[0], START[2]]));
    assert_eq!(book.apply(update(false, 10, 12, &[level(Side::Buy, 99, 5)])), differs(1));
}

#[test]
fn a_snapshot_from_before_the_question_proves_nothing() {
    let mut book = audited();
    assert_eq!(book.audit(update(true, 0, 9, &[])), BookAction::Nothing);
    assert_eq!((book.counters().audits, book.is_live()), (0, true));
}

#[test]
fn levels_beyond_either_depth_are_not_compared() {
    let config = BookConfig { depth: 2, ..BookConfig::default() };
    let mut book = BookSync::new(ETH, config);
    book.apply(update(true, 0, 10, &START));
    book.begin_audit();
    // 97 is beyond our depth of two bids.
    assert_eq!(
        book.audit(update(true, 0, 10, &[START[0], START[1], level(Side::Buy, 97, 1), START[2]])),
        BookAction::Nothing
    );
    book.begin_audit();
    assert_eq!(book.audit(update(true, 0, 10, &[START[0], level(Side::Buy, 98, 9), START[2]])), differs(1));
}

#[test]
fn a_comparison_is_due_after_so_many_updates_and_never_where_it_is_off() {
    for (audit_every, due_after) in [(3, Some(3)), (0, None)] {
        let mut book = BookSync::new(ETH, BookConfig { audit_every, ..BookConfig::default() });
        book.apply(update(true, 0, 10, &START));
        let mut due = Vec::new();
        for at in 11..20 {
            book.apply(update(false, at - 1, at, &[level(Side::Buy, 99, i64::try_from(at).expect("small"))]));
            if book.audit_due() {
                book.begin_audit();
                book.abandon_audit();
                due.push(at);
            }
        }
        // The snapshot was the first message.
        assert_eq!(due.first().map(|at| at - 9), due_after, "every {audit_every}: {due:?}");
    }
}

proptest! {
    /// However updates and the snapshot interleave: a true book is never said to differ, a wrong level always is.
    #[test]
    fn only_lost_levels_are_found(
        changes in prop::collection::vec((0i64..20, 0i64..4), 1..40),
        asked in 0usize..40, taken in 0usize..40, answered in 0usize..40, corrupt in any::<bool>(),
    ) {
        let (asked, taken, answered) = (asked.min(changes.len()), taken.min(changes.len()), answered.min(changes.len()));
        prop_assume!(asked <= taken && asked <= answered);
        let mut book = BookSync::new(ETH, BookConfig::default());
        let mut truth = std::collections::BTreeMap::from([(50, 1), (-1, 1)]);
        truth.remove(&-1);
        book.apply(update(true, 0, 100, &[level(Side::Buy, 50, 1)]));
        let mut theirs = None;
        let mut said = Vec::new();
        for index in 0..=changes.len() {
            let position = 100 + index as u64;
            if index == asked { book.begin_audit(); }
            if index == taken {
                let mut levels: Vec<Level> = truth.iter().map(|(price, size)| level(Side::Buy, *price, *size)).collect();
                // A level that no update ever names.
                if corrupt { levels.push(level(Side::Buy, 40, 9)); }
                theirs = Some(update(true, 0, position, &levels));
            }
            if index >= answered && let Some(snapshot) = theirs.take() { said.push(book.audit(snapshot)); }
            if let Some((price, size)) = changes.get(index) {
                let price = price + 1;
                if *size == 0 { truth.remove(&price); } else { truth.insert(price, *size); }
                said.push(book.apply(update(false, position, position + 1, &[level(Side::Buy, price, *size)])));
            }
        }
        let found = said.iter().any(|action| matches!(action, BookAction::Resnapshot(_)));
        prop_assert_eq!(found, corrupt, "{:?}", said);
    }
}
