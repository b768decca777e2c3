//! The one bounded queue through which rows leave, with one wake-up per batch.

use std::collections::{BTreeSet, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use hedgewire_core::events::InstrumentId;
use tokio::sync::Notify;

use crate::rows::Row;

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

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::AtomicU32;

    use hedgewire_core::events::{BookUpdate, Event, Quote};

    use super::*;
    use crate::rows::Level;

    struct Count(Arc<AtomicU32>);

    impl Wake for Count {
        fn wake(&self) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    fn notice(text: &str) -> Row {
        Row::Notice { level: Level::Warning, text: text.into(), ts: 0 }
    }

    fn book(instrument: u32) -> Row {
        let update = BookUpdate {
            instrument: InstrumentId(instrument),
            snapshot: false,
            first: 1,
            last: 1,
            previous_last: 0,
            levels: Vec::new(),
            ts_event: 0,
        };
        Row::Event { event: Event::Book(update), ts_init: 0 }
    }

    fn quote(instrument: u32, bid_price: i64) -> Row {
        let instrument = InstrumentId(instrument);
        let quote = Quote { instrument, bid_price, bid_size: 1, ask_price: bid_price + 1, ask_size: 1, ts_event: 0 };
        Row::Event { event: Event::Quote(quote), ts_init: 0 }
    }

    fn queue(capacity: usize) -> (RowQueue, Arc<AtomicU32>) {
        let wakes = Arc::new(AtomicU32::new(0));
        (RowQueue::new(capacity, Box::new(Count(wakes.clone()))), wakes)
    }

    #[test]
    fn one_wake_up_for_all_batches_until_drained_and_again_for_what_is_left() {
        let (queue, wakes) = queue(10);
        queue.push([notice("a"), notice("b")].into());
        queue.push([notice("c")].into());
        assert_eq!(wakes.load(Ordering::SeqCst), 1);
        assert_eq!(queue.drain(2).len(), 2);
        assert_eq!(wakes.load(Ordering::SeqCst), 2, "a row is left: the reader must be woken again");
        assert_eq!(queue.drain(2), vec![notice("c")]);
        assert_eq!(wakes.load(Ordering::SeqCst), 2);
    }

    #[test]
    fn books_give_way_and_nothing_else_is_ever_dropped() {
        let (queue, _) = queue(3);
        queue.push([book(4), notice("a"), book(8)].into());
        let pushed = queue.push([notice("b"), notice("c"), notice("d")].into());
        assert_eq!(pushed.dropped_books, [InstrumentId(4), InstrumentId(8)].into());
        assert_eq!(pushed.dropped_rows, 2);
        assert_eq!(pushed.left, VecDeque::from([notice("d")]));
        assert_eq!(queue.drain(9), vec![notice("a"), notice("b"), notice("c")]);
    }

    #[test]
    fn of_quotes_only_the_latest_of_each_instrument_is_kept_when_there_is_no_room() {
        let (queue, _) = queue(4);
        queue.push([quote(4, 1), quote(8, 1), notice("a"), quote(4, 2)].into());
        let pushed = queue.push([quote(4, 3), notice("b")].into());
        assert_eq!((pushed.dropped_rows, pushed.left.len()), (2, 0));
        assert_eq!(queue.drain(9), vec![quote(8, 1), notice("a"), quote(4, 3), notice("b")]);
    }
}
