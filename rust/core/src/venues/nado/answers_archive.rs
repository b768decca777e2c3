//! Answers of the archive. Newest first there, oldest first here (Nado reference 7).

use std::collections::BTreeMap;

use super::decode_private::{order_id, trade_id};
use super::decode_public::{bar, hourly};
use super::fixed_point::{execution_price, mean_price, nearest_x18};
use super::messages::{
    ArchivedOrder, ArchivedOrders, Candlesticks, FundingRateRow, FundingRates, Match, Matches, PerpPrice, read,
};
use super::order_fields::{expires, flags, nanos_of_seconds};
use super::pages;
use crate::decimal::{BaseQty, Price, QuoteQty};
use crate::error::DecodeError;
use crate::events::{
    Event, Fill, FundingRate, InstrumentId, OrderReport, OrderStatus, ReferencePrices, Trade, UnixNanos, VenueOrderId,
};
use crate::instruments::Instrument;
use crate::venues::instrument_table::{InstrumentTable, price, side_of, size};
use crate::venues::scan::{Object, Token, each_item, shorten};
use crate::venues::{Cursor, Page};

/// An order that has traded. It is not open any more, or the gateway would have shown it: what is left of it is gone.
pub fn order(body: &[u8], wanted: &VenueOrderId, now: UnixNanos) -> Result<Option<OrderReport>, String> {
    let data: ArchivedOrders = read(body)?;
    let order = data.orders.iter().find(|order| order.digest.eq_ignore_ascii_case(&wanted.0));
    order.map(|order| report(order, now)).transpose()
}

/// Orders by their last fill. One that is not full counts as over: those that are open still, the gateway shows.
pub fn history(
    body: &[u8],
    since_s: Option<u64>,
    limit: u32,
    page: Option<&Cursor>,
    now: UnixNanos,
) -> Result<Page, String> {
    let data: ArchivedOrders = read(body)?;
    let since = since_s.map_or(Ok(0), nanos_of_seconds)?;
    let reports = data.orders.iter().rev().map(|order| report(order, now)).collect::<Result<Vec<_>, _>>()?;
    let all_read = reports.iter().any(|report| report.ts_event < since);
    // Of two numbers the later one: a page may begin too early, never too late.
    let oldest = data.orders.iter().map(|order| order.last_fill_submission_idx.unwrap_or(order.submission_idx).0).min();
    let next = pages::next(limit, page, reports.len(), oldest.filter(|_| !all_read))?;
    let recent = reports.into_iter().filter(|report| report.ts_event >= since);
    Ok(Page { events: recent.map(Event::OrderReport).collect(), next })
}

fn report(order: &ArchivedOrder, now: UnixNanos) -> Result<OrderReport, String> {
    let quantity = BaseQty::from_x18(order.amount.0.saturating_abs());
    let filled = BaseQty::from_x18(order.base_filled.0.saturating_abs());
    let (kind, reduce_only) = flags(order.appendix.map(|bits| bits.0));
    let seconds = |time: Option<super::messages::Int<u64>>| match time.filter(|time| time.0 != 0) {
        Some(time) => nanos_of_seconds(time.0),
        None => Ok(now),
    };
    Ok(OrderReport {
        instrument: InstrumentId(order.product_id.0),
        venue_order_id: order_id(&order.digest).map_err(|error| error.what)?,
        client_id: None,
        side: side_of(order.amount.0 > 0),
        kind,
        status: if filled >= quantity {
            OrderStatus::Filled
        } else if order.expiration.0 <= now / 1_000_000_000 {
            OrderStatus::Expired
        } else {
            OrderStatus::Canceled
        },
        price: Price::from_x18(order.price_x18.0),
        quantity,
        filled,
        average_price: mean_price(order.base_filled.0, order.quote_filled.0, order.fee.0).map(Price::from_x18),
        reduce_only,
        expires_s: expires(order.expiration.0),
        ts_accepted: seconds(order.first_fill_timestamp)?,
        ts_event: seconds(order.last_fill_timestamp)?,
    })
}

/// Which executions are meant.
pub struct WantedFills<'a> {
    pub instrument: Option<InstrumentId>,
    pub order: Option<&'a VenueOrderId>,
    pub since_s: Option<u64>,
}

pub fn fills(
    body: &[u8],
    table: &InstrumentTable,
    wanted: &WantedFills<'_>,
    limit: u32,
    page: Option<&Cursor>,
) -> Result<Page, String> {
    let data: Matches = read(body)?;
    let times: BTreeMap<u64, u64> = data.txs.iter().map(|tx| (tx.submission_idx.0, tx.timestamp.0)).collect();
    let mut fills = Vec::with_capacity(data.matches.len());
    let mut all_read = false;
    for row in &data.matches {
        let product_id = row.post_balance.base.product_id();
        if wanted.instrument.is_some_and(|wanted| wanted.0 != product_id) {
            continue;
        }
        let time_s =
            *times.get(&row.submission_idx.0).ok_or_else(|| format!("match {} has no time", row.submission_idx.0))?;
        if wanted.since_s.is_some_and(|since| time_s < since) {
            all_read = true;
            continue;
        }
        if wanted.order.is_some_and(|wanted| !wanted.0.eq_ignore_ascii_case(&row.digest)) {
            continue;
        }
        let instrument = table.find(product_id).map_err(|error| error.what)?;
        fills.push((row.submission_idx.0, fill(row, instrument, time_s)?));
    }
    fills.sort_by_key(|(submission_idx, _)| *submission_idx);
    let oldest = data.matches.iter().map(|row| row.submission_idx.0).min().filter(|_| !all_read);
    let next = pages::next(limit, page, data.matches.len(), oldest)?;
    Ok(Page { events: fills.into_iter().map(|(_, fill)| Event::Fill(fill)).collect(), next })
}

fn fill(row: &Match, instrument: &Instrument, time_s: u64) -> Result<Fill, String> {
    let venue_order_id = order_id(&row.digest).map_err(|error| error.what)?;
    let sequencer_fee = row.sequencer_fee.map_or(0, |fee| fee.0);
    let tick_x18 = instrument.price_increment_x18;
    let price = execution_price(row.base_filled.0, row.quote_filled.0, row.fee.0, sequencer_fee, tick_x18)
        .filter(|price| *price > 0)
        .ok_or_else(|| format!("match {}: no price", row.submission_idx.0))?;
    let original = BaseQty::from_x18(row.order.amount.0.saturating_abs());
    Ok(Fill {
        instrument: instrument.id,
        client_id: None,
        trade_id: trade_id(row.submission_idx.0, &venue_order_id.0),
        venue_order_id,
        side: side_of(row.base_filled.0 > 0),
        quantity: BaseQty::from_x18(row.base_filled.0.saturating_abs()),
        price: Price::from_x18(price),
        fee: QuoteQty::from_x18(row.fee.0),
        fee_currency: None,
        is_taker: row.is_taker,
        remaining: original.checked_sub(BaseQty::from_x18(row.cumulative_base_filled.0.saturating_abs())),
        original: Some(original),
        ts_event: nanos_of_seconds(time_s)?,
    })
}

/// The v2 route sends floats: their text is rounded to the product's increments, never read into one.
pub fn trades(
    body: &[u8],
    table: &InstrumentTable,
    instrument: InstrumentId,
    limit: u32,
    page: Option<&Cursor>,
) -> Result<Page, String> {
    let instrument = table.find(instrument.0).map_err(|error| error.what)?;
    let text = std::str::from_utf8(body).map_err(|error| error.to_string())?;
    let mut trades = Vec::new();
    let mut oldest: Option<u64> = None;
    each_item(text, |item| {
        let Token::Nested(item) = item else {
            return Err(DecodeError::new("a trade that is no object"));
        };
        let object = Object::read(item)?;
        let id = object.u64("trade_id")?;
        oldest = Some(oldest.map_or(id, |oldest| oldest.min(id)));
        trades.push(Event::Trade(trade(&object, instrument)?));
        Ok(())
    })
    .map_err(|error| error.what)?;
    trades.reverse();
    let next = pages::next(limit, page, trades.len(), oldest)?;
    Ok(Page { events: trades, next })
}

fn trade(object: &Object<'_>, instrument: &Instrument) -> Result<Trade, DecodeError> {
    let number = |key: &str, increment_x18: i128| {
        let text = object.digits(key)?;
        let value = nearest_x18(text, increment_x18).map(i128::abs);
        value.ok_or_else(|| DecodeError::new(format!("{key} is not a usable number: {}", shorten(text))))
    };
    let side = object.text("trade_type")?;
    let out_of_range = |_| DecodeError::new("trade time is out of range");
    Ok(Trade {
        instrument: instrument.id,
        price: price(instrument, number("price", instrument.price_increment_x18)?)?,
        size: size(instrument, number("base_filled", instrument.size_increment_x18)?)?,
        aggressor: match side {
            "buy" => side_of(true),
            "sell" => side_of(false),
            other => return Err(DecodeError::new(format!("unknown trade_type {}", shorten(other)))),
        },
        trade_id: object.u64("trade_id")?.to_string(),
        ts_event: nanos_of_seconds(object.u64("timestamp")?).map_err(out_of_range)?,
    })
}

pub fn bars(body: &[u8], table: &InstrumentTable, limit: u32, page: Option<&Cursor>) -> Result<Page, String> {
    let data: Candlesticks = read(body)?;
    let bars = data.candlesticks.iter().rev().map(|row| {
        let values = [row.open_x18.0, row.high_x18.0, row.low_x18.0, row.close_x18.0, row.volume.0];
        let bar = table
            .find(row.product_id.0)
            .and_then(|instrument| bar(instrument, row.granularity.0, row.timestamp.0, values))
            .map_err(|error| error.what)?;
        Ok(Event::Bar(bar))
    });
    let events = bars.collect::<Result<Vec<_>, String>>()?;
    let oldest = data.candlesticks.iter().map(|row| row.timestamp.0).min();
    let next = pages::next(limit, page, events.len(), oldest)?;
    Ok(Page { events, next })
}

/// The history, or the single row of `funding_rate`.
pub fn funding_rates(body: &[u8], limit: u32, page: Option<&Cursor>) -> Result<Page, String> {
    let document: serde_json::Value = read(body)?;
    let rows = if document.get("funding_rates").is_some() {
        read::<FundingRates>(body)?.funding_rates
    } else {
        vec![read::<FundingRateRow>(body)?]
    };
    let mut rates = rows
        .iter()
        .map(|row| {
            Ok(FundingRate {
                instrument: InstrumentId(row.product_id.0),
                rate_x18: hourly(row.funding_rate_x18.0),
                ts_event: nanos_of_seconds(row.timestamp.0)?,
            })
        })
        .collect::<Result<Vec<_>, String>>()?;
    rates.sort_by_key(|rate| rate.ts_event);
    let oldest = rows.iter().map(|row| row.timestamp.0).min();
    let next = pages::next(limit, page, rates.len(), oldest)?;
    Ok(Page { events: rates.into_iter().map(Event::FundingRate).collect(), next })
}

pub fn reference_prices(body: &[u8], wanted: &[InstrumentId]) -> Result<Vec<Event>, String> {
    let rows: BTreeMap<String, PerpPrice> = read(body)?;
    let mut events = Vec::with_capacity(wanted.len());
    for instrument in wanted {
        let row = rows.values().find(|row| row.product_id.0 == instrument.0);
        let row = row.ok_or_else(|| format!("no prices of product {}", instrument.0))?;
        let positive = |value: Option<super::messages::X18>| {
            value.filter(|value| value.0 > 0).map(|value| Price::from_x18(value.0))
        };
        events.push(Event::ReferencePrices(ReferencePrices {
            instrument: *instrument,
            mark: positive(row.mark_price_x18),
            index: positive(row.index_price_x18),
            ts_event: nanos_of_seconds(row.update_time.0)?,
        }));
    }
    Ok(events)
}
