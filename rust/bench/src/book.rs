//! A live book: 20 changes and a look at the top, from events as the decoder makes them.

use std::hint::black_box;

use hedgewire_core::book::{BookAction, BookConfig, BookSync};
use hedgewire_core::events::{BookUpdate, InstrumentId, Level, Side};
use serde_json::Value;

use crate::nado::Numbers;
use crate::stopwatch::Stopwatch;

const DEPTH: i64 = 100;
const VARIETY: usize = 256;

fn update(instrument: InstrumentId, snapshot: bool, last: u64, levels: Vec<Level>) -> BookUpdate {
    BookUpdate { instrument, snapshot, first: last, last, previous_last: Some(last - 1), levels, ts_event: last }
}

/// `count` updates in turn over `books` books.
pub fn apply(count: usize, books: u32) -> Result<Value, String> {
    let config = BookConfig { check_every: 1_000, ..BookConfig::default() };
    let whole =
        |side: Side, sign: i64| (1..=DEPTH).map(move |depth| Level { side, price: 35_000 - sign * depth, size: 5_000 });
    let mut all: Vec<BookSync> = (0..books.max(1)).map(|id| BookSync::new(InstrumentId(id), config)).collect();
    for (id, book) in all.iter_mut().enumerate() {
        let levels = whole(Side::Buy, 1).chain(whole(Side::Sell, -1)).collect();
        book.apply(update(InstrumentId(id as u32), true, 1, levels));
    }
    let mut numbers = Numbers::new(3);
    let mut side = |side: Side, sign: i64| -> Vec<Level> {
        let mut level = |depth: i64| {
            let size = if numbers.below(5) == 0 { 0 } else { numbers.below(50_000) as i64 + 1 };
            Level { side, price: 35_000 - sign * (depth * 4 + numbers.below(4) as i64 + 1), size }
        };
        (0..10).map(&mut level).collect()
    };
    let variety: Vec<Vec<Level>> = (0..VARIETY).map(|_| [side(Side::Buy, 1), side(Side::Sell, -1)].concat()).collect();
    // Made before the clock starts: the decoder's own cost is another figure.
    let turns = all.len();
    let updates: Vec<BookUpdate> = (0..count)
        .map(|number| {
            let id = InstrumentId((number % turns) as u32);
            update(id, false, (number / turns) as u64 + 2, variety[number % VARIETY].clone())
        })
        .collect();
    let watch = Stopwatch::start();
    for (number, change) in updates.into_iter().enumerate() {
        let book = &mut all[number % turns];
        if let BookAction::Resnapshot(reason) = book.apply(change) {
            return Err(format!("book {} was given up: {reason:?}", number % turns));
        }
        black_box((book.best_bid(), book.best_ask()));
    }
    Ok(watch.per_item(count))
}
