//! Is the live book the venue's? A snapshot is compared with it, level by level, at the snapshot's own position.
//!
//! A book goes on changing while the snapshot is on its way. Levels that an update touched meanwhile say nothing and are
//! left out; every other level must be the same in both, and one that is not was lost on the way.

use std::collections::BTreeSet;

use super::ladder::Ladder;
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
        let snapshot = audit.snapshot.as_ref().map(|snapshot| snapshot.levels.as_slice()).unwrap_or_default();
        let count = |ours: &Ladder, horizon: Option<i64>, side: Side| {
            let mut theirs = Ladder::new(side);
            for level in snapshot.iter().filter(|level| level.side == side && level.size > 0) {
                theirs.set(level.price, level.size);
            }
            let end = theirs.worst().filter(|_| theirs.len() >= self.config.depth);
            // Beyond the worst level that both sides are sure of, nothing can be compared.
            let known = |price: i64| [horizon, end].into_iter().flatten().all(|worst| !ours.is_worse(price, worst));
            let prices: BTreeSet<i64> = ours.iter().chain(theirs.iter()).map(|(price, _)| price).collect();
            let still = |price: &i64| known(*price) && !audit.touched.contains(&(side == Side::Buy, *price));
            prices.into_iter().filter(still).filter(|price| ours.size(*price) != theirs.size(*price)).count()
        };
        count(&self.bids, self.bid_horizon, Side::Buy) + count(&self.asks, self.ask_horizon, Side::Sell)
    }
}
