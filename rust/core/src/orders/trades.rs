//! Which trades were seen: a bounded set that knows how far back its memory reaches.

use std::collections::{HashMap, VecDeque};

use crate::events::UnixNanos;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seen {
    New,
    Before,
    /// As old as trades that have been forgotten: it may have been applied already.
    Undecidable,
}

#[derive(Debug)]
pub(super) struct TradeMemory {
    limit: usize,
    known: HashMap<String, UnixNanos>,
    order: VecDeque<String>,
    forgotten_until: Option<UnixNanos>,
}

impl TradeMemory {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, known: HashMap::new(), order: VecDeque::new(), forgotten_until: None }
    }

    pub(super) fn look_up(&self, trade_id: &str, ts_event: UnixNanos) -> Seen {
        if self.known.contains_key(trade_id) {
            Seen::Before
        } else if self.forgotten_until.is_some_and(|until| ts_event <= until) {
            Seen::Undecidable
        } else {
            Seen::New
        }
    }

    pub(super) fn remember(&mut self, trade_id: &str, ts_event: UnixNanos) {
        if self.known.insert(trade_id.to_owned(), ts_event).is_some() {
            return;
        }
        self.order.push_back(trade_id.to_owned());
        while self.order.len() > self.limit
            && let Some(oldest) = self.order.pop_front()
        {
            let ts = self.known.remove(&oldest);
            self.forgotten_until = self.forgotten_until.max(ts);
        }
    }

    pub(super) fn len(&self) -> usize {
        self.order.len()
    }
}
