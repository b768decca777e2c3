//! Rolling-window limits on injected time.

/// One limit of a venue: at most `weight` within any `window_ms`, counted for requests of its `name`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct LimitRule {
    pub name: &'static str,
    pub weight: u32,
    pub window_ms: u64,
}
