//! Exact numbers, increments and secrets.

use hedgewire_core::decimal::{BaseQty, DecimalError, ONE_X18, Price, QuoteQty, mul_x18, parse_x18};
use hedgewire_core::error::{CommandError, Decision, DecodeError, VenueError};
use hedgewire_core::instruments::{mantissa, precision_of};
use hedgewire_core::secret::Secret;
use proptest::prelude::*;

#[test]
fn texts_are_read_exactly_or_not_at_all() {
    for (text, value) in [
        ("0", 0),
        ("-0", 0),
        ("1", ONE_X18),
        ("-3499.9", -3_499_900_000_000_000_000_000),
        ("0.000000000000000001", 1),
        ("1.0000000000000000000000", ONE_X18),
        ("007", 7 * ONE_X18),
    ] {
        assert_eq!(parse_x18(text), Ok(value), "{text}");
    }
    for text in ["", "-", ".", "1.", ".5", "+1", "1e5", "0x1", "1_0", " 1", "1 ", "--1", "1.2.3", "NaN", "inf", "١"] {
        assert_eq!(parse_x18(text), Err(DecimalError::Malformed), "{text}");
    }
    assert_eq!(parse_x18("0.0000000000000000001"), Err(DecimalError::LostDigits));
    for text in ["170141183460469231732", "999999999999999999999999999999999999999999999999"] {
        assert_eq!(parse_x18(text), Err(DecimalError::Overflow), "{text}");
    }
}

#[test]
fn increments_have_precisions_and_values_have_mantissas() {
    assert_eq!(precision_of(ONE_X18 / 10), Some(1));
    assert_eq!(precision_of(ONE_X18), Some(0));
    assert_eq!(precision_of(50 * ONE_X18), Some(0));
    assert_eq!(precision_of(1), Some(18));
    assert_eq!(precision_of(0), None);
    assert_eq!(precision_of(-1), None);
    assert_eq!(mantissa(3_499_900_000_000_000_000_000, 1), Some(34_999));
    assert_eq!(mantissa(3_499_950_000_000_000_000_000, 1), None, "a digit would be lost");
    assert_eq!(mantissa(i128::MAX - i128::MAX % ONE_X18, 1), None, "too large");
    assert_eq!(mantissa(1, 19), None);
}

#[test]
fn multiples_need_a_positive_increment() {
    assert!(BaseQty::from_x18(6).is_multiple_of(3));
    assert!(!BaseQty::from_x18(7).is_multiple_of(3));
    assert!(!BaseQty::from_x18(7).is_multiple_of(0) && !BaseQty::from_x18(6).is_multiple_of(-3));
}

#[test]
fn sums_and_notionals_overflow_to_none() {
    let most = BaseQty::from_x18(i128::MAX);
    assert_eq!(most.checked_add(BaseQty::from_x18(1)), None);
    assert_eq!(BaseQty::from_x18(i128::MIN).checked_sub(BaseQty::from_x18(1)), None);
    assert_eq!(Price::from_x18(i128::MAX).notional(most), None);
    let notional = Price::from_x18(3_500 * ONE_X18).notional(BaseQty::from_x18(-ONE_X18 / 2));
    assert_eq!(notional, Some(QuoteQty::from_x18(-1_750 * ONE_X18)));
}

#[test]
fn a_secret_is_never_printed() {
    let secret = Secret::new("0xfeedface".into());
    assert_eq!(format!("{secret:?}"), "Secret([REDACTED])");
    assert_eq!(secret.expose(), "0xfeedface");
}

#[test]
fn errors_say_what_the_value_the_source_and_a_hint() {
    let error =
        VenueError::config("unknown product", "DOGE-PERP", "products in pair.toml", "list them with `venue show`");
    let text = error.to_string();
    assert_eq!(text, "unknown product: DOGE-PERP (from products in pair.toml)\nhint: list them with `venue show`");
    assert_eq!(error.decision, Decision::Stop);
    assert_eq!(VenueError::unavailable("a", "b", "c", "d").decision, Decision::Retry);
    assert_eq!(CommandError { code: "ORDER_X", detail: "why".into() }.to_string(), "ORDER_X: why");
    assert_eq!(DecodeError::new("truncated").to_string(), "truncated");
    assert_eq!(DecimalError::LostDigits.to_string(), "more than 18 decimals");
}

/// The product of two 128-bit numbers divided by 10^18, the long way: in base 2^64 with a schoolbook division.
fn slow_mul_x18(a: i128, b: i128) -> Option<i128> {
    let (x, y) = (a.unsigned_abs(), b.unsigned_abs());
    let limbs = |v: u128| [v & u128::from(u64::MAX), v >> 64];
    let mut product = [0u128; 5];
    for (i, p) in limbs(x).into_iter().enumerate() {
        for (j, q) in limbs(y).into_iter().enumerate() {
            let full = p * q;
            product[i + j] += full & u128::from(u64::MAX);
            product[i + j + 1] += full >> 64;
        }
    }
    for i in 0..4 {
        product[i + 1] += product[i] >> 64;
        product[i] &= u128::from(u64::MAX);
    }
    let (mut rest, mut quotient) = (0u128, [0u128; 4]);
    for i in (0..4).rev() {
        let value = (rest << 64) | product[i];
        quotient[i] = value / ONE_X18.unsigned_abs();
        rest = value % ONE_X18.unsigned_abs();
    }
    if quotient[2] != 0 || quotient[3] != 0 {
        return None;
    }
    let magnitude = i128::try_from((quotient[1] << 64) | quotient[0]).ok()?;
    Some(if (a < 0) == (b < 0) { magnitude } else { -magnitude })
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(value: i128) {
        prop_assume!(value != i128::MIN);
        let text = Price::from_x18(value).to_string();
        prop_assert_eq!(text.parse::<Price>(), Ok(Price::from_x18(value)));
        prop_assert!(!text.contains('.') || !text.ends_with('0'));
    }

    #[test]
    fn a_product_is_exact_up_to_truncation(a in -10i128.pow(28)..10i128.pow(28), b in -10i128.pow(28)..10i128.pow(28)) {
        prop_assert_eq!(mul_x18(a, b), slow_mul_x18(a, b));
    }

    #[test]
    fn parsing_never_panics(text in "\\PC{0,60}") {
        let _ = parse_x18(&text);
    }
}
