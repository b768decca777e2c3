//! What is refused here, before anything is signed: the venue would refuse it too (Nado reference 2.6, 6.4).

use super::order_fields::NEVER_S;
use super::order_params::OrderParams;
use super::trigger;
use crate::error::CommandError;
use crate::events::{OrderKind, UnixNanos};
use crate::instruments::{Instrument, InstrumentKind};
use crate::venues::NewOrder;
use crate::venues::instrument_table::InstrumentTable;
use crate::venues::order_checks;

pub fn check_order<'a>(
    order: &NewOrder,
    params: &OrderParams,
    table: &'a InstrumentTable,
    now: UnixNanos,
) -> Result<&'a Instrument, CommandError> {
    let refuse = |code: &'static str, detail: String| Err(CommandError { code, detail });
    let instrument = order_checks::on_grid(order, table)?;
    order_checks::minimum_notional(order, instrument)?;
    let symbol = &instrument.symbol;
    let takes = matches!(order.kind, OrderKind::ImmediateOrCancel | OrderKind::FillOrKill);
    if let Some(trigger) = &order.trigger {
        trigger::check(params, trigger)?;
    } else if order.reduce_only && !takes {
        return refuse("REDUCE_ONLY_NOT_TAKER", format!("{symbol}: the venue takes reduce-only with IOC and FOK only"));
    }
    if instrument.kind == InstrumentKind::Spot && (order.reduce_only || params.isolated_margin_x18.is_some()) {
        return refuse(
            "SPOT_WITHOUT_POSITION",
            format!("{symbol}: reduce-only and isolated margin are for perpetuals"),
        );
    }
    if instrument.isolated_only && params.isolated_margin_x18.is_none() {
        return refuse(
            "MARGIN_ISOLATED_ONLY",
            format!("{symbol}: give isolated_margin; this market takes isolated orders only"),
        );
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
