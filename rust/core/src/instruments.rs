//! Instruments as the venue lists them, read live.

use crate::decimal::{Price, QuoteQty};
use crate::terms::{InstrumentId, UnixNanos};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InstrumentKind {
    Perpetual,
    Spot,
    Future {
        expires: UnixNanos,
    },
    Option(OptionTerms),
    /// A kind that we do not know: listed, never traded.
    Other,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OptionTerms {
    pub right: OptionRight,
    pub strike: Price,
    pub opens: UnixNanos,
    /// `None`: a perpetual option, which pays funding instead.
    pub expires: Option<UnixNanos>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OptionRight {
    Call,
    Put,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TradingStatus {
    Live,
    PostOnly,
    ReduceOnly,
    Halted,
}

/// One listed instrument; what may not be traded is halted. All `_x18` are 18-decimal fixed point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instrument {
    pub id: InstrumentId,
    pub symbol: String,
    pub kind: InstrumentKind,
    pub base: String,
    pub quote: String,
    pub price_precision: u8,
    pub size_precision: u8,
    pub price_increment_x18: i128,
    pub size_increment_x18: i128,
    pub min_notional: QuoteQty,
    pub maker_fee_x18: i128,
    pub taker_fee_x18: i128,
    pub margin_init_x18: i128,
    pub margin_maint_x18: i128,
    pub status: TradingStatus,
    pub isolated_only: bool,
}

/// The number of decimals of an increment, or `None` where it is not positive or the unit is finer than 18 decimals.
pub fn precision_of(increment_x18: i128) -> Option<u8> {
    if increment_x18 <= 0 {
        return None;
    }
    let mut rest = increment_x18;
    let mut trailing_zeros = 0u8;
    while trailing_zeros < 18 && rest % 10 == 0 {
        rest /= 10;
        trailing_zeros += 1;
    }
    Some(18 - trailing_zeros)
}

/// By precision: one unit of it at 18 decimals.
const UNITS_X18: [i128; 19] = {
    let mut units = [1; 19];
    let mut precision = 18;
    while precision > 0 {
        precision -= 1;
        units[precision] = units[precision + 1] * 10;
    }
    units
};

/// An 18-decimal number as a mantissa at `precision`; `None` where a digit would be lost or it does not fit.
pub fn mantissa(value_x18: i128, precision: u8) -> Option<i64> {
    let unit = *UNITS_X18.get(usize::from(precision))?;
    let quotient = value_x18 / unit;
    // One division, not two: 128-bit division is the dearest step of reading a level.
    if quotient * unit != value_x18 {
        return None;
    }
    i64::try_from(quotient).ok()
}
