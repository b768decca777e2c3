//! Paradex's decimals: text in JSON, integers of eight decimals in SBE; both as mantissas at an instrument's precision.

use crate::error::DecodeError;
use crate::instruments::Instrument;
use crate::venues::scan::shorten;

/// Decimals of an SBE number (reference 5.6).
pub const E8_DECIMALS: u32 = 8;
const X18_OF_E8: i128 = 10_i128.pow(18 - E8_DECIMALS);

/// The decimal that `bytes` begin with, as a mantissa at `precision`, and its length. `None`: not plain
/// `digits[.digits]`, a digit would be lost, or it does not fit.
pub fn leading_mantissa(bytes: &[u8], precision: u8) -> Option<(i64, usize)> {
    let mut value: i64 = 0;
    let mut length = 0;
    while let Some(digit) = digit_at(bytes, length) {
        value = value.checked_mul(10)?.checked_add(digit)?;
        length += 1;
    }
    if length == 0 {
        return None;
    }
    let mut decimals = 0;
    if bytes.get(length) == Some(&b'.') {
        let start = length + 1;
        length = start;
        while let Some(digit) = digit_at(bytes, length) {
            length += 1;
            if decimals < precision {
                value = value.checked_mul(10)?.checked_add(digit)?;
                decimals += 1;
            } else if digit != 0 {
                return None;
            }
        }
        if length == start {
            return None;
        }
    }
    let missing = 10_i64.checked_pow(u32::from(precision - decimals))?;
    Some((value.checked_mul(missing)?, length))
}

fn digit_at(bytes: &[u8], at: usize) -> Option<i64> {
    bytes.get(at).map(|byte| byte.wrapping_sub(b'0')).filter(|digit| *digit < 10).map(i64::from)
}

/// A positive price written as text.
pub fn price(instrument: &Instrument, text: &str) -> Result<i64, DecodeError> {
    whole(text, instrument.price_precision)
        .filter(|price| *price > 0)
        .ok_or_else(|| DecodeError::new(format!("{}: {} is not a usable price", instrument.symbol, shorten(text))))
}

/// A size written as text; zero is one.
pub fn size(instrument: &Instrument, text: &str) -> Result<i64, DecodeError> {
    whole(text, instrument.size_precision)
        .ok_or_else(|| DecodeError::new(format!("{}: {} is not a usable size", instrument.symbol, shorten(text))))
}

fn whole(text: &str, precision: u8) -> Option<i64> {
    leading_mantissa(text.as_bytes(), precision).filter(|(_, length)| *length == text.len()).map(|(value, _)| value)
}

/// An SBE number at 18 decimals.
pub fn x18_of_e8(value: i64) -> i128 {
    i128::from(value) * X18_OF_E8
}

/// An SBE price as a mantissa; positive.
pub fn price_of_e8(instrument: &Instrument, value: i64) -> Result<i64, DecodeError> {
    mantissa_of_e8(value, instrument.price_precision)
        .filter(|price| *price > 0)
        .ok_or_else(|| DecodeError::new(format!("{}: {value} e-8 is not a usable price", instrument.symbol)))
}

/// An SBE size as a mantissa; zero is one.
pub fn size_of_e8(instrument: &Instrument, value: i64) -> Result<i64, DecodeError> {
    mantissa_of_e8(value, instrument.size_precision)
        .filter(|size| *size >= 0)
        .ok_or_else(|| DecodeError::new(format!("{}: {value} e-8 is not a usable size", instrument.symbol)))
}

fn mantissa_of_e8(value: i64, precision: u8) -> Option<i64> {
    let precision = u32::from(precision);
    if precision >= E8_DECIMALS {
        return value.checked_mul(10_i64.checked_pow(precision - E8_DECIMALS)?);
    }
    let unit = 10_i64.pow(E8_DECIMALS - precision);
    (value % unit == 0).then_some(value / unit)
}

#[cfg(test)]
mod tests {
    use super::{leading_mantissa, mantissa_of_e8};

    #[test]
    fn decimals_are_read_exactly_or_not_at_all() {
        assert_eq!(leading_mantissa(b"67629.7\"", 1), Some((676_297, 7)));
        assert_eq!(leading_mantissa(b"1", 5), Some((100_000, 1)));
        assert_eq!(leading_mantissa(b"61234.50000000", 1), Some((612_345, 14)));
        assert_eq!(leading_mantissa(b"0", 0), Some((0, 1)));
        for wrong in ["", ".5", "1.", "-1", "+1", "x"] {
            assert_eq!(leading_mantissa(wrong.as_bytes(), 3), None, "{wrong}");
        }
        assert_eq!(leading_mantissa(b"0.15", 1), None);
        assert_eq!(leading_mantissa(b"9223372036854775808", 0), None);
        assert_eq!(leading_mantissa(b"92233720368547759", 2), None);
    }

    #[test]
    fn eight_decimals_lose_no_digit_either() {
        assert_eq!(mantissa_of_e8(6_123_450_000_000, 1), Some(612_345));
        assert_eq!(mantissa_of_e8(6_123_450_000_001, 1), None);
        assert_eq!(mantissa_of_e8(5, 10), Some(500));
        assert_eq!(mantissa_of_e8(i64::MAX, 9), None);
        assert_eq!(mantissa_of_e8(-300_000_000, 0), Some(-3));
    }
}
