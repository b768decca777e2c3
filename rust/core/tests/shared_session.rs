//! The connection machine on injected time: minutes of protocol in microseconds.

use SessionState::{Authenticated, Authenticating, Connected, Connecting, Degraded, Disconnected, Reconnecting};
use hedgewire_core::retry::SplitMix64;
use hedgewire_core::session::{Action, Input, Session, SessionConfig, SessionState};
use proptest::prelude::*;

fn private(seed: u64) -> Session {
    Session::new(SessionConfig::new(true, true, 15_000, 45_000), SplitMix64::new(seed))
}

fn states(actions: &[Action]) -> Vec<SessionState> {
    let to = |action: &Action| match action {
        Action::StateChanged { to, .. } => Some(*to),
        _ => None,
    };
    actions.iter().filter_map(to).collect()
}

fn catch_up(actions: &[Action]) -> Option<u64> {
    let ticket = |action: &Action| match action {
        Action::CatchUp(ticket) => Some(*ticket),
        _ => None,
    };
    actions.iter().find_map(ticket)
}

fn reconnect_at(actions: &[Action]) -> u64 {
    let at = |action: &Action| match action {
        Action::ScheduleReconnect { at_ms } => Some(*at_ms),
        _ => None,
    };
    actions.iter().find_map(at).expect("a reconnection is scheduled")
}

/// From an open socket to home.
fn restore(session: &mut Session, now_ms: u64) {
    session.handle(Input::Opened, now_ms);
    session.handle(Input::LoginAck, now_ms);
    let ticket = catch_up(&session.handle(Input::SubscriptionsReady, now_ms)).expect("catch-up");
    session.handle(Input::BooksReady, now_ms);
    session.handle(Input::CatchUpDone(ticket), now_ms);
    assert!(session.is_home());
}

#[test]
fn from_disconnected_to_authenticated_and_back() {
    // proves: R002-17 R002-18 R002-34 R003-1.2.1 R003-1.2.2
    let mut session = private(1);
    let started = session.handle(Input::Start, 0);
    assert!(started.contains(&Action::Open) && session.state() == Connecting);
    let opened = session.handle(Input::Opened, 10);
    assert_eq!(states(&opened), [Connected, Authenticating]);
    assert!(opened.contains(&Action::SendLogin) && !session.state().is_authenticated());
    let logged_in = session.handle(Input::LoginAck, 20);
    assert!(logged_in.contains(&Action::Resubscribe));
    assert_eq!(session.state(), Degraded, "nothing is restored yet");
    let ticket = catch_up(&session.handle(Input::SubscriptionsReady, 30)).expect("asked once subscriptions stand");
    session.handle(Input::BooksReady, 40);
    assert_eq!(session.state(), Degraded);
    assert_eq!(states(&session.handle(Input::CatchUpDone(ticket), 50)), [Authenticated]);
    assert!(session.state().is_authenticated());
    let stopped = session.handle(Input::Stop, 60);
    assert!(stopped.contains(&Action::CloseSocket) && session.state() == Disconnected);
    assert!(session.handle(Input::Tick, 1_000_000).is_empty(), "a stopped session stays stopped");
}

#[test]
fn degraded_is_left_only_when_all_three_conditions_hold_in_any_order() {
    // proves: R003-1.5.3
    for order in [[0, 1, 2], [1, 0, 2], [0, 2, 1]] {
        let mut session = private(2);
        session.handle(Input::Start, 0);
        session.handle(Input::Opened, 0);
        session.handle(Input::LoginAck, 0);
        let mut ticket = 0;
        for (done, step) in order.into_iter().enumerate() {
            assert_eq!(session.state(), Degraded, "{order:?} after {done}");
            match step {
                0 => ticket = catch_up(&session.handle(Input::SubscriptionsReady, 1)).expect("catch-up"),
                1 => drop(session.handle(Input::BooksReady, 1)),
                _ => drop(session.handle(Input::CatchUpDone(ticket), 1)),
            }
        }
        assert_eq!(session.state(), Authenticated, "{order:?}");
    }
}

#[test]
fn a_catch_up_from_before_the_reconnection_proves_nothing() {
    let mut session = private(3);
    session.handle(Input::Start, 0);
    session.handle(Input::Opened, 0);
    session.handle(Input::LoginAck, 0);
    let old = catch_up(&session.handle(Input::SubscriptionsReady, 0)).expect("catch-up");
    let at_ms = reconnect_at(&session.handle(Input::Closed("reset".into()), 1));
    session.handle(Input::Tick, at_ms);
    session.handle(Input::Opened, at_ms);
    session.handle(Input::LoginAck, at_ms);
    session.handle(Input::BooksReady, at_ms);
    session.handle(Input::SubscriptionsReady, at_ms);
    session.handle(Input::CatchUpDone(old), at_ms);
    assert_eq!(session.state(), Degraded);
}

#[test]
fn a_closed_socket_is_opened_again_between_one_and_thirty_seconds_later() {
    // proves: R003-022 R003-026 R003-1.2.6 R003-051
    let mut session = private(4);
    let mut now_ms = 0;
    session.handle(Input::Start, now_ms);
    let mut delays = Vec::new();
    for _ in 0..8 {
        let refused = session.handle(Input::Refused("connection refused".into()), now_ms);
        assert_eq!(session.state(), Reconnecting);
        let at_ms = reconnect_at(&refused);
        assert_eq!(session.next_tick_ms(), Some(at_ms));
        assert!(session.handle(Input::Tick, at_ms - 1).is_empty());
        assert!(session.handle(Input::Tick, at_ms).contains(&Action::Open));
        delays.push(at_ms - now_ms);
        now_ms = at_ms;
    }
    assert!(delays.iter().all(|ms| (1_000..=30_000).contains(ms)), "{delays:?}");
    assert!(delays[0] <= 2_000 && delays[7] >= 15_000, "the first failure waits too, later ones longer: {delays:?}");
    restore(&mut session, now_ms);
    let brief = reconnect_at(&session.handle(Input::Closed("flapping".into()), now_ms + 9_999)) - now_ms - 9_999;
    assert!(brief >= 15_000, "a connection that did not last does not reset the backoff: {brief}");
}

#[test]
fn a_stable_connection_resets_the_backoff() {
    let mut session = private(5);
    session.handle(Input::Start, 0);
    let mut now_ms = 0;
    for _ in 0..6 {
        now_ms = reconnect_at(&session.handle(Input::Refused("no".into()), now_ms));
        session.handle(Input::Tick, now_ms);
    }
    restore(&mut session, now_ms);
    let later_ms = now_ms + 10_000;
    assert!(reconnect_at(&session.handle(Input::Closed("gone".into()), later_ms)) <= later_ms + 2_000);
}

#[test]
fn a_quiet_socket_is_pinged_and_a_dead_one_is_dropped() {
    // proves: R003-1.2.5
    let mut session = private(6);
    session.handle(Input::Start, 0);
    restore(&mut session, 0);
    assert!(session.handle(Input::Tick, 14_999).is_empty());
    assert_eq!(session.handle(Input::Tick, 15_000), [Action::Ping]);
    session.handle(Input::Pong, 15_100);
    assert_eq!(session.handle(Input::Tick, 30_000), [Action::Ping]);
    assert_eq!(session.handle(Input::Tick, 45_000), [Action::Ping], "the pong at 15.1 s still counts");
    let dead = session.handle(Input::Tick, 60_100);
    assert!(dead.contains(&Action::CloseSocket) && session.state() == Reconnecting);
}

#[test]
fn connecting_and_logging_in_have_deadlines_and_a_refused_login_is_no_login() {
    // proves: R002-37
    let mut session = private(7);
    session.handle(Input::Start, 0);
    assert!(session.handle(Input::Tick, 10_000).contains(&Action::CloseSocket));
    let at_ms = session.next_tick_ms().expect("reconnecting");
    session.handle(Input::Tick, at_ms);
    session.handle(Input::Opened, at_ms);
    assert!(session.handle(Input::Tick, at_ms + 9_999).is_empty());
    assert!(session.handle(Input::Tick, at_ms + 10_000).contains(&Action::CloseSocket));
    let at_ms = session.next_tick_ms().expect("reconnecting");
    session.handle(Input::Tick, at_ms);
    session.handle(Input::Opened, at_ms);
    let refused = session.handle(Input::LoginRefused("signature".into()), at_ms);
    assert!(refused.contains(&Action::CloseSocket) && session.state() == Reconnecting);
    assert!(session.handle(Input::LoginAck, at_ms).is_empty());
}

#[test]
fn losing_a_book_or_a_subscription_degrades_until_it_is_back() {
    // proves: R002-16
    let mut session = private(8);
    session.handle(Input::Start, 0);
    restore(&mut session, 0);
    assert_eq!(states(&session.handle(Input::BooksLost("gap".into()), 1)), [Degraded]);
    assert_eq!(states(&session.handle(Input::BooksReady, 2)), [Authenticated], "a book needs no private catch-up");
    assert_eq!(states(&session.handle(Input::SubscriptionsLost("refused".into()), 3)), [Degraded]);
    let ticket = catch_up(&session.handle(Input::SubscriptionsReady, 4)).expect("what was missed is fetched");
    assert_eq!(session.state(), Degraded);
    session.handle(Input::CatchUpDone(ticket), 5);
    assert!(session.is_home());
}

#[test]
fn private_state_is_fetched_even_while_a_public_stream_never_comes() {
    let mut session = private(9);
    session.handle(Input::Start, 0);
    session.handle(Input::Opened, 0);
    session.handle(Input::LoginAck, 0);
    assert_eq!(session.next_tick_ms(), Some(10_000));
    let early = catch_up(&session.handle(Input::Tick, 10_000)).expect("impatient");
    assert_eq!(catch_up(&session.handle(Input::Tick, 10_001)), None, "once");
    session.handle(Input::CatchUpDone(early), 10_002);
    session.handle(Input::BooksReady, 10_003);
    let decisive = catch_up(&session.handle(Input::SubscriptionsReady, 10_004)).expect("asked again");
    session.handle(Input::CatchUpDone(early), 10_005);
    assert_eq!(session.state(), Degraded, "the early one does not complete the restoration");
    session.handle(Input::CatchUpDone(decisive), 10_006);
    assert!(session.is_home());
}

#[test]
fn a_socket_without_login_or_streams_is_home_once_open() {
    let mut session = Session::new(SessionConfig::new(false, false, 15_000, 45_000), SplitMix64::new(1));
    session.handle(Input::Start, 0);
    session.handle(Input::Opened, 5);
    assert!(session.is_home() && session.state() == Connected);
    let mut public = Session::new(SessionConfig::new(false, true, 15_000, 45_000), SplitMix64::new(1));
    public.handle(Input::Start, 0);
    assert_eq!(states(&public.handle(Input::Opened, 5)), [Connected, Degraded]);
    public.handle(Input::SubscriptionsReady, 6);
    assert_eq!(states(&public.handle(Input::BooksReady, 7)), [Connected], "no private state, no catch-up");
}

#[test]
fn metrics_count_failures_recoveries_and_time_at_home() {
    // proves: R003-1.5.6 R003-1.6.3
    let mut session = private(10);
    session.handle(Input::Start, 0);
    restore(&mut session, 1_000);
    let at_ms = reconnect_at(&session.handle(Input::Closed("reset".into()), 41_000));
    session.handle(Input::Tick, at_ms);
    restore(&mut session, at_ms);
    let metrics = session.metrics(at_ms + 10_000);
    assert_eq!((metrics.failure_count, metrics.recovery_count), (1, 1));
    assert_eq!(metrics.last_recovery_ms, Some(at_ms - 41_000));
    assert_eq!((metrics.up_ms, metrics.total_ms), (50_000, at_ms + 10_000));
}

#[test]
fn states_have_the_values_zero_to_six_and_no_others() {
    // proves: R002-17 R002-19
    for value in 0..=u8::MAX {
        match SessionState::try_from(value) {
            Ok(state) => assert!(value <= 6 && state as u8 == value),
            Err(refused) => assert!(value > 6 && refused == value),
        }
    }
}

#[test]
fn the_legal_transitions_are_exactly_these() {
    // proves: R002-20
    let table = [
        (Disconnected, vec![Connecting]),
        (Connecting, vec![Disconnected, Connected, Reconnecting]),
        (Connected, vec![Disconnected, Authenticating, Reconnecting, Degraded]),
        (Authenticating, vec![Disconnected, Authenticated, Reconnecting, Degraded]),
        (Authenticated, vec![Disconnected, Reconnecting, Degraded]),
        (Reconnecting, vec![Disconnected, Connecting]),
        (Degraded, vec![Disconnected, Connected, Authenticated, Reconnecting]),
    ];
    for (from, legal) in table {
        let found: Vec<_> = SessionState::ALL.into_iter().filter(|to| from.may_become(*to)).collect();
        assert_eq!(found, legal.into_iter().collect::<std::collections::BTreeSet<_>>().into_iter().collect::<Vec<_>>());
    }
}

fn any_input() -> impl Strategy<Value = Input> {
    prop_oneof![
        Just(Input::Start),
        Just(Input::Opened),
        Just(Input::Refused("no".into())),
        Just(Input::Frame),
        Just(Input::Pong),
        Just(Input::Closed("gone".into())),
        Just(Input::LoginAck),
        Just(Input::LoginRefused("no".into())),
        Just(Input::SubscriptionsReady),
        Just(Input::SubscriptionsLost("x".into())),
        Just(Input::BooksReady),
        Just(Input::BooksLost("gap".into())),
        (0u64..6).prop_map(Input::CatchUpDone),
        Just(Input::Tick),
        Just(Input::Tick),
        Just(Input::Tick),
    ]
}

proptest! {
    #[test]
    fn any_sequence_keeps_to_the_legal_transitions_and_never_gives_up(
        inputs in prop::collection::vec((any_input(), 0u64..20_000), 1..200), seed: u64, login: bool, restores: bool,
    ) {
        let config = SessionConfig::new(login, restores, 15_000, 45_000);
        let mut session = Session::new(config, SplitMix64::new(seed));
        let (mut now_ms, mut state) = (0, Disconnected);
        for (input, advance_ms) in inputs {
            now_ms += advance_ms;
            let actions = session.handle(input, now_ms);
            for action in &actions {
                if let Action::StateChanged { from, to, reason } = action {
                    prop_assert_eq!(*from, state);
                    prop_assert!(from.may_become(*to), "{:?} -> {:?}", from, to);
                    prop_assert!(!reason.is_empty());
                    state = *to;
                }
            }
            prop_assert_eq!(state, session.state());
            if state == Reconnecting && !states(&actions).is_empty() {
                let at_ms = reconnect_at(&actions);
                prop_assert!((now_ms + 1_000..=now_ms + 30_000).contains(&at_ms));
            }
            prop_assert!(state == Disconnected || session.next_tick_ms().is_some(), "a live session always waits for a time");
        }
        // Once the venue behaves, the session comes home.
        session.handle(Input::Start, now_ms);
        for _ in 0..50 {
            if session.is_home() {
                break;
            }
            now_ms = session.next_tick_ms().map_or(now_ms, |at_ms| at_ms.max(now_ms));
            let mut todo = session.handle(Input::Tick, now_ms);
            for input in [Input::Opened, Input::LoginAck, Input::BooksReady, Input::SubscriptionsReady] {
                todo.extend(session.handle(input, now_ms));
            }
            if session.state() == Degraded && catch_up(&todo).is_none() {
                todo.extend(session.handle(Input::SubscriptionsLost("again".into()), now_ms));
                todo.extend(session.handle(Input::SubscriptionsReady, now_ms));
            }
            let tickets = todo.iter().filter_map(|action| match action { Action::CatchUp(ticket) => Some(*ticket), _ => None });
            for ticket in tickets.collect::<Vec<_>>() {
                session.handle(Input::CatchUpDone(ticket), now_ms);
            }
        }
        prop_assert!(session.is_home(), "{:?}", session.state());
    }
}
