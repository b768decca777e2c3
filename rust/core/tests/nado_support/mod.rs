//! A venue that has read its instruments, for the tests of Nado.
#![allow(dead_code)]

use hedgewire_core::decimal::{BaseQty, Price};
use hedgewire_core::error::{DecodeError, VenueError};
use hedgewire_core::events::{ClientId, Event, InstrumentId, OrderKind, Side};
use hedgewire_core::secret::Secret;
use hedgewire_core::venues::nado::Nado;
use hedgewire_core::venues::{NewOrder, Reply, SocketRole, Venue};
use serde_json::{Value, json};

pub const NOW: u64 = 1_760_000_080_000_000_000;
pub const KEY: &str = "0x1111111111111111111111111111111111111111111111111111111111111111";
pub const SENDER: &str = "0x19e7e376e7c213b7e7e7e46cc70a5dd086daff2a64656661756c740000000000";
pub const ENDPOINT: &str = "0x05ec92d78ed421f3d3ada77ffde167106565974e";
pub const ETH: InstrumentId = InstrumentId(4);
pub const BTC: InstrumentId = InstrumentId(2);

pub fn config() -> Value {
    json!({"environment": "local", "gateway_v1": "http://127.0.0.1:9/v1", "archive_v1": "http://127.0.0.1:9/archive/v1"})
}

pub fn secret() -> Secret {
    Secret::new(KEY.to_owned())
}

pub fn reply(body: &Value) -> Reply {
    Reply { status: 200, retry_after_ms: None, body: body.to_string().into_bytes() }
}

pub fn success(data: Value) -> Reply {
    reply(&json!({"status": "success", "data": data, "request_type": "query_x"}))
}

pub fn failure(code: i64, error: &str) -> Reply {
    reply(&json!({"status": "failure", "error": error, "error_code": code, "request_type": "execute_x"}))
}

pub fn symbols() -> Value {
    serde_json::from_str(include_str!("../../../../testdata/nado/gateway_symbols.json")).expect("symbols")
}

pub fn products() -> Value {
    serde_json::from_str(include_str!("../../../../testdata/nado/gateway_all_products.json")).expect("products")
}

/// The answers of a healthy venue, in the order of the bootstrap.
pub fn account() -> Value {
    serde_json::from_str(include_str!("../../../../testdata/nado/gateway_subaccount_info.json")).expect("JSON")
}

pub fn answers() -> Vec<Reply> {
    vec![
        success(json!({"chain_id": "57073", "endpoint_addr": ENDPOINT})),
        success(json!("active")),
        reply(&symbols()),
        reply(&products()),
        reply(&json!({"status": "success", "method": "time", "server_time": (NOW / 1_000_000).to_string()})),
        success(json!({
            "taker_fee_rates_x18": ["0", "0", "300000000000000"], "maker_fee_rates_x18": ["0", "0", "-10000000000000"],
            "liquidation_sequencer_fee": "0", "health_check_sequencer_fee": "0", "taker_sequencer_fee": "0",
            "withdraw_sequencer_fees": [], "fee_tier": 1,
        })),
        reply(&account()),
        success(json!({"linked_signer": "0x0000000000000000000000000000000000000000"})),
    ]
}

pub fn boot(config: &Value, key: Option<Secret>, answers: &[Reply]) -> Result<Nado, VenueError> {
    let mut venue = Nado::open(&config.to_string(), key)?;
    let steps = venue.bootstrap().len();
    for (index, answer) in answers.iter().enumerate().take(steps) {
        venue.on_bootstrap(index, answer, NOW)?;
    }
    Ok(venue)
}

pub fn venue() -> Nado {
    boot(&config(), Some(secret()), &answers()).expect("a venue")
}

pub fn decode(venue: &mut Nado, frame: &str) -> Result<Vec<Event>, DecodeError> {
    let mut events = Vec::new();
    venue.decode(SocketRole::Streams, frame.as_bytes(), NOW, &mut events)?;
    Ok(events)
}

pub fn order(client_id: u64) -> NewOrder {
    NewOrder {
        client_id: ClientId(client_id),
        instrument: ETH,
        side: Side::Buy,
        kind: OrderKind::PostOnly,
        quantity: "1".parse::<BaseQty>().expect("a quantity"),
        price: "3500".parse::<Price>().expect("a price"),
        market: false,
        reduce_only: false,
        expires_s: None,
        params: None,
        trigger: None,
    }
}
