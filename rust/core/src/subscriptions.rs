//! What is wanted, what is asked for, what is confirmed, and which stream has fallen silent.
//!
//! Time is a steady millisecond clock. A lost or refused request is tried again for ever with backoff; until it is
//! confirmed `all_active` is false and the session stays Degraded.

use std::collections::{BTreeMap, VecDeque};

use crate::retry::{Exponential, RetryPolicy, SplitMix64};
use crate::venues::{Stream, StreamKind};

/// How long the venue has to confirm a subscription.
pub const CONFIRMATION_DEADLINE_MS: u64 = 10_000;

/// Requests of one stream whose late confirmation still counts.
const REQUESTS_REMEMBERED: usize = 4;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SubscriptionState {
    /// Wanted; `requested_at_ms` is `None` until a request has gone out.
    Pending {
        requested_at_ms: Option<u64>,
    },
    Active {
        confirmed_at_ms: u64,
    },
    /// Refused or not confirmed in time; the next request is due at `retry_at_ms`.
    Failed {
        error: String,
        retry_at_ms: u64,
    },
}

/// One wanted stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    pub state: SubscriptionState,
    /// Failures since it was last active.
    pub retry_count: u32,
    /// When its last message arrived (its confirmation counts as one); `None` while never active on this connection.
    pub touched_at_ms: Option<u64>,
    /// Of this connection, newest last.
    request_ids: VecDeque<u64>,
    reported_stale: bool,
}

impl Subscription {
    fn new() -> Self {
        let state = SubscriptionState::Pending { requested_at_ms: None };
        Self { state, retry_count: 0, touched_at_ms: None, request_ids: VecDeque::new(), reported_stale: false }
    }

    /// Requests of this connection whose confirmation would count.
    pub fn request_count(&self) -> usize {
        self.request_ids.len()
    }
}

/// What an acknowledgement or a deadline changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub stream: Stream,
    /// `Err`: why it failed; it will be tried again.
    pub result: Result<(), String>,
}

#[derive(Debug)]
pub struct Subscriptions {
    wanted: BTreeMap<Stream, Subscription>,
    policy: Exponential,
    rng: SplitMix64,
}

impl Subscriptions {
    pub fn new(rng: SplitMix64) -> Self {
        Self { wanted: BTreeMap::new(), policy: Exponential::connection(), rng }
    }

    /// Wants a stream. False when it is wanted already.
    pub fn want(&mut self, stream: Stream, _now_ms: u64) -> bool {
        let is_new = !self.wanted.contains_key(&stream);
        self.wanted.entry(stream).or_insert_with(Subscription::new);
        is_new
    }

    /// No longer wants a stream. True when the venue may know of it, so an unsubscribe must be sent.
    pub fn drop_want(&mut self, stream: &Stream) -> bool {
        self.wanted.remove(stream).is_some_and(|s| !s.request_ids.is_empty())
    }

    /// Streams whose request should be sent now; each stays due until [`sent`](Self::sent).
    pub fn due(&self, now_ms: u64) -> Vec<Stream> {
        let is_due = |s: &Subscription| match s.state {
            SubscriptionState::Pending { requested_at_ms } => requested_at_ms.is_none(),
            SubscriptionState::Active { .. } => false,
            SubscriptionState::Failed { retry_at_ms, .. } => retry_at_ms <= now_ms,
        };
        self.wanted.iter().filter(|(_, s)| is_due(s)).map(|(stream, _)| *stream).collect()
    }

    /// A request with this id has gone out.
    pub fn sent(&mut self, id: u64, stream: &Stream, now_ms: u64) {
        if let Some(subscription) = self.wanted.get_mut(stream) {
            subscription.state = SubscriptionState::Pending { requested_at_ms: Some(now_ms) };
            subscription.request_ids.push_back(id);
            if subscription.request_ids.len() > REQUESTS_REMEMBERED {
                subscription.request_ids.pop_front();
            }
        }
    }

    /// The venue answered request `id`. `None`: not an open request of ours.
    ///
    /// A late confirmation counts, even once the stream was asked for again: the venue does stream then, and may refuse the
    /// second request because of the first.
    pub fn ack(&mut self, id: u64, error: Option<String>, now_ms: u64) -> Option<Change> {
        let (stream, subscription) = self.wanted.iter_mut().find(|(_, s)| s.request_ids.contains(&id))?;
        let superseded = error.is_some() && subscription.request_ids.back() != Some(&id);
        if superseded || matches!(subscription.state, SubscriptionState::Active { .. }) {
            return None;
        }
        let stream = *stream;
        match error {
            None => {
                subscription.state = SubscriptionState::Active { confirmed_at_ms: now_ms };
                subscription.retry_count = 0;
                subscription.touched_at_ms = Some(now_ms);
                subscription.reported_stale = false;
                Some(Change { stream, result: Ok(()) })
            }
            // The deadline was reported already; a late refusal adds nothing.
            Some(_) if matches!(subscription.state, SubscriptionState::Failed { .. }) => None,
            Some(error) => {
                fail(subscription, error.clone(), now_ms, &mut self.policy, &mut self.rng);
                Some(Change { stream, result: Err(error) })
            }
        }
    }

    /// The connection is gone: nothing is confirmed any more, everything wanted is due again.
    pub fn on_disconnect(&mut self) {
        for subscription in self.wanted.values_mut() {
            *subscription = Subscription { retry_count: subscription.retry_count, ..Subscription::new() };
        }
    }

    /// Fails requests that were not confirmed within [`CONFIRMATION_DEADLINE_MS`].
    pub fn tick(&mut self, now_ms: u64) -> Vec<Change> {
        let mut changes = Vec::new();
        for (stream, subscription) in &mut self.wanted {
            let SubscriptionState::Pending { requested_at_ms: Some(requested_at_ms) } = subscription.state else {
                continue;
            };
            if now_ms.saturating_sub(requested_at_ms) >= CONFIRMATION_DEADLINE_MS {
                let error = format!("not confirmed within {CONFIRMATION_DEADLINE_MS} ms");
                fail(subscription, error.clone(), now_ms, &mut self.policy, &mut self.rng);
                changes.push(Change { stream: *stream, result: Err(error) });
            }
        }
        changes
    }

    /// Is everything that is wanted confirmed? True when nothing is wanted.
    pub fn all_active(&self) -> bool {
        self.wanted.values().all(|s| matches!(s.state, SubscriptionState::Active { .. }))
    }

    /// The same for private streams only: what a catch-up has to wait for.
    pub fn private_active(&self) -> bool {
        let private = self.wanted.iter().filter(|(stream, _)| stream.kind.is_private());
        private.into_iter().all(|(_, s)| matches!(s.state, SubscriptionState::Active { .. }))
    }

    /// A message of this stream arrived. True when the stream had been reported stale and is alive again.
    pub fn touched(&mut self, stream: &Stream, now_ms: u64) -> bool {
        let Some(subscription) = self.wanted.get_mut(stream) else { return false };
        subscription.touched_at_ms = Some(now_ms);
        std::mem::take(&mut subscription.reported_stale)
    }

    /// All active streams silent for `threshold_ms` or more, whether or not silence is unusual for their kind.
    pub fn stale(&self, now_ms: u64, threshold_ms: u64) -> Vec<Stream> {
        let silent = |s: &Subscription| is_silent(s, now_ms, threshold_ms);
        self.wanted.iter().filter(|(_, s)| silent(s)).map(|(stream, _)| *stream).collect()
    }

    /// Streams that became stale since the last call, by a threshold for each kind (`None`: silence is normal).
    pub fn newly_stale(&mut self, now_ms: u64, threshold_ms: impl Fn(StreamKind) -> Option<u64>) -> Vec<Stream> {
        let mut found = Vec::new();
        for (stream, subscription) in &mut self.wanted {
            let silent = threshold_ms(stream.kind).is_some_and(|most| is_silent(subscription, now_ms, most));
            if silent && !subscription.reported_stale {
                subscription.reported_stale = true;
                found.push(*stream);
            }
        }
        found
    }

    pub fn get(&self, stream: &Stream) -> Option<&Subscription> {
        self.wanted.get(stream)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&Stream, &Subscription)> {
        self.wanted.iter()
    }
}

fn is_silent(subscription: &Subscription, now_ms: u64, threshold_ms: u64) -> bool {
    matches!(subscription.state, SubscriptionState::Active { .. })
        && subscription.touched_at_ms.is_some_and(|at_ms| now_ms.saturating_sub(at_ms) >= threshold_ms)
}

fn fail(subscription: &mut Subscription, error: String, now_ms: u64, policy: &mut Exponential, rng: &mut SplitMix64) {
    subscription.retry_count = subscription.retry_count.saturating_add(1);
    // The connection policy never gives up; were it given an end, the stream would wait for the next connection.
    let delay_ms = policy.next_delay_ms(subscription.retry_count, rng).unwrap_or(u64::MAX);
    subscription.state = SubscriptionState::Failed { error, retry_at_ms: now_ms.saturating_add(delay_ms) };
}
