//! Paradex's conventions in JSON: decimals are text, `""` is no value, times are milliseconds (reference 0).

use crate::decimal::{ONE_X18, parse_x18};
use crate::error::DecodeError;
use crate::events::{Side, UnixNanos};
use crate::venues::scan::{Object, Token, absurd, shorten};

/// Absent, null and empty are no value.
pub fn optional_text<'a>(object: &Object<'a>, key: &str) -> Result<Option<&'a str>, DecodeError> {
    match object.get(key) {
        None | Some(Token::Null) => Ok(None),
        Some(_) => Ok(Some(object.text(key)?).filter(|text| !text.is_empty())),
    }
}

pub fn x18(object: &Object<'_>, key: &str) -> Result<i128, DecodeError> {
    let text = object.digits(key)?;
    parse_x18(text).map_err(|_| absurd(key, text))
}

pub fn optional_x18(object: &Object<'_>, key: &str) -> Result<Option<i128>, DecodeError> {
    match object.get(key) {
        None | Some(Token::Null | Token::Text { text: "", .. }) => Ok(None),
        Some(_) => x18(object, key).map(Some),
    }
}

pub fn nanos_of_ms(object: &Object<'_>, key: &str) -> Result<UnixNanos, DecodeError> {
    let ms = object.u64(key)?;
    ms.checked_mul(1_000_000).ok_or_else(|| DecodeError::new(format!("{key} is out of range: {ms}")))
}

pub fn side(object: &Object<'_>) -> Result<Side, DecodeError> {
    side_named(object.text("side")?)
}

pub fn side_named(name: &str) -> Result<Side, DecodeError> {
    match name {
        "BUY" => Ok(Side::Buy),
        "SELL" => Ok(Side::Sell),
        other => Err(DecodeError::new(format!("unknown side {}", shorten(other)))),
    }
}

/// The rate of one hour, of a rate for `period_x18` hours.
pub fn hourly(rate_x18: i128, period_x18: i128) -> Result<i128, DecodeError> {
    rate_x18
        .checked_mul(ONE_X18)
        .filter(|_| period_x18 > 0)
        .map(|scaled| scaled / period_x18)
        .ok_or_else(|| DecodeError::new(format!("funding rate {rate_x18} for {period_x18} hours (18 decimals)")))
}
