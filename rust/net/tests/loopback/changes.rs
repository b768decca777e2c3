//! Changes of living orders: decided by what the venue says of them, asked about in doubt, never sent again.

use hedgewire_core::events::Terms;
use hedgewire_core::venues::Command;
use hedgewire_net::rows::{Row, Verdict};
use serde_json::{Value, json};

use crate::rig::{Options, Rig, Said};
use crate::server::Answer;
use crate::toy::{change, order, venue_id};

const OPEN: i64 = 1;

/// A rig with order 1 (10 at 100), which the venue says is open.
async fn rig() -> Rig {
    let mut rig = Rig::connected(Options::default()).await;
    rig.server.on("execute", |_, _| Answer::Json(json!({"results": [{"queued": true}]})));
    let ticket = rig.act(Command::Submit(order(1)));
    rig.pass(100).await;
    rig.server.push(&told("open", 10, 10, 100, OPEN));
    assert_eq!(rig.outcomes(ticket, 1).await[0].verdict, Verdict::Accepted);
    rig.rows.clear();
    rig
}

fn told(status: &str, remaining: i64, quantity: i64, price: i64, ts: i64) -> Value {
    let terms = [quantity, price];
    json!({"e": "order", "order": venue_id(1).0, "status": status, "remaining": remaining, "terms": terms, "ts": ts})
}

fn report(quantity: i64, price: i64, ts: i64) -> Answer {
    let terms = [quantity, price];
    Answer::Json(
        json!([{"e": "report", "order": venue_id(1).0, "status": "open", "filled": 0, "terms": terms, "ts": ts}]),
    )
}

fn fill(trade: &str, quantity: i64) -> Value {
    json!({"e": "fill", "order": venue_id(1).0, "trade": trade, "quantity": quantity, "ts": 2})
}

/// What came out about the order, in order: terms, fills and outcomes.
fn story(rows: &[Row]) -> Vec<String> {
    let whole = |value: i128| value / crate::toy::ONE_X18;
    let of = |terms: &Terms| format!("{}@{}", whole(terms.quantity.x18()), whole(terms.price.x18()));
    let word = |row: &Row| match row {
        Row::OrderUpdate { update, .. } => {
            Some(format!("{:?} {}", update.status, update.terms.as_ref().map(of).unwrap_or_default()))
        }
        Row::Fill { fill, .. } => Some(format!("fill {}", whole(fill.quantity.x18()))),
        Row::OrderOutcome { verdict, code, .. } => Some(format!("{verdict:?} {code}")),
        _ => None,
    };
    rows.iter().filter_map(word).map(|word| word.trim().to_owned()).collect()
}

async fn said(rig: &mut Rig, ticket: u64) -> Said {
    rig.outcomes(ticket, 1).await.remove(0)
}

#[tokio::test(start_paused = true)]
async fn a_change_that_was_taken_is_made_when_the_order_says_so() {
    let mut rig = rig().await;
    let ticket = rig.act(change(1, 8, 99));
    rig.pass(300).await;
    assert_eq!(story(&rig.rows), Vec::<String>::new(), "taken is not made");
    rig.server.push(&told("open", 8, 8, 99, 2));
    assert_eq!(said(&mut rig, ticket).await.verdict, Verdict::Accepted);
    rig.pass(5_000).await;
    assert_eq!(story(&rig.rows), ["Accepted 8@99", "Accepted"], "said once, the order first");
    assert_eq!(rig.server.asked("execute"), 2);
}

#[tokio::test(start_paused = true)]
async fn a_change_that_was_taken_and_refused_is_refused_with_the_venues_reason_and_only_the_one() {
    let mut rig = rig().await;
    let refused = json!({"e": "refused", "order": venue_id(1).0, "request": "r1", "reason": "POST_ONLY_WOULD_CROSS"});
    let ticket = rig.act(change(1, 10, 101));
    rig.pass(100).await;
    rig.server.push(&refused);
    let first = said(&mut rig, ticket).await;
    assert_eq!((first.verdict, first.code.as_str()), (Verdict::Rejected, "POST_ONLY_WOULD_CROSS"));
    rig.rows.clear();
    let ticket = rig.act(change(1, 10, 98));
    rig.pass(100).await;
    rig.server.push(&refused);
    rig.pass(100).await;
    assert_eq!(story(&rig.rows), Vec::<String>::new(), "the refusal of the change before");
    rig.server.push(&told("open", 10, 10, 98, 3));
    assert_eq!(said(&mut rig, ticket).await.verdict, Verdict::Accepted);
}

#[tokio::test(start_paused = true)]
async fn a_change_whose_reply_was_lost_is_asked_about_and_never_sent_again() {
    let mut rig = rig().await;
    rig.server.on("execute", |_, _| Answer::Status(503, ""));
    rig.server.on("order", |_, _| report(10, 99, 2));
    let ticket = rig.act(change(1, 10, 99));
    let both = rig.outcomes(ticket, 2).await;
    assert_eq!(both.iter().map(|said| said.verdict).collect::<Vec<_>>(), [Verdict::Unknown, Verdict::Accepted]);
    assert_eq!(story(&rig.rows), ["Unknown", "Accepted 10@99", "Accepted"]);
    assert_eq!(rig.server.asked("execute"), 2, "the order and one change");
}

#[tokio::test(start_paused = true)]
async fn a_change_that_never_arrived_ends_with_its_validity() {
    let mut rig = rig().await;
    rig.server.on("execute", |_, _| Answer::Status(503, ""));
    rig.server.on("order", |_, _| report(10, 100, OPEN));
    let ticket = rig.act(change(1, 10, 99));
    rig.pass(4_000).await;
    assert_eq!(story(&rig.rows), ["Unknown"], "it may still arrive");
    let both = rig.outcomes(ticket, 2).await;
    assert_eq!((both[1].verdict, both[1].code.as_str()), (Verdict::Rejected, "MODIFY_NOT_EFFECTIVE"));
    assert_eq!(rig.server.asked("execute"), 2);
}

#[tokio::test(start_paused = true)]
async fn one_change_at_a_time_and_only_of_what_surely_lives() {
    let mut rig = rig().await;
    let (first, second) = (rig.act(change(1, 8, 99)), rig.act(change(1, 7, 98)));
    assert_eq!(said(&mut rig, second).await.code, "MODIFY_PENDING");
    rig.server.push(&told("open", 8, 8, 99, 2));
    assert_eq!(said(&mut rig, first).await.verdict, Verdict::Accepted);
    let unknown = rig.act(change(2, 8, 99));
    assert_eq!(said(&mut rig, unknown).await.code, "ORDER_UNKNOWN");
    rig.act(Command::Submit(order(3)));
    let early = rig.act(change(3, 8, 99));
    assert_eq!(said(&mut rig, early).await.code, "ORDER_NOT_OPEN");
    rig.server.push(&told("canceled", 8, 8, 99, 3));
    rig.pass(100).await;
    let late = rig.act(change(1, 8, 98));
    let late = said(&mut rig, late).await;
    assert_eq!((late.verdict, late.code.as_str()), (Verdict::RefusedHere, "ORDER_CLOSED"));
    assert_eq!(rig.server.asked("execute"), 3, "two orders and one change");
}

#[tokio::test(start_paused = true)]
async fn an_order_that_ends_first_is_not_changed() {
    let mut rig = rig().await;
    let ticket = rig.act(change(1, 20, 99));
    rig.server.push(&fill("a", 10));
    rig.pass(100).await;
    assert_eq!(story(&rig.rows), Vec::<String>::new(), "whether it ends the order the venue has yet to say");
    rig.server.push(&told("filled", 0, 10, 100, 2));
    assert_eq!(said(&mut rig, ticket).await.code, "ORDER_CLOSED");
    assert_eq!(story(&rig.rows), ["Filled 10@100", "fill 10", "Rejected ORDER_CLOSED"]);
}

#[tokio::test(start_paused = true)]
async fn a_fill_up_to_the_old_quantity_does_not_end_an_order_that_was_made_larger() {
    let mut rig = rig().await;
    let ticket = rig.act(change(1, 20, 99));
    rig.server.push(&fill("a", 10));
    rig.server.push(&told("partly", 10, 20, 99, 2));
    assert_eq!(said(&mut rig, ticket).await.verdict, Verdict::Accepted);
    rig.server.push(&fill("b", 10));
    rig.pass(100).await;
    let expected = ["PartiallyFilled 20@99", "fill 10", "Accepted", "fill 10"];
    assert_eq!(story(&rig.rows), expected);
    assert!(!rig.rows.iter().any(|row| matches!(row, Row::Notice { .. })), "nothing was overfilled");
}

#[tokio::test(start_paused = true)]
async fn a_fill_of_all_of_an_order_that_was_made_smaller_comes_after_its_new_size() {
    let mut rig = rig().await;
    let ticket = rig.act(change(1, 4, 101));
    rig.server.push(&fill("a", 4));
    rig.server.push(&told("filled", 0, 4, 101, 2));
    assert_eq!(said(&mut rig, ticket).await.verdict, Verdict::Accepted);
    assert_eq!(story(&rig.rows), ["Filled 4@101", "fill 4", "Accepted"]);
}

#[tokio::test(start_paused = true)]
async fn what_others_change_is_told_and_what_is_older_changes_nothing() {
    let mut rig = rig().await;
    rig.server.push(&told("open", 8, 8, 99, 3));
    rig.server.push(&told("open", 10, 10, 100, 2));
    rig.pass(100).await;
    assert_eq!(story(&rig.rows), ["Accepted 8@99"]);
}
