//! A driver on the toy venue, and its rows as they come.

use std::sync::Arc;
use std::time::Duration;

use hedgewire_core::book::BookConfig;
use hedgewire_core::events::UnixNanos;
use hedgewire_core::orders::RegistryLimits;
use hedgewire_core::venues::{Command, Query, Stream};
use hedgewire_net::budgets::Budgets;
use hedgewire_net::clock::Clock;
use hedgewire_net::commands::ClientCommand;
use hedgewire_net::driver::{Driver, Setup};
use hedgewire_net::http::HttpClient;
use hedgewire_net::known_orders::KnownOrders;
use hedgewire_net::queue::{RowQueue, Wake};
use hedgewire_net::rows::{Row, Ticket, Verdict};
use hedgewire_net::timing::Timing;
use serde_json::Value;
use tokio::sync::{Notify, mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::server::Server;
use crate::toy::{Session, Toy};

/// More of the tests' own time than anything here may take.
const PATIENCE: Duration = Duration::from_secs(600);
pub const EPOCH_NS: u64 = 1_800_000_000_000_000_000;

/// The runtime's paused time, as a wall clock.
struct PausedClock(Instant);

impl Clock for PausedClock {
    fn now(&self) -> UnixNanos {
        EPOCH_NS + u64::try_from(self.0.elapsed().as_nanos()).expect("short tests")
    }
}

struct Bell(Arc<Notify>);

impl Wake for Bell {
    fn wake(&self) {
        self.0.notify_one();
    }
}

pub struct Options {
    pub actions_over_socket: bool,
    pub account: bool,
    pub session: Session,
    pub capacity: usize,
    pub timing: Timing,
    pub memory: RegistryLimits,
    pub book: BookConfig,
    pub budgets: Arc<Budgets>,
    /// Another client's server; `None`: one of its own.
    pub server: Option<Server>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            actions_over_socket: false,
            account: true,
            session: Session::default(),
            capacity: 10_000,
            timing: Timing::default(),
            memory: RegistryLimits::default(),
            book: BookConfig::default(),
            budgets: Arc::default(),
            server: None,
        }
    }
}

pub struct Rig {
    pub server: Server,
    pub queue: Arc<RowQueue>,
    pub rows: Vec<Row>,
    pub budgets: Arc<Budgets>,
    bell: Arc<Notify>,
    commands: mpsc::Sender<ClientCommand>,
    closing: watch::Sender<bool>,
    task: JoinHandle<()>,
    next_ticket: Ticket,
    started: Instant,
}

/// What a ticket of an order got: one an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    pub client_id: Option<u64>,
    pub verdict: Verdict,
    pub code: String,
    pub reason: String,
}

impl Rig {
    pub async fn start(options: Options) -> Self {
        let server = match options.server {
            Some(server) => server,
            None => Server::start().await,
        };
        let bell = Arc::new(Notify::new());
        let queue = Arc::new(RowQueue::new(options.capacity, Box::new(Bell(bell.clone()))));
        let venue = Box::new(Toy {
            host: server.host.clone(),
            actions_over_socket: options.actions_over_socket,
            account: options.account,
            session: options.session,
            next_id: 0,
        });
        let started = Instant::now();
        let setup = Setup {
            venue,
            clock: Arc::new(PausedClock(started)),
            seed: 1,
            queue: queue.clone(),
            known: Arc::new(KnownOrders::default()),
            budgets: options.budgets.clone(),
            timing: options.timing,
            memory: options.memory,
            book: options.book,
        };
        let (commands, received) = mpsc::channel(1_000);
        let (closing, closed) = watch::channel(false);
        let http = HttpClient::new(options.timing.request_timeout_ms).expect("client");
        let task = tokio::spawn(Driver::new(setup).run(http, received, closed));
        Self {
            server,
            queue,
            rows: Vec::new(),
            budgets: options.budgets,
            bell,
            commands,
            closing,
            task,
            next_ticket: 1,
            started,
        }
    }

    /// Started, and `connect` accepted.
    pub async fn connected(options: Options) -> Self {
        let mut rig = Self::start(options).await;
        let ticket = rig.connect(30_000);
        assert_eq!(rig.reply(ticket).await.verdict, Verdict::Accepted);
        rig
    }

    pub fn send(&mut self, command: impl FnOnce(Ticket) -> ClientCommand) -> Ticket {
        let ticket = self.next_ticket;
        self.next_ticket += 1;
        self.commands.try_send(command(ticket)).expect("the driver runs and is not behind");
        ticket
    }

    pub fn connect(&mut self, timeout_ms: u64) -> Ticket {
        self.send(|ticket| ClientCommand::Connect { ticket, timeout_ms })
    }

    pub fn act(&mut self, command: Command) -> Ticket {
        self.send(|ticket| ClientCommand::Act { ticket, command })
    }

    pub fn ask(&mut self, query: Query) -> Ticket {
        self.send(|ticket| ClientCommand::Ask { ticket, query })
    }

    pub fn subscribe(&mut self, stream: Stream) -> Ticket {
        self.send(|ticket| ClientCommand::Subscribe { ticket, stream })
    }

    pub fn elapsed_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).expect("short tests")
    }

    /// The first row from position `start` on that fits; had already or still to come.
    pub async fn wait_from<T>(&mut self, start: usize, fits: impl Fn(&Row) -> Option<T>) -> T {
        let mut next = start;
        let deadline = Instant::now() + PATIENCE;
        loop {
            self.rows.extend(self.queue.drain(usize::MAX));
            while next < self.rows.len() {
                next += 1;
                if let Some(found) = fits(&self.rows[next - 1]) {
                    return found;
                }
            }
            let rung = tokio::time::timeout_at(deadline, self.bell.notified()).await;
            assert!(
                rung.is_ok(),
                "no such row; the last ones: {:#?}",
                &self.rows[self.rows.len().saturating_sub(20)..]
            );
        }
    }

    pub async fn wait<T>(&mut self, fits: impl Fn(&Row) -> Option<T>) -> T {
        self.wait_from(0, fits).await
    }

    pub async fn reply(&mut self, ticket: Ticket) -> Answered {
        self.wait(|row| match row {
            Row::Reply { ticket: other, verdict, code, reason, rows } if *other == ticket => {
                Some(Answered { verdict: *verdict, code: code.clone(), reason: reason.clone(), rows: rows.clone() })
            }
            _ => None,
        })
        .await
    }

    /// The first `count` outcomes of a ticket.
    pub async fn outcomes(&mut self, ticket: Ticket, count: usize) -> Vec<Said> {
        let mut start = 0;
        let mut said = Vec::new();
        while said.len() < count {
            let found = self
                .wait_from(start, |row| match row {
                    Row::OrderOutcome { ticket: other, client_id, verdict, code, reason, .. } if *other == ticket => {
                        let client_id = client_id.map(|id| id.0);
                        Some(Said { client_id, verdict: *verdict, code: code.clone(), reason: reason.clone() })
                    }
                    _ => None,
                })
                .await;
            let row = |row: &Row| matches!(row, Row::OrderOutcome { ticket: other, .. } if *other == ticket);
            start += self.rows[start..].iter().position(row).expect("just found") + 1;
            said.push(found);
        }
        said
    }

    pub async fn health(&mut self) -> Value {
        let (answer, document) = std::sync::mpsc::sync_channel(1);
        self.commands.try_send(ClientCommand::Health { answer }).expect("the driver runs");
        loop {
            if let Ok(text) = document.try_recv() {
                return serde_json::from_str(&text).expect("JSON");
            }
            tokio::task::yield_now().await;
        }
    }

    /// Lets so much time pass, and takes what came meanwhile.
    pub async fn pass(&mut self, ms: u64) {
        tokio::time::sleep(Duration::from_millis(ms)).await;
        self.rows.extend(self.queue.drain(usize::MAX));
    }

    /// Closes the driver and returns when its task has ended.
    pub async fn close(mut self) -> Vec<Row> {
        self.closing.send_replace(true);
        self.task.await.expect("no panic");
        self.rows.extend(self.queue.drain(usize::MAX));
        self.rows
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Answered {
    pub verdict: Verdict,
    pub code: String,
    pub reason: String,
    pub rows: Vec<Row>,
}
