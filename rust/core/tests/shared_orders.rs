//! The order registry: registered before sending, monotonic, each fill once.

use std::collections::BTreeMap;

use hedgewire_core::decimal::{BaseQty, ONE_X18, Price, QuoteQty};
use hedgewire_core::events::{
    ClientId, Fill, InstrumentId, OrderKind, OrderReport, OrderStatus, OrderUpdate, Side, Terms, VenueOrderId,
};
use hedgewire_core::orders::{
    FillResult, OrderRegistry, Origin, OutcomeResult, Phase, RegistryLimits, Unclaimed, UpdateResult,
};
use hedgewire_core::venues::Outcome;
use proptest::prelude::*;

const ETH: InstrumentId = InstrumentId(4);
const ID: ClientId = ClientId(7);

fn qty(units: i64) -> BaseQty {
    BaseQty::from_x18(i128::from(units) * ONE_X18)
}

fn venue(text: &str) -> VenueOrderId {
    VenueOrderId(text.into())
}

fn fill_of(order: &str, trade_id: &str, units: i64) -> Fill {
    Fill {
        instrument: ETH,
        venue_order_id: venue(order),
        client_id: None,
        trade_id: trade_id.into(),
        side: Side::Buy,
        quantity: qty(units),
        price: Price::from_x18(ONE_X18),
        fee: QuoteQty::ZERO,
        fee_currency: None,
        is_taker: true,
        remaining: None,
        original: None,
        ts_event: 1,
    }
}

fn update_of(order: &str, status: OrderStatus, remaining: i64) -> OrderUpdate {
    OrderUpdate {
        instrument: ETH,
        venue_order_id: venue(order),
        client_id: None,
        status,
        remaining: Some(qty(remaining)),
        terms: None,
        reason: String::new(),
        ts_event: 1,
    }
}

fn report_of(order: &str, status: OrderStatus, filled: i64) -> OrderReport {
    OrderReport {
        instrument: ETH,
        venue_order_id: venue(order),
        client_id: None,
        side: Side::Buy,
        kind: OrderKind::Limit,
        status,
        price: Price::from_x18(ONE_X18),
        quantity: qty(10),
        filled: qty(filled),
        average_price: None,
        reduce_only: false,
        expires_s: None,
        ts_accepted: 1,
        ts_event: 1,
    }
}

fn unknown() -> Outcome {
    Outcome::Unknown { reason: "time-out".into() }
}

fn rejected() -> Outcome {
    Outcome::Rejected { code: 2056, reason: "IOC did not cross".into(), due_post_only: false }
}

/// A registry with one buy of 10, registered as `ID` and "a".
fn with_order() -> OrderRegistry {
    let mut registry = OrderRegistry::new();
    registry.register(ID, venue("a"), ETH, Side::Buy, qty(10), 1).expect("registered");
    registry
}

fn applied(filled: i64) -> FillResult {
    FillResult::Applied { client_id: Some(ID), filled: qty(filled), late: false, overfill: None, contradiction: None }
}

#[test]
fn a_fill_that_beats_the_reply_finds_its_order_and_the_reply_takes_nothing_back() {
    // proves: R002-21 R002-01 R002-02
    let mut registry = with_order();
    assert_eq!(registry.get(ID).map(|o| o.phase), Some(Phase::Pending));
    assert_eq!(registry.apply_fill(&fill_of("a", "t1", 4), 2), applied(4));
    assert_eq!(registry.get(ID).and_then(|o| o.status()), Some(OrderStatus::PartiallyFilled));
    let accepted = Outcome::Accepted { venue_order_id: Some(venue("a")) };
    assert_eq!(registry.outcome(ID, &accepted, 3), OutcomeResult::AlreadyKnown);
    assert_eq!(registry.outcome(ID, &unknown(), 3), OutcomeResult::AlreadyKnown);
    assert!(registry.unresolved().is_empty(), "its fill proved that it lives");
    assert_eq!(registry.get(ID).map(|o| o.filled), Some(qty(4)));
}

#[test]
fn the_same_ids_are_never_registered_twice() {
    let mut registry = with_order();
    let again = registry.register(ID, venue("b"), ETH, Side::Buy, qty(1), 2).expect_err("client id in use");
    assert_eq!(again.code, "ORDER_DUPLICATE_CLIENT_ID");
    let again = registry.register(ClientId(8), venue("a"), ETH, Side::Buy, qty(1), 2).expect_err("venue id in use");
    assert_eq!(again.code, "ORDER_DUPLICATE_VENUE_ID");
    let nothing = registry.register(ClientId(8), venue("b"), ETH, Side::Buy, qty(0), 2).expect_err("nothing to trade");
    assert_eq!(nothing.code, "ORDER_QUANTITY_NOT_POSITIVE");
    assert_eq!(registry.len(), 1);
}

#[test]
fn a_fill_counts_once_by_its_trade_id() {
    // proves: R002-23
    let mut registry = with_order();
    assert_eq!(registry.apply_fill(&fill_of("a", "t1", 4), 2), applied(4));
    assert_eq!(registry.apply_fill(&fill_of("a", "t1", 4), 3), FillResult::Duplicate);
    assert_eq!(registry.apply_fill(&fill_of("a", "t2", 6), 4), applied(10));
    assert_eq!(registry.get(ID).and_then(|o| o.status()), Some(OrderStatus::Filled));
    assert_eq!(registry.apply_fill(&fill_of("a", "t2", 6), 5), FillResult::Duplicate);
}

#[test]
fn terms_that_are_told_again_are_no_news_and_other_ones_are() {
    let mut registry = with_order();
    registry.outcome(ID, &Outcome::Accepted { venue_order_id: Some(venue("a")) }, 2);
    let mut told = |units: i64, price: i128, ts_event: u64| {
        let terms = Terms { quantity: qty(units), price: Price::from_x18(price * ONE_X18), trigger_price: None };
        let update = update_of("a", OrderStatus::Accepted, units);
        registry.apply_update(&OrderUpdate { terms: Some(terms), ts_event, ..update }, 3)
    };
    assert_eq!(told(10, 5, 1), UpdateResult::Duplicate, "the first that are told are those that were ordered");
    assert_eq!(told(10, 5, 2), UpdateResult::Duplicate);
    let news = UpdateResult::Applied { client_id: Some(ID), filled: qty(0) };
    assert_eq!(told(10, 6, 3), news, "another price");
    assert_eq!(told(10, 5, 2), UpdateResult::Duplicate, "older than what is known");
    assert_eq!(told(12, 6, 4), news, "another size");
}

#[test]
fn a_terminal_status_sticks_and_a_late_fill_still_counts() {
    let mut registry = with_order();
    registry.apply_update(&update_of("a", OrderStatus::Accepted, 10), 2);
    registry.apply_update(&update_of("a", OrderStatus::Canceled, 0), 3);
    assert_eq!(registry.apply_update(&update_of("a", OrderStatus::Accepted, 10), 4), UpdateResult::Stale);
    assert_eq!(registry.apply_update(&update_of("a", OrderStatus::Canceled, 0), 4), UpdateResult::Duplicate);
    let late = registry.apply_fill(&fill_of("a", "t1", 4), 5);
    assert!(matches!(late, FillResult::Applied { filled, late: true, .. } if filled == qty(4)), "{late:?}");
    let order = registry.get(ID).expect("kept for late fills");
    assert_eq!((order.status(), order.filled), (Some(OrderStatus::Canceled), qty(4)));
}

#[test]
fn updates_never_take_fills_back() {
    // proves: R003-1.3.2 R003-1.3.5
    let mut registry = with_order();
    let partial = registry.apply_update(&update_of("a", OrderStatus::PartiallyFilled, 6), 2);
    assert_eq!(partial, UpdateResult::Applied { client_id: Some(ID), filled: qty(4) });
    assert_eq!(registry.apply_update(&update_of("a", OrderStatus::PartiallyFilled, 8), 3), UpdateResult::Stale);
    assert_eq!(registry.apply_update(&update_of("a", OrderStatus::Accepted, 10), 3), UpdateResult::Stale);
    assert_eq!(registry.apply_update(&update_of("a", OrderStatus::PartiallyFilled, 6), 3), UpdateResult::Duplicate);
}

#[test]
fn updates_that_tell_more_than_the_fills_show_a_missing_fill() {
    // proves: R003-1.5.5 R002-22
    let mut registry = with_order();
    registry.apply_update(&update_of("a", OrderStatus::PartiallyFilled, 6), 2);
    assert_eq!(registry.missing_fills().first().and_then(|o| o.missing_fill()), Some(qty(4)));
    registry.apply_fill(&fill_of("a", "t1", 4), 3);
    assert!(registry.missing_fills().is_empty());
    registry.apply_update(&update_of("a", OrderStatus::Canceled, 0), 4);
    assert!(registry.missing_fills().is_empty(), "a cancel's zero is no fill");
    registry.apply_update(&update_of("a", OrderStatus::PartiallyFilled, 3), 5);
    assert_eq!(registry.missing_fills().len(), 1, "a reordered update still tells of a fill");
}

#[test]
fn an_unknown_outcome_stays_unresolved_until_the_venue_speaks() {
    let mut registry = with_order();
    assert_eq!(registry.outcome(ID, &unknown(), 2), OutcomeResult::Applied);
    assert_eq!(registry.unresolved().len(), 1);
    registry.adopt(&report_of("a", OrderStatus::Accepted, 0), 3);
    assert!(registry.unresolved().is_empty());
    assert_eq!(registry.get(ID).and_then(|o| o.status()), Some(OrderStatus::Accepted));
    let mut registry = with_order();
    registry.outcome(ID, &unknown(), 2);
    assert_eq!(registry.outcome(ID, &rejected(), 3), OutcomeResult::Applied);
    assert!(registry.unresolved().is_empty());
    assert_eq!(registry.outcome(ClientId(99), &rejected(), 3), OutcomeResult::NotRegistered);
}

#[test]
fn an_order_that_could_not_rest_is_cancelled_by_the_stream_and_refused_by_the_reply() {
    let mut registry = with_order();
    registry.apply_update(&update_of("a", OrderStatus::Canceled, 0), 2);
    assert_eq!(registry.outcome(ID, &rejected(), 3), OutcomeResult::AlreadyKnown);
    let mut registry = with_order();
    registry.outcome(ID, &rejected(), 2);
    assert_eq!(registry.apply_update(&update_of("a", OrderStatus::Canceled, 0), 3), UpdateResult::Stale);
    assert!(registry.unresolved().is_empty());
}

#[test]
fn contradictions_are_reported_and_leave_the_order_unresolved() {
    let mut registry = with_order();
    registry.apply_update(&update_of("a", OrderStatus::Accepted, 10), 2);
    assert!(matches!(registry.outcome(ID, &rejected(), 3), OutcomeResult::Contradiction { .. }));
    assert_eq!(registry.unresolved().len(), 1);
    registry.settle(ID);
    assert!(registry.unresolved().is_empty());

    let mut registry = with_order();
    registry.outcome(ID, &rejected(), 2);
    let lives = registry.apply_update(&update_of("a", OrderStatus::Accepted, 10), 3);
    assert!(matches!(lives, UpdateResult::Contradiction { .. }), "{lives:?}");
    let filled = registry.apply_fill(&fill_of("a", "t1", 4), 4);
    assert!(matches!(filled, FillResult::Applied { contradiction: Some(_), .. }), "{filled:?}");
    assert_eq!(registry.unresolved().len(), 1);
    registry.settle_venue_id(&venue("a"));

    let mut registry = with_order();
    let wrong_side = registry.apply_fill(&Fill { side: Side::Sell, ..fill_of("a", "t1", 4) }, 2);
    assert!(matches!(wrong_side, FillResult::Applied { contradiction: Some(_), .. }), "{wrong_side:?}");
    let elsewhere = OrderUpdate { instrument: InstrumentId(8), ..update_of("a", OrderStatus::Accepted, 10) };
    assert!(matches!(registry.apply_update(&elsewhere, 3), UpdateResult::Contradiction { .. }));
}

#[test]
fn an_overfill_is_counted_and_reported() {
    let mut registry = with_order();
    registry.apply_fill(&fill_of("a", "t1", 8), 2);
    let over = registry.apply_fill(&fill_of("a", "t2", 5), 3);
    assert!(matches!(over, FillResult::Applied { overfill: Some(by), .. } if by == qty(3)), "{over:?}");
    assert_eq!(registry.get(ID).map(|o| o.filled), Some(qty(13)));
    assert!(matches!(registry.apply_fill(&fill_of("a", "t3", 0), 4), FillResult::Invalid(_)));
}

#[test]
fn a_fill_of_another_program_is_foreign_once() {
    let mut registry = with_order();
    assert_eq!(registry.apply_fill(&fill_of("zzz", "t1", 4), 2), FillResult::Foreign);
    assert_eq!(registry.apply_fill(&fill_of("zzz", "t1", 4), 2), FillResult::Duplicate);
    assert_eq!(registry.apply_update(&update_of("zzz", OrderStatus::Accepted, 4), 2), UpdateResult::Foreign);
    let impostor = Fill { client_id: Some(ID), ..fill_of("zzz", "t2", 4) };
    assert_eq!(
        registry.apply_fill(&impostor, 2),
        FillResult::Foreign,
        "our client id under another venue id is not ours"
    );
}

#[test]
fn where_the_venue_gives_the_id_early_events_wait_for_it() {
    let mut registry = OrderRegistry::new();
    registry.register(ID, None, ETH, Side::Buy, qty(10), 1).expect("registered");
    let fill = fill_of("a", "t1", 4);
    assert_eq!(registry.apply_fill(&fill, 2), FillResult::Buffered);
    assert_eq!(registry.apply_fill(&fill_of("b", "t2", 1), 2), FillResult::Buffered);
    assert!(registry.take_unclaimable().is_empty(), "an order may still claim them");
    assert_eq!(registry.link(ID, &venue("a")), [Unclaimed::Fill(fill.clone())]);
    assert_eq!(registry.apply_fill(&fill, 3), applied(4));
    let left = registry.take_unclaimable();
    assert!(matches!(left.as_slice(), [Unclaimed::Fill(f)] if f.trade_id == "t2"));
    assert_eq!(registry.apply_fill(&fill_of("b", "t2", 1), 4), FillResult::Foreign);
}

#[test]
fn a_client_id_on_the_event_is_enough_to_link() {
    let mut registry = OrderRegistry::new();
    registry.register(ID, None, ETH, Side::Buy, qty(10), 1).expect("registered");
    assert_eq!(registry.apply_fill(&Fill { client_id: Some(ID), ..fill_of("a", "t1", 4) }, 2), applied(4));
    assert_eq!(registry.get_by_venue_id(&venue("a")).and_then(|o| o.client_id), Some(ID));
    assert!(registry.take_unclaimable().is_empty());
}

#[test]
fn an_order_found_at_the_venue_misses_the_fills_it_had() {
    // proves: R002-07 R002-36
    let mut registry = OrderRegistry::new();
    let found = registry.discover(&report_of("x", OrderStatus::PartiallyFilled, 3), 1);
    assert_eq!(found, UpdateResult::Applied { client_id: None, filled: qty(3) });
    let order = registry.get_by_venue_id(&venue("x")).expect("known now");
    assert_eq!((order.origin, order.missing_fill()), (Origin::Adopted, Some(qty(3))));
    let fill = registry.apply_fill(&fill_of("x", "t1", 3), 2);
    assert!(matches!(fill, FillResult::Applied { filled, overfill: None, .. } if filled == qty(3)), "{fill:?}");
    assert_eq!(registry.discover(&report_of("x", OrderStatus::PartiallyFilled, 3), 3), UpdateResult::Duplicate);
    registry.discover(&report_of("y", OrderStatus::Filled, 10), 3);
    assert_eq!(registry.open().count(), 1, "a closed one is taken over closed");
}

#[test]
fn an_order_of_an_earlier_run_keeps_what_was_applied_of_it_then() {
    // proves: R002-09
    let mut registry = OrderRegistry::new();
    let report = OrderReport { client_id: Some(ID), ..report_of("x", OrderStatus::PartiallyFilled, 3) };
    assert_eq!(registry.adopt(&report, 1), UpdateResult::Applied { client_id: Some(ID), filled: qty(3) });
    assert!(registry.missing_fills().is_empty(), "its first fills were applied by the earlier run");
    assert_eq!(registry.adopt(&report, 2), UpdateResult::Duplicate);
    assert_eq!(registry.apply_fill(&fill_of("x", "t2", 7), 3), applied(10));
    assert_eq!(registry.get(ID).and_then(|o| o.status()), Some(OrderStatus::Filled));
    let again = registry.register(ID, venue("z"), ETH, Side::Buy, qty(1), 4).expect_err("its client id is used up");
    assert_eq!(again.code, "ORDER_DUPLICATE_CLIENT_ID");
}

#[test]
fn memory_is_bounded_and_an_evicted_orders_fills_are_still_known() {
    let limits = RegistryLimits { open: 2, closed: 2, trades: 3, unclaimed: 2 };
    let mut registry = OrderRegistry::with_limits(limits);
    for n in 0..10 {
        let name = format!("o{n}");
        registry.register(ClientId(n), venue(&name), ETH, Side::Buy, qty(1), n).expect("registered");
        registry.apply_fill(&Fill { ts_event: n, ..fill_of(&name, &format!("t{n}"), 1) }, n);
    }
    assert_eq!((registry.len(), registry.remembered_trades()), (2, 3));
    assert_eq!(registry.apply_fill(&fill_of("o9", "t9", 1), 20), FillResult::Duplicate, "order kept");
    assert_eq!(registry.apply_fill(&fill_of("o6", "t6", 1), 20), FillResult::Duplicate, "trade kept");
    let forgotten = Fill { ts_event: 1, ..fill_of("o1", "t1", 1) };
    assert_eq!(registry.apply_fill(&forgotten, 20), FillResult::Stale, "neither yes nor no");
    assert_eq!(registry.apply_fill(&forgotten, 20), FillResult::Duplicate, "and said once");
    assert_eq!(registry.apply_fill(&Fill { ts_event: 30, ..fill_of("new", "t30", 1) }, 30), FillResult::Foreign);
    for n in [100, 101] {
        registry.register(ClientId(n), venue(&format!("o{n}")), ETH, Side::Buy, qty(1), n).expect("registered");
    }
    let full = registry.register(ClientId(102), venue("o102"), ETH, Side::Buy, qty(1), 1).expect_err("bounded");
    assert_eq!(full.code, "ORDER_TOO_MANY_OPEN");
}

#[derive(Debug, Clone)]
enum Step {
    Fill(u8, i64),
    Update(OrderStatus, i64),
    Accepted,
    Rejected,
    Unknown,
    Query(OrderStatus, i64),
}

fn status() -> impl Strategy<Value = OrderStatus> {
    use OrderStatus::{Accepted, Canceled, Expired, Filled, PartiallyFilled};
    prop::sample::select(vec![Accepted, PartiallyFilled, Filled, Canceled, Expired])
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0u8..12, 1i64..5).prop_map(|(trade, units)| Step::Fill(trade, units)),
        3 => (status(), 0i64..=10).prop_map(|(status, left)| Step::Update(status, left)),
        1 => Just(Step::Accepted),
        1 => Just(Step::Rejected),
        1 => Just(Step::Unknown),
        1 => (status(), 0i64..=10).prop_map(|(status, filled)| Step::Query(status, filled)),
    ]
}

proptest! {
    /// Whatever order events arrive in: fills sum by trade id, cumulative quantities never fall, a closed order stays
    /// as it closed, and every fill that does not fit is reported.
    #[test]
    fn truth_is_monotonic(steps in prop::collection::vec(step(), 1..80)) {
        let mut registry = with_order();
        let mut ledger: BTreeMap<u8, i64> = BTreeMap::new();
        for (now, step) in steps.into_iter().enumerate() {
            let before = registry.get(ID).expect("registered").clone();
            let now = now as u64 + 2;
            match step {
                Step::Fill(trade, units) => {
                    let result = registry.apply_fill(&fill_of("a", &format!("t{trade}"), units), now);
                    let repeated = ledger.contains_key(&trade);
                    if repeated {
                        prop_assert_eq!(result, FillResult::Duplicate);
                        continue;
                    }
                    ledger.insert(trade, units);
                    let total: i64 = ledger.values().sum();
                    let FillResult::Applied { filled, overfill, .. } = result else { panic!("{result:?}") };
                    prop_assert_eq!(filled, qty(total));
                    prop_assert_eq!(overfill, (total > 10).then(|| qty(total - 10)));
                }
                Step::Update(status, left) => drop(registry.apply_update(&update_of("a", status, left), now)),
                Step::Accepted => drop(registry.outcome(ID, &Outcome::Accepted { venue_order_id: None }, now)),
                Step::Rejected => drop(registry.outcome(ID, &rejected(), now)),
                Step::Unknown => drop(registry.outcome(ID, &unknown(), now)),
                Step::Query(status, filled) => drop(registry.adopt(&report_of("a", status, filled), now)),
            }
            let after = registry.get(ID).expect("registered");
            prop_assert_eq!(after.filled, qty(ledger.values().sum()));
            prop_assert!(after.filled >= before.filled && after.filled_by_updates >= before.filled_by_updates);
            if let Phase::Closed(_) = before.phase {
                prop_assert_eq!(after.phase, before.phase);
            }
            prop_assert!(before.phase != Phase::Open || !matches!(after.phase, Phase::Pending | Phase::Unknown));
            prop_assert_eq!(registry.len(), 1);
        }
    }
}
