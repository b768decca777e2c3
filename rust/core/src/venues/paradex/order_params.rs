//! What only an order of Paradex has (Paradex reference 2.9, 6.3, 6.4).

use serde_json::{Map, Value, json};

use super::limits::{MAX_RECV_WINDOW_MS, MIN_RECV_WINDOW_MS};
use crate::error::{CommandError, VenueError};
use crate::events::OrderKind;
use crate::venues::config_fields::Fields;
use crate::venues::{NewOrder, order_params};

const NAMES: &[&str] = &["instruction", "stp", "recv_window_ms", "mmp", "dime_discount"];
const SELF_TRADES: [&str; 3] = ["EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH"];

#[derive(Debug, Default, PartialEq, Eq)]
pub struct OrderParams {
    /// Resting for retail takers only; the venue has listed the account for it.
    pub rpi: bool,
    /// Which side of a trade with oneself ends; `None`: as the venue has it.
    pub stp: Option<&'static str>,
    /// In place of the configured one.
    pub recv_window_ms: Option<u64>,
    /// Counts for market-maker protection.
    pub mmp: bool,
    /// Fees are paid in DIME.
    pub dime_discount: bool,
}

impl OrderParams {
    pub fn read(order: &NewOrder) -> Result<Self, CommandError> {
        order_params::read(order, NAMES, |fields| {
            Ok(Self {
                rpi: word(fields, "instruction", &["RPI"])?.is_some(),
                stp: word(fields, "stp", &SELF_TRADES)?,
                recv_window_ms: recv_window_ms(fields)?,
                mmp: fields.bool("mmp")?.unwrap_or(false),
                dime_discount: fields.bool("dime_discount")?.unwrap_or(false),
            })
        })
    }

    /// Refuses what does not go together: RPI orders only ever rest, and so do those that MMP counts.
    pub fn check(&self, order: &NewOrder) -> Result<(), CommandError> {
        if self.rpi && (order.kind != OrderKind::PostOnly || order.trigger.is_some()) {
            let detail = "instruction RPI is for post-only limit orders\nhint: submit it with post_only".to_owned();
            return Err(CommandError { code: "ORDER_PARAMS", detail });
        }
        Ok(())
    }

    /// The fields of the order that are these, beside its flags.
    pub fn write(&self, body: &mut Map<String, Value>) {
        if let Some(stp) = self.stp {
            body.insert("stp".into(), json!(stp));
        }
        if self.dime_discount {
            body.insert("dime_discount".into(), json!(true));
        }
    }
}

fn word(fields: &Fields<'_>, key: &str, words: &[&'static str]) -> Result<Option<&'static str>, VenueError> {
    let Some(text) = fields.text(key)? else { return Ok(None) };
    match words.iter().find(|word| **word == text) {
        Some(word) => Ok(Some(word)),
        None => Err(fields.wrong(key, &Value::String(text), &format!("one of: {}", words.join(", ")))),
    }
}

fn recv_window_ms(fields: &Fields<'_>) -> Result<Option<u64>, VenueError> {
    let key = "recv_window_ms";
    match fields.number(key)? {
        Some(ms) if !(MIN_RECV_WINDOW_MS..=MAX_RECV_WINDOW_MS).contains(&ms) => {
            Err(fields.wrong(key, &json!(ms), &format!("{MIN_RECV_WINDOW_MS} to {MAX_RECV_WINDOW_MS}")))
        }
        window => Ok(window),
    }
}
