//! What a venue asks for beside its protocol: tokens that end, logins of several frames, sockets under another address.

use hedgewire_core::venues::Command;
use hedgewire_net::rows::Verdict;
use serde_json::json;

use crate::rig::{Options, Rig};
use crate::server::{Answer, accept_all};
use crate::toy::{Session, order};

fn with_tokens() -> Options {
    Options { session: Session { tokens: true, ..Session::default() }, ..Options::default() }
}

/// A server that gives a new token each time: t1, t2 and so on.
async fn rig_with_tokens() -> Rig {
    let mut rig = Rig::start(with_tokens()).await;
    let mut count = 0;
    rig.server.on("token", move |_, _| {
        count += 1;
        Answer::Json(json!({"token": format!("t{count}")}))
    });
    let ticket = rig.connect(30_000);
    assert_eq!(rig.reply(ticket).await.verdict, Verdict::Accepted, "the catch-up waited for its token");
    rig
}

#[tokio::test(start_paused = true)]
async fn a_request_that_was_refused_for_its_token_goes_again_once_with_the_next() {
    let mut rig = rig_with_tokens().await;
    rig.server.on("execute", |path, body| match path {
        "execute/as/t1" => Answer::Status(401, ""),
        _ => accept_all(body),
    });
    let ticket = rig.act(Command::Submit(order(1)));
    assert_eq!(rig.outcomes(ticket, 1).await[0].verdict, Verdict::Accepted);
    rig.pass(60_000).await;
    assert_eq!((rig.server.asked("execute/as/t1"), rig.server.asked("execute/as/t2")), (1, 1));
    assert_eq!(rig.server.asked("token"), 2);
}

#[tokio::test(start_paused = true)]
async fn a_second_refusal_is_an_answer_like_any_other() {
    let mut rig = rig_with_tokens().await;
    rig.server.on("execute", |_, _| Answer::Status(401, ""));
    let ticket = rig.act(Command::Submit(order(1)));
    assert_eq!(rig.outcomes(ticket, 1).await[0].verdict, Verdict::Unknown);
    assert_eq!(rig.server.asked("execute"), 2);
}

#[tokio::test(start_paused = true)]
async fn a_command_that_gets_no_token_did_not_happen() {
    let mut rig = rig_with_tokens().await;
    rig.server.on("token", |_, _| Answer::Status(503, ""));
    rig.server.on("execute", |_, _| Answer::Status(401, ""));
    let ticket = rig.act(Command::Submit(order(1)));
    let said = rig.outcomes(ticket, 1).await.remove(0);
    assert_eq!((said.verdict, said.code.as_str()), (Verdict::RefusedHere, "NOT_CONNECTED"));
    assert!(said.reason.contains("no session"), "{}", said.reason);
    assert_eq!(rig.server.asked("execute"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_login_goes_on_frame_by_frame_before_anything_is_subscribed() {
    let session = Session { login_steps: 3, ..Session::default() };
    let rig = Rig::connected(Options { session, ..Options::default() }).await;
    let ops: Vec<String> = rig.server.frames().iter().map(|frame| frame["op"].to_string()).collect();
    assert_eq!(&ops[..4], ["\"login\"", "\"login\"", "\"login\"", "\"subscribe\""], "{ops:?}");
}

#[tokio::test(start_paused = true)]
async fn a_socket_that_is_refused_is_asked_for_as_the_venue_says_then() {
    let session = Session { first_path: Some("newest"), ..Session::default() };
    let mut rig = Rig::start(Options { session, ..Options::default() }).await;
    rig.server.on("newest", |_, _| Answer::Status(400, ""));
    let ticket = rig.connect(30_000);
    assert_eq!(rig.reply(ticket).await.verdict, Verdict::Accepted);
    assert_eq!((rig.server.asked("newest"), rig.server.sockets()), (1, 1));
}
