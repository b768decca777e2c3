//! What documentation and the command line say of the venue, from the tables that the code runs on.

use serde_json::{Value, json};

use super::config::{Config, MAINNET_CHAIN, SCHEMA_VERSIONS, TESTNET_CHAIN};
use super::limits::{CAPABILITIES, LIMITS, MAX_PAGE, MAX_RECV_WINDOW_MS};

/// What the venue lists, and the NautilusTrader instrument that is made of it (reference 6.1, 8.1).
const PRODUCTS: [(&str, &str); 5] = [
    ("PERP", "CryptoPerpetual"),
    ("SPOT", "CurrencyPair"),
    ("FUTURE", "CryptoFuture"),
    ("OPTION", "CryptoOption"),
    ("PERP_OPTION", "none: there is no option without an end; the log names each"),
];

/// What a configuration of nothing but the environment's name comes to.
fn environment(name: &str, chain_id: Option<&str>) -> Value {
    let config = Config::parse(&json!({"environment": name}).to_string()).ok();
    json!({"chain_id": chain_id, "endpoints": config.map(|config| config.endpoints)})
}

/// Capabilities, limits and endpoints as JSON, for documentation and the command line.
pub fn facts() -> String {
    json!({
        "venue": "paradex",
        "capabilities": CAPABILITIES,
        "limits": LIMITS,
        "environments": {
            "mainnet": environment("mainnet", Some(MAINNET_CHAIN)),
            "testnet": environment("testnet", Some(TESTNET_CHAIN)),
            "nightly": environment("nightly", None),
        },
        "products": PRODUCTS.map(|(kind, class)| json!({"asset_kind": kind, "instrument": class})),
        "sbe_schema_versions": SCHEMA_VERSIONS,
        "max_recv_window_ms": MAX_RECV_WINDOW_MS,
        "max_page": MAX_PAGE,
    })
    .to_string()
}
