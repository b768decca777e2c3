//! A JSON reader for the hot path: one pass, nothing allocated, numbers never through a float.
//!
//! A frame's top-level fields are kept as slices of it, whatever their order. Strings with escapes are skipped over, but
//! refused where their text is wanted: nothing a venue sends on a stream needs one.

use super::{eights, levels};
use crate::error::DecodeError;

/// More fields than any known message; a frame with more is refused rather than searched.
const MAX_FIELDS: usize = 48;
const MAX_DEPTH: u32 = 32;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token<'a> {
    /// The text between the quotes; `escaped` where it holds a backslash.
    Text {
        text: &'a str,
        escaped: bool,
    },
    /// A number's own digits.
    Number(&'a str),
    Bool(bool),
    Null,
    /// An object or array, whole.
    Nested(&'a str),
}

/// The top-level fields of one object.
pub struct Object<'a> {
    fields: [(&'a str, Token<'a>); MAX_FIELDS],
    count: usize,
}

impl<'a> Object<'a> {
    pub fn read(text: &'a str) -> Result<Self, DecodeError> {
        let mut object = Self { fields: [("", Token::Null); MAX_FIELDS], count: 0 };
        let mut reader = Reader::new(text);
        reader.fields(|key, reader| {
            let token = reader.value(0)?;
            // Which of the two was meant? A reader that takes the first and one that takes the last would differ.
            if object.get(key).is_some() {
                return Err(DecodeError::new(format!("key {} comes twice", shorten(key))));
            }
            let slot =
                object.fields.get_mut(object.count).ok_or_else(|| DecodeError::new("object with too many fields"))?;
            *slot = (key, token);
            object.count += 1;
            Ok(())
        })?;
        reader.end()?;
        Ok(object)
    }

    pub fn get(&self, key: &str) -> Option<Token<'a>> {
        self.fields[..self.count].iter().find(|(name, _)| *name == key).map(|(_, token)| *token)
    }

    pub fn text(&self, key: &str) -> Result<&'a str, DecodeError> {
        match self.get(key) {
            Some(Token::Text { text, escaped: false }) => Ok(text),
            other => Err(wrong(key, "a text", other)),
        }
    }

    /// Digits that the venue sends as text or, in some places, as a number.
    pub fn digits(&self, key: &str) -> Result<&'a str, DecodeError> {
        match self.get(key) {
            Some(Token::Text { text, escaped: false } | Token::Number(text)) => Ok(text),
            other => Err(wrong(key, "a number", other)),
        }
    }

    pub fn i128(&self, key: &str) -> Result<i128, DecodeError> {
        let text = self.digits(key)?;
        integer(text).ok_or_else(|| absurd(key, text))
    }

    pub fn u64(&self, key: &str) -> Result<u64, DecodeError> {
        let text = self.digits(key)?;
        natural(text).ok_or_else(|| absurd(key, text))
    }

    pub fn u32(&self, key: &str) -> Result<u32, DecodeError> {
        let text = self.digits(key)?;
        natural(text).and_then(|number| u32::try_from(number).ok()).ok_or_else(|| absurd(key, text))
    }

    /// Absent and null are `None`; anything else must be a number.
    pub fn optional_u64(&self, key: &str) -> Result<Option<u64>, DecodeError> {
        match self.get(key) {
            None | Some(Token::Null) => Ok(None),
            Some(_) => self.u64(key).map(Some),
        }
    }

    pub fn bool(&self, key: &str) -> Result<bool, DecodeError> {
        match self.get(key) {
            Some(Token::Bool(value)) => Ok(value),
            other => Err(wrong(key, "true or false", other)),
        }
    }

    pub fn nested(&self, key: &str) -> Result<&'a str, DecodeError> {
        match self.get(key) {
            Some(Token::Nested(text)) => Ok(text),
            other => Err(wrong(key, "a list or object", other)),
        }
    }
}

/// All entries of an object that may have more of them than a message has fields (a map by product).
pub fn entries(text: &str) -> Result<Vec<(&str, Token<'_>)>, DecodeError> {
    let mut entries = Vec::new();
    let mut reader = Reader::new(text);
    reader.fields(|key, reader| {
        entries.push((key, reader.value(0)?));
        Ok(())
    })?;
    reader.end()?;
    Ok(entries)
}

/// Reads `[item, ...]` and hands each item over.
pub fn each_item<'a>(
    text: &'a str,
    mut take: impl FnMut(Token<'a>) -> Result<(), DecodeError>,
) -> Result<(), DecodeError> {
    let mut reader = Reader::new(text);
    reader.items(|reader| take(reader.value(0)?))?;
    reader.end()
}

/// Reads `[["1","2"], ...]` and hands each pair of integers over.
pub fn each_pair(text: &str, mut take: impl FnMut(i128, i128) -> Result<(), DecodeError>) -> Result<(), DecodeError> {
    let mut reader = Reader::new(text);
    reader.items(|reader| {
        let (first, second) = reader.pair()?;
        take(first, second)
    })?;
    reader.end()
}

/// Plain decimal digits with an optional minus, within 128 bits: no plus, no exponent, no fraction.
pub fn integer(text: &str) -> Option<i128> {
    let (negative, digits) = match text.as_bytes() {
        [b'-', rest @ ..] => (true, rest),
        all => (false, all),
    };
    if digits.is_empty() {
        return None;
    }
    // Up to 18 digits fit 64 bits, in which they are several times cheaper than in 128.
    let (head, tail) = digits.split_at(digits.len().min(18));
    let mut small: u64 = 0;
    for digit in head {
        small = small * 10 + u64::from(digit.checked_sub(b'0').filter(|d| *d < 10)?);
    }
    let mut value = i128::from(small);
    for digit in tail {
        let digit = digit.checked_sub(b'0').filter(|d| *d < 10)?;
        value = value.checked_mul(10)?.checked_add(i128::from(digit))?;
    }
    Some(if negative { -value } else { value })
}

/// The same, but within 64 bits and not negative.
pub fn natural(text: &str) -> Option<u64> {
    let digits = text.as_bytes();
    if eights::digit_run(digits) == digits.len()
        && let Some(number) = eights::natural(digits, digits.len())
    {
        return Some(number);
    }
    integer(text).and_then(|number| u64::try_from(number).ok())
}

fn wrong(key: &str, wanted: &str, found: Option<Token<'_>>) -> DecodeError {
    match found {
        None => DecodeError::new(format!("{key} is missing")),
        Some(token) => DecodeError::new(format!("{key} is not {wanted}: {}", shorten(&format!("{token:?}")))),
    }
}

pub fn absurd(key: &str, text: &str) -> DecodeError {
    DecodeError::new(format!("{key} is not a usable number: {}", shorten(text)))
}

/// At most 80 characters, for messages.
pub fn shorten(text: &str) -> String {
    match text.char_indices().nth(80) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

/// Reads one value after the other; where a frame's own shape is followed, in one pass over it.
pub struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    pub fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// Reads `{"key": value, ...}`; `take` reads each value.
    pub fn fields(
        &mut self,
        mut take: impl FnMut(&'a str, &mut Self) -> Result<(), DecodeError>,
    ) -> Result<(), DecodeError> {
        self.space();
        self.expect(b'{')?;
        self.space();
        if self.take(b'}') {
            return Ok(());
        }
        loop {
            self.space();
            let (key, _) = self.quoted()?;
            self.space();
            self.expect(b':')?;
            take(key, self)?;
            self.space();
            if self.take(b'}') {
                return Ok(());
            }
            self.expect(b',')?;
        }
    }

    /// Reads `[value, ...]`; `take` reads each value.
    pub fn items(&mut self, mut take: impl FnMut(&mut Self) -> Result<(), DecodeError>) -> Result<(), DecodeError> {
        self.space();
        self.expect(b'[')?;
        self.space();
        if self.take(b']') {
            return Ok(());
        }
        loop {
            self.space();
            take(self)?;
            self.space();
            if self.take(b']') {
                return Ok(());
            }
            self.expect(b',')?;
        }
    }

    /// What is still to be read.
    pub fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// Goes past what the caller read of `rest` itself.
    pub fn advance(&mut self, bytes: usize) {
        self.at += bytes;
    }

    pub fn end(&mut self) -> Result<(), DecodeError> {
        self.space();
        if self.at == self.text.len() { Ok(()) } else { Err(self.broken("something follows the end")) }
    }

    #[inline]
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    #[inline]
    fn space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    #[inline]
    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    #[inline]
    fn expect(&mut self, byte: u8) -> Result<(), DecodeError> {
        if self.take(byte) { Ok(()) } else { Err(self.without(byte)) }
    }

    #[cold]
    fn without(&self, byte: u8) -> DecodeError {
        self.broken(&format!("'{}' expected", char::from(byte)))
    }

    #[cold]
    fn broken(&self, what: &str) -> DecodeError {
        DecodeError::new(format!("malformed JSON: {what} at byte {} of {}", self.at, self.text.len()))
    }

    fn quoted(&mut self) -> Result<(&'a str, bool), DecodeError> {
        self.expect(b'"')?;
        let start = self.at;
        let mut escaped = false;
        loop {
            self.at += eights::plain_run(&self.text.as_bytes()[self.at..]);
            match self.peek() {
                Some(b'"') => {
                    let text = &self.text[start..self.at];
                    self.at += 1;
                    return Ok((text, escaped));
                }
                Some(b'\\') => {
                    escaped = true;
                    self.escape()?;
                }
                Some(_) => return Err(self.broken("control character in a text")),
                None => return Err(self.broken("text without an end")),
            }
        }
    }

    fn escape(&mut self) -> Result<(), DecodeError> {
        let rest = &self.text.as_bytes()[self.at + 1..];
        let length = match rest {
            [b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', ..] => 2,
            [b'u', digits @ ..] if digits.len() >= 4 && digits[..4].iter().all(u8::is_ascii_hexdigit) => 6,
            _ => return Err(self.broken("unknown escape")),
        };
        self.at += length;
        Ok(())
    }

    /// The next value, whole. `depth` counts what it is nested in.
    pub fn value(&mut self, depth: u32) -> Result<Token<'a>, DecodeError> {
        if depth > MAX_DEPTH {
            return Err(self.broken("nested too deep"));
        }
        self.space();
        match self.peek() {
            Some(b'"') => self.quoted().map(|(text, escaped)| Token::Text { text, escaped }),
            Some(b'{') => self.nested(b'{', b'}', depth),
            Some(b'[') => self.nested(b'[', b']', depth),
            Some(b'-' | b'0'..=b'9') => self.number().map(Token::Number),
            Some(b't') => self.word("true", Token::Bool(true)),
            Some(b'f') => self.word("false", Token::Bool(false)),
            Some(b'n') => self.word("null", Token::Null),
            _ => Err(self.broken("value expected")),
        }
    }

    fn word(&mut self, word: &str, token: Token<'a>) -> Result<Token<'a>, DecodeError> {
        if self.text.as_bytes()[self.at..].starts_with(word.as_bytes()) {
            self.at += word.len();
            Ok(token)
        } else {
            Err(self.broken("value expected"))
        }
    }

    /// As JSON writes it: no leading zero, digits on both sides of a point and in an exponent.
    fn number(&mut self) -> Result<&'a str, DecodeError> {
        let start = self.at;
        self.take(b'-');
        let mut whole = (self.take(b'0') || self.digits()) && (!self.take(b'.') || self.digits());
        if self.take(b'e') || self.take(b'E') {
            let _sign = self.take(b'+') || self.take(b'-');
            whole &= self.digits();
        }
        if whole { Ok(&self.text[start..self.at]) } else { Err(self.broken("digit expected")) }
    }

    fn digits(&mut self) -> bool {
        let length = self.text.as_bytes()[self.at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += length;
        length > 0
    }

    fn nested(&mut self, open: u8, close: u8, depth: u32) -> Result<Token<'a>, DecodeError> {
        let start = self.at;
        if let Some(length) = levels::plain_list(&self.text[start..]) {
            self.at += length;
            return Ok(Token::Nested(&self.text[start..self.at]));
        }
        self.expect(open)?;
        self.space();
        if !self.take(close) {
            loop {
                self.space();
                if open == b'{' {
                    self.quoted()?;
                    self.space();
                    self.expect(b':')?;
                }
                self.value(depth + 1)?;
                self.space();
                if self.take(close) {
                    break;
                }
                self.expect(b',')?;
            }
        }
        Ok(Token::Nested(&self.text[start..self.at]))
    }

    fn pair(&mut self) -> Result<(i128, i128), DecodeError> {
        self.expect(b'[')?;
        let first = self.pair_item()?;
        self.space();
        self.expect(b',')?;
        let second = self.pair_item()?;
        self.space();
        self.expect(b']')?;
        Ok((first, second))
    }

    fn pair_item(&mut self) -> Result<i128, DecodeError> {
        match self.value(0)? {
            Token::Text { text, escaped: false } | Token::Number(text) => {
                integer(text).ok_or_else(|| absurd("pair", text))
            }
            other => Err(wrong("pair", "two numbers", Some(other))),
        }
    }
}
