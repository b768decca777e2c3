//! Every period and deadline of a driver, in one place. All in milliseconds.

use hedgewire_core::venues::StreamKind;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// How often due work is looked for.
    pub tick_ms: u64,
    /// One REST request, start to end.
    pub request_timeout_ms: u64,
    /// TCP, TLS and upgrade of one socket.
    pub socket_timeout_ms: u64,
    /// From a question to its answer, tries and waits for the venue's limits included.
    pub ask_timeout_ms: u64,
    /// From a subscription to its answer: the venue's own 10 s, and a moment.
    pub subscribe_timeout_ms: u64,
    /// The reply to an action sent over a socket.
    pub action_reply_ms: u64,
    /// A command waits at most so long for its venue's rate limit; longer is refused here.
    pub command_wait_ms: u64,
    /// Polling of live orders while the streams socket is down (R003-2.4.6: detected within 500 ms).
    pub fallback_poll_ms: u64,
    /// Catch-up asks for fills from so long before the last one seen: clocks differ and archives lag.
    pub fill_margin_ms: u64,
    /// After a command's validity has passed, the venue may still be writing its archive for so long.
    pub absent_margin_ms: u64,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            tick_ms: 10,
            request_timeout_ms: 10_000,
            socket_timeout_ms: 10_000,
            ask_timeout_ms: 30_000,
            subscribe_timeout_ms: 11_000,
            action_reply_ms: 10_000,
            command_wait_ms: 2_000,
            fallback_poll_ms: 450,
            fill_margin_ms: 60_000,
            absent_margin_ms: 1_000,
        }
    }
}

/// Silence after which an active stream counts as stale; `None`: silence is normal there.
///
/// Nado reference 4.3: books every 50 ms when changed, funding rates every 20 s.
pub fn stale_after_ms(kind: StreamKind) -> Option<u64> {
    match kind {
        StreamKind::Book => Some(5_000),
        StreamKind::Quotes => Some(15_000),
        StreamKind::FundingRate => Some(65_000),
        _ => None,
    }
}
