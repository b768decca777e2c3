//! REST requests: limits before sending, bounded retries of reads, and where each answer goes.

use hedgewire_core::error::CommandError;
use hedgewire_core::events::{Event, InstrumentId, VenueOrderId};
use hedgewire_core::ratelimit::NEVER_MS;
use hedgewire_core::retry::{Exponential, RetryPolicy};
use hedgewire_core::venues::{Cursor, Lookup, Page, Query, Reply, Request};

use super::tickets::Question;
use super::{Driver, Leaving, PendingAction};
use crate::http::HttpOutcome;
use crate::rows::{Level, Ticket, Verdict};

/// Requests under way and waiting; more is a caller in a loop.
const MAX_WAITING: usize = 512;
/// What a 429 without Retry-After costs.
const DEFAULT_PENALTY_MS: u64 = 1_000;

/// Why a read is made: where its answer goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Purpose {
    Ask {
        ticket: Ticket,
    },
    /// The open orders that complete a caller's order history.
    AskOpen {
        ticket: Ticket,
    },
    Book {
        instrument: InstrumentId,
    },
    /// A snapshot to compare the live book with.
    BookAudit {
        instrument: InstrumentId,
    },
    Sweep {
        sweep: u64,
    },
    Resolve {
        order: u64,
    },
    Waiting {
        orders: Vec<VenueOrderId>,
    },
}

/// A request in flight.
#[derive(Debug)]
pub(crate) enum Job {
    Bootstrap { index: usize, limit: &'static str },
    Read { reading: Box<Reading>, limit: &'static str, sent_ms: u64 },
    Act { action: Box<PendingAction>, limit: &'static str, sent_ms: u64 },
    Upkeep { limit: &'static str },
    Listing { position: usize, limit: &'static str },
}

/// A lookup under way: one page at a time, and answered as a whole or not at all.
#[derive(Debug)]
pub(crate) struct Reading {
    purpose: Purpose,
    query: Query,
    page: Option<Cursor>,
    /// What the newer pages held, oldest first.
    newer: Vec<Event>,
    /// Of this page, in a row.
    failures: u32,
}

impl Reading {
    fn new(purpose: Purpose, query: Query) -> Box<Self> {
        Box::new(Self { purpose, query, page: None, newer: Vec::new(), failures: 0 })
    }

    /// Puts an older page before the newer ones. The venue may repeat rows where two pages meet.
    fn add(&mut self, older: Vec<Event>) {
        let mut events = older;
        let edge = &self.newer[..self.newer.len().min(events.len())];
        events.retain(|event| !edge.contains(event));
        events.append(&mut self.newer);
        self.newer = events;
    }
}

/// A read that waits for its limit or its next try.
#[derive(Debug)]
pub(crate) struct Deferred {
    pub at_ms: u64,
    pub reading: Box<Reading>,
}

impl Driver {
    pub(super) fn send_request(&mut self, request: Request, job: Job) {
        let id = self.fresh_id();
        self.jobs.insert(id, job);
        self.leave(id, request);
    }

    /// A private request leaves with the session's token, or waits for it.
    pub(super) fn leave(&mut self, id: u64, mut request: Request) {
        if request.private {
            let now = self.now();
            if !self.venue.authorise(&mut request, now) {
                self.await_session(id, request);
                return;
            }
            self.session.in_flight.insert(id, request.clone());
        }
        self.leaving.push_back(Leaving::Request { id, request });
    }

    /// Asks the venue; the answer reaches `answered`.
    pub(super) fn read(&mut self, purpose: Purpose, query: Query) {
        self.read_page(Reading::new(purpose, query));
    }

    pub(super) fn read_later(&mut self, at_ms: u64, purpose: Purpose, query: Query) {
        self.deferred.push_back(Deferred { at_ms, reading: Reading::new(purpose, query) });
    }

    fn read_page(&mut self, reading: Box<Reading>) {
        if let Purpose::Ask { ticket } | Purpose::AskOpen { ticket } = reading.purpose
            && !self.tickets.is_open(ticket)
        {
            self.half_answers.remove(&ticket);
            return;
        }
        if self.jobs.len() + self.deferred.len() >= MAX_WAITING {
            let reason = format!("{MAX_WAITING} requests are waiting already");
            self.answered(reading.purpose, &reading.query, Lookup::Unavailable { reason });
            return;
        }
        let now = self.now();
        let now_ms = self.now_ms();
        let request = match self.venue.query(&reading.query, reading.page.as_ref(), now) {
            Ok(request) => request,
            Err(error) => {
                self.refused(reading.purpose, &reading.query, error);
                return;
            }
        };
        match self.budgets.try_acquire(&*self.venue, request.limit, request.weight, now_ms) {
            Ok(()) => {
                let limit = request.limit;
                self.send_request(request, Job::Read { reading, limit, sent_ms: now_ms });
            }
            Err(NEVER_MS) => {
                let reason = format!("the question weighs more than the venue's {} limit ever admits", request.limit);
                self.answered(reading.purpose, &reading.query, Lookup::Unavailable { reason });
            }
            Err(wait_ms) => {
                let at_ms = now_ms.saturating_add(wait_ms);
                self.counters.limited += 1;
                self.deferred.push_back(Deferred { at_ms, reading });
            }
        }
    }

    pub(super) fn release_deferred(&mut self, now_ms: u64) {
        for _ in 0..self.deferred.len() {
            let Some(waiting) = self.deferred.pop_front() else { return };
            if waiting.at_ms <= now_ms {
                self.read_page(waiting.reading);
            } else {
                self.deferred.push_back(waiting);
            }
        }
    }

    pub(crate) fn on_http(&mut self, id: u64, outcome: HttpOutcome) {
        if self.goes_again(id, &outcome) {
            return;
        }
        let Some(job) = self.jobs.remove(&id) else { return };
        let now_ms = self.now_ms();
        let limit = match &job {
            Job::Bootstrap { limit, .. }
            | Job::Read { limit, .. }
            | Job::Act { limit, .. }
            | Job::Upkeep { limit }
            | Job::Listing { limit, .. } => *limit,
        };
        self.note_rest(&outcome, limit, now_ms);
        match job {
            Job::Bootstrap { index, .. } => self.on_bootstrap_answer(index, outcome),
            Job::Upkeep { .. } => self.on_upkeep_answer(outcome),
            Job::Listing { position, .. } => self.on_listing_answer(position, outcome),
            Job::Read { reading, sent_ms, .. } => {
                self.counters.rest_ms.add(now_ms.saturating_sub(sent_ms));
                self.on_read(reading, outcome);
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
                self.budgets.penalise(&*self.venue, limit, now_ms.saturating_add(wait_ms));
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

    fn on_read(&mut self, mut reading: Box<Reading>, outcome: HttpOutcome) {
        let now = self.now();
        let lookup = match outcome {
            HttpOutcome::Reply(reply) if reply.status == 429 || reply.status >= 500 => {
                Lookup::Unavailable { reason: format!("HTTP {}", reply.status) }
            }
            HttpOutcome::Reply(reply) => self.venue.answer(&reading.query, reading.page.as_ref(), &reply, now),
            HttpOutcome::NotSent { reason } | HttpOutcome::Lost { reason } => Lookup::Unavailable { reason },
        };
        let answer = match lookup {
            Lookup::Found(Page { events, next }) => {
                reading.add(events);
                if next.is_some() {
                    // The deadline is each page's; `read_page` leaves a caller alone that has its answer already.
                    if let Purpose::Ask { ticket } | Purpose::AskOpen { ticket } = reading.purpose
                        && self.tickets.is_open(ticket)
                    {
                        self.promise(ticket, Question::Ask, self.timing.ask_timeout_ms);
                    }
                    reading.page = next;
                    reading.failures = 0;
                    return self.read_page(reading);
                }
                Lookup::Found(std::mem::take(&mut reading.newer))
            }
            // Nothing older: what the newer pages held is the answer.
            Lookup::NotFound if !reading.newer.is_empty() => Lookup::Found(std::mem::take(&mut reading.newer)),
            Lookup::NotFound => Lookup::NotFound,
            Lookup::Unavailable { reason } => {
                reading.failures += 1;
                if let Some(delay_ms) = Exponential::reads().next_delay_ms(reading.failures, &mut self.rng) {
                    let at_ms = self.now_ms().saturating_add(delay_ms);
                    self.deferred.push_back(Deferred { at_ms, reading });
                    return;
                }
                Lookup::Unavailable { reason }
            }
        };
        self.answered(reading.purpose, &reading.query, answer);
    }

    fn refused(&mut self, purpose: Purpose, query: &Query, error: CommandError) {
        match purpose {
            Purpose::Ask { ticket } => self.reply(ticket, Verdict::RefusedHere, error.code, &error.detail, Vec::new()),
            other => self.answered(other, query, Lookup::Unavailable { reason: error.to_string() }),
        }
    }

    fn answered(&mut self, purpose: Purpose, query: &Query, lookup: Lookup<Vec<Event>>) {
        match purpose {
            Purpose::Ask { ticket } => self.on_ask_answer(ticket, query, lookup),
            Purpose::AskOpen { ticket } => self.on_open_answer(ticket, lookup),
            Purpose::Book { instrument } => self.on_book_answer(instrument, lookup),
            Purpose::BookAudit { instrument } => self.on_book_audit_answer(instrument, lookup),
            Purpose::Sweep { sweep } => self.on_sweep_answer(sweep, query, lookup),
            Purpose::Resolve { order } => self.on_resolve_answer(order, query, lookup),
            Purpose::Waiting { orders } => self.on_waiting_answer(orders, lookup),
        }
    }
}
