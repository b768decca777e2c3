//! Nado's limits, weights and capabilities as data (Nado reference 2.4, 2.5, 6.11, 7.1).

use crate::ratelimit::LimitRule;
use crate::venues::Capabilities;

/// Gateway queries, by IP address.
pub const QUERY: &str = "query";
/// Gateway executes, by wallet.
pub const EXECUTE: &str = "execute";
/// Archive queries, by IP address, in a bucket of their own.
pub const ARCHIVE: &str = "archive";

pub static LIMITS: &[LimitRule] = &[
    LimitRule { name: QUERY, weight: 400, window_ms: 10_000 },
    LimitRule { name: QUERY, weight: 2_400, window_ms: 60_000 },
    LimitRule { name: EXECUTE, weight: 100, window_ms: 10_000 },
    LimitRule { name: EXECUTE, weight: 600, window_ms: 60_000 },
    LimitRule { name: ARCHIVE, weight: 400, window_ms: 10_000 },
    LimitRule { name: ARCHIVE, weight: 2_400, window_ms: 60_000 },
];

/// Most orders in one `place_orders` or digests in one `cancel_orders` (error 2111).
pub const MAX_BATCH: u32 = 50;
/// Deepest `market_liquidity` answer.
pub const MAX_DEPTH: u32 = 100;
/// Longest archive page.
pub const MAX_PAGE: u32 = 500;
/// Most products in one question for open orders: a quarter of what ten seconds admit, however many are listed.
pub const MAX_PRODUCTS: usize = 50;
/// A message may be valid for at most this long (error 2012).
pub const MAX_RECV_WINDOW_MS: u64 = 100_000;

pub static CAPABILITIES: Capabilities = Capabilities {
    venue: "nado",
    order_kinds: &["limit", "ioc", "fok", "post_only"],
    reduce_only_kinds: &["ioc", "fok"],
    amend: false,
    max_batch: MAX_BATCH,
    bar_granularities_s: &[60, 300, 900, 3_600, 7_200, 14_400, 86_400, 604_800, 2_419_200],
    book_depth_max: MAX_DEPTH,
    trigger_sources: &["last", "mid", "oracle"],
    streams: &[
        "book",
        "quotes",
        "best_prices",
        "trades",
        "bars",
        "funding_rate",
        "funding_payments",
        "liquidations",
        "orders",
        "fills",
        "positions",
    ],
    min_notional_applies_to_exits: true,
};

/// `cancel_product_orders`: five a product, fifty for all.
pub fn cancel_products_weight(products: usize) -> u32 {
    if products == 0 { 50 } else { 5 * clamp(products) }
}

/// `orders`: two a product.
pub fn open_orders_weight(products: usize) -> u32 {
    2 * clamp(products).max(1)
}

/// Archive pages: two, and one for every `rows_a_weight` rows.
pub fn page_weight(limit: u32, rows_a_weight: u32) -> u32 {
    2 + limit.div_ceil(rows_a_weight)
}

pub fn clamp(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX / 8)
}
