//! Frames of the socket into events (Paradex reference 5.2, 5.3).
//!
//! A push is read in one pass: its levels are nearly all of its bytes and must not be walked once for every object that
//! they are nested in.

use super::decode_private::{self, Private};
use super::decode_public;
use super::sbe;
use crate::error::DecodeError;
use crate::events::{Ack, Event};
use crate::venues::SocketRole;
use crate::venues::instrument_table::InstrumentTable;
use crate::venues::scan::{Object, Reader, Token, shorten};

/// Larger frames are refused unread: the largest real one, a whole book, is a tenth of this.
const MAX_FRAME_BYTES: usize = 4 << 20;

/// What a frame is read with.
pub struct Context<'a> {
    pub role: SocketRole,
    pub table: &'a InstrumentTable,
    /// The feed of books leaves no update out.
    pub every_update: bool,
    pub private: &'a mut Private,
}

pub fn frame(frame: &[u8], context: &mut Context<'_>, out: &mut Vec<Event>) -> Result<(), DecodeError> {
    if frame.len() > MAX_FRAME_BYTES {
        return Err(DecodeError::new(format!("frame of {} bytes, more than {MAX_FRAME_BYTES}", frame.len())));
    }
    if sbe::is_binary(frame) {
        return sbe::frame(frame, context, out);
    }
    let text = std::str::from_utf8(frame).map_err(|error| DecodeError::new(format!("frame is not UTF-8: {error}")))?;
    let before = out.len();
    let read = json(text, context, out);
    if read.is_err() {
        out.truncate(before);
    }
    read
}

/// The fields of a JSON-RPC message that mean something to us.
#[derive(Default)]
struct Message<'a> {
    id: Option<Token<'a>>,
    result: Option<Token<'a>>,
    error: Option<Token<'a>>,
    push: Option<Push<'a>>,
}

#[derive(Default)]
struct Push<'a> {
    channel: Option<&'a str>,
    data: Option<&'a str>,
    /// The data was a book, which is in the events already.
    is_read: bool,
}

fn json(text: &str, context: &mut Context<'_>, out: &mut Vec<Event>) -> Result<(), DecodeError> {
    let mut message = Message::default();
    let mut reader = Reader::new(text);
    reader.fields(|key, reader| match key {
        "params" => {
            let pushed = push(reader, context, out)?;
            set(&mut message.push, key, pushed)
        }
        "id" => set(&mut message.id, key, reader.value(0)?),
        "result" => set(&mut message.result, key, reader.value(0)?),
        "error" => set(&mut message.error, key, reader.value(0)?),
        _ => reader.value(0).map(drop),
    })?;
    reader.end()?;
    match message.push.take() {
        Some(push) => pushed(&push, context, out),
        None => reply(text, &message, context.role).map(|event| out.push(event)),
    }
}

/// Which of two was meant? A reader that takes the first and one that takes the last would differ.
pub fn set<T>(slot: &mut Option<T>, key: &str, value: T) -> Result<(), DecodeError> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(DecodeError::new(format!("key {} comes twice", shorten(key)))),
    }
}

fn push<'a>(reader: &mut Reader<'a>, context: &Context<'_>, out: &mut Vec<Event>) -> Result<Push<'a>, DecodeError> {
    let mut push = Push::default();
    let mut seen = None;
    reader.fields(|key, reader| match key {
        "channel" => match reader.value(0)? {
            Token::Text { text, escaped: false } => set(&mut push.channel, key, text),
            other => Err(DecodeError::new(format!("channel is {other:?}"))),
        },
        "data" => {
            set(&mut seen, key, ())?;
            // The venue writes the channel first; were it to come behind, the data is read once it is known.
            match push.channel.and_then(|channel| channel.strip_prefix(decode_public::BOOK)) {
                Some(channel) => {
                    out.push(decode_public::order_book(channel, reader, context)?);
                    push.is_read = true;
                }
                None => match reader.value(0)? {
                    Token::Nested(text) => push.data = Some(text),
                    other => return Err(DecodeError::new(format!("data is {other:?}"))),
                },
            }
            Ok(())
        }
        _ => reader.value(0).map(drop),
    })?;
    Ok(push)
}

/// What the venue pushes, in its order of frequency. A channel that we have no word for is handed on whole.
fn pushed(push: &Push<'_>, context: &mut Context<'_>, out: &mut Vec<Event>) -> Result<(), DecodeError> {
    if push.is_read {
        return Ok(());
    }
    let channel = push.channel.ok_or_else(|| DecodeError::new("push without a channel"))?;
    let data = push.data.ok_or_else(|| DecodeError::new(format!("push of {} without data", shorten(channel))))?;
    if let Some(book) = channel.strip_prefix(decode_public::BOOK) {
        let mut reader = Reader::new(data);
        out.push(decode_public::order_book(book, &mut reader, context)?);
        return reader.end();
    }
    let object = Object::read(data)?;
    let (kind, _) = channel.split_once('.').unwrap_or((channel, ""));
    match kind {
        "bbo" => decode_public::bbo(&object, context.table, out),
        "trades" => decode_public::trade(&object, context.table, out),
        "markets_summary" => decode_public::markets_summary(&object, context.table, out),
        "funding_data" => decode_public::funding_data(&object, context.table, out),
        "orders" => decode_private::order(&object, context, out),
        "fills" => decode_private::fill(&object, context, out),
        "positions" => decode_private::position(&object, context, out),
        "account" => decode_private::account(&object, context, out),
        _ => {
            out.push(Event::Document { name: channel.to_owned(), json: data.to_owned() });
            Ok(())
        }
    }
}

/// The answer to a message of ours. On the actions socket everything but the login is an action's answer.
fn reply(text: &str, message: &Message<'_>, role: SocketRole) -> Result<Event, DecodeError> {
    let id = match message.id {
        None | Some(Token::Null) => None,
        Some(Token::Number(digits) | Token::Text { text: digits, escaped: false }) => digits.parse::<u64>().ok(),
        Some(other) => return Err(DecodeError::new(format!("id is {other:?}"))),
    };
    // Of a request that it could not read the venue does not know the id: it writes 0.
    let id = id.filter(|id| *id != 0);
    let is_login = is_session_result(message.result);
    match (id, message.error, message.result) {
        (Some(id), _, _) if role == SocketRole::Actions && !is_login && !is_refused_login(message.error) => {
            Ok(Event::ActionReply { id, body: text.as_bytes().to_vec() })
        }
        (id, Some(Token::Nested(error)), _) => {
            let error = reason(error)?;
            match id {
                Some(id) => Ok(Event::Ack(Ack { id, error: Some(error) })),
                None => Err(DecodeError::new(format!("the venue reports an error: {}", shorten(&error)))),
            }
        }
        (Some(id), None, Some(result)) => Ok(Event::Ack(Ack { id, error: not_armed(result) })),
        _ => Ok(Event::Unknown { kind: shorten(text) }),
    }
}

/// The answers to what follows a connection: `auth`, and the arming of cancel-on-disconnect (reference 5.2, 5.7).
fn is_session_result(result: Option<Token<'_>>) -> bool {
    let Some(Token::Nested(text)) = result else { return false };
    Object::read(text).is_ok_and(|object| object.get("node_id").is_some() || object.get("enabled").is_some())
}

/// Codes that only a login is refused with (reference 5.2).
fn is_refused_login(error: Option<Token<'_>>) -> bool {
    let Some(Token::Nested(text)) = error else { return false };
    Object::read(text).is_ok_and(|error| matches!(error.digits("code"), Ok("40110" | "40111" | "40112")))
}

/// Cancel-on-disconnect counts as armed only where the venue says so.
fn not_armed(result: Token<'_>) -> Option<String> {
    let Token::Nested(text) = result else { return None };
    let enabled = Object::read(text).ok()?.get("enabled")?;
    (enabled != Token::Bool(true)).then(|| "cancel-on-disconnect was not armed".to_owned())
}

/// `code: message (data)`. Errors may hold any text: serde reads them.
pub fn reason(error: &str) -> Result<String, DecodeError> {
    let document: serde_json::Value =
        serde_json::from_str(error).map_err(|error| DecodeError::new(format!("malformed JSON: {error}")))?;
    let message = document["message"].as_str().unwrap_or("no reason given");
    let data = document["data"].as_str().map_or_else(String::new, |data| format!(" ({data})"));
    Ok(format!("{}: {message}{data}", document["code"]))
}
