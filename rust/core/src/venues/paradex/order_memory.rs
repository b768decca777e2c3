//! What the streams have said of each order: its side, whether it ever rested, and the newest of its messages.
//!
//! Needed because a message may repeat or overtake another (`seq_no` rises for each order), because an order that ends is
//! rejected or cancelled by whether it was ever open, and because a maker's fill does not surely name its own side.

use std::collections::{HashMap, VecDeque};

use crate::events::{ClientId, Side};

/// Orders remembered; the oldest go first.
const MOST: usize = 10_000;

#[derive(Debug, Clone, Copy)]
struct Seen {
    side: Side,
    client_id: Option<ClientId>,
    rested: bool,
    seq: u64,
}

#[derive(Debug, Default)]
pub struct OrderMemory {
    orders: HashMap<String, Seen>,
    ages: VecDeque<String>,
}

impl OrderMemory {
    /// Notes a message about an order. `None`: older than what is known, or the same again. Else: did it ever rest?
    pub fn note(&mut self, id: &str, client_id: Option<ClientId>, side: Side, rests: bool, seq: u64) -> Option<bool> {
        if let Some(seen) = self.orders.get_mut(id) {
            if seq <= seen.seq {
                return None;
            }
            seen.seq = seq;
            seen.rested |= rests;
            return Some(seen.rested);
        }
        self.orders.insert(id.to_owned(), Seen { side, client_id, rested: rests, seq });
        self.ages.push_back(id.to_owned());
        while self.ages.len() > MOST
            && let Some(oldest) = self.ages.pop_front()
        {
            self.orders.remove(&oldest);
        }
        Some(rests)
    }

    /// What a query shows of an order, whose numbers are not the streams' (reference 5.3): only of one that is new here.
    pub fn learn(&mut self, id: &str, client_id: Option<ClientId>, side: Side, rested: bool) {
        if !self.orders.contains_key(id) {
            self.note(id, client_id, side, rested, 0);
        }
    }

    /// Whose it is, where a message does not say.
    pub fn client_id(&self, id: &str) -> Option<ClientId> {
        self.orders.get(id)?.client_id
    }

    pub fn side(&self, id: &str) -> Option<Side> {
        self.orders.get(id).map(|seen| seen.side)
    }
}
