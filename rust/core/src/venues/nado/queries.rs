//! Questions to the gateway and the archive (Nado reference 2.4, 7).

use serde_json::{Value, json};

use super::config::Endpoints;
use super::decode_private::Owner;
use super::documents::{self, Service};
use super::encode::Signer;
use super::limits::{self, ARCHIVE, CAPABILITIES, MAX_DEPTH, QUERY};
use super::pages;
use super::symbols::QUOTE;
use super::trigger;
use crate::error::CommandError;
use crate::events::{InstrumentId, UnixNanos};
use crate::instruments::Instrument;
use crate::venues::instrument_table::InstrumentTable;
use crate::venues::{Cursor, Query, Request};

pub struct Questions<'a> {
    pub endpoints: &'a Endpoints,
    pub table: &'a InstrumentTable,
    pub owner: Option<&'a Owner>,
    pub signer: Option<&'a Signer>,
    pub page: Option<&'a Cursor>,
}

impl Questions<'_> {
    pub fn request(&self, query: &Query, now: UnixNanos) -> Result<Request, CommandError> {
        Ok(match query {
            Query::ServerTime => server_time(self.endpoints),
            Query::Order { instrument, venue_order_id } => {
                let product_id = self.known(*instrument)?.id.0;
                self.gateway(json!({"type": "order", "product_id": product_id, "digest": venue_order_id.0}), 1)
            }
            Query::ArchivedOrder { venue_order_id, .. } => {
                self.archive(json!({"orders": {"digests": [venue_order_id.0], "limit": 1}}), limits::page_weight(1, 20))
            }
            Query::OpenOrders { instrument } => {
                let products: Vec<u32> = match instrument {
                    Some(instrument) => vec![self.known(*instrument)?.id.0],
                    None => pages::products(self.table.all(), self.page).0.iter().map(|known| known.id.0).collect(),
                };
                let weight = limits::open_orders_weight(products.len());
                self.gateway(json!({"type": "orders", "sender": self.sender()?, "product_ids": products}), weight)
            }
            Query::Fills { instrument, limit, .. } => self.own("matches", *instrument, *limit, 10)?,
            Query::OrderHistory { instrument, limit, .. } => self.own("orders", *instrument, *limit, 20)?,
            Query::WaitingOrders { instrument, venue_order_ids } => {
                let instrument =
                    instrument.map(|instrument| self.known(instrument).map(|known| known.id)).transpose()?;
                let signer = self.signer.ok_or_else(|| CommandError {
                    code: "AUTH_KEY_MISSING",
                    detail: "waiting orders are shown to their own key only".to_owned(),
                })?;
                self.trigger(signer.list_waiting(trigger::list_filter(instrument, venue_order_ids, self.page), now), 2)
            }
            Query::Document { name, params } => {
                let kind = documents::find(name)?;
                let (body, weight) = kind.body(params, || self.sender())?;
                match kind.service {
                    Service::Gateway => self.gateway(body, weight),
                    Service::Archive => self.archive(body, weight),
                    Service::Trigger => self.trigger(body, weight),
                }
            }
            Query::Positions | Query::Account => {
                self.gateway(json!({"type": "subaccount_info", "subaccount": self.sender()?}), 2)
            }
            Query::IsolatedPositions => {
                self.gateway(json!({"type": "isolated_positions", "subaccount": self.sender()?}), 10)
            }
            Query::BookSnapshot { instrument, depth } => {
                let product_id = self.known(*instrument)?.id.0;
                let depth = (*depth).clamp(1, MAX_DEPTH);
                self.gateway(json!({"type": "market_liquidity", "product_id": product_id, "depth": depth}), 1)
            }
            Query::Trades { instrument, limit } => self.trades(self.known(*instrument)?, *limit)?,
            Query::Bars { instrument, granularity_s, end_s, limit } => {
                self.bars(self.known(*instrument)?, *granularity_s, *end_s, *limit)?
            }
            Query::FundingRates { instrument, start_s, end_s, limit } => {
                self.funding_rates(self.known(*instrument)?, *start_s, *end_s, *limit)?
            }
            Query::ReferencePrices { instruments } => {
                let products = instruments
                    .iter()
                    .map(|id| self.known(*id).map(|known| known.id.0))
                    .collect::<Result<Vec<_>, _>>()?;
                self.archive(json!({"perp_prices": {"product_ids": products}}), 2)
            }
            Query::Statuses => self.gateway(json!({"type": "symbols"}), 2),
            Query::OpenInterest => self.gateway(json!({"type": "all_products"}), 5),
        })
    }

    /// What the archive keeps of our own: executions, or orders that have some.
    fn own(
        &self,
        kind: &str,
        instrument: Option<InstrumentId>,
        limit: u32,
        rows_a_weight: u32,
    ) -> Result<Request, CommandError> {
        let rows = self.rows(limit)?;
        let mut params = json!({"subaccounts": [self.sender()?], "limit": rows});
        if let Some(instrument) = instrument {
            params["product_ids"] = json!([self.known(instrument)?.id.0]);
        }
        if let Some(page) = self.page {
            params["idx"] = json!(page.from);
        }
        Ok(self.archive(json!({kind: params}), limits::page_weight(rows, rows_a_weight)))
    }

    /// Of this page.
    fn rows(&self, limit: u32) -> Result<u32, CommandError> {
        pages::check_limit(limit)?;
        Ok(pages::rows(limit, self.page))
    }

    fn trades(&self, instrument: &Instrument, limit: u32) -> Result<Request, CommandError> {
        let (rows, ticker) = (self.rows(limit)?, ticker_id(instrument));
        let mut url = format!("{}/trades?ticker_id={ticker}&limit={rows}", self.endpoints.archive_v2);
        if let Some(page) = self.page {
            url.push_str(&format!("&max_trade_id={}", page.from));
        }
        let weight = limits::page_weight(rows, 20);
        Ok(Request::get(url, ARCHIVE, weight))
    }

    fn bars(
        &self,
        instrument: &Instrument,
        granularity_s: u32,
        end_s: Option<u64>,
        limit: u32,
    ) -> Result<Request, CommandError> {
        if !CAPABILITIES.bar_granularities_s.contains(&granularity_s) {
            let detail = format!("{granularity_s} s; the venue has {:?}", CAPABILITIES.bar_granularities_s);
            return Err(CommandError { code: "QUERY_GRANULARITY_UNKNOWN", detail });
        }
        let rows = self.rows(limit)?;
        let mut params = json!({"product_id": instrument.id.0, "granularity": granularity_s, "limit": rows});
        if let Some(end_s) = pages::start(self.page).or(end_s) {
            params["max_time"] = json!(end_s);
        }
        Ok(self.archive(json!({"candlesticks": params}), 1 + rows.div_ceil(20)))
    }

    /// The latest one alone has a query of its own.
    fn funding_rates(
        &self,
        instrument: &Instrument,
        start_s: Option<u64>,
        end_s: Option<u64>,
        limit: u32,
    ) -> Result<Request, CommandError> {
        if start_s.is_none() && end_s.is_none() && limit <= 1 {
            return Ok(self.archive(json!({"funding_rate": {"product_id": instrument.id.0}}), 2));
        }
        let rows = self.rows(limit)?;
        let mut params = json!({"product_id": instrument.id.0, "limit": rows});
        if let Some(start_s) = start_s {
            params["start_time"] = json!(start_s);
        }
        if let Some(end_s) = pages::start(self.page).or(end_s) {
            params["end_time"] = json!(end_s);
        }
        Ok(self.archive(json!({"funding_rate_history": params}), limits::page_weight(rows, 20)))
    }

    fn known(&self, instrument: InstrumentId) -> Result<&Instrument, CommandError> {
        let unknown =
            || CommandError { code: "INSTRUMENT_UNKNOWN", detail: format!("product {} is not listed", instrument.0) };
        self.table.get(instrument).ok_or_else(unknown)
    }

    fn sender(&self) -> Result<String, CommandError> {
        let missing = || CommandError {
            code: "AUTH_ACCOUNT_MISSING",
            detail: "this query needs a key or account_address".to_owned(),
        };
        self.owner.map(Owner::hex).ok_or_else(missing)
    }

    fn gateway(&self, body: Value, weight: u32) -> Request {
        gateway(self.endpoints, &body, weight)
    }

    fn trigger(&self, body: Value, weight: u32) -> Request {
        let url = format!("{}/query", self.endpoints.trigger);
        Request::post(url, body.to_string(), QUERY, weight)
    }

    fn archive(&self, body: Value, weight: u32) -> Request {
        let url = self.endpoints.archive_v1.clone();
        Request::post(url, body.to_string(), ARCHIVE, weight)
    }
}

pub fn gateway(endpoints: &Endpoints, body: &Value, weight: u32) -> Request {
    let url = format!("{}/query", endpoints.gateway_v1);
    Request::post(url, body.to_string(), QUERY, weight)
}

/// The edge's clock: milliseconds, in a documented envelope (reference 2.4.5).
pub fn server_time(endpoints: &Endpoints) -> Request {
    let url = format!("{}/edge/query", endpoints.gateway_v1);
    Request::post(url, json!({"type": "time"}).to_string(), QUERY, 1)
}

/// The archive's v2 name of a product, such as `BTC-PERP_USDT0` (reference 2.4.4).
pub fn ticker_id(instrument: &Instrument) -> String {
    format!("{}_{QUOTE}", instrument.symbol)
}
