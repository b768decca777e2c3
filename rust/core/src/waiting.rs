//! Orders that wait at the venue for a price, or for another order, before they reach the book.

use crate::decimal::{BaseQty, Price};
use crate::terms::{ClientId, InstrumentId, OrderKind, Side, UnixNanos, VenueOrderId};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TriggerSource {
    Last,
    Mid,
    /// The venue's index.
    Oracle,
    Mark,
}

/// Released when the price of `source` reaches `price`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceTrigger {
    pub source: TriggerSource,
    /// True: from below, at or above `price`. False: from above, at or below.
    pub above: bool,
    pub price: Price,
    /// Only looked at once this other order has filled.
    pub after: Option<Dependency>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependency {
    pub venue_order_id: VenueOrderId,
    /// A first fill of the other order is enough.
    pub on_partial_fill: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WaitingState {
    Waiting,
    /// It went to the book, which took it: from here on it is an order like any other, under the same id.
    Triggered,
    /// Placed elsewhere to be sent in slices, which share its id.
    Slicing,
    /// All slices were sent.
    Sliced,
    Canceled,
    Expired,
    /// It went to the book, which refused it, or the venue failed to send it.
    Failed,
}

/// A waiting order as a query shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingReport {
    pub instrument: InstrumentId,
    pub venue_order_id: VenueOrderId,
    pub client_id: Option<ClientId>,
    pub side: Side,
    pub kind: OrderKind,
    pub state: WaitingState,
    pub price: Price,
    pub quantity: BaseQty,
    pub reduce_only: bool,
    pub expires_s: Option<u64>,
    /// `None`: it waits for something that is no price.
    pub trigger: Option<PriceTrigger>,
    /// What it waits for, or why it ended.
    pub reason: String,
    pub ts_accepted: UnixNanos,
    pub ts_event: UnixNanos,
}
