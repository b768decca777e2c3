//! The venue's configuration, checked before anything is sent.

use serde::Serialize;
use serde_json::Value;

use super::hex;
use super::limits::MAX_RECV_WINDOW_MS;
use crate::error::VenueError;
use crate::venues::config_fields::{self, Fields, HTTP, WS, known_keys};
use crate::venues::expectations::{self, Expectation};

pub const MAINNET_CHAIN_ID: u64 = 57_073;
pub const TESTNET_CHAIN_ID: u64 = 763_373;
const SOURCE: &str = "Nado configuration";
pub const PRODUCTS: &str = "Nado configuration, products";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Environment {
    Mainnet,
    Testnet,
    Local,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    Rest,
    WebSocket,
}

/// Base addresses without a trailing slash (Nado reference 1.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Endpoints {
    pub gateway_v1: String,
    pub gateway_v2: String,
    pub actions_ws: String,
    pub actions_ws_v2: String,
    pub subscriptions_ws: String,
    pub trigger: String,
    pub archive_v1: String,
    pub archive_v2: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    pub environment: Environment,
    pub endpoints: Endpoints,
    pub chain_id: Option<u64>,
    pub endpoint_address: Option<[u8; 20]>,
    /// Zero-padded ASCII.
    pub subaccount_name: [u8; 12],
    /// The owner, where the key is only its linked signer.
    pub account_address: Option<[u8; 20]>,
    pub transport: Transport,
    pub recv_window_ms: u64,
    pub max_clock_skew_ms: u64,
    pub products: Vec<Expectation>,
}

const KEYS: &[&str] = &[
    "environment",
    "gateway_v1",
    "gateway_v2",
    "actions_ws",
    "actions_ws_v2",
    "subscriptions_ws",
    "trigger",
    "archive_v1",
    "archive_v2",
    "chain_id",
    "endpoint_address",
    "subaccount_name",
    "account_address",
    "transport",
    "recv_window_ms",
    "max_clock_skew_ms",
    "products",
];

impl Config {
    pub fn parse(text: &str) -> Result<Self, VenueError> {
        let map = config_fields::object(text, SOURCE)?;
        known_keys(&map, KEYS, SOURCE)?;
        let fields = Fields { map: &map, source: SOURCE };
        let environment = match fields.text("environment")?.as_deref() {
            None | Some("mainnet") => Environment::Mainnet,
            Some("testnet") => Environment::Testnet,
            Some("local") => Environment::Local,
            Some(other) => return Err(refuse("unknown environment", other, "one of: mainnet, testnet, local")),
        };
        let endpoints = endpoints(environment, &fields)?;
        let recv_window_ms = fields.number("recv_window_ms")?.unwrap_or(10_000);
        if recv_window_ms == 0 || recv_window_ms > MAX_RECV_WINDOW_MS {
            return Err(refuse(
                "recv_window_ms out of range",
                &recv_window_ms.to_string(),
                "1 to 100000; 10000 is a good value",
            ));
        }
        let max_clock_skew_ms = fields.number("max_clock_skew_ms")?.unwrap_or(recv_window_ms / 2);
        if max_clock_skew_ms == 0 || max_clock_skew_ms > recv_window_ms {
            let hint = format!("1 to recv_window_ms ({recv_window_ms})");
            return Err(refuse("max_clock_skew_ms out of range", &max_clock_skew_ms.to_string(), &hint));
        }
        let config = Self {
            environment,
            endpoints,
            chain_id: fields.number("chain_id")?,
            endpoint_address: address(&fields, "endpoint_address")?,
            subaccount_name: subaccount_name(&fields.text("subaccount_name")?.unwrap_or_else(|| "default".into()))?,
            account_address: address(&fields, "account_address")?,
            transport: match fields.text("transport")?.as_deref() {
                None | Some("rest") => Transport::Rest,
                Some("ws") => Transport::WebSocket,
                Some(other) => return Err(refuse("unknown transport", other, "one of: rest, ws")),
            },
            recv_window_ms,
            max_clock_skew_ms,
            products: expectations::read(map.get("products"), PRODUCTS)?,
        };
        config.check_hosts()?;
        if let Some(chain_id) = config.chain_id {
            config.check_chain(chain_id, SOURCE)?;
        }
        Ok(config)
    }

    /// Refuses an endpoint of another network than the environment's, before anything is asked of it.
    fn check_hosts(&self) -> Result<(), VenueError> {
        let e = &self.endpoints;
        let urls = [
            ("gateway_v1", &e.gateway_v1),
            ("gateway_v2", &e.gateway_v2),
            ("actions_ws", &e.actions_ws),
            ("actions_ws_v2", &e.actions_ws_v2),
            ("subscriptions_ws", &e.subscriptions_ws),
            ("trigger", &e.trigger),
            ("archive_v1", &e.archive_v1),
            ("archive_v2", &e.archive_v2),
        ];
        let networks = [
            (Environment::Mainnet, "mainnet", [".prod.nado", "//prod-mm."]),
            (Environment::Testnet, "testnet", [".test.nado", "//test-mm."]),
        ];
        for (_, network, marks) in networks.iter().filter(|(network, ..)| *network != self.environment) {
            if let Some((key, url)) = urls.iter().find(|(_, url)| marks.iter().any(|mark| url.contains(mark))) {
                let hint = format!("do not mix networks: set environment to {network}, or correct {key}");
                return Err(refuse(&format!("{key} is of another network ({network})"), url, &hint));
            }
        }
        Ok(())
    }

    /// Refuses a chain id that contradicts the environment or the configured expectation.
    pub fn check_chain(&self, chain_id: u64, source: &str) -> Result<(), VenueError> {
        let refuse =
            |hint: &str| Err(VenueError::config("chain id of another network", &chain_id.to_string(), source, hint));
        if let Some(expected) = self.chain_id.filter(|expected| *expected != chain_id) {
            return refuse(&format!("chain_id is configured as {expected}; correct it or the endpoints"));
        }
        if chain_id != MAINNET_CHAIN_ID && self.environment == Environment::Mainnet {
            return refuse(&format!(
                "mainnet is chain {MAINNET_CHAIN_ID}; do not mix networks (set environment and endpoints alike)"
            ));
        }
        if chain_id != TESTNET_CHAIN_ID && self.environment == Environment::Testnet {
            return refuse(&format!(
                "testnet is chain {TESTNET_CHAIN_ID}; do not mix networks (set environment and endpoints alike)"
            ));
        }
        Ok(())
    }
}

fn refuse(what: &str, value: &str, hint: &str) -> VenueError {
    VenueError::config(what, value, SOURCE, hint)
}

fn address(fields: &Fields<'_>, key: &str) -> Result<Option<[u8; 20]>, VenueError> {
    let Some(text) = fields.text(key)? else { return Ok(None) };
    let address = hex::decode::<20>(&text).filter(|address| text.starts_with("0x") && *address != [0; 20]);
    address
        .map(Some)
        .ok_or_else(|| fields.wrong(key, &Value::String(text), "an address: 0x and 40 hex digits, not zero"))
}

fn endpoints(environment: Environment, fields: &Fields<'_>) -> Result<Endpoints, VenueError> {
    let network = match environment {
        Environment::Mainnet => Some("prod"),
        Environment::Testnet => Some("test"),
        Environment::Local => None,
    };
    let url = |key: &str, schemes: [&str; 2], default: Option<String>| -> Result<String, VenueError> {
        fields.url(key, schemes, default)?.ok_or_else(|| {
            let hint = "environment local needs gateway_v1 and archive_v1; the local venue prints them";
            refuse("endpoint missing", key, hint)
        })
    };
    let host = |service: &str, path: &str| network.map(|network| format!("https://{service}.{network}.nado.xyz{path}"));
    let gateway_v1 = url("gateway_v1", HTTP, host("gateway", "/v1"))?;
    let root = gateway_v1.strip_suffix("/v1").unwrap_or(&gateway_v1).to_owned();
    // http becomes ws and https becomes wss: the sockets live on the gateway's own host.
    let socket = |path: &str| Some(format!("ws{}{path}", root.strip_prefix("http").unwrap_or(&root)));
    let archive_v1 = url("archive_v1", HTTP, host("archive", "/v1"))?;
    let archive_root = archive_v1.strip_suffix("/v1").unwrap_or(&archive_v1).to_owned();
    Ok(Endpoints {
        gateway_v2: url("gateway_v2", HTTP, Some(format!("{root}/v2")))?,
        actions_ws: url("actions_ws", WS, socket("/v1/ws"))?,
        actions_ws_v2: url("actions_ws_v2", WS, socket("/ws/v2"))?,
        subscriptions_ws: url("subscriptions_ws", WS, socket("/v1/subscribe"))?,
        trigger: url("trigger", HTTP, host("trigger", "/v1").or(Some(gateway_v1.clone())))?,
        archive_v2: url("archive_v2", HTTP, Some(format!("{archive_root}/v2")))?,
        gateway_v1,
        archive_v1,
    })
}

fn subaccount_name(text: &str) -> Result<[u8; 12], VenueError> {
    if !text.is_ascii() || text.len() > 12 || text.bytes().any(|b| b.is_ascii_control()) {
        return Err(refuse(
            "subaccount_name is not usable",
            text,
            "at most 12 printable ASCII characters, such as default",
        ));
    }
    let mut name = [0; 12];
    name[..text.len()].copy_from_slice(text.as_bytes());
    Ok(name)
}
