//! Is the live book the venue's? A snapshot is compared with it, level by level, at the snapshot's own position.
//!
//! A book goes on changing while the snapshot is on its way. Levels that an update touched meanwhile say nothing and are
//! left out; every other level must be the same in both, and one that is not was lost on the way.

use std::collections::{BTreeMap, BTreeSet};

use super::{BookAction, BookSync, ResnapshotReason, Sync};
use crate::events::{BookUpdate, Level, Side};

/// A comparison under way.
#[derive(Debug)]
pub(super) struct Audit {
    /// Position of the book when the snapshot was asked for.
    since: u64,
    touched: BTreeSet<(bool, i64)>,
    /// Arrived, but newer than the book: updates up to its position are still to come.
    snapshot: Option<BookUpdate>,
}

impl Audit {
    pub(super) fn touch(&mut self, levels: &[Level]) {
        self.touched.extend(levels.iter().map(|level| (level.side == Side::Buy, level.price)));
    }
}

impl BookSync {
    /// Have so many updates come since the last comparison that another is due?
    pub fn audit_due(&self) -> bool {
        let since = self.counters.messages.saturating_sub(self.audited_at);
        self.config.audit_every > 0 && self.audit.is_none() && self.is_live() && since >= self.config.audit_every
    }

    /// Call when a snapshot is asked for; its answer goes to [`audit`](Self::audit) or [`abandon_audit`](Self::abandon_audit).
    pub fn begin_audit(&mut self) {
        self.audited_at = self.counters.messages;
        self.audit = self.last().map(|since| Audit { since, touched: BTreeSet::new(), snapshot: None });
    }

    pub fn abandon_audit(&mut self) {
        self.audit = None;
    }

    /// The snapshot that was asked for. It is compared now, or when the book has come to its position.
    pub fn audit(&mut self, snapshot: BookUpdate) -> BookAction {
        match &mut self.audit {
            // Older than the question: levels touched in between are not known.
            Some(audit) if snapshot.last < audit.since => self.abandon_audit(),
            Some(audit) => audit.snapshot = Some(snapshot),
            None => {}
        }
        self.conclude_audit().unwrap_or(BookAction::Nothing)
    }

    /// `Some`: the book is not the venue's, and a new snapshot is needed.
    pub(super) fn conclude_audit(&mut self) -> Option<BookAction> {
        let Sync::Live { last, .. } = self.sync else { return None };
        let snapshot = self.audit.as_ref()?.snapshot.as_ref()?;
        if snapshot.last > last {
            return None;
        }
        let audit = self.audit.take()?;
        let levels = self.differences(&audit);
        self.counters.audits += 1;
        (levels > 0).then(|| self.resnapshot(ResnapshotReason::Differs { levels }, None))
    }

    fn differences(&self, audit: &Audit) -> usize {
        let theirs = audit.snapshot.as_ref().map(|snapshot| snapshot.levels.as_slice()).unwrap_or_default();
        let of_side = |side: Side| -> BTreeMap<i64, i64> {
            let levels = theirs.iter().filter(|level| level.side == side && level.size > 0);
            levels.map(|level| (level.price, level.size)).collect()
        };
        let (their_bids, their_asks) = (of_side(Side::Buy), of_side(Side::Sell));
        let full = |levels: &BTreeMap<i64, i64>| levels.len() >= self.config.depth;
        // Beyond the worst level that both sides are sure of, nothing can be compared.
        let bid_end = full(&their_bids).then(|| their_bids.first_key_value().map(|(price, _)| *price)).flatten();
        let ask_end = full(&their_asks).then(|| their_asks.last_key_value().map(|(price, _)| *price)).flatten();
        let lowest = self.bid_horizon.max(bid_end).unwrap_or(i64::MIN);
        let highest = [self.ask_horizon, ask_end].into_iter().flatten().min().unwrap_or(i64::MAX);
        let count = |ours: &BTreeMap<i64, i64>, theirs: &BTreeMap<i64, i64>, is_bid: bool| {
            let prices: BTreeSet<&i64> = ours.keys().chain(theirs.keys()).collect();
            let known = prices.into_iter().filter(|&&price| if is_bid { price >= lowest } else { price <= highest });
            let still = known.filter(|&&price| !audit.touched.contains(&(is_bid, price)));
            still.filter(|price| ours.get(price) != theirs.get(price)).count()
        };
        count(&self.bids, &their_bids, true) + count(&self.asks, &their_asks, false)
    }
}
