//! The health document: what an operator asks first.

use std::collections::{BTreeSet, VecDeque};

use hedgewire_core::book::BookSync;
use hedgewire_core::subscriptions::SubscriptionState;
use hedgewire_core::venues::SocketRole;
use serde_json::{Value, json};

use super::Driver;
use super::sockets::name;

/// As many of the latest measurements as percentiles are taken from.
const SAMPLES: usize = 256;

/// The latest durations of one kind, in milliseconds.
#[derive(Debug, Default)]
pub(crate) struct Samples {
    latest: VecDeque<u64>,
}

impl Samples {
    pub fn add(&mut self, ms: u64) {
        if self.latest.len() == SAMPLES {
            self.latest.pop_front();
        }
        self.latest.push_back(ms);
    }

    fn document(&self) -> Value {
        let mut sorted: Vec<u64> = self.latest.iter().copied().collect();
        sorted.sort_unstable();
        let at = |percent: usize| sorted.get((sorted.len() * percent / 100).min(sorted.len().saturating_sub(1)));
        json!({"count": sorted.len(), "p50": at(50), "p90": at(90), "p99": at(99), "last": self.latest.back()})
    }
}

#[derive(Debug)]
pub(crate) struct Counters {
    pub frames: u64,
    pub malformed: u64,
    pub unknown: u64,
    pub unknown_kinds: BTreeSet<String>,
    pub gaps: u64,
    pub book_audits: u64,
    pub book_differences: u64,
    pub resnapshots: u64,
    pub duplicate_fills: u64,
    pub duplicate_updates: u64,
    pub foreign_fills: u64,
    pub stale_fills: u64,
    pub dropped_rows: u64,
    pub backpressure_waits: u64,
    pub stale_streams: u64,
    pub limited: u64,
    pub throttled: u64,
    pub catch_ups: u64,
    pub fallback_polls: u64,
    pub failover_count: u64,
    pub last_failover_ms: Option<u64>,
    pub rest_available: bool,
    pub rest_ms: Samples,
    pub order_ms: Samples,
}

impl Default for Counters {
    fn default() -> Self {
        Self {
            // Nothing speaks against it before the first request has failed.
            rest_available: true,
            frames: 0,
            malformed: 0,
            unknown: 0,
            unknown_kinds: BTreeSet::new(),
            gaps: 0,
            book_audits: 0,
            book_differences: 0,
            resnapshots: 0,
            duplicate_fills: 0,
            duplicate_updates: 0,
            foreign_fills: 0,
            stale_fills: 0,
            dropped_rows: 0,
            backpressure_waits: 0,
            stale_streams: 0,
            limited: 0,
            throttled: 0,
            catch_ups: 0,
            fallback_polls: 0,
            failover_count: 0,
            last_failover_ms: None,
            rest_ms: Samples::default(),
            order_ms: Samples::default(),
        }
    }
}

impl Driver {
    /// JSON; durations in milliseconds, uptime in per cent with two decimals as text.
    pub(super) fn health(&mut self) -> String {
        let now_ms = self.now_ms();
        let limits = self.budgets.headroom(&*self.venue, now_ms);
        let streams: Vec<Value> = self
            .subscriptions
            .iter()
            .map(|(stream, subscription)| {
                let state = match &subscription.state {
                    SubscriptionState::Pending { .. } => "pending".to_owned(),
                    SubscriptionState::Active { .. } => "active".to_owned(),
                    SubscriptionState::Failed { error, .. } => format!("failed: {error}"),
                };
                json!({
                    "stream": format!("{:?}", stream.kind),
                    "instrument": stream.instrument.map(|instrument| instrument.0),
                    "param": stream.param,
                    "state": state,
                    "age_ms": subscription.touched_at_ms.map(|at_ms| now_ms.saturating_sub(at_ms)),
                    "retry_count": subscription.retry_count,
                })
            })
            .collect();
        let sockets: Vec<Value> = self
            .seats
            .iter()
            .map(|seat| {
                let metrics = seat.session.metrics(now_ms);
                json!({
                    "socket": name(seat.spec.role),
                    "state": format!("{:?}", seat.session.state()),
                    "since_ms": now_ms.saturating_sub(seat.since_ms),
                    "connections": seat.attempts,
                    "reconnects": seat.attempts.saturating_sub(1),
                    "deflate": seat.deflate,
                    "last_error": seat.last_error,
                    "failure_count": metrics.failure_count,
                    "recovery_count": metrics.recovery_count,
                    "recovery_time_ms": metrics.last_recovery_ms,
                    "uptime_percent": uptime_percent(metrics.up_ms, metrics.total_ms),
                })
            })
            .collect();
        let streams_seat = self.seats.iter().find(|seat| seat.spec.role == SocketRole::Streams);
        let metrics = streams_seat.map(|seat| seat.session.metrics(now_ms)).unwrap_or_default();
        let counters = &self.counters;
        json!({
            "status": {
                "websocket": if self.streams_home() { "connected" } else { "disconnected" },
                "rest": if counters.rest_available { "available" } else { "unavailable" },
            },
            "metrics": {
                "failure_count": metrics.failure_count,
                "recovery_time_ms": metrics.last_recovery_ms,
                "failover_count": counters.failover_count,
                "last_failover_ms": counters.last_failover_ms,
                "uptime_percent": uptime_percent(metrics.up_ms, metrics.total_ms),
            },
            "sockets": sockets,
            "streams": streams,
            "books": {
                "wanted": self.books.len(),
                "live": self.books.values().filter(|book| BookSync::is_live(book)).count(),
            },
            "counters": {
                "frames": counters.frames,
                "malformed": counters.malformed,
                "unknown": counters.unknown,
                "gaps": counters.gaps,
                "book_audits": counters.book_audits,
                "book_differences": counters.book_differences,
                "resnapshots": counters.resnapshots,
                "duplicate_fills": counters.duplicate_fills,
                "duplicate_updates": counters.duplicate_updates,
                "foreign_fills": counters.foreign_fills,
                "stale_fills": counters.stale_fills,
                "dropped_rows": counters.dropped_rows,
                "backpressure_waits": counters.backpressure_waits,
                "stale_streams": counters.stale_streams,
                "limited": counters.limited,
                "throttled": counters.throttled,
                "catch_ups": counters.catch_ups,
                "fallback_polls": counters.fallback_polls,
            },
            "latencies": {"rest_ms": counters.rest_ms.document(), "order_ms": counters.order_ms.document()},
            "unresolved": self.unresolved.len(),
            "limits": limits,
        })
        .to_string()
    }
}

fn uptime_percent(up_ms: u64, total_ms: u64) -> Option<String> {
    let hundredths = u128::from(up_ms) * 10_000 / u128::from(total_ms).max(1);
    (total_ms > 0).then(|| format!("{}.{:02}", hundredths / 100, hundredths % 100))
}

#[cfg(test)]
mod tests {
    use super::{Samples, uptime_percent};

    #[test]
    fn uptime_is_exact_and_unknown_before_the_start() {
        // proves: R003-1.6.3
        assert_eq!(uptime_percent(57_000, 60_000).as_deref(), Some("95.00"));
        assert_eq!(uptime_percent(1, 3).as_deref(), Some("33.33"));
        assert_eq!(uptime_percent(0, 0), None);
    }

    #[test]
    fn percentiles_come_from_a_bounded_window() {
        let mut samples = Samples::default();
        (0..1_000).for_each(|ms| samples.add(ms));
        let document = samples.document();
        assert_eq!(document["count"], 256);
        assert_eq!(document["last"], 999);
        assert_eq!(document["p50"], 744 + 128);
    }
}
