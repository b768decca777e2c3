//! A Nado that has read its instruments from the documented payloads, and book frames like those of `bench/servers/books.py`.

use hedgewire_core::secret::Secret;
use hedgewire_core::venues::nado::Nado;
use hedgewire_core::venues::{Reply, Venue};
use serde_json::{Value, json};

pub const NOW_NS: u64 = 1_760_000_080_000_000_000;
/// Of no account anywhere.
const KEY: &str = concat!("0x", "11111111111111111111111111111111", "11111111111111111111111111111111");

fn success(data: &Value) -> Reply {
    body(json!({"status": "success", "data": data, "request_type": "query_x"}).to_string())
}

fn body(text: impl Into<Vec<u8>>) -> Reply {
    Reply { status: 200, retry_after_ms: None, body: text.into() }
}

pub fn venue(with_key: bool) -> Result<Nado, String> {
    let config = json!({"environment": "local", "gateway_v1": "http://127.0.0.1:9/v1", "archive_v1": "http://127.0.0.1:9/archive"});
    let key = with_key.then(|| Secret::new(KEY.to_owned()));
    let mut venue = Nado::open(&config.to_string(), key).map_err(|error| error.to_string())?;
    let answers = [
        success(&json!({"chain_id": "57073", "endpoint_addr": "0x05ec92d78ed421f3d3ada77ffde167106565974e"})),
        success(&json!("active")),
        body(include_str!("../../../testdata/nado/gateway_symbols.json")),
        body(include_str!("../../../testdata/nado/gateway_all_products.json")),
        body(json!({"status": "success", "server_time": (NOW_NS / 1_000_000).to_string()}).to_string()),
        success(&json!({"taker_fee_rates_x18": [], "maker_fee_rates_x18": [], "liquidation_sequencer_fee": "0",
            "health_check_sequencer_fee": "0", "taker_sequencer_fee": "0", "withdraw_sequencer_fees": [], "fee_tier": 1})),
        body(include_str!("../../../testdata/nado/gateway_subaccount_info.json")),
        success(&json!({"linked_signer": "0x0000000000000000000000000000000000000000"})),
    ];
    let steps = venue.bootstrap().len();
    for (index, answer) in answers.iter().enumerate().take(steps) {
        venue.on_bootstrap(index, answer, NOW_NS).map_err(|error| error.to_string())?;
    }
    Ok(venue)
}

/// Numbers that differ from frame to frame and are the same in every run (a linear congruence).
pub struct Numbers(u64);

impl Numbers {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

/// `count` frames of 10 bids and 10 asks of ETH-PERP, each beginning where the one before ended.
pub fn frames(count: usize) -> Vec<String> {
    let mut numbers = Numbers::new(7);
    let mut side = |sign: i64| -> Vec<[String; 2]> {
        (0..10u64)
            .map(|level| {
                let ticks = 35_000 - sign * i64::try_from(level * 4 + numbers.below(4) + 1).unwrap_or(1);
                let lots = if numbers.below(5) == 0 { 0 } else { numbers.below(50_000) + 1 };
                [(i128::from(ticks) * 10i128.pow(17)).to_string(), (u128::from(lots) * 10u128.pow(15)).to_string()]
            })
            .collect()
    };
    let frame = move |number: usize| {
        let at = NOW_NS + 1_000 * (number as u64 + 1);
        let (bids, asks) = (side(1), side(-1));
        let (at_text, before) = (at.to_string(), (at - 1_000).to_string());
        let parts = [json!(bids).to_string(), json!(asks).to_string()];
        format!(
            r#"{{"type":"book_depth","min_timestamp":"{at_text}","max_timestamp":"{at_text}","last_max_timestamp":"{before}","product_id":4,"bids":{},"asks":{}}}"#,
            parts[0], parts[1]
        )
    };
    (0..count).map(frame).collect()
}
