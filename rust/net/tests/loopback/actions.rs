//! What becomes of commands when the venue, or the way to it, misbehaves: sent once, and decided by evidence only.

use hedgewire_core::venues::{CancelTarget, Command};
use hedgewire_net::rows::{Row, Verdict};
use serde_json::{Value, json};

use crate::rig::{Options, Rig, Said};
use crate::server::{Answer, accept_all};
use crate::toy::{INSTRUMENT, VALID_MS, order, venue_id};

fn over_socket() -> Options {
    Options { actions_over_socket: true, ..Options::default() }
}

fn report(client_id: u64, filled: i64) -> Value {
    json!({"e": "report", "order": venue_id(client_id).0, "filled": filled})
}

fn fill(client_id: u64, trade: &str, quantity: i64) -> Value {
    json!({"e": "fill", "order": venue_id(client_id).0, "trade": trade, "quantity": quantity})
}

fn verdicts(said: &[Said]) -> Vec<(u64, Verdict)> {
    said.iter().map(|one| (one.client_id.expect("of an order"), one.verdict)).collect()
}

/// The trade ids of the fills that came out, in order.
fn fills(rows: &[Row]) -> Vec<(Option<u64>, String)> {
    let fill = |row: &Row| match row {
        Row::Fill { fill, .. } => Some((fill.client_id.map(|id| id.0), fill.trade_id.clone())),
        _ => None,
    };
    rows.iter().filter_map(fill).collect()
}

#[tokio::test(start_paused = true)]
async fn a_lost_reply_is_unknown_until_the_venue_is_asked_and_nothing_is_sent_twice() {
    for options in [Options::default(), over_socket()] {
        let mut rig = Rig::connected(options).await;
        rig.server.on("execute", |_, _| Answer::Cut);
        rig.server.on("order", |_, _| Answer::Json(json!([report(1, 0)])));
        let ticket = rig.act(Command::Submit(order(1)));
        let said = rig.outcomes(ticket, 2).await;
        assert_eq!(verdicts(&said), [(1, Verdict::Unknown), (1, Verdict::Accepted)]);
        assert_eq!(said[1].reason, "found among the open orders");
        rig.pass(60_000).await;
        assert_eq!(rig.server.asked("execute"), 1, "sent once and never again");
    }
}

#[tokio::test(start_paused = true)]
async fn a_502_says_nothing_and_only_the_end_of_its_validity_makes_an_absent_order_rejected() {
    let mut rig = Rig::connected(Options::default()).await;
    rig.server.on("execute", |_, _| Answer::Status(502, ""));
    let sent_ms = rig.elapsed_ms();
    let ticket = rig.act(Command::Submit(order(1)));
    let said = rig.outcomes(ticket, 2).await;
    assert_eq!(verdicts(&said), [(1, Verdict::Unknown), (1, Verdict::Rejected)]);
    assert_eq!(said[1].code, "NOT_FOUND_AFTER_WINDOW");
    assert!(rig.elapsed_ms() - sent_ms > VALID_MS, "it may have arrived until then");
    assert!(rig.server.asked("order/v1") > 2 && rig.server.asked("fills/v1") > 2);
    assert_eq!(rig.server.asked("execute"), 1);
}

#[tokio::test(start_paused = true)]
async fn an_order_that_traded_behind_a_lost_reply_is_accepted_with_its_fills() {
    let mut rig = Rig::connected(over_socket()).await;
    rig.server.on("execute", |_, _| Answer::Cut);
    rig.server.on("fills", |path, _| match path {
        "fills/v1" => Answer::Json(json!([fill(1, "a", 4), fill(1, "b", 6)])),
        _ => Answer::Json(json!([])),
    });
    let ticket = rig.act(Command::Submit(order(1)));
    let said = rig.outcomes(ticket, 2).await;
    assert_eq!(verdicts(&said), [(1, Verdict::Unknown), (1, Verdict::Accepted)]);
    assert!(said[0].reason.contains("socket was lost before the reply"), "{}", said[0].reason);
    rig.pass(30_000).await;
    assert_eq!(fills(&rig.rows), [(Some(1), "a".into()), (Some(1), "b".into())]);
}

#[tokio::test(start_paused = true)]
async fn each_order_of_a_batch_has_an_outcome_of_its_own() {
    let mut rig = Rig::connected(Options::default()).await;
    rig.server.on("execute", |_, _| Answer::Json(json!({"results": [true, "no margin"]})));
    rig.server.on("open", |_, _| Answer::Json(json!([report(1, 0)])));
    rig.server.on("order", |_, _| Answer::Json(json!([report(3, 0)])));
    let ticket = rig.act(Command::SubmitBatch(vec![order(1), order(2), order(3)]));
    let said = rig.outcomes(ticket, 4).await;
    let expected = [(1, Verdict::Accepted), (2, Verdict::Rejected), (3, Verdict::Unknown), (3, Verdict::Accepted)];
    assert_eq!(verdicts(&said), expected);
    assert_eq!((said[1].code.as_str(), said[1].reason.as_str()), ("7", "no margin"));
    assert_eq!(rig.server.asked("order/v1") + rig.server.asked("order/v2"), 0, "only the unknown one is asked for");
}

#[tokio::test(start_paused = true)]
async fn a_replacement_is_accepted_rejected_or_unknown_for_both_of_its_orders() {
    let mut rig = Rig::connected(Options::default()).await;
    let placed = rig.act(Command::Submit(order(1)));
    rig.outcomes(placed, 1).await;
    let replace = |rig: &mut Rig, new: u64| {
        let cancel =
            CancelTarget { client_id: None, instrument: INSTRUMENT, venue_order_id: venue_id(1), waiting: false };
        rig.act(Command::CancelAndPlace { cancel, place: order(new), unfilled: None })
    };
    rig.server.on("execute", |_, _| Answer::Json(json!({"results": ["the old order has traded"]})));
    let refused = replace(&mut rig, 2);
    assert_eq!(verdicts(&rig.outcomes(refused, 1).await), [(2, Verdict::Rejected)]);
    rig.server.on("execute", |_, _| Answer::Cut);
    rig.server.on("order", |path, _| match path {
        "order/v3" => Answer::Json(json!([report(3, 0)])),
        _ => Answer::Status(404, ""),
    });
    let lost = replace(&mut rig, 3);
    let said = rig.outcomes(lost, 2).await;
    assert_eq!(verdicts(&said[..1]), [(3, Verdict::Unknown)]);
    let over = rig.wait(|row| match row {
        Row::OrderUpdate { update, .. } if update.venue_order_id == venue_id(1) => Some(update.status),
        _ => None,
    });
    assert_eq!(over.await, hedgewire_core::events::OrderStatus::Canceled, "the old order is asked for too");
    rig.pass(30_000).await;
    let accepted = |row: &Row| matches!(row, Row::OrderOutcome { client_id: Some(id), verdict: Verdict::Accepted, .. } if id.0 == 3);
    assert!(rig.rows.iter().any(accepted), "the new order was found");
    assert_eq!(rig.server.asked("execute"), 3);
}

#[tokio::test(start_paused = true)]
async fn an_order_that_cannot_be_cancelled_is_looked_for_at_once() {
    let mut rig = Rig::connected(Options::default()).await;
    rig.server.on("open", |_, _| Answer::Json(json!([report(1, 0)])));
    let placed = rig.act(Command::Submit(order(1)));
    rig.outcomes(placed, 1).await;
    let target = || {
        let (client_id, venue_order_id) = (Some(order(1).client_id), venue_id(1));
        CancelTarget { client_id, instrument: INSTRUMENT, venue_order_id, waiting: false }
    };
    rig.server.on("execute", |_, _| Answer::Json(json!({"results": ["no such order"]})));
    rig.server.on("order", |_, _| Answer::Json(json!([report(1, 0)])));
    let refused = rig.act(Command::Cancel(vec![target()]));
    assert_eq!(verdicts(&rig.outcomes(refused, 1).await), [(1, Verdict::Rejected)]);
    rig.pass(2_000).await;
    assert_eq!(rig.server.asked("order/v1"), 1, "it lives: one look is enough");
    rig.server.on("order", |_, _| Answer::Status(404, ""));
    let refused = rig.act(Command::Cancel(vec![target()]));
    assert_eq!(verdicts(&rig.outcomes(refused, 1).await), [(1, Verdict::Rejected)]);
    let asked_ms = rig.elapsed_ms();
    let over = rig.wait(|row| match row {
        Row::OrderUpdate { update, .. } if update.venue_order_id == venue_id(1) => Some(update.status),
        _ => None,
    });
    assert_eq!(over.await, hedgewire_core::events::OrderStatus::Canceled);
    assert!(rig.elapsed_ms() - asked_ms < 2_000, "{} ms", rig.elapsed_ms() - asked_ms);
}

#[tokio::test(start_paused = true)]
async fn a_cancel_whose_event_is_lost_ends_the_order_within_two_seconds() {
    let mut rig = Rig::connected(Options::default()).await;
    let placed = rig.act(Command::Submit(order(1)));
    rig.outcomes(placed, 1).await;
    rig.server.on("order", |_, _| Answer::Status(404, ""));
    let (client_id, venue_order_id) = (Some(order(1).client_id), venue_id(1));
    let target = CancelTarget { client_id, instrument: INSTRUMENT, venue_order_id, waiting: false };
    let cancelled = rig.act(Command::Cancel(vec![target]));
    assert_eq!(verdicts(&rig.outcomes(cancelled, 1).await), [(1, Verdict::Accepted)]);
    let since_ms = rig.elapsed_ms();
    let over = rig.wait(|row| match row {
        Row::OrderUpdate { update, .. } if update.venue_order_id == venue_id(1) => Some(update.status),
        _ => None,
    });
    assert_eq!(over.await, hedgewire_core::events::OrderStatus::Canceled);
    assert!(rig.elapsed_ms() - since_ms < 2_000, "{} ms", rig.elapsed_ms() - since_ms);
}

#[tokio::test(start_paused = true)]
async fn a_reply_that_nobody_waits_for_is_said_and_harms_nothing() {
    let mut rig = Rig::connected(over_socket()).await;
    rig.server.push_text("actions", json!({"e": "reply", "id": 999, "results": ["no"]}).to_string());
    let text = rig.wait(|row| match row {
        Row::Notice { text, .. } if text.contains("999") => Some(text.clone()),
        _ => None,
    });
    assert!(text.await.contains("not waited for"));
    let ticket = rig.act(Command::Submit(order(1)));
    assert_eq!(verdicts(&rig.outcomes(ticket, 1).await), [(1, Verdict::Accepted)]);
    assert_eq!(rig.server.frames().iter().filter(|frame| frame["orders"] == json!(["v1"])).count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_fill_that_beats_the_reply_finds_its_order_and_counts_once() {
    // proves: R003-1.2.4
    let mut rig = Rig::connected(Options::default()).await;
    let server = rig.server.clone();
    rig.server.on("execute", move |_, body| {
        server.push(&fill(1, "a", 10));
        server.push(&fill(1, "a", 10));
        accept_all(body)
    });
    let ticket = rig.act(Command::Submit(order(1)));
    rig.outcomes(ticket, 1).await;
    rig.pass(1_000).await;
    assert_eq!(fills(&rig.rows), [(Some(1), "a".into())]);
    assert_eq!(rig.health().await["counters"]["duplicate_fills"], 1);
}

#[tokio::test(start_paused = true)]
async fn a_client_id_is_never_sent_twice() {
    let mut rig = Rig::connected(Options::default()).await;
    let first = rig.act(Command::Submit(order(1)));
    let second = rig.act(Command::Submit(order(1)));
    assert_eq!(rig.outcomes(first, 1).await[0].verdict, Verdict::Accepted);
    let refused = &rig.outcomes(second, 1).await[0];
    assert_eq!((refused.verdict, refused.code.as_str()), (Verdict::RefusedHere, "ORDER_DUPLICATE_CLIENT_ID"));
    assert_eq!(rig.server.asked("execute"), 1);
}
