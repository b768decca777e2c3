//! Questions over REST (Paradex reference 2).

use super::config::Endpoints;
use super::documents;
use super::limits::{BOOK_DEPTH, CAPABILITIES, MAX_BARS, MAX_PAGE, MAX_TRADES_PAGE, PRIVATE, PUBLIC};
use super::order_names::client_id;
use crate::error::CommandError;
use crate::events::{InstrumentId, UnixNanos};
use crate::instruments::Instrument;
use crate::venues::instrument_table::InstrumentTable;
use crate::venues::{Cursor, MAX_ROWS, Query, Request};

pub struct Questions<'a> {
    pub endpoints: &'a Endpoints,
    pub table: &'a InstrumentTable,
    pub page: Option<&'a Cursor>,
}

impl Questions<'_> {
    pub fn request(&self, query: &Query, now: UnixNanos) -> Result<Request, CommandError> {
        Ok(match query {
            Query::ServerTime => self.public("system/time", &Parameters::default()),
            Query::Order { venue_order_id, .. } => {
                let by = if client_id(&venue_order_id.0).is_some() { "orders/by_client_id" } else { "orders" };
                self.private(&format!("{by}/{}", segment(&venue_order_id.0)?), &Parameters::default())
            }
            Query::ArchivedOrder { instrument, venue_order_id } => {
                let id = segment(&venue_order_id.0)?;
                if client_id(id).is_none() {
                    // A number finds its order closed or open; the history is searched by client id only.
                    return Ok(self.private(&format!("orders/{id}"), &Parameters::default()));
                }
                let mut parameters = Parameters::default();
                parameters.text("client_id", id);
                parameters.text("market", &self.known(*instrument)?.symbol);
                self.private("orders-history", &parameters)
            }
            Query::OpenOrders { instrument } | Query::WaitingOrders { instrument, .. } => {
                let mut parameters = Parameters::default();
                self.market(*instrument, &mut parameters)?;
                self.private("orders", &parameters)
            }
            Query::OrderHistory { instrument, since_s, limit } => {
                self.own_rows("orders-history", *instrument, *since_s, *limit)?
            }
            Query::Fills { instrument, since_s, limit, .. } => self.own_rows("fills", *instrument, *since_s, *limit)?,
            Query::Positions => self.private("positions", &Parameters::default()),
            // Isolated margin was taken off the venue; what is left of it are other accounts (reference 6.9).
            Query::IsolatedPositions => self.public("system/time", &Parameters::default()),
            Query::Account => self.private("account", &Parameters::default()),
            Query::BookSnapshot { instrument, depth } => {
                let mut parameters = Parameters::default();
                parameters.number("depth", u64::from((*depth).clamp(1, BOOK_DEPTH)));
                self.public(&format!("orderbook/{}", segment(&self.known(*instrument)?.symbol)?), &parameters)
            }
            Query::Trades { instrument, limit } => {
                let mut parameters = self.paged(check_limit(*limit)?, MAX_TRADES_PAGE);
                parameters.text("market", &self.known(*instrument)?.symbol);
                self.public("trades", &parameters)
            }
            Query::Bars { instrument, granularity_s, end_s, limit } => {
                self.bars(self.known(*instrument)?, *granularity_s, *end_s, *limit, now)?
            }
            Query::FundingRates { instrument, start_s, end_s, limit } => {
                let mut parameters = self.paged(check_limit(*limit)?, MAX_PAGE);
                parameters.text("market", &self.known(*instrument)?.symbol);
                parameters.seconds("start_at", *start_s);
                parameters.seconds("end_at", *end_s);
                self.public("funding/data", &parameters)
            }
            Query::ReferencePrices { instruments } => match instruments.as_slice() {
                [one] => self.summary(&self.known(*one)?.symbol),
                _ => self.summary("ALL"),
            },
            Query::OpenInterest => self.summary("ALL"),
            // Two questions: the state of the whole venue stands over every market's own.
            Query::Statuses if self.page.is_none() => self.public("system/state", &Parameters::default()),
            Query::Statuses => self.public("markets", &Parameters::default()),
            Query::Document { name, params } => documents::request(self.endpoints, name, params)?,
        })
    }

    fn summary(&self, market: &str) -> Request {
        let mut parameters = Parameters::default();
        parameters.text("market", market);
        self.public("markets/summary", &parameters)
    }

    fn own_rows(
        &self,
        path: &str,
        instrument: Option<InstrumentId>,
        since_s: Option<u64>,
        limit: u32,
    ) -> Result<Request, CommandError> {
        let mut parameters = self.paged(check_limit(limit)?, MAX_PAGE);
        self.market(instrument, &mut parameters)?;
        parameters.seconds("start_at", since_s);
        Ok(self.private(path, &parameters))
    }

    /// Bars have no pages: a page is asked for by its end (reference 2.4).
    fn bars(
        &self,
        instrument: &Instrument,
        granularity_s: u32,
        end_s: Option<u64>,
        limit: u32,
        now: UnixNanos,
    ) -> Result<Request, CommandError> {
        if !CAPABILITIES.bar_granularities_s.contains(&granularity_s) {
            let detail = format!("{granularity_s} s; one of {:?}", CAPABILITIES.bar_granularities_s);
            return Err(CommandError { code: "QUERY_GRANULARITY_NOT_OFFERED", detail });
        }
        let rows = u64::from(rows(check_limit(limit)?, self.page).min(MAX_BARS));
        let step_ms = u64::from(granularity_s) * 1_000;
        let asked = self.page.and_then(|page| page.from.parse().ok()).or(end_s.map(|end_s| end_s * 1_000));
        let end_ms = asked.unwrap_or(now / 1_000_000);
        let mut parameters = Parameters::default();
        parameters.text("symbol", &instrument.symbol);
        parameters.number("resolution", u64::from(granularity_s / 60));
        parameters.number("start_at", end_ms.saturating_sub(rows * step_ms));
        parameters.number("end_at", end_ms);
        Ok(self.public("markets/klines", &parameters))
    }

    /// The venue's own cursor, as it was given (reference 2.0), and how many rows are wanted yet.
    fn paged(&self, limit: u32, most: u32) -> Parameters {
        let mut parameters = Parameters::default();
        parameters.number("page_size", u64::from(rows(limit, self.page).min(most)));
        if let Some(page) = self.page {
            parameters.text("cursor", &page.from);
        }
        parameters
    }

    fn market(&self, instrument: Option<InstrumentId>, parameters: &mut Parameters) -> Result<(), CommandError> {
        if let Some(instrument) = instrument {
            parameters.text("market", &self.known(instrument)?.symbol);
        }
        Ok(())
    }

    fn known(&self, instrument: InstrumentId) -> Result<&Instrument, CommandError> {
        self.table.get(instrument).ok_or_else(|| CommandError {
            code: "INSTRUMENT_UNKNOWN",
            detail: format!("market {} is not listed", instrument.0),
        })
    }

    fn public(&self, path: &str, parameters: &Parameters) -> Request {
        Request::get(format!("{}/{path}{}", self.endpoints.rest, parameters.0), PUBLIC, 1)
    }

    fn private(&self, path: &str, parameters: &Parameters) -> Request {
        Request::get(format!("{}/{path}{}", self.endpoints.rest, parameters.0), PRIVATE, 1).private()
    }
}

/// How many rows the next page is to hold.
pub fn rows(limit: u32, page: Option<&Cursor>) -> u32 {
    page.map_or(limit, |page| page.rows).max(1)
}

fn check_limit(limit: u32) -> Result<u32, CommandError> {
    if limit > MAX_ROWS {
        let detail = format!("{limit} rows; at most {MAX_ROWS}");
        return Err(CommandError { code: "QUERY_LIMIT_TOO_LARGE", detail });
    }
    Ok(limit)
}

/// One part of a path: nothing that could end it.
pub fn segment(text: &str) -> Result<&str, CommandError> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if !text.is_empty() && text.bytes().all(plain) {
        return Ok(text);
    }
    Err(CommandError { code: "QUERY_MALFORMED", detail: format!("{text:?} cannot be part of an address") })
}

/// `?key=value&...`, values escaped.
#[derive(Debug, Default)]
pub struct Parameters(String);

impl Parameters {
    pub fn text(&mut self, key: &str, value: &str) {
        self.0.push(if self.0.is_empty() { '?' } else { '&' });
        self.0.push_str(key);
        self.0.push('=');
        for byte in value.bytes() {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => self.0.push(char::from(byte)),
                other => self.0.push_str(&format!("%{other:02X}")),
            }
        }
    }

    pub fn number(&mut self, key: &str, value: u64) {
        self.text(key, &value.to_string());
    }

    fn seconds(&mut self, key: &str, value_s: Option<u64>) {
        if let Some(value_s) = value_s {
            self.number(key, value_s.saturating_mul(1_000));
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}
