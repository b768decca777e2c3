//! Market data in JSON (Paradex reference 5.3 to 5.5).

use super::decode::{Context, set};
use super::fields::{hourly, nanos_of_ms, optional_text, optional_x18, side, x18};
use super::fixed_point::{price, size};
use super::levels;
use crate::decimal::{BaseQty, Price};
use crate::error::DecodeError;
use crate::events::{
    BookUpdate, Event, FundingRate, Level, Liquidation, OpenInterest, Quote, ReferencePrices, Side, Trade, UnixNanos,
};
use crate::instruments::Instrument;
use crate::venues::instrument_table::InstrumentTable;
use crate::venues::scan::{Object, Reader, Token, absurd, integer, shorten};

/// How channels of books begin; the market and the feed follow.
pub const BOOK: &str = "order_book.";

/// Newly listed markets appear in streams before the instruments are read again: not an error of the frame.
pub fn unlisted(market: &str) -> Event {
    Event::Unknown { kind: format!("market {} is not listed", shorten(market)) }
}

/// `channel`: without its prefix, `<market>.<feed>`.
pub fn order_book(channel: &str, reader: &mut Reader<'_>, context: &Context<'_>) -> Result<Event, DecodeError> {
    let (market, _feed) = channel.split_once('.').unwrap_or((channel, ""));
    let Some(instrument) = context.table.by_symbol(market) else {
        reader.value(0)?;
        return Ok(unlisted(market));
    };
    let (mut seq, mut named, mut time, mut snapshot) = (None, None, None, None);
    let mut arrays = 0;
    let mut levels = Vec::with_capacity(32);
    reader.fields(|key, reader| match key {
        "seq_no" => set(&mut seq, key, unsigned(key, reader)?),
        "last_updated_at" => set(&mut time, key, unsigned(key, reader)?),
        "market" => set(&mut named, key, reader.value(0)?),
        "update_type" => match reader.value(0)? {
            Token::Text { text: "s", .. } => set(&mut snapshot, key, true),
            Token::Text { text: "d", .. } => set(&mut snapshot, key, false),
            other => Err(DecodeError::new(format!("update_type is {other:?}"))),
        },
        "inserts" | "updates" | "deletes" => {
            arrays += 1;
            levels::read(reader, instrument, key == "deletes", &mut levels)
        }
        _ => reader.value(0).map(drop),
    })?;
    let missing = |key: &str| DecodeError::new(format!("{key} is missing"));
    if !matches!(named, Some(Token::Text { text, .. }) if text == market) {
        return Err(DecodeError::new(format!("a book of {} names {named:?}", shorten(market))));
    }
    if arrays != 3 {
        return Err(DecodeError::new(format!("{arrays} of inserts, updates and deletes")));
    }
    let last = seq.ok_or_else(|| missing("seq_no"))?;
    let ms = time.ok_or_else(|| missing("last_updated_at"))?;
    let snapshot = snapshot.ok_or_else(|| missing("update_type"))?;
    Ok(Event::Book(book(instrument, snapshot, last, levels, ms_to_nanos(ms)?, context.every_update)))
}

/// One update in the book's own sequence. Only the unthrottled feed says every number of it; elsewhere any later
/// update continues (reference 5.4).
pub fn book(
    instrument: &Instrument,
    snapshot: bool,
    last: u64,
    mut levels: Vec<Level>,
    ts_event: UnixNanos,
    every_update: bool,
) -> BookUpdate {
    // Deletes before inserts and updates: a level that is both was put anew.
    levels.sort_by_key(|level| level.size != 0);
    let previous_last = (every_update && !snapshot).then(|| last.saturating_sub(1));
    BookUpdate { instrument: instrument.id, snapshot, first: last, last, previous_last, levels, ts_event }
}

fn unsigned(key: &str, reader: &mut Reader<'_>) -> Result<u64, DecodeError> {
    match reader.value(0)? {
        Token::Number(text) | Token::Text { text, escaped: false } => {
            integer(text).and_then(|number| u64::try_from(number).ok()).ok_or_else(|| absurd(key, text))
        }
        other => Err(DecodeError::new(format!("{key} is {other:?}"))),
    }
}

pub fn ms_to_nanos(ms: u64) -> Result<UnixNanos, DecodeError> {
    ms.checked_mul(1_000_000).ok_or_else(|| DecodeError::new(format!("time is out of range: {ms}")))
}

pub fn bbo(object: &Object<'_>, table: &InstrumentTable, out: &mut Vec<Event>) -> Result<(), DecodeError> {
    let market = object.text("market")?;
    let Some(instrument) = table.by_symbol(market) else {
        out.push(unlisted(market));
        return Ok(());
    };
    let touch = |price_key: &str, size_key: &str| -> Result<(i64, i64), DecodeError> {
        match (optional_text(object, price_key)?, optional_text(object, size_key)?) {
            (Some(at), Some(amount)) => match size(instrument, amount)? {
                0 => Ok((0, 0)),
                amount => Ok((price(instrument, at)?, amount)),
            },
            _ => Ok((0, 0)),
        }
    };
    let (bid_price, bid_size) = touch("bid", "bid_size")?;
    let (ask_price, ask_size) = touch("ask", "ask_size")?;
    let ts_event = nanos_of_ms(object, "last_updated_at")?;
    out.push(Event::Quote(Quote { instrument: instrument.id, bid_price, bid_size, ask_price, ask_size, ts_event }));
    Ok(())
}

/// A trade of the stream or of `GET /trades`. Positions that the venue moves itself, at a mark price that may lie between the
/// ticks, are no trades of the book; of these, liquidations are news of their own (reference 2.4, 6.10).
pub fn trade(object: &Object<'_>, table: &InstrumentTable, out: &mut Vec<Event>) -> Result<(), DecodeError> {
    let market = object.text("market")?;
    let Some(instrument) = table.by_symbol(market) else {
        out.push(unlisted(market));
        return Ok(());
    };
    match optional_text(object, "trade_type")? {
        Some("LIQUIDATION") => {
            let (size_x18, price_x18) = (x18(object, "size")?, x18(object, "price")?);
            let ts_event = nanos_of_ms(object, "created_at")?;
            out.push(liquidation(instrument, side(object)?, size_x18, price_x18, ts_event));
            return Ok(());
        }
        Some("SETTLE_MARKET" | "UNWIND_TRANSFER") => return Ok(()),
        _ => {}
    }
    let trade_size = size(instrument, object.text("size")?)?;
    if trade_size == 0 {
        return Err(DecodeError::new("trade without a size"));
    }
    out.push(Event::Trade(Trade {
        instrument: instrument.id,
        price: price(instrument, object.text("price")?)?,
        size: trade_size,
        aggressor: side(object)?,
        trade_id: id(object.text("id")?)?,
        ts_event: nanos_of_ms(object, "created_at")?,
    }));
    Ok(())
}

/// Signed as the taker's side: what was liquidated by selling is negative.
pub fn liquidation(instrument: &Instrument, side: Side, size_x18: i128, price_x18: i128, ts_event: UnixNanos) -> Event {
    let signed_x18 = match side {
        Side::Buy => size_x18,
        Side::Sell => -size_x18,
    };
    Event::Liquidation(Liquidation {
        instruments: vec![instrument.id],
        quantity: BaseQty::from_x18(signed_x18),
        price: Price::from_x18(price_x18),
        ts_event,
    })
}

/// Ids are 28 digits today; the vocabulary takes at most 36 ASCII characters.
pub fn id(text: &str) -> Result<String, DecodeError> {
    let fits = !text.is_empty() && text.len() <= 36 && text.bytes().all(|byte| byte.is_ascii_graphic());
    if fits { Ok(text.to_owned()) } else { Err(DecodeError::new(format!("not an id: {}", shorten(text)))) }
}

/// Mark, index and open interest, of the stream or of `GET /markets/summary`.
pub fn markets_summary(object: &Object<'_>, table: &InstrumentTable, out: &mut Vec<Event>) -> Result<(), DecodeError> {
    let market = object.text("symbol")?;
    let Some(instrument) = table.by_symbol(market) else {
        out.push(unlisted(market));
        return Ok(());
    };
    let ts_event = nanos_of_ms(object, "created_at")?;
    let positive = |key: &str| Ok(optional_x18(object, key)?.filter(|value| *value > 0).map(Price::from_x18));
    let (mark, index) = (positive("mark_price")?, positive("underlying_price")?);
    out.push(Event::ReferencePrices(ReferencePrices { instrument: instrument.id, mark, index, ts_event }));
    if let Some(open) = optional_x18(object, "open_interest")? {
        let quantity = BaseQty::from_x18(open);
        out.push(Event::OpenInterest(OpenInterest { instrument: instrument.id, quantity, ts_event }));
    }
    Ok(())
}

/// A rate of the stream or of `GET /funding/data`. It is for the market's own period, which comes with it.
pub fn funding_data(object: &Object<'_>, table: &InstrumentTable, out: &mut Vec<Event>) -> Result<(), DecodeError> {
    let market = object.text("market")?;
    let Some(instrument) = table.by_symbol(market) else {
        out.push(unlisted(market));
        return Ok(());
    };
    let rate_x18 = hourly(x18(object, "funding_rate")?, x18(object, "funding_period_hours")?)?;
    let ts_event = nanos_of_ms(object, "created_at")?;
    out.push(Event::FundingRate(FundingRate { instrument: instrument.id, rate_x18, ts_event }));
    Ok(())
}
