//! SBE frames: little-endian, one message a frame (Paradex reference 5.6).
//!
//! A message is stepped through by the lengths that it names itself, not by ours: a later schema appends fields to a block,
//! entries to a group and texts to the end, and what we know stays where it was. Templates that we do not know are counted.

use super::decode::Context;
use super::{sbe_private, sbe_public};
use crate::error::DecodeError;
use crate::events::{Event, Side, UnixNanos};

const HEADER_BYTES: usize = 8;
const SCHEMA_ID: u16 = 1;
/// What stands for no value in a signed number of 64 bits.
const NULL: i64 = i64::MIN;

/// A header's sixth byte is the high half of a small schema number; no JSON text has a zero byte.
pub fn is_binary(frame: &[u8]) -> bool {
    frame.get(5) == Some(&0)
}

pub fn frame(frame: &[u8], context: &mut Context<'_>, out: &mut Vec<Event>) -> Result<(), DecodeError> {
    let (message, schema_id) = Message::read(frame)?;
    if schema_id != SCHEMA_ID {
        return Err(DecodeError::new(format!("SBE schema {schema_id}; we read {SCHEMA_ID}")));
    }
    match message.template {
        1 => sbe_public::trade(message, context, out),
        2 => sbe_public::bbo(&message, context, out),
        3 => sbe_public::book(message, context, out),
        4 => sbe_public::market_summary(&message, context, out),
        5 => sbe_public::funding_data(&message, context, out),
        20 => sbe_private::order(message, context, out),
        21 => sbe_private::fill(message, context, out),
        22 => sbe_private::position(&message, context, out),
        23 => sbe_private::account(&message, context, out),
        // Rates of other venues, heartbeats, confirmations that JSON replies repeat: nothing for us.
        6 | 40 | 41 => Ok(()),
        other => {
            out.push(Event::Unknown { kind: format!("SBE template {other}") });
            Ok(())
        }
    }
}

/// One message: its block, and behind it groups and texts.
#[derive(Clone, Copy)]
pub struct Message<'a> {
    pub template: u16,
    block: &'a [u8],
    rest: &'a [u8],
}

impl<'a> Message<'a> {
    fn read(frame: &'a [u8]) -> Result<(Self, u16), DecodeError> {
        let short = || DecodeError::new(format!("SBE frame of {} bytes is cut short", frame.len()));
        let (header, body) = frame.split_first_chunk::<HEADER_BYTES>().ok_or_else(short)?;
        let word = |at: usize| u16::from_le_bytes([header[at], header[at + 1]]);
        let (block, rest) = body.split_at_checked(usize::from(word(0))).ok_or_else(short)?;
        Ok((Self { template: word(2), block, rest }, word(4)))
    }

    fn bytes<const LENGTH: usize>(&self, at: usize) -> Option<[u8; LENGTH]> {
        self.block.get(at..)?.first_chunk::<LENGTH>().copied()
    }

    fn beyond(&self, at: usize) -> DecodeError {
        DecodeError::new(format!(
            "SBE template {}: no field at {at} in a block of {} bytes",
            self.template,
            self.block.len()
        ))
    }

    pub fn u8(&self, at: usize) -> Result<u8, DecodeError> {
        self.bytes::<1>(at).map(|[byte]| byte).ok_or_else(|| self.beyond(at))
    }

    pub fn i16(&self, at: usize) -> Result<i16, DecodeError> {
        self.bytes(at).map(i16::from_le_bytes).ok_or_else(|| self.beyond(at))
    }

    pub fn optional(&self, at: usize) -> Result<Option<i64>, DecodeError> {
        let value = self.bytes(at).map(i64::from_le_bytes).ok_or_else(|| self.beyond(at))?;
        Ok(Some(value).filter(|value| *value != NULL))
    }

    pub fn i64(&self, at: usize) -> Result<i64, DecodeError> {
        self.optional(at)?.ok_or_else(|| DecodeError::new(format!("SBE template {}: no value at {at}", self.template)))
    }

    pub fn unsigned(&self, at: usize) -> Result<u64, DecodeError> {
        let value = self.i64(at)?;
        u64::try_from(value).map_err(|_| DecodeError::new(format!("SBE template {}: {value} at {at}", self.template)))
    }

    /// Microseconds on the wire.
    pub fn nanos(&self, at: usize) -> Result<UnixNanos, DecodeError> {
        let micros = self.unsigned(at)?;
        micros.checked_mul(1_000).ok_or_else(|| {
            DecodeError::new(format!("SBE template {}: time {micros} at {at} is out of range", self.template))
        })
    }

    pub fn side(&self, at: usize) -> Result<Side, DecodeError> {
        match self.u8(at)? {
            1 => Ok(Side::Buy),
            2 => Ok(Side::Sell),
            other => Err(self.unknown("side", other)),
        }
    }

    pub fn unknown(&self, what: &str, value: u8) -> DecodeError {
        DecodeError::new(format!("SBE template {}: unknown {what} {value}", self.template))
    }

    /// The next repeating group.
    pub fn group(&mut self) -> Result<Group<'a>, DecodeError> {
        let template = self.template;
        let short = || DecodeError::new(format!("SBE template {template}: a group is cut short"));
        let (header, body) = self.rest.split_first_chunk::<4>().ok_or_else(short)?;
        let entry = usize::from(u16::from_le_bytes([header[0], header[1]]));
        let count = usize::from(u16::from_le_bytes([header[2], header[3]]));
        let (entries, rest) = body.split_at_checked(entry * count).ok_or_else(short)?;
        self.rest = rest;
        if count > 0 && entry == 0 {
            return Err(DecodeError::new(format!("SBE template {template}: a group of empty entries")));
        }
        Ok(Group { template, entry, count, entries })
    }

    /// The next text, which names the market.
    pub fn market(&mut self) -> Result<&'a str, DecodeError> {
        let market = self.text()?;
        if market.is_empty() {
            return Err(DecodeError::new(format!("SBE template {}: no market", self.template)));
        }
        Ok(market)
    }

    /// The next text; empty where the message ends before it.
    pub fn text(&mut self) -> Result<&'a str, DecodeError> {
        let Some((&length, rest)) = self.rest.split_first() else { return Ok("") };
        let template = self.template;
        let (text, rest) = rest
            .split_at_checked(usize::from(length))
            .ok_or_else(|| DecodeError::new(format!("SBE template {template}: a text is cut short")))?;
        self.rest = rest;
        std::str::from_utf8(text)
            .map_err(|error| DecodeError::new(format!("SBE template {template}: a text is not UTF-8: {error}")))
    }
}

/// Entries of equal length.
pub struct Group<'a> {
    template: u16,
    entry: usize,
    pub count: usize,
    entries: &'a [u8],
}

impl Group<'_> {
    /// The first two numbers of every entry.
    pub fn each_pair(&self, mut take: impl FnMut(i64, i64) -> Result<(), DecodeError>) -> Result<(), DecodeError> {
        if self.count == 0 {
            return Ok(());
        }
        for entry in self.entries.chunks_exact(self.entry) {
            let Some(pair) = entry.first_chunk::<16>() else {
                let what = format!("SBE template {}: entries of {} bytes", self.template, self.entry);
                return Err(DecodeError::new(what));
            };
            let [first, second] = [0, 8].map(|at| {
                let mut number = [0; 8];
                number.copy_from_slice(&pair[at..at + 8]);
                i64::from_le_bytes(number)
            });
            take(first, second)?;
        }
        Ok(())
    }
}
