//! The trigger service: orders that wait, signed, under the digest by which the book will know them (Nado reference 6.6).

use serde::Deserialize;
use serde_json::{Value, json};

use super::decode_private::order_id;
use super::messages::{self, Int, X18};
use super::order_fields::{expires, flags, nanos_of_seconds};
use super::order_params::OrderParams;
use super::pages;
use crate::decimal::{BaseQty, Price};
use crate::error::CommandError;
use crate::events::{ClientId, Event, InstrumentId, VenueOrderId};
use crate::venues::instrument_table::side_of;
use crate::venues::scan::shorten;
use crate::venues::{Cursor, MAX_ROWS, Page};
use crate::waiting::{Dependency, PriceTrigger, TriggerSource, WaitingReport, WaitingState};

const SOURCES: [(TriggerSource, &str); 3] =
    [(TriggerSource::Last, "last"), (TriggerSource::Mid, "mid"), (TriggerSource::Oracle, "oracle")];

/// The `trigger` of a placement.
pub fn body(trigger: &PriceTrigger) -> Value {
    let source = SOURCES.iter().find(|(source, _)| *source == trigger.source).map_or("", |(_, name)| name);
    let key = format!("{source}_price_{}", if trigger.above { "above" } else { "below" });
    let mut price_trigger = json!({"price_requirement": {key: trigger.price.x18().to_string()}});
    if let Some(after) = &trigger.after {
        price_trigger["dependency"] =
            json!({"digest": after.venue_order_id.0, "on_partial_fill": after.on_partial_fill});
    }
    json!({"price_trigger": price_trigger})
}

pub fn check(params: &OrderParams, trigger: &PriceTrigger) -> Result<(), CommandError> {
    let refuse = |code, detail: String| Err(CommandError { code, detail });
    if trigger.price.x18() <= 0 {
        return refuse("TRIGGER_PRICE_NOT_POSITIVE", trigger.price.to_string());
    }
    if params.isolated_margin_x18.is_some() {
        return refuse("TRIGGER_ISOLATED", "the venue takes no waiting orders with isolated margin".to_owned());
    }
    match &trigger.after {
        Some(after) if order_id(&after.venue_order_id.0).is_err() => {
            refuse("ORDER_ID_MALFORMED", after.venue_order_id.0.clone())
        }
        _ => Ok(()),
    }
}

/// Of what is listed: the given orders in any state, or all that wait.
pub fn list_filter(instrument: Option<InstrumentId>, orders: &[VenueOrderId], page: Option<&Cursor>) -> Value {
    let mut filter = json!({"type": "list_trigger_orders", "limit": pages::rows(MAX_ROWS, page)});
    if let Some(instrument) = instrument {
        filter["product_ids"] = json!([instrument.0]);
    }
    if orders.is_empty() {
        filter["status_types"] = json!(["waiting_price", "waiting_dependency", "triggering", "twap_executing"]);
    } else {
        filter["digests"] = json!(orders.iter().map(|id| id.0.as_str()).collect::<Vec<_>>());
    }
    if let Some(from) = pages::start(page) {
        filter["max_update_time"] = json!(from);
    }
    filter
}

#[derive(Debug, Deserialize)]
struct Listed {
    orders: Vec<Row>,
}

#[derive(Debug, Deserialize)]
struct Row {
    order: Placed,
    status: Value,
    /// Unix seconds.
    placed_at: Int<u64>,
    updated_at: Int<u64>,
}

#[derive(Debug, Deserialize)]
struct Placed {
    product_id: Int<u32>,
    order: Signed,
    /// Only where the client had sent it along.
    #[serde(default)]
    digest: Option<String>,
    #[serde(default)]
    trigger: Value,
    #[serde(default)]
    id: Option<Int<u64>>,
}

/// The order as it was signed.
#[derive(Debug, Deserialize)]
pub struct Signed {
    pub sender: String,
    #[serde(rename = "priceX18")]
    pub price: X18,
    pub amount: X18,
    pub expiration: Int<u64>,
    pub nonce: Int<u64>,
    /// 128 bits without a sign.
    pub appendix: String,
}

/// Oldest first. `digest_of` computes an order's id where the venue leaves it out. An order in a state that is not known makes the whole answer unusable: it may be waiting or not.
pub fn reports(
    body: &[u8],
    page: Option<&Cursor>,
    mut digest_of: impl FnMut(u32, &Signed) -> Option<VenueOrderId>,
) -> Result<Page, String> {
    let data: Listed = messages::data(body).map_err(|failure| failure.to_string())?;
    let oldest = data.orders.iter().map(|row| row.updated_at.0).min();
    let next = pages::next(MAX_ROWS, page, data.orders.len(), oldest)?;
    let mut events = Vec::with_capacity(data.orders.len());
    for row in data.orders.iter().rev() {
        let id = match &row.order.digest {
            Some(digest) => order_id(digest).map_err(|error| error.what)?,
            None => digest_of(row.order.product_id.0, &row.order.order).ok_or("a waiting order without its digest")?,
        };
        events.push(Event::WaitingReport(report(row, id)?));
    }
    Ok(Page { events, next })
}

fn report(row: &Row, venue_order_id: VenueOrderId) -> Result<WaitingReport, String> {
    let (placed, signed) = (&row.order, &row.order.order);
    let appendix: u128 =
        signed.appendix.parse().map_err(|_| format!("appendix {} is no number", shorten(&signed.appendix)))?;
    let (kind, reduce_only) = flags(i128::try_from(appendix).ok());
    let (state, reason) = state(&row.status)?;
    Ok(WaitingReport {
        instrument: InstrumentId(placed.product_id.0),
        venue_order_id,
        client_id: placed.id.map(|id| ClientId(id.0)),
        side: side_of(signed.amount.0 > 0),
        kind,
        state,
        price: Price::from_x18(signed.price.0),
        quantity: BaseQty::from_x18(signed.amount.0.saturating_abs()),
        reduce_only,
        expires_s: expires(signed.expiration.0),
        trigger: price_trigger(&placed.trigger)?,
        reason,
        ts_accepted: nanos_of_seconds(row.placed_at.0)?,
        ts_event: nanos_of_seconds(row.updated_at.0)?,
    })
}

/// A word, or an object with one key.
fn state(status: &Value) -> Result<(WaitingState, String), String> {
    let unknown = || format!("unknown state of a waiting order: {}", shorten(&status.to_string()));
    if let Some(word) = status.as_str() {
        return match word {
            "waiting_price" | "waiting_dependency" | "triggering" => Ok((WaitingState::Waiting, word.to_owned())),
            _ => Err(unknown()),
        };
    }
    let (word, detail) =
        status.as_object().filter(|one| one.len() == 1).and_then(|one| one.iter().next()).ok_or_else(unknown)?;
    let text = detail.as_str().map_or_else(|| detail.to_string(), str::to_owned);
    Ok(match word.as_str() {
        "cancelled" if text == "expired" => (WaitingState::Expired, text),
        "cancelled" => (WaitingState::Canceled, text),
        "internal_error" => (WaitingState::Failed, text),
        "twap_executing" => (WaitingState::Slicing, text),
        "twap_completed" => (WaitingState::Sliced, text),
        "triggered" => match detail["status"].as_str() {
            Some("success") => (WaitingState::Triggered, String::new()),
            Some("failure") => {
                let reason = detail["error"].as_str().unwrap_or("no reason given");
                (WaitingState::Failed, format!("{}: {reason}", detail["error_code"]))
            }
            _ => return Err(unknown()),
        },
        _ => return Err(unknown()),
    })
}

fn price_trigger(trigger: &Value) -> Result<Option<PriceTrigger>, String> {
    let unknown = || format!("unknown trigger: {}", shorten(&trigger.to_string()));
    let Some(price_trigger) = trigger.get("price_trigger") else { return Ok(None) };
    let requirement = price_trigger["price_requirement"].as_object().ok_or_else(unknown)?;
    let mut given = requirement.iter().filter(|(_, value)| !value.is_null());
    let (Some((key, price)), None) = (given.next(), given.next()) else { return Err(unknown()) };
    let (name, way) = key.split_once("_price_").ok_or_else(unknown)?;
    let source = SOURCES.iter().find(|(_, known)| *known == name).map(|(source, _)| *source).ok_or_else(unknown)?;
    let price: X18 = serde_json::from_value(price.clone()).map_err(|_| unknown())?;
    let after = match &price_trigger["dependency"] {
        Value::Null => None,
        other => Some(Dependency {
            venue_order_id: order_id(other["digest"].as_str().ok_or_else(unknown)?).map_err(|error| error.what)?,
            on_partial_fill: other["on_partial_fill"].as_bool().unwrap_or(false),
        }),
    };
    let above = match way {
        "above" => true,
        "below" => false,
        _ => return Err(unknown()),
    };
    Ok(Some(PriceTrigger { source, above, price: Price::from_x18(price.0), after }))
}
