//! Rows as tuples. The formats are those of `hedgewire/nautilus/rows.py`, field by field.

use hedgewire_core::events::{ClientId, Event, OrderKind, OrderStatus, Side, Terms};
use hedgewire_core::instruments::{Instrument, InstrumentKind, OptionRight, TradingStatus};
use hedgewire_core::venues::{SocketRole, StreamKind};
use hedgewire_core::waiting::WaitingReport;
use hedgewire_net::rows::{Level, Row, StreamState, Verdict};
use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};

use crate::levels::Levels;

/// One tuple of the given fields.
macro_rules! tuple {
    ($py:expr, $($field:expr),+ $(,)?) => {
        PyTuple::new($py, [$($field.into_bound_py_any($py)?),+])
    };
}

pub fn side_number(side: Side) -> i32 {
    match side {
        Side::Buy => 1,
        Side::Sell => -1,
    }
}

fn kind_number(kind: OrderKind) -> i32 {
    match kind {
        OrderKind::Limit => 0,
        OrderKind::ImmediateOrCancel => 1,
        OrderKind::FillOrKill => 2,
        OrderKind::PostOnly => 3,
    }
}

fn status_number(status: OrderStatus) -> i32 {
    match status {
        // Only reports say that an order is queued: it is at the venue, and must not be taken for ended.
        OrderStatus::Accepted | OrderStatus::Queued => 0,
        OrderStatus::PartiallyFilled => 1,
        OrderStatus::Filled => 2,
        OrderStatus::Canceled => 3,
        OrderStatus::Expired => 4,
        OrderStatus::Rejected => 5,
    }
}

fn verdict_number(verdict: Verdict) -> i32 {
    match verdict {
        Verdict::Accepted => 0,
        Verdict::Rejected => 1,
        Verdict::Unknown => 2,
        Verdict::RefusedHere => 3,
        Verdict::Found => 10,
        Verdict::NotFound => 11,
        Verdict::Unavailable => 12,
    }
}

fn stream_number(kind: StreamKind) -> i32 {
    match kind {
        StreamKind::Book => 0,
        StreamKind::Quotes => 1,
        StreamKind::Trades => 2,
        StreamKind::Bars => 3,
        StreamKind::FundingRate => 4,
        StreamKind::FundingPayments => 5,
        StreamKind::Liquidations => 6,
        StreamKind::Orders => 7,
        StreamKind::Fills => 8,
        StreamKind::Positions => 9,
        StreamKind::BestPrices => 10,
        StreamKind::ReferencePrices => 11,
        StreamKind::Account => 12,
    }
}

fn stream_state_number(state: StreamState) -> i32 {
    match state {
        StreamState::Pending => 0,
        StreamState::Active => 1,
        StreamState::Failed => 2,
        StreamState::Stale => 3,
        StreamState::Idle => 4,
    }
}

fn client_number(client_id: Option<ClientId>) -> u64 {
    client_id.map_or(0, |id| id.0)
}

fn terms_tuple(py: Python<'_>, terms: Terms) -> PyResult<Bound<'_, PyTuple>> {
    let trigger_price = terms.trigger_price.map(|price| price.x18());
    (terms.quantity.x18(), terms.price.x18(), trigger_price).into_pyobject(py)
}

pub fn row<'py>(py: Python<'py>, row: Row) -> PyResult<Bound<'py, PyTuple>> {
    match row {
        Row::Event { event, ts_init } => event_row(py, event, ts_init),
        Row::OrderUpdate { update, filled_x18, ts_init } => tuple!(
            py,
            20,
            update.instrument.0,
            update.venue_order_id.0,
            client_number(update.client_id),
            status_number(update.status),
            update.remaining.map(|quantity| quantity.x18()),
            filled_x18,
            update.reason,
            update.ts_event,
            ts_init,
            update.terms.map(|terms| terms_tuple(py, terms)).transpose()?
        ),
        Row::Fill { fill, ts_init } => fill_row(py, fill, ts_init),
        Row::Instrument(instrument) => instrument_row(py, *instrument),
        Row::Reply { ticket, verdict, code, reason, rows } => {
            let inner = rows.into_iter().map(|one| self::row(py, one)).collect::<PyResult<Vec<_>>>()?;
            tuple!(py, 40, ticket, verdict_number(verdict), code, reason, PyList::new(py, inner)?)
        }
        Row::Sent { ticket, client_id, venue_order_id, ts } => {
            tuple!(py, 41, ticket, client_id.0, venue_order_id.0, ts)
        }
        Row::OrderOutcome { ticket, client_id, verdict, venue_order_id, code, reason, due_post_only, ts } => tuple!(
            py,
            42,
            ticket,
            client_number(client_id),
            verdict_number(verdict),
            venue_order_id.map(|id| id.0).unwrap_or_default(),
            code,
            reason,
            due_post_only,
            ts
        ),
        Row::Socket { role, state, reason, ts } => tuple!(py, 50, role_number(role), state as i32, reason, ts),
        Row::Stream { stream, state, reason, ts } => tuple!(
            py,
            51,
            stream_number(stream.kind),
            stream.instrument.map_or(-1, |instrument| i64::from(instrument.0)),
            stream.param,
            stream_state_number(state),
            reason,
            ts
        ),
        Row::CatchUp { reason, ts } => tuple!(py, 52, reason, ts),
        Row::Notice { level, text, ts } => {
            let level = match level {
                Level::Warning => "warning",
                Level::Error => "error",
            };
            tuple!(py, 53, level, text, ts)
        }
    }
}

fn role_number(role: SocketRole) -> i32 {
    match role {
        SocketRole::Streams => 0,
        SocketRole::Actions => 1,
    }
}

fn waiting_row(py: Python<'_>, report: WaitingReport, ts_init: u64) -> PyResult<Bound<'_, PyTuple>> {
    let trigger = report.trigger.map(|trigger| {
        let (after, on_partial_fill) = trigger
            .after
            .map_or_else(|| (String::new(), false), |after| (after.venue_order_id.0, after.on_partial_fill));
        (trigger.source as i32, trigger.above, trigger.price.x18(), after, on_partial_fill)
    });
    tuple!(
        py,
        26,
        report.instrument.0,
        report.venue_order_id.0,
        client_number(report.client_id),
        side_number(report.side),
        kind_number(report.kind),
        report.state as i32,
        report.price.x18(),
        report.quantity.x18(),
        report.reduce_only,
        report.expires_s,
        trigger,
        report.reason,
        report.ts_accepted,
        report.ts_event,
        ts_init
    )
}

fn fill_row(py: Python<'_>, fill: hedgewire_core::events::Fill, ts_init: u64) -> PyResult<Bound<'_, PyTuple>> {
    tuple!(
        py,
        21,
        fill.instrument.0,
        fill.venue_order_id.0,
        client_number(fill.client_id),
        fill.trade_id,
        side_number(fill.side),
        fill.quantity.x18(),
        fill.price.x18(),
        fill.fee.x18(),
        fill.is_taker,
        fill.ts_event,
        ts_init,
        fill.fee_currency.unwrap_or_default()
    )
}

fn status_text(status: TradingStatus) -> &'static str {
    match status {
        TradingStatus::Live => "live",
        TradingStatus::PostOnly => "post_only",
        TradingStatus::ReduceOnly => "reduce_only",
        TradingStatus::Halted => "halted",
    }
}

/// Right, strike, opening and end of an option; of a future the end alone.
fn terms(kind: InstrumentKind) -> Option<(&'static str, i128, u64, Option<u64>)> {
    match kind {
        InstrumentKind::Perpetual | InstrumentKind::Spot | InstrumentKind::Other => None,
        InstrumentKind::Future { expires } => Some(("", 0, 0, Some(expires))),
        InstrumentKind::Option(option) => {
            let right = match option.right {
                OptionRight::Call => "call",
                OptionRight::Put => "put",
            };
            Some((right, option.strike.x18(), option.opens, option.expires))
        }
    }
}

fn instrument_row(py: Python<'_>, one: Instrument) -> PyResult<Bound<'_, PyTuple>> {
    let kind = match one.kind {
        InstrumentKind::Perpetual => "perpetual",
        InstrumentKind::Spot => "spot",
        InstrumentKind::Future { .. } => "future",
        InstrumentKind::Option(_) => "option",
        InstrumentKind::Other => "other",
    };
    tuple!(
        py,
        25,
        one.id.0,
        one.symbol,
        kind,
        one.base,
        one.quote,
        one.price_precision,
        one.size_precision,
        one.price_increment_x18,
        one.size_increment_x18,
        one.min_notional.x18(),
        one.maker_fee_x18,
        one.taker_fee_x18,
        one.margin_init_x18,
        one.margin_maint_x18,
        status_text(one.status),
        one.isolated_only,
        terms(one.kind)
    )
}

fn event_row(py: Python<'_>, event: Event, ts_init: u64) -> PyResult<Bound<'_, PyTuple>> {
    match event {
        Event::Book(book) => {
            tuple!(py, 1, book.instrument.0, book.snapshot, book.last, book.ts_event, ts_init, Levels(book.levels))
        }
        Event::Quote(quote) => tuple!(
            py,
            2,
            quote.instrument.0,
            quote.bid_price,
            quote.bid_size,
            quote.ask_price,
            quote.ask_size,
            quote.ts_event,
            ts_init
        ),
        Event::BestPrices(best) => tuple!(py, 9, best.instrument.0, best.bid, best.ask, best.ts_event, ts_init),
        Event::Trade(trade) => tuple!(
            py,
            3,
            trade.instrument.0,
            trade.price,
            trade.size,
            side_number(trade.aggressor),
            trade.trade_id,
            trade.ts_event,
            ts_init
        ),
        Event::Bar(bar) => tuple!(
            py,
            4,
            bar.instrument.0,
            bar.granularity_s,
            bar.open,
            bar.high,
            bar.low,
            bar.close,
            bar.volume,
            bar.ts_open,
            ts_init
        ),
        Event::FundingRate(rate) => tuple!(py, 5, rate.instrument.0, rate.rate_x18, rate.ts_event, ts_init),
        Event::ReferencePrices(prices) => tuple!(
            py,
            6,
            prices.instrument.0,
            prices.mark.map(|price| price.x18()),
            prices.index.map(|price| price.x18()),
            prices.ts_event,
            ts_init
        ),
        Event::Liquidation(liquidation) => {
            let instruments = PyTuple::new(py, liquidation.instruments.iter().map(|instrument| instrument.0))?;
            tuple!(
                py,
                7,
                instruments,
                liquidation.quantity.x18(),
                liquidation.price.x18(),
                liquidation.ts_event,
                ts_init
            )
        }
        Event::FundingPayment(payment) => tuple!(
            py,
            8,
            payment.instrument.0,
            payment.payment_x18,
            payment.open_interest.x18(),
            payment.interval_s,
            payment.ts_event,
            ts_init
        ),
        Event::Status(update) => {
            tuple!(py, 10, update.instrument.0, status_text(update.status), update.ts_event, ts_init)
        }
        Event::OpenInterest(open) => tuple!(py, 11, open.instrument.0, open.quantity.x18(), open.ts_event, ts_init),
        Event::Position(position) => tuple!(
            py,
            22,
            position.instrument.0,
            position.quantity.x18(),
            position.entry_price.map(|price| price.x18()),
            position.isolated,
            position.reason,
            position.ts_event,
            ts_init
        ),
        Event::Account(account) => {
            tuple!(py, 23, account.currency, account.total.x18(), account.free.x18(), account.ts_event, ts_init)
        }
        Event::OrderReport(report) => tuple!(
            py,
            24,
            report.instrument.0,
            report.venue_order_id.0,
            client_number(report.client_id),
            side_number(report.side),
            kind_number(report.kind),
            status_number(report.status),
            report.price.x18(),
            report.quantity.x18(),
            report.filled.x18(),
            report.average_price.map(|price| price.x18()),
            report.reduce_only,
            report.expires_s,
            report.ts_accepted,
            report.ts_event,
            ts_init
        ),
        Event::Fill(fill) => fill_row(py, fill, ts_init),
        Event::WaitingReport(report) => waiting_row(py, report, ts_init),
        Event::Document { name, json } => tuple!(py, 55, name, json, ts_init),
        Event::ServerTime { server_ms } => tuple!(py, 54, server_ms, ts_init),
        // These are consumed by the driver; were one to arrive here, it must be seen rather than lost.
        Event::BookLost(_)
        | Event::OrderUpdate(_)
        | Event::ChangeRefused(_)
        | Event::Ack(_)
        | Event::ActionReply { .. }
        | Event::Unknown { .. } => {
            tuple!(py, 53, "error", format!("an event of the driver's own reached the reader: {event:?}"), ts_init)
        }
    }
}
