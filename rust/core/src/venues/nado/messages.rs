//! The shapes of Nado's answers (Nado reference 2.2, 2.3, 7.1).
//!
//! 64- and 128-bit integers come as text, in some places as numbers; both are read, never through a float.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeOwned, Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};

use crate::venues::scan;

/// An integer that comes as text or as a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Int<T>(pub T);

/// An 18-decimal fixed-point number.
pub type X18 = Int<i128>;

impl<'de, T: TryFrom<i128>> Deserialize<'de> for Int<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(IntVisitor(PhantomData))
    }
}

struct IntVisitor<T>(PhantomData<T>);

impl<T: TryFrom<i128>> Visitor<'_> for IntVisitor<T> {
    type Value = Int<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an integer in range, as text or number")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        let number = scan::integer(text).and_then(|number| T::try_from(number).ok());
        number.map(Int).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        T::try_from(number.into()).map(Int).map_err(|_| E::invalid_value(Unexpected::Signed(number), &self))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        T::try_from(number.into()).map(Int).map_err(|_| E::invalid_value(Unexpected::Unsigned(number), &self))
    }
}

/// The gateway's envelope around every answer.
#[derive(Debug, Deserialize)]
pub struct Envelope {
    pub status: String,
    #[serde(default)]
    pub data: serde_json::Value,
    #[serde(default)]
    pub error: Option<String>,
    #[serde(default)]
    pub error_code: Option<i64>,
}

/// An open order (`order`, `orders`, `cancelled_orders`).
#[derive(Debug, Deserialize)]
pub struct OrderData {
    pub product_id: Int<u32>,
    pub price_x18: X18,
    /// Negative: a sale.
    pub amount: X18,
    pub unfilled_amount: X18,
    pub expiration: Int<u64>,
    #[serde(default)]
    pub appendix: Option<Int<i128>>,
    pub digest: String,
    /// Unix seconds.
    pub placed_at: Int<u64>,
    #[serde(default)]
    pub id: Option<Int<u64>>,
}

#[derive(Debug, Deserialize)]
pub struct ProductOrders {
    pub orders: Vec<OrderData>,
}

#[derive(Debug, Deserialize)]
pub struct OpenOrders {
    pub product_orders: Vec<ProductOrders>,
}

#[derive(Debug, Deserialize)]
pub struct Contracts {
    pub chain_id: Int<u64>,
    pub endpoint_addr: String,
}

#[derive(Debug, Deserialize)]
pub struct FeeRates {
    pub taker_fee_rates_x18: Vec<X18>,
    pub maker_fee_rates_x18: Vec<X18>,
}

#[derive(Debug, Deserialize)]
pub struct LinkedSigner {
    pub linked_signer: String,
}

#[derive(Debug, Deserialize)]
pub struct Health {
    pub health: X18,
}

#[derive(Debug, Deserialize)]
pub struct SubaccountInfo {
    pub exists: bool,
    pub healths: Vec<Health>,
    pub perp_balances: Vec<ProductBalance>,
}

#[derive(Debug, Deserialize)]
pub struct ProductBalance {
    pub product_id: Int<u32>,
    pub balance: Balance,
}

#[derive(Debug, Deserialize)]
pub struct Balance {
    pub amount: X18,
}

#[derive(Debug, Deserialize)]
pub struct IsolatedPositions {
    pub isolated_positions: Vec<IsolatedPosition>,
}

#[derive(Debug, Deserialize)]
pub struct IsolatedPosition {
    pub base_balance: ProductBalance,
}

#[derive(Debug, Deserialize)]
pub struct MarketLiquidity {
    pub bids: Vec<(X18, X18)>,
    pub asks: Vec<(X18, X18)>,
    /// Nanoseconds, in the sequence of `book_depth`.
    pub timestamp: Int<u64>,
}

/// An order as the archive keeps it. Signs: bought is positive; `quote_filled` is net of the fee.
#[derive(Debug, Deserialize)]
pub struct ArchivedOrder {
    pub digest: String,
    pub product_id: Int<u32>,
    pub amount: X18,
    pub price_x18: X18,
    pub base_filled: X18,
    pub quote_filled: X18,
    pub fee: X18,
    pub expiration: Int<u64>,
    #[serde(default)]
    pub appendix: Option<Int<i128>>,
    pub submission_idx: Int<u64>,
    #[serde(default)]
    pub last_fill_submission_idx: Option<Int<u64>>,
    #[serde(default)]
    pub first_fill_timestamp: Option<Int<u64>>,
    #[serde(default)]
    pub last_fill_timestamp: Option<Int<u64>>,
}

#[derive(Debug, Deserialize)]
pub struct ArchivedOrders {
    pub orders: Vec<ArchivedOrder>,
}

#[derive(Debug, Deserialize)]
pub struct Matches {
    pub matches: Vec<Match>,
    pub txs: Vec<Tx>,
}

/// One side of one execution; product and time stand elsewhere (reference 7.1).
#[derive(Debug, Deserialize)]
pub struct Match {
    pub digest: String,
    pub order: MatchOrder,
    pub base_filled: X18,
    pub quote_filled: X18,
    pub fee: X18,
    #[serde(default)]
    pub sequencer_fee: Option<X18>,
    pub cumulative_base_filled: X18,
    pub post_balance: TaggedBalances,
    pub submission_idx: Int<u64>,
    pub is_taker: bool,
}

#[derive(Debug, Deserialize)]
pub struct MatchOrder {
    pub amount: X18,
}

#[derive(Debug, Deserialize)]
pub struct TaggedBalances {
    pub base: TaggedBalance,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaggedBalance {
    Perp(BalanceOf),
    Spot(BalanceOf),
}

impl TaggedBalance {
    pub fn product_id(&self) -> u32 {
        match self {
            Self::Perp(balance) | Self::Spot(balance) => balance.product_id.0,
        }
    }
}

#[derive(Debug, Deserialize)]
pub struct BalanceOf {
    pub product_id: Int<u32>,
}

#[derive(Debug, Deserialize)]
pub struct Tx {
    pub submission_idx: Int<u64>,
    /// Unix seconds.
    pub timestamp: Int<u64>,
}

#[derive(Debug, Deserialize)]
pub struct Candlesticks {
    pub candlesticks: Vec<Candlestick>,
}

#[derive(Debug, Deserialize)]
pub struct Candlestick {
    pub product_id: Int<u32>,
    pub granularity: Int<u32>,
    /// The bar's start.
    pub timestamp: Int<u64>,
    pub open_x18: X18,
    pub high_x18: X18,
    pub low_x18: X18,
    pub close_x18: X18,
    pub volume: X18,
}

#[derive(Debug, Deserialize)]
pub struct FundingRates {
    pub funding_rates: Vec<FundingRateRow>,
}

#[derive(Debug, Deserialize)]
pub struct FundingRateRow {
    pub product_id: Int<u32>,
    /// For 24 hours.
    pub funding_rate_x18: X18,
    /// Unix seconds; `funding_rate` calls it `update_time`.
    #[serde(alias = "update_time")]
    pub timestamp: Int<u64>,
}

#[derive(Debug, Deserialize)]
pub struct PerpPrice {
    pub product_id: Int<u32>,
    #[serde(default)]
    pub index_price_x18: Option<X18>,
    #[serde(default)]
    pub mark_price_x18: Option<X18>,
    /// Unix seconds.
    pub update_time: Int<u64>,
}

/// Reads a JSON document; the error says what does not fit, shortened.
pub fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    serde_json::from_slice(body).map_err(|error| scan::shorten(&error.to_string()))
}

/// As `read`, of an object only: serde would also take an array of the fields in their order.
pub fn read_object<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    match body.trim_ascii_start().first() {
        Some(b'{') => read(body),
        _ => Err(format!("not an object: {}", scan::shorten(&String::from_utf8_lossy(body)))),
    }
}

/// The `data` of a successful gateway answer.
pub fn data<T: DeserializeOwned>(body: &[u8]) -> Result<T, Failure> {
    let envelope: Envelope = read_object(body).map_err(Failure::Malformed)?;
    match envelope.status.as_str() {
        "success" => {
            serde_json::from_value(envelope.data).map_err(|error| Failure::Malformed(scan::shorten(&error.to_string())))
        }
        "failure" => Err(Failure::Refused {
            code: envelope.error_code.unwrap_or_default(),
            reason: envelope.error.unwrap_or_else(|| "no reason given".to_owned()),
        }),
        other => Err(Failure::Malformed(format!("status {}", scan::shorten(other)))),
    }
}

/// Why an answer holds no data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    Refused { code: i64, reason: String },
    Malformed(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused { code, reason } => write!(f, "error {code}: {reason}"),
            Self::Malformed(what) => write!(f, "malformed answer: {what}"),
        }
    }
}
