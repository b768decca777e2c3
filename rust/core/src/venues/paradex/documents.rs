//! The venue's own questions, by name, for what has no event of ours (Paradex reference 2, appendix A).
//!
//! Left out, because no order depends on them: profiles, referrals, vaults, staking, XP, RFQ and block trades.

use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::config::Endpoints;
use super::limits::{PRIVATE, PUBLIC};
use super::queries::{Parameters, segment};
use crate::error::CommandError;
use crate::venues::Request;
use crate::venues::scan::shorten;

/// A route; a parameter in braces is part of its path, the rest are asked for behind it.
struct Route {
    path: &'static str,
    private: bool,
    parameters: &'static [&'static str],
}

const fn public(path: &'static str, parameters: &'static [&'static str]) -> Route {
    Route { path, private: false, parameters }
}

const fn private(path: &'static str, parameters: &'static [&'static str]) -> Route {
    Route { path, private: true, parameters }
}

static ROUTES: &[Route] = &[
    public("system/config", &[]),
    public("system/state", &[]),
    public("system/announcements", PAGE),
    public("system/portfolio-margin-config", &["base_asset"]),
    public("system/volume-tiers", &[]),
    public("markets", &["market", "asset_kind", "base_asset"]),
    public("markets/summary", &["market", "start", "end"]),
    public("markets/history", &["market"]),
    public("markets/settlement-price", &["market"]),
    public("markets/klines", &["symbol", "resolution", "start_at", "end_at", "price_kind"]),
    public("bbo/{market}", &[]),
    public("bbo/{market}/interactive", &[]),
    public("orderbook/{market}", &["depth", "price_tick"]),
    public("orderbook/{market}/interactive", &["depth", "price_tick"]),
    public("orderbook/{market}/impact-price", &["size"]),
    public("trades", &["market", "baseAsset", "cursor", "page_size", "start_at", "end_at"]),
    public("funding/data", &["market", "cursor", "page_size", "start_at", "end_at"]),
    public("insurance", &[]),
    private("account", &["subaccount_address"]),
    private("account/summary", &[]),
    private("account/info", &[]),
    private("account/subaccounts", &[]),
    private("account/history", &["type"]),
    private("account/margin", &["market"]),
    private("account/mmp", &["base_asset"]),
    private("account/keys/subkeys", &["with_revoked"]),
    private("account/tokens", &["kind", "with_invalid"]),
    private("balance", &[]),
    private("positions", &[]),
    private("orders", &["market"]),
    private("orders/{order_id}", &[]),
    private("orders/by_client_id/{client_id}", &[]),
    private("orders-history", ORDERS),
    private("algo/orders", &[]),
    private("algo/orders/{algo_id}", &[]),
    private("algo/orders-history", ORDERS),
    private("fills", &["market", "asset_kind", "cursor", "page_size", "start_at", "end_at"]),
    private("funding/payments", &["market", "cursor", "page_size", "start_at", "end_at"]),
    private("liquidations", &["from", "to"]),
    private("tradebusts", PAGE),
    private("transactions", PAGE),
    private("transfers", &["status", "cursor", "page_size", "start_at", "end_at"]),
];
const PAGE: &[&str] = &["cursor", "page_size", "start_at", "end_at"];
const ORDERS: &[&str] = &["client_id", "market", "side", "status", "type", "cursor", "page_size", "start_at", "end_at"];

/// `name`: a route as documented; `params`: a JSON object of texts, numbers and booleans.
pub fn request(endpoints: &Endpoints, name: &str, params: &str) -> Result<Request, CommandError> {
    let route = ROUTES.iter().find(|route| route.path == name).ok_or_else(|| {
        let known: Vec<&str> = ROUTES.iter().map(|route| route.path).collect();
        CommandError { code: "QUERY_UNKNOWN", detail: format!("{name}; one of: {}", known.join(", ")) }
    })?;
    let refuse = |detail| CommandError { code: "QUERY_PARAMS", detail };
    let given: Map<String, Value> = serde_json::from_str(params)
        .map_err(|error| refuse(format!("{name}: parameters are no JSON object: {error}")))?;
    let mut path = route.path.to_owned();
    let mut query = Parameters::default();
    for (key, value) in &given {
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Number(_) | Value::Bool(_) => value.to_string(),
            other => return Err(refuse(format!("{name}: {key} is {other}"))),
        };
        let place = format!("{{{key}}}");
        if path.contains(&place) {
            path = path.replace(&place, segment(&text)?);
        } else if route.parameters.contains(&key.as_str()) {
            query.text(key, &text);
        } else {
            return Err(refuse(format!("{name} has no parameter {key}; it takes {}", route.parameters.join(", "))));
        }
    }
    if path.contains('{') {
        return Err(refuse(format!("{name}: the part in braces is missing")));
    }
    let url = format!("{}/{path}{}", endpoints.rest, query.as_str());
    Ok(if route.private { Request::get(url, PRIVATE, 1).private() } else { Request::get(url, PUBLIC, 1) })
}

/// The venue's own words; that they are JSON is all that is asked of them.
pub fn read(body: &[u8]) -> Result<String, String> {
    let raw: &RawValue = serde_json::from_slice(body).map_err(|error| shorten(&error.to_string()))?;
    Ok(raw.get().to_owned())
}
