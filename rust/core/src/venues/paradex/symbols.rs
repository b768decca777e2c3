//! Instruments as the venue lists them: `GET /markets` (Paradex reference 2.2, 8.1).

use std::collections::HashMap;

use super::messages::{Decimal, Fee, Market, Markets};
use crate::decimal::{ONE_X18, Price, QuoteQty, mul_x18};
use crate::error::VenueError;
use crate::events::{Event, InstrumentId, StatusUpdate, UnixNanos};
use crate::instruments::{Instrument, InstrumentKind, OptionRight, OptionTerms, TradingStatus, precision_of};
use crate::venues::instrument_table::InstrumentTable;

const SOURCE: &str = "Paradex GET /markets";
/// The kinds that we know, as the venue names them.
const KINDS: &[&str] = &["PERP", "SPOT", "FUTURE", "OPTION", "PERP_OPTION"];
const REPORT: &str = "the venue's listing is inconsistent; try again, then report it";

/// The account's own rates, for markets that name none.
#[derive(Debug, Clone, Copy, Default)]
pub struct AccountRates {
    pub maker_x18: i128,
    pub taker_x18: i128,
}

/// Every market. The venue has no numbers for them: one that is `known` keeps ours, a new one gets the next.
pub fn instruments(
    data: Markets,
    known: &InstrumentTable,
    rates: AccountRates,
    now: UnixNanos,
) -> Result<Vec<Instrument>, VenueError> {
    let mut next = known.all().iter().map(|instrument| instrument.id.0 + 1).max().unwrap_or(1);
    let mut listed: HashMap<String, Instrument> = HashMap::new();
    let mut markets = data.results;
    markets.sort_by(|a, b| a.symbol.cmp(&b.symbol));
    for market in markets {
        let id = known.by_symbol(&market.symbol).map_or_else(
            || {
                next += 1;
                InstrumentId(next - 1)
            },
            |instrument| instrument.id,
        );
        let symbol = market.symbol.clone();
        if listed.insert(symbol.clone(), instrument(market, id, rates, now)?).is_some() {
            return Err(VenueError::unavailable("two markets of one symbol", &symbol, SOURCE, REPORT));
        }
    }
    let mut instruments: Vec<Instrument> = listed.into_values().collect();
    // What is listed no more keeps its number and its place: positions and orders may still speak of it.
    for gone in known.all() {
        if !instruments.iter().any(|one| one.id == gone.id) {
            instruments.push(Instrument { status: TradingStatus::Halted, ..gone.clone() });
        }
    }
    instruments.sort_by_key(|instrument| instrument.id);
    Ok(instruments)
}

fn instrument(market: Market, id: InstrumentId, rates: AccountRates, now: UnixNanos) -> Result<Instrument, VenueError> {
    let nonsense = |what: &str, value: String| {
        VenueError::unavailable(what, &format!("{}: {value}", market.symbol), SOURCE, REPORT)
    };
    let increment = |what: &str, increment: Decimal| {
        let increment = increment.0.unwrap_or(0);
        precision_of(increment)
            .map(|precision| (increment, precision))
            .ok_or_else(|| nonsense(what, Price::from_x18(increment).to_string()))
    };
    let (price_increment_x18, price_precision) = increment("unusable price increment", market.price_tick_size)?;
    let (size_increment_x18, size_precision) = increment("unusable size increment", market.order_size_increment)?;
    let kind = kind(&market).map_err(|(what, value)| nonsense(what, value))?;
    let fees = market.fee_config.as_ref().and_then(|config| config.api_fee.as_ref());
    let rate = |fee: Option<&Fee>, account: i128| fee.and_then(|fee| fee.fee.0).unwrap_or(account);
    let margin = market.delta1_cross_margin_params.as_ref();
    let initial = margin.and_then(|margin| margin.imf_base.0).unwrap_or(ONE_X18);
    let maintenance = margin.and_then(|margin| margin.mmf_factor.0).and_then(|factor| mul_x18(initial, factor));
    Ok(Instrument {
        id,
        kind,
        base: market.base_currency.clone(),
        quote: market.quote_currency.clone(),
        price_precision,
        size_precision,
        price_increment_x18,
        size_increment_x18,
        min_notional: QuoteQty::from_x18(market.min_notional.0.unwrap_or(0).max(0)),
        maker_fee_x18: rate(fees.and_then(|fees| fees.maker_fee.as_ref()), rates.maker_x18),
        taker_fee_x18: rate(fees.and_then(|fees| fees.taker_fee.as_ref()), rates.taker_x18),
        margin_init_x18: initial,
        margin_maint_x18: maintenance.unwrap_or(initial),
        status: status(&market, now),
        isolated_only: market.market_kind == "isolated",
        symbol: market.symbol,
    })
}

fn kind(market: &Market) -> Result<InstrumentKind, (&'static str, String)> {
    match market.asset_kind.as_str() {
        "PERP" => Ok(InstrumentKind::Perpetual),
        "SPOT" => Ok(InstrumentKind::Spot),
        "FUTURE" => Ok(InstrumentKind::Future { expires: nanos(market.expiry_at) }),
        "OPTION" | "PERP_OPTION" => {
            let right = match market.option_type.as_str() {
                "CALL" => OptionRight::Call,
                "PUT" => OptionRight::Put,
                other => return Err(("an option that is neither call nor put", other.to_owned())),
            };
            let strike = market.strike_price.0.filter(|strike| *strike > 0);
            let strike = strike.ok_or_else(|| ("an option without a strike", String::new()))?;
            let expires = (market.expiry_at != 0).then(|| nanos(market.expiry_at));
            let strike = Price::from_x18(strike);
            Ok(InstrumentKind::Option(OptionTerms { right, strike, opens: nanos(market.open_at), expires }))
        }
        _ => Ok(InstrumentKind::Other),
    }
}

/// A market is open between two moments and in one mode; no flag says so (reference 2.2).
fn status(market: &Market, now: UnixNanos) -> TradingStatus {
    let opened = nanos(market.open_at) <= now;
    let expired = market.expiry_at != 0 && nanos(market.expiry_at) <= now;
    let by_book = matches!(market.trading_mode.as_str(), "" | "STANDARD");
    let known = KINDS.contains(&market.asset_kind.as_str());
    if opened && !expired && by_book && known { TradingStatus::Live } else { TradingStatus::Halted }
}

fn nanos(ms: u64) -> UnixNanos {
    ms.saturating_mul(1_000_000)
}

/// The status of every instrument we know, with the venue's own state over it; the listing carries no time of its own.
pub fn statuses(data: &Markets, system: TradingStatus, table: &InstrumentTable, now: UnixNanos) -> Vec<Event> {
    let of = |known: &Instrument| {
        let market = data.results.iter().find(|market| market.symbol == known.symbol);
        match market.map_or(TradingStatus::Halted, |market| status(market, now)) {
            TradingStatus::Live => system,
            other => other,
        }
    };
    let update = |known: &Instrument| StatusUpdate { instrument: known.id, status: of(known), ts_event: now };
    table.all().iter().map(|known| Event::Status(update(known))).collect()
}

/// `GET /system/state` (reference 6.12). A state that we do not know is no licence to trade.
pub fn system_status(text: &str) -> TradingStatus {
    match text {
        "ok" => TradingStatus::Live,
        "post_only" => TradingStatus::PostOnly,
        _ => TradingStatus::Halted,
    }
}
