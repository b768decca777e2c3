//! Market data in SBE: templates 1 to 5 (Paradex reference 5.6).

use super::decode::Context;
use super::decode_public::{self, id, unlisted};
use super::fields::hourly;
use super::fixed_point::{price_of_e8, size_of_e8, x18_of_e8};
use super::sbe::Message;
use crate::decimal::{BaseQty, ONE_X18, Price};
use crate::error::DecodeError;
use crate::events::{Event, FundingRate, Level, OpenInterest, Quote, ReferencePrices, Side, Trade};

/// Trades that are none of the book (reference 5.6, FillType).
const LIQUIDATION: u8 = 2;
const UNWIND_TRANSFER: u8 = 3;
const SETTLE_MARKET: u8 = 4;

type Read = Result<(), DecodeError>;

pub fn trade(mut message: Message<'_>, context: &Context<'_>, out: &mut Vec<Event>) -> Read {
    let market = message.market()?;
    let full_id = message.text()?;
    let Some(instrument) = context.table.by_symbol(market) else {
        out.push(unlisted(market));
        return Ok(());
    };
    // The first schema has the id's low 64 bits only, as a signed number: another name than a query would give.
    let trade_id = match full_id {
        "" => message.i64(16)?.cast_unsigned().to_string(),
        full => id(full)?,
    };
    let (price_e8, size_e8) = (message.i64(25)?, message.i64(33)?);
    match message.u8(49)? {
        LIQUIDATION => {
            let (size_x18, price_x18) = (x18_of_e8(size_e8), x18_of_e8(price_e8));
            let (side, ts_event) = (message.side(24)?, message.nanos(41)?);
            out.push(decode_public::liquidation(instrument, side, size_x18, price_x18, ts_event));
            return Ok(());
        }
        UNWIND_TRANSFER | SETTLE_MARKET => return Ok(()),
        _ => {}
    }
    let size = size_of_e8(instrument, size_e8)?;
    if size == 0 {
        return Err(DecodeError::new("trade without a size"));
    }
    out.push(Event::Trade(Trade {
        instrument: instrument.id,
        price: price_of_e8(instrument, price_e8)?,
        size,
        aggressor: message.side(24)?,
        trade_id,
        ts_event: message.nanos(41)?,
    }));
    Ok(())
}

pub fn bbo(message: &Message<'_>, context: &Context<'_>, out: &mut Vec<Event>) -> Read {
    let mut message = *message;
    let market = message.market()?;
    let Some(instrument) = context.table.by_symbol(market) else {
        out.push(unlisted(market));
        return Ok(());
    };
    let touch = |price_at: usize| -> Result<(i64, i64), DecodeError> {
        match (message.optional(price_at)?, message.optional(price_at + 8)?) {
            (Some(price), Some(size)) if price != 0 && size != 0 => {
                Ok((price_of_e8(instrument, price)?, size_of_e8(instrument, size)?))
            }
            _ => Ok((0, 0)),
        }
    };
    let (bid_price, bid_size) = touch(16)?;
    let (ask_price, ask_size) = touch(32)?;
    let ts_event = message.nanos(0)?;
    out.push(Event::Quote(Quote { instrument: instrument.id, bid_price, bid_size, ask_price, ask_size, ts_event }));
    Ok(())
}

pub fn book(mut message: Message<'_>, context: &Context<'_>, out: &mut Vec<Event>) -> Read {
    let (bids, asks) = (message.group()?, message.group()?);
    let market = message.market()?;
    let Some(instrument) = context.table.by_symbol(market) else {
        out.push(unlisted(market));
        return Ok(());
    };
    let snapshot = match message.u8(16)? {
        0 => true,
        1 => false,
        other => return Err(message.unknown("kind of book package", other)),
    };
    let mut levels = Vec::with_capacity(bids.count + asks.count);
    for (side, group) in [(Side::Buy, bids), (Side::Sell, asks)] {
        group.each_pair(|price, size| {
            levels.push(Level { side, price: price_of_e8(instrument, price)?, size: size_of_e8(instrument, size)? });
            Ok(())
        })?;
    }
    let (last, ts_event) = (message.unsigned(8)?, message.nanos(0)?);
    out.push(Event::Book(decode_public::book(instrument, snapshot, last, levels, ts_event, context.every_update)));
    Ok(())
}

pub fn market_summary(message: &Message<'_>, context: &Context<'_>, out: &mut Vec<Event>) -> Read {
    let mut message = *message;
    let market = message.market()?;
    let Some(instrument) = context.table.by_symbol(market) else {
        out.push(unlisted(market));
        return Ok(());
    };
    let ts_event = message.nanos(0)?;
    let positive = |at| -> Result<Option<Price>, DecodeError> {
        Ok(message.optional(at)?.filter(|value| *value > 0).map(|value| Price::from_x18(x18_of_e8(value))))
    };
    let (mark, index) = (positive(16)?, positive(24)?);
    out.push(Event::ReferencePrices(ReferencePrices { instrument: instrument.id, mark, index, ts_event }));
    if let Some(open) = message.optional(48)? {
        let quantity = BaseQty::from_x18(x18_of_e8(open));
        out.push(Event::OpenInterest(OpenInterest { instrument: instrument.id, quantity, ts_event }));
    }
    Ok(())
}

pub fn funding_data(message: &Message<'_>, context: &Context<'_>, out: &mut Vec<Event>) -> Read {
    let mut message = *message;
    let market = message.market()?;
    let Some(instrument) = context.table.by_symbol(market) else {
        out.push(unlisted(market));
        return Ok(());
    };
    let period_x18 = i128::from(message.i16(56)?) * ONE_X18;
    let rate_x18 = hourly(x18_of_e8(message.i64(16)?), period_x18)?;
    let ts_event = message.nanos(32)?;
    out.push(Event::FundingRate(FundingRate { instrument: instrument.id, rate_x18, ts_event }));
    Ok(())
}
