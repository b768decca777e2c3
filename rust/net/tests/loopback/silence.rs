//! A peer that is silent without closing, and answers that ask for patience.

use hedgewire_core::session::SessionState;
use hedgewire_core::venues::{Query, SocketRole};
use hedgewire_net::rows::{Row, Verdict};

use crate::rig::{Options, Rig};
use crate::server::Answer;
use crate::toy::IDLE_MS;

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
    assert_eq!(rig.health().await["metrics"]["failover_count"], 1);
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
