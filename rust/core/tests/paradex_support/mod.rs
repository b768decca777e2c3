//! A venue that has read its instruments, for the tests of Paradex.
#![allow(dead_code)]

use hedgewire_core::error::DecodeError;
use hedgewire_core::events::{ClientId, Event, InstrumentId, OrderKind, Side};
use hedgewire_core::secret::Secret;
use hedgewire_core::venues::paradex::Paradex;
use hedgewire_core::venues::{NewOrder, Reply, SocketRole, Venue};
use serde_json::{Value, json};

pub const NOW: u64 = 1_785_000_080_000_000_000;
pub const BTC: &str = "BTC-USD-PERP";

#[macro_export]
macro_rules! paradex_sample {
    ($name:literal) => {
        include_str!(concat!("../../../testdata/paradex/", $name, ".json"))
    };
}

pub fn config() -> Value {
    json!({"environment": "local", "rest": "http://127.0.0.1:9/v1", "ws": "ws://127.0.0.1:9/v1"})
}

pub fn reply(body: &str) -> Reply {
    Reply { status: 200, retry_after_ms: None, body: body.as_bytes().to_vec() }
}

pub fn boot(mut venue: Paradex) -> Paradex {
    let answers = [
        include_str!("../../../../testdata/paradex/rest_system_config.json").to_owned(),
        include_str!("../../../../testdata/paradex/rest_system_state.json").to_owned(),
        json!({"server_time": (NOW / 1_000_000).to_string()}).to_string(),
        include_str!("../../../../testdata/paradex/rest_markets.json").to_owned(),
    ];
    assert_eq!(venue.bootstrap().len(), answers.len());
    for (index, body) in answers.iter().enumerate() {
        venue.on_bootstrap(index, &reply(body), NOW).expect("a step");
    }
    venue
}

pub fn open(config: &Value) -> Paradex {
    Paradex::open(&config.to_string(), None).expect("a configuration")
}

/// Public and worthless.
pub const KEY: &str = "0x1a2b3c4d5e6f";
pub const TOKEN: &str = "h.opaque.s";

pub fn secret() -> Secret {
    Secret::new(KEY.to_owned())
}

pub fn answers_to_a_trader() -> Vec<String> {
    let info = json!({"results": [{"account": "0x1", "fees": {"maker_rate": "0.00003", "taker_rate": "0.00045"}}]});
    vec![
        include_str!("../../../../testdata/paradex/rest_system_config.json").to_owned(),
        include_str!("../../../../testdata/paradex/rest_system_state.json").to_owned(),
        json!({"server_time": (NOW / 1_000_000).to_string()}).to_string(),
        json!({"jwt_token": TOKEN}).to_string(),
        info.to_string(),
        include_str!("../../../../testdata/paradex/rest_account.json").to_owned(),
        include_str!("../../../../testdata/paradex/rest_markets.json").to_owned(),
    ]
}

/// With a key, and a session.
pub fn trader_of(config: &Value) -> Paradex {
    let mut venue = Paradex::open(&config.to_string(), Some(secret())).expect("a configuration");
    let answers = answers_to_a_trader();
    assert_eq!(venue.bootstrap().len(), answers.len());
    for (index, body) in answers.iter().enumerate() {
        venue.on_bootstrap(index, &reply(body), NOW).expect("a step");
    }
    venue
}

pub fn trader() -> Paradex {
    trader_of(&config())
}

pub fn order(venue: &Paradex, client_id: u64) -> NewOrder {
    NewOrder {
        client_id: ClientId(client_id),
        instrument: instrument(venue, BTC),
        side: Side::Buy,
        kind: OrderKind::Limit,
        quantity: "0.01".parse().expect("a quantity"),
        price: "61234.5".parse().expect("a price"),
        market: false,
        reduce_only: false,
        expires_s: None,
        params: None,
        trigger: None,
    }
}

pub fn venue() -> Paradex {
    boot(open(&config()))
}

/// With the feed that leaves no update out.
pub fn venue_of_every_update() -> Paradex {
    let mut config = config();
    config["book_feed"] = json!("every");
    boot(open(&config))
}

pub fn instrument(venue: &Paradex, symbol: &str) -> InstrumentId {
    venue.instruments().iter().find(|one| one.symbol == symbol).expect("listed").id
}

pub fn decode(venue: &mut Paradex, frame: &[u8]) -> Result<Vec<Event>, DecodeError> {
    let mut events = Vec::new();
    venue.decode(SocketRole::Streams, frame, NOW, &mut events).map(|()| events)
}
