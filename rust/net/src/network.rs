//! The one network thread of the process, and the handle of a client that lives on it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use hedgewire_core::book::BookConfig;
use hedgewire_core::events::{ClientId, VenueOrderId};
use hedgewire_core::orders::RegistryLimits;
use hedgewire_core::venues::Venue;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};

use crate::budgets::Budgets;
use crate::clock::{Clock, SystemClock, entropy_seed};
use crate::commands::ClientCommand;
use crate::driver::{Driver, Setup};
use crate::http::HttpClient;
use crate::known_orders::KnownOrders;
use crate::queue::{RowQueue, Wake};
use crate::rows::{Row, Ticket};
use crate::timing::Timing;

/// Commands that wait for the network thread; beyond it the caller is told.
const COMMANDS: usize = 4_096;
/// Rows that wait for the reader.
pub const ROWS: usize = 65_536;
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

/// The budgets of the process.
fn budgets() -> Arc<Budgets> {
    static BUDGETS: OnceLock<Arc<Budgets>> = OnceLock::new();
    BUDGETS.get_or_init(Arc::default).clone()
}

/// Starts the thread at the first use; it lives as long as the process.
fn network() -> Result<Handle, String> {
    static NETWORK: OnceLock<Result<Handle, String>> = OnceLock::new();
    NETWORK
        .get_or_init(|| {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_io()
                .enable_time()
                .build()
                .map_err(|error| format!("network runtime could not start: {error}"))?;
            let handle = runtime.handle().clone();
            std::thread::Builder::new()
                .name("hedgewire-net".into())
                .spawn(move || runtime.block_on(std::future::pending::<()>()))
                .map_err(|error| format!("network thread could not start: {error}"))?;
            Ok(handle)
        })
        .clone()
}

/// Why a call on a handle did nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HandleError {
    /// Closed, or its task has ended.
    Closed,
    /// The command queue is full.
    Busy,
    TimedOut {
        after_ms: u64,
    },
}

impl std::fmt::Display for HandleError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Closed => f.write_str("the client is closed\nhint: make a new VenueClient"),
            Self::Busy => {
                write!(f, "{COMMANDS} commands are waiting already\nhint: the network thread is behind; send less")
            }
            Self::TimedOut { after_ms } => write!(f, "no answer from the network thread within {after_ms} ms"),
        }
    }
}

/// One client: commands in, rows out. Dropping it closes the client without waiting.
pub struct ClientHandle {
    commands: mpsc::Sender<ClientCommand>,
    closing: watch::Sender<bool>,
    ended: Mutex<Option<std::sync::mpsc::Receiver<()>>>,
    queue: Arc<RowQueue>,
    known: Arc<KnownOrders>,
    next_ticket: AtomicU64,
}

/// The other end of a handle.
pub(crate) struct FarEnd {
    pub setup: Setup,
    pub commands: mpsc::Receiver<ClientCommand>,
    pub closing: watch::Receiver<bool>,
    pub ended: SyncSender<()>,
}

impl ClientHandle {
    /// Puts a venue's client on the network thread. Nothing is sent before `connect`.
    pub fn spawn(
        venue: Box<dyn Venue>,
        waker: Box<dyn Wake>,
        timing: Timing,
        book: BookConfig,
    ) -> Result<Self, String> {
        Self::spawn_with(venue, waker, timing, book, Arc::new(SystemClock), entropy_seed())
    }

    /// The same with a clock and a seed of the caller's.
    pub fn spawn_with(
        venue: Box<dyn Venue>,
        waker: Box<dyn Wake>,
        timing: Timing,
        book: BookConfig,
        clock: Arc<dyn Clock>,
        seed: u64,
    ) -> Result<Self, String> {
        let network = network()?;
        let http = HttpClient::new(timing.request_timeout_ms)?;
        let (handle, far) = Self::ends(venue, waker, timing, book, clock, seed, budgets());
        let FarEnd { setup, commands, closing, ended } = far;
        network.spawn(async move {
            Driver::new(setup).run(http, commands, closing).await;
            // Nobody waits where the handle was dropped.
            let _ = ended.try_send(());
        });
        Ok(handle)
    }

    /// A handle, and what whoever pumps its driver needs.
    pub(crate) fn ends(
        venue: Box<dyn Venue>,
        waker: Box<dyn Wake>,
        timing: Timing,
        book: BookConfig,
        clock: Arc<dyn Clock>,
        seed: u64,
        budgets: Arc<Budgets>,
    ) -> (Self, FarEnd) {
        let (commands, command_queue) = mpsc::channel(COMMANDS);
        let (closing, closed) = watch::channel(false);
        let (ended_sender, ended) = sync_channel(1);
        let queue = Arc::new(RowQueue::new(ROWS, waker));
        let known = Arc::new(KnownOrders::default());
        let setup = Setup {
            venue,
            clock,
            seed,
            queue: queue.clone(),
            known: known.clone(),
            budgets,
            timing,
            memory: RegistryLimits::default(),
            book,
        };
        let far = FarEnd { setup, commands: command_queue, closing: closed, ended: ended_sender };
        let ended = Mutex::new(Some(ended));
        (Self { commands, closing, ended, queue, known, next_ticket: AtomicU64::new(1) }, far)
    }

    pub fn ticket(&self) -> Ticket {
        self.next_ticket.fetch_add(1, Ordering::Relaxed)
    }

    pub fn send(&self, command: ClientCommand) -> Result<(), HandleError> {
        self.commands.try_send(command).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => HandleError::Busy,
            mpsc::error::TrySendError::Closed(_) => HandleError::Closed,
        })
    }

    pub fn drain(&self, limit: usize) -> Vec<Row> {
        self.queue.drain(limit)
    }

    pub fn venue_order_id(&self, client_id: ClientId) -> Option<VenueOrderId> {
        self.known.get(client_id)
    }

    /// Blocks for up to `timeout_ms`.
    pub fn health(&self, timeout_ms: u64) -> Result<String, HandleError> {
        let (answer, document) = sync_channel(1);
        self.send(ClientCommand::Health { answer })?;
        document.recv_timeout(Duration::from_millis(timeout_ms)).map_err(|error| match error {
            RecvTimeoutError::Timeout => HandleError::TimedOut { after_ms: timeout_ms },
            RecvTimeoutError::Disconnected => HandleError::Closed,
        })
    }

    /// Ends the client and waits until its task is gone, at most 5 s. Safe to call twice.
    pub fn close(&self) -> Result<(), HandleError> {
        // Without a receiver the task has ended by itself.
        self.closing.send_replace(true);
        let Some(ended) = self.ended.lock().unwrap_or_else(PoisonError::into_inner).take() else { return Ok(()) };
        match ended.recv_timeout(CLOSE_TIMEOUT) {
            Ok(()) | Err(RecvTimeoutError::Disconnected) => Ok(()),
            Err(RecvTimeoutError::Timeout) => Err(HandleError::TimedOut { after_ms: 5_000 }),
        }
    }
}

impl Drop for ClientHandle {
    fn drop(&mut self) {
        self.closing.send_replace(true);
    }
}
