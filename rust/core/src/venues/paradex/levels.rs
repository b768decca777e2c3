//! Book levels as the venue writes them, `{"side":"BUY","price":"1.5","size":"2"}`: nearly all bytes of a book frame.
//!
//! What is here recognises that one spelling in one pass and says `None` to everything else, which then goes the general
//! way: what is accepted does not change.

use super::fields::side_named;
use super::fixed_point::{leading_mantissa, price, size};
use crate::error::DecodeError;
use crate::events::{Level, Side};
use crate::instruments::Instrument;
use crate::venues::scan::{Object, Reader, Token};

/// Reads one array of levels. `deletes`: whatever size they carry, they are gone.
pub fn read(
    reader: &mut Reader<'_>,
    instrument: &Instrument,
    deletes: bool,
    levels: &mut Vec<Level>,
) -> Result<(), DecodeError> {
    reader.items(|reader| {
        let mut level = match plain(reader.rest().as_bytes(), instrument) {
            Some((level, length)) => {
                reader.advance(length);
                level
            }
            None => general(reader, instrument)?,
        };
        if deletes {
            level.size = 0;
        }
        levels.push(level);
        Ok(())
    })
}

fn plain(bytes: &[u8], instrument: &Instrument) -> Option<(Level, usize)> {
    let rest = bytes.strip_prefix(b"{\"side\":\"")?;
    let (side, rest) = match rest.strip_prefix(b"BUY") {
        Some(rest) => (Side::Buy, rest),
        None => (Side::Sell, rest.strip_prefix(b"SELL")?),
    };
    let rest = rest.strip_prefix(b"\",\"price\":\"")?;
    let (price, length) = leading_mantissa(rest, instrument.price_precision).filter(|(price, _)| *price > 0)?;
    let rest = rest[length..].strip_prefix(b"\",\"size\":\"")?;
    let (size, length) = leading_mantissa(rest, instrument.size_precision)?;
    let rest = rest[length..].strip_prefix(b"\"}")?;
    Some((Level { side, price, size }, bytes.len() - rest.len()))
}

fn general(reader: &mut Reader<'_>, instrument: &Instrument) -> Result<Level, DecodeError> {
    let Token::Nested(text) = reader.value(0)? else {
        return Err(DecodeError::new("a level that is no object"));
    };
    let object = Object::read(text)?;
    Ok(Level {
        side: side_named(object.text("side")?)?,
        price: price(instrument, object.digits("price")?)?,
        size: size(instrument, object.digits("size")?)?,
    })
}
