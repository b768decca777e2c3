//! A session that REST requests need: its token is renewed before it ends, and a request that the venue did not look at for
//! want of one leaves again, once.

use std::collections::{BTreeMap, VecDeque};

use hedgewire_core::venues::Request;

use super::requests::Job;
use super::{Driver, Leaving, Phase};
use crate::http::HttpOutcome;
use crate::rows::Level;

/// A request that has no token by then did not leave.
const PATIENCE_MS: u64 = 5_000;

#[derive(Debug, Default)]
pub(crate) struct SessionRequests {
    /// Private requests that are under way, as they left: any of them may be refused for its token.
    pub in_flight: BTreeMap<u64, Request>,
    waiting: VecDeque<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    id: u64,
    request: Request,
    until_ms: u64,
    /// It left before and was refused for its token: once is enough.
    again: bool,
}

impl Driver {
    /// Every caller bounds its own requests, so those that wait here are bounded too.
    pub(super) fn await_session(&mut self, id: u64, request: Request) {
        let until_ms = self.now_ms() + PATIENCE_MS;
        self.session.waiting.push_back(Waiting { id, request, until_ms, again: false });
    }

    /// True: the answer says only that the token was not taken, and the request waits for the next one.
    pub(super) fn goes_again(&mut self, id: u64, outcome: &HttpOutcome) -> bool {
        let Some(request) = self.session.in_flight.remove(&id) else { return false };
        let HttpOutcome::Reply(reply) = outcome else { return false };
        let now = self.now();
        if !self.venue.is_unauthorised(&request, reply, now) {
            return false;
        }
        let until_ms = self.now_ms() + PATIENCE_MS;
        // What follows a second refusal is the caller's, as of every other answer.
        self.session.waiting.push_back(Waiting { id, request, until_ms, again: true });
        self.tick_upkeep();
        true
    }

    pub(super) fn tick_upkeep(&mut self) {
        if self.phase == Phase::Running {
            let now = self.now();
            if let Some(request) = self.venue.upkeep(now) {
                let (limit, now_ms) = (request.limit, self.now_ms());
                // Without a token nothing else is of use: it is never delayed, and counts against what follows.
                if self.budgets.try_acquire(&*self.venue, limit, request.weight, now_ms).is_err() {
                    self.counters.limited += 1;
                }
                self.send_request(request, Job::Upkeep { limit });
            }
        }
        self.release_authorised();
    }

    fn release_authorised(&mut self) {
        let (now, now_ms) = (self.now(), self.now_ms());
        for _ in 0..self.session.waiting.len() {
            let Some(mut waiting) = self.session.waiting.pop_front() else { return };
            if self.venue.authorise(&mut waiting.request, now) {
                if !waiting.again {
                    self.session.in_flight.insert(waiting.id, waiting.request.clone());
                }
                self.leaving.push_back(Leaving::Request { id: waiting.id, request: waiting.request });
            } else if waiting.until_ms <= now_ms {
                // Refused or never sent: either way the venue has not done it.
                self.on_http(
                    waiting.id,
                    HttpOutcome::NotSent { reason: "no session: the venue gives no token".into() },
                );
            } else {
                self.session.waiting.push_back(waiting);
            }
        }
    }

    pub(super) fn on_upkeep_answer(&mut self, outcome: HttpOutcome) {
        let now = self.now();
        let read = match &outcome {
            HttpOutcome::Reply(reply) => self.venue.on_upkeep(Some(reply), now),
            HttpOutcome::NotSent { .. } | HttpOutcome::Lost { .. } => self.venue.on_upkeep(None, now),
        };
        if let Err(error) = read {
            self.notice(Level::Warning, error.to_string());
        }
        self.release_authorised();
    }
}
