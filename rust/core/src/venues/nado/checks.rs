//! What is refused here, before anything is signed: the venue would refuse it too (Nado reference 2.6, 6.4).

use super::order_fields::NEVER_S;
use super::trigger;
use crate::error::CommandError;
use crate::events::{OrderKind, UnixNanos};
use crate::instruments::{Instrument, InstrumentKind};
use crate::venues::NewOrder;
use crate::venues::instrument_table::InstrumentTable;

pub fn check_order<'a>(
    order: &NewOrder,
    table: &'a InstrumentTable,
    now: UnixNanos,
) -> Result<&'a Instrument, CommandError> {
    let refuse = |code: &'static str, detail: String| Err(CommandError { code, detail });
    let Some(instrument) = table.get(order.instrument) else {
        return refuse("INSTRUMENT_UNKNOWN", format!("product {} is not listed", order.instrument.0));
    };
    let symbol = &instrument.symbol;
    if order.quantity.x18() <= 0 {
        return refuse("QUANTITY_NOT_POSITIVE", format!("{symbol}: {}", order.quantity));
    }
    if order.price.x18() <= 0 {
        return refuse("PRICE_NOT_POSITIVE", format!("{symbol}: {}", order.price));
    }
    if !order.price.is_multiple_of(instrument.price_increment_x18) {
        let tick = crate::decimal::Price::from_x18(instrument.price_increment_x18);
        return refuse("PRICE_OFF_TICK", format!("{symbol}: {} is no multiple of {tick}", order.price));
    }
    if !order.quantity.is_multiple_of(instrument.size_increment_x18) {
        let lot = crate::decimal::BaseQty::from_x18(instrument.size_increment_x18);
        return refuse("QUANTITY_OFF_LOT", format!("{symbol}: {} is no multiple of {lot}", order.quantity));
    }
    match order.price.notional(order.quantity) {
        Some(notional) if notional < instrument.min_notional => {
            let detail = format!("{symbol}: {notional} is under the minimum notional {}", instrument.min_notional);
            return refuse("QUANTITY_UNDER_MINIMUM", detail);
        }
        Some(_) => {}
        None => return refuse("QUANTITY_TOO_LARGE", format!("{symbol}: {} at {}", order.quantity, order.price)),
    }
    let takes = matches!(order.kind, OrderKind::ImmediateOrCancel | OrderKind::FillOrKill);
    if let Some(trigger) = &order.trigger {
        trigger::check(order, trigger)?;
    } else if order.reduce_only && !takes {
        return refuse("REDUCE_ONLY_NOT_TAKER", format!("{symbol}: the venue takes reduce-only with IOC and FOK only"));
    }
    if instrument.kind == InstrumentKind::Spot && (order.reduce_only || order.isolated_margin_x18.is_some()) {
        return refuse(
            "SPOT_WITHOUT_POSITION",
            format!("{symbol}: reduce-only and isolated margin are for perpetuals"),
        );
    }
    if instrument.isolated_only && order.isolated_margin_x18.is_none() {
        return refuse("MARGIN_ISOLATED_ONLY", format!("{symbol}: this market takes isolated orders only"));
    }
    match order.expires_s {
        // Later seconds are milliseconds by mistake: the venue would take them as never.
        Some(expires_s) if expires_s > NEVER_S => {
            refuse("EXPIRATION_NOT_SECONDS", format!("{symbol}: {expires_s}; give Unix seconds"))
        }
        Some(expires_s) if expires_s <= now / 1_000_000_000 => {
            refuse("EXPIRATION_PAST", format!("{symbol}: {expires_s}"))
        }
        _ => Ok(instrument),
    }
}

pub fn expiration_s(order: &NewOrder) -> u64 {
    order.expires_s.unwrap_or(NEVER_S)
}
