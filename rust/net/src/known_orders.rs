//! The venue's order ids by client id, readable from the caller's thread the moment an order is registered.

use std::collections::{HashMap, VecDeque};

use hedgewire_core::events::{ClientId, VenueOrderId};

use crate::sync::{Mutex, PoisonError};

/// As many of the latest orders as are remembered here.
const CAPACITY: usize = 65_536;

#[derive(Debug, Default)]
pub struct KnownOrders {
    inner: Mutex<(HashMap<ClientId, VenueOrderId>, VecDeque<ClientId>)>,
}

impl KnownOrders {
    pub fn get(&self, client_id: ClientId) -> Option<VenueOrderId> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).0.get(&client_id).cloned()
    }

    pub fn put(&self, client_id: ClientId, venue_order_id: VenueOrderId) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let (ids, order) = &mut *inner;
        if ids.insert(client_id, venue_order_id).is_none() {
            order.push_back(client_id);
            if order.len() > CAPACITY
                && let Some(oldest) = order.pop_front()
            {
                ids.remove(&oldest);
            }
        }
    }
}
