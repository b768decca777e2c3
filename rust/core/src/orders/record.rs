//! One order and the rules by which its record may change.

use std::collections::BTreeSet;

use crate::decimal::BaseQty;
use crate::events::{ClientId, InstrumentId, OrderStatus, Side, Terms, UnixNanos, VenueOrderId};

/// How an order came to be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Registered by us before it was sent.
    Registered,
    /// Found at the venue: an earlier run, another program, a person.
    Adopted,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Registered; the venue has not been heard of yet.
    Pending,
    /// The venue may or may not have it: to be asked, never to be sent again.
    Unknown,
    /// Live at the venue.
    Open,
    /// Over, with a terminal status.
    Closed(OrderStatus),
}

/// What is known of one order. Cumulative quantities never fall; a closed order stays closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    pub client_id: Option<ClientId>,
    pub venue_order_id: Option<VenueOrderId>,
    pub instrument: InstrumentId,
    pub side: Side,
    /// As the venue said it last; before that, as it was ordered.
    pub quantity: BaseQty,
    /// What the venue said last of all that may change; `None` until it has.
    pub terms: Option<Terms>,
    /// When that was true, on the venue's clock.
    pub terms_at: UnixNanos,
    /// The quantity of a change that is on its way: until it is decided, either may be the order's.
    pub asked_quantity: Option<BaseQty>,
    /// The last change that the venue refused.
    pub(super) refused_change: String,
    pub origin: Origin,
    pub phase: Phase,
    /// Sum of the fills applied, those of an earlier run included.
    pub filled: BaseQty,
    /// What the venue's order updates imply; above `filled` while a fill is on its way, or lost.
    pub filled_by_updates: BaseQty,
    /// The venue contradicted itself about this order: see the result that said so.
    pub contradicted: bool,
    pub registered_at: UnixNanos,
    pub changed_at: UnixNanos,
    pub(super) trades: BTreeSet<String>,
    /// The latest of its trades, on the venue's clock.
    pub(super) traded_until: UnixNanos,
}

impl Order {
    pub fn is_closed(&self) -> bool {
        matches!(self.phase, Phase::Closed(_))
    }

    /// The most that may be filled of it.
    pub fn most(&self) -> BaseQty {
        self.asked_quantity.map_or(self.quantity, |asked| asked.max(self.quantity))
    }

    /// Filled beyond its quantity: by how much.
    pub fn overfill(&self) -> Option<BaseQty> {
        self.filled.checked_sub(self.most()).filter(|over| *over > BaseQty::ZERO)
    }

    /// Takes what the venue says of its terms, unless it is older than what is known. True: they are others now; the first
    /// that are told are others if the quantity is not the one that was ordered.
    pub(super) fn take_terms(&mut self, said: Option<Terms>, at: UnixNanos) -> bool {
        let Some(said) = said.filter(|said| said.quantity > BaseQty::ZERO && at >= self.terms_at) else { return false };
        let trigger_price = said.trigger_price.or(self.terms.and_then(|known| known.trigger_price));
        let said = Terms { trigger_price, ..said };
        let ordered = std::mem::replace(&mut self.quantity, said.quantity);
        self.terms_at = at;
        self.terms.replace(said).map_or(ordered != said.quantity, |known| known != said)
    }

    /// What the updates say was filled and no fill has told yet.
    pub fn missing_fill(&self) -> Option<BaseQty> {
        self.filled_by_updates.checked_sub(self.filled).filter(|missing| *missing > BaseQty::ZERO)
    }

    /// The most that fills or updates tell.
    pub fn known_filled(&self) -> BaseQty {
        self.filled.max(self.filled_by_updates)
    }

    /// Must the venue be asked what became of it?
    pub fn is_unresolved(&self) -> bool {
        self.phase == Phase::Unknown || self.contradicted
    }

    /// The status as the field's vocabulary has it; `None` before the venue confirmed the order.
    pub fn status(&self) -> Option<OrderStatus> {
        match self.phase {
            Phase::Pending | Phase::Unknown => None,
            Phase::Open if self.known_filled().is_zero() => Some(OrderStatus::Accepted),
            Phase::Open => Some(OrderStatus::PartiallyFilled),
            Phase::Closed(status) => Some(status),
        }
    }
}
