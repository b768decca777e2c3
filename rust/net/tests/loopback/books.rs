//! Books of a live client: joined, compared with the venue's, and given up only for good.

use hedgewire_core::book::BookConfig;
use hedgewire_core::events::Event;
use hedgewire_core::venues::StreamKind;
use hedgewire_net::rows::{Row, Verdict};
use serde_json::{Value, json};

use crate::rig::{Options, Rig};
use crate::server::{Answer, snapshot};
use crate::toy::stream;

/// The best bid takes a new size at position `last`.
fn delta(last: u64) -> Value {
    json!({"e": "book", "first": last, "last": last, "previous": last - 1, "bids": [[100, last]]})
}

fn snapshots(rows: &[Row]) -> usize {
    let whole = |row: &&Row| matches!(row, Row::Event { event: Event::Book(book), .. } if book.snapshot);
    rows.iter().filter(whole).count()
}

/// A client with one live book at position 100.
async fn with_book(options: Options) -> Rig {
    let mut rig = Rig::connected(options).await;
    let ticket = rig.subscribe(stream(StreamKind::Book));
    assert_eq!(rig.reply(ticket).await.verdict, Verdict::Accepted);
    rig.wait(|row| (snapshots(std::slice::from_ref(row)) > 0).then_some(())).await;
    rig
}

fn checked_every(audit_every: u64) -> Options {
    Options { book: BookConfig { audit_every, ..BookConfig::default() }, ..Options::default() }
}

#[tokio::test(start_paused = true)]
async fn a_live_book_is_compared_with_the_venues_and_one_that_differs_is_fetched_anew() {
    let mut rig = with_book(checked_every(10)).await;
    // The venue's truth: what the updates made of it.
    rig.server.on("book", |_, _| {
        let mut book = snapshot(109);
        book["bids"] = json!([[100, 109], [99, 5]]);
        Answer::Json(json!([book]))
    });
    (101..=109).for_each(|last| rig.server.push(&delta(last)));
    rig.pass(1_000).await;
    assert_eq!(rig.server.asked("book"), 2, "once to join, once to compare");
    assert_eq!(snapshots(&rig.rows), 1);
    // At 119 the venue has a level that no update told of.
    rig.server.on("book", |_, _| {
        let mut book = snapshot(119);
        book["bids"] = json!([[100, 119], [99, 5], [98, 1]]);
        Answer::Json(json!([book]))
    });
    (110..=119).for_each(|last| rig.server.push(&delta(last)));
    rig.pass(1_000).await;
    assert_eq!(snapshots(&rig.rows), 2, "the receiver got the book anew");
    let health = rig.health().await;
    assert_eq!((&health["counters"]["book_audits"], &health["counters"]["book_differences"]), (&json!(2), &json!(1)));
    assert_eq!((&health["counters"]["gaps"], &health["books"]["live"]), (&json!(0), &json!(1)));
}

#[tokio::test(start_paused = true)]
async fn an_unanswered_comparison_harms_nothing_and_zero_turns_it_off() {
    let mut rig = with_book(checked_every(10)).await;
    rig.server.on("book", |_, _| Answer::Status(503, ""));
    (101..=109).for_each(|last| rig.server.push(&delta(last)));
    rig.pass(10_000).await;
    assert_eq!(rig.health().await["books"]["live"], 1);
    let mut off = with_book(checked_every(0)).await;
    (101..=140).for_each(|last| off.server.push(&delta(last)));
    off.pass(1_000).await;
    assert_eq!(off.server.asked("book"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_never_drains_costs_books_and_never_a_private_row() {
    let mut rig = with_book(Options { capacity: 200, ..checked_every(0) }).await;
    let fills = 150;
    for number in 0..fills {
        rig.server.push(&json!({"e": "fill", "order": "x", "trade": format!("t{number}"), "quantity": 1, "ts": 1}));
        for step in 1..=10 {
            rig.server.push(&delta(100 + number * 10 + step));
        }
    }
    // Nobody drains: time passes, memory does not grow.
    tokio::time::sleep(std::time::Duration::from_secs(30)).await;
    assert!(rig.queue.len() <= 200, "{}", rig.queue.len());
    rig.server.on("book", move |_, _| Answer::Json(json!([snapshot(100 + fills * 10)])));
    let before = snapshots(&rig.rows);
    rig.pass(5_000).await;
    rig.pass(5_000).await;
    let told = rig.rows.iter().filter(|row| matches!(row, Row::Fill { .. })).count();
    assert_eq!(told as u64, fills, "every fill, late as it was");
    assert!(snapshots(&rig.rows) > before, "the book comes back whole");
    assert!(rig.health().await["counters"]["dropped_rows"].as_u64() > Some(0));
}
