//! One account at one venue: a task that owns the core's machines and feeds them bytes and time.
//!
//! Everything here runs on the network thread; nothing is shared but the row queue and the order ids.

mod actions;
mod books;
mod bootstrap;
mod frames;
mod health;
mod private;
mod queries;
mod requests;
mod resolve;
mod sockets;
mod streams;
mod sweep;
mod tickets;
mod unresolved;
mod waiting;

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use hedgewire_core::book::{BookConfig, BookSync};
use hedgewire_core::events::{Event, InstrumentId, UnixNanos};
use hedgewire_core::orders::{OrderRegistry, RegistryLimits};
use hedgewire_core::retry::SplitMix64;
use hedgewire_core::subscriptions::Subscriptions;
use hedgewire_core::venues::{SocketRole, Stream, Venue};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use crate::budgets::Budgets;
use crate::clock::Clock;
use crate::commands::ClientCommand;
use crate::http::{HttpClient, HttpOutcome};
use crate::known_orders::KnownOrders;
use crate::queue::RowQueue;
use crate::rows::{Level, Row, Ticket};
use crate::socket_task::SocketEvent;
use crate::timing::Timing;

pub(crate) use actions::PendingAction;
pub(crate) use health::Counters;
pub(crate) use requests::{Deferred, Job};
pub(crate) use sockets::SocketSeat;
pub(crate) use sweep::Sweep;
pub(crate) use unresolved::Unresolved;

/// Socket frames that wait for the driver; beyond it TCP pushes back on the venue.
const SOCKET_QUEUE: usize = 1024;

/// What a driver is made of; time and randomness enter here.
pub struct Setup {
    pub venue: Box<dyn Venue>,
    pub clock: Arc<dyn Clock>,
    pub seed: u64,
    pub queue: Arc<RowQueue>,
    pub known: Arc<KnownOrders>,
    pub http: HttpClient,
    pub budgets: Arc<Budgets>,
    pub timing: Timing,
    pub memory: RegistryLimits,
    /// Of every book; its depth is also bounded by what the venue shows.
    pub book: BookConfig,
}

/// Where `connect` stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    Idle,
    Bootstrapping,
    Running,
}

pub struct Driver {
    venue: Box<dyn Venue>,
    clock: Arc<dyn Clock>,
    queue: Arc<RowQueue>,
    known: Arc<KnownOrders>,
    http: HttpClient,
    timing: Timing,
    rng: SplitMix64,
    phase: Phase,
    tickets: tickets::Tickets,
    bootstrap_failures: u32,
    bootstrap_at_ms: Option<u64>,
    seats: Vec<SocketSeat>,
    subscriptions: Subscriptions,
    /// Callers that wait for a stream's confirmation.
    stream_waiters: HashMap<Stream, Vec<Ticket>>,
    book: BookConfig,
    books: BTreeMap<InstrumentId, BookSync>,
    /// Books that were thrown away on overflow; they get a snapshot when the reader has caught up.
    books_to_refresh: BTreeSet<InstrumentId>,
    registry: OrderRegistry,
    budgets: Arc<Budgets>,
    jobs: HashMap<u64, Job>,
    flights: JoinSet<(u64, HttpOutcome)>,
    deferred: VecDeque<Deferred>,
    /// Sent over the action socket, by their id, waiting for the reply.
    actions: HashMap<u64, PendingAction>,
    /// Registered, and waiting for the venue's limit.
    waiting_actions: VecDeque<PendingAction>,
    half_answers: queries::HalfAnswers,
    adopted: private::Adopted,
    waiting: waiting::Waiting,
    unresolved: Vec<Unresolved>,
    next_chase_ms: u64,
    sweep: Option<Sweep>,
    /// A catch-up that is to start (again) at this moment.
    sweep_due: Option<(u64, u64)>,
    next_poll_ms: u64,
    last_private_ns: UnixNanos,
    next_id: u64,
    out: VecDeque<Row>,
    events: Vec<Event>,
    pub(crate) counters: Counters,
    socket_news: mpsc::Sender<SocketEvent>,
    socket_events: Option<mpsc::Receiver<SocketEvent>>,
}

impl Driver {
    pub fn new(mut setup: Setup) -> Self {
        let mut rng = SplitMix64::new(setup.seed);
        setup.venue.seed(setup.seed);
        let (socket_news, socket_events) = mpsc::channel(SOCKET_QUEUE);
        let now = setup.clock.now();
        Self {
            subscriptions: Subscriptions::new(rng.fork()),
            venue: setup.venue,
            clock: setup.clock,
            queue: setup.queue,
            known: setup.known,
            http: setup.http,
            timing: setup.timing,
            rng,
            phase: Phase::Idle,
            tickets: tickets::Tickets::default(),
            bootstrap_failures: 0,
            bootstrap_at_ms: None,
            seats: Vec::new(),
            stream_waiters: HashMap::new(),
            book: setup.book,
            books: BTreeMap::new(),
            books_to_refresh: BTreeSet::new(),
            registry: OrderRegistry::with_limits(setup.memory),
            budgets: setup.budgets,
            jobs: HashMap::new(),
            flights: JoinSet::new(),
            deferred: VecDeque::new(),
            actions: HashMap::new(),
            waiting_actions: VecDeque::new(),
            half_answers: queries::HalfAnswers::new(),
            adopted: private::Adopted::default(),
            waiting: waiting::Waiting::default(),
            unresolved: Vec::new(),
            next_chase_ms: 0,
            sweep: None,
            sweep_due: None,
            next_poll_ms: 0,
            last_private_ns: now,
            next_id: 1,
            out: VecDeque::new(),
            events: Vec::new(),
            counters: Counters::default(),
            socket_news,
            socket_events: Some(socket_events),
        }
    }

    /// Runs until `closing` turns true or every handle is gone.
    pub async fn run(mut self, mut commands: mpsc::Receiver<ClientCommand>, mut closing: watch::Receiver<bool>) {
        let Some(mut socket_events) = self.socket_events.take() else { return };
        let mut tick = tokio::time::interval(Duration::from_millis(self.timing.tick_ms));
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                _ = closing.wait_for(|closed| *closed) => break,
                command = commands.recv() => match command {
                    Some(command) => self.on_command(command),
                    None => break,
                },
                Some(done) = self.flights.join_next(), if !self.flights.is_empty() => match done {
                    Ok((id, outcome)) => self.on_http(id, outcome),
                    Err(error) => self.notice(Level::Error, format!("a request task ended abnormally: {error}")),
                },
                Some(event) = socket_events.recv() => {
                    self.on_socket(event);
                    // A burst is decoded whole before the reader is woken once.
                    for _ in 0..255 {
                        match socket_events.try_recv() {
                            Ok(event) => self.on_socket(event),
                            Err(_) => break,
                        }
                    }
                }
                _ = tick.tick() => self.on_tick(),
            }
            if !self.flush(&mut closing).await {
                break;
            }
        }
        commands.close();
        let unheard = std::iter::from_fn(|| commands.try_recv().ok()).collect();
        self.answer_the_rest(unheard);
        self.stop_sockets();
        self.queue.finish(self.out);
    }

    fn on_command(&mut self, command: ClientCommand) {
        match command {
            ClientCommand::Connect { ticket, timeout_ms } => self.connect(ticket, timeout_ms),
            ClientCommand::Subscribe { ticket, stream } => self.subscribe(ticket, stream),
            ClientCommand::Unsubscribe { ticket, stream } => self.unsubscribe(ticket, stream),
            ClientCommand::Act { ticket, command } => self.act(ticket, command),
            ClientCommand::Ask { ticket, query } => self.ask(ticket, query),
            ClientCommand::Adopt(adoption) => self.adopt(adoption),
            // A caller that stopped waiting for its health document is no loss.
            ClientCommand::Health { answer } => drop(answer.try_send(self.health())),
        }
    }

    fn on_tick(&mut self) {
        let now_ms = self.now_ms();
        self.tick_bootstrap(now_ms);
        self.tick_tickets(now_ms);
        self.release_deferred(now_ms);
        self.tick_sockets(now_ms);
        self.tick_streams(now_ms);
        self.tick_actions(now_ms);
        self.tick_sweep(now_ms);
        self.tick_waiting(now_ms);
        self.tick_unresolved(now_ms);
        self.refresh_dropped_books();
    }

    /// Hands the rows over; waits while the reader is behind. False when closing.
    async fn flush(&mut self, closing: &mut watch::Receiver<bool>) -> bool {
        while !self.out.is_empty() {
            let pushed = self.queue.push(std::mem::take(&mut self.out));
            self.counters.dropped_rows += pushed.dropped_rows;
            self.books_to_refresh.extend(pushed.dropped_books);
            self.out = pushed.left;
            if self.out.is_empty() {
                break;
            }
            self.counters.backpressure_waits += 1;
            tokio::select! {
                () = self.queue.space() => {}
                _ = closing.wait_for(|closed| *closed) => return false,
            }
        }
        true
    }

    fn now(&self) -> UnixNanos {
        self.clock.now()
    }

    fn now_ms(&self) -> u64 {
        self.clock.now_ms()
    }

    fn fresh_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    fn notice(&mut self, level: Level, text: String) {
        let ts = self.now();
        self.out.push_back(Row::Notice { level, text, ts });
    }

    fn seat(&mut self, role: SocketRole) -> Option<&mut SocketSeat> {
        self.seats.iter_mut().find(|seat| seat.spec.role == role)
    }
}
