//! Commands into signed requests and frames (Paradex reference 2.9, 4.1, 5.7).

use serde_json::{Map, Value, json};

use super::algo::{self, Twap};
use super::auth;
use super::checks::{check_change, check_order};
use super::config::{Config, MarketOrders};
use super::felt::Felt;
use super::key::Key;
use super::limits::{AUTH, MAX_BATCH, MAX_RECV_WINDOW_MS, ORDERS};
use super::order_memory::OrderMemory;
use super::order_names::{client_id, client_text};
use super::order_params::OrderParams;
use super::queries::{Parameters, segment};
use super::sign::{self, Domain, SignedOrder};
use crate::decimal::Price;
use crate::error::CommandError;
use crate::events::{ClientId, OrderKind, Side, UnixNanos, VenueOrderId};
use crate::instruments::Instrument;
use crate::venues::instrument_table::InstrumentTable;
use crate::venues::{CancelTarget, Change, Command, Encoded, Method, NewOrder, Request};

/// Ids of messages that are no order begin here; clients' order ids stay below.
const OWN_IDS: u64 = 1 << 62;
/// How long the signature of a login is good for: it leaves at once.
const LOGIN_VALID_S: u64 = 60;

/// Everything a signed command needs.
pub struct Signer {
    key: Key,
    account: Felt,
    domain: Domain,
    market_orders: MarketOrders,
    recv_window_ms: u64,
    last_ms: u64,
    next_id: u64,
}

/// What a command is written from, beside the key.
pub struct Surroundings<'a> {
    pub config: &'a Config,
    pub table: &'a InstrumentTable,
    pub orders: &'a OrderMemory,
}

/// A request and the same as a message of the socket, where there is one.
struct Message {
    id: u64,
    request: Request,
    frame: String,
    orders: Vec<(ClientId, VenueOrderId)>,
    /// By the venue's clock; `None`: for the configured window.
    valid_until_ms: Option<u64>,
}

impl Signer {
    pub fn new(key: Key, account: Felt, domain: Domain, market_orders: MarketOrders, recv_window_ms: u64) -> Self {
        Self { key, account, domain, market_orders, recv_window_ms, last_ms: 0, next_id: OWN_IDS }
    }

    pub fn account(&self) -> Felt {
        self.account
    }

    /// `POST /auth/{public key}`: without a body, signed in headers (reference 3.3).
    pub fn login(&self, rest: &str, timestamp_s: u64) -> Request {
        let expiration_s = timestamp_s + LOGIN_VALID_S;
        let signature = self.key.sign(self.domain.digest(sign::auth(timestamp_s, expiration_s)));
        let url = format!("{rest}/auth/{}", self.key.public_key());
        let headers = vec![
            ("PARADEX-STARKNET-ACCOUNT", self.account.to_string()),
            ("PARADEX-STARKNET-SIGNATURE", signature.to_string()),
            ("PARADEX-TIMESTAMP", timestamp_s.to_string()),
            ("PARADEX-SIGNATURE-EXPIRATION", expiration_s.to_string()),
        ];
        Request { method: Method::Post, headers, ..Request::get(url, AUTH, 1) }
    }

    /// `clock_ahead_ms`: by how much the local clock may be ahead of the venue's; the validity ends later by that.
    pub fn encode(
        &mut self,
        command: &Command,
        surroundings: &Surroundings<'_>,
        clock_ahead_ms: u64,
        now: UnixNanos,
    ) -> Result<Encoded, CommandError> {
        let timestamp_ms = self.timestamp_ms(now);
        let (table, rest) = (surroundings.table, surroundings.config.endpoints.rest.as_str());
        let message = match command {
            Command::Submit(order) => self.submit(order, table, rest, timestamp_ms)?,
            Command::SubmitBatch(orders) => self.submit_batch(orders, table, rest, timestamp_ms)?,
            Command::Cancel(targets) => self.cancel(targets, table, rest)?,
            Command::CancelAll { waiting: true, .. } => {
                return refuse("CANCEL_ALL_WAITING_NOT_OFFERED", "the venue cancels all orders or named ones");
            }
            Command::CancelAll { instrument, waiting: false } => {
                let market = instrument.map(|id| known(table, id).map(|known| known.symbol.as_str())).transpose()?;
                let mut parameters = Parameters::default();
                market.iter().for_each(|market| parameters.text("market", market));
                let params = market.map_or_else(|| json!({}), |market| json!({"market": market}));
                let url = format!("{rest}/orders{}", parameters.as_str());
                self.message("order.cancel_all", &params, delete(url, ORDERS))
            }
            Command::Modify(change) => self.modify(change, surroundings, timestamp_ms)?,
            Command::CancelAndPlace { .. } => {
                return refuse("CANCEL_AND_PLACE_NOT_OFFERED", "cancel the order, then place the other");
            }
            Command::Account { name, fields } => self.algo(name, fields, table, rest, timestamp_ms)?,
        };
        let Message { id, request, frame, orders, valid_until_ms } = message;
        let valid_until_ms =
            valid_until_ms.unwrap_or(timestamp_ms + self.recv_window_ms).saturating_add(clock_ahead_ms);
        Ok(Encoded { id, request, frame, orders, valid_until: valid_until_ms.saturating_mul(1_000_000) })
    }

    /// The signed time tells one order from another that is otherwise the same: no two share it (reference 4.1).
    fn timestamp_ms(&mut self, now: UnixNanos) -> u64 {
        self.last_ms = (now / 1_000_000).max(self.last_ms + 1);
        self.last_ms
    }

    fn submit(
        &mut self,
        order: &NewOrder,
        table: &InstrumentTable,
        rest: &str,
        timestamp_ms: u64,
    ) -> Result<Message, CommandError> {
        let (body, valid_until_ms) = self.order(order, table, timestamp_ms)?;
        let request = Request::post(format!("{rest}/orders"), body.to_string(), ORDERS, 1).private();
        let id = order.client_id.0;
        let orders = vec![named(order)];
        let frame = auth::request(id, "order.create", &body);
        Ok(Message { id, request, frame, orders, valid_until_ms: Some(valid_until_ms) })
    }

    fn submit_batch(
        &mut self,
        orders: &[NewOrder],
        table: &InstrumentTable,
        rest: &str,
        timestamp_ms: u64,
    ) -> Result<Message, CommandError> {
        check_count(orders.len())?;
        let mut bodies = Vec::with_capacity(orders.len());
        let mut latest_ms = 0;
        for (order, offset) in orders.iter().zip(0..) {
            let (body, valid_until_ms) = self.order(order, table, timestamp_ms + offset)?;
            bodies.push(body);
            latest_ms = latest_ms.max(valid_until_ms);
        }
        self.last_ms = timestamp_ms + orders.len() as u64;
        let body = Value::Array(bodies);
        let request = Request::post(format!("{rest}/orders/batch"), body.to_string(), ORDERS, 1).private();
        let message = self.message("order.create_batch", &json!({"orders": body}), request);
        Ok(Message { orders: orders.iter().map(named).collect(), valid_until_ms: Some(latest_ms), ..message })
    }

    /// Over REST only: the socket has no word for them.
    fn algo(
        &mut self,
        name: &str,
        fields: &str,
        table: &InstrumentTable,
        rest: &str,
        timestamp_ms: u64,
    ) -> Result<Message, CommandError> {
        let (request, valid_until_ms) = match name {
            algo::PLACE => {
                let twap = Twap::read(fields, table, self.recv_window_ms)?;
                let signature = self.key.sign(self.domain.digest(twap.signed(timestamp_ms)?)).to_string();
                let body = twap.body(&signature, timestamp_ms).to_string();
                let request = Request::post(format!("{rest}/algo/orders"), body, ORDERS, 1).private();
                (request, Some(timestamp_ms + twap.recv_window_ms))
            }
            algo::CANCEL => {
                let id = algo::canceled_id(fields)?;
                (delete(format!("{rest}/algo/orders/{}", segment(&id)?), ORDERS), None)
            }
            _ => {
                let detail = format!("{name}; one of: {}, {}", algo::PLACE, algo::CANCEL);
                return Err(CommandError { code: "ACCOUNT_MESSAGE_UNKNOWN", detail });
            }
        };
        self.next_id += 1;
        let (frame, orders) = (String::new(), Vec::new());
        Ok(Message { id: self.next_id, request, frame, orders, valid_until_ms })
    }

    /// The body of an order, which REST and the socket share, and until when the venue may take it.
    fn order(
        &self,
        order: &NewOrder,
        table: &InstrumentTable,
        timestamp_ms: u64,
    ) -> Result<(Value, u64), CommandError> {
        let params = OrderParams::read(order)?;
        let instrument = check_order(order, &params, table)?;
        let kind = params.order_type(order, self.market_orders);
        // Market orders are signed and sent without a price; ours bounds the average of one that trades at once
        // (reference 2.9, 4.1).
        let native = kind.ends_with("MARKET");
        let price = if native { Price::from_x18(0) } else { order.price };
        let signed = SignedOrder {
            timestamp_ms,
            market: &instrument.symbol,
            side: order.side,
            kind,
            size: order.quantity,
            price,
        };
        let signature = self.key.sign(self.domain.digest(signed.place()?));
        let recv_window_ms = params.recv_window_ms.unwrap_or(self.recv_window_ms);
        let mut flags = Vec::new();
        if order.reduce_only {
            flags.push("REDUCE_ONLY");
        }
        if params.mmp {
            flags.push("MMP");
        }
        let mut body = Map::new();
        params.write(&mut body);
        if kind == "MARKET" {
            body.insert("vwap_price".into(), json!(order.price.to_string()));
        }
        if let Some(trigger) = &order.trigger {
            flags.push(match trigger.above {
                true => "STOP_CONDITION_ABOVE_TRIGGER",
                false => "STOP_CONDITION_BELOW_TRIGGER",
            });
            body.insert("trigger_price".into(), json!(trigger.price.to_string()));
        }
        let fields = [
            ("market", json!(instrument.symbol)),
            ("side", json!(side_name(order.side))),
            ("type", json!(kind)),
            ("size", json!(order.quantity.to_string())),
            ("price", json!(price.to_string())),
            ("instruction", json!(if params.rpi { "RPI" } else { instruction(order.kind)? })),
            ("client_id", json!(client_text(order.client_id))),
            ("flags", json!(flags)),
            ("recv_window", json!(recv_window_ms)),
            ("signature", json!(signature.to_string())),
            ("signature_timestamp", json!(timestamp_ms)),
        ];
        body.extend(fields.map(|(key, value)| (key.to_owned(), value)));
        Ok((Value::Object(body), timestamp_ms + recv_window_ms))
    }

    /// Named and signed by the venue's number, which its messages tell: an order of which none has come cannot be changed yet.
    fn modify(
        &mut self,
        change: &Change,
        Surroundings { config, table, orders }: &Surroundings<'_>,
        timestamp_ms: u64,
    ) -> Result<Message, CommandError> {
        let name = &change.venue_order_id.0;
        let Some(placed) = orders.placed(&change.venue_order_id).filter(|placed| !placed.order_type.is_empty()) else {
            return refuse("ORDER_NUMBER_UNKNOWN", &format!("the venue has not said its number of {name} yet"));
        };
        if !change.filled.is_zero() && !config.modify_partly_filled {
            let why =
                "has traded, and whether the size of a change counts that is not documented: modify_partly_filled";
            return refuse("MODIFY_PARTLY_FILLED", &format!("{name} {why}"));
        }
        let (number, priced) = (placed.number, !placed.order_type.ends_with("MARKET"));
        let instrument = check_change(change, priced, table)?;
        let price = if priced { change.terms.price } else { Price::ZERO };
        let size = change.terms.quantity;
        let (market, side, kind) = (instrument.symbol.as_str(), placed.side, placed.order_type);
        let signed = SignedOrder { timestamp_ms, market, side, kind, size, price };
        let signature = self.key.sign(self.domain.digest(signed.modify(number)?));
        let mut body = json!({
            "id": number,
            "market": market,
            "side": side_name(side),
            "type": kind,
            "size": size.to_string(),
            "price": price.to_string(),
            "signature": signature.to_string(),
            "signature_timestamp": timestamp_ms,
        });
        if let Some(trigger_price) = change.terms.trigger_price {
            body["trigger_price"] = json!(trigger_price.to_string());
        }
        let url = format!("{}/orders/{}", config.endpoints.rest, segment(number)?);
        let request = Request { method: Method::Put, ..Request::post(url, body.to_string(), ORDERS, 1) }.private();
        // It names no window, so that the venue's own holds (reference 2.9, 4.1).
        let valid_until_ms = Some(timestamp_ms + MAX_RECV_WINDOW_MS);
        Ok(Message { valid_until_ms, ..self.message("order.modify", &body, request) })
    }

    /// One by its own route, several by the batch's, which the socket has for numbers only.
    fn cancel(
        &mut self,
        targets: &[CancelTarget],
        table: &InstrumentTable,
        rest: &str,
    ) -> Result<Message, CommandError> {
        check_count(targets.len())?;
        if let [target] = targets {
            let name = segment(&target.venue_order_id.0)?;
            if client_id(name).is_none() {
                let request = delete(format!("{rest}/orders/{name}"), ORDERS);
                return Ok(self.message("order.cancel", &json!({"id": name}), request));
            }
            let market = &known(table, target.instrument)?.symbol;
            let mut parameters = Parameters::default();
            parameters.text("market", market);
            let url = format!("{rest}/orders/by_client_id/{name}{}", parameters.as_str());
            return Ok(self.message(
                "order.cancel",
                &json!({"client_id": name, "market": market}),
                delete(url, ORDERS),
            ));
        }
        let (ours, others): (Vec<&str>, Vec<&str>) =
            targets.iter().map(|target| target.venue_order_id.0.as_str()).partition(|name| client_id(name).is_some());
        let body = json!({"order_ids": others, "client_order_ids": ours});
        let request = Request { body: body.to_string(), ..delete(format!("{rest}/orders/batch"), ORDERS) };
        let mut message = self.message("order.cancel_batch", &json!({"order_ids": others}), request);
        if !ours.is_empty() {
            message.frame.clear();
        }
        Ok(message)
    }

    fn message(&mut self, method: &str, params: &Value, request: Request) -> Message {
        self.next_id += 1;
        let id = self.next_id;
        Message { id, request, frame: auth::request(id, method, params), orders: Vec::new(), valid_until_ms: None }
    }
}

fn delete(url: String, limit: &'static str) -> Request {
    Request { method: Method::Delete, ..Request::get(url, limit, 1) }.private()
}

fn named(order: &NewOrder) -> (ClientId, VenueOrderId) {
    (order.client_id, VenueOrderId(client_text(order.client_id)))
}

fn side_name(side: Side) -> &'static str {
    match side {
        Side::Buy => "BUY",
        Side::Sell => "SELL",
    }
}

fn instruction(kind: OrderKind) -> Result<&'static str, CommandError> {
    match kind {
        OrderKind::Limit => Ok("GTC"),
        OrderKind::ImmediateOrCancel => Ok("IOC"),
        OrderKind::PostOnly => Ok("POST_ONLY"),
        OrderKind::FillOrKill => refuse("ORDER_KIND_NOT_OFFERED", "fill or kill; the venue has limit, ioc, post_only"),
    }
}

fn known(table: &InstrumentTable, id: crate::events::InstrumentId) -> Result<&Instrument, CommandError> {
    table.get(id).ok_or_else(|| CommandError {
        code: "INSTRUMENT_UNKNOWN",
        detail: format!("instrument {} is not listed", id.0),
    })
}

fn check_count(count: usize) -> Result<(), CommandError> {
    if (1..=MAX_BATCH as usize).contains(&count) {
        return Ok(());
    }
    refuse("BATCH_SIZE", &format!("{count} orders; 1 to {MAX_BATCH}"))
}

fn refuse<T>(code: &'static str, detail: &str) -> Result<T, CommandError> {
    Err(CommandError { code, detail: detail.to_owned() })
}
