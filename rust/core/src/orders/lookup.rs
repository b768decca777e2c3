//! Finding orders, and the registry's own book-keeping.

use super::{FillResult, Key, Order, OrderRegistry, Phase, Seen, TradeMemory, Unclaimed};
use crate::events::{ClientId, Fill, OrderStatus, UnixNanos, VenueOrderId};

impl OrderRegistry {
    pub fn get(&self, client_id: ClientId) -> Option<&Order> {
        self.orders.get(self.by_client.get(&client_id)?)
    }

    pub fn get_by_venue_id(&self, id: &VenueOrderId) -> Option<&Order> {
        self.orders.get(self.by_venue.get(id)?)
    }

    /// Orders whose fate only the venue can tell, oldest first.
    pub fn unresolved(&self) -> Vec<&Order> {
        self.orders.values().filter(|order| order.is_unresolved()).collect()
    }

    /// The venue has been asked about an order it had contradicted itself on.
    pub fn settle(&mut self, client_id: ClientId) {
        if let Some(order) = self.by_client.get(&client_id).and_then(|key| self.orders.get_mut(key)) {
            order.contradicted = false;
        }
    }

    /// The same for an order that may have no client id.
    pub fn settle_venue_id(&mut self, id: &VenueOrderId) {
        if let Some(order) = self.by_venue.get(id).and_then(|key| self.orders.get_mut(key)) {
            order.contradicted = false;
        }
    }

    /// Orders that are not closed, oldest first.
    pub fn open(&self) -> impl Iterator<Item = &Order> {
        self.orders.values().filter(|order| !order.is_closed())
    }

    /// Orders of which updates tell more fills than have arrived: a fill is late, or lost.
    pub fn missing_fills(&self) -> Vec<&Order> {
        self.orders.values().filter(|order| order.missing_fill().is_some()).collect()
    }

    pub fn len(&self) -> usize {
        self.orders.len()
    }

    pub fn is_empty(&self) -> bool {
        self.orders.is_empty()
    }

    /// Trade ids kept beside those of the orders themselves.
    pub fn remembered_trades(&self) -> usize {
        self.trades.as_ref().map_or(0, TradeMemory::len)
    }

    pub(super) fn insert(&mut self, order: Order) -> Key {
        let key = self.next_key;
        self.next_key += 1;
        if let Some(client_id) = order.client_id {
            self.by_client.insert(client_id, key);
        }
        match &order.venue_order_id {
            Some(id) => drop(self.by_venue.insert(id.clone(), key)),
            None => self.nameless += 1,
        }
        self.orders.insert(key, order);
        key
    }

    pub(super) fn find(&self, client_id: Option<ClientId>, venue_id: &VenueOrderId) -> Option<Key> {
        if let Some(key) = self.by_venue.get(venue_id) {
            return Some(*key);
        }
        let key = *self.by_client.get(&client_id?)?;
        // The same client id under another venue id is another program's order.
        self.orders.get(&key)?.venue_order_id.is_none().then_some(key)
    }

    /// False when the order has an id already, or the id belongs to another order.
    pub(super) fn set_venue_id(&mut self, key: Key, id: &VenueOrderId) -> bool {
        let Some(order) = self.orders.get_mut(&key) else { return false };
        if order.venue_order_id.is_some() || self.by_venue.contains_key(id) {
            return false;
        }
        order.venue_order_id = Some(id.clone());
        let still_counted = !order.is_closed();
        self.by_venue.insert(id.clone(), key);
        if still_counted {
            self.nameless -= 1;
        }
        true
    }

    pub(super) fn close(&mut self, key: Key, status: OrderStatus, now: UnixNanos) {
        let Some(order) = self.orders.get_mut(&key) else { return };
        if order.venue_order_id.is_none() {
            self.nameless -= 1;
        }
        order.phase = Phase::Closed(status);
        order.changed_at = now;
        self.closed.push_back(key);
        while self.closed.len() > self.limits.closed
            && let Some(oldest) = self.closed.pop_front()
        {
            self.evict(oldest);
        }
    }

    fn evict(&mut self, key: Key) {
        let Some(order) = self.orders.remove(&key) else { return };
        if let Some(client_id) = order.client_id {
            self.by_client.remove(&client_id);
        }
        if let Some(id) = &order.venue_order_id {
            self.by_venue.remove(id);
        }
        for trade_id in &order.trades {
            self.memory().remember(trade_id, order.traded_until);
        }
    }

    /// Keeps a private event while some order's venue id is unknown. Never at the price of losing another one.
    pub(super) fn keep(&mut self, event: Unclaimed) -> bool {
        let room = self.nameless > 0 && self.unclaimed.len() < self.limits.unclaimed;
        if room {
            self.unclaimed.push_back(event);
        }
        room
    }

    pub(super) fn take_unclaimed_of(&mut self, id: &VenueOrderId) -> Vec<Unclaimed> {
        let names = |event: &Unclaimed| match event {
            Unclaimed::Update(update) => update.venue_order_id == *id,
            Unclaimed::Fill(fill) => fill.venue_order_id == *id,
        };
        let (claimed, rest) = self.unclaimed.drain(..).partition(names);
        self.unclaimed = rest;
        Vec::from(claimed as std::collections::VecDeque<Unclaimed>)
    }

    /// A fill of no order that we know.
    pub(super) fn stray_fill(&mut self, fill: &Fill) -> FillResult {
        match self.memory().look_up(&fill.trade_id, fill.ts_event) {
            Seen::Before => FillResult::Duplicate,
            Seen::Undecidable => {
                self.memory().remember(&fill.trade_id, fill.ts_event);
                FillResult::Stale
            }
            Seen::New if self.keep(Unclaimed::Fill(fill.clone())) => FillResult::Buffered,
            Seen::New => {
                self.memory().remember(&fill.trade_id, fill.ts_event);
                FillResult::Foreign
            }
        }
    }

    fn memory(&mut self) -> &mut TradeMemory {
        let limit = self.limits.trades;
        self.trades.get_or_insert_with(|| TradeMemory::new(limit))
    }
}
