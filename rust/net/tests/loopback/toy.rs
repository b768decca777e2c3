//! A venue without facts of its own: JSON both ways, ids made of the caller's, limits that a test can exhaust.

use hedgewire_core::decimal::{BaseQty, Price, QuoteQty};
use hedgewire_core::error::{CommandError, DecodeError, VenueError};
use hedgewire_core::events::{
    Account, Ack, BookUpdate, ChangeRefused, ClientId, Event, Fill, InstrumentId, Level, OrderKind, OrderReport,
    OrderStatus, OrderUpdate, Position, Quote, Side, Terms, UnixNanos, VenueOrderId,
};
use hedgewire_core::instruments::Instrument;
use hedgewire_core::ratelimit::LimitRule;
use hedgewire_core::venues::{
    Capabilities, Change, Command, Cursor, Encoded, Lookup, Method, NewOrder, Outcome, Outcomes, Page, Query, Reply,
    Request, SocketRole, SocketSpec, Stream, StreamKind, Venue,
};
use hedgewire_core::waiting::{WaitingReport, WaitingState};
use serde_json::{Value, json};

pub const ONE_X18: i128 = 1_000_000_000_000_000_000;
pub const INSTRUMENT: InstrumentId = InstrumentId(1);
/// Commands are valid for so long.
pub const VALID_MS: u64 = 5_000;
/// Socket silence after which the venue's sockets count as dead, as Nado has it.
pub const IDLE_MS: u64 = 45_000;

static LIMITS: &[LimitRule] = &[
    LimitRule { name: "execute", weight: 4, window_ms: 10_000 },
    LimitRule { name: "query", weight: 1_000, window_ms: 10_000 },
];

static CAPABILITIES: Capabilities = Capabilities {
    venue: "toy",
    order_kinds: &["limit"],
    reduce_only_kinds: &[],
    amend: false,
    max_batch: 10,
    bar_granularities_s: &[60],
    book_depth_max: 10,
    trigger_sources: &[],
    streams: &["book"],
    min_notional_applies_to_exits: false,
};

#[derive(Debug, Clone)]
pub struct Toy {
    /// `127.0.0.1:port`
    pub host: String,
    pub actions_over_socket: bool,
    pub account: bool,
    pub session: Session,
    pub next_id: u64,
}

/// What a venue may ask for beside its protocol.
#[derive(Debug, Clone, Default)]
pub struct Session {
    /// Requests need a token, of which the newest serves.
    pub tokens: bool,
    pub token: Option<String>,
    pub token_asked: bool,
    /// Frames of a login; 0 is one.
    pub login_steps: u32,
    /// The streams socket is asked for at this path first.
    pub first_path: Option<&'static str>,
}

pub fn stream(kind: StreamKind) -> Stream {
    Stream { kind, instrument: Some(INSTRUMENT), param: 0 }
}

pub fn order(client_id: u64) -> NewOrder {
    NewOrder {
        client_id: ClientId(client_id),
        instrument: INSTRUMENT,
        side: Side::Buy,
        kind: OrderKind::Limit,
        quantity: whole(10),
        price: Price::from_x18(100 * ONE_X18),
        market: false,
        reduce_only: false,
        expires_s: None,
        params: None,
        trigger: None,
    }
}

pub fn venue_id(client_id: u64) -> VenueOrderId {
    VenueOrderId(format!("v{client_id}"))
}

fn whole(units: i64) -> BaseQty {
    BaseQty::from_x18(i128::from(units) * ONE_X18)
}

impl Toy {
    fn request(&self, method: Method, path: &str, body: String, limit: &'static str, weight: u32) -> Request {
        let private = self.session.tokens && path != "boot" && path != "token";
        Request { method, body, private, ..Request::get(format!("http://{}/{path}", self.host), limit, weight) }
    }

    fn socket(&self, role: SocketRole, path: &str) -> SocketSpec {
        SocketSpec {
            role,
            url: format!("ws://{}/{path}", self.host),
            deflate_required: false,
            login_required: self.account && role == SocketRole::Streams,
            ping_interval_ms: 15_000,
            idle_timeout_ms: IDLE_MS,
        }
    }
}

impl Venue for Toy {
    fn name(&self) -> &'static str {
        "toy"
    }

    fn capabilities(&self) -> &'static Capabilities {
        &CAPABILITIES
    }

    fn limits(&self) -> &'static [LimitRule] {
        LIMITS
    }

    fn budget(&self, limit: &str) -> String {
        format!("{limit} of {}", self.host)
    }

    fn sockets(&self) -> Vec<SocketSpec> {
        let path = self.session.first_path.unwrap_or("streams");
        let mut sockets = vec![self.socket(SocketRole::Streams, path)];
        if self.actions_over_socket {
            sockets.push(self.socket(SocketRole::Actions, "actions"));
        }
        sockets
    }

    fn actions_over_socket(&self) -> bool {
        self.actions_over_socket
    }

    fn bootstrap(&self) -> Vec<Request> {
        vec![self.request(Method::Get, "boot", String::new(), "query", 1)]
    }

    fn on_bootstrap(&mut self, _index: usize, _reply: &Reply, _now: UnixNanos) -> Result<(), VenueError> {
        Ok(())
    }

    fn instruments(&self) -> &[Instrument] {
        &[]
    }

    fn login(&mut self, role: SocketRole, step: u32, id: u64, _now: UnixNanos) -> Result<Option<String>, VenueError> {
        Ok((self.account && role == SocketRole::Streams && step < self.session.login_steps.max(1))
            .then(|| json!({"op": "login", "id": id}).to_string()))
    }

    fn socket_refused(&mut self, role: SocketRole, status: u16) -> Option<SocketSpec> {
        (status == 400).then(|| self.socket(role, "streams"))
    }

    fn upkeep(&mut self, _now: UnixNanos) -> Option<Request> {
        let due = self.session.tokens && self.session.token.is_none() && !self.session.token_asked;
        self.session.token_asked |= due;
        due.then(|| self.request(Method::Post, "token", "{}".into(), "query", 1))
    }

    fn on_upkeep(&mut self, reply: Option<&Reply>, _now: UnixNanos) -> Result<(), VenueError> {
        self.session.token_asked = false;
        let body = reply.filter(|reply| reply.status == 200).map(|reply| reply.body.as_slice()).unwrap_or_default();
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        self.session.token = body["token"].as_str().map(str::to_owned);
        match self.session.token {
            Some(_) => Ok(()),
            None => Err(VenueError::unavailable("no token", "none", "toy", "wait")),
        }
    }

    fn authorise(&self, request: &mut Request, _now: UnixNanos) -> bool {
        let Some(token) = &self.session.token else { return false };
        request.headers = vec![("authorization", token.clone())];
        true
    }

    fn is_unauthorised(&mut self, request: &Request, reply: &Reply, _now: UnixNanos) -> bool {
        let used = request.headers.first().map(|(_, token)| token);
        if reply.status == 401 && used == self.session.token.as_ref() {
            self.session.token = None;
        }
        reply.status == 401
    }

    fn is_due_post_only(&self, reason: &str) -> bool {
        reason == "would cross"
    }

    fn subscribe(&self, id: u64, stream: &Stream) -> Result<String, CommandError> {
        Ok(json!({"op": "subscribe", "id": id, "stream": format!("{:?}", stream.kind)}).to_string())
    }

    fn unsubscribe(&self, id: u64, stream: &Stream) -> Result<String, CommandError> {
        Ok(json!({"op": "unsubscribe", "id": id, "stream": format!("{:?}", stream.kind)}).to_string())
    }

    fn ping(&self, _id: u64, _now: UnixNanos) -> Option<String> {
        None
    }

    fn decode(&mut self, _: SocketRole, frame: &[u8], _: UnixNanos, out: &mut Vec<Event>) -> Result<(), DecodeError> {
        let value: Value = serde_json::from_slice(frame).map_err(|error| DecodeError::new(error.to_string()))?;
        out.push(event(&value));
        Ok(())
    }

    fn encode(&mut self, command: &Command, now: UnixNanos) -> Result<Encoded, CommandError> {
        self.next_id += 1;
        let placed = match command {
            Command::Submit(order) | Command::CancelAndPlace { place: order, .. } => vec![order],
            Command::SubmitBatch(orders) => orders.iter().collect(),
            Command::Cancel(_) | Command::CancelAll { .. } | Command::Modify(_) | Command::Account { .. } => Vec::new(),
        };
        let orders: Vec<_> = placed.iter().map(|order| (order.client_id, venue_id(order.client_id.0))).collect();
        let ids: Vec<&str> = orders.iter().map(|(_, id)| id.0.as_str()).collect();
        let frame = json!({"id": self.next_id, "orders": ids}).to_string();
        let request = self.request(Method::Post, "execute", frame.clone(), "execute", 1);
        Ok(Encoded { id: self.next_id, request, frame, orders, valid_until: now + VALID_MS * 1_000_000 })
    }

    /// `results`: one an order, a text where it was refused. Anything else leaves every order unknown.
    fn classify(&self, command: &Command, encoded: &Encoded, reply: Option<&Reply>) -> Outcomes {
        let subjects: Vec<Option<ClientId>> = match command {
            Command::Modify(change) => vec![change.client_id],
            Command::Cancel(targets) => targets.iter().map(|target| target.client_id).collect(),
            Command::CancelAll { .. } | Command::Account { .. } => vec![None],
            _ => encoded.orders.iter().map(|(client_id, _)| Some(*client_id)).collect(),
        };
        let body = reply.filter(|reply| reply.status == 200);
        let body: Value = body.and_then(|reply| serde_json::from_slice(&reply.body).ok()).unwrap_or_default();
        let outcome = |index: usize, client_id: Option<ClientId>| match &body["results"][index] {
            Value::Null => Outcome::Unknown { reason: "no result".into() },
            Value::Object(taken) if taken.contains_key("queued") => Outcome::Queued,
            Value::String(reason) => Outcome::Rejected { code: 7, reason: reason.clone(), due_post_only: false },
            _ => Outcome::Accepted { venue_order_id: client_id.map(|id| venue_id(id.0)) },
        };
        subjects.into_iter().enumerate().map(|(index, id)| (id, outcome(index, id))).collect()
    }

    fn query(&mut self, query: &Query, page: Option<&Cursor>, _now: UnixNanos) -> Result<Request, CommandError> {
        let path = match query {
            Query::Order { venue_order_id, .. } => format!("order/{}", venue_order_id.0),
            Query::ArchivedOrder { venue_order_id, .. } => format!("archived/{}", venue_order_id.0),
            Query::Fills { venue_order_id: Some(id), .. } => format!("fills/{}", id.0),
            Query::Fills { .. } => "fills".into(),
            Query::OpenOrders { .. } => "open".into(),
            Query::Positions => "positions".into(),
            Query::IsolatedPositions => "isolated".into(),
            Query::Account => "account".into(),
            Query::BookSnapshot { .. } => "book".into(),
            Query::ServerTime => "time".into(),
            other => return Err(CommandError { code: "QUERY_NOT_OFFERED", detail: format!("{other:?}") }),
        };
        let path = page.map_or(path.clone(), |page| format!("{path}/from/{}", page.from));
        Ok(self.request(Method::Get, &path, String::new(), "query", 1))
    }

    fn answer(&mut self, _query: &Query, _page: Option<&Cursor>, reply: &Reply, _now: UnixNanos) -> Lookup<Page> {
        match (reply.status, serde_json::from_slice::<Value>(&reply.body)) {
            (404, _) => Lookup::NotFound,
            (200, Ok(Value::Array(items))) => {
                Lookup::Found(Page { events: items.iter().map(event).collect(), next: None })
            }
            // A page of several.
            (200, Ok(Value::Object(page))) => Lookup::Found(Page {
                events: page["items"].as_array().into_iter().flatten().map(event).collect(),
                next: page.get("next").and_then(Value::as_u64).map(|from| Cursor { from: from.to_string(), rows: 10 }),
            }),
            (status, _) => Lookup::Unavailable { reason: format!("HTTP {status}") },
        }
    }
}

fn status(text: &str) -> OrderStatus {
    match text {
        "partly" => OrderStatus::PartiallyFilled,
        "filled" => OrderStatus::Filled,
        "canceled" => OrderStatus::Canceled,
        "rejected" => OrderStatus::Rejected,
        "queued" => OrderStatus::Queued,
        _ => OrderStatus::Accepted,
    }
}

/// Quantity and price.
fn terms_of(terms: &[Value]) -> Terms {
    let number = |index: usize| terms[index].as_i64().unwrap_or_default();
    let price = Price::from_x18(i128::from(number(1)) * ONE_X18);
    Terms { quantity: whole(number(0)), price, trigger_price: None }
}

pub fn change(client_id: u64, quantity: i64, price: i64) -> Command {
    Command::Modify(Change {
        client_id: Some(ClientId(client_id)),
        instrument: INSTRUMENT,
        venue_order_id: venue_id(client_id),
        terms: terms_of(&[json!(quantity), json!(price)]),
        filled: BaseQty::ZERO,
    })
}

fn event(value: &Value) -> Event {
    let number = |key: &str| value[key].as_i64().unwrap_or_default();
    let text = |key: &str| value[key].as_str().unwrap_or_default().to_owned();
    let ts_event = value["ts"].as_u64().unwrap_or_default();
    let venue_order_id = VenueOrderId(text("order"));
    let price = Price::from_x18(100 * ONE_X18);
    let terms = value["terms"].as_array().map(|terms| terms_of(terms));
    match value["e"].as_str().unwrap_or_default() {
        "ack" => Event::Ack(Ack { id: number("id") as u64, error: value["error"].as_str().map(str::to_owned) }),
        "reply" => Event::ActionReply { id: number("id") as u64, body: value.to_string().into_bytes() },
        "book" => Event::Book(book(value)),
        "quote" => Event::Quote(Quote {
            instrument: INSTRUMENT,
            bid_price: number("bid"),
            bid_size: 1,
            ask_price: number("bid") + 1,
            ask_size: 1,
            ts_event,
        }),
        "fill" => Event::Fill(Fill {
            instrument: INSTRUMENT,
            venue_order_id,
            client_id: None,
            trade_id: text("trade"),
            side: Side::Buy,
            quantity: whole(number("quantity")),
            price,
            fee: QuoteQty::from_x18(0),
            fee_currency: None,
            is_taker: true,
            remaining: None,
            original: None,
            ts_event,
        }),
        "order" => Event::OrderUpdate(OrderUpdate {
            instrument: INSTRUMENT,
            venue_order_id,
            client_id: None,
            status: status(&text("status")),
            remaining: value["remaining"].as_i64().map(whole),
            terms,
            reason: text("reason"),
            ts_event,
        }),
        "refused" => {
            Event::ChangeRefused(ChangeRefused { venue_order_id, request: text("request"), reason: text("reason") })
        }
        "report" => Event::OrderReport(OrderReport {
            instrument: INSTRUMENT,
            venue_order_id,
            client_id: None,
            side: Side::Buy,
            kind: OrderKind::Limit,
            status: status(&text("status")),
            price: terms.map_or(price, |terms| terms.price),
            quantity: terms.map_or(whole(10), |terms| terms.quantity),
            filled: whole(number("filled")),
            average_price: None,
            reduce_only: false,
            expires_s: None,
            ts_accepted: ts_event,
            ts_event,
        }),
        "waits" => Event::WaitingReport(WaitingReport {
            instrument: INSTRUMENT,
            venue_order_id,
            client_id: None,
            side: Side::Buy,
            kind: OrderKind::Limit,
            state: if text("state") == "triggered" { WaitingState::Triggered } else { WaitingState::Waiting },
            price,
            quantity: whole(10),
            reduce_only: false,
            expires_s: None,
            trigger: None,
            reason: String::new(),
            ts_accepted: ts_event,
            ts_event,
        }),
        "position" => Event::Position(Position {
            instrument: INSTRUMENT,
            quantity: whole(number("quantity")),
            entry_price: None,
            isolated: false,
            reason: String::new(),
            ts_event,
        }),
        "account" => Event::Account(Account {
            currency: "USDT0".into(),
            total: QuoteQty::from_x18(ONE_X18),
            free: QuoteQty::from_x18(ONE_X18),
            ts_event,
        }),
        other => Event::Unknown { kind: other.into() },
    }
}

/// `bids` and `asks`: pairs of price and size.
fn book(value: &Value) -> BookUpdate {
    let side = |key: &str, side: Side| {
        let levels = value[key].as_array().cloned().unwrap_or_default();
        levels.into_iter().map(move |level| Level {
            side,
            price: level[0].as_i64().unwrap_or_default(),
            size: level[1].as_i64().unwrap_or_default(),
        })
    };
    BookUpdate {
        instrument: INSTRUMENT,
        snapshot: value["snapshot"].as_bool().unwrap_or_default(),
        first: value["first"].as_u64().unwrap_or_default(),
        last: value["last"].as_u64().unwrap_or_default(),
        previous_last: value["previous"].as_u64(),
        levels: side("bids", Side::Buy).chain(side("asks", Side::Sell)).collect(),
        ts_event: 0,
    }
}
