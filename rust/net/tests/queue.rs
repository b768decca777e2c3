//! The queue of rows on one thread; `interleavings.rs` has it between two.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use hedgewire_core::events::{BookUpdate, Event, InstrumentId, Quote};

use hedgewire_net::queue::{RowQueue, Wake};
use hedgewire_net::rows::{Level, Row};

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
        previous_last: None,
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
