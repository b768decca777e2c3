//! What every venue refuses, checked before anything is signed.

use super::NewOrder;
use super::instrument_table::InstrumentTable;
use crate::decimal::{BaseQty, Price};
use crate::error::CommandError;
use crate::events::InstrumentId;
use crate::instruments::Instrument;

/// A listed instrument, and a price and quantity of its steps.
pub fn on_grid<'a>(order: &NewOrder, table: &'a InstrumentTable) -> Result<&'a Instrument, CommandError> {
    amounts_on_grid(order.instrument, order.quantity, Some(order.price), table)
}

/// `price`: `None` where the order has none.
pub fn amounts_on_grid(
    instrument: InstrumentId,
    quantity: BaseQty,
    price: Option<Price>,
    table: &InstrumentTable,
) -> Result<&Instrument, CommandError> {
    let refuse = |code: &'static str, detail: String| Err(CommandError { code, detail });
    let Some(instrument) = table.get(instrument) else {
        return refuse("INSTRUMENT_UNKNOWN", format!("instrument {} is not listed", instrument.0));
    };
    let symbol = &instrument.symbol;
    if quantity.x18() <= 0 {
        return refuse("QUANTITY_NOT_POSITIVE", format!("{symbol}: {quantity}"));
    }
    if let Some(price) = price.filter(|price| price.x18() <= 0) {
        return refuse("PRICE_NOT_POSITIVE", format!("{symbol}: {price}"));
    }
    if let Some(price) = price.filter(|price| !price.is_multiple_of(instrument.price_increment_x18)) {
        let tick = Price::from_x18(instrument.price_increment_x18);
        return refuse("PRICE_OFF_TICK", format!("{symbol}: {price} is no multiple of {tick}"));
    }
    if !quantity.is_multiple_of(instrument.size_increment_x18) {
        let lot = BaseQty::from_x18(instrument.size_increment_x18);
        return refuse("QUANTITY_OFF_LOT", format!("{symbol}: {quantity} is no multiple of {lot}"));
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
