//! The venue's configuration, checked before anything is sent.

use serde::Serialize;
use serde_json::Value;

use super::derive::Grinding;
use super::felt::Felt;
use super::limits::{MAX_RECV_WINDOW_MS, MIN_RECV_WINDOW_MS};
use crate::error::VenueError;
use crate::venues::config_fields::{self, Fields, HTTP, WS, known_keys};
use crate::venues::expectations::{self, Expectation};

pub const MAINNET_CHAIN: &str = "PRIVATE_SN_PARACLEAR_MAINNET";
pub const TESTNET_CHAIN: &str = "PRIVATE_SN_POTC_SEPOLIA";
const SOURCE: &str = "Paradex configuration";
pub const MARKETS: &str = "Paradex configuration, markets";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Environment {
    Mainnet,
    Testnet,
    Nightly,
    Local,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    Rest,
    WebSocket,
}

/// What the private key is (reference 3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    Main,
    Subkey,
    L1,
}

/// What an order without a price is at the venue (reference 6.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MarketOrders {
    /// An immediate limit order at the worst price that the client accepts.
    Capped,
    /// The venue's own market order, whose average the client's worst price bounds.
    Native,
}

impl MarketOrders {
    pub fn named(word: &str) -> Self {
        if word == "native" { Self::Native } else { Self::Capped }
    }
}

/// Which feed books come from (reference 5.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BookFeed {
    /// The best levels whole, in every message: nothing can be missed.
    Snapshots,
    /// Every change of the whole book.
    Every,
    /// What has changed among the best levels since the message before.
    Throttled,
}

/// How public channels are asked for (reference 5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// The newest SBE schema that the venue serves, of `SCHEMA_VERSIONS`.
    Sbe,
    Json,
}

/// In the order in which they are tried.
pub const SCHEMA_VERSIONS: [u16; 3] = [3, 2, 1];

/// Base addresses without a trailing slash (Paradex reference 1.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Endpoints {
    pub rest: String,
    pub ws: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    pub environment: Environment,
    pub endpoints: Endpoints,
    pub chain_id: Option<String>,
    /// The account, where it does not follow from the key: a subkey's, or one that is only watched.
    pub account_address: Option<Felt>,
    pub key: KeyKind,
    pub key_derivation: Grinding,
    pub transport: Transport,
    pub encoding: Encoding,
    pub book_feed: BookFeed,
    pub book_interval_ms: u64,
    /// Orders placed over a connection end with it.
    pub cancel_on_disconnect: bool,
    /// The size of a modification is taken to count what has been filled; what the venue takes it for is not documented.
    pub modify_partly_filled: bool,
    pub market_orders: MarketOrders,
    pub recv_window_ms: u64,
    pub max_clock_skew_ms: u64,
    pub markets: Vec<Expectation>,
}

const KEYS: &[&str] = &[
    "environment",
    "rest",
    "ws",
    "chain_id",
    "account_address",
    "key",
    "key_derivation",
    "transport",
    "encoding",
    "book_feed",
    "book_interval_ms",
    "cancel_on_disconnect",
    "modify_partly_filled",
    "market_orders",
    "recv_window_ms",
    "max_clock_skew_ms",
    "markets",
];

impl Config {
    pub fn parse(text: &str) -> Result<Self, VenueError> {
        let map = config_fields::object(text, SOURCE)?;
        known_keys(&map, KEYS, SOURCE)?;
        let fields = Fields { map: &map, source: SOURCE };
        let environment = choice(
            &fields,
            "environment",
            &[
                ("mainnet", Environment::Mainnet),
                ("testnet", Environment::Testnet),
                ("nightly", Environment::Nightly),
                ("local", Environment::Local),
            ],
        )?;
        let within = |key: &str, default: u64, least: u64, most: u64| -> Result<u64, VenueError> {
            let value = fields.number(key)?.unwrap_or(default);
            if (least..=most).contains(&value) {
                return Ok(value);
            }
            Err(refuse(&format!("{key} out of range"), &value.to_string(), &format!("{least} to {most}")))
        };
        let recv_window_ms = within("recv_window_ms", 10_000, MIN_RECV_WINDOW_MS, MAX_RECV_WINDOW_MS)?;
        let book_interval_ms = within("book_interval_ms", 50, 50, 100)?;
        if !matches!(book_interval_ms, 50 | 100) {
            return Err(refuse("book_interval_ms is not offered", &book_interval_ms.to_string(), "50 or 100"));
        }
        let config = Self {
            environment,
            endpoints: endpoints(environment, &fields)?,
            chain_id: fields.text("chain_id")?,
            account_address: account_address(&fields)?,
            key: choice(&fields, "key", &[("l2", KeyKind::Main), ("subkey", KeyKind::Subkey), ("l1", KeyKind::L1)])?,
            key_derivation: match fields.text("key_derivation")? {
                None => Grinding::default(),
                Some(name) => Grinding::parse(&name)
                    .ok_or_else(|| refuse("unknown key_derivation", &name, "one of: shortest, fixed"))?,
            },
            transport: choice(&fields, "transport", &[("rest", Transport::Rest), ("ws", Transport::WebSocket)])?,
            encoding: choice(&fields, "encoding", &[("sbe", Encoding::Sbe), ("json", Encoding::Json)])?,
            book_feed: choice(
                &fields,
                "book_feed",
                &[("snapshots", BookFeed::Snapshots), ("every", BookFeed::Every), ("throttled", BookFeed::Throttled)],
            )?,
            book_interval_ms,
            cancel_on_disconnect: fields.bool("cancel_on_disconnect")?.unwrap_or(true),
            modify_partly_filled: fields.bool("modify_partly_filled")?.unwrap_or(false),
            market_orders: choice(
                &fields,
                "market_orders",
                &[("capped", MarketOrders::Capped), ("native", MarketOrders::Native)],
            )?,
            recv_window_ms,
            max_clock_skew_ms: within("max_clock_skew_ms", recv_window_ms / 2, 1, recv_window_ms)?,
            markets: expectations::read(map.get("markets"), MARKETS)?,
        };
        config.check_hosts()?;
        if let Some(chain) = &config.chain_id {
            config.check_chain(chain, SOURCE)?;
        }
        Ok(config)
    }

    /// Refuses an endpoint of another network than the environment's, before anything is asked of it.
    fn check_hosts(&self) -> Result<(), VenueError> {
        let networks = [
            (Environment::Mainnet, "mainnet", "api.prod.paradex"),
            (Environment::Testnet, "testnet", "api.testnet.paradex"),
            (Environment::Nightly, "nightly", "api.nightly.paradex"),
        ];
        let urls = [("rest", &self.endpoints.rest), ("ws", &self.endpoints.ws)];
        for (_, network, mark) in networks.iter().filter(|(network, ..)| *network != self.environment) {
            if let Some((key, url)) = urls.iter().find(|(_, url)| url.contains(mark)) {
                let hint = format!("do not mix networks: set environment to {network}, or correct {key}");
                return Err(refuse(&format!("{key} is of another network ({network})"), url, &hint));
            }
        }
        Ok(())
    }

    /// Refuses a chain id that contradicts the environment or the configured expectation.
    pub fn check_chain(&self, chain: &str, source: &str) -> Result<(), VenueError> {
        let refuse = |hint: &str| Err(VenueError::config("chain id of another network", chain, source, hint));
        if let Some(expected) = self.chain_id.as_deref().filter(|expected| *expected != chain) {
            return refuse(&format!("chain_id is configured as {expected}; correct it or the endpoints"));
        }
        let wanted = match self.environment {
            Environment::Mainnet => MAINNET_CHAIN,
            Environment::Testnet => TESTNET_CHAIN,
            // Which chain nightly serves is not documented.
            Environment::Nightly if chain != MAINNET_CHAIN => return Ok(()),
            Environment::Nightly => "another chain than mainnet's",
            Environment::Local => return Ok(()),
        };
        if chain == wanted {
            return Ok(());
        }
        refuse(&format!("this environment is {wanted}; do not mix networks (set environment and endpoints alike)"))
    }

    /// The socket's address, asking for an SBE schema or for none.
    pub fn socket_url(&self, schema: Option<u16>) -> String {
        match schema {
            Some(version) => format!("{}?sbeSchemaId=1&sbeSchemaVersion={version}", self.endpoints.ws),
            None => self.endpoints.ws.clone(),
        }
    }
}

fn refuse(what: &str, value: &str, hint: &str) -> VenueError {
    VenueError::config(what, value, SOURCE, hint)
}

/// One of some words; the first is the default.
fn choice<T: Copy>(fields: &Fields<'_>, key: &str, words: &[(&str, T)]) -> Result<T, VenueError> {
    let text = fields.text(key)?;
    let word = text.as_deref().unwrap_or(words[0].0);
    words.iter().find(|(known, _)| *known == word).map(|(_, value)| *value).ok_or_else(|| {
        let known: Vec<&str> = words.iter().map(|(known, _)| *known).collect();
        fields.wrong(key, &Value::String(word.to_owned()), &format!("one of: {}", known.join(", ")))
    })
}

fn account_address(fields: &Fields<'_>) -> Result<Option<Felt>, VenueError> {
    let Some(text) = fields.text("account_address")? else { return Ok(None) };
    let felt = text.strip_prefix("0x").and_then(|_| Felt::from_hex(&text)).filter(|felt| *felt != Felt::ZERO);
    felt.map(Some).ok_or_else(|| {
        fields.wrong("account_address", &Value::String(text), "an address: 0x and up to 64 hex digits, not zero")
    })
}

fn endpoints(environment: Environment, fields: &Fields<'_>) -> Result<Endpoints, VenueError> {
    let network = match environment {
        Environment::Mainnet => Some("prod"),
        Environment::Testnet => Some("testnet"),
        Environment::Nightly => Some("nightly"),
        Environment::Local => None,
    };
    let url = |key: &str, schemes: [&str; 2], default: Option<String>| {
        fields.url(key, schemes, default)?.ok_or_else(|| {
            refuse("endpoint missing", key, "environment local needs rest and ws; the local venue prints them")
        })
    };
    let host = |prefix: &str| network.map(|network| format!("{prefix}api.{network}.paradex.trade/v1"));
    Ok(Endpoints { rest: url("rest", HTTP, host("https://"))?, ws: url("ws", WS, host("wss://ws."))? })
}
