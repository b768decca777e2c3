//! Private state: adopted orders, catch-up after a reconnection, and polling while the streams are down.

use hedgewire_core::events::{ClientId, OrderStatus};
use hedgewire_core::orders::RegistryLimits;
use hedgewire_core::session::SessionState;
use hedgewire_core::venues::{Command, SocketRole};
use hedgewire_net::commands::{Adoption, ClientCommand};
use hedgewire_net::rows::{Row, Verdict};
use serde_json::json;

use crate::rig::{EPOCH_NS, Options, Rig};
use crate::server::Answer;
use crate::toy::{INSTRUMENT, ONE_X18, order, venue_id};

fn streams_state(row: &Row, wanted: SessionState) -> Option<()> {
    matches!(row, Row::Socket { role: SocketRole::Streams, state, .. } if *state == wanted).then_some(())
}

fn fills(rows: &[Row]) -> Vec<String> {
    rows.iter()
        .filter_map(|row| if let Row::Fill { fill, .. } = row { Some(fill.trade_id.clone()) } else { None })
        .collect()
}

#[tokio::test(start_paused = true)]
async fn an_adopted_order_goes_on_where_the_session_before_left_it() {
    let mut rig = Rig::start(Options::default()).await;
    rig.server.on("open", |_, _| Answer::Json(json!([{"e": "report", "order": "v50", "filled": 3}])));
    rig.server.on("fills", |_, _| Answer::Json(json!([{"e": "fill", "order": "v50", "trade": "old", "quantity": 3}])));
    rig.send(|_| {
        ClientCommand::Adopt(Adoption {
            client_id: ClientId(50),
            instrument: INSTRUMENT,
            venue_order_id: venue_id(50),
            filled_x18: 3 * ONE_X18,
            trade_ids: vec!["old".into()],
        })
    });
    let ticket = rig.connect(30_000);
    assert_eq!(rig.reply(ticket).await.verdict, Verdict::Accepted);
    rig.server.push(&json!({"e": "fill", "order": "v50", "trade": "new", "quantity": 7}));
    let (client_id, trade) = rig
        .wait(|row| match row {
            Row::Fill { fill, .. } => Some((fill.client_id, fill.trade_id.clone())),
            _ => None,
        })
        .await;
    assert_eq!((client_id, trade.as_str()), (Some(ClientId(50)), "new"), "the old trade is not told again");
    let reused = rig.act(Command::Submit(order(50)));
    assert_eq!(rig.outcomes(reused, 1).await[0].verdict, Verdict::RefusedHere, "its client id is taken");
}

#[tokio::test(start_paused = true)]
async fn an_adopted_order_that_is_gone_is_closed_by_asking() {
    let mut rig = Rig::start(Options::default()).await;
    rig.server.on("fills", |path, _| match path {
        "fills/v50" => Answer::Json(json!([{"e": "fill", "order": "v50", "trade": "missed", "quantity": 2}])),
        _ => Answer::Json(json!([])),
    });
    rig.send(|_| {
        ClientCommand::Adopt(Adoption {
            client_id: ClientId(50),
            instrument: INSTRUMENT,
            venue_order_id: venue_id(50),
            filled_x18: 0,
            trade_ids: vec![],
        })
    });
    let ticket = rig.connect(30_000);
    assert_eq!(rig.reply(ticket).await.verdict, Verdict::Accepted);
    assert_eq!(fills(&rig.rows), ["missed"]);
    let ended = |row: &Row| matches!(row, Row::OrderUpdate { update, .. } if update.status == OrderStatus::Canceled && update.client_id == Some(ClientId(50)));
    assert!(rig.rows.iter().any(ended), "{:#?}", rig.rows);
}

#[tokio::test(start_paused = true)]
async fn what_happened_while_the_socket_was_down_is_told_once_after_it_is_back() {
    // proves: R003-1.2.6, R003-1.5.3, R000-65
    let mut rig = Rig::connected(Options::default()).await;
    let ticket = rig.act(Command::Submit(order(1)));
    rig.outcomes(ticket, 1).await;
    rig.server
        .on("open", |_, _| Answer::Json(json!([{"e": "report", "order": "v1", "status": "partly", "filled": 4}])));
    rig.server.on("fills", |_, _| {
        Answer::Json(json!([{"e": "fill", "order": "v1", "trade": "missed", "quantity": 4, "ts": EPOCH_NS}]))
    });
    let start = rig.rows.len();
    rig.server.cut();
    rig.wait_from(start, |row| streams_state(row, SessionState::Reconnecting)).await;
    rig.wait_from(start, |row| streams_state(row, SessionState::Authenticated)).await;
    rig.pass(60_000).await;
    assert_eq!(fills(&rig.rows), ["missed"]);
    let caught_up = rig.rows[start..].iter().position(|row| matches!(row, Row::CatchUp { .. })).expect("a catch-up");
    let home = rig.rows[start..].iter().position(|row| streams_state(row, SessionState::Authenticated).is_some());
    assert!(home.is_some_and(|home| caught_up < home), "home is reached by the catch-up only");
}

#[tokio::test(start_paused = true)]
async fn what_an_unreadable_frame_may_have_said_is_asked_for_at_once() {
    let mut rig = Rig::connected(Options::default()).await;
    let ticket = rig.act(Command::Submit(order(1)));
    rig.outcomes(ticket, 1).await;
    rig.server
        .on("open", |_, _| Answer::Json(json!([{"e": "report", "order": "v1", "status": "partly", "filled": 4}])));
    rig.server
        .on("fills", |_, _| Answer::Json(json!([{"e": "fill", "order": "v1", "trade": "garbled", "quantity": 4}])));
    let (since_ms, asked) = (rig.elapsed_ms(), rig.server.asked("open"));
    for _ in 0..5 {
        rig.server.push_text("streams", "{\"e\": \"fill\", \"ord".to_owned());
    }
    rig.wait(|row| matches!(row, Row::Fill { fill, .. } if fill.trade_id == "garbled").then_some(())).await;
    assert!(rig.elapsed_ms() - since_ms <= 2_000, "{} ms", rig.elapsed_ms() - since_ms);
    assert_eq!(rig.server.asked("open"), asked + 1, "once for all of them");
}

#[tokio::test(start_paused = true)]
async fn while_the_streams_are_down_a_fill_is_found_by_polling_within_half_a_second() {
    // proves: R003-012, R003-028, R003-052, R003-087, R003-1.3.6, R003-1.5.2, R003-1.5.4
    let mut rig = Rig::connected(Options::default()).await;
    let ticket = rig.act(Command::Submit(order(1)));
    rig.outcomes(ticket, 1).await;
    rig.server.on("open", |_, _| Answer::Json(json!([{"e": "report", "order": "v1"}])));
    // The socket does not come back, requests go on.
    rig.server.set_sockets_refused(true);
    let start = rig.rows.len();
    rig.server.cut();
    rig.wait_from(start, |row| streams_state(row, SessionState::Reconnecting)).await;
    rig.pass(3_000).await;
    rig.server
        .on("open", |_, _| Answer::Json(json!([{"e": "report", "order": "v1", "status": "partly", "filled": 4}])));
    rig.server
        .on("fills", |_, _| Answer::Json(json!([{"e": "fill", "order": "v1", "trade": "polled", "quantity": 4}])));
    let traded_ms = rig.elapsed_ms();
    rig.wait(|row| matches!(row, Row::Fill { fill, .. } if fill.trade_id == "polled").then_some(())).await;
    assert!(rig.elapsed_ms() - traded_ms <= 500, "{} ms", rig.elapsed_ms() - traded_ms);
    assert_eq!(rig.health().await["status"], json!({"websocket": "disconnected", "rest": "available"}));
    let second = rig.act(Command::Submit(order(2)));
    assert_eq!(rig.outcomes(second, 1).await[0].verdict, Verdict::Accepted, "orders go on by REST");
}

#[tokio::test(start_paused = true)]
async fn a_fill_older_than_all_memory_is_passed_on_once_and_never_dropped() {
    let memory = RegistryLimits { trades: 2, ..RegistryLimits::default() };
    let mut rig = Rig::connected(Options { memory, ..Options::default() }).await;
    let foreign = |trade: &str, ts: u64| json!({"e": "fill", "order": "x", "trade": trade, "quantity": 1, "ts": ts});
    for (trade, ts) in [("a", 10), ("b", 20), ("c", 30), ("late", 5), ("late", 5)] {
        rig.server.push(&foreign(trade, ts));
    }
    rig.pass(1_000).await;
    assert_eq!(fills(&rig.rows), ["a", "b", "c", "late"]);
    let counters = rig.health().await["counters"].clone();
    assert_eq!((&counters["stale_fills"], &counters["duplicate_fills"]), (&json!(1), &json!(1)));
}
