//! What leaves the driver: rows, in the order in which the network thread saw them. The bindings make tuples of them.

use hedgewire_core::events::{ClientId, Event, Fill, InstrumentId, OrderUpdate, UnixNanos, VenueOrderId};
use hedgewire_core::instruments::Instrument;
use hedgewire_core::session::SessionState;
use hedgewire_core::venues::{SocketRole, Stream};

/// A caller's number for one command or query.
pub type Ticket = u64;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Accepted,
    Rejected,
    Unknown,
    RefusedHere,
    Found,
    NotFound,
    Unavailable,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamState {
    Pending,
    Active,
    Failed,
    Stale,
    Idle,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    Warning,
    Error,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Row {
    /// Anything a venue decodes that needs no more than the moment it was seen.
    Event {
        event: Event,
        ts_init: UnixNanos,
    },
    /// `filled_x18`: cumulative, where the registry knows it.
    OrderUpdate {
        update: OrderUpdate,
        filled_x18: Option<i128>,
        ts_init: UnixNanos,
    },
    Fill {
        fill: Fill,
        ts_init: UnixNanos,
    },
    Instrument(Box<Instrument>),
    Reply {
        ticket: Ticket,
        verdict: Verdict,
        code: String,
        reason: String,
        rows: Vec<Row>,
    },
    Sent {
        ticket: Ticket,
        client_id: ClientId,
        venue_order_id: VenueOrderId,
        ts: UnixNanos,
    },
    OrderOutcome {
        ticket: Ticket,
        client_id: Option<ClientId>,
        verdict: Verdict,
        venue_order_id: Option<VenueOrderId>,
        code: String,
        reason: String,
        due_post_only: bool,
        ts: UnixNanos,
    },
    Socket {
        role: SocketRole,
        state: SessionState,
        reason: String,
        ts: UnixNanos,
    },
    Stream {
        stream: Stream,
        state: StreamState,
        reason: String,
        ts: UnixNanos,
    },
    CatchUp {
        reason: String,
        ts: UnixNanos,
    },
    Notice {
        level: Level,
        text: String,
        ts: UnixNanos,
    },
}

impl Row {
    /// The instrument of a quote: only the latest of each is worth keeping when there is no room.
    pub fn quoted_instrument(&self) -> Option<InstrumentId> {
        match self {
            Self::Event { event: Event::Quote(quote), .. } => Some(quote.instrument),
            _ => None,
        }
    }

    /// The instrument of a book row, which may be dropped because a snapshot makes it good.
    pub fn book_instrument(&self) -> Option<InstrumentId> {
        match self {
            Self::Event { event: Event::Book(book), .. } => Some(book.instrument),
            _ => None,
        }
    }
}
