//! What only an order of Paradex has (Paradex reference 2.9, 6.3, 6.4).

use serde_json::{Map, Value, json};

use super::config::MarketOrders;
use super::limits::{MAX_RECV_WINDOW_MS, MIN_RECV_WINDOW_MS};
use crate::error::{CommandError, VenueError};
use crate::events::{OrderKind, Side};
use crate::venues::config_fields::Fields;
use crate::venues::{NewOrder, order_params};

const NAMES: &[&str] =
    &["instruction", "stp", "recv_window_ms", "mmp", "dime_discount", "market_orders", "follows_position"];
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
    /// In place of the configured one.
    pub market_orders: Option<MarketOrders>,
    /// A stop-loss or take-profit that the venue keeps no larger than the position, and ends with it.
    pub follows_position: bool,
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
                market_orders: word(fields, "market_orders", &["capped", "native"])?.map(MarketOrders::named),
                follows_position: fields.bool("follows_position")?.unwrap_or(false),
            })
        })
    }

    /// The venue's type of the order (reference 6.2, 8.2). What follows a position takes profit where the price has to move
    /// in the position's favour: up for the sale of a long one.
    pub fn order_type(&self, order: &NewOrder, configured: MarketOrders) -> &'static str {
        let native = order.market && self.market_orders.unwrap_or(configured) == MarketOrders::Native;
        let Some(trigger) = &order.trigger else { return if native { "MARKET" } else { "LIMIT" } };
        let takes_profit = trigger.above == (order.side == Side::Sell);
        match (self.follows_position, takes_profit, native) {
            (false, _, false) => "STOP_LIMIT",
            (false, _, true) => "STOP_MARKET",
            (true, false, false) => "STOP_LOSS_LIMIT",
            (true, false, true) => "STOP_LOSS_MARKET",
            (true, true, false) => "TAKE_PROFIT_LIMIT",
            (true, true, true) => "TAKE_PROFIT_MARKET",
        }
    }

    /// Refuses what does not go together.
    pub fn check(&self, order: &NewOrder) -> Result<(), CommandError> {
        let refuse = |detail: &str| Err(CommandError { code: "ORDER_PARAMS", detail: detail.to_owned() });
        if self.follows_position && (order.trigger.is_none() || !order.reduce_only) {
            return refuse(
                "follows_position is for reduce-only orders with a trigger\nhint: submit a stop or if-touched order with \
                 reduce_only",
            );
        }
        if self.market_orders.is_some() && !order.market {
            return refuse("market_orders is for orders without a price\nhint: leave it out of this order");
        }
        if self.rpi && (order.kind != OrderKind::PostOnly || order.trigger.is_some()) {
            return refuse("instruction RPI is for post-only limit orders\nhint: submit it with post_only");
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
