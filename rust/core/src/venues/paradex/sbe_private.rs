//! An account's own events in SBE: templates 20 to 23 (Paradex reference 5.6).

use super::decode::Context;
use super::decode_private::{position_of, told};
use super::decode_public::{id, unlisted};
use super::fixed_point::x18_of_e8;
use super::order_fields::{ORDER_TYPES, OrderFields, State, kind, trigger};
use super::order_names::{client_id, name};
use super::sbe::Message;
use crate::decimal::{BaseQty, Price, QuoteQty};
use crate::error::DecodeError;
use crate::events::{Account, Event, Fill, Side};

type Read = Result<(), DecodeError>;

const INSTRUCTIONS: [&str; 4] = ["GTC", "IOC", "POST_ONLY", "RPI"];
const FILL_TYPES: [&str; 6] = ["FILL", "LIQUIDATION", "UNWIND_TRANSFER", "SETTLE_MARKET", "RPI", "BLOCK_TRADE"];
const REDUCE_ONLY: u8 = 1;
const BELOW: u8 = 1 << 1;
const ABOVE: u8 = 1 << 2;

/// Enumerations of the wire begin at one.
fn named(message: &Message<'_>, what: &str, names: &[&'static str], at: usize) -> Result<&'static str, DecodeError> {
    let number = message.u8(at)?;
    let name = number.checked_sub(1).and_then(|index| names.get(usize::from(index)));
    name.copied().ok_or_else(|| message.unknown(what, number))
}

pub fn order(mut message: Message<'_>, context: &mut Context<'_>, out: &mut Vec<Event>) -> Read {
    let (order_id, client, market, reason) = (message.text()?, message.text()?, message.market()?, message.text()?);
    let order_type = named(&message, "order type", &ORDER_TYPES, 18)?;
    let instruction = named(&message, "instruction", &INSTRUCTIONS, 19)?;
    let side = message.side(17)?;
    let flags = message.u8(125)?;
    let above = if flags & ABOVE != 0 { Some(true) } else { (flags & BELOW != 0).then_some(false) };
    let x18 = |at: usize| message.i64(at).map(x18_of_e8);
    let positive = |at: usize| -> Result<Option<i128>, DecodeError> {
        Ok(message.optional(at)?.filter(|value| *value > 0).map(x18_of_e8))
    };
    let order = OrderFields {
        id: id(order_id)?,
        client_id: client_id(client),
        market: market.to_owned(),
        side,
        order_type,
        kind: kind(order_type, instruction)?,
        state: match message.u8(16)? {
            1 => State::New,
            2 => State::Untriggered,
            3 => State::Open,
            4 => State::Closed,
            other => return Err(message.unknown("order status", other)),
        },
        size: BaseQty::from_x18(x18(36)?),
        remaining: BaseQty::from_x18(x18(44)?),
        price: Price::from_x18(positive(20)?.unwrap_or(0)),
        average_price: positive(52)?.map(Price::from_x18),
        trigger: trigger(order_type, side, positive(28)?, above),
        reduce_only: flags & REDUCE_ONLY != 0,
        cancel_reason: reason.to_owned(),
        refused_change: None,
        created: message.nanos(60)?,
        updated: message.nanos(68)?,
        seq: message.unsigned(8)?,
    };
    told(order, context, out);
    Ok(())
}

pub fn fill(mut message: Message<'_>, context: &mut Context<'_>, out: &mut Vec<Event>) -> Read {
    let (fill_id, order_id, client) = (message.text()?, message.text()?, message.text()?);
    let (_trade_id, market, fee_currency) = (message.text()?, message.market()?, message.text()?);
    let Some(instrument) = context.table.by_symbol(market) else {
        out.push(unlisted(market));
        return Ok(());
    };
    if order_id.is_empty() {
        let kind = named(&message, "fill type", &FILL_TYPES, 16)?;
        out.extend(context.private.forced(instrument.id, kind, message.nanos(51)?).map(Event::Position));
        return Ok(());
    }
    let order = id(order_id)?;
    let is_taker = match message.u8(18)? {
        1 => false,
        2 => true,
        other => return Err(message.unknown("liquidity", other)),
    };
    let positive = |at: usize| {
        let value = message.i64(at)?;
        if value > 0 { Ok(x18_of_e8(value)) } else { Err(DecodeError::new(format!("a fill with {value} at {at}"))) }
    };
    let client_id = client_id(client).or_else(|| context.private.orders.client_id(&order));
    out.push(Event::Fill(Fill {
        instrument: instrument.id,
        side: context.private.side_of_fill(&order, message.side(17)?, is_taker),
        venue_order_id: name(&order, client_id),
        client_id,
        trade_id: id(fill_id)?,
        quantity: BaseQty::from_x18(positive(27)?),
        price: Price::from_x18(positive(19)?),
        fee: QuoteQty::from_x18(x18_of_e8(message.i64(35)?)),
        fee_currency: Some(fee_currency).filter(|text| !text.is_empty()).map(str::to_owned),
        is_taker,
        remaining: None,
        original: None,
        ts_event: message.nanos(51)?,
    }));
    Ok(())
}

pub fn position(message: &Message<'_>, context: &mut Context<'_>, out: &mut Vec<Event>) -> Read {
    let mut message = *message;
    let market = message.market()?;
    let Some(instrument) = context.table.by_symbol(market) else {
        out.push(unlisted(market));
        return Ok(());
    };
    let size = x18_of_e8(message.i64(17)?).saturating_abs();
    let quantity = match (message.u8(153)?, size) {
        (2, _) | (1, 0) => 0,
        (1, size) if message.side(16)? == Side::Buy => size,
        (1, size) => -size,
        (other, _) => return Err(message.unknown("position status", other)),
    };
    let entry = message.optional(113)?.map(x18_of_e8);
    let position = position_of(instrument.id, BaseQty::from_x18(quantity), entry, message.nanos(73)?);
    out.extend(context.private.told_position(position, message.unsigned(8)?).map(Event::Position));
    Ok(())
}

pub fn account(message: &Message<'_>, context: &mut Context<'_>, out: &mut Vec<Event>) -> Read {
    let mut message = *message;
    let currency = message.text()?.to_owned();
    if currency.is_empty() {
        return Err(DecodeError::new("an account without its settlement asset"));
    }
    let amount = |at: usize| message.i64(at).map(x18_of_e8);
    let account = Account {
        currency,
        total: QuoteQty::from_x18(amount(48)?),
        free: QuoteQty::from_x18(amount(24)?.max(0)),
        ts_event: message.nanos(64)?,
    };
    if context.private.is_newer_account(message.unsigned(8)?) {
        out.push(Event::Account(account));
    }
    Ok(())
}
