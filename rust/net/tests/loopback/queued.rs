//! Orders that a venue takes first and decides on later.

use hedgewire_core::events::{Event, OrderStatus};
use hedgewire_core::venues::Command;
use hedgewire_net::rows::{Row, Verdict};
use serde_json::{Value, json};

use crate::rig::{Options, Rig, Said};
use crate::server::Answer;
use crate::toy::{order, venue_id};

async fn rig() -> Rig {
    let rig = Rig::connected(Options::default()).await;
    rig.server.on("execute", |_, _| Answer::Json(json!({"results": [{"queued": true}]})));
    rig
}

fn told(status: &str, reason: &str) -> Value {
    json!({"e": "order", "order": venue_id(1).0, "status": status, "reason": reason})
}

fn updates(rows: &[Row]) -> Vec<OrderStatus> {
    let status = |row: &Row| if let Row::OrderUpdate { update, .. } = row { Some(update.status) } else { None };
    rows.iter().filter_map(status).collect()
}

/// Everything that was said of the ticket within a second, and the statuses that came out.
async fn said_of(rig: &mut Rig, ticket: u64) -> (Vec<Said>, Vec<OrderStatus>) {
    let said = rig.outcomes(ticket, 1).await;
    rig.pass(1_000).await;
    let all = rig.rows.iter().filter(|row| matches!(row, Row::OrderOutcome { ticket: one, .. } if *one == ticket));
    assert_eq!(all.count(), 1, "said once");
    (said, updates(&rig.rows))
}

#[tokio::test(start_paused = true)]
async fn queued_is_not_accepted_until_the_order_is_open() {
    let mut rig = rig().await;
    let ticket = rig.act(Command::Submit(order(1)));
    rig.pass(500).await;
    rig.server.push(&told("queued", ""));
    rig.pass(200).await;
    assert!(!rig.rows.iter().any(|row| matches!(row, Row::OrderOutcome { .. } | Row::OrderUpdate { .. })));
    rig.server.push(&told("open", ""));
    let (said, updates) = said_of(&mut rig, ticket).await;
    assert_eq!((said[0].verdict, updates), (Verdict::Accepted, vec![OrderStatus::Accepted]));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_after_the_order_was_queued_is_a_rejection() {
    let mut rig = rig().await;
    let ticket = rig.act(Command::Submit(order(1)));
    rig.server.push(&told("rejected", "would cross"));
    let (said, updates) = said_of(&mut rig, ticket).await;
    assert_eq!((said[0].verdict, said[0].reason.as_str()), (Verdict::Rejected, "would cross"));
    assert_eq!(updates, vec![], "a rejection is told once");
    assert!(rig.rows.iter().any(|row| matches!(row, Row::OrderOutcome { due_post_only: true, .. })));
}

#[tokio::test(start_paused = true)]
async fn the_venues_word_for_a_refusal_is_its_code() {
    let mut rig = rig().await;
    let ticket = rig.act(Command::Submit(order(1)));
    rig.pass(100).await;
    rig.server.push(&told("rejected", "NOT_ENOUGH_MARGIN"));
    let (said, _) = said_of(&mut rig, ticket).await;
    assert_eq!((said[0].code.as_str(), said[0].reason.as_str()), ("NOT_ENOUGH_MARGIN", "refused by the venue"));
}

// proves: R002-21
#[tokio::test(start_paused = true)]
async fn an_order_that_speaks_before_its_reply_or_by_a_fill_was_taken() {
    let mut rig = rig().await;
    let server = rig.server.clone();
    rig.server.on("execute", move |_, _| {
        server.push(&told("open", ""));
        Answer::Json(json!({"results": [{"queued": true}]}))
    });
    let ticket = rig.act(Command::Submit(order(1)));
    assert_eq!(said_of(&mut rig, ticket).await.0[0].verdict, Verdict::Accepted);
    rig.server.on("execute", |_, _| Answer::Json(json!({"results": [{"queued": true}]})));
    let ticket = rig.act(Command::Submit(order(2)));
    rig.server.push(&json!({"e": "fill", "order": venue_id(2).0, "trade": "a", "quantity": 10}));
    assert_eq!(said_of(&mut rig, ticket).await.0[0].verdict, Verdict::Accepted);
}

#[tokio::test(start_paused = true)]
async fn a_queued_order_of_which_nothing_is_heard_is_asked_for() {
    let mut rig = rig().await;
    let archived = |status: &'static str| {
        move |_: &str, _: &Value| {
            Answer::Json(json!([{"e": "report", "order": venue_id(1).0, "status": status, "filled": 0}]))
        }
    };
    rig.server.on("order", archived("queued"));
    let ticket = rig.act(Command::Submit(order(1)));
    rig.pass(4_000).await;
    assert!(rig.server.asked("order/v1") > 1, "queued still");
    assert!(!rig.rows.iter().any(|row| matches!(row, Row::OrderOutcome { .. })));
    rig.server.on("order", |_, _| Answer::Status(404, ""));
    rig.server.on("archived", archived("canceled"));
    let (said, updates) = said_of(&mut rig, ticket).await;
    assert_eq!((said[0].verdict, updates), (Verdict::Accepted, vec![OrderStatus::Canceled]));
}

#[tokio::test(start_paused = true)]
async fn a_queued_order_that_waits_for_its_trigger_was_taken_and_is_triggered_once() {
    let mut rig = rig().await;
    let ticket = rig.act(Command::Submit(order(1)));
    rig.pass(100).await;
    let waits = |state: &str| json!({"e": "waits", "order": venue_id(1).0, "state": state});
    rig.server.push(&waits("waiting"));
    let (said, updates) = said_of(&mut rig, ticket).await;
    assert_eq!((said[0].verdict, updates), (Verdict::Accepted, vec![OrderStatus::Accepted]));
    rig.server.push(&waits("triggered"));
    rig.server.push(&waits("triggered"));
    rig.pass(100).await;
    let triggered = |row: &&Row| matches!(row, Row::Event { event: Event::WaitingReport(_), .. });
    assert_eq!(rig.rows.iter().filter(triggered).count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_queued_order_that_is_nowhere_was_rejected() {
    let mut rig = rig().await;
    let ticket = rig.act(Command::Submit(order(1)));
    let (said, _) = said_of(&mut rig, ticket).await;
    assert_eq!((said[0].verdict, said[0].code.as_str()), (Verdict::Rejected, "NOT_FOUND_AFTER_WINDOW"));
    assert_eq!(rig.server.asked("execute"), 1);
}
