//! An account's own events in JSON: orders, fills, positions, balances (Paradex reference 2.7, 2.9, 5.3).

use std::collections::HashMap;

use super::decode::Context;
use super::decode_public::{id, unlisted};
use super::fields::{nanos_of_ms, optional_x18, side, x18};
use super::order_fields::{OrderFields, State, client_of};
use super::order_memory::OrderMemory;
use super::order_names::name;
use crate::decimal::{BaseQty, Price, QuoteQty};
use crate::error::DecodeError;
use crate::events::{Account, Event, Fill, InstrumentId, OrderStatus, Position, Side, UnixNanos};
use crate::venues::instrument_table::InstrumentTable;
use crate::venues::scan::{Object, shorten};

/// What the private channels are read with. Every figure of theirs carries a number that only rises; what is older than
/// what was read is left out.
#[derive(Debug, Default)]
pub struct Private {
    pub orders: OrderMemory,
    /// By instrument: the number of the newest message, and what it said.
    positions: HashMap<InstrumentId, (u64, Position)>,
    /// Kinds of changes without an order whose position is still to come.
    forced: HashMap<InstrumentId, String>,
    account: u64,
}

impl Private {
    /// A position of the stream, with the name of the change without an order that a fill has announced. `None`: older than
    /// what was read.
    pub fn told_position(&mut self, position: Position, seq: u64) -> Option<Position> {
        let instrument = position.instrument;
        if self.positions.get(&instrument).is_some_and(|(known, _)| seq <= *known) {
            return None;
        }
        self.positions.insert(instrument, (seq, position.clone()));
        let reason = self.forced.remove(&instrument).unwrap_or_default();
        Some(Position { reason, ..position })
    }

    /// A fill that no order made is no fill of an order: the position's own message tells what it did, before or after it.
    pub fn forced(&mut self, instrument: InstrumentId, kind: &str, at: UnixNanos) -> Option<Position> {
        let told = self.positions.get(&instrument).map(|(_, position)| position).filter(|last| last.ts_event >= at);
        if told.is_none() {
            self.forced.insert(instrument, kind.to_owned());
        }
        told.map(|last| Position { reason: kind.to_owned(), ..last.clone() })
    }

    pub fn is_newer_account(&mut self, seq: u64) -> bool {
        let newer = seq > self.account;
        self.account = self.account.max(seq);
        newer
    }

    /// Whose side a fill names the documents leave open for makers: the order's own is taken where it is known.
    pub fn side_of_fill(&self, order: &str, named: Side, is_taker: bool) -> Side {
        if is_taker { named } else { self.orders.side(order).unwrap_or(named) }
    }
}

pub fn order(object: &Object<'_>, context: &mut Context<'_>, out: &mut Vec<Event>) -> Result<(), DecodeError> {
    told(OrderFields::read(object)?, context, out);
    Ok(())
}

/// An order's message, from either encoding.
pub fn told(mut order: OrderFields, context: &mut Context<'_>, out: &mut Vec<Event>) {
    let Some(instrument) = context.table.by_symbol(&order.market).map(|instrument| instrument.id) else {
        out.push(unlisted(&order.market));
        return;
    };
    let rests = order.state == State::Open;
    let Some(rested) = context.private.orders.note(&order, rests) else { return };
    let refused_change = order.take_refused_change();
    let never_triggered = order.trigger.is_some() && !rested && order.remaining == order.size;
    let lives_or_is_full =
        matches!(order.status(rested), OrderStatus::Accepted | OrderStatus::PartiallyFilled | OrderStatus::Filled);
    if order.trigger.is_some() && order.state != State::Untriggered && lives_or_is_full {
        out.push(Event::WaitingReport(order.clone().waiting(instrument)));
    }
    match order.state {
        State::Untriggered => out.push(Event::WaitingReport(order.waiting(instrument))),
        State::Closed if never_triggered => out.push(Event::WaitingReport(order.waiting(instrument))),
        _ => out.push(Event::OrderUpdate(order.update(instrument, rested))),
    }
    out.extend(refused_change.map(Event::ChangeRefused));
}

pub fn fill(object: &Object<'_>, context: &mut Context<'_>, out: &mut Vec<Event>) -> Result<(), DecodeError> {
    let market = object.text("market")?;
    if is_forced(object)?
        && let Some(instrument) = context.table.by_symbol(market)
    {
        let at = nanos_of_ms(object, "created_at")?;
        out.extend(context.private.forced(instrument.id, object.text("fill_type")?, at).map(Event::Position));
        return Ok(());
    }
    let Some(fill) = read_fill(object, context.table, context.private)? else {
        out.push(unlisted(market));
        return Ok(());
    };
    out.push(Event::Fill(fill));
    Ok(())
}

/// A liquidation, an unwinding or a settlement for which the venue names no order (reference 2.9, 6.9).
pub fn is_forced(object: &Object<'_>) -> Result<bool, DecodeError> {
    Ok(object.text("order_id")?.is_empty())
}

/// A fill of the stream or of `GET /fills`. `None`: of a market that is not listed.
pub fn read_fill(object: &Object<'_>, table: &InstrumentTable, private: &Private) -> Result<Option<Fill>, DecodeError> {
    let Some(instrument) = table.by_symbol(object.text("market")?) else { return Ok(None) };
    let order = id(object.text("order_id")?)?;
    let is_taker = match object.text("liquidity")? {
        "TAKER" => true,
        "MAKER" => false,
        other => return Err(DecodeError::new(format!("unknown liquidity {}", shorten(other)))),
    };
    let positive = |key: &str| {
        let value = x18(object, key)?;
        if value > 0 { Ok(value) } else { Err(DecodeError::new(format!("{key} is not positive: {value}"))) }
    };
    let client_id = client_of(object).or_else(|| private.orders.client_id(&order));
    Ok(Some(Fill {
        instrument: instrument.id,
        side: private.side_of_fill(&order, side(object)?, is_taker),
        venue_order_id: name(&order, client_id),
        client_id,
        trade_id: id(object.text("id")?)?,
        quantity: BaseQty::from_x18(positive("size")?),
        price: Price::from_x18(positive("price")?),
        fee: QuoteQty::from_x18(optional_x18(object, "fee")?.unwrap_or(0)),
        fee_currency: super::fields::optional_text(object, "fee_currency")?.map(str::to_owned),
        is_taker,
        remaining: optional_x18(object, "remaining_size")?.map(BaseQty::from_x18),
        original: None,
        ts_event: nanos_of_ms(object, "created_at")?,
    }))
}

pub fn position(object: &Object<'_>, context: &mut Context<'_>, out: &mut Vec<Event>) -> Result<(), DecodeError> {
    let market = object.text("market")?;
    match read_position(object, context.table)? {
        None => out.push(unlisted(market)),
        Some(position) => {
            out.extend(context.private.told_position(position, object.u64("seq_no")?).map(Event::Position));
        }
    }
    Ok(())
}

/// A position of the stream or of `GET /positions`. Sizes are signed here, and the side says the same.
pub fn read_position(object: &Object<'_>, table: &InstrumentTable) -> Result<Option<Position>, DecodeError> {
    let Some(instrument) = table.by_symbol(object.text("market")?) else { return Ok(None) };
    let size = BaseQty::from_x18(x18(object, "size")?);
    let quantity = match (object.text("status")?, object.text("side")?) {
        ("CLOSED", _) => BaseQty::ZERO,
        ("OPEN", "LONG") if size >= BaseQty::ZERO => size,
        // The sign and the side say the same; SBE has the side only.
        ("OPEN", "SHORT") => BaseQty::from_x18(-size.abs().x18()),
        (status, side) => {
            return Err(DecodeError::new(format!("{}: {status} {side} of {size}", instrument.symbol)));
        }
    };
    let entry = optional_x18(object, "average_entry_price_usd")?;
    Ok(Some(position_of(instrument.id, quantity, entry, nanos_of_ms(object, "last_updated_at")?)))
}

/// `entry_usd_x18`: the price as it was traded; the venue's own figure in USDC is that divided by the coin's price.
pub fn position_of(
    instrument: InstrumentId,
    quantity: BaseQty,
    entry_usd_x18: Option<i128>,
    ts_event: UnixNanos,
) -> Position {
    let entry_price = entry_usd_x18.filter(|price| *price > 0 && !quantity.is_zero()).map(Price::from_x18);
    Position { instrument, quantity, entry_price, isolated: false, reason: String::new(), ts_event }
}

pub fn account(object: &Object<'_>, context: &mut Context<'_>, out: &mut Vec<Event>) -> Result<(), DecodeError> {
    let account = read_account(object)?;
    if context.private.is_newer_account(object.u64("seq_no")?) {
        out.push(Event::Account(account));
    }
    Ok(())
}

pub fn read_account(object: &Object<'_>) -> Result<Account, DecodeError> {
    Ok(Account {
        currency: object.text("settlement_asset")?.to_owned(),
        total: QuoteQty::from_x18(x18(object, "account_value")?),
        free: QuoteQty::from_x18(x18(object, "free_collateral")?.max(0)),
        ts_event: nanos_of_ms(object, "updated_at")?,
    })
}
