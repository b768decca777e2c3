//! Answers to queries: found, not found, or no answer (Nado reference 2.4, 7).

use std::collections::BTreeMap;

use super::answers_archive as archive;
use super::decode_private::order_id;
use super::documents;
use super::encode::Signer;
use super::messages::{self, Failure, MarketLiquidity, OpenOrders, OrderData, SubaccountInfo};
use super::order_fields::{expires, flags, nanos_of_seconds};
use super::pages;
use super::symbols::{self, QUOTE};
use super::trigger;
use crate::decimal::{BaseQty, Price, QuoteQty};
use crate::events::{
    Account, BookUpdate, ClientId, Event, InstrumentId, Level, OrderReport, OrderStatus, Position, Side, UnixNanos,
};
use crate::instruments::InstrumentKind;
use crate::venues::instrument_table::{InstrumentTable, price, side_of, size};
use crate::venues::scan::shorten;
use crate::venues::{Cursor, Lookup, Page, Query, Reply};

const ORDER_NOT_FOUND: i64 = 2020;

/// An answer, or why there is none.
type Answer = Result<Vec<Event>, String>;

pub fn answer(
    query: &Query,
    page: Option<&Cursor>,
    reply: &Reply,
    table: &InstrumentTable,
    mut signer: Option<&mut Signer>,
    now: UnixNanos,
) -> Lookup<Page> {
    if !(200..300).contains(&reply.status) {
        let text = String::from_utf8_lossy(&reply.body);
        return Lookup::Unavailable { reason: format!("HTTP {}: {}", reply.status, shorten(&text)) };
    }
    let body = reply.body.as_slice();
    let answer = match query {
        Query::ServerTime => server_time(body).map(|server_ms| vec![Event::ServerTime { server_ms }]),
        Query::Order { .. } => match messages::data::<OrderData>(body) {
            Err(Failure::Refused { code: ORDER_NOT_FOUND, .. }) => return Lookup::NotFound,
            Err(failure) => Err(failure.to_string()),
            Ok(order) => report(&order, now).map(|report| vec![Event::OrderReport(report)]),
        },
        Query::ArchivedOrder { venue_order_id, .. } => match archive::order(body, venue_order_id, now) {
            Ok(None) => return Lookup::NotFound,
            Ok(Some(report)) => Ok(vec![Event::OrderReport(report)]),
            Err(reason) => Err(reason),
        },
        Query::OpenOrders { instrument } => {
            let next = if instrument.is_none() { pages::products(table.all(), page).1 } else { None };
            return paged(open_orders(body, now).map(|events| Page { events, next }));
        }
        Query::Fills { instrument, venue_order_id, since_s, limit } => {
            let wanted =
                archive::WantedFills { instrument: *instrument, order: venue_order_id.as_ref(), since_s: *since_s };
            return paged(archive::fills(body, table, &wanted, *limit, page));
        }
        Query::IsolatedPositions => isolated_positions(body, table, now),
        Query::Positions | Query::Account => match gateway::<SubaccountInfo>(body) {
            Err(reason) => Err(reason),
            // Of an account that the venue has never seen nothing is known: that it is flat neither.
            Ok(info) if !info.exists => return Lookup::NotFound,
            Ok(info) if matches!(query, Query::Account) => account(&info, now),
            Ok(info) => positions(&info, table, now),
        },
        Query::BookSnapshot { instrument, .. } => book(body, table, *instrument),
        Query::OrderHistory { since_s, limit, .. } => {
            return paged(archive::history(body, *since_s, *limit, page, now));
        }
        Query::WaitingOrders { venue_order_ids, .. } => {
            let digest_of = |product, order: &_| signer.as_mut()?.digest_of(product, order);
            return match trigger::reports(body, page, digest_of) {
                Ok(page) if page.events.is_empty() && !venue_order_ids.is_empty() => Lookup::NotFound,
                page => paged(page),
            };
        }
        Query::Document { name, .. } => documents::find(name)
            .map_err(|error| error.to_string())
            .and_then(|kind| kind.read(body))
            .map(|json| vec![Event::Document { name: name.clone(), json }]),
        Query::Trades { instrument, limit } => return paged(archive::trades(body, table, *instrument, *limit, page)),
        Query::Bars { limit, .. } => return paged(archive::bars(body, table, *limit, page)),
        Query::FundingRates { limit, .. } => return paged(archive::funding_rates(body, *limit, page)),
        Query::ReferencePrices { instruments } => archive::reference_prices(body, instruments),
        Query::Statuses => gateway(body).map(|data| symbols::statuses(&data, table, now)),
        Query::OpenInterest => gateway(body).map(|data| symbols::open_interest(&data, table, now)),
    };
    paged(answer.map(|events| Page { events, next: None }))
}

fn paged(page: Result<Page, String>) -> Lookup<Page> {
    page.map_or_else(|reason| Lookup::Unavailable { reason }, Lookup::Found)
}

fn gateway<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    messages::data(body).map_err(|failure| failure.to_string())
}

/// `{"server_time": "ms", ...}` from the edge: what stands alone may be any number.
pub fn server_time(body: &[u8]) -> Result<u64, String> {
    #[derive(serde::Deserialize)]
    struct Edge {
        server_time: messages::Int<u64>,
    }
    messages::read_object::<Edge>(body).map(|edge| edge.server_time.0)
}

fn open_orders(body: &[u8], now: UnixNanos) -> Answer {
    let data: OpenOrders = gateway(body)?;
    let orders = data.product_orders.iter().flat_map(|product| &product.orders);
    orders.map(|order| report(order, now).map(Event::OrderReport)).collect()
}

fn report(order: &OrderData, now: UnixNanos) -> Result<OrderReport, String> {
    let quantity = BaseQty::from_x18(order.amount.0.saturating_abs());
    let unfilled = BaseQty::from_x18(order.unfilled_amount.0.saturating_abs());
    let filled = quantity
        .checked_sub(unfilled)
        .filter(|filled| *filled >= BaseQty::ZERO && !quantity.is_zero())
        .ok_or_else(|| format!("order {}: {unfilled} unfilled of {quantity}", shorten(&order.digest)))?;
    let (kind, reduce_only) = flags(order.appendix.map(|bits| bits.0));
    Ok(OrderReport {
        instrument: InstrumentId(order.product_id.0),
        venue_order_id: order_id(&order.digest).map_err(|error| error.what)?,
        client_id: order.id.map(|id| ClientId(id.0)),
        side: side_of(order.amount.0 > 0),
        kind,
        status: if filled.is_zero() { OrderStatus::Accepted } else { OrderStatus::PartiallyFilled },
        price: Price::from_x18(order.price_x18.0),
        quantity,
        filled,
        average_price: None,
        reduce_only,
        expires_s: expires(order.expiration.0),
        ts_accepted: nanos_of_seconds(order.placed_at.0)?,
        ts_event: now,
    })
}

/// Every listed perpetual: the venue lists every product's balance, zeros included.
fn positions(info: &SubaccountInfo, table: &InstrumentTable, now: UnixNanos) -> Answer {
    let mut balances: BTreeMap<u32, i128> =
        info.perp_balances.iter().map(|balance| (balance.product_id.0, balance.balance.amount.0)).collect();
    let mut events = Vec::with_capacity(table.all().len());
    for instrument in table.all().iter().filter(|instrument| instrument.kind == InstrumentKind::Perpetual) {
        // A missing balance is no evidence of flat.
        let amount = balances.remove(&instrument.id.0).ok_or_else(|| format!("no balance of {}", instrument.symbol))?;
        events.push(position(instrument.id, amount, false, now));
    }
    match balances.iter().find(|(_, amount)| **amount != 0) {
        Some((product, _)) => Err(format!("a position in product {product}, which is not listed")),
        None => Ok(events),
    }
}

fn isolated_positions(body: &[u8], table: &InstrumentTable, now: UnixNanos) -> Answer {
    let data: messages::IsolatedPositions = gateway(body)?;
    let events = data.isolated_positions.iter().map(|item| {
        let instrument = table.find(item.base_balance.product_id.0).map_err(|error| error.what)?;
        Ok(position(instrument.id, item.base_balance.balance.amount.0, true, now))
    });
    events.collect()
}

fn position(instrument: InstrumentId, amount: i128, isolated: bool, now: UnixNanos) -> Event {
    let quantity = BaseQty::from_x18(amount);
    Event::Position(Position {
        instrument,
        quantity,
        entry_price: None,
        isolated,
        reason: String::new(),
        ts_event: now,
    })
}

/// Equity is the unweighted health, free margin the initial one (reference 2.4.2).
fn account(info: &SubaccountInfo, now: UnixNanos) -> Answer {
    let [initial, _, unweighted] = info.healths.as_slice() else {
        return Err(format!("{} healths instead of 3", info.healths.len()));
    };
    Ok(vec![Event::Account(Account {
        currency: QUOTE.to_owned(),
        total: QuoteQty::from_x18(unweighted.health.0),
        free: QuoteQty::from_x18(initial.health.0.max(0)),
        ts_event: now,
    })])
}

/// The timestamp is the snapshot's place in the sequence of `book_depth`.
fn book(body: &[u8], table: &InstrumentTable, instrument: InstrumentId) -> Answer {
    let data: MarketLiquidity = gateway(body)?;
    let instrument = table.find(instrument.0).map_err(|error| error.what)?;
    let mut levels = Vec::with_capacity(data.bids.len() + data.asks.len());
    for (side, rows) in [(Side::Buy, &data.bids), (Side::Sell, &data.asks)] {
        for (level_price, level_size) in rows {
            let level = price(instrument, level_price.0).and_then(|price| Ok((price, size(instrument, level_size.0)?)));
            let (price, size) = level.map_err(|error| error.what)?;
            levels.push(Level { side, price, size });
        }
    }
    let last = data.timestamp.0;
    let instrument = instrument.id;
    Ok(vec![Event::Book(BookUpdate {
        instrument,
        snapshot: true,
        first: last,
        last,
        previous_last: None,
        levels,
        ts_event: last,
    })])
}
