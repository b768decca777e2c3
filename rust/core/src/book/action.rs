//! What a book is told, what it answers, and what it counts.

use crate::events::{BookUpdate, Side};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BookConfig {
    /// Levels kept on each side, and the depth to ask of snapshots: what lies deeper than a full snapshot is unknown.
    pub depth: usize,
    /// Updates kept while a snapshot is on its way.
    pub buffer_limit: usize,
    /// Messages between two integrity checks.
    pub check_every: u64,
    /// Updates between two comparisons with a snapshot of the venue's; 0: never.
    pub audit_every: u64,
    /// Old updates in a row after which the sequence itself must have begun anew.
    pub old_limit: u32,
}

impl Default for BookConfig {
    fn default() -> Self {
        Self { depth: 100, buffer_limit: 1_024, check_every: 1_000, audit_every: 1_000, old_limit: 100 }
    }
}

/// Why a book is no longer believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResnapshotReason {
    /// An update was lost: the new one follows `previous_last`, ours ended at `last`.
    Gap {
        last: u64,
        previous_last: u64,
    },
    /// The snapshot is older than updates that we no longer have or never saw.
    SnapshotTooOld {
        snapshot_last: u64,
        needed: u64,
    },
    Crossed {
        bid: i64,
        ask: i64,
    },
    /// A price that is not positive, a negative size, or a figure of another instrument.
    Malformed(&'static str),
    /// So many levels inside the known range are gone that the depth is no longer known.
    Thin {
        side: Side,
        levels: usize,
    },
    /// Only old updates arrive.
    SequenceRestarted {
        last: u64,
        seen: u64,
    },
    /// A snapshot of the venue's has other levels where nothing was said to have changed.
    Differs {
        levels: usize,
    },
    /// The periodic check found a broken book.
    Integrity(&'static str),
}

/// What to do after an update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BookAction {
    /// Buffered, old, or of no effect.
    Nothing,
    /// Pass this on. With `snapshot` it is the whole book and replaces what was known.
    Forward(BookUpdate),
    /// Ask for a snapshot, once; updates are buffered until it comes.
    Resnapshot(ResnapshotReason),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BookCounters {
    pub messages: u64,
    pub snapshots: u64,
    pub old: u64,
    pub gaps: u64,
    pub crossed: u64,
    pub malformed: u64,
    pub resnapshots: u64,
    pub buffer_overflows: u64,
    /// Comparisons with a snapshot that came to a conclusion.
    pub audits: u64,
    /// Periodic integrity checks made.
    pub checks: u64,
}
