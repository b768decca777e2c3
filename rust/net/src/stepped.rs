//! A client without a network: the caller carries what leaves, hands in what comes, and owns the time.
//!
//! The driver, its rows and its handle are those of the real client; only the pump is another. With the same seed and the
//! same inputs at the same moments it does the same, so that a run of hours is repeated in seconds.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::SyncSender;

use hedgewire_core::book::BookConfig;
use hedgewire_core::events::UnixNanos;
use hedgewire_core::venues::{Request, SocketRole, Venue};
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TryRecvError;

use crate::clock::Clock;
use crate::commands::ClientCommand;
use crate::driver::{Driver, Leaving};
use crate::http::HttpOutcome;
use crate::network::{ClientHandle, FarEnd};
use crate::queue::{RowQueue, Wake};
use crate::socket_task::{Outgoing, SocketEvent};
use crate::timing::Timing;

/// Time as it was last told.
struct ToldClock(AtomicU64);

impl Clock for ToldClock {
    fn now(&self) -> UnixNanos {
        self.0.load(Ordering::Relaxed)
    }
}

/// What the caller is to carry.
#[derive(Debug)]
pub enum Carry {
    /// Answered by `reply` with the same id.
    Request {
        id: u64,
        request: Request,
    },
    /// Answered by the news of this attempt.
    Open {
        role: SocketRole,
        attempt: u64,
        url: String,
    },
    Frame {
        role: SocketRole,
        attempt: u64,
        frame: Outgoing,
    },
}

/// The pump of one driver. The handle that came with it takes the commands and gives the rows, as everywhere.
pub struct Stepped {
    driver: Driver,
    commands: mpsc::Receiver<ClientCommand>,
    clock: Arc<ToldClock>,
    tick_ns: u64,
    next_tick_ns: UnixNanos,
    lines: BTreeMap<(SocketRole, u64), mpsc::Receiver<Outgoing>>,
    carry: VecDeque<Carry>,
    queue: Arc<RowQueue>,
    ended: SyncSender<()>,
}

impl Stepped {
    /// A client that lives at `now`. Its limits are its own: a process that starts knows of no earlier one.
    pub fn start(
        venue: Box<dyn Venue>,
        waker: Box<dyn Wake>,
        timing: Timing,
        book: BookConfig,
        now: UnixNanos,
        seed: u64,
    ) -> (ClientHandle, Self) {
        let clock = Arc::new(ToldClock(AtomicU64::new(now)));
        let (handle, far) = ClientHandle::ends(venue, waker, timing, book, clock.clone(), seed, Arc::default());
        let FarEnd { setup, commands, ended, .. } = far;
        let tick_ns = timing.tick_ms * 1_000_000;
        let queue = setup.queue.clone();
        let driver = Driver::new(setup);
        let (lines, carry) = (BTreeMap::new(), VecDeque::new());
        (handle, Self { driver, commands, clock, tick_ns, next_tick_ns: now, lines, carry, queue, ended })
    }

    /// Hears what was commanded, then lets time pass until `until`, or until a tick has rows or something to carry.
    /// Returns the moment reached. Time never runs back.
    pub fn advance(&mut self, until: UnixNanos) -> UnixNanos {
        while let Ok(command) = self.commands.try_recv() {
            self.driver.on_command(command);
        }
        self.settle();
        while self.next_tick_ns <= until && self.carry.is_empty() && self.queue.is_empty() {
            self.clock.0.store(self.next_tick_ns, Ordering::Relaxed);
            self.next_tick_ns += self.tick_ns;
            self.driver.on_tick();
            self.settle();
        }
        if self.next_tick_ns > until && self.carry.is_empty() && self.queue.is_empty() {
            self.clock.0.fetch_max(until, Ordering::Relaxed);
        }
        self.clock.now()
    }

    /// What is to be carried, in order.
    pub fn outgoing(&mut self) -> Vec<Carry> {
        self.carry.drain(..).collect()
    }

    /// How a request ended. One that was never sent, or that has its answer, is ignored.
    pub fn reply(&mut self, id: u64, outcome: HttpOutcome) {
        self.driver.on_http(id, outcome);
        self.settle();
    }

    /// News of a connection; of one that is given up they are ignored.
    pub fn socket(&mut self, event: SocketEvent) {
        self.driver.on_socket(event);
        self.settle();
    }

    /// Ends the driver as a close does: everyone who waits is answered, in rows. What leaves last is returned.
    pub fn close(mut self) -> Vec<Carry> {
        let unheard = std::iter::from_fn(|| self.commands.try_recv().ok()).collect();
        self.driver.end(unheard);
        for (&(role, attempt), frames) in &mut self.lines {
            take_frames(role, attempt, frames, &mut self.carry);
        }
        // Nobody waits where the handle was dropped.
        let _ = self.ended.try_send(());
        self.carry.into()
    }

    fn settle(&mut self) {
        self.driver.hand_over();
        for leaving in self.driver.take_leaving() {
            match leaving {
                Leaving::Request { id, request } => self.carry.push_back(Carry::Request { id, request }),
                Leaving::Socket(opening) => {
                    let (role, attempt) = (opening.role, opening.attempt);
                    self.lines.insert((role, attempt), opening.frames);
                    self.carry.push_back(Carry::Open { role, attempt, url: opening.url });
                }
            }
        }
        let carry = &mut self.carry;
        self.lines.retain(|&(role, attempt), frames| take_frames(role, attempt, frames, carry));
    }
}

/// Takes what the driver gave a connection. False: that was the end, and a `Close` is there to be carried.
fn take_frames(
    role: SocketRole,
    attempt: u64,
    frames: &mut mpsc::Receiver<Outgoing>,
    carry: &mut VecDeque<Carry>,
) -> bool {
    loop {
        let frame = match frames.try_recv() {
            Ok(frame) => frame,
            Err(TryRecvError::Empty) => return true,
            Err(TryRecvError::Disconnected) => Outgoing::Close,
        };
        let closes = matches!(frame, Outgoing::Close);
        carry.push_back(Carry::Frame { role, attempt, frame });
        if closes {
            return false;
        }
    }
}
