//! The one vocabulary into which every venue decodes.
//!
//! Units: `ts_*` are nanoseconds since the Unix epoch. Hot market data carries integer mantissas at the instrument's
//! own precision (`price = mantissa / 10^price_precision`); everything private carries exact 18-decimal numbers.

pub use crate::terms::{ClientId, InstrumentId, OrderKind, Side, UnixNanos, VenueOrderId};

use crate::decimal::{BaseQty, Price, QuoteQty};
use crate::instruments::TradingStatus;
use crate::waiting::WaitingReport;

/// A change of one price level: the new absolute size; zero deletes the level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Level {
    pub side: Side,
    pub price: i64,
    pub size: i64,
}

/// A book snapshot, or the difference to the update before it.
///
/// `first` and `last` number an update in the venue's sequence; a snapshot's `last` is its position in the same. An update
/// continues the one that ended at `previous_last`; `None`: a snapshot, or a venue that leaves numbers out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookUpdate {
    pub instrument: InstrumentId,
    pub snapshot: bool,
    pub first: u64,
    pub last: u64,
    pub previous_last: Option<u64>,
    pub levels: Vec<Level>,
    pub ts_event: UnixNanos,
}

/// A book can no longer be believed, and only a new subscription begins it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BookLost {
    pub instrument: InstrumentId,
    pub reason: &'static str,
}

/// Best bid and offer. An empty side has size 0 and price 0 (the venue's sentinels are never prices).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quote {
    pub instrument: InstrumentId,
    pub bid_price: i64,
    pub bid_size: i64,
    pub ask_price: i64,
    pub ask_size: i64,
    pub ts_event: UnixNanos,
}

/// Best prices without their sizes, as streams of a whole venue have them: no quote can be made of it. An empty side
/// is `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BestPrices {
    pub instrument: InstrumentId,
    pub bid: Option<i64>,
    pub ask: Option<i64>,
    pub ts_event: UnixNanos,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trade {
    pub instrument: InstrumentId,
    pub price: i64,
    pub size: i64,
    pub aggressor: Side,
    /// The venue's id or, where it has none, one made from the trade's own facts; at most 36 ASCII characters.
    pub trade_id: String,
    pub ts_event: UnixNanos,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bar {
    pub instrument: InstrumentId,
    pub granularity_s: u32,
    pub open: i64,
    pub high: i64,
    pub low: i64,
    pub close: i64,
    pub volume: i64,
    /// Start of the bar.
    pub ts_open: UnixNanos,
}

/// `rate` is the rate for one hour as an 18-decimal fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FundingRate {
    pub instrument: InstrumentId,
    pub rate_x18: i128,
    pub ts_event: UnixNanos,
}

/// Mark and index price; a figure that the venue did not send is `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReferencePrices {
    pub instrument: InstrumentId,
    pub mark: Option<Price>,
    pub index: Option<Price>,
    pub ts_event: UnixNanos,
}

/// Whether and how an instrument may be traded now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatusUpdate {
    pub instrument: InstrumentId,
    pub status: TradingStatus,
    pub ts_event: UnixNanos,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenInterest {
    pub instrument: InstrumentId,
    pub quantity: BaseQty,
    pub ts_event: UnixNanos,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderStatus {
    /// The venue has it and will decide: neither accepted nor refused.
    Queued,
    Accepted,
    PartiallyFilled,
    Filled,
    Canceled,
    Expired,
    Rejected,
}

impl OrderStatus {
    pub fn is_terminal(self) -> bool {
        !matches!(self, Self::Queued | Self::Accepted | Self::PartiallyFilled)
    }
}

/// What of an order may change while it lives. `quantity`: the whole, with what has been filled. `trigger_price`: `None`
/// where it has none, or where nothing is said of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    pub quantity: BaseQty,
    pub price: Price,
    pub trigger_price: Option<Price>,
}

/// What a private stream said of an order. `remaining` is what is still unfilled (always positive).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderUpdate {
    pub instrument: InstrumentId,
    pub venue_order_id: VenueOrderId,
    pub client_id: Option<ClientId>,
    pub status: OrderStatus,
    pub remaining: Option<BaseQty>,
    /// As they are now, where the venue says them.
    pub terms: Option<Terms>,
    pub reason: String,
    pub ts_event: UnixNanos,
}

/// The venue has refused a change of an order, which stays as it is. `request` tells one change from another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeRefused {
    pub venue_order_id: VenueOrderId,
    pub request: String,
    pub reason: String,
}

/// One execution of one order. `trade_id` is unique for the account and stable over streams, queries and restarts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fill {
    pub instrument: InstrumentId,
    pub venue_order_id: VenueOrderId,
    pub client_id: Option<ClientId>,
    pub trade_id: String,
    pub side: Side,
    pub quantity: BaseQty,
    pub price: Price,
    /// Positive: paid. Negative: a rebate.
    pub fee: QuoteQty,
    /// What the fee is paid in; `None`: the instrument's quote currency.
    pub fee_currency: Option<String>,
    pub is_taker: bool,
    /// What the order has left after this fill, where the venue says so.
    pub remaining: Option<BaseQty>,
    pub original: Option<BaseQty>,
    pub ts_event: UnixNanos,
}

/// A position's new total (signed).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    pub instrument: InstrumentId,
    pub quantity: BaseQty,
    pub entry_price: Option<Price>,
    pub isolated: bool,
    pub reason: String,
    pub ts_event: UnixNanos,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub currency: String,
    /// Equity.
    pub total: QuoteQty,
    /// Free for new orders, never below zero.
    pub free: QuoteQty,
    pub ts_event: UnixNanos,
}

/// An order as a query shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderReport {
    pub instrument: InstrumentId,
    pub venue_order_id: VenueOrderId,
    pub client_id: Option<ClientId>,
    pub side: Side,
    pub kind: OrderKind,
    pub status: OrderStatus,
    pub price: Price,
    pub quantity: BaseQty,
    pub filled: BaseQty,
    pub average_price: Option<Price>,
    pub reduce_only: bool,
    pub expires_s: Option<u64>,
    pub ts_accepted: UnixNanos,
    pub ts_event: UnixNanos,
}

impl OrderReport {
    /// A list says nothing of triggers.
    pub fn terms(&self) -> Terms {
        Terms { quantity: self.quantity.abs(), price: self.price, trigger_price: None }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Liquidation {
    pub instruments: Vec<InstrumentId>,
    pub quantity: BaseQty,
    pub price: Price,
    pub ts_event: UnixNanos,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FundingPayment {
    pub instrument: InstrumentId,
    pub payment_x18: i128,
    pub open_interest: BaseQty,
    pub interval_s: u64,
    pub ts_event: UnixNanos,
}

/// The venue's answer to a control message, by the id we gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ack {
    pub id: u64,
    pub error: Option<String>,
}

/// What a frame or an answer means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    Book(BookUpdate),
    BookLost(BookLost),
    Quote(Quote),
    BestPrices(BestPrices),
    Trade(Trade),
    Bar(Bar),
    FundingRate(FundingRate),
    ReferencePrices(ReferencePrices),
    Status(StatusUpdate),
    OpenInterest(OpenInterest),
    Liquidation(Liquidation),
    FundingPayment(FundingPayment),
    OrderUpdate(OrderUpdate),
    ChangeRefused(ChangeRefused),
    OrderReport(OrderReport),
    WaitingReport(WaitingReport),
    /// The venue's own answer to `Query::Document`.
    Document {
        name: String,
        json: String,
    },
    Fill(Fill),
    Position(Position),
    Account(Account),
    Ack(Ack),
    /// The reply to an action sent over a socket, correlated by its id; the body is classified by the venue.
    ActionReply {
        id: u64,
        body: Vec<u8>,
    },
    /// The answer to a query for the venue's clock, in milliseconds since the Unix epoch.
    ServerTime {
        server_ms: u64,
    },
    /// A message of a type we do not know: counted and reported, never fatal.
    Unknown {
        kind: String,
    },
}
