//! Book levels as the venue writes them, `[["price","size"],...]` without spaces: nearly all bytes of a market's stream.
//!
//! The general reader (`scan`) takes any JSON. What is here recognises that one shape several times faster and says
//! `None` to everything else, which then goes the general way: what is accepted does not change.

/// More digits do not surely fit 128 bits.
const MOST_DIGITS: usize = 38;

/// Length of a list of such pairs at the start of `text`; something that can follow a value must come behind it.
pub fn plain_list(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    if !bytes.starts_with(b"[[\"") {
        return None;
    }
    let mut end = 0;
    while bytes.get(end) != Some(&b']') {
        end += text.get(end..)?.find(']')? + 1;
    }
    end += 1;
    // No early way out: so the compiler checks many bytes at a time.
    let plain = |ok: bool, byte: &u8| ok & (byte.is_ascii_digit() | matches!(byte, b'"' | b',' | b'[' | b']'));
    (matches!(bytes.get(end), Some(b',' | b'}')) && bytes[..end].iter().fold(true, plain)).then_some(end)
}

/// Two numbers and the length of `["1","2"]` at the start of `bytes`.
pub fn plain_pair(bytes: &[u8]) -> Option<(i128, i128, usize)> {
    let (first, rest) = digits_after(*b"[\"", bytes)?;
    let (second, rest) = digits_after(*b"\",\"", rest)?;
    rest.starts_with(b"\"]").then_some((first, second, bytes.len() - rest.len() + 2))
}

/// A number behind exactly these bytes, and what follows it.
fn digits_after<const LENGTH: usize>(before: [u8; LENGTH], bytes: &[u8]) -> Option<(i128, &[u8])> {
    let (start, rest) = bytes.split_first_chunk::<LENGTH>()?;
    if *start != before {
        return None;
    }
    let (number, length) = digits(rest)?;
    Some((number, &rest[length..]))
}

/// The digits that `bytes` begins with, as a number, and how many there are: at least one.
fn digits(bytes: &[u8]) -> Option<(i128, usize)> {
    let mut value: i128 = 0;
    let mut length = 0;
    while length + 8 <= MOST_DIGITS
        && let Some(eight) =
            bytes.get(length..length + 8).and_then(|eight| eight.try_into().ok()).and_then(eight_digits)
    {
        value = value * 100_000_000 + i128::from(eight);
        length += 8;
    }
    while let Some(digit) = bytes.get(length).map(|byte| byte.wrapping_sub(b'0')).filter(|digit| *digit < 10) {
        if length == MOST_DIGITS {
            return None;
        }
        value = value * 10 + i128::from(digit);
        length += 1;
    }
    (length > 0).then_some((value, length))
}

/// Eight ASCII digits at once: neighbours are joined to numbers of two, four and eight digits.
fn eight_digits(text: [u8; 8]) -> Option<u64> {
    const ZEROS: u64 = 0x3030_3030_3030_3030;
    let values = u64::from_le_bytes(text) ^ ZEROS;
    // Adding 0x76 sets the top bit of every byte above 9.
    let above_nine = values.wrapping_add(0x7676_7676_7676_7676) | values;
    if above_nine & 0x8080_8080_8080_8080 != 0 {
        return None;
    }
    let pairs = (values * 10 + (values >> 8)) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs * 100 + (pairs >> 16)) & 0x0000_ffff_0000_ffff;
    Some((fours * 10_000 + (fours >> 32)) & 0xffff_ffff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_every_length_are_read_exactly() {
        let all = "12345678901234567890123456789012345678";
        for length in 1..=MOST_DIGITS {
            let text = &all[..length];
            let pair = format!("[\"{text}\",\"0\"]]");
            assert_eq!(plain_pair(pair.as_bytes()), Some((text.parse().expect("a number"), 0, pair.len() - 1)));
        }
        assert_eq!(eight_digits(*b"98765432"), Some(98_765_432));
        assert_eq!(eight_digits(*b"00000009"), Some(9));
    }

    #[test]
    fn anything_but_plain_digits_goes_the_general_way() {
        let long = format!("[\"{}\",\"1\"]", "1".repeat(39));
        for other in
            ["[\"-1\",\"1\"]", "[\"1\", \"1\"]", "[1,2]", "[\"\",\"1\"]", "[\"1\",\"1\"", "[\"1.5\",\"1\"]", &long]
        {
            assert_eq!(plain_pair(other.as_bytes()), None, "{other}");
        }
        for byte in 0..=255u8 {
            let mut text = *b"12345678";
            text[3] = byte;
            assert_eq!(eight_digits(text).is_some(), byte.is_ascii_digit(), "{byte}");
        }
    }

    #[test]
    fn a_list_ends_where_its_brackets_close() {
        assert_eq!(plain_list("[[\"1\",\"2\"],[\"3\",\"4\"]],\"asks\":[]"), Some(21));
        for other in
            ["[]", "[[\"1\",\"2\"]]", "[[\"1\",\"2\"] ],", "[[\"a\",\"2\"]],", "[[\"1]]\",\"2\"]],", "[[\"1\",\"2\"],"]
        {
            assert_eq!(plain_list(other), None, "{other}");
        }
    }
}
