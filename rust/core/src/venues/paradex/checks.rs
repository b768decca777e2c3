//! What is refused here, before anything is signed: the venue would refuse it too (Paradex reference 6.2, 6.3).

use super::order_params::OrderParams;
use crate::error::CommandError;
use crate::instruments::{Instrument, InstrumentKind, TradingStatus};
use crate::venues::instrument_table::InstrumentTable;
use crate::venues::order_checks;
use crate::venues::{Change, NewOrder};
use crate::waiting::TriggerSource;

pub fn check_order<'a>(
    order: &NewOrder,
    params: &OrderParams,
    table: &'a InstrumentTable,
) -> Result<&'a Instrument, CommandError> {
    params.check(order)?;
    let instrument = order_checks::on_grid(order, table)?;
    let symbol = &instrument.symbol;
    let refuse = |code: &'static str, why: &str| Err(CommandError { code, detail: format!("{symbol}: {why}") });
    if instrument.status == TradingStatus::Halted {
        return refuse("INSTRUMENT_HALTED", "not open, expired, or traded by request for quote only");
    }
    // A whole position may be closed below the minimum; whether it is whole the venue knows. An option's minimum counts at the
    // price of what it is on (reference 2.2), which the order does not tell.
    if !order.reduce_only && !matches!(instrument.kind, InstrumentKind::Option(_)) {
        order_checks::minimum_notional(order, instrument)?;
    }
    if order.expires_s.is_some() {
        return refuse("EXPIRATION_NOT_OFFERED", "orders of this venue rest until they are cancelled");
    }
    if instrument.kind == InstrumentKind::Spot && (order.reduce_only || order.trigger.is_some()) {
        return refuse("SPOT_WITHOUT_POSITION", "reduce-only and triggers are for perpetuals");
    }
    match &order.trigger {
        Some(trigger) if trigger.source != TriggerSource::Mark => {
            refuse("TRIGGER_NOT_OFFERED", "triggers of this venue look at the mark price")
        }
        Some(trigger) if trigger.after.is_some() => {
            refuse("TRIGGER_NOT_OFFERED", "the venue has no orders that wait for another order")
        }
        _ => Ok(instrument),
    }
}

/// A change of an order: its form was checked when it was placed. `priced`: it has a limit.
pub fn check_change<'a>(
    change: &Change,
    priced: bool,
    table: &'a InstrumentTable,
) -> Result<&'a Instrument, CommandError> {
    let terms = &change.terms;
    let instrument =
        order_checks::amounts_on_grid(change.instrument, terms.quantity, priced.then_some(terms.price), table)?;
    let symbol = &instrument.symbol;
    let refuse = |code: &'static str, why: &str| Err(CommandError { code, detail: format!("{symbol}: {why}") });
    if terms.quantity <= change.filled {
        return refuse(
            "QUANTITY_FILLED",
            &format!("{} of it are filled, {} is not more", change.filled, terms.quantity),
        );
    }
    match terms.trigger_price {
        Some(price) if price.x18() <= 0 || !price.is_multiple_of(instrument.price_increment_x18) => {
            refuse("TRIGGER_OFF_TICK", &format!("trigger price {price}"))
        }
        _ => Ok(instrument),
    }
}
