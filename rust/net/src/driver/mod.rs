//! One account at one venue: what owns the core's machines and feeds them bytes and time.
//!
//! The driver itself touches no socket. What is to leave collects in `leaving`, what came is handed in; `pump` does both on
//! the network thread, `stepped` lets the caller do both. Nothing is shared but the row queue and the order ids.

mod actions;
mod books;
mod bootstrap;
mod changes;
mod decisions;
mod frames;
mod health;
mod listing;
mod private;
mod pump;
mod queries;
mod requests;
mod resolve;
mod sockets;
mod streams;
mod sweep;
mod tickets;
mod unresolved;
mod upkeep;
mod waiting;

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use hedgewire_core::book::{BookConfig, BookSync};
use hedgewire_core::events::{ClientId, Event, InstrumentId, UnixNanos};
use hedgewire_core::orders::{OrderRegistry, RegistryLimits};
use hedgewire_core::retry::SplitMix64;
use hedgewire_core::subscriptions::Subscriptions;
use hedgewire_core::venues::{Request, SocketRole, Stream, Venue};

use crate::budgets::Budgets;
use crate::clock::Clock;
use crate::commands::ClientCommand;
use crate::known_orders::KnownOrders;
use crate::queue::RowQueue;
use crate::rows::{Level, Row, Ticket};
use crate::socket_task::Opening;
use crate::timing::Timing;

pub(crate) use actions::PendingAction;
pub(crate) use health::Counters;
pub(crate) use requests::{Deferred, Job};
pub(crate) use sockets::SocketSeat;
pub(crate) use sweep::Sweep;
pub(crate) use unresolved::Unresolved;

/// What a driver is made of; time and randomness enter here.
pub struct Setup {
    pub venue: Box<dyn Venue>,
    pub clock: Arc<dyn Clock>,
    pub seed: u64,
    pub queue: Arc<RowQueue>,
    pub known: Arc<KnownOrders>,
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

/// What goes out, to be carried out in this order.
pub(crate) enum Leaving {
    Request { id: u64, request: Request },
    Socket(Opening),
}

pub struct Driver {
    venue: Box<dyn Venue>,
    clock: Arc<dyn Clock>,
    queue: Arc<RowQueue>,
    known: Arc<KnownOrders>,
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
    jobs: BTreeMap<u64, Job>,
    leaving: VecDeque<Leaving>,
    deferred: VecDeque<Deferred>,
    /// Sent over the action socket, by their id, waiting for the reply.
    actions: BTreeMap<u64, PendingAction>,
    /// Registered, and waiting for the venue's limit.
    waiting_actions: VecDeque<PendingAction>,
    half_answers: queries::HalfAnswers,
    adopted: private::Adopted,
    waiting: waiting::Waiting,
    unresolved: Vec<Unresolved>,
    /// Orders that the venue has queued, or refused before it replied.
    undecided: HashMap<ClientId, decisions::Undecided>,
    changes: changes::Changes,
    listing: listing::Listing,
    session: upkeep::SessionRequests,
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
}

impl Driver {
    pub fn new(mut setup: Setup) -> Self {
        let mut rng = SplitMix64::new(setup.seed);
        setup.venue.seed(setup.seed);
        let now = setup.clock.now();
        Self {
            subscriptions: Subscriptions::new(rng.fork()),
            venue: setup.venue,
            clock: setup.clock,
            queue: setup.queue,
            known: setup.known,
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
            jobs: BTreeMap::new(),
            leaving: VecDeque::new(),
            deferred: VecDeque::new(),
            actions: BTreeMap::new(),
            waiting_actions: VecDeque::new(),
            half_answers: queries::HalfAnswers::new(),
            adopted: private::Adopted::default(),
            waiting: waiting::Waiting::default(),
            unresolved: Vec::new(),
            undecided: HashMap::new(),
            changes: changes::Changes::default(),
            listing: listing::Listing::default(),
            session: upkeep::SessionRequests::default(),
            next_chase_ms: 0,
            sweep: None,
            sweep_due: None,
            next_poll_ms: 0,
            last_private_ns: now,
            next_id: 1,
            out: VecDeque::new(),
            events: Vec::new(),
            counters: Counters::default(),
        }
    }

    pub(crate) fn on_command(&mut self, command: ClientCommand) {
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

    pub(crate) fn on_tick(&mut self) {
        let now_ms = self.now_ms();
        self.tick_bootstrap(now_ms);
        self.tick_tickets(now_ms);
        self.tick_upkeep();
        self.tick_listing(now_ms);
        self.release_deferred(now_ms);
        self.tick_sockets(now_ms);
        self.tick_streams(now_ms);
        self.tick_actions(now_ms);
        self.tick_sweep(now_ms);
        self.tick_waiting(now_ms);
        self.tick_unresolved(now_ms);
        self.refresh_dropped_books();
    }

    /// Hands over what rows there is room for. False: some are left.
    pub(crate) fn hand_over(&mut self) -> bool {
        if self.out.is_empty() {
            return true;
        }
        let pushed = self.queue.push(std::mem::take(&mut self.out));
        self.counters.dropped_rows += pushed.dropped_rows;
        self.books_to_refresh.extend(pushed.dropped_books);
        self.out = pushed.left;
        self.out.is_empty()
    }

    pub(crate) fn take_leaving(&mut self) -> VecDeque<Leaving> {
        std::mem::take(&mut self.leaving)
    }

    /// Says the last things: to whom still waits, to whom was not heard (`unheard`), and to the sockets.
    pub(crate) fn end(mut self, unheard: Vec<ClientCommand>) {
        self.answer_the_rest(unheard);
        self.stop_sockets();
        self.queue.finish(self.out);
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
