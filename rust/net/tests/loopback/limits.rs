//! The venue's limits, of one client and of several of one wallet.

use std::sync::Arc;

use hedgewire_core::venues::{Command, Query};
use hedgewire_net::budgets::Budgets;
use hedgewire_net::rows::Verdict;

use crate::rig::{Options, Rig};
use crate::server::Answer;
use crate::toy::order;

#[tokio::test(start_paused = true)]
async fn clients_of_one_wallet_share_its_limit_even_after_one_of_them_has_closed() {
    let budgets = Arc::new(Budgets::default());
    let mut first = Rig::connected(Options { budgets: budgets.clone(), ..Options::default() }).await;
    let server = Some(first.server.clone());
    let mut second = Rig::connected(Options { budgets: budgets.clone(), server, ..Options::default() }).await;
    // Four commands in 10 s, whoever sends them.
    for id in 1..=3 {
        let ticket = first.act(Command::Submit(order(id)));
        assert_eq!(first.outcomes(ticket, 1).await[0].verdict, Verdict::Accepted);
    }
    first.close().await;
    let fourth = second.act(Command::Submit(order(4)));
    assert_eq!(second.outcomes(fourth, 1).await[0].verdict, Verdict::Accepted);
    let fifth = second.act(Command::Submit(order(5)));
    let refused = &second.outcomes(fifth, 1).await[0];
    assert_eq!((refused.verdict, refused.code.as_str()), (Verdict::RefusedHere, "RATE_LIMITED"));
    assert_eq!(second.server.asked("execute"), 4);
    let limits = second.health().await["limits"].clone();
    assert_eq!((&limits[0]["name"], &limits[0]["left"]), (&"execute".into(), &0.into()));
    // Another wallet's budget is another.
    let mut other = Rig::connected(Options { budgets, ..Options::default() }).await;
    let ticket = other.act(Command::Submit(order(1)));
    assert_eq!(other.outcomes(ticket, 1).await[0].verdict, Verdict::Accepted);
}

#[tokio::test(start_paused = true)]
async fn a_penalty_of_one_client_holds_back_the_others() {
    let mut first = Rig::connected(Options::default()).await;
    let (server, budgets) = (Some(first.server.clone()), first.budgets.clone());
    let mut second = Rig::connected(Options { budgets, server, ..Options::default() }).await;
    let mut throttled = false;
    first.server.on("time", move |_, _| match std::mem::replace(&mut throttled, true) {
        false => Answer::Status(429, "retry-after: 4"),
        true => Answer::Json(serde_json::json!([])),
    });
    first.ask(Query::ServerTime);
    first.pass(100).await;
    let since_ms = second.elapsed_ms();
    let ticket = second.ask(Query::ServerTime);
    assert_eq!(second.reply(ticket).await.verdict, Verdict::Found);
    assert!((3_800..4_200).contains(&(second.elapsed_ms() - since_ms)), "{} ms", second.elapsed_ms() - since_ms);
}
