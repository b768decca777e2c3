//! The shapes of Paradex's answers that are not read row by row (Paradex reference 2.1, 2.2).

use serde::de::{DeserializeOwned, Error, Unexpected};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::decimal::parse_x18;
use crate::venues::scan::shorten;

/// A decimal: text, or in some places a number, whose own digits are read. Absent, null and `""` are none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Decimal(pub Option<i128>);

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        match raw.get().trim_matches('"') {
            "" | "null" => Ok(Self(None)),
            text => match parse_x18(text) {
                Ok(value) => Ok(Self(Some(value))),
                Err(_) => Err(D::Error::invalid_value(Unexpected::Str(text), &"a decimal of at most 18 decimals")),
            },
        }
    }
}

#[derive(Debug, Deserialize)]
pub struct SystemConfig {
    pub starknet_chain_id: String,
    pub paraclear_account_proxy_hash: String,
    pub paraclear_account_hash: String,
    /// A number as text.
    pub l1_chain_id: String,
}

#[derive(Debug, Deserialize)]
pub struct SystemState {
    pub status: String,
}

/// Milliseconds since the Unix epoch, as text.
#[derive(Debug, Deserialize)]
pub struct SystemTime {
    pub server_time: String,
}

#[derive(Debug, Deserialize)]
pub struct Markets {
    pub results: Vec<Market>,
}

#[derive(Debug, Deserialize)]
pub struct Market {
    pub symbol: String,
    pub base_currency: String,
    pub quote_currency: String,
    pub asset_kind: String,
    #[serde(default)]
    pub trading_mode: String,
    #[serde(default)]
    pub market_kind: String,
    #[serde(default)]
    pub price_tick_size: Decimal,
    #[serde(default)]
    pub order_size_increment: Decimal,
    #[serde(default)]
    pub min_notional: Decimal,
    /// Milliseconds; 0: since ever, or for ever.
    #[serde(default)]
    pub open_at: u64,
    #[serde(default)]
    pub expiry_at: u64,
    #[serde(default)]
    pub option_type: String,
    #[serde(default)]
    pub strike_price: Decimal,
    #[serde(default)]
    pub delta1_cross_margin_params: Option<MarginParams>,
    #[serde(default)]
    pub fee_config: Option<FeeConfig>,
}

#[derive(Debug, Deserialize)]
pub struct MarginParams {
    #[serde(default)]
    pub imf_base: Decimal,
    #[serde(default)]
    pub mmf_factor: Decimal,
}

#[derive(Debug, Deserialize)]
pub struct FeeConfig {
    pub api_fee: Option<Fees>,
}

#[derive(Debug, Deserialize)]
pub struct Fees {
    pub maker_fee: Option<Fee>,
    pub taker_fee: Option<Fee>,
}

#[derive(Debug, Deserialize)]
pub struct Fee {
    #[serde(default)]
    pub fee: Decimal,
}

/// Of `GET /account/info`: the account's own rates, where a market names none.
#[derive(Debug, Deserialize)]
pub struct AccountInfos {
    pub results: Vec<AccountInfo>,
}

#[derive(Debug, Deserialize)]
pub struct AccountInfo {
    pub account: String,
    #[serde(default)]
    pub fees: Option<AccountFees>,
}

#[derive(Debug, Deserialize)]
pub struct AccountFees {
    #[serde(default)]
    pub maker_rate: Decimal,
    #[serde(default)]
    pub taker_rate: Decimal,
}

#[derive(Debug, Deserialize)]
pub struct Token {
    pub jwt_token: String,
}

/// A refusal; its name may be missing (reference 2.0).
#[derive(Debug, Deserialize)]
pub struct Refusal {
    #[serde(default)]
    pub error: Option<String>,
}

/// Reads a JSON document; the error says what does not fit, shortened.
pub fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    match body.trim_ascii_start().first() {
        // serde would also take an array of the fields in their order.
        Some(b'{') => serde_json::from_slice(body).map_err(|error| shorten(&error.to_string())),
        _ => Err(format!("not an object: {}", shorten(&String::from_utf8_lossy(body)))),
    }
}
