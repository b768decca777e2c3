//! The one bounded queue through which rows leave, with one wake-up per batch.

use std::collections::{BTreeSet, VecDeque};

use hedgewire_core::events::InstrumentId;

use crate::rows::Row;
use crate::sync::{AtomicBool, Mutex, MutexGuard, Notify, Ordering, PoisonError};

/// Wakes the reader's event loop. Called from the network thread; must not block.
pub trait Wake: Send + Sync {
    fn wake(&self);
}

pub struct RowQueue {
    rows: Mutex<VecDeque<Row>>,
    capacity: usize,
    /// A wake-up is under way that nobody has answered yet.
    pending: AtomicBool,
    space: Notify,
    waker: Box<dyn Wake>,
}

/// What a push did. `dropped_books`: instruments whose book rows were thrown away; each needs a snapshot.
#[derive(Debug, Default, PartialEq)]
pub struct Pushed {
    /// Rows for which there was no room, in order: wait for `space`, then push them again.
    pub left: VecDeque<Row>,
    pub dropped_books: BTreeSet<InstrumentId>,
    pub dropped_rows: u64,
}

impl RowQueue {
    pub fn new(capacity: usize, waker: Box<dyn Wake>) -> Self {
        Self {
            rows: Mutex::new(VecDeque::new()),
            capacity,
            pending: AtomicBool::new(false),
            space: Notify::new(),
            waker,
        }
    }

    /// Appends a batch and wakes the reader once. When full, all book rows and all but the latest quotes (queued and new)
    /// give way; the rest is handed back.
    pub fn push(&self, batch: VecDeque<Row>) -> Pushed {
        let mut pushed = Pushed { left: batch, ..Pushed::default() };
        if pushed.left.is_empty() {
            return pushed;
        }
        let mut rows = self.lock();
        if rows.len() + pushed.left.len() > self.capacity {
            // One sweep frees many places; dropping one at a time would cost a sweep a row.
            let mut newer_quotes = BTreeSet::new();
            for side in [&mut pushed.left, &mut *rows] {
                let before = side.len();
                // Newest first: a quote is worth nothing once there is a newer one of its instrument.
                let mut kept: VecDeque<Row> = VecDeque::with_capacity(before);
                while let Some(row) = side.pop_back() {
                    if let Some(instrument) = row.book_instrument() {
                        pushed.dropped_books.insert(instrument);
                    } else if row.quoted_instrument().is_none_or(|instrument| newer_quotes.insert(instrument)) {
                        kept.push_front(row);
                    }
                }
                pushed.dropped_rows += (before - kept.len()) as u64;
                *side = kept;
            }
        }
        let fits = self.capacity.saturating_sub(rows.len()).min(pushed.left.len());
        rows.extend(pushed.left.drain(..fits));
        let any = !rows.is_empty();
        drop(rows);
        if any {
            self.wake_once();
        }
        pushed
    }

    /// The last rows of a driver that ends: none is dropped and nobody waits, whatever the capacity.
    pub fn finish(&self, last: VecDeque<Row>) {
        self.lock().extend(last);
        self.wake_once();
    }

    /// Resolves after a drain has made room.
    pub async fn space(&self) {
        self.space.notified().await;
    }

    pub fn len(&self) -> usize {
        self.lock().len()
    }

    pub fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    pub fn is_half_empty(&self) -> bool {
        self.len() * 2 < self.capacity
    }

    /// Takes up to `limit` rows. The reader must have consumed its wake-up before: any other order can lose one.
    pub fn drain(&self, limit: usize) -> Vec<Row> {
        self.pending.store(false, Ordering::SeqCst);
        let mut rows = self.lock();
        let count = limit.min(rows.len());
        let taken: Vec<Row> = rows.drain(..count).collect();
        let left = !rows.is_empty();
        drop(rows);
        self.space.notify_one();
        if left {
            self.wake_once();
        }
        taken
    }

    fn wake_once(&self) {
        if !self.pending.swap(true, Ordering::SeqCst) {
            self.waker.wake();
        }
    }

    /// A reader that panicked leaves a whole queue behind: every change is one call that cannot stop half way.
    fn lock(&self) -> MutexGuard<'_, VecDeque<Row>> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
