//! REST requests: limits before sending, bounded retries of reads, and where each answer goes.

use hedgewire_core::events::InstrumentId;
use hedgewire_core::retry::{Exponential, RetryPolicy};
use hedgewire_core::venues::{Query, Reply, Request};

use super::{Driver, PendingAction};
use crate::http::HttpOutcome;
use crate::rows::{Level, Ticket, Verdict};

/// Requests under way and waiting; more is a caller in a loop.
const MAX_WAITING: usize = 512;
/// What a 429 without Retry-After costs.
const DEFAULT_PENALTY_MS: u64 = 1_000;

/// Why a read is made: where its answer goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Purpose {
    Ask { ticket: Ticket },
    Book { instrument: InstrumentId },
    Sweep { sweep: u64 },
    Resolve { order: u64 },
}

/// A request in flight.
#[derive(Debug)]
pub(crate) enum Job {
    Bootstrap { index: usize, limit: &'static str },
    Read { purpose: Purpose, query: Query, failures: u32, limit: &'static str, sent_ms: u64 },
    Act { action: Box<PendingAction>, limit: &'static str, sent_ms: u64 },
}

/// A read that waits for its limit or its next try.
#[derive(Debug)]
pub(crate) struct Deferred {
    pub at_ms: u64,
    pub purpose: Purpose,
    pub query: Query,
    pub failures: u32,
}

impl Driver {
    pub(super) fn send_request(&mut self, request: Request, job: Job) {
        let id = self.fresh_id();
        self.jobs.insert(id, job);
        let http = self.http.clone();
        self.flights.spawn(async move { (id, http.send(&request).await) });
    }

    /// Asks the venue; the answer reaches `answered`.
    pub(super) fn read(&mut self, purpose: Purpose, query: Query, failures: u32) {
        if self.jobs.len() + self.deferred.len() >= MAX_WAITING {
            let reason = format!("{MAX_WAITING} requests are waiting already");
            self.answered(purpose, &query, hedgewire_core::venues::Lookup::Unavailable { reason });
            return;
        }
        let now = self.now();
        let now_ms = self.now_ms();
        let request = match self.venue.query(&query, now) {
            Ok(request) => request,
            Err(error) => {
                self.refused(purpose, &query, error);
                return;
            }
        };
        match self.limiter.try_acquire(request.limit, request.weight, now_ms) {
            Ok(()) => {
                let limit = request.limit;
                self.send_request(request, Job::Read { purpose, query, failures, limit, sent_ms: now_ms });
            }
            Err(wait_ms) => {
                let at_ms = now_ms.saturating_add(wait_ms);
                self.counters.limited += 1;
                self.deferred.push_back(Deferred { at_ms, purpose, query, failures });
            }
        }
    }

    pub(super) fn release_deferred(&mut self, now_ms: u64) {
        for _ in 0..self.deferred.len() {
            let Some(waiting) = self.deferred.pop_front() else { return };
            if waiting.at_ms <= now_ms {
                self.read(waiting.purpose, waiting.query, waiting.failures);
            } else {
                self.deferred.push_back(waiting);
            }
        }
    }

    pub(super) fn on_http(&mut self, id: u64, outcome: HttpOutcome) {
        let Some(job) = self.jobs.remove(&id) else { return };
        let now_ms = self.now_ms();
        let limit = match &job {
            Job::Bootstrap { limit, .. } | Job::Read { limit, .. } | Job::Act { limit, .. } => *limit,
        };
        self.note_rest(&outcome, limit, now_ms);
        match job {
            Job::Bootstrap { index, .. } => self.on_bootstrap_answer(index, outcome),
            Job::Read { purpose, query, failures, sent_ms, .. } => {
                self.counters.rest_ms.add(now_ms.saturating_sub(sent_ms));
                self.on_read(purpose, query, failures, outcome);
            }
            Job::Act { action, sent_ms, .. } => {
                self.counters.order_ms.add(now_ms.saturating_sub(sent_ms));
                self.on_action_http(*action, outcome);
            }
        }
    }

    fn note_rest(&mut self, outcome: &HttpOutcome, limit: &'static str, now_ms: u64) {
        match outcome {
            HttpOutcome::Reply(Reply { status: 429, retry_after_ms, .. }) => {
                let wait_ms = retry_after_ms.unwrap_or(DEFAULT_PENALTY_MS);
                self.limiter.penalise(limit, now_ms.saturating_add(wait_ms));
                self.counters.throttled += 1;
                self.notice(
                    Level::Warning,
                    format!("the venue throttles us (HTTP 429): no {limit} requests for {wait_ms} ms"),
                );
            }
            HttpOutcome::Reply(reply) => self.counters.rest_available = reply.status < 500,
            HttpOutcome::NotSent { .. } | HttpOutcome::Lost { .. } => self.counters.rest_available = false,
        }
    }

    fn on_read(&mut self, purpose: Purpose, query: Query, failures: u32, outcome: HttpOutcome) {
        use hedgewire_core::venues::Lookup;
        let now = self.now();
        let lookup = match outcome {
            HttpOutcome::Reply(reply) if reply.status == 429 || reply.status >= 500 => {
                Lookup::Unavailable { reason: format!("HTTP {}", reply.status) }
            }
            HttpOutcome::Reply(reply) => self.venue.answer(&query, &reply, now),
            HttpOutcome::NotSent { reason } | HttpOutcome::Lost { reason } => Lookup::Unavailable { reason },
        };
        if let Lookup::Unavailable { .. } = lookup
            && let Some(delay_ms) = Exponential::reads().next_delay_ms(failures + 1, &mut self.rng)
        {
            let at_ms = self.now_ms().saturating_add(delay_ms);
            self.deferred.push_back(Deferred { at_ms, purpose, query, failures: failures + 1 });
            return;
        }
        self.answered(purpose, &query, lookup);
    }

    fn refused(&mut self, purpose: Purpose, query: &Query, error: hedgewire_core::error::CommandError) {
        match purpose {
            Purpose::Ask { ticket } => self.reply(ticket, Verdict::RefusedHere, error.code, &error.detail, Vec::new()),
            other => {
                self.answered(other, query, hedgewire_core::venues::Lookup::Unavailable { reason: error.to_string() })
            }
        }
    }

    fn answered(
        &mut self,
        purpose: Purpose,
        query: &Query,
        lookup: hedgewire_core::venues::Lookup<Vec<hedgewire_core::events::Event>>,
    ) {
        match purpose {
            Purpose::Ask { ticket } => self.on_ask_answer(ticket, query, lookup),
            Purpose::Book { instrument } => self.on_book_answer(instrument, lookup),
            Purpose::Sweep { sweep } => self.on_sweep_answer(sweep, query, lookup),
            Purpose::Resolve { order } => self.on_resolve_answer(order, query, lookup),
        }
    }
}
