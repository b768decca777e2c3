//! What documentation and the command line say of the venue, from the tables that the code runs on.

use serde_json::{Value, json};

use super::config::{Config, MAINNET_CHAIN_ID, TESTNET_CHAIN_ID};
use super::limits::{CAPABILITIES, LIMITS, MAX_PAGE, MAX_RECV_WINDOW_MS};

/// What a configuration of nothing but the environment's name comes to.
fn environment(name: &str, chain_id: u64) -> Value {
    let config = Config::parse(&json!({"environment": name}).to_string()).ok();
    json!({"chain_id": chain_id, "endpoints": config.map(|config| config.endpoints)})
}

/// Capabilities, limits and endpoints as JSON, for documentation and the command line.
pub fn facts() -> String {
    json!({
        "venue": "nado",
        "capabilities": CAPABILITIES,
        "limits": LIMITS,
        "environments": {
            "mainnet": environment("mainnet", MAINNET_CHAIN_ID),
            "testnet": environment("testnet", TESTNET_CHAIN_ID),
        },
        "max_recv_window_ms": MAX_RECV_WINDOW_MS,
        "max_page": MAX_PAGE,
    })
    .to_string()
}
