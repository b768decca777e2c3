//! Lookups of several pages: one answer, in order, each row once; or none.

use hedgewire_core::venues::Query;
use hedgewire_net::rows::{Row, Verdict};
use serde_json::{Value, json};

use crate::rig::{Options, Rig};
use crate::server::Answer;

fn fill(trade: &str) -> Value {
    json!({"e": "fill", "order": "v50", "trade": trade, "quantity": 1})
}

fn everything() -> Query {
    Query::Fills { instrument: None, venue_order_id: None, since_s: None, limit: 100 }
}

fn trades(rows: &[Row]) -> Vec<String> {
    rows.iter()
        .filter_map(|row| if let Row::Fill { fill, .. } = row { Some(fill.trade_id.clone()) } else { None })
        .collect()
}

/// Pages 3, 2, 1, newest first; the venue repeats the row where two of them meet.
fn page(path: &str) -> Answer {
    Answer::Json(match path {
        "fills" => json!({"items": [fill("d"), fill("e")], "next": 2}),
        "fills/from/2" => json!({"items": [fill("b"), fill("c"), fill("d")], "next": 1}),
        _ => json!({"items": [fill("a"), fill("b")]}),
    })
}

#[tokio::test(start_paused = true)]
async fn pages_are_put_together_oldest_first_and_no_row_comes_twice() {
    let mut rig = Rig::connected(Options::default()).await;
    rig.server.on("fills", |path, _| page(path));
    let ticket = rig.ask(everything());
    let answer = rig.reply(ticket).await;
    assert_eq!(
        (answer.verdict, trades(&answer.rows)),
        (Verdict::Found, ["a", "b", "c", "d", "e"].map(str::to_owned).to_vec())
    );
}

#[tokio::test(start_paused = true)]
async fn a_page_that_never_comes_leaves_no_shorter_list() {
    let mut rig = Rig::connected(Options::default()).await;
    rig.server.on("fills", |path, _| if path == "fills/from/1" { Answer::Status(503, "") } else { page(path) });
    let ticket = rig.ask(everything());
    let answer = rig.reply(ticket).await;
    assert_eq!((answer.verdict, answer.rows.len()), (Verdict::Unavailable, 0));
    assert!(rig.server.asked("fills/from/1") > 1, "it was asked for again before giving up");
}

#[tokio::test(start_paused = true)]
async fn each_page_has_the_deadline_of_a_question() {
    let mut rig = Rig::connected(Options::default()).await;
    let mut throttled = std::collections::BTreeSet::new();
    rig.server.on("fills", move |path, _| match throttled.insert(path.to_owned()) {
        true => Answer::Status(429, "Retry-After: 20"),
        false => page(path),
    });
    let ticket = rig.ask(everything());
    let answer = rig.reply(ticket).await;
    assert_eq!((answer.verdict, answer.rows.len()), (Verdict::Found, 5));
    assert!(rig.elapsed_ms() >= 60_000, "longer than one question may take: {} ms", rig.elapsed_ms());
}

#[tokio::test(start_paused = true)]
async fn nothing_older_ends_the_list_and_does_not_undo_it() {
    let mut rig = Rig::connected(Options::default()).await;
    rig.server.on("fills", |path, _| if path == "fills/from/1" { Answer::Status(404, "") } else { page(path) });
    let ticket = rig.ask(everything());
    let answer = rig.reply(ticket).await;
    assert_eq!(
        (answer.verdict, trades(&answer.rows)),
        (Verdict::Found, ["b", "c", "d", "e"].map(str::to_owned).to_vec())
    );
}
