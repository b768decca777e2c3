//! The venue's own questions, by name, for what has no event of ours (Nado reference 2.4, 7.1).
//!
//! Left out, because no order depends on them: the liquidity vault, points, leaderboards, the backlog of the chain.

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::messages;
use crate::error::CommandError;
use crate::venues::scan::shorten;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    Gateway,
    Archive,
    Trigger,
}

/// Which parameter takes our own account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Own {
    Nothing,
    Subaccount(&'static str),
    SubaccountList(&'static str),
    Address(&'static str),
}

pub struct Kind {
    name: &'static str,
    pub service: Service,
    own: Own,
    params: &'static [&'static str],
    weight: u32,
}

const fn kind(service: Service, name: &'static str, own: Own, params: &'static [&'static str], weight: u32) -> Kind {
    Kind { name, service, own, params, weight }
}

use Own::{Address, Nothing, Subaccount, SubaccountList};
use Service::{Archive, Gateway, Trigger};

const SIZE: &[&str] = &[
    "product_id",
    "price_x18",
    "direction",
    "spot_leverage",
    "reduce_only",
    "isolated",
    "borrow_margin",
    "avg_price_x18",
];
const HISTORY: &[&str] = &["product_ids", "event_types", "max_time", "limit", "idx", "desc", "isolated"];

/// Weights where they depend on the parameters are those of the largest answer.
static KINDS: &[Kind] = &[
    kind(Gateway, "status", Nothing, &[], 1),
    kind(Gateway, "contracts", Nothing, &[], 1),
    kind(Gateway, "nonces", Address("address"), &[], 2),
    kind(Gateway, "symbols", Nothing, &["product_ids", "product_type"], 2),
    kind(Gateway, "all_products", Nothing, &[], 5),
    kind(Gateway, "market_price", Nothing, &["product_id"], 1),
    kind(Gateway, "market_prices", Nothing, &["product_ids"], 50),
    kind(Gateway, "subaccount_info", Subaccount("subaccount"), &["txns", "pre_state"], 15),
    kind(Gateway, "subaccount_orders", Subaccount("sender"), &["product_id"], 2),
    kind(Gateway, "isolated_positions", Subaccount("subaccount"), &[], 10),
    kind(Gateway, "max_order_size", Subaccount("sender"), SIZE, 5),
    kind(Gateway, "max_withdrawable", Subaccount("sender"), &["product_id", "spot_leverage"], 5),
    kind(Gateway, "fee_rates", Subaccount("sender"), &[], 2),
    kind(Gateway, "linked_signer", Subaccount("subaccount"), &[], 5),
    kind(Gateway, "health_groups", Nothing, &[], 2),
    kind(Gateway, "insurance", Nothing, &[], 2),
    kind(Archive, "oracle_price", Nothing, &["product_ids"], 2),
    kind(Archive, "quote_price", Nothing, &[], 2),
    kind(Archive, "funding_rates", Nothing, &["product_ids"], 2),
    kind(Archive, "events", SubaccountList("subaccounts"), HISTORY, 52),
    kind(
        Archive,
        "interest_and_funding",
        Subaccount("subaccount"),
        &["product_ids", "max_idx", "max_time", "limit"],
        5,
    ),
    kind(Archive, "subaccounts", Address("address"), &["start", "limit"], 2),
    kind(Archive, "linked_signer_rate_limit", Subaccount("subaccount"), &[], 2),
    kind(Archive, "product_snapshots", Nothing, &["product_ids", "max_time"], 10),
    kind(Archive, "market_snapshots", Nothing, &["interval", "product_ids"], 10),
    kind(Archive, "signatures", Nothing, &["digests"], 52),
    kind(Archive, "liquidation_feed", Nothing, &[], 2),
    kind(Trigger, "list_twap_executions", Nothing, &["digest"], 2),
];

pub fn find(name: &str) -> Result<&'static Kind, CommandError> {
    KINDS.iter().find(|kind| kind.name == name).ok_or_else(|| {
        let known: Vec<&str> = KINDS.iter().map(|kind| kind.name).collect();
        CommandError { code: "QUERY_UNKNOWN", detail: format!("{name}; one of: {}", known.join(", ")) }
    })
}

impl Kind {
    /// The body and its weight. `subaccount`: ours, where there is one.
    pub fn body(
        &self,
        params: &str,
        subaccount: impl Fn() -> Result<String, CommandError>,
    ) -> Result<(Value, u32), CommandError> {
        let refuse = |detail| CommandError { code: "QUERY_PARAMS", detail };
        let mut params: Map<String, Value> = serde_json::from_str(params)
            .map_err(|error| refuse(format!("{}: parameters are no JSON object: {error}", self.name)))?;
        if let Some(unknown) = params.keys().find(|key| !self.params.contains(&key.as_str())) {
            return Err(refuse(format!(
                "{} has no parameter {unknown}; it has: {}",
                self.name,
                self.params.join(", ")
            )));
        }
        let (key, own) = match self.own {
            Nothing => ("", Value::Null),
            Subaccount(key) => (key, json!(subaccount()?)),
            SubaccountList(key) => (key, json!([subaccount()?])),
            Address(key) => (key, json!(subaccount()?.chars().take(42).collect::<String>())),
        };
        if !key.is_empty() {
            params.insert(key.to_owned(), own);
        }
        if self.service == Archive {
            return Ok((json!({self.name: params}), self.weight));
        }
        params.insert("type".to_owned(), json!(self.name));
        Ok((Value::Object(params), self.weight))
    }

    /// The answer's own text, exact to the last digit.
    pub fn read(&self, body: &[u8]) -> Result<String, String> {
        /// The archive has no envelope.
        #[derive(Deserialize)]
        struct Refusal {
            error: String,
            error_code: i64,
        }
        #[derive(Deserialize)]
        struct Enveloped {
            status: String,
            #[serde(default)]
            data: Option<Box<RawValue>>,
            #[serde(default)]
            error: Option<String>,
            #[serde(default)]
            error_code: Option<i64>,
        }
        if self.service == Archive {
            return match messages::read_object::<Refusal>(body) {
                Ok(Refusal { error, error_code }) => Err(format!("error {error_code}: {error}")),
                Err(_) => messages::read::<Box<RawValue>>(body).map(|document| document.get().to_owned()),
            };
        }
        let answer: Enveloped = messages::read_object(body)?;
        match (answer.status.as_str(), answer.data) {
            ("success", Some(data)) => Ok(data.get().to_owned()),
            ("failure", _) => {
                let reason = answer.error.unwrap_or_else(|| "no reason given".to_owned());
                Err(format!("error {}: {reason}", answer.error_code.unwrap_or_default()))
            }
            (other, _) => Err(format!("status {} without data", shorten(other))),
        }
    }
}
