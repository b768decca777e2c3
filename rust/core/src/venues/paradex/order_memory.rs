//! What the streams have said of each order: its number and type, its side, whether it ever rested, and the newest of its
//! messages.
//!
//! Needed because a message may repeat or overtake another (`seq_no` rises for each order), because an order that ends is
//! rejected or cancelled by whether it was ever open, because a maker's fill does not surely name its own side, and because
//! a change is signed with the number that the venue gave the order.

use std::collections::{HashMap, VecDeque};

use super::order_fields::OrderFields;
use super::order_names;
use crate::events::{ClientId, Side, VenueOrderId};

/// Orders remembered; the oldest go first.
const MOST: usize = 10_000;

#[derive(Debug, Clone, Copy)]
struct Seen {
    side: Side,
    order_type: &'static str,
    client_id: Option<ClientId>,
    rested: bool,
    seq: u64,
}

/// What of an order a change repeats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placed<'a> {
    pub number: &'a str,
    pub side: Side,
    pub order_type: &'static str,
}

#[derive(Debug, Default)]
pub struct OrderMemory {
    orders: HashMap<String, Seen>,
    numbers: HashMap<ClientId, String>,
    ages: VecDeque<String>,
}

impl OrderMemory {
    /// Notes a message about an order. `None`: older than what is known, or the same again. Else: did it ever rest?
    pub fn note(&mut self, order: &OrderFields, rests: bool) -> Option<bool> {
        if let Some(seen) = self.orders.get_mut(&order.id) {
            if order.seq <= seen.seq {
                return None;
            }
            seen.seq = order.seq;
            seen.rested |= rests;
            return Some(seen.rested);
        }
        self.insert(order, rests, order.seq);
        Some(rests)
    }

    /// What a query shows of an order, whose numbers are not the streams' (reference 5.3): only of one that is new here.
    pub fn learn(&mut self, order: &OrderFields, rested: bool) {
        if !self.orders.contains_key(&order.id) {
            self.insert(order, rested, 0);
        }
    }

    fn insert(&mut self, order: &OrderFields, rested: bool, seq: u64) {
        let OrderFields { side, order_type, client_id, .. } = *order;
        self.orders.insert(order.id.clone(), Seen { side, order_type, client_id, rested, seq });
        if let Some(client_id) = client_id {
            self.numbers.insert(client_id, order.id.clone());
        }
        self.ages.push_back(order.id.clone());
        while self.ages.len() > MOST
            && let Some(oldest) = self.ages.pop_front()
        {
            let client_id = self.orders.remove(&oldest).and_then(|seen| seen.client_id);
            if let Some(client_id) = client_id.filter(|id| self.numbers.get(id) == Some(&oldest)) {
                self.numbers.remove(&client_id);
            }
        }
    }

    /// The order of this name, once the venue has said its number.
    pub fn placed(&self, name: &VenueOrderId) -> Option<Placed<'_>> {
        let number = match order_names::client_id(&name.0) {
            Some(client_id) => self.numbers.get(&client_id)?,
            None => &name.0,
        };
        let (number, seen) = self.orders.get_key_value(number)?;
        Some(Placed { number, side: seen.side, order_type: seen.order_type })
    }

    /// Whose it is, where a message does not say.
    pub fn client_id(&self, id: &str) -> Option<ClientId> {
        self.orders.get(id)?.client_id
    }

    pub fn side(&self, id: &str) -> Option<Side> {
        self.orders.get(id).map(|seen| seen.side)
    }
}
