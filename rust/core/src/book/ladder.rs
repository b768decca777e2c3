//! One side of a book.
//!
//! There are few levels, and nearly every change is close to the best one: a sorted list with the best at its end beats
//! a tree, because a change only moves what is better than it.

use crate::events::Side;

#[derive(Debug)]
pub(super) struct Ladder {
    side: Side,
    /// (rank, size), the better the higher: a bid's price, an ask's price negated.
    levels: Vec<(i64, i64)>,
}

impl Ladder {
    pub fn new(side: Side) -> Self {
        Self { side, levels: Vec::new() }
    }

    pub fn len(&self) -> usize {
        self.levels.len()
    }

    pub fn clear(&mut self) {
        self.levels.clear();
    }

    /// (price, size) of the best level.
    pub fn best(&self) -> Option<(i64, i64)> {
        self.levels.last().map(|level| self.shown(level))
    }

    /// The price of the worst level.
    pub fn worst(&self) -> Option<i64> {
        self.levels.first().map(|level| self.shown(level).0)
    }

    pub fn size(&self, price: i64) -> Option<i64> {
        self.place(self.rank(price)).ok().map(|place| self.levels[place].1)
    }

    /// (price, size), best first.
    pub fn iter(&self) -> impl Iterator<Item = (i64, i64)> {
        self.levels.iter().rev().map(|level| self.shown(level))
    }

    pub fn set(&mut self, price: i64, size: i64) {
        let rank = self.rank(price);
        match self.place(rank) {
            Ok(place) => self.levels[place].1 = size,
            Err(place) => self.levels.insert(place, (rank, size)),
        }
    }

    /// False: there was no such level.
    pub fn remove(&mut self, price: i64) -> bool {
        self.place(self.rank(price)).map(|place| self.levels.remove(place)).is_ok()
    }

    /// Drops the worst levels down to `depth`; their prices, worst first.
    pub fn trim(&mut self, depth: usize) -> impl Iterator<Item = i64> {
        let (side, beyond) = (self.side, self.levels.len().saturating_sub(depth));
        self.levels.drain(..beyond).map(move |(rank, _)| ranked(side, rank))
    }

    /// Is a price worse than that one?
    pub fn is_worse(&self, price: i64, than: i64) -> bool {
        self.rank(price) < self.rank(than)
    }

    fn place(&self, rank: i64) -> Result<usize, usize> {
        self.levels.binary_search_by_key(&rank, |level| level.0)
    }

    fn shown(&self, &(rank, size): &(i64, i64)) -> (i64, i64) {
        (ranked(self.side, rank), size)
    }

    fn rank(&self, price: i64) -> i64 {
        ranked(self.side, price)
    }
}

/// A price's rank, and a rank's price.
fn ranked(side: Side, price: i64) -> i64 {
    match side {
        Side::Buy => price,
        Side::Sell => -price,
    }
}
