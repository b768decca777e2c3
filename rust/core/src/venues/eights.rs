//! Text read eight bytes at a time: what a market's frames consist of is found several times faster than byte by byte.

const ONES: u64 = 0x0101_0101_0101_0101;
const TOP_BITS: u64 = 0x8080_8080_8080_8080;
const ZERO_DIGITS: u64 = 0x3030_3030_3030_3030;

fn eight(bytes: &[u8]) -> Option<u64> {
    bytes.first_chunk().map(|eight| u64::from_le_bytes(*eight))
}

/// How many digits `bytes` begins with.
pub fn digit_run(bytes: &[u8]) -> usize {
    // Adding 0x76 sets the top bit of every value above 9; a carry only reaches bytes behind the first such one.
    let others = |text: u64| (text ^ ZERO_DIGITS).wrapping_add(0x76 * ONES) | (text ^ ZERO_DIGITS);
    run(bytes, others, |byte| byte.is_ascii_digit())
}

/// How many bytes come before the first quote, backslash or control character.
pub fn plain_run(bytes: &[u8]) -> usize {
    // A byte below a bound borrows from its own top bit; a borrow only reaches bytes behind the first such one.
    let below = |text: u64, bound: u64| text.wrapping_sub(bound * ONES) & !text;
    let equal = |text: u64, byte: u8| below(text ^ (u64::from(byte) * ONES), 1);
    let special = |text: u64| below(text, 0x20) | equal(text, b'"') | equal(text, b'\\');
    run(bytes, special, |byte| !matches!(byte, b'"' | b'\\' | 0..=0x1f))
}

/// `ends`: sets the top bit of bytes that end the run, exactly up to the first of them.
fn run(bytes: &[u8], ends: impl Fn(u64) -> u64, continues: impl Fn(u8) -> bool) -> usize {
    let mut length = 0;
    while let Some(text) = eight(&bytes[length..]) {
        let ended = ends(text) & TOP_BITS;
        if ended != 0 {
            return length + ended.trailing_zeros() as usize / 8;
        }
        length += 8;
    }
    length + bytes[length..].iter().take_while(|byte| continues(**byte)).count()
}

pub fn zeros(digits: &[u8]) -> bool {
    let Some(last) = digits.last_chunk() else { return digits.iter().all(|digit| *digit == b'0') };
    let (eights, _) = digits.as_chunks();
    // The last eight may be looked at twice: cheaper than the rest byte by byte.
    let other = |found: u64, eight: &[u8; 8]| found | (u64::from_le_bytes(*eight) ^ ZERO_DIGITS);
    eights.iter().fold(other(0, last), other) == 0
}

/// How many bytes, 1 to 7, come before the first quote. `None`: more, none, or fewer than eight bytes are left.
pub fn before_quote(bytes: &[u8]) -> Option<usize> {
    let text = eight(bytes)? ^ (u64::from(b'"') * ONES);
    let quotes = text.wrapping_sub(ONES) & !text & TOP_BITS;
    let before = quotes.trailing_zeros() as usize / 8;
    (1..8).contains(&before).then_some(before)
}

/// The number of the first `length` bytes, 1 to 8. `None`: not all of them are digits, or fewer than eight are left.
pub fn short_natural(bytes: &[u8], length: usize) -> Option<u64> {
    let values = (eight(bytes)? ^ ZERO_DIGITS) << (64 - 8 * length);
    let others = (values.wrapping_add(0x76 * ONES) | values) & TOP_BITS;
    (others == 0).then(|| joined(values))
}

/// The number of the first `length` bytes, which are digits. `None` for more than 19, and for none.
pub fn natural(bytes: &[u8], length: usize) -> Option<u64> {
    const E8: u64 = 100_000_000;
    match length {
        1..=8 => Some(first_digits(bytes, length)),
        9..=16 => Some(first_digits(bytes, length - 8) * E8 + first_digits(&bytes[length - 8..], 8)),
        17..=19 => {
            let (high, middle) = (first_digits(bytes, length - 16), first_digits(&bytes[length - 16..], 8));
            Some((high * E8 + middle) * E8 + first_digits(&bytes[length - 8..], 8))
        }
        _ => None,
    }
}

/// 1 to 8 bytes that are digits.
fn first_digits(bytes: &[u8], length: usize) -> u64 {
    let Some(text) = eight(bytes) else {
        return bytes[..length].iter().fold(0, |value, digit| value * 10 + u64::from(digit - b'0'));
    };
    joined((text ^ ZERO_DIGITS) << (64 - 8 * length))
}

/// Eight digits' values, the first in the lowest byte: neighbours are joined to numbers of two, four and eight digits.
fn joined(values: u64) -> u64 {
    let pairs = values.wrapping_mul(10).wrapping_add(values >> 8) & 0x00ff_00ff_00ff_00ff;
    let fours = pairs.wrapping_mul(100).wrapping_add(pairs >> 16) & 0x0000_ffff_0000_ffff;
    fours.wrapping_mul(10_000).wrapping_add(fours >> 32) & 0xffff_ffff
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_at_every_place_ends_a_run_or_does_not() {
        for length in 1..20 {
            for place in 0..length {
                for byte in 0..=255u8 {
                    let (mut digits, mut plain) = (vec![b'7'; length], vec![b'x'; length]);
                    (digits[place], plain[place]) = (byte, byte);
                    let ends_at = |ends: bool| if ends { place } else { length };
                    assert_eq!(digit_run(&digits), ends_at(!byte.is_ascii_digit()), "{byte} at {place} of {length}");
                    let special = byte < 0x20 || byte == b'"' || byte == b'\\';
                    assert_eq!(plain_run(&plain), ends_at(special), "{byte} at {place} of {length}");
                }
            }
        }
        assert_eq!(plain_run(b"\x1f\x1f\"\"aaaaaaaa"), 0);
        assert_eq!(plain_run("\u{e9}\u{20ac} text\"".as_bytes()), 10);
    }

    #[test]
    fn short_numbers_are_read_exactly_or_not_at_all() {
        for length in 1..=8 {
            let digits = &b"98765432"[..length];
            let text = [digits, b"\",\"0000"].concat();
            let whole = std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok());
            assert_eq!(short_natural(&text, length), whole);
            assert_eq!(before_quote(&text), (length < 8).then_some(length));
            for place in 0..length {
                for byte in (0..=255u8).filter(|byte| !byte.is_ascii_digit()) {
                    let mut spoilt = text.clone();
                    spoilt[place] = byte;
                    assert_eq!(short_natural(&spoilt, length), None, "{byte} at {place} of {length}");
                }
            }
        }
        for other in ["\"1234567", "12345678", "1234567", ""] {
            assert_eq!(before_quote(other.as_bytes()), None, "{other}");
        }
        assert_eq!(short_natural(b"1234567", 3), None, "too near the end");
    }

    #[test]
    fn numbers_of_every_length_are_read_exactly() {
        let all = "9876543210987654321";
        for length in 1..=19 {
            let number = all[..length].parse().ok();
            assert_eq!(natural(&all.as_bytes()[..length], length), number, "with nothing behind it");
            assert_eq!(natural(format!("{}\",\"more", &all[..length]).as_bytes(), length), number);
        }
        assert_eq!((natural(b"", 0), natural(&[b'1'; 20], 20)), (None, None));
        assert_eq!(
            (natural(b"9999999999999999999", 19), natural(b"0000000000000000009", 19)),
            (Some(9_999_999_999_999_999_999), Some(9))
        );
        for length in 0..20 {
            let mut digits = vec![b'0'; length];
            assert!(zeros(&digits));
            for place in 0..length {
                digits[place] = b'1';
                assert!(!zeros(&digits), "{place} of {length}");
                digits[place] = b'0';
            }
        }
    }
}
