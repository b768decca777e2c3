//! No ticket goes unanswered: in no state, under no fault, and at the end.

use std::collections::BTreeMap;

use hedgewire_core::events::ClientId;
use hedgewire_core::retry::{Randomness, SplitMix64};
use hedgewire_core::venues::{CancelTarget, Command, Query, StreamKind};
use hedgewire_net::commands::ClientCommand;
use hedgewire_net::rows::{Row, Ticket, Verdict};

use crate::rig::{Options, Rig};
use crate::server::Answer;
use crate::toy::{INSTRUMENT, order, stream, venue_id};

/// The longest anything may take: two requests of 10 s, or a question's 30 s, and what a test's steps add.
const LONGEST_MS: u64 = 31_500;

/// Tickets under way: since when, and how many rows each is to get.
#[derive(Default)]
struct Ledger {
    open: BTreeMap<Ticket, (u64, usize)>,
    read: usize,
}

impl Ledger {
    fn note(&mut self, rig: &Rig, ticket: Ticket, rows: usize) {
        self.open.insert(ticket, (rig.elapsed_ms(), rows));
    }

    /// Crosses out what has been answered. An order's outcome may be followed by a later one that decides it.
    fn read(&mut self, rows: &[Row], now_ms: u64) {
        for row in &rows[self.read..] {
            match row {
                Row::Reply { ticket, .. } => {
                    assert!(self.open.remove(ticket).is_some(), "ticket {ticket} was answered twice");
                }
                Row::OrderOutcome { ticket, .. } => {
                    if let Some((_, left)) = self.open.get_mut(ticket) {
                        *left -= 1;
                        if *left == 0 {
                            self.open.remove(ticket);
                        }
                    }
                }
                _ => {}
            }
        }
        self.read = rows.len();
        for (ticket, (since_ms, _)) in &self.open {
            assert!(now_ms - since_ms <= LONGEST_MS, "ticket {ticket} waits for {} ms", now_ms - since_ms);
        }
    }
}

fn target(client_id: u64) -> CancelTarget {
    CancelTarget {
        client_id: Some(ClientId(client_id)),
        instrument: INSTRUMENT,
        venue_order_id: venue_id(client_id),
        waiting: false,
    }
}

/// One of everything that a caller can do.
fn everything(rig: &mut Rig, ledger: &mut Ledger, next_order: &mut u64) {
    let mut fresh = || {
        *next_order += 1;
        *next_order
    };
    let commands = [
        (Command::Submit(order(fresh())), 1),
        (Command::SubmitBatch(vec![order(fresh()), order(fresh())]), 2),
        (Command::Cancel(vec![target(1), target(2)]), 2),
        (Command::CancelAll { instrument: None, waiting: false }, 1),
        (Command::CancelAndPlace { cancel: target(3), place: order(fresh()), unfilled: None }, 1),
    ];
    for (command, rows) in commands {
        let ticket = rig.act(command);
        ledger.note(rig, ticket, rows);
    }
    let id = venue_id(1);
    let queries = [
        Query::Order { instrument: INSTRUMENT, venue_order_id: id.clone() },
        Query::Fills { instrument: None, venue_order_id: Some(id), since_s: None, limit: 10 },
        Query::Positions,
        Query::Account,
        Query::ServerTime,
        Query::Trades { instrument: INSTRUMENT, limit: 1 },
    ];
    for query in queries {
        let ticket = rig.ask(query);
        ledger.note(rig, ticket, 1);
    }
    let connect = rig.connect(5_000);
    ledger.note(rig, connect, 1);
    for kind in [StreamKind::Book, StreamKind::Quotes] {
        let ticket = rig.subscribe(stream(kind));
        ledger.note(rig, ticket, 1);
    }
    let stream = stream(StreamKind::Trades);
    let ticket = rig.send(|ticket| ClientCommand::Unsubscribe { ticket, stream });
    ledger.note(rig, ticket, 1);
}

fn fault(rig: &Rig, number: u64) {
    let server = rig.server.clone();
    match number % 10 {
        0 => server.set_down(true),
        1 => server.set_down(false),
        2 => server.cut(),
        3 => server.set_deaf(true),
        4 => server.set_deaf(false),
        5 => server.on("execute", |_, _| Answer::Silence),
        6 => server.on("execute", |_, _| Answer::Status(502, "")),
        7 => server.on("execute", |_, _| Answer::Cut),
        8 => ["order", "fills", "positions", "book"]
            .into_iter()
            .for_each(|path| server.on(path, |_, _| Answer::Status(429, "retry-after: 20"))),
        _ => ["order", "time", "isolated", "open"].into_iter().for_each(|path| server.on(path, |_, _| Answer::Silence)),
    }
}

async fn settle(rig: &mut Rig, ledger: &mut Ledger, steps: u64) {
    for _ in 0..steps {
        rig.pass(500).await;
        ledger.read(&rig.rows, rig.elapsed_ms());
    }
}

async fn every_ticket_in(options: Options, connect: bool, faults: &[u64]) {
    let mut rig = if connect { Rig::connected(options).await } else { Rig::start(options).await };
    let mut ledger = Ledger { read: rig.rows.len(), ..Ledger::default() };
    let mut next_order = 100;
    faults.iter().for_each(|number| fault(&rig, *number));
    rig.pass(1_000).await;
    everything(&mut rig, &mut ledger, &mut next_order);
    settle(&mut rig, &mut ledger, 70).await;
    assert!(ledger.open.is_empty(), "{faults:?}: {:?}", ledger.open);
    // At the end everything that is still under way is answered.
    everything(&mut rig, &mut ledger, &mut next_order);
    let now_ms = rig.elapsed_ms();
    ledger.read(&rig.close().await, now_ms);
    assert!(ledger.open.is_empty(), "after the end: {:?}", ledger.open);
}

#[tokio::test(start_paused = true)]
async fn before_connect_every_ticket_is_answered() {
    every_ticket_in(Options::default(), false, &[]).await;
}

#[tokio::test(start_paused = true)]
async fn with_the_venue_down_every_ticket_is_answered() {
    every_ticket_in(Options::default(), false, &[0]).await;
    every_ticket_in(Options::default(), true, &[0]).await;
    every_ticket_in(Options { actions_over_socket: true, ..Options::default() }, true, &[0]).await;
}

#[tokio::test(start_paused = true)]
async fn with_a_venue_that_is_silent_or_refuses_every_ticket_is_answered() {
    for faults in [&[3, 5, 9][..], &[2, 6], &[7, 8]] {
        for actions_over_socket in [false, true] {
            every_ticket_in(Options { actions_over_socket, ..Options::default() }, true, faults).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn under_any_sequence_of_faults_every_ticket_is_answered() {
    for seed in 0..12 {
        let mut rng = SplitMix64::new(seed);
        let mut rig = Rig::start(Options { actions_over_socket: seed % 2 == 0, ..Options::default() }).await;
        let mut ledger = Ledger::default();
        let mut next_order = 100;
        for _ in 0..30 {
            match rng.next_u64() % 3 {
                0 => everything(&mut rig, &mut ledger, &mut next_order),
                _ => fault(&rig, rng.next_u64()),
            }
            let steps = rng.next_u64() % 8;
            settle(&mut rig, &mut ledger, steps).await;
        }
        let now_ms = rig.elapsed_ms();
        ledger.read(&rig.close().await, now_ms);
        assert!(ledger.open.is_empty(), "seed {seed}: {:?}", ledger.open);
    }
}

#[tokio::test(start_paused = true)]
async fn orders_in_flight_at_the_end_are_unknown_and_unsent_ones_are_refused() {
    let mut rig = Rig::connected(Options::default()).await;
    rig.server.on("execute", |_, _| Answer::Silence);
    // Four fit the limit, and the fifth would wait too long.
    let sent: Vec<Ticket> = (1..=4).map(|id| rig.act(Command::Submit(order(id)))).collect();
    let refused = rig.act(Command::Submit(order(5)));
    assert_eq!(rig.outcomes(refused, 1).await[0].code, "RATE_LIMITED");
    let rows = rig.close().await;
    for ticket in sent {
        let verdicts: Vec<Verdict> = rows
            .iter()
            .filter_map(|row| match row {
                Row::OrderOutcome { ticket: other, verdict, .. } if *other == ticket => Some(*verdict),
                _ => None,
            })
            .collect();
        assert_eq!(verdicts, [Verdict::Unknown]);
    }
}
