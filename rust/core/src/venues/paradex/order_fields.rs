//! What the venue says of an order, in either encoding, and what that means (Paradex reference 2.9, 6.5, 8.3).

use super::decode_public::id;
use super::fields::{nanos_of_ms, optional_text, optional_x18, side, x18};
use super::order_names::{client_id, name};
use crate::decimal::{BaseQty, Price};
use crate::error::DecodeError;
use crate::events::{
    ChangeRefused, ClientId, InstrumentId, OrderKind, OrderReport, OrderStatus, OrderUpdate, Side, Terms, UnixNanos,
};
use crate::venues::scan::{Object, Token, each_item, shorten};
use crate::waiting::{PriceTrigger, TriggerSource, WaitingReport, WaitingState};

/// The venue's own four; what ended an order stands beside them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Queued for the risk check: neither accepted nor refused.
    New,
    Untriggered,
    Open,
    Closed,
}

/// One order as the venue shows it.
#[derive(Debug, Clone)]
pub struct OrderFields {
    pub id: String,
    pub client_id: Option<ClientId>,
    pub market: String,
    pub side: Side,
    /// The venue's word; empty for one that we do not know.
    pub order_type: &'static str,
    pub kind: OrderKind,
    pub state: State,
    pub size: BaseQty,
    pub remaining: BaseQty,
    pub price: Price,
    pub average_price: Option<Price>,
    /// Of a stop or a take-profit, triggered or not.
    pub trigger: Option<PriceTrigger>,
    pub reduce_only: bool,
    /// Why it ended, in the venue's word; empty while it lives and when it is full.
    pub cancel_reason: String,
    /// The last change of it, where that was refused: its number and why. Not told in SBE.
    pub refused_change: Option<(String, String)>,
    pub created: UnixNanos,
    pub updated: UnixNanos,
    /// Rises with every message about the order; streams and queries count apart (reference 5.3).
    pub seq: u64,
}

/// Reasons of an order that the venue refused after it had queued it. The list is open: an unknown one is a cancel.
const REFUSALS: &[&str] = &[
    "NOT_ENOUGH_MARGIN",
    POST_ONLY_CROSSES,
    "ORDER_EXCEEDS_POSITION_LIMIT",
    "MARKET_NOT_OPEN",
    "PRICE_NOT_AVAILABLE",
    "EMPTY_MARKET",
    "ORDER_TYPE_INVALID",
    "ASSET_UNAVAILABLE",
    "UNEXPECTED_FAILURE",
    "TIMEOUT",
    "MMP_TRIGGERED",
    "MMP_FROZEN",
    "MMP_DISABLED",
    "MMP_GREEKS_UNAVAILABLE",
    "MMP_NOT_CONFIGURED",
];
pub const POST_ONLY_CROSSES: &str = "POST_ONLY_WOULD_CROSS";

impl OrderFields {
    /// An order of the stream or of any REST answer: the schema is one (reference 5.3).
    pub fn read(object: &Object<'_>) -> Result<Self, DecodeError> {
        let order_type = object.text("type")?;
        let side = side(object)?;
        let flags = Flags::read(object)?;
        let trigger_price = optional_x18(object, "trigger_price")?.filter(|price| *price > 0);
        Ok(Self {
            id: id(object.text("id")?)?,
            client_id: client_of(object),
            market: object.text("market")?.to_owned(),
            side,
            order_type: known_type(order_type),
            kind: kind(order_type, optional_text(object, "instruction")?.unwrap_or("GTC"))?,
            state: state(object.text("status")?)?,
            size: BaseQty::from_x18(x18(object, "size")?),
            remaining: BaseQty::from_x18(x18(object, "remaining_size")?),
            price: Price::from_x18(optional_x18(object, "price")?.unwrap_or(0)),
            average_price: optional_x18(object, "avg_fill_price")?.filter(|price| *price > 0).map(Price::from_x18),
            trigger: trigger(order_type, side, trigger_price, flags.above),
            reduce_only: flags.reduce_only,
            cancel_reason: optional_text(object, "cancel_reason")?.unwrap_or_default().to_owned(),
            refused_change: refused_change(object),
            created: nanos_of_ms(object, "created_at")?,
            updated: nanos_of_ms(object, "last_updated_at")?,
            seq: object.optional_u64("seq_no")?.unwrap_or(0),
        })
    }

    /// `rested`: the order was open once. One that was not, did not trade and ended for such a reason was refused.
    pub fn status(&self, rested: bool) -> OrderStatus {
        let untouched = self.remaining == self.size;
        match self.state {
            State::New => OrderStatus::Queued,
            State::Untriggered => OrderStatus::Accepted,
            State::Open if untouched => OrderStatus::Accepted,
            State::Open => OrderStatus::PartiallyFilled,
            State::Closed if self.remaining.is_zero() && (!self.size.is_zero() || self.cancel_reason.is_empty()) => {
                OrderStatus::Filled
            }
            State::Closed if matches!(self.cancel_reason.as_str(), "EXPIRED" | "ASSET_EXPIRED") => OrderStatus::Expired,
            State::Closed if untouched && !rested && REFUSALS.contains(&self.cancel_reason.as_str()) => {
                OrderStatus::Rejected
            }
            State::Closed => OrderStatus::Canceled,
        }
    }

    pub fn terms(&self) -> Terms {
        let trigger_price = self.trigger.as_ref().map(|trigger| trigger.price);
        Terms { quantity: self.size, price: self.price, trigger_price }
    }

    /// What became of the last change of it, where that was refused.
    pub fn take_refused_change(&mut self) -> Option<ChangeRefused> {
        let (request, reason) = self.refused_change.take()?;
        Some(ChangeRefused { venue_order_id: name(&self.id, self.client_id), request, reason })
    }

    pub fn update(self, instrument: InstrumentId, rested: bool) -> OrderUpdate {
        OrderUpdate {
            instrument,
            status: self.status(rested),
            venue_order_id: name(&self.id, self.client_id),
            client_id: self.client_id,
            remaining: Some(self.remaining),
            terms: Some(self.terms()),
            reason: self.cancel_reason,
            ts_event: self.updated,
        }
    }

    pub fn report(self, instrument: InstrumentId) -> Result<OrderReport, DecodeError> {
        let filled =
            self.size.checked_sub(self.remaining).filter(|filled| *filled >= BaseQty::ZERO).ok_or_else(|| {
                DecodeError::new(format!("order {}: {} of {} left", self.id, self.remaining, self.size))
            })?;
        Ok(OrderReport {
            instrument,
            // Whether it ever rested a query does not say: a refusal that was none reads as a cancel that was one.
            status: self.status(false),
            venue_order_id: name(&self.id, self.client_id),
            client_id: self.client_id,
            side: self.side,
            kind: self.kind,
            price: self.price,
            quantity: self.size,
            filled,
            average_price: self.average_price,
            reduce_only: self.reduce_only,
            expires_s: None,
            ts_accepted: self.created,
            ts_event: self.updated,
        })
    }

    /// As an order that waits, or that ended while it did.
    pub fn waiting(self, instrument: InstrumentId) -> WaitingReport {
        WaitingReport {
            instrument,
            state: match self.status(false) {
                OrderStatus::Queued | OrderStatus::Accepted if self.state != State::Open => WaitingState::Waiting,
                OrderStatus::Expired => WaitingState::Expired,
                OrderStatus::Rejected => WaitingState::Failed,
                OrderStatus::Canceled => WaitingState::Canceled,
                _ => WaitingState::Triggered,
            },
            venue_order_id: name(&self.id, self.client_id),
            client_id: self.client_id,
            side: self.side,
            kind: self.kind,
            price: self.price,
            quantity: self.size,
            reduce_only: self.reduce_only,
            expires_s: None,
            trigger: self.trigger,
            reason: self.cancel_reason,
            ts_accepted: self.created,
            ts_event: self.updated,
        }
    }
}

/// Ours; a text of another kind is another program's.
pub fn client_of(object: &Object<'_>) -> Option<ClientId> {
    match object.get("client_id") {
        Some(Token::Text { text, escaped: false }) => client_id(text),
        _ => None,
    }
}

/// `request_info` (reference 2.9). Without a number a refusal could be that of any change, and proves nothing.
fn refused_change(object: &Object<'_>) -> Option<(String, String)> {
    let Some(Token::Nested(info)) = object.get("request_info") else { return None };
    let info = Object::read(info).ok()?;
    let text = |key: &str| optional_text(&info, key).ok().flatten();
    let refused = text("request_type") == Some("MODIFY_ORDER") && text("status") == Some("REJECTED");
    let request = text("id").filter(|_| refused)?.to_owned();
    Some((request, text("message").unwrap_or("no reason given").to_owned()))
}

pub const ORDER_TYPES: [&str; 8] = [
    "LIMIT",
    "MARKET",
    "STOP_LIMIT",
    "STOP_MARKET",
    "TAKE_PROFIT_LIMIT",
    "TAKE_PROFIT_MARKET",
    "STOP_LOSS_LIMIT",
    "STOP_LOSS_MARKET",
];

fn known_type(text: &str) -> &'static str {
    ORDER_TYPES.into_iter().find(|known| *known == text).unwrap_or_default()
}

fn state(text: &str) -> Result<State, DecodeError> {
    match text {
        "NEW" => Ok(State::New),
        "UNTRIGGERED" => Ok(State::Untriggered),
        "OPEN" => Ok(State::Open),
        "CLOSED" => Ok(State::Closed),
        other => Err(DecodeError::new(format!("unknown order status {}", shorten(other)))),
    }
}

/// What has no price cannot rest, whatever its instruction says.
pub fn kind(order_type: &str, instruction: &str) -> Result<OrderKind, DecodeError> {
    if order_type.ends_with("MARKET") {
        return Ok(OrderKind::ImmediateOrCancel);
    }
    match instruction {
        "GTC" => Ok(OrderKind::Limit),
        "IOC" => Ok(OrderKind::ImmediateOrCancel),
        "POST_ONLY" | "RPI" => Ok(OrderKind::PostOnly),
        other => Err(DecodeError::new(format!("unknown instruction {}", shorten(other)))),
    }
}

/// Every trigger looks at the mark price. The direction is a flag; where it is missing, the type and side imply it.
pub fn trigger(order_type: &str, side: Side, price_x18: Option<i128>, above: Option<bool>) -> Option<PriceTrigger> {
    let takes_profit = order_type.starts_with("TAKE_PROFIT");
    if !takes_profit && !order_type.starts_with("STOP") {
        return None;
    }
    let above = above.unwrap_or((side == Side::Buy) != takes_profit);
    Some(PriceTrigger { source: TriggerSource::Mark, above, price: Price::from_x18(price_x18?), after: None })
}

struct Flags {
    reduce_only: bool,
    above: Option<bool>,
}

impl Flags {
    fn read(object: &Object<'_>) -> Result<Self, DecodeError> {
        let mut flags = Self { reduce_only: false, above: None };
        if let Some(Token::Nested(list)) = object.get("flags") {
            each_item(list, |item| {
                match item {
                    Token::Text { text: "REDUCE_ONLY", .. } => flags.reduce_only = true,
                    Token::Text { text: "STOP_CONDITION_ABOVE_TRIGGER", .. } => flags.above = Some(true),
                    Token::Text { text: "STOP_CONDITION_BELOW_TRIGGER", .. } => flags.above = Some(false),
                    _ => {}
                }
                Ok(())
            })?;
        }
        Ok(flags)
    }
}
