//! From `connect` to running sockets: the venue's facts are asked, compared with the configuration, then trusted.

use hedgewire_core::error::{Decision, VenueError};
use hedgewire_core::retry::{Exponential, Jitter, RetryPolicy};

use super::requests::Job;
use super::tickets::Question;
use super::{Driver, Phase};
use crate::http::HttpOutcome;
use crate::rows::{Level, Row, Ticket, Verdict};

impl Driver {
    pub(super) fn connect(&mut self, ticket: Ticket, timeout_ms: u64) {
        self.promise(ticket, Question::Connect, timeout_ms);
        match self.phase {
            Phase::Idle => {
                self.phase = Phase::Bootstrapping;
                self.bootstrap_failures = 0;
                self.bootstrap_step(0);
            }
            Phase::Bootstrapping => {}
            Phase::Running => self.answer_connect_if_ready(),
        }
    }

    fn bootstrap_step(&mut self, index: usize) {
        let Some(request) = self.venue.bootstrap().into_iter().nth(index) else {
            self.bootstrapped();
            return;
        };
        // The few requests of a start are never delayed; they still count against what follows.
        let now_ms = self.now_ms();
        let limit = request.limit;
        if self.budgets.try_acquire(&*self.venue, limit, request.weight, now_ms).is_err() {
            self.counters.limited += 1;
        }
        self.send_request(request, Job::Bootstrap { index, limit });
    }

    pub(super) fn on_bootstrap_answer(&mut self, index: usize, outcome: HttpOutcome) {
        if self.phase != Phase::Bootstrapping {
            return;
        }
        let now = self.now();
        let source = self.venue.bootstrap().into_iter().nth(index).map_or_else(String::new, |request| request.url);
        let failed = match outcome {
            HttpOutcome::Reply(reply) if reply.status == 429 || reply.status >= 500 => Some(VenueError::unavailable(
                "venue not available",
                &format!("HTTP {}", reply.status),
                &source,
                "the venue may be in maintenance; it is asked again until the deadline",
            )),
            HttpOutcome::Reply(reply) => self.venue.on_bootstrap(index, &reply, now).err(),
            HttpOutcome::NotSent { reason } | HttpOutcome::Lost { reason } => Some(VenueError::unavailable(
                "venue not reachable",
                &reason,
                &source,
                "check the address, the network and the venue's status page",
            )),
        };
        match failed {
            None => self.bootstrap_step(index + 1),
            Some(error) if error.decision == Decision::Retry => self.bootstrap_again(&error),
            Some(error) => {
                self.phase = Phase::Idle;
                self.answer_connect(Verdict::Rejected, "CONFIG_CONTRADICTED", &error.to_string());
            }
        }
    }

    fn bootstrap_again(&mut self, error: &VenueError) {
        self.bootstrap_failures += 1;
        let mut policy = Exponential::new(500, 5_000, None, Jitter::Equal);
        let delay_ms = policy.next_delay_ms(self.bootstrap_failures, &mut self.rng).unwrap_or(5_000);
        let at_ms = self.now_ms().saturating_add(delay_ms);
        for ticket in self.tickets.connecting(at_ms) {
            self.reply(ticket, Verdict::Unavailable, "VENUE_UNAVAILABLE", &error.to_string(), Vec::new());
        }
        if self.tickets.connecting(u64::MAX).is_empty() {
            self.phase = Phase::Idle;
            return;
        }
        self.notice(Level::Warning, format!("{error} (try {}, again in {delay_ms} ms)", self.bootstrap_failures));
        self.bootstrap_at_ms = Some(at_ms);
    }

    fn bootstrapped(&mut self) {
        self.phase = Phase::Running;
        for instrument in self.venue.instruments() {
            self.out.push_back(Row::Instrument(Box::new(instrument.clone())));
        }
        self.start_sockets();
        self.answer_connect_if_ready();
    }

    pub(super) fn tick_bootstrap(&mut self, now_ms: u64) {
        if self.bootstrap_at_ms.is_some_and(|at_ms| at_ms <= now_ms) {
            self.bootstrap_at_ms = None;
            self.bootstrap_step(0);
        }
    }

    /// Usable: every stream confirmed, books in step, private state caught up.
    pub(super) fn answer_connect_if_ready(&mut self) {
        if self.phase == Phase::Running && self.streams_home() {
            self.answer_connect(Verdict::Accepted, "", "");
        }
    }

    fn answer_connect(&mut self, verdict: Verdict, code: &str, reason: &str) {
        for ticket in self.tickets.connecting(u64::MAX) {
            self.reply(ticket, verdict, code, reason, Vec::new());
        }
    }
}
