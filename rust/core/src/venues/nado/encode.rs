//! Commands into signed messages (Nado reference 2.5, 3).

use serde_json::{Value, json};

use super::account;
use super::appendix::{Appendix, AppendixValue, Trigger, margin_x6};
use super::checks::{check_order, expiration_s};
use super::config::Endpoints;
use super::decode_private::Owner;
use super::hex;
use super::key::Key;
use super::limits::{self, EXECUTE, MAX_BATCH};
use super::nonce::{Nonce, NonceSource};
use super::order_params::OrderParams;
use super::sign::{self, CANCELLATION, CANCELLATION_PRODUCTS, Domains, LIST_TRIGGER_ORDERS, ORDER, Word};
use super::trigger::{self, Signed};
use crate::decimal::BaseQty;
use crate::error::CommandError;
use crate::events::{ClientId, InstrumentId, Side, UnixNanos, VenueOrderId};
use crate::venues::instrument_table::InstrumentTable;
use crate::venues::{CancelTarget, Command, Encoded, NewOrder, Request};

/// Ids of messages that are no order begin here; clients' order ids stay below.
const OWN_IDS: u64 = 1 << 62;

/// Everything a signed command needs.
pub struct Signer {
    key: Key,
    pub owner: Owner,
    domains: Domains,
    nonces: Option<NonceSource>,
    recv_window_ms: u64,
    seed: u64,
    next_id: u64,
}

/// A body with what is known of it before it is sent.
struct Message {
    id: u64,
    body: Value,
    weight: u32,
    recv_time_ms: u64,
    orders: Vec<(ClientId, VenueOrderId)>,
    /// For the trigger service.
    waiting: bool,
}

impl Signer {
    pub fn new(key: Key, owner: Owner, domains: Domains, recv_window_ms: u64, seed: u64) -> Self {
        Self { key, owner, domains, nonces: None, recv_window_ms, seed, next_id: OWN_IDS }
    }

    /// The same signer for what may be another contract; the nonces go on.
    pub fn on_domains(self, domains: Domains) -> Self {
        Self { domains, ..self }
    }

    pub fn key(&self) -> &Key {
        &self.key
    }

    pub fn domains(&self) -> &Domains {
        &self.domains
    }

    /// `clock_ahead_ms`: by how much the local clock may be ahead of the venue's; the validity ends later by that.
    pub fn encode(
        &mut self,
        command: &Command,
        table: &InstrumentTable,
        endpoints: &Endpoints,
        clock_ahead_ms: u64,
        now: UnixNanos,
    ) -> Result<Encoded, CommandError> {
        let message = match command {
            Command::Submit(order) => self.submit(order, table, now)?,
            Command::SubmitBatch(orders) => self.submit_batch(orders, table, now)?,
            Command::Cancel(targets) => self.cancel(targets, now)?,
            Command::CancelAll { instrument, waiting } => self.cancel_all(*instrument, *waiting, table, now)?,
            Command::Modify(_) => {
                let detail = "an order is replaced: cancel it and place another, in one request".to_owned();
                return Err(CommandError { code: "MODIFY_NOT_OFFERED", detail });
            }
            Command::CancelAndPlace { cancel, unfilled, place } => {
                self.cancel_and_place(cancel, *unfilled, place, table, now)?
            }
            Command::Account { name, fields } => self.account(name, fields)?,
        };
        let rest_only = message.waiting || matches!(command, Command::SubmitBatch(_) | Command::Account { .. });
        let body = message.body.to_string();
        let service = if message.waiting { &endpoints.trigger } else { &endpoints.gateway_v1 };
        // A batch has no id of its own to be echoed (reference 2.5), and the trigger service has no socket.
        let frame = if rest_only { String::new() } else { body.clone() };
        Ok(Encoded {
            id: message.id,
            request: Request::post(format!("{service}/execute"), body, EXECUTE, message.weight),
            frame,
            orders: message.orders,
            valid_until: message.recv_time_ms.saturating_add(clock_ahead_ms).saturating_mul(1_000_000),
        })
    }

    fn submit(&mut self, order: &NewOrder, table: &InstrumentTable, now: UnixNanos) -> Result<Message, CommandError> {
        let (body, placed, recv_time_ms) = self.place_order(order, table, now)?;
        let body = json!({"place_order": body});
        let waiting = order.trigger.is_some();
        Ok(Message { id: order.client_id.0, body, weight: 1, recv_time_ms, orders: vec![placed], waiting })
    }

    fn submit_batch(
        &mut self,
        orders: &[NewOrder],
        table: &InstrumentTable,
        now: UnixNanos,
    ) -> Result<Message, CommandError> {
        batch_size(orders.len())?;
        let waiting = all_alike(orders.iter().map(|order| order.trigger.is_some()))?;
        let mut bodies = Vec::with_capacity(orders.len());
        let mut placed = Vec::with_capacity(orders.len());
        let mut latest_ms = 0;
        for order in orders {
            let (body, ids, recv_time_ms) = self.place_order(order, table, now)?;
            bodies.push(body);
            placed.push(ids);
            latest_ms = latest_ms.max(recv_time_ms);
        }
        let body = json!({"place_orders": {"orders": bodies, "stop_on_failure": false}});
        Ok(Message {
            id: self.own_id(),
            body,
            weight: limits::clamp(orders.len()),
            recv_time_ms: latest_ms,
            orders: placed,
            waiting,
        })
    }

    fn cancel(&mut self, targets: &[CancelTarget], now: UnixNanos) -> Result<Message, CommandError> {
        batch_size(targets.len())?;
        let waiting = all_alike(targets.iter().map(|target| target.waiting))?;
        let id = self.own_id();
        let (tx, signature, recv_time_ms) = self.cancellation(targets, now)?;
        let body = json!({"cancel_orders": execute(tx, signature, waiting, id)});
        Ok(Message { id, body, weight: limits::clamp(targets.len()), recv_time_ms, orders: Vec::new(), waiting })
    }

    /// An empty list of products is all of them.
    fn cancel_all(
        &mut self,
        instrument: Option<InstrumentId>,
        waiting: bool,
        table: &InstrumentTable,
        now: UnixNanos,
    ) -> Result<Message, CommandError> {
        if let Some(unknown) = instrument.filter(|instrument| table.get(*instrument).is_none()) {
            return Err(CommandError {
                code: "INSTRUMENT_UNKNOWN",
                detail: format!("product {} is not listed", unknown.0),
            });
        }
        let products: Vec<u32> = instrument.iter().map(|instrument| instrument.0).collect();
        let id = self.own_id();
        let Nonce { value: nonce, recv_time_ms } = self.nonce(now);
        let words = [Word::One(self.owner.subaccount), product_words(&products), sign::unsigned(nonce.into())];
        let signature = self.signature(&CANCELLATION_PRODUCTS.struct_hash(&words));
        let tx = json!({"sender": self.owner.hex(), "productIds": products, "nonce": nonce.to_string()});
        let body = json!({"cancel_product_orders": execute(tx, signature, waiting, id)});
        let weight = limits::cancel_products_weight(products.len());
        Ok(Message { id, body, weight, recv_time_ms, orders: Vec::new(), waiting })
    }

    /// All or nothing where `unfilled` is known: the venue compares it with what is left of the old order, without a
    /// sign, and refuses the whole message (2124) when a fill came between. Else it refuses the placement (2120).
    fn cancel_and_place(
        &mut self,
        cancel: &CancelTarget,
        unfilled: Option<BaseQty>,
        place: &NewOrder,
        table: &InstrumentTable,
        now: UnixNanos,
    ) -> Result<Message, CommandError> {
        if cancel.waiting || place.trigger.is_some() {
            let detail = "the venue replaces orders of the book only; cancel it, then place another".to_owned();
            return Err(CommandError { code: "TRIGGER_NOT_REPLACEABLE", detail });
        }
        let (place_order, placed, place_ms) = self.place_order(place, table, now)?;
        let (cancel_tx, cancel_signature, cancel_ms) = self.cancellation(std::slice::from_ref(cancel), now)?;
        let mut both =
            json!({"cancel_tx": cancel_tx, "cancel_signature": cancel_signature, "place_order": place_order});
        match unfilled {
            Some(unfilled) => both["required_unfilled_amount"] = json!(unfilled.abs().x18().to_string()),
            None => both["place_requires_unfilled"] = json!(true),
        }
        let body = json!({"cancel_and_place": both});
        Ok(Message {
            id: place.client_id.0,
            body,
            weight: 2,
            recv_time_ms: place_ms.max(cancel_ms),
            orders: vec![placed],
            waiting: false,
        })
    }

    /// Valid until its nonce is used: no time ends it.
    fn account(&mut self, name: &str, fields: &str) -> Result<Message, CommandError> {
        let message = account::read(name, fields, &self.owner.hex())?;
        let mut body = message.beside;
        body.insert("tx".to_owned(), Value::Object(message.tx));
        body.insert("signature".to_owned(), json!(self.signature(&message.struct_hash)));
        let body = json!({message.name: body});
        let (id, weight) = (self.own_id(), message.weight);
        Ok(Message { id, body, weight, recv_time_ms: u64::MAX, orders: Vec::new(), waiting: false })
    }

    fn place_order(
        &mut self,
        order: &NewOrder,
        table: &InstrumentTable,
        now: UnixNanos,
    ) -> Result<(Value, (ClientId, VenueOrderId), u64), CommandError> {
        let params = OrderParams::read(order)?;
        let instrument = check_order(order, &params, table, now)?;
        if order.client_id.0 >= OWN_IDS {
            return Err(CommandError {
                code: "CLIENT_ID_TOO_LARGE",
                detail: format!("{} is not below 2^62", order.client_id.0),
            });
        }
        let appendix = appendix(order, &params)?;
        let amount = match order.side {
            Side::Buy => order.quantity.x18(),
            Side::Sell => -order.quantity.x18(),
        };
        let expiration = expiration_s(order);
        let Nonce { value: nonce, recv_time_ms } = self.nonce(now);
        let words = [
            Word::One(self.owner.subaccount),
            sign::signed(order.price.x18()),
            sign::signed(amount),
            sign::unsigned(expiration.into()),
            sign::unsigned(nonce.into()),
            sign::unsigned(appendix),
        ];
        let digest = sign::digest(self.domains.product(instrument.id.0), &ORDER.struct_hash(&words));
        let mut body = json!({
            "product_id": instrument.id.0,
            "order": {
                "sender": self.owner.hex(),
                "priceX18": order.price.x18().to_string(),
                "amount": amount.to_string(),
                "expiration": expiration.to_string(),
                "nonce": nonce.to_string(),
                "appendix": appendix.to_string(),
            },
            "signature": hex::encode(&self.key.sign(&digest)),
            "id": order.client_id.0,
        });
        if let Some(trigger) = &order.trigger {
            body["trigger"] = trigger::body(trigger);
            // What is sent along is in the list of waiting orders; the engine does not read it.
            body["digest"] = json!(hex::encode(&digest));
        }
        Ok((body, (order.client_id, VenueOrderId(hex::encode(&digest))), recv_time_ms))
    }

    fn cancellation(&mut self, targets: &[CancelTarget], now: UnixNanos) -> Result<(Value, String, u64), CommandError> {
        let products: Vec<u32> = targets.iter().map(|target| target.instrument.0).collect();
        let mut digests = Vec::with_capacity(targets.len());
        for target in targets {
            let digest = hex::decode::<32>(&target.venue_order_id.0);
            digests.push(
                digest.ok_or_else(|| CommandError {
                    code: "ORDER_ID_MALFORMED",
                    detail: target.venue_order_id.0.clone(),
                })?,
            );
        }
        let Nonce { value: nonce, recv_time_ms } = self.nonce(now);
        let tx = json!({
            "sender": self.owner.hex(),
            "productIds": products,
            "digests": digests.iter().map(|digest| hex::encode(digest)).collect::<Vec<_>>(),
            "nonce": nonce.to_string(),
        });
        let sender = Word::One(self.owner.subaccount);
        let words = [sender, product_words(&products), Word::Many(digests), sign::unsigned(nonce.into())];
        Ok((tx, self.signature(&CANCELLATION.struct_hash(&words)), recv_time_ms))
    }

    /// The id of an order as the venue shows it.
    pub fn digest_of(&mut self, product_id: u32, order: &Signed) -> Option<VenueOrderId> {
        let words = [
            Word::One(hex::decode(&order.sender)?),
            sign::signed(order.price.0),
            sign::signed(order.amount.0),
            sign::unsigned(order.expiration.0.into()),
            sign::unsigned(order.nonce.0.into()),
            sign::unsigned(order.appendix.parse().ok()?),
        ];
        let digest = sign::digest(self.domains.product(product_id), &ORDER.struct_hash(&words));
        Some(VenueOrderId(hex::encode(&digest)))
    }

    /// A signed question for waiting orders; valid for as long as a command.
    pub fn list_waiting(&self, mut filter: Value, now: UnixNanos) -> Value {
        let recv_time = (now / 1_000_000).saturating_add(self.recv_window_ms);
        let words = [Word::One(self.owner.subaccount), sign::unsigned(recv_time.into())];
        filter["tx"] = json!({"sender": self.owner.hex(), "recvTime": recv_time.to_string()});
        filter["signature"] = json!(self.signature(&LIST_TRIGGER_ORDERS.struct_hash(&words)));
        filter
    }

    fn signature(&self, struct_hash: &[u8; 32]) -> String {
        hex::encode(&self.key.sign(&sign::digest(self.domains.endpoint(), struct_hash)))
    }

    /// The counter begins at the client's seed and the microsecond of the first use: neither two runs nor two clients that
    /// trade one account at the same moment begin alike.
    fn nonce(&mut self, now: UnixNanos) -> Nonce {
        let (window_ms, start) = (self.recv_window_ms, self.seed.wrapping_add(now / 1_000));
        self.nonces.get_or_insert_with(|| NonceSource::new(window_ms, start)).next(now)
    }

    fn own_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }
}

fn appendix(order: &NewOrder, params: &OrderParams) -> Result<u128, CommandError> {
    let mut appendix = Appendix::of(order.kind, order.reduce_only);
    if let Some(margin_x18) = params.isolated_margin_x18 {
        let detail =
            || format!("{} is not a margin with at most 6 decimals", crate::decimal::QuoteQty::from_x18(margin_x18));
        let margin = margin_x6(margin_x18).ok_or_else(|| CommandError { code: "MARGIN_UNUSABLE", detail: detail() })?;
        appendix.value = AppendixValue::IsolatedMarginX6(margin);
    }
    if order.trigger.is_some() {
        appendix.trigger = Trigger::Price;
    }
    appendix.pack().ok_or_else(|| CommandError { code: "APPENDIX_UNUSABLE", detail: format!("{appendix:?}") })
}

/// A signed cancel. The trigger service knows no request ids (reference 6.6).
fn execute(tx: Value, signature: String, waiting: bool, id: u64) -> Value {
    match waiting {
        true => json!({"tx": tx, "signature": signature}),
        false => json!({"tx": tx, "signature": signature, "id": id}),
    }
}

/// One message goes to one service.
fn all_alike(mut waiting: impl Iterator<Item = bool>) -> Result<bool, CommandError> {
    let first = waiting.next().unwrap_or_default();
    match waiting.all(|other| other == first) {
        true => Ok(first),
        false => Err(CommandError {
            code: "BATCH_MIXED",
            detail: "orders of the book and orders that wait for a trigger go to different services".to_owned(),
        }),
    }
}

fn product_words(products: &[u32]) -> Word {
    Word::Many(products.iter().map(|product| sign::padded(&product.to_be_bytes())).collect())
}

fn batch_size(count: usize) -> Result<(), CommandError> {
    if count == 0 || count > MAX_BATCH as usize {
        return Err(CommandError { code: "BATCH_SIZE", detail: format!("{count}; 1 to {MAX_BATCH}") });
    }
    Ok(())
}
