//! Frames of the subscriptions socket into events (Nado reference 4).

use super::decode_private::{self, Owner};
use super::decode_public;
use crate::error::DecodeError;
use crate::events::{Ack, Event};
use crate::venues::instrument_table::InstrumentTable;
use crate::venues::scan::{Object, shorten};

/// Larger frames are refused unread: the largest real one, a deep book difference, is a hundredth of this.
pub const MAX_FRAME_BYTES: usize = 4 << 20;

/// Stream types in their order of frequency; what is none of these is `Event::Unknown`.
pub fn streams_frame(
    frame: &[u8],
    table: &InstrumentTable,
    owner: Option<&Owner>,
    trade_ids: &mut decode_public::TradeIds,
    out: &mut Vec<Event>,
) -> Result<(), DecodeError> {
    let text = text_of(frame)?;
    if let Some(book) = decode_public::plain_book_depth(text, table) {
        out.push(book);
        return Ok(());
    }
    let object = Object::read(text)?;
    if object.get("type").is_none() {
        return control(text, &object).map(|event| out.push(event));
    }
    let kind = object.text("type")?;
    let event = match kind {
        "book_depth" => decode_public::book_depth(&object, table)?,
        "best_bid_offer" => decode_public::best_bid_offer(&object, table)?,
        "trade" => decode_public::trade(&object, table, trade_ids)?,
        "fill" => decode_private::fill(&object, table, owner)?,
        "order_update" => decode_private::order_update(&object)?,
        "position_change" => return decode_private::position_change(&object, table, owner, out),
        "all_bbo" => return decode_public::all_bbo(&object, table, out),
        "latest_candlestick" => decode_public::latest_candlestick(&object, table)?,
        "funding_rate" => decode_public::funding_rate(&object)?,
        "funding_payment" => decode_public::funding_payment(&object)?,
        "liquidation" => decode_public::liquidation(&object)?,
        other => Event::Unknown { kind: shorten(other) },
    };
    out.push(event);
    Ok(())
}

/// Frames of the action socket: replies that echo the id of their command.
pub fn actions_frame(frame: &[u8], out: &mut Vec<Event>) -> Result<(), DecodeError> {
    let text = text_of(frame)?;
    let object = Object::read(text)?;
    match object.optional_u64("id")? {
        Some(id) => out.push(Event::ActionReply { id, body: frame.to_vec() }),
        None => return Err(DecodeError::new(format!("reply without an id: {}", shorten(text)))),
    }
    Ok(())
}

fn text_of(frame: &[u8]) -> Result<&str, DecodeError> {
    if frame.len() > MAX_FRAME_BYTES {
        return Err(DecodeError::new(format!("frame of {} bytes, more than {MAX_FRAME_BYTES}", frame.len())));
    }
    std::str::from_utf8(frame).map_err(|error| DecodeError::new(format!("frame is not UTF-8: {error}")))
}

/// `{"result": ..., "id": n}` or `{"error": ..., "id": n}` (reference 4.2). Errors may hold any text: serde reads them.
fn control(text: &str, object: &Object<'_>) -> Result<Event, DecodeError> {
    let id = object.optional_u64("id")?;
    let has = |key| object.get(key).is_some_and(|token| token != crate::venues::scan::Token::Null);
    if has("error") || has("error_code") {
        let document: serde_json::Value =
            serde_json::from_str(text).map_err(|error| DecodeError::new(format!("malformed JSON: {error}")))?;
        let reason = match &document["error"] {
            serde_json::Value::String(reason) => reason.clone(),
            other => other.to_string(),
        };
        let error = match document["error_code"].as_i64() {
            Some(code) => format!("{code}: {reason}"),
            None => reason,
        };
        return match id {
            Some(id) => Ok(Event::Ack(Ack { id, error: Some(error) })),
            None => Err(DecodeError::new(format!("the venue reports an error: {}", shorten(&error)))),
        };
    }
    match (id, object.get("result")) {
        (Some(id), Some(_)) => Ok(Event::Ack(Ack { id, error: None })),
        _ => Ok(Event::Unknown { kind: shorten(text) }),
    }
}
