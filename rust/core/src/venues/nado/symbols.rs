//! Instruments as the venue lists them: `symbols`, checked against `all_products` (Nado reference 5.2, 2.4.1).

use std::collections::BTreeMap;

use serde::Deserialize;

use super::messages::{Int, X18};
use crate::decimal::{BaseQty, ONE_X18, QuoteQty};
use crate::error::VenueError;
use crate::events::{Event, InstrumentId, OpenInterest, StatusUpdate, UnixNanos};
use crate::instruments::{Instrument, InstrumentKind, TradingStatus, precision_of};
use crate::venues::instrument_table::InstrumentTable;

/// The quote token and collateral; product 0.
pub const QUOTE: &str = "USDT0";
const SOURCE: &str = "Nado query symbols";
const REPORT: &str = "the venue's listing is inconsistent; try again, then report it";

#[derive(Debug, Deserialize)]
pub struct SymbolsData {
    symbols: BTreeMap<String, SymbolData>,
}

#[derive(Debug, Deserialize)]
struct SymbolData {
    #[serde(rename = "type")]
    kind: String,
    product_id: Int<u32>,
    symbol: String,
    price_increment_x18: X18,
    size_increment: X18,
    min_size: X18,
    maker_fee_rate_x18: X18,
    taker_fee_rate_x18: X18,
    long_weight_initial_x18: X18,
    long_weight_maintenance_x18: X18,
    #[serde(default)]
    trading_status: Option<String>,
    #[serde(default)]
    isolated_only: Option<bool>,
}

#[derive(Debug, Deserialize)]
pub struct ProductsData {
    spot_products: Vec<ProductData>,
    perp_products: Vec<ProductData>,
}

#[derive(Debug, Deserialize)]
struct ProductData {
    product_id: Int<u32>,
    #[serde(default)]
    risk: Option<RiskData>,
    #[serde(default)]
    book_info: Option<BookInfo>,
    #[serde(default)]
    state: Option<StateData>,
}

/// Only perpetuals count open interest; a spot product's state has other fields.
#[derive(Debug, Deserialize)]
struct StateData {
    #[serde(default)]
    open_interest: Option<X18>,
}

#[derive(Debug, Deserialize)]
struct RiskData {
    short_weight_initial_x18: X18,
    short_weight_maintenance_x18: X18,
}

#[derive(Debug, Deserialize)]
struct BookInfo {
    size_increment: X18,
    price_increment_x18: X18,
}

/// Instruments in the order of their ids, without the quote token, which has no book.
pub fn instruments(data: SymbolsData) -> Result<Vec<Instrument>, VenueError> {
    let mut instruments: Vec<Instrument> = data
        .symbols
        .into_values()
        .filter(|symbol| symbol.product_id.0 != 0 && symbol.price_increment_x18.0 != 0)
        .map(instrument)
        .collect::<Result<_, _>>()?;
    instruments.sort_by_key(|instrument| instrument.id);
    if let Some(pair) = instruments.windows(2).find(|pair| pair[0].id == pair[1].id) {
        let value = format!("{} and {} share id {}", pair[0].symbol, pair[1].symbol, pair[0].id.0);
        return Err(VenueError::unavailable("two products with one id", &value, SOURCE, REPORT));
    }
    Ok(instruments)
}

fn instrument(data: SymbolData) -> Result<Instrument, VenueError> {
    let symbol = data.symbol;
    let nonsense =
        |what: &str, value: i128| VenueError::unavailable(what, &format!("{symbol}: {value}"), SOURCE, REPORT);
    let precision = |what: &str, increment: i128| precision_of(increment).ok_or_else(|| nonsense(what, increment));
    let kind = match data.kind.as_str() {
        "perp" => InstrumentKind::Perpetual,
        "spot" => InstrumentKind::Spot,
        other => {
            return Err(VenueError::unavailable("unknown product type", &format!("{symbol}: {other}"), SOURCE, REPORT));
        }
    };
    if data.min_size.0 < 0 {
        return Err(nonsense("negative minimum size", data.min_size.0));
    }
    Ok(Instrument {
        id: InstrumentId(data.product_id.0),
        kind,
        base: symbol.strip_suffix("-PERP").unwrap_or(&symbol).to_owned(),
        quote: QUOTE.to_owned(),
        price_precision: precision("unusable price increment", data.price_increment_x18.0)?,
        size_precision: precision("unusable size increment", data.size_increment.0)?,
        price_increment_x18: data.price_increment_x18.0,
        size_increment_x18: data.size_increment.0,
        min_notional: QuoteQty::from_x18(data.min_size.0),
        maker_fee_x18: data.maker_fee_rate_x18.0,
        taker_fee_x18: data.taker_fee_rate_x18.0,
        margin_init_x18: ONE_X18 - data.long_weight_initial_x18.0,
        margin_maint_x18: ONE_X18 - data.long_weight_maintenance_x18.0,
        status: trading_status(data.trading_status.as_deref()),
        isolated_only: data.isolated_only.unwrap_or(false),
        symbol,
    })
}

fn trading_status(text: Option<&str>) -> TradingStatus {
    match text {
        None | Some("live") => TradingStatus::Live,
        Some("post_only") => TradingStatus::PostOnly,
        Some("reduce_only" | "soft_reduce_only") => TradingStatus::ReduceOnly,
        // A status that we do not know is no licence to trade.
        Some(_) => TradingStatus::Halted,
    }
}

/// The status of every instrument we know; the listing carries no time of its own.
pub fn statuses(data: &SymbolsData, table: &InstrumentTable, now: UnixNanos) -> Vec<Event> {
    let status = |instrument: &Instrument| {
        let listed = data.symbols.values().find(|symbol| symbol.product_id.0 == instrument.id.0);
        listed.map_or(TradingStatus::Halted, |symbol| trading_status(symbol.trading_status.as_deref()))
    };
    let update = |known: &Instrument| StatusUpdate { instrument: known.id, status: status(known), ts_event: now };
    table.all().iter().map(|known| Event::Status(update(known))).collect()
}

/// Open interest of the perpetuals we know, in base units; the listing carries no time of its own.
pub fn open_interest(data: &ProductsData, table: &InstrumentTable, now: UnixNanos) -> Vec<Event> {
    let known = data.perp_products.iter().filter(|product| table.find(product.product_id.0).is_ok());
    let event = |product: &ProductData| {
        let quantity = BaseQty::from_x18(product.state.as_ref()?.open_interest.as_ref()?.0);
        Some(Event::OpenInterest(OpenInterest {
            instrument: InstrumentId(product.product_id.0),
            quantity,
            ts_event: now,
        }))
    };
    known.filter_map(event).collect()
}

/// Refuses a listing whose two halves disagree, and takes the stricter of the long and short margins.
pub fn check_products(instruments: &mut [Instrument], data: &ProductsData) -> Result<(), VenueError> {
    for product in data.spot_products.iter().chain(&data.perp_products) {
        let Some(instrument) = instruments.iter_mut().find(|instrument| instrument.id.0 == product.product_id.0) else {
            continue;
        };
        if let Some(book) = &product.book_info {
            let listed = (instrument.price_increment_x18, instrument.size_increment_x18);
            if (book.price_increment_x18.0, book.size_increment.0) != listed {
                let value = format!(
                    "{}: symbols says {} and {}, all_products {} and {}",
                    instrument.symbol, listed.0, listed.1, book.price_increment_x18.0, book.size_increment.0
                );
                return Err(VenueError::unavailable(
                    "contradicting increments",
                    &value,
                    "Nado query all_products",
                    REPORT,
                ));
            }
        }
        if let (Some(risk), InstrumentKind::Perpetual) = (&product.risk, instrument.kind) {
            instrument.margin_init_x18 = instrument.margin_init_x18.max(risk.short_weight_initial_x18.0 - ONE_X18);
            instrument.margin_maint_x18 =
                instrument.margin_maint_x18.max(risk.short_weight_maintenance_x18.0 - ONE_X18);
        }
    }
    Ok(())
}
