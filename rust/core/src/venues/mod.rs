//! What a venue must answer. The only file that lists the venues.

mod commands;
mod config_fields;
mod eights;
mod evm_key;
mod expectations;
mod hex;
mod instrument_table;
mod levels;
pub mod nado;
mod order_checks;
mod order_params;
pub mod paradex;
mod rest;
mod scan;

pub use commands::{CancelTarget, Change, Command, Encoded, NewOrder, Outcome, Outcomes};
pub use rest::{Method, Reply, Request};

use crate::error::{CommandError, DecodeError, VenueError};
use crate::events::{Event, InstrumentId, UnixNanos, VenueOrderId};
use crate::instruments::Instrument;
use crate::ratelimit::LimitRule;

/// Which of a venue's sockets a frame belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SocketRole {
    /// Public and private streams.
    Streams,
    /// Orders and cancels with correlated replies.
    Actions,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SocketSpec {
    pub role: SocketRole,
    pub url: String,
    /// The venue refuses clients without permessage-deflate; we then refuse a server that does not negotiate it.
    pub deflate_required: bool,
    pub login_required: bool,
    pub ping_interval_ms: u64,
    /// Silence of the whole socket after which it counts as dead.
    pub idle_timeout_ms: u64,
}

/// A stream that a trader wants. `param` is the stream's own parameter (bars: granularity in seconds; else 0).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Stream {
    pub kind: StreamKind,
    /// `None`: all instruments (private streams).
    pub instrument: Option<InstrumentId>,
    pub param: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum StreamKind {
    Book,
    Quotes,
    /// Best prices of every instrument in one stream, without sizes.
    BestPrices,
    Trades,
    Bars,
    FundingRate,
    FundingPayments,
    Liquidations,
    /// Mark and index prices, with open interest where they come together.
    ReferencePrices,
    Orders,
    Fills,
    Positions,
    Account,
}

impl StreamKind {
    pub fn is_private(self) -> bool {
        matches!(self, Self::Orders | Self::Fills | Self::Positions | Self::Account)
    }
}

/// What a trader asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Query {
    ServerTime,
    /// Among the open orders. Where `ArchivedOrder` exists, `NotFound` here only says that it is not open (any more, or yet).
    Order {
        instrument: InstrumentId,
        venue_order_id: VenueOrderId,
    },
    /// Among the orders that have traded. An order that never filled need not be there.
    ArchivedOrder {
        instrument: InstrumentId,
        venue_order_id: VenueOrderId,
    },
    OpenOrders {
        instrument: Option<InstrumentId>,
    },
    /// The given orders whatever became of them, or (none given) all that wait for a trigger.
    WaitingOrders {
        instrument: Option<InstrumentId>,
        venue_order_ids: Vec<VenueOrderId>,
    },
    /// Orders that have traded since then, newest `limit` of them, open or not. `since_s`: Unix seconds.
    OrderHistory {
        instrument: Option<InstrumentId>,
        since_s: Option<u64>,
        limit: u32,
    },
    /// One of the venue's own questions by its name, with its parameters (JSON); answered by `Event::Document`.
    Document {
        name: String,
        params: String,
    },
    /// `since_s`: Unix seconds. Of the executions since then the newest `limit`, before `venue_order_id` is looked at.
    Fills {
        instrument: Option<InstrumentId>,
        venue_order_id: Option<VenueOrderId>,
        since_s: Option<u64>,
        limit: u32,
    },
    /// Cross positions: one event per listed perpetual, flat ones with quantity zero.
    Positions,
    /// Positions with their own margin. A venue that has none answers `Found` with no events.
    IsolatedPositions,
    Account,
    BookSnapshot {
        instrument: InstrumentId,
        depth: u32,
    },
    Trades {
        instrument: InstrumentId,
        limit: u32,
    },
    Bars {
        instrument: InstrumentId,
        granularity_s: u32,
        end_s: Option<u64>,
        limit: u32,
    },
    FundingRates {
        instrument: InstrumentId,
        start_s: Option<u64>,
        end_s: Option<u64>,
        limit: u32,
    },
    ReferencePrices {
        instruments: Vec<InstrumentId>,
    },
    /// How every instrument may be traded now; one that is not listed any more is halted.
    Statuses,
    /// Of every perpetual.
    OpenInterest,
}

/// The most rows one lookup reads, over all its pages.
pub const MAX_ROWS: u32 = 10_000;

/// Where the next page of an answer begins, in the venue's own terms, and how many rows may still be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    pub from: String,
    pub rows: u32,
}

/// One page of an answer, oldest first; the page after it holds what is older. It may repeat rows of this one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    pub events: Vec<Event>,
    pub next: Option<Cursor>,
}

/// `Unavailable` is neither yes nor no: nothing may be concluded from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup<T> {
    Found(T),
    NotFound,
    Unavailable { reason: String },
}

/// What the docs' capability matrix and the execution client's checks are made from.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Capabilities {
    pub venue: &'static str,
    pub order_kinds: &'static [&'static str],
    pub reduce_only_kinds: &'static [&'static str],
    pub amend: bool,
    pub max_batch: u32,
    pub bar_granularities_s: &'static [u32],
    pub book_depth_max: u32,
    /// Prices that a waiting order can look at; none: the venue has no waiting orders.
    pub trigger_sources: &'static [&'static str],
    pub streams: &'static [&'static str],
    pub min_notional_applies_to_exits: bool,
}

/// A venue: data in, data out. Everything stateful that is shared lives outside it.
pub trait Venue: Send {
    fn name(&self) -> &'static str;
    /// What this client draws its random numbers from; before anything else.
    fn seed(&mut self, _seed: u64) {}
    fn capabilities(&self) -> &'static Capabilities;
    fn limits(&self) -> &'static [LimitRule];
    /// Whose requests the venue counts together under a limit: a wallet, or whoever asks this endpoint from our address.
    fn budget(&self, limit: &str) -> String;
    fn sockets(&self) -> Vec<SocketSpec>;
    /// True when actions travel over the action socket while it is up.
    fn actions_over_socket(&self) -> bool;

    /// What must be asked, in order, before anything else; each answer goes to `on_bootstrap`.
    fn bootstrap(&self) -> Vec<Request>;
    fn on_bootstrap(&mut self, index: usize, reply: &Reply, now: UnixNanos) -> Result<(), VenueError>;
    /// Which of those questions say what is listed and in which increments: asked again, in this order, when something comes
    /// that does not fit them.
    fn listing_steps(&self) -> Vec<usize> {
        Vec::new()
    }
    fn instruments(&self) -> &[Instrument];

    /// The frames of a login, each sent when the one before it is confirmed: `step` counts them, `None` ends them.
    fn login(&mut self, role: SocketRole, step: u32, id: u64, now: UnixNanos) -> Result<Option<String>, VenueError>;
    /// The venue refused a socket with this HTTP status: another way of asking for it, where there is one.
    fn socket_refused(&mut self, _role: SocketRole, _status: u16) -> Option<SocketSpec> {
        None
    }
    /// A request that the session needs and that is due; asked at every tick, answered to `on_upkeep`.
    fn upkeep(&mut self, _now: UnixNanos) -> Option<Request> {
        None
    }
    /// `None`: the reply was lost.
    fn on_upkeep(&mut self, _reply: Option<&Reply>, _now: UnixNanos) -> Result<(), VenueError> {
        Ok(())
    }
    /// Puts the session's token into a private request that is about to leave. False: there is none yet.
    fn authorise(&self, _request: &mut Request, _now: UnixNanos) -> bool {
        true
    }
    /// The venue did not look at a private request because of the session, which is renewed: the request may leave again.
    fn is_unauthorised(&mut self, _request: &Request, _reply: &Reply, _now: UnixNanos) -> bool {
        false
    }
    /// Does this reason of a rejection say that a post-only order would have traded?
    fn is_due_post_only(&self, _reason: &str) -> bool {
        false
    }
    fn subscribe(&self, id: u64, stream: &Stream) -> Result<String, CommandError>;
    fn unsubscribe(&self, id: u64, stream: &Stream) -> Result<String, CommandError>;
    /// An application-level ping for the streams socket, where the venue has one beside protocol pings.
    fn ping(&self, id: u64, now: UnixNanos) -> Option<String>;

    fn decode(
        &mut self,
        role: SocketRole,
        frame: &[u8],
        now: UnixNanos,
        out: &mut Vec<Event>,
    ) -> Result<(), DecodeError>;

    fn encode(&mut self, command: &Command, now: UnixNanos) -> Result<Encoded, CommandError>;
    /// `None`: the transport lost the reply after the request may have left.
    fn classify(&self, command: &Command, encoded: &Encoded, reply: Option<&Reply>) -> Outcomes;

    /// `page`: as the answer to the page before said; `None` for the first.
    fn query(&mut self, query: &Query, page: Option<&Cursor>, now: UnixNanos) -> Result<Request, CommandError>;
    fn answer(&mut self, query: &Query, page: Option<&Cursor>, reply: &Reply, now: UnixNanos) -> Lookup<Page>;
}

/// The names under which venues are opened.
pub const VENUES: &[&str] = &["nado", "paradex"];

/// The facts of a venue as JSON (capabilities, limits), for documentation and the command line.
pub fn facts(name: &str) -> Option<String> {
    match name {
        "nado" => Some(nado::facts()),
        "paradex" => Some(paradex::facts()),
        _ => None,
    }
}

/// Digest and signature of one of the venue's signed messages, as JSON `{"digest", "signature"}`.
///
/// `message_json`: `{"primary_type", "chain_id", "message": {...}}`, with Nado's `verifying_contract` or Paradex's `account`.
pub fn sign_typed(
    name: &str,
    config_json: &str,
    key: crate::secret::Secret,
    message_json: &str,
) -> Result<String, VenueError> {
    match name {
        "nado" => nado::sign_typed(config_json, key, message_json),
        "paradex" => paradex::sign_typed(&key, message_json),
        other => {
            Err(VenueError::config("unknown venue", other, "venue name", &format!("one of: {}", VENUES.join(", "))))
        }
    }
}

/// The EVM address of a key: `0x` and 40 lower-case hex digits. The error never holds the key's text.
pub fn address_of(key: crate::secret::Secret) -> Result<String, VenueError> {
    nado::address_of(key)
}

/// Opens a venue from its JSON configuration and, for trading, the key's text (consumed and wiped).
pub fn open(name: &str, config_json: &str, key: Option<crate::secret::Secret>) -> Result<Box<dyn Venue>, VenueError> {
    match name {
        "nado" => Ok(Box::new(nado::Nado::open(config_json, key)?)),
        "paradex" => Ok(Box::new(paradex::Paradex::open(config_json, key)?)),
        other => {
            Err(VenueError::config("unknown venue", other, "venue name", &format!("one of: {}", VENUES.join(", "))))
        }
    }
}
