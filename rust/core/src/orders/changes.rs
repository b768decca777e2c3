//! Changes of living orders: what was asked counts beside what is, until the venue has decided.

use super::OrderRegistry;
use crate::decimal::BaseQty;
use crate::events::{OrderStatus, UnixNanos, VenueOrderId};

impl OrderRegistry {
    /// A change to this quantity is about to be sent.
    pub fn expect_change(&mut self, id: &VenueOrderId, quantity: BaseQty) {
        if let Some(order) = self.by_venue.get(id).and_then(|key| self.orders.get_mut(key)) {
            order.asked_quantity = Some(quantity);
        }
    }

    /// The venue has decided on it, or it was never sent. An order that is full by what it is now ends.
    pub fn end_change(&mut self, id: &VenueOrderId, now: UnixNanos) {
        let Some(key) = self.by_venue.get(id).copied() else { return };
        let Some(order) = self.orders.get_mut(&key) else { return };
        order.asked_quantity = None;
        if !order.is_closed() && order.filled >= order.quantity {
            self.close(key, OrderStatus::Filled, now);
        }
    }

    /// Notes that the venue refused a change. False: it had said so before, or the order is none of ours.
    pub fn note_refused_change(&mut self, id: &VenueOrderId, request: &str) -> bool {
        let order = self.by_venue.get(id).and_then(|key| self.orders.get_mut(key));
        let Some(order) = order.filter(|order| order.refused_change != request) else { return false };
        request.clone_into(&mut order.refused_change);
        true
    }
}
