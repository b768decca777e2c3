//! One instrument's L2 book: snapshot and deltas joined, gaps and crossed books found, nothing guessed.
//!
//! Nado reference 4.4 (book_depth) is the rule for joining: buffer until a snapshot of position T, drop what ends at or
//! before T, apply the rest, then require each update to begin where the one before it ended.

mod action;
mod audit;
mod ladder;

use std::collections::VecDeque;

use audit::Audit;
use ladder::Ladder;

pub use action::{BookAction, BookConfig, BookCounters, ResnapshotReason};

use crate::events::{BookUpdate, InstrumentId, Level, Side};

#[derive(Debug)]
enum Sync {
    /// Waiting for a snapshot; `evicted_last` is the end of the newest update that the full buffer pushed out.
    Waiting { buffer: VecDeque<BookUpdate>, evicted_last: u64 },
    /// `chained` is false until the first update after a snapshot.
    Live { last: u64, chained: bool, old_in_a_row: u32 },
}

#[derive(Debug)]
pub struct BookSync {
    instrument: InstrumentId,
    config: BookConfig,
    bids: Ladder,
    asks: Ladder,
    /// The worst price of each side up to which all levels are known; `None`: the whole side is.
    bid_horizon: Option<i64>,
    ask_horizon: Option<i64>,
    sync: Sync,
    checked_at: u64,
    audit: Option<Audit>,
    audited_at: u64,
    counters: BookCounters,
}

impl BookSync {
    /// A book that waits for its first snapshot, which the caller has to request.
    pub fn new(instrument: InstrumentId, config: BookConfig) -> Self {
        Self {
            instrument,
            config,
            bids: Ladder::new(Side::Buy),
            asks: Ladder::new(Side::Sell),
            bid_horizon: None,
            ask_horizon: None,
            sync: waiting(),
            checked_at: 0,
            audit: None,
            audited_at: 0,
            counters: BookCounters::default(),
        }
    }

    /// Forgets everything (the connection is gone); a snapshot has to be requested again.
    pub fn reset(&mut self) {
        self.clear();
        self.sync = waiting();
    }

    pub fn is_live(&self) -> bool {
        matches!(self.sync, Sync::Live { .. })
    }

    pub fn depth(&self) -> usize {
        self.config.depth
    }

    pub fn counters(&self) -> BookCounters {
        self.counters
    }

    /// Position of the book in the venue's sequence; `None` while waiting.
    pub fn last(&self) -> Option<u64> {
        match self.sync {
            Sync::Live { last, .. } => Some(last),
            Sync::Waiting { .. } => None,
        }
    }

    /// Best bid as (price, size); `None` on an empty side or while waiting.
    pub fn best_bid(&self) -> Option<(i64, i64)> {
        self.bids.best()
    }

    /// Best ask as (price, size).
    pub fn best_ask(&self) -> Option<(i64, i64)> {
        self.asks.best()
    }

    /// Levels of one side, best first.
    pub fn side(&self, side: Side) -> Vec<(i64, i64)> {
        match side {
            Side::Buy => self.bids.iter().collect(),
            Side::Sell => self.asks.iter().collect(),
        }
    }

    /// Feeds a snapshot or a delta.
    pub fn apply(&mut self, update: BookUpdate) -> BookAction {
        self.counters.messages += 1;
        if let Err(defect) = check_levels(self.instrument, &update) {
            self.counters.malformed += 1;
            return match self.sync {
                Sync::Live { .. } => self.resnapshot(ResnapshotReason::Malformed(defect), None),
                Sync::Waiting { .. } if update.snapshot => self.ask(ResnapshotReason::Malformed(defect)),
                // A hole in the buffer: the chain shows it if the snapshot does not cover it.
                Sync::Waiting { .. } => BookAction::Nothing,
            };
        }
        if update.snapshot {
            return self.snapshot(update);
        }
        match &mut self.sync {
            Sync::Waiting { buffer, evicted_last } => {
                if buffer.len() == self.config.buffer_limit
                    && let Some(evicted) = buffer.pop_front()
                {
                    *evicted_last = (*evicted_last).max(evicted.last);
                    self.counters.buffer_overflows += 1;
                }
                buffer.push_back(update);
                BookAction::Nothing
            }
            Sync::Live { .. } => self.delta(update),
        }
    }

    fn snapshot(&mut self, snapshot: BookUpdate) -> BookAction {
        let (buffer, evicted_last) = match std::mem::replace(&mut self.sync, waiting()) {
            Sync::Waiting { buffer, evicted_last } => (buffer, evicted_last),
            Sync::Live { last, chained, old_in_a_row } if snapshot.last <= last => {
                // An answer that we no longer wait for: older than the book, or the same again from an earlier moment.
                self.sync = Sync::Live { last, chained, old_in_a_row };
                self.counters.old += 1;
                return BookAction::Nothing;
            }
            Sync::Live { .. } => (VecDeque::new(), 0),
        };
        if snapshot.last < evicted_last {
            self.sync = Sync::Waiting { buffer, evicted_last };
            let reason = ResnapshotReason::SnapshotTooOld { snapshot_last: snapshot.last, needed: evicted_last };
            return self.ask(reason);
        }
        self.clear();
        self.counters.snapshots += 1;
        for level in snapshot.levels.iter().filter(|level| level.size > 0) {
            self.ladder(level.side).set(level.price, level.size);
        }
        self.bid_horizon = full_side_horizon(&mut self.bids, self.config.depth);
        self.ask_horizon = full_side_horizon(&mut self.asks, self.config.depth);
        if let Some((bid, ask)) = self.crossed() {
            self.counters.crossed += 1;
            self.sync = Sync::Waiting { buffer, evicted_last };
            self.clear();
            return self.ask(ResnapshotReason::Crossed { bid, ask });
        }
        self.sync = Sync::Live { last: snapshot.last, chained: false, old_in_a_row: 0 };
        let mut ts_event = snapshot.ts_event;
        let mut rest = buffer.into_iter();
        while let Some(update) = rest.next() {
            let update_ts = update.ts_event;
            match self.delta(update) {
                BookAction::Nothing => {}
                BookAction::Forward(_) => ts_event = ts_event.max(update_ts),
                BookAction::Resnapshot(reason) => {
                    // The updates behind the one that failed are needed with the next snapshot.
                    if let Sync::Waiting { buffer, .. } = &mut self.sync {
                        buffer.extend(rest);
                    }
                    return BookAction::Resnapshot(reason);
                }
            }
        }
        BookAction::Forward(self.whole(ts_event))
    }

    /// A delta on a live book.
    fn delta(&mut self, update: BookUpdate) -> BookAction {
        let Sync::Live { last, chained, old_in_a_row } = &mut self.sync else {
            return BookAction::Nothing;
        };
        if update.last <= *last {
            self.counters.old += 1;
            *old_in_a_row += 1;
            if *old_in_a_row >= self.config.old_limit {
                let reason = ResnapshotReason::SequenceRestarted { last: *last, seen: update.last };
                return self.resnapshot(reason, None);
            }
            return BookAction::Nothing;
        }
        *old_in_a_row = 0;
        let last = *last;
        if *chained && let Some(previous_last) = update.previous_last.filter(|previous| *previous != last) {
            self.counters.gaps += 1;
            let reason = ResnapshotReason::Gap { last, previous_last };
            return self.resnapshot(reason, Some(update));
        }
        if !*chained && let Some(needed) = update.previous_last.filter(|previous| *previous > last) {
            // Something happened between the snapshot and this update that neither of them contains.
            self.counters.gaps += 1;
            let reason = ResnapshotReason::SnapshotTooOld { snapshot_last: last, needed };
            return self.resnapshot(reason, Some(update));
        }
        let mut forwarded = Vec::with_capacity(update.levels.len());
        for level in &update.levels {
            self.put(*level, &mut forwarded);
        }
        self.trim(&mut forwarded);
        if let Some((bid, ask)) = self.crossed() {
            self.counters.crossed += 1;
            return self.resnapshot(ResnapshotReason::Crossed { bid, ask }, Some(update));
        }
        if let Some(reason) = self.thin() {
            return self.resnapshot(reason, Some(update));
        }
        if self.counters.messages.saturating_sub(self.checked_at) >= self.config.check_every {
            self.checked_at = self.counters.messages;
            self.counters.checks += 1;
            if let Err(defect) = self.check_integrity() {
                return self.resnapshot(ResnapshotReason::Integrity(defect), Some(update));
            }
        }
        self.sync = Sync::Live { last: update.last, chained: true, old_in_a_row: 0 };
        if let Some(audit) = &mut self.audit {
            audit.touch(&update.levels);
            audit.touch(&forwarded);
            if let Some(action) = self.conclude_audit() {
                return action;
            }
        }
        if forwarded.is_empty() {
            return BookAction::Nothing;
        }
        BookAction::Forward(BookUpdate { levels: forwarded, ..update })
    }

    fn put(&mut self, level: Level, forwarded: &mut Vec<Level>) {
        let (ladder, horizon) = match level.side {
            Side::Buy => (&mut self.bids, self.bid_horizon),
            Side::Sell => (&mut self.asks, self.ask_horizon),
        };
        if horizon.is_some_and(|worst| ladder.is_worse(level.price, worst)) {
            return;
        }
        if level.size > 0 {
            ladder.set(level.price, level.size);
        } else if !ladder.remove(level.price) {
            return;
        }
        forwarded.push(level);
    }

    /// Drops levels beyond the depth and tells the receiver to drop them too.
    fn trim(&mut self, forwarded: &mut Vec<Level>) {
        for (side, ladder, horizon) in
            [(Side::Buy, &mut self.bids, &mut self.bid_horizon), (Side::Sell, &mut self.asks, &mut self.ask_horizon)]
        {
            if ladder.len() > self.config.depth {
                forwarded.extend(ladder.trim(self.config.depth).map(|price| Level { side, price, size: 0 }));
                *horizon = ladder.worst();
            }
        }
    }

    /// Everything that must hold of a live book.
    pub fn check_integrity(&self) -> Result<(), &'static str> {
        if self.crossed().is_some() {
            return Err("best bid is not below best ask");
        }
        if self.bids.len().max(self.asks.len()) > self.config.depth {
            return Err("more levels than the depth");
        }
        if self.bids.iter().chain(self.asks.iter()).any(|(price, size)| price <= 0 || size <= 0) {
            return Err("a price or size that is not positive");
        }
        Ok(())
    }

    fn thin(&self) -> Option<ResnapshotReason> {
        let least = self.config.depth / 2;
        let thin = |levels: usize, horizon: Option<i64>| horizon.is_some() && levels < least;
        if thin(self.bids.len(), self.bid_horizon) {
            return Some(ResnapshotReason::Thin { side: Side::Buy, levels: self.bids.len() });
        }
        thin(self.asks.len(), self.ask_horizon)
            .then_some(ResnapshotReason::Thin { side: Side::Sell, levels: self.asks.len() })
    }

    /// A locked book counts as crossed: the two would have traded.
    fn crossed(&self) -> Option<(i64, i64)> {
        let (bid, ask) = (self.best_bid()?.0, self.best_ask()?.0);
        (bid >= ask).then_some((bid, ask))
    }

    fn whole(&self, ts_event: u64) -> BookUpdate {
        let last = self.last().unwrap_or(0);
        let level = |side| move |(price, size)| Level { side, price, size };
        let bids = self.side(Side::Buy).into_iter().map(level(Side::Buy));
        let levels = bids.chain(self.side(Side::Sell).into_iter().map(level(Side::Sell))).collect();
        BookUpdate {
            instrument: self.instrument,
            snapshot: true,
            first: last,
            last,
            previous_last: None,
            levels,
            ts_event,
        }
    }

    /// Stops believing the book; `update` is kept for the next snapshot.
    fn resnapshot(&mut self, reason: ResnapshotReason, update: Option<BookUpdate>) -> BookAction {
        self.clear();
        self.sync = Sync::Waiting { buffer: update.into_iter().collect(), evicted_last: 0 };
        self.ask(reason)
    }

    fn ask(&mut self, reason: ResnapshotReason) -> BookAction {
        self.counters.resnapshots += 1;
        BookAction::Resnapshot(reason)
    }

    fn ladder(&mut self, side: Side) -> &mut Ladder {
        match side {
            Side::Buy => &mut self.bids,
            Side::Sell => &mut self.asks,
        }
    }

    fn clear(&mut self) {
        self.bids.clear();
        self.asks.clear();
        self.bid_horizon = None;
        self.ask_horizon = None;
        self.audit = None;
    }
}

fn waiting() -> Sync {
    Sync::Waiting { buffer: VecDeque::new(), evicted_last: 0 }
}

fn check_levels(instrument: InstrumentId, update: &BookUpdate) -> Result<(), &'static str> {
    if update.instrument != instrument {
        return Err("an update of another instrument");
    }
    if update.levels.iter().any(|level| level.price <= 0) {
        return Err("a price that is not positive");
    }
    if update.levels.iter().any(|level| level.size < 0) {
        return Err("a negative size");
    }
    Ok(())
}

/// Trims a snapshot's side to the depth. A side that filled the depth may go on beyond it, out of our sight.
fn full_side_horizon(ladder: &mut Ladder, depth: usize) -> Option<i64> {
    drop(ladder.trim(depth));
    if ladder.len() < depth { None } else { ladder.worst() }
}
