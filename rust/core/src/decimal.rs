//! Exact fixed-point numbers with 18 decimals. Price, base quantity, quote quantity and USD price are different types.

use std::fmt;
use std::str::FromStr;

/// One, at 18 decimals.
pub const ONE_X18: i128 = 1_000_000_000_000_000_000;

/// Why a text is not such a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DecimalError {
    Malformed,
    /// More than 18 decimals: a digit would be lost.
    LostDigits,
    Overflow,
}

impl fmt::Display for DecimalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "not a decimal number",
            Self::LostDigits => "more than 18 decimals",
            Self::Overflow => "out of range",
        })
    }
}

impl std::error::Error for DecimalError {}

/// Reads `[-]digits[.digits]` exactly.
pub fn parse_x18(text: &str) -> Result<i128, DecimalError> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) || (digits.contains('.') && fraction.is_empty())
    {
        return Err(DecimalError::Malformed);
    }
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > 18 {
        return Err(DecimalError::LostDigits);
    }
    let mut value: i128 = 0;
    let padded = fraction.bytes().chain(std::iter::repeat_n(b'0', 18 - fraction.len()));
    for digit in whole.bytes().chain(padded) {
        value = value
            .checked_mul(10)
            .and_then(|v| v.checked_add(i128::from(digit - b'0')))
            .ok_or(DecimalError::Overflow)?;
    }
    Ok(if negative { -value } else { value })
}

/// Writes an 18-decimal number without trailing zeros.
pub fn format_x18(value: i128, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let magnitude = value.unsigned_abs();
    let one = ONE_X18.unsigned_abs();
    if value < 0 {
        f.write_str("-")?;
    }
    write!(f, "{}", magnitude / one)?;
    let fraction = magnitude % one;
    if fraction != 0 {
        let digits = format!("{fraction:018}");
        write!(f, ".{}", digits.trim_end_matches('0'))?;
    }
    Ok(())
}

/// `a * b`, both 18 decimals, truncated towards zero; `None` where it does not fit.
pub fn mul_x18(a: i128, b: i128) -> Option<i128> {
    // Split one factor so that the product of two 18-decimal numbers does not leave 128 bits needlessly.
    let (whole, part) = (b / ONE_X18, b % ONE_X18);
    let (a_whole, a_part) = (a / ONE_X18, a % ONE_X18);
    a.checked_mul(whole)?.checked_add(a_whole.checked_mul(part)?)?.checked_add(a_part.checked_mul(part)? / ONE_X18)
}

macro_rules! quantity {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $name(i128);

        impl $name {
            pub const ZERO: Self = Self(0);

            pub const fn from_x18(value: i128) -> Self {
                Self(value)
            }

            pub const fn x18(self) -> i128 {
                self.0
            }

            pub fn abs(self) -> Self {
                Self(self.0.saturating_abs())
            }

            pub fn is_zero(self) -> bool {
                self.0 == 0
            }

            pub fn checked_add(self, other: Self) -> Option<Self> {
                self.0.checked_add(other.0).map(Self)
            }

            pub fn checked_sub(self, other: Self) -> Option<Self> {
                self.0.checked_sub(other.0).map(Self)
            }

            /// Is this a whole multiple of `increment_x18`? An increment that is not positive has no multiples.
            pub fn is_multiple_of(self, increment_x18: i128) -> bool {
                increment_x18 > 0 && self.0 % increment_x18 == 0
            }
        }

        impl FromStr for $name {
            type Err = DecimalError;

            fn from_str(text: &str) -> Result<Self, DecimalError> {
                parse_x18(text).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                format_x18(self.0, f)
            }
        }
    };
}

quantity!(
    /// Quote currency for one unit of base.
    Price
);
quantity!(
    /// An amount of the base asset; signed where it is a position.
    BaseQty
);
quantity!(
    /// An amount of the quote currency: notional, fee, balance.
    QuoteQty
);
quantity!(
    /// US dollars for one unit of base: what different quote currencies are compared in.
    UsdPrice
);

impl Price {
    /// Notional of a quantity at this price, truncated towards zero at 18 decimals.
    pub fn notional(self, quantity: BaseQty) -> Option<QuoteQty> {
        mul_x18(self.0, quantity.x18()).map(QuoteQty::from_x18)
    }
}
