//! What every venue refuses, checked before anything is signed.

use super::NewOrder;
use super::instrument_table::InstrumentTable;
use crate::decimal::{BaseQty, Price};
use crate::error::CommandError;
use crate::instruments::Instrument;

/// A listed instrument, and a price and quantity of its steps.
pub fn on_grid<'a>(order: &NewOrder, table: &'a InstrumentTable) -> Result<&'a Instrument, CommandError> {
    let refuse = |code: &'static str, detail: String| Err(CommandError { code, detail });
    let Some(instrument) = table.get(order.instrument) else {
        return refuse("INSTRUMENT_UNKNOWN", format!("instrument {} is not listed", order.instrument.0));
    };
    let symbol = &instrument.symbol;
    if order.quantity.x18() <= 0 {
        return refuse("QUANTITY_NOT_POSITIVE", format!("{symbol}: {}", order.quantity));
    }
    if order.price.x18() <= 0 {
        return refuse("PRICE_NOT_POSITIVE", format!("{symbol}: {}", order.price));
    }
    if !order.price.is_multiple_of(instrument.price_increment_x18) {
        let tick = Price::from_x18(instrument.price_increment_x18);
        return refuse("PRICE_OFF_TICK", format!("{symbol}: {} is no multiple of {tick}", order.price));
    }
    if !order.quantity.is_multiple_of(instrument.size_increment_x18) {
        let lot = BaseQty::from_x18(instrument.size_increment_x18);
        return refuse("QUANTITY_OFF_LOT", format!("{symbol}: {} is no multiple of {lot}", order.quantity));
    }
    Ok(instrument)
}

pub fn minimum_notional(order: &NewOrder, instrument: &Instrument) -> Result<(), CommandError> {
    let refuse = |code: &'static str, detail: String| Err(CommandError { code, detail });
    let symbol = &instrument.symbol;
    match order.price.notional(order.quantity) {
        Some(notional) if notional < instrument.min_notional => {
            let detail = format!("{symbol}: {notional} is under the minimum notional {}", instrument.min_notional);
            refuse("QUANTITY_UNDER_MINIMUM", detail)
        }
        Some(_) => Ok(()),
        None => refuse("QUANTITY_TOO_LARGE", format!("{symbol}: {} at {}", order.quantity, order.price)),
    }
}
