//! Time-weighted orders, which the venue trades in slices (Paradex reference 2.10).
//!
//! The venue gives an algo order no client id, and nothing in a slice names the algo order that it is of. So it is no order
//! of the registry: it is placed and cancelled as a message, shown by `algo/orders`, and each slice is told as what it is,
//! an order of the account that this client did not send, with its own fills.

use serde_json::{Value, json};

use super::felt::Felt;
use super::limits::{MAX_RECV_WINDOW_MS, MIN_RECV_WINDOW_MS};
use super::sign::SignedOrder;
use crate::decimal::{BaseQty, Price};
use crate::error::{CommandError, VenueError};
use crate::events::Side;
use crate::instruments::TradingStatus;
use crate::venues::config_fields::{self, Fields};
use crate::venues::instrument_table::InstrumentTable;

pub const PLACE: &str = "place_twap";
pub const CANCEL: &str = "cancel_twap";
/// Of the whole, and what it is a multiple of.
const STEP_S: u64 = 30;
const MAX_DURATION_S: u64 = 86_400;
const SOURCE: &str = "fields of the message";
const FIELDS: &[&str] = &["market", "side", "size", "duration_s", "interval_s", "recv_window_ms"];

/// A TWAP as it was asked for, checked.
#[derive(Debug)]
pub struct Twap {
    market: String,
    side: Side,
    size: BaseQty,
    duration_s: u64,
    interval_s: u64,
    pub recv_window_ms: u64,
}

impl Twap {
    pub fn read(fields: &str, table: &InstrumentTable, recv_window_ms: u64) -> Result<Self, CommandError> {
        let read = || -> Result<Self, VenueError> {
            let map = config_fields::object(fields, SOURCE)?;
            config_fields::known_names(&map, FIELDS, "unknown field", SOURCE)?;
            let fields = Fields { map: &map, source: SOURCE };
            let within = |key: &str, default: Option<u64>, least: u64, most: u64| {
                let value = fields.number(key)?.or(default);
                value.filter(|value| (least..=most).contains(value)).ok_or_else(|| {
                    fields.wrong(key, map.get(key).unwrap_or(&Value::Null), &format!("{least} to {most}"))
                })
            };
            let duration_s = within("duration_s", None, STEP_S, MAX_DURATION_S)?;
            if duration_s % STEP_S != 0 {
                return Err(fields.wrong("duration_s", &json!(duration_s), &format!("a multiple of {STEP_S}")));
            }
            Ok(Self {
                market: fields.text("market")?.unwrap_or_default(),
                side: match fields.text("side")?.as_deref() {
                    Some("BUY") => Side::Buy,
                    Some("SELL") => Side::Sell,
                    other => return Err(fields.wrong("side", &json!(other), "BUY or SELL")),
                },
                size: BaseQty::from_x18(fields.positive_x18("size")?.unwrap_or(0)),
                duration_s,
                interval_s: within("interval_s", Some(STEP_S), 1, duration_s)?,
                recv_window_ms: within("recv_window_ms", Some(recv_window_ms), MIN_RECV_WINDOW_MS, MAX_RECV_WINDOW_MS)?,
            })
        };
        let twap = read().map_err(|error| CommandError { code: "TWAP_FIELDS", detail: error.to_string() })?;
        twap.check(table)?;
        Ok(twap)
    }

    fn check(&self, table: &InstrumentTable) -> Result<(), CommandError> {
        let refuse = |code, why: &str| Err(CommandError { code, detail: format!("{}: {why}", self.market) });
        let Some(instrument) = table.by_symbol(&self.market) else {
            return refuse("INSTRUMENT_UNKNOWN", "not listed");
        };
        if instrument.status == TradingStatus::Halted {
            return refuse("INSTRUMENT_HALTED", "not open, expired, or traded by request for quote only");
        }
        if self.size.is_zero() || !self.size.is_multiple_of(instrument.size_increment_x18) {
            let lot = BaseQty::from_x18(instrument.size_increment_x18);
            return refuse("QUANTITY_OFF_LOT", &format!("{} is no positive multiple of {lot}", self.size));
        }
        Ok(())
    }

    /// Signed as a market order without a price.
    pub fn signed(&self, timestamp_ms: u64) -> Result<Felt, CommandError> {
        let price = Price::from_x18(0);
        let (side, size) = (self.side, self.size);
        SignedOrder { timestamp_ms, market: &self.market, side, kind: "MARKET", size, price }.place()
    }

    pub fn body(&self, signature: &str, timestamp_ms: u64) -> Value {
        json!({
            "algo_type": "TWAP",
            "market": self.market,
            "side": match self.side {
                Side::Buy => "BUY",
                Side::Sell => "SELL",
            },
            "type": "MARKET",
            "size": self.size.to_string(),
            "duration_seconds": self.duration_s,
            "frequency": self.interval_s,
            "recv_window": self.recv_window_ms,
            "signature": signature,
            "signature_timestamp": timestamp_ms,
        })
    }
}

/// The number of the algo order that a cancel names.
pub fn canceled_id(fields: &str) -> Result<String, CommandError> {
    let read = || -> Result<String, VenueError> {
        let map = config_fields::object(fields, SOURCE)?;
        config_fields::known_names(&map, &["id"], "unknown field", SOURCE)?;
        let fields = Fields { map: &map, source: SOURCE };
        let id = fields.text("id")?.filter(|id| !id.is_empty());
        id.ok_or_else(|| fields.wrong("id", &Value::Null, "the venue's number of the algo order, as text"))
    };
    read().map_err(|error| CommandError { code: "TWAP_FIELDS", detail: error.to_string() })
}
