//! A peer that is silent without closing, and answers that ask for patience.

use hedgewire_core::session::SessionState;
use hedgewire_core::venues::{Query, SocketRole};
use hedgewire_net::rows::{Row, Verdict};

use crate::rig::{EPOCH_NS, Options, Rig};
use crate::server::Answer;
use crate::toy::IDLE_MS;

#[tokio::test(start_paused = true)]
async fn a_socket_that_keeps_failing_is_tried_with_growing_patience_for_ever() {
    // proves: R003-068
    let mut rig = Rig::connected(Options::default()).await;
    let start = rig.rows.len();
    rig.server.set_sockets_refused(true);
    rig.server.cut();
    rig.pass(600_000).await;
    let tried = |row: &Row| match row {
        Row::Socket { role: SocketRole::Streams, state: SessionState::Connecting, ts, .. } => Some(ts / 1_000_000),
        _ => None,
    };
    let tries_ms: Vec<u64> = rig.rows[start..].iter().filter_map(tried).collect();
    let waits_ms: Vec<u64> = tries_ms.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(waits_ms.iter().all(|wait_ms| (500..=30_200).contains(wait_ms)), "{waits_ms:?}");
    assert!(waits_ms[0] < 4_000 && waits_ms[8..].iter().any(|wait_ms| *wait_ms > 15_000), "{waits_ms:?}");
    rig.server.set_sockets_refused(false);
    let home = |row: &Row| matches!(row, Row::Socket { state: SessionState::Authenticated, .. }).then_some(());
    rig.wait_from(rig.rows.len(), home).await;
}

#[tokio::test(start_paused = true)]
async fn a_half_open_socket_is_pinged_given_up_after_45_seconds_and_opened_again() {
    let mut rig = Rig::connected(Options::default()).await;
    assert_eq!(rig.server.sockets(), 1);
    rig.pass(120_000).await;
    assert_eq!(rig.server.sockets(), 1, "pongs alone keep a quiet connection");
    rig.server.set_deaf(true);
    let (start, since_ms) = (rig.rows.len(), rig.elapsed_ms());
    let reason = rig
        .wait_from(start, |row| match row {
            Row::Socket { role: SocketRole::Streams, state: SessionState::Reconnecting, reason, .. } => {
                Some(reason.clone())
            }
            _ => None,
        })
        .await;
    let silent_ms = rig.elapsed_ms() - since_ms;
    assert_eq!(reason, "silent for 45000 ms");
    // The last pong before it fell silent is at most one ping interval old.
    assert!((IDLE_MS - 15_100..IDLE_MS + 15_100).contains(&silent_ms), "{silent_ms} ms");
    rig.server.set_deaf(false);
    let home = |row: &Row| matches!(row, Row::Socket { state: SessionState::Authenticated, .. }).then_some(());
    rig.wait_from(start, home).await;
    assert_eq!(rig.server.sockets(), 2);
    // proves: R003-1.6.4, R003-1.6.5
    let metrics = rig.health().await["metrics"].clone();
    assert_eq!(metrics["failover_count"], 1);
    let failed_ms = metrics["last_failover_ms"].as_u64().expect("a moment") - EPOCH_NS / 1_000_000;
    assert!((since_ms..since_ms + silent_ms + 1).contains(&failed_ms), "{failed_ms}");
}

#[tokio::test(start_paused = true)]
async fn a_429_is_obeyed_for_as_long_as_it_says_and_then_asked_again() {
    let mut rig = Rig::connected(Options::default()).await;
    let mut first = true;
    rig.server.on("time", move |_, _| {
        if std::mem::take(&mut first) {
            Answer::Status(429, "retry-after: 3")
        } else {
            Answer::Json(serde_json::json!([]))
        }
    });
    let since_ms = rig.elapsed_ms();
    let ticket = rig.ask(Query::ServerTime);
    assert_eq!(rig.reply(ticket).await.verdict, Verdict::Found);
    assert!((3_000..4_500).contains(&(rig.elapsed_ms() - since_ms)), "{} ms", rig.elapsed_ms() - since_ms);
    assert_eq!(rig.server.asked("time"), 2);
    let told = |row: &Row| matches!(row, Row::Notice { text, .. } if text.contains("429") && text.contains("3000 ms"));
    assert!(rig.rows.iter().any(told));
    assert_eq!(rig.health().await["counters"]["throttled"], 1);
}
