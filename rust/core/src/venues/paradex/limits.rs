//! Paradex's limits, weights and capabilities as data (Paradex reference 2, 6.2, 7).

use crate::ratelimit::LimitRule;
use crate::venues::Capabilities;

/// Public requests, by IP address.
pub const PUBLIC: &str = "public";
/// Logins, by IP address.
pub const AUTH: &str = "auth";
/// Orders, cancels and changes, by account, over REST and WebSocket together.
pub const ORDERS: &str = "orders";
/// Private reads, by account.
pub const PRIVATE: &str = "private";

pub static LIMITS: &[LimitRule] = &[
    LimitRule { name: PUBLIC, weight: 1_500, window_ms: 60_000 },
    LimitRule { name: AUTH, weight: 600, window_ms: 60_000 },
    LimitRule { name: ORDERS, weight: 800, window_ms: 1_000 },
    LimitRule { name: ORDERS, weight: 17_250, window_ms: 60_000 },
    LimitRule { name: PRIVATE, weight: 120, window_ms: 1_000 },
    LimitRule { name: PRIVATE, weight: 600, window_ms: 60_000 },
];

/// Orders in one batch. The prose says 50, the reference pages 10: the smaller.
pub const MAX_BATCH: u32 = 10;
/// Levels a side of the throttled book feeds.
pub const BOOK_DEPTH: u32 = 15;
/// Longest page of rows, and of public trades.
pub const MAX_PAGE: u32 = 5_000;
pub const MAX_TRADES_PAGE: u32 = 1_000;
/// Rows of one klines answer: the venue's own bound is not documented and lies above this.
pub const MAX_BARS: u32 = 1_000;
/// The venue's default; a longer window is of no use to anybody.
pub const MAX_RECV_WINDOW_MS: u64 = 300_000;
pub const MIN_RECV_WINDOW_MS: u64 = 10;

pub static CAPABILITIES: Capabilities = Capabilities {
    venue: "paradex",
    order_kinds: &["limit", "ioc", "post_only"],
    reduce_only_kinds: &["limit", "ioc", "post_only"],
    amend: true,
    max_batch: MAX_BATCH,
    bar_granularities_s: &[60, 180, 300, 900, 1_800, 3_600],
    book_depth_max: BOOK_DEPTH,
    trigger_sources: &["mark"],
    streams: &[
        "book",
        "quotes",
        "trades",
        "funding_rate",
        "reference_prices",
        "orders",
        "fills",
        "positions",
        "account",
    ],
    min_notional_applies_to_exits: false,
};
