//! The session: its token in headers and frames, and streams (Paradex reference 3.2, 5.2, 5.3, 5.7).

use serde_json::{Value, json};

use super::config::{BookFeed, Config};
use super::limits::CAPABILITIES;
use crate::error::CommandError;
use crate::events::{Ack, Event};
use crate::venues::instrument_table::InstrumentTable;
use crate::venues::{Stream, StreamKind};

/// A JSON-RPC request.
pub fn request(id: u64, method: &str, params: &Value) -> String {
    json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}).to_string()
}

/// Where a REST request carries the token.
pub const HEADER: &str = "Authorization";

pub fn header(bearer: &str) -> String {
    format!("Bearer {bearer}")
}

/// Signs a connection in, for as long as it lives.
pub fn login(id: u64, bearer: &str) -> String {
    request(id, "auth", &json!({"bearer": bearer}))
}

/// A connection was not signed in because of the token (codes of reference 5.2): the next one needs another.
pub fn is_token_refused(event: &Event) -> bool {
    let Event::Ack(Ack { error: Some(error), .. }) = event else { return false };
    ["40110:", "40111:"].iter().any(|code| error.starts_with(code))
}

/// What was placed over this connection ends with it.
pub fn cancel_on_disconnect(id: u64) -> String {
    request(id, "order.cancel_on_disconnect", &json!({"enabled": true}))
}

/// `subscribe` or `unsubscribe`.
pub fn control(
    method: &str,
    id: u64,
    stream: &Stream,
    config: &Config,
    table: &InstrumentTable,
) -> Result<String, CommandError> {
    Ok(request(id, method, &json!({"channel": channel(stream, config, table)?})))
}

/// The channel's name. Feeds of all markets are not offered: each would be a subscription to what nobody asked for.
fn channel(stream: &Stream, config: &Config, table: &InstrumentTable) -> Result<String, CommandError> {
    let market = || {
        let instrument = stream
            .instrument
            .ok_or(CommandError { code: "STREAM_INSTRUMENT_MISSING", detail: format!("{:?}", stream.kind) })?;
        let known = table.get(instrument).ok_or_else(|| CommandError {
            code: "INSTRUMENT_UNKNOWN",
            detail: format!("market {} is not listed", instrument.0),
        })?;
        Ok(known.symbol.as_str())
    };
    Ok(match stream.kind {
        StreamKind::Book => {
            let (market, every_ms) = (market()?, config.book_interval_ms);
            match config.book_feed {
                BookFeed::Snapshots => format!("order_book.{market}.snapshot@15@{every_ms}ms"),
                BookFeed::Throttled => format!("order_book.{market}.deltas@15@{every_ms}ms"),
                BookFeed::Every => format!("order_book.{market}.deltas"),
            }
        }
        StreamKind::Quotes => format!("bbo.{}", market()?),
        StreamKind::Trades => format!("trades.{}", market()?),
        StreamKind::FundingRate => format!("funding_data.{}", market()?),
        StreamKind::ReferencePrices => format!("markets_summary.{}", market()?),
        StreamKind::Orders => "orders.ALL".to_owned(),
        StreamKind::Fills => "fills.ALL".to_owned(),
        StreamKind::Positions => "positions".to_owned(),
        StreamKind::Account => "account".to_owned(),
        StreamKind::BestPrices | StreamKind::Bars | StreamKind::FundingPayments | StreamKind::Liquidations => {
            let detail = format!("{:?}; the venue has {:?}", stream.kind, CAPABILITIES.streams);
            return Err(CommandError { code: "STREAM_NOT_OFFERED", detail });
        }
    })
}
