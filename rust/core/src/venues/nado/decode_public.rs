//! Market data of the subscriptions socket (Nado reference 4.4).

use std::collections::HashMap;

use crate::decimal::{BaseQty, Price};
use crate::error::DecodeError;
use crate::events::{
    Bar, BestPrices, BookUpdate, Event, FundingPayment, FundingRate, InstrumentId, Level, Liquidation, Quote, Side,
    Trade, UnixNanos,
};
use crate::instruments::Instrument;
use crate::venues::instrument_table::{InstrumentTable, price, side_of, size};
use crate::venues::levels::each_plain;
use crate::venues::scan::{Object, Reader, Token, absurd, each_item, each_pair, entries, integer, natural};

/// A day's funding rate is paid in this many hourly parts.
const HOURS_A_RATE: i128 = 24;

/// Makes ids for trades, which the venue sends without one: time, product, and a number among trades of that moment.
#[derive(Debug, Default)]
pub struct TradeIds {
    /// One entry a product.
    latest: HashMap<u32, (UnixNanos, u32)>,
}

impl TradeIds {
    fn next(&mut self, product_id: u32, ts_event: UnixNanos) -> String {
        let entry = self.latest.entry(product_id).or_insert((0, 0));
        entry.1 = if entry.0 == ts_event { entry.1.wrapping_add(1) } else { 0 };
        entry.0 = ts_event;
        format!("{ts_event}-{product_id}-{}", entry.1)
    }
}

pub fn book_depth(object: &Object<'_>, table: &InstrumentTable) -> Result<Event, DecodeError> {
    let instrument = table.find(object.u32("product_id")?)?;
    let last = object.u64("max_timestamp")?;
    let mut levels = Vec::with_capacity(32);
    read_levels(object.nested("bids")?, Side::Buy, instrument, &mut levels)?;
    read_levels(object.nested("asks")?, Side::Sell, instrument, &mut levels)?;
    Ok(Event::Book(BookUpdate {
        instrument: instrument.id,
        snapshot: false,
        first: object.u64("min_timestamp")?,
        last,
        previous_last: Some(object.u64("last_max_timestamp")?),
        levels,
        ts_event: last,
    }))
}

/// A `book_depth` as the venue writes it, levels behind the product that they are of: read in one pass. `None`: anything
/// else, which goes the general way; what is accepted does not change.
pub fn plain_book_depth(text: &str, table: &InstrumentTable) -> Option<Event> {
    let mut plain = PlainDepth::default();
    let mut reader = Reader::new(text);
    let general = || DecodeError::new(String::new());
    reader.fields(|key, reader| plain.field(key, reader, table).ok_or_else(general)).ok()?;
    reader.end().ok()?;
    plain.asks?;
    Some(Event::Book(BookUpdate {
        instrument: plain.instrument?.id,
        snapshot: false,
        first: plain.first?,
        last: plain.last?,
        previous_last: Some(plain.previous_last?),
        levels: plain.levels,
        ts_event: plain.last?,
    }))
}

/// Every field once, and no other.
#[derive(Default)]
struct PlainDepth<'a> {
    kind: Option<()>,
    instrument: Option<&'a Instrument>,
    first: Option<u64>,
    last: Option<u64>,
    previous_last: Option<u64>,
    bids: Option<()>,
    asks: Option<()>,
    levels: Vec<Level>,
}

impl<'a> PlainDepth<'a> {
    fn field(&mut self, key: &str, reader: &mut Reader<'_>, table: &'a InstrumentTable) -> Option<()> {
        match key {
            "type" => {
                let known = matches!(reader.value(0).ok()?, Token::Text { text: "book_depth", .. });
                once(&mut self.kind, known.then_some(())?)
            }
            "min_timestamp" => once(&mut self.first, number(reader)?),
            "max_timestamp" => once(&mut self.last, number(reader)?),
            "last_max_timestamp" => once(&mut self.previous_last, number(reader)?),
            "product_id" => {
                let id = InstrumentId(u32::try_from(number(reader)?).ok()?);
                once(&mut self.instrument, table.get(id)?)
            }
            "bids" => {
                self.levels.reserve(32);
                self.side(reader, Side::Buy)?;
                once(&mut self.bids, ())
            }
            "asks" => {
                self.bids?;
                self.side(reader, Side::Sell)?;
                once(&mut self.asks, ())
            }
            _ => None,
        }
    }

    fn side(&mut self, reader: &mut Reader<'_>, side: Side) -> Option<()> {
        let length = plain_levels(reader.rest().as_bytes(), side, self.instrument?, &mut self.levels)?;
        reader.advance(length);
        Some(())
    }
}

fn once<T>(slot: &mut Option<T>, value: T) -> Option<()> {
    slot.replace(value).is_none().then_some(())
}

fn number(reader: &mut Reader<'_>) -> Option<u64> {
    match reader.value(0).ok()? {
        Token::Text { text, escaped: false } | Token::Number(text) => natural(text),
        _ => None,
    }
}

/// The list's length; the levels may have grown where there is none.
fn plain_levels(bytes: &[u8], side: Side, instrument: &Instrument, levels: &mut Vec<Level>) -> Option<usize> {
    let digits = |precision: u8| usize::from(18u8.saturating_sub(precision));
    let cuts = [digits(instrument.price_precision), digits(instrument.size_precision)];
    let mut usable = true;
    let length = each_plain(bytes, cuts, |price, size| {
        usable &= price > 0;
        levels.push(Level { side, price, size });
    })?;
    usable.then_some(length)
}

fn read_levels(text: &str, side: Side, instrument: &Instrument, levels: &mut Vec<Level>) -> Result<(), DecodeError> {
    let known = levels.len();
    if plain_levels(text.as_bytes(), side, instrument, levels) == Some(text.len()) {
        return Ok(());
    }
    levels.truncate(known);
    each_pair(text, |price_x18, size_x18| {
        levels.push(Level { side, price: price(instrument, price_x18)?, size: size(instrument, size_x18)? });
        Ok(())
    })
}

pub fn best_bid_offer(object: &Object<'_>, table: &InstrumentTable) -> Result<Event, DecodeError> {
    let instrument = table.find(object.u32("product_id")?)?;
    let (bid_price, bid_size) = touch(instrument, object.i128("bid_price")?, object.i128("bid_qty")?)?;
    let (ask_price, ask_size) = touch(instrument, object.i128("ask_price")?, object.i128("ask_qty")?)?;
    let ts_event = object.u64("timestamp")?;
    Ok(Event::Quote(Quote { instrument: instrument.id, bid_price, bid_size, ask_price, ask_size, ts_event }))
}

/// One side of a quote. The venue writes an empty side as price 0 or the largest 128-bit number (reference 2.4).
fn touch(instrument: &Instrument, price_x18: i128, size_x18: i128) -> Result<(i64, i64), DecodeError> {
    if is_no_price(price_x18) || size_x18 == 0 {
        return Ok((0, 0));
    }
    Ok((price(instrument, price_x18)?, size(instrument, size_x18)?))
}

pub fn is_no_price(price_x18: i128) -> bool {
    price_x18 == 0 || price_x18 == i128::MAX
}

/// All products' best prices; the stream has no sizes.
pub fn all_bbo(object: &Object<'_>, table: &InstrumentTable, out: &mut Vec<Event>) -> Result<(), DecodeError> {
    let ts_event =
        object.u64("time")?.checked_mul(1_000_000).ok_or_else(|| DecodeError::new("time is out of range"))?;
    for (product, prices) in entries(object.nested("bbos")?)? {
        let id = integer(product).and_then(|id| u32::try_from(id).ok()).ok_or_else(|| absurd("product", product))?;
        // Newly listed products appear here before the instruments are read again: not an error of this frame.
        let Some(instrument) = table.get(InstrumentId(id)) else { continue };
        let Token::Nested(prices) = prices else {
            return Err(DecodeError::new("bbos holds something that is not an object"));
        };
        let prices = Object::read(prices)?;
        let side = |key: &str| -> Result<Option<i64>, DecodeError> {
            let value = prices.i128(key)?;
            if is_no_price(value) { Ok(None) } else { price(instrument, value).map(Some) }
        };
        let (bid, ask) = (side("bid")?, side("ask")?);
        out.push(Event::BestPrices(BestPrices { instrument: instrument.id, bid, ask, ts_event }));
    }
    Ok(())
}

pub fn trade(object: &Object<'_>, table: &InstrumentTable, ids: &mut TradeIds) -> Result<Event, DecodeError> {
    let instrument = table.find(object.u32("product_id")?)?;
    let ts_event = object.u64("timestamp")?;
    let trade_price = price(instrument, object.i128("price")?)?;
    let trade_size = size(instrument, object.i128("taker_qty")?.saturating_abs())?;
    if trade_size == 0 {
        return Err(DecodeError::new("trade without a size"));
    }
    Ok(Event::Trade(Trade {
        instrument: instrument.id,
        price: trade_price,
        size: trade_size,
        aggressor: side_of(object.bool("is_taker_buyer")?),
        trade_id: ids.next(instrument.id.0, ts_event),
        ts_event,
    }))
}

pub fn latest_candlestick(object: &Object<'_>, table: &InstrumentTable) -> Result<Event, DecodeError> {
    let instrument = table.find(object.u32("product_id")?)?;
    let values = ["open_x18", "high_x18", "low_x18", "close_x18", "volume"].map(|key| object.i128(key));
    let [open, high, low, close, volume] = values;
    bar(instrument, object.u32("granularity")?, object.u64("timestamp")?, [open?, high?, low?, close?, volume?])
        .map(Event::Bar)
}

/// `values`: open, high, low, close, volume at 18 decimals.
pub fn bar(instrument: &Instrument, granularity_s: u32, timestamp: u64, values: [i128; 5]) -> Result<Bar, DecodeError> {
    let [open, high, low, close, volume] = values;
    Ok(Bar {
        instrument: instrument.id,
        granularity_s,
        open: price(instrument, open)?,
        high: price(instrument, high)?,
        low: price(instrument, low)?,
        close: price(instrument, close)?,
        volume: size(instrument, volume)?,
        ts_open: candle_time(timestamp)?,
    })
}

/// Seconds as seen live, milliseconds as documented once: told apart by magnitude (reference 4.4, latest_candlestick).
fn candle_time(timestamp: u64) -> Result<UnixNanos, DecodeError> {
    let scale = match timestamp {
        0..1_000_000_000_000 => 1_000_000_000,
        1_000_000_000_000..1_000_000_000_000_000 => 1_000_000,
        1_000_000_000_000_000..1_000_000_000_000_000_000 => 1_000,
        _ => 1,
    };
    timestamp.checked_mul(scale).ok_or_else(|| DecodeError::new("candle time is out of range"))
}

pub fn funding_rate(object: &Object<'_>) -> Result<Event, DecodeError> {
    Ok(Event::FundingRate(FundingRate {
        instrument: InstrumentId(object.u32("product_id")?),
        rate_x18: hourly(object.i128("funding_rate_x18")?),
        ts_event: object.u64("timestamp")?,
    }))
}

/// The venue's rate is for 24 hours, funding is paid every hour.
pub fn hourly(daily_x18: i128) -> i128 {
    daily_x18 / HOURS_A_RATE
}

pub fn funding_payment(object: &Object<'_>) -> Result<Event, DecodeError> {
    Ok(Event::FundingPayment(FundingPayment {
        instrument: InstrumentId(object.u32("product_id")?),
        payment_x18: object.i128("payment_amount")?,
        open_interest: BaseQty::from_x18(object.i128("open_interest")?),
        interval_s: object.u64("dt")?,
        ts_event: object.u64("timestamp")?,
    }))
}

pub fn liquidation(object: &Object<'_>) -> Result<Event, DecodeError> {
    let mut instruments = Vec::with_capacity(2);
    each_item(object.nested("product_ids")?, |item| match item {
        Token::Number(text) | Token::Text { text, escaped: false } => {
            let id = integer(text).and_then(|id| u32::try_from(id).ok()).ok_or_else(|| absurd("product_ids", text))?;
            instruments.push(InstrumentId(id));
            Ok(())
        }
        _ => Err(DecodeError::new("product_ids holds something that is not a number")),
    })?;
    Ok(Event::Liquidation(Liquidation {
        instruments,
        quantity: BaseQty::from_x18(object.i128("amount")?),
        price: Price::from_x18(object.i128("price")?),
        ts_event: object.u64("timestamp")?,
    }))
}
