//! From `connect` to a usable client, and to its honest failure.

use hedgewire_core::venues::Command;
use hedgewire_net::rows::{Row, Verdict};
use serde_json::json;

use crate::rig::{Options, Rig};
use crate::toy::order;

#[tokio::test(start_paused = true)]
async fn connect_is_accepted_when_all_is_usable() {
    // proves: R003-1.5.1
    let mut rig = Rig::connected(Options::default()).await;
    let health = rig.health().await;
    assert_eq!(health["status"]["websocket"], "connected");
    assert_eq!(health["status"]["rest"], "available");
}

#[tokio::test(start_paused = true)]
async fn without_its_streams_a_client_is_not_usable_however_well_requests_go() {
    // proves: R003-001
    let mut rig = Rig::start(Options::default()).await;
    rig.server.set_sockets_refused(true);
    let ticket = rig.connect(20_000);
    let answer = rig.reply(ticket).await;
    assert_eq!((answer.verdict, answer.code.as_str()), (Verdict::Unavailable, "CONNECT_TIMEOUT"));
    assert!(
        rig.rows.iter().any(|row| matches!(row, Row::Notice { text, .. } if text.contains("streams socket not open")))
    );
    assert_eq!(rig.health().await["status"], json!({"websocket": "disconnected", "rest": "available"}));
}

#[tokio::test(start_paused = true)]
async fn health_says_status_latency_uptime_and_failovers() {
    // proves: R003-1.6.6
    let mut rig = Rig::connected(Options::default()).await;
    let ticket = rig.act(Command::Submit(order(1)));
    rig.outcomes(ticket, 1).await;
    rig.pass(60_000).await;
    let health = rig.health().await;
    assert_eq!(health["status"], json!({"websocket": "connected", "rest": "available"}));
    assert_eq!(health["metrics"]["failover_count"], 0);
    assert_eq!(health["latencies"]["order_ms"]["count"], 1);
    assert!(health["latencies"]["rest_ms"]["count"].as_u64() > Some(0));
    let uptime = health["metrics"]["uptime_percent"].as_str().expect("a number as text").to_owned();
    assert!(uptime.starts_with("99.") || uptime == "100.00", "{uptime}");
}

#[tokio::test(start_paused = true)]
async fn each_caller_of_connect_has_a_deadline_of_its_own() {
    let mut rig = Rig::start(Options::default()).await;
    rig.server.set_down(true);
    let (patient, hasty) = (rig.connect(60_000), rig.connect(2_000));
    let given_up = rig.reply(hasty).await;
    assert_eq!((given_up.verdict, given_up.code.as_str()), (Verdict::Unavailable, "VENUE_UNAVAILABLE"));
    assert!(given_up.reason.contains("hint:"), "{}", given_up.reason);
    // Earlier where the next try would come too late.
    assert!(rig.elapsed_ms() <= 2_100, "{} ms", rig.elapsed_ms());
    rig.server.set_down(false);
    assert_eq!(rig.reply(patient).await.verdict, Verdict::Accepted);
}

#[tokio::test(start_paused = true)]
async fn sockets_that_do_not_come_up_are_named_when_connect_gives_up() {
    let mut rig = Rig::start(Options::default()).await;
    rig.server.set_no_acks(true);
    let ticket = rig.connect(5_000);
    let given_up = rig.reply(ticket).await;
    assert_eq!((given_up.verdict, given_up.code.as_str()), (Verdict::Unavailable, "CONNECT_TIMEOUT"));
    assert!(given_up.reason.contains("5000 ms: streams socket Degraded"), "{}", given_up.reason);
    rig.server.set_no_acks(false);
    let again = rig.connect(60_000);
    assert_eq!(rig.reply(again).await.verdict, Verdict::Accepted, "the client went on trying");
}
