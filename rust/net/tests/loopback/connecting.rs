//! From `connect` to a usable client, and to its honest failure.

use hedgewire_net::rows::Verdict;

use crate::rig::{Options, Rig};

#[tokio::test(start_paused = true)]
async fn connect_is_accepted_when_all_is_usable() {
    // proves: R003-1.5.1
    let mut rig = Rig::connected(Options::default()).await;
    let health = rig.health().await;
    assert_eq!(health["status"]["websocket"], "connected");
    assert_eq!(health["status"]["rest"], "available");
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
