//! Arithmetic of 18-decimal numbers that only Nado's archive needs.

/// `a / b` at 18 decimals, truncated towards zero; `None` for a zero divisor or a result out of range.
pub fn divide_x18(a: i128, b: i128) -> Option<i128> {
    if b == 0 {
        return None;
    }
    let (dividend, divisor) = (a.unsigned_abs(), b.unsigned_abs());
    let mut quotient = dividend / divisor;
    let mut rest = dividend % divisor;
    // Digit by digit: dividend x 10^18 would not fit 128 bits.
    for _ in 0..18 {
        rest = rest.checked_mul(10)?;
        quotient = quotient.checked_mul(10)?.checked_add(rest / divisor)?;
        rest %= divisor;
    }
    let magnitude = i128::try_from(quotient).ok()?;
    Some(if (a < 0) == (b < 0) { magnitude } else { -magnitude })
}

/// A JSON number's own text, such as `3499.9000000000001` or `5e-05`, at 18 decimals, rounded to the nearest multiple
/// of `increment_x18`: the venue's v2 routes send floats (reference 7.2), whose last digits mean nothing.
pub fn nearest_x18(text: &str, increment_x18: i128) -> Option<i128> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (negative, digits) = match mantissa.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, mantissa),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() || increment_x18 <= 0 {
        return None;
    }
    // How many places the point moves to the right of the digits written so far.
    let mut places = 18i32.checked_add(exponent)?.checked_sub(i32::try_from(fraction.len()).ok()?)?;
    let mut value: i128 = 0;
    for digit in whole.bytes().chain(fraction.bytes()) {
        let digit = digit.checked_sub(b'0').filter(|digit| *digit < 10)?;
        value = value.checked_mul(10)?.checked_add(i128::from(digit))?;
    }
    while places > 0 && value != 0 {
        value = value.checked_mul(10)?;
        places -= 1;
    }
    while places < 0 && value != 0 {
        value = if places == -1 { value.checked_add(5)? / 10 } else { value / 10 };
        places += 1;
    }
    let steps = value.checked_add(increment_x18 / 2)? / increment_x18;
    let nearest = steps.checked_mul(increment_x18)?;
    Some(if negative { -nearest } else { nearest })
}

/// The price of an archived execution: quote without the fee for one unit of base (reference 7.1).
///
/// `quote_filled` is net of the fee and, on some rows, of the sequencer's fee, which `fee` then leaves out: the price on
/// the product's tick tells which.
pub fn execution_price(base: i128, quote: i128, fee: i128, sequencer_fee: i128, tick_x18: i128) -> Option<i128> {
    let price = |fees: i128| divide_x18(quote.checked_add(fees)?, base)?.checked_abs();
    let plain = price(fee)?;
    if sequencer_fee == 0 || plain % tick_x18 == 0 {
        return Some(plain);
    }
    let with_sequencer = price(fee.checked_add(sequencer_fee)?)?;
    Some(if with_sequencer % tick_x18 == 0 { with_sequencer } else { plain })
}

/// The mean price of an archived order; `None` where nothing was filled.
pub fn mean_price(base: i128, quote: i128, fee: i128) -> Option<i128> {
    divide_x18(quote.checked_add(fee)?, base)?.checked_abs().filter(|price| *price > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decimal::ONE_X18 as E18;

    #[test]
    fn division_is_exact_where_a_naive_product_overflows() {
        assert_eq!(divide_x18(3_500 * E18, E18), Some(3_500 * E18));
        assert_eq!(divide_x18(10i128.pow(30), 3 * E18), Some(333_333_333_333_333_333_333_333_333_333));
        assert_eq!(divide_x18(-7 * E18, 2 * E18), Some(-3_500_000_000_000_000_000));
        assert_eq!(divide_x18(1, 0), None);
        assert_eq!(divide_x18(i128::MAX, 1), None);
    }

    #[test]
    fn the_price_of_a_fill_is_recovered_from_the_net_quote() {
        // Reference 7.1's example: one ETH bought at 3500 with its fee.
        let fee = 1_225_428_900_115_040_264;
        assert_eq!(execution_price(E18, -3_501_225_428_900_115_040_264, fee, 0, E18 / 10), Some(3_500 * E18));
        // Reference 6.3's example: 0.736 at 27544, whose row holds the sequencer's fee in the quote only.
        let (base, quote) = (736 * E18 / 1_000, -20_276_464_287_857_571_514_302);
        let price = execution_price(base, quote, 4_055_287_857_571_514_302, 25_000_000_000_000_000, E18);
        assert_eq!(price, Some(27_544 * E18));
    }

    #[test]
    fn floats_are_read_as_text_and_rounded_to_the_increment() {
        let tenth = E18 / 10;
        assert_eq!(nearest_x18("3499.9000000000001", tenth), Some(34_999 * tenth));
        assert_eq!(nearest_x18("3499.8999999999996362", tenth), Some(34_999 * tenth));
        assert_eq!(nearest_x18("5e-05", E18 / 100_000), Some(5 * E18 / 100_000));
        assert_eq!(nearest_x18("-2.5E0", tenth), Some(-25 * tenth));
        for bad in ["", "x", "1e999999999999", "1.2.3", "--1", "1e40"] {
            assert_eq!(nearest_x18(bad, tenth), None, "{bad}");
        }
    }
}
