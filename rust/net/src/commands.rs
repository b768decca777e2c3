//! What a caller may ask of a driver.

use std::sync::mpsc::SyncSender;

use hedgewire_core::events::{ClientId, InstrumentId, VenueOrderId};
use hedgewire_core::venues::{Command, Query, Stream};

use crate::rows::Ticket;

#[derive(Debug)]
pub enum ClientCommand {
    /// Answered when the client is usable, or after `timeout_ms`.
    Connect {
        ticket: Ticket,
        timeout_ms: u64,
    },
    Subscribe {
        ticket: Ticket,
        stream: Stream,
    },
    Unsubscribe {
        ticket: Ticket,
        stream: Stream,
    },
    Act {
        ticket: Ticket,
        command: Command,
    },
    Ask {
        ticket: Ticket,
        query: Query,
    },
    Adopt(Adoption),
    /// Answers with the health document.
    Health {
        answer: SyncSender<String>,
    },
}

/// An order of an earlier session, with what was already applied of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adoption {
    pub client_id: ClientId,
    pub instrument: InstrumentId,
    pub venue_order_id: VenueOrderId,
    pub filled_x18: i128,
    pub trade_ids: Vec<String>,
}
