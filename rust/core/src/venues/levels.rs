//! Book levels as the venue writes them, `[["price","size"],...]` without spaces: nearly all bytes of a market's stream.
//!
//! The general reader (`scan`) takes any JSON. What is here recognises that one shape several times faster and says
//! `None` to everything else, which then goes the general way: what is accepted does not change.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::eights;

static LIST_END: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("]]"));

/// Length of a list of such pairs at the start of `text`; something that can follow a value must come behind it.
pub fn plain_list(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    if !bytes.starts_with(b"[[\"") {
        return None;
    }
    let end = LIST_END.find(bytes)? + 2;
    // No early way out: so the compiler checks many bytes at a time.
    let plain = |ok: bool, byte: &u8| ok & (byte.is_ascii_digit() | matches!(byte, b'"' | b',' | b'[' | b']'));
    (matches!(bytes.get(end), Some(b',' | b'}')) && bytes[..end].iter().fold(true, plain)).then_some(end)
}

/// Hands over the two mantissas of every pair of such a list at the start of `bytes`, and says how long the list is; `cuts`
/// are the digits of each number that lie beyond its precision and so have to be zeros. `None`: not that shape, or a
/// number that has to be looked at: some pairs may have been handed over already.
pub fn each_plain(bytes: &[u8], cuts: [usize; 2], mut take: impl FnMut(i64, i64)) -> Option<usize> {
    let mut rest = bytes.strip_prefix(b"[")?;
    loop {
        let (first, behind) = mantissa(rest.strip_prefix(b"[\"")?, cuts[0])?;
        let (second, behind) = mantissa(behind.strip_prefix(b"\",\"")?, cuts[1])?;
        take(first, second);
        match behind.strip_prefix(b"\"]")? {
            [b',', more @ ..] => rest = more,
            [b']', behind @ ..] => return Some(bytes.len() - behind.len()),
            _ => return None,
        }
    }
}

/// The number at the start of `bytes` without its last `cut` digits, and what follows it. A division by a power of ten
/// in decimal: no 128-bit number is ever made.
#[inline(always)]
fn mantissa(bytes: &[u8], cut: usize) -> Option<(i64, &[u8])> {
    match bytes {
        [b'0', b'"', ..] => Some((0, &bytes[1..])),
        _ => usual(bytes, cut).or_else(|| any(bytes, cut)),
    }
}

/// Nearly every number has one to seven digits that count: its end is in the eight bytes behind the first `cut`.
#[inline(always)]
fn usual(bytes: &[u8], cut: usize) -> Option<(i64, &[u8])> {
    let head = eights::before_quote(bytes.get(cut..)?)?;
    let (tail, rest) = bytes.get(head..)?.split_at_checked(cut)?;
    let value = i64::try_from(eights::short_natural(bytes, head)?).ok()?;
    eights::zeros(tail).then_some((value, rest))
}

fn any(bytes: &[u8], cut: usize) -> Option<(i64, &[u8])> {
    let length = eights::digit_run(bytes);
    let (digits, rest) = bytes.split_at(length);
    let (head, tail) = digits.split_at(length.saturating_sub(cut));
    if digits.is_empty() || !eights::zeros(tail) {
        return None;
    }
    let value = if head.is_empty() { 0 } else { eights::natural(bytes, head.len())? };
    Some((i64::try_from(value).ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str, cuts: [usize; 2]) -> Option<Vec<(i64, i64)>> {
        let mut found = Vec::new();
        let length = each_plain(text.as_bytes(), cuts, |first, second| found.push((first, second)))?;
        (length == text.len()).then_some(found)
    }

    #[test]
    fn numbers_of_every_length_are_cut_exactly() {
        let all = "1234567890123456789";
        for length in 1..=19 {
            for cut in 0..=20 {
                let text = format!("[[\"{}{}\",\"0\"]]", &all[..length], "0".repeat(cut));
                assert_eq!(
                    pairs(&text, [cut, cut]),
                    Some(vec![(all[..length].parse().expect("a number"), 0)]),
                    "{text}"
                );
            }
        }
        let text = "[[\"3500500000000000000000\",\"45000000000000000\"],[\"9990000000000000000000\",\"0\"]]";
        assert_eq!(pairs(text, [17, 15]), Some(vec![(35_005, 45), (99_900, 0)]));
    }

    #[test]
    fn whatever_has_to_be_looked_at_goes_the_general_way() {
        let long = format!("[[\"1{}\",\"1\"]]", "0".repeat(19));
        for other in [
            "[]",
            "[[\"-1\",\"1\"]]",
            "[[\"1\", \"1\"]]",
            "[[1,2]]",
            "[[\"\",\"1\"]]",
            "[[\"1\",\"1\"]",
            "[[\"1.5\",\"1\"]]",
            "[[\"1\",\"1\"]],",
            "[[\"1\",\"1\"],]",
            "[[\"1\",\"1\",\"1\"]]",
            &long,
        ] {
            assert_eq!(pairs(other, [0, 0]), None, "{other}");
        }
        assert_eq!(pairs("[[\"1501\",\"1\"]]", [1, 0]), None, "a digit would be lost");
        assert_eq!(pairs("[[\"5\",\"1\"]]", [3, 0]), None, "less than one step");
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
