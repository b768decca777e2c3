//! Orders of which we do not know what became: the venue is asked until it has said so. Nothing is ever sent again.

use hedgewire_core::decimal::BaseQty;
use hedgewire_core::events::{Event, Fill, OrderReport, OrderStatus, OrderUpdate, VenueOrderId};
use hedgewire_core::orders::Origin;
use hedgewire_core::retry::{Exponential, Jitter, RetryPolicy};
use hedgewire_core::venues::{Lookup, Outcome, Query};

use super::Driver;
use super::requests::Purpose;
use super::unresolved::{Step, Unresolved, Why};
use super::waiting::{as_order, living_update};
use crate::rows::{Level, Row, Verdict};

/// Executions that are looked through for those of one order.
const FILLS_LIMIT: u32 = 2_000;
/// How often all orders are looked through for missing fills.
const CHASE_MS: u64 = 100;
/// After so many rounds without an answer a person is told.
const REPORT_EVERY: u32 = 10;

impl Driver {
    /// Starts asking about an order, unless that is under way for the same reason.
    pub(super) fn investigate(&mut self, mut order: Unresolved) {
        let same = |known: &Unresolved| known.venue_order_id == order.venue_order_id && known.why == order.why;
        if !self.unresolved.iter().any(same) {
            order.id = self.fresh_id();
            order.step = self.first_step(&order);
            self.unresolved.push(order);
        }
    }

    fn first_step(&self, order: &Unresolved) -> Step {
        match order.why {
            Why::MissingFill => Step::Fills,
            _ if self.waiting.contains(&order.venue_order_id) => Step::Waiting,
            _ => Step::Open,
        }
    }

    pub(super) fn tick_unresolved(&mut self, now_ms: u64) {
        if self.next_chase_ms <= now_ms {
            self.next_chase_ms = now_ms + CHASE_MS;
            self.chase_missing_fills(now_ms);
        }
        for index in (0..self.unresolved.len()).rev() {
            let order = &self.unresolved[index];
            if order.asking || order.next_at_ms > now_ms {
                continue;
            }
            if self.is_settled(order) {
                let order = self.unresolved.swap_remove(index);
                self.finished(&order);
                continue;
            }
            let query = match order.step {
                Step::Waiting => {
                    Query::WaitingOrders { instrument: None, venue_order_ids: vec![order.venue_order_id.clone()] }
                }
                Step::Open => {
                    Query::Order { instrument: order.instrument, venue_order_id: order.venue_order_id.clone() }
                }
                Step::Archived => {
                    Query::ArchivedOrder { instrument: order.instrument, venue_order_id: order.venue_order_id.clone() }
                }
                Step::Fills => Query::Fills {
                    instrument: Some(order.instrument),
                    venue_order_id: Some(order.venue_order_id.clone()),
                    since_s: self.lived_since_s(&order.venue_order_id),
                    limit: FILLS_LIMIT,
                },
            };
            let id = order.id;
            self.unresolved[index].asking = true;
            self.read(Purpose::Resolve { order: id }, query);
        }
    }

    /// An order of ours has no execution from before it was registered, clocks apart.
    fn lived_since_s(&self, id: &VenueOrderId) -> Option<u64> {
        let record = self.registry.get_by_venue_id(id).filter(|record| record.origin == Origin::Registered)?;
        Some(record.registered_at.saturating_sub(self.timing.fill_margin_ms * 1_000_000) / 1_000_000_000)
    }

    /// Has a stream told us meanwhile?
    fn is_settled(&self, order: &Unresolved) -> bool {
        let id = &order.venue_order_id;
        let missing = self.registry.get_by_venue_id(id).and_then(|record| record.missing_fill()).is_some();
        match order.why {
            Why::Submit => self.registry.get_by_venue_id(id).is_some() && !self.is_undecided(id),
            Why::MissingFill => !missing,
            Why::Change => !self.changes.contains_key(id),
            Why::Cancel | Why::Vanished { .. } | Why::Silent => self.is_over(id) && !missing,
        }
    }

    pub(super) fn on_resolve_answer(&mut self, id: u64, query: &Query, lookup: Lookup<Vec<Event>>) {
        let Some(index) = self.unresolved.iter().position(|order| order.id == id) else { return };
        let mut order = self.unresolved.swap_remove(index);
        order.asking = false;
        let keep = match (query, lookup) {
            (_, Lookup::Unavailable { reason }) => self.ask_later(&mut order, &reason),
            (Query::Order { .. }, Lookup::Found(events)) => self.lives(&mut order, events),
            (Query::WaitingOrders { .. }, Lookup::Found(events)) => self.waits(&mut order, events),
            (Query::WaitingOrders { .. }, Lookup::NotFound) => {
                order.step = Step::Open;
                true
            }
            (Query::Order { .. }, Lookup::NotFound) => {
                order.step = Step::Archived;
                true
            }
            (Query::ArchivedOrder { .. }, Lookup::Found(events)) => {
                // An archive that keeps orders which never traded says how they ended; of the others the fills do.
                let ended = |report: &OrderReport| report.status.is_terminal() && report.filled.is_zero();
                for event in &events {
                    if let Event::OrderReport(report) = event
                        && ended(report)
                    {
                        self.apply_report(report);
                    }
                }
                order.archived = events.into_iter().find_map(|event| match event {
                    Event::OrderReport(report) => Some(report),
                    _ => None,
                });
                order.step = Step::Fills;
                true
            }
            (Query::ArchivedOrder { .. }, Lookup::NotFound) => {
                order.step = Step::Fills;
                true
            }
            (_, Lookup::Found(events)) => self.fills_known(&mut order, events),
            (_, Lookup::NotFound) => self.fills_known(&mut order, Vec::new()),
        };
        if keep {
            self.unresolved.push(order);
        } else {
            self.finished(&order);
        }
    }

    fn ask_later(&mut self, order: &mut Unresolved, reason: &str) -> bool {
        order.rounds += 1;
        order.step = self.first_step(order);
        let mut policy = Exponential::new(200, 5_000, None, Jitter::Equal);
        let delay_ms = policy.next_delay_ms(order.rounds, &mut self.rng).unwrap_or(5_000);
        order.next_at_ms = self.now_ms() + delay_ms;
        if order.rounds.is_multiple_of(REPORT_EVERY) {
            let text =
                format!("order {} is still unresolved after {} rounds: {reason}", order.venue_order_id.0, order.rounds);
            self.notice(Level::Error, text);
        }
        true
    }

    /// The order waits for its trigger, or did. True: keep asking.
    fn waits(&mut self, order: &mut Unresolved, events: Vec<Event>) -> bool {
        let (mut living, mut refusals) = (None, Vec::new());
        for event in events {
            match event {
                Event::WaitingReport(report) => {
                    let (update, as_order) = (living_update(&report), as_order(&report));
                    living = self.on_waiting_report(report).then_some((update, as_order)).or(living);
                }
                other => refusals.push(other),
            }
        }
        if let Some((update, as_order)) = living {
            self.on_order_update(update);
            // One that was missed in the list and is there: nothing else was asked.
            refusals.push(Event::OrderReport(as_order));
            return order.why != Why::Silent && self.lives(order, refusals);
        }
        order.step = Step::Open;
        true
    }

    /// The order lives. True: keep asking.
    fn lives(&mut self, order: &mut Unresolved, events: Vec<Event>) -> bool {
        order.gone_rounds = 0;
        let is_queued = |event: &Event| matches!(event, Event::OrderReport(one) if one.status == OrderStatus::Queued);
        if events.iter().any(is_queued) {
            return self.ask_later(order, "the venue has not decided on it yet");
        }
        for event in events {
            match event {
                Event::OrderReport(report) => self.apply_report(&report),
                Event::ChangeRefused(refused) => self.on_change_refused(refused),
                _ => {}
            }
        }
        match order.why {
            Why::Submit => {
                let venue_order_id = Some(order.venue_order_id.clone());
                self.late_outcome(order, Verdict::Accepted, venue_order_id, "", "found among the open orders");
                false
            }
            Why::Cancel if self.now_ms() > order.valid_until_ms + self.timing.absent_margin_ms => {
                self.late_outcome(
                    order,
                    Verdict::Rejected,
                    None,
                    "CANCEL_NOT_EFFECTIVE",
                    "the order lives and the cancel is no longer valid",
                );
                false
            }
            Why::Vanished { .. } => false,
            Why::Change if !self.changes.contains_key(&order.venue_order_id) => false,
            Why::Change if self.now_ms() > order.valid_until_ms + self.timing.absent_margin_ms => {
                let reason = "the order lives as it was and the change is no longer valid";
                self.decide_change(&order.venue_order_id, Verdict::Rejected, "MODIFY_NOT_EFFECTIVE", reason);
                false
            }
            Why::Change => self.ask_later(order, "the change is not decided"),
            Why::Cancel | Why::Silent | Why::MissingFill => self.ask_later(order, "the order lives"),
        }
    }

    /// All its fills are known, and it is not among the open orders. True: keep asking.
    fn fills_known(&mut self, order: &mut Unresolved, events: Vec<Event>) -> bool {
        let fills: Vec<Fill> = events
            .into_iter()
            .filter_map(|event| if let Event::Fill(fill) = event { Some(fill) } else { None })
            .collect();
        let traded =
            fills.iter().try_fold(BaseQty::ZERO, |sum, fill| sum.checked_add(fill.quantity)).unwrap_or(BaseQty::ZERO);
        for fill in fills {
            self.on_fill(fill);
        }
        if order.why == Why::MissingFill {
            return !self.is_settled(order) && self.ask_later(order, "the missing fill is not in the archive yet");
        }
        order.gone_rounds += 1;
        let has_traded = !traded.is_zero();
        if order.why == Why::Submit {
            if has_traded {
                let venue_order_id = Some(order.venue_order_id.clone());
                self.late_outcome(order, Verdict::Accepted, venue_order_id, "", "found among the trades");
                order.why = Why::Silent;
            } else if self.now_ms() <= order.valid_until_ms + self.timing.absent_margin_ms {
                return self.ask_later(order, "not found yet, and still valid");
            } else if order.gone_rounds >= 2 {
                self.absent(order);
                return false;
            } else {
                return self.ask_later(order, "not found; asked once more");
            }
        }
        let full =
            self.registry.get_by_venue_id(&order.venue_order_id).is_some_and(|record| record.filled >= record.quantity);
        if !full && order.gone_rounds < 2 {
            // It may have appeared between the questions: only a second round in the same order proves it gone.
            return self.ask_later(order, "not open; asked once more");
        }
        self.close_order(order, full);
        false
    }

    fn absent(&mut self, order: &Unresolved) {
        self.waiting.remove(&order.venue_order_id);
        let now = self.now();
        let reason = "not among the open orders, the archive or the trades after its validity had passed";
        if let Some(client_id) = order.client_id {
            let outcome = Outcome::Rejected { code: 0, reason: reason.into(), due_post_only: false };
            self.registry.outcome(client_id, &outcome, now);
        }
        self.late_outcome(order, Verdict::Rejected, None, "NOT_FOUND_AFTER_WINDOW", reason);
    }

    fn close_order(&mut self, order: &Unresolved, full: bool) {
        self.waiting.remove(&order.venue_order_id);
        let status = if full { OrderStatus::Filled } else { OrderStatus::Canceled };
        if order.why == Why::Cancel {
            self.late_outcome(order, Verdict::Accepted, Some(order.venue_order_id.clone()), "", "the order is over");
        }
        if let Some(client_id) = order.client_id {
            self.registry.settle(client_id);
        }
        let ts_event = order.archived.as_ref().map_or_else(|| self.now(), |report| report.ts_event);
        self.on_order_update(OrderUpdate {
            instrument: order.instrument,
            venue_order_id: order.venue_order_id.clone(),
            client_id: order.client_id,
            status,
            remaining: Some(BaseQty::ZERO),
            terms: order.archived.as_ref().map(OrderReport::terms),
            reason: "found by asking the venue".into(),
            ts_event,
        });
    }

    /// What a query shows of an order, as an update of what we know.
    pub(super) fn apply_report(&mut self, report: &OrderReport) {
        // What a stream said at that moment is the newer one: a list takes its time.
        let known_at = self.registry.get_by_venue_id(&report.venue_order_id).map_or(0, |order| order.terms_at);
        self.on_order_update(OrderUpdate {
            instrument: report.instrument,
            venue_order_id: report.venue_order_id.clone(),
            client_id: report.client_id,
            status: report.status,
            remaining: report.quantity.abs().checked_sub(report.filled.abs()),
            terms: Some(report.terms()).filter(|_| report.ts_event > known_at),
            reason: "found by asking the venue".into(),
            ts_event: report.ts_event,
        });
    }

    fn late_outcome(
        &mut self,
        order: &Unresolved,
        verdict: Verdict,
        venue_order_id: Option<VenueOrderId>,
        code: &str,
        reason: &str,
    ) {
        let ts = self.now();
        let undecided = order.client_id.and_then(|client_id| self.take_undecided(client_id));
        if let Some(ticket) = order.ticket.or(undecided) {
            let (code, reason) = (code.to_owned(), reason.to_owned());
            let (client_id, due_post_only) = (order.client_id, false);
            self.out.push_back(Row::OrderOutcome {
                ticket,
                client_id,
                verdict,
                venue_order_id,
                code,
                reason,
                due_post_only,
                ts,
            });
        }
    }

    fn finished(&mut self, order: &Unresolved) {
        self.adopted.orders.remove(&order.venue_order_id).inspect(|adoption| {
            self.known.put(adoption.client_id, adoption.venue_order_id.clone());
        });
        if let Why::Vanished { sweep: Some(sweep) } = order.why {
            self.vanished_resolved(sweep, &order.venue_order_id);
        }
    }
}
