//! Books of the throttled feed of changes: the best levels of each side, kept as the venue's changes make them (Paradex
//! reference 5.3, 5.4).
//!
//! Numbers of this feed leave gaps, so that a missed message does not show by its number, and no snapshot of REST can join
//! it: only the one that a subscription begins with. Every change is therefore handed on as the whole book, and what
//! contradicts itself is asked for anew.

use std::collections::{BTreeMap, HashMap};

use super::limits::BOOK_DEPTH;
use crate::events::{BookLost, BookUpdate, Event, InstrumentId, Level, Side};

#[derive(Debug, Default)]
pub struct Windows {
    books: HashMap<InstrumentId, Window>,
}

/// `None`: asked for anew, and its snapshot has not come.
type Window = Option<Book>;

#[derive(Debug, Default)]
struct Book {
    last: u64,
    bids: BTreeMap<i64, i64>,
    asks: BTreeMap<i64, i64>,
}

impl Windows {
    /// Puts what the changes among the events from `first` on make of the books in their place.
    pub fn replace(&mut self, events: &mut Vec<Event>, first: usize) {
        for event in events.split_off(first) {
            match event {
                Event::Book(update) => events.extend(self.apply(update)),
                other => events.push(other),
            }
        }
    }

    /// Figures mean something else from here on: every book is asked for anew.
    pub fn clear(&mut self) {
        self.books.clear();
    }

    fn apply(&mut self, update: BookUpdate) -> Option<Event> {
        let instrument = update.instrument;
        if update.snapshot {
            let mut book = Book { last: update.last, ..Book::default() };
            update.levels.iter().for_each(|level| book.put(level));
            self.books.insert(instrument, Some(book));
            return Some(Event::Book(update));
        }
        let reason = match self.books.get_mut(&instrument) {
            None => "changes without a snapshot",
            Some(None) => return None,
            Some(Some(book)) if update.last == book.last => return None,
            Some(Some(book)) if update.last < book.last => "its numbers went back",
            Some(Some(book)) => {
                book.last = update.last;
                update.levels.iter().for_each(|level| book.put(level));
                book.trim();
                if !book.is_crossed() {
                    let levels = book.levels();
                    return Some(Event::Book(BookUpdate { snapshot: true, previous_last: None, levels, ..update }));
                }
                "it is crossed"
            }
        };
        self.books.insert(instrument, None);
        Some(Event::BookLost(BookLost { instrument, reason }))
    }
}

impl Book {
    fn put(&mut self, level: &Level) {
        let side = match level.side {
            Side::Buy => &mut self.bids,
            Side::Sell => &mut self.asks,
        };
        match level.size {
            0 => side.remove(&level.price),
            size => side.insert(level.price, size),
        };
    }

    /// What a better level pushes out may not be said.
    fn trim(&mut self) {
        while self.bids.len() > BOOK_DEPTH as usize {
            self.bids.pop_first();
        }
        while self.asks.len() > BOOK_DEPTH as usize {
            self.asks.pop_last();
        }
    }

    fn is_crossed(&self) -> bool {
        let (bid, ask) = (self.bids.last_key_value(), self.asks.first_key_value());
        bid.zip(ask).is_some_and(|((bid, _), (ask, _))| bid >= ask)
    }

    fn levels(&self) -> Vec<Level> {
        let bids = self.bids.iter().rev().map(|(price, size)| (Side::Buy, price, size));
        let asks = self.asks.iter().map(|(price, size)| (Side::Sell, price, size));
        bids.chain(asks).map(|(side, price, size)| Level { side, price: *price, size: *size }).collect()
    }
}
