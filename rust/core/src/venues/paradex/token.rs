//! The session's token: got for a signature, good for five minutes, replaced after three (Paradex reference 3.2, 3.3).

use crate::events::UnixNanos;

/// What a token that does not say so itself lives.
const LIFE_MS: u64 = 300_000;
/// An attempt under way is not doubled before it must have ended.
const ATTEMPT_MS: u64 = 10_000;
/// A token is not used in its last moments: the request has to arrive.
const MARGIN_MS: u64 = 2_000;

#[derive(Default)]
pub struct Token {
    /// Never printed: whoever has it is the account.
    text: Option<String>,
    renew_at_ms: u64,
    dead_at_ms: u64,
    asked_until_ms: u64,
}

impl Token {
    /// For a request that leaves now.
    pub fn bearer(&self, now: UnixNanos) -> Option<&str> {
        self.text.as_deref().filter(|_| ms(now) + MARGIN_MS < self.dead_at_ms)
    }

    /// Is it time to ask for the next one?
    pub fn is_due(&self, now: UnixNanos) -> bool {
        let now_ms = ms(now);
        now_ms >= self.asked_until_ms && (self.text.is_none() || now_ms >= self.renew_at_ms)
    }

    pub fn asked(&mut self, now: UnixNanos) {
        self.asked_until_ms = ms(now) + ATTEMPT_MS;
    }

    /// The attempt failed: the next one waits so long.
    pub fn not_given(&mut self, now: UnixNanos, wait_ms: u64) {
        self.asked_until_ms = ms(now) + wait_ms;
    }

    /// Its own end is on the venue's clock, which is near ours; a longer life than the documented one is not believed.
    pub fn given(&mut self, text: String, now: UnixNanos) {
        let now_ms = ms(now);
        let own_end_ms = expiry_s(&text).map(|end_s| end_s.saturating_mul(1_000));
        let life_ms = own_end_ms.map_or(LIFE_MS, |end_ms| end_ms.saturating_sub(now_ms)).min(LIFE_MS);
        self.text = Some(text);
        self.dead_at_ms = now_ms + life_ms;
        self.renew_at_ms = now_ms + life_ms * 3 / 5;
        self.asked_until_ms = 0;
    }

    /// The venue does not take it any more, whatever its time. A refusal says nothing of a token that came after.
    pub fn refused(&mut self) {
        self.text = None;
    }
}

fn ms(now: UnixNanos) -> u64 {
    now / 1_000_000
}

/// The claim `exp`: Unix seconds. The token is the venue's to verify; a text of another form has no end of its own.
fn expiry_s(token: &str) -> Option<u64> {
    let mut parts = token.split('.');
    let (_header, claims, _signature) = (parts.next()?, parts.next()?, parts.next()?);
    let claims: serde_json::Value = serde_json::from_slice(&base64url(claims)?).ok()?;
    claims["exp"].as_u64()
}

/// The alphabet of addresses, without padding.
fn base64url(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() * 3 / 4);
    let (mut bits, mut count) = (0_u32, 0);
    for letter in text.trim_end_matches('=').bytes() {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'-' => 62,
            b'_' => 63,
            _ => return None,
        };
        bits = (bits << 6 | u32::from(value)) & 0x00ff_ffff;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count & 0xff) as u8);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixNanos = 1_760_000_000_000_000_000;
    const SECOND: UnixNanos = 1_000_000_000;

    #[test]
    fn a_token_is_replaced_at_three_of_its_five_minutes() {
        let mut token = Token::default();
        assert!(token.is_due(NOW) && token.bearer(NOW).is_none());
        token.asked(NOW);
        assert!(!token.is_due(NOW + 9 * SECOND), "one attempt at a time");
        assert!(token.is_due(NOW + 10 * SECOND), "an attempt that is never answered is made again");
        token.given("opaque".into(), NOW);
        assert!(!token.is_due(NOW + 179 * SECOND));
        assert!(token.is_due(NOW + 180 * SECOND));
        assert_eq!(token.bearer(NOW + 297 * SECOND), Some("opaque"), "the old one serves until the new one is there");
        assert_eq!(token.bearer(NOW + 298 * SECOND), None);
    }

    #[test]
    fn a_refused_token_is_replaced_at_once_and_never_shown_again() {
        let mut token = Token::default();
        token.given("opaque".into(), NOW);
        token.refused();
        assert!(token.is_due(NOW) && token.bearer(NOW).is_none());
        token.not_given(NOW, 1_000);
        assert!(!token.is_due(NOW) && token.is_due(NOW + SECOND));
    }

    #[test]
    fn a_token_that_says_when_it_ends_is_believed_up_to_five_minutes() {
        // {"exp":1760000100} and {"exp":1760086400}
        for (claims, due_s) in [("eyJleHAiOjE3NjAwMDAxMDB9", 60), ("eyJleHAiOjE3NjAwODY0MDB9", 180)] {
            let mut token = Token::default();
            token.given(format!("h.{claims}.s"), NOW);
            assert!(!token.is_due(NOW + (due_s - 1) * SECOND), "{claims}");
            assert!(token.is_due(NOW + due_s * SECOND), "{claims}");
        }
        assert_eq!(expiry_s("h.!.s"), None);
        assert_eq!(base64url("-_-_").as_deref(), Some(&[0xfb, 0xff, 0xbf][..]));
    }
}
