//! An order of which we do not know what became: why, and how far the asking has come.

use hedgewire_core::events::{ClientId, InstrumentId, OrderReport, VenueOrderId};

use crate::rows::Ticket;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    /// The outcome of placing it is unknown.
    Submit,
    /// The outcome of cancelling it is unknown.
    Cancel,
    /// A change of it is not decided.
    Change,
    /// It lived when we last heard of it, and is no longer among the open orders of a sweep or cannot be cancelled.
    Vanished { sweep: Option<u64> },
    /// It was accepted, cannot rest, and no event came; or the venue contradicted itself.
    Silent,
    /// Updates tell of fills that never arrived.
    MissingFill,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Does it wait for its trigger?
    Waiting,
    Open,
    Archived,
    Fills,
}

#[derive(Debug)]
pub(crate) struct Unresolved {
    pub(super) id: u64,
    pub(super) client_id: Option<ClientId>,
    pub(super) instrument: InstrumentId,
    pub(super) venue_order_id: VenueOrderId,
    pub(super) why: Why,
    pub(super) ticket: Option<Ticket>,
    pub(super) valid_until_ms: u64,
    pub(super) next_at_ms: u64,
    pub(super) step: Step,
    pub(super) asking: bool,
    pub(super) rounds: u32,
    /// Rounds in a row in which every question was answered and none knew a living order.
    pub(super) gone_rounds: u32,
    pub(super) archived: Option<OrderReport>,
}

impl Unresolved {
    pub fn new(
        client_id: Option<ClientId>,
        instrument: InstrumentId,
        venue_order_id: VenueOrderId,
        why: Why,
        ticket: Option<Ticket>,
        valid_until_ms: u64,
        next_at_ms: u64,
    ) -> Self {
        let (asking, rounds, gone_rounds, archived) = (false, 0, 0, None);
        let step = Step::Open;
        Self {
            id: 0,
            client_id,
            instrument,
            venue_order_id,
            why,
            ticket,
            valid_until_ms,
            next_at_ms,
            step,
            asking,
            rounds,
            gone_rounds,
            archived,
        }
    }
}
