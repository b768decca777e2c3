//! Orders that wait at the venue for their trigger. Not every venue's streams tell of them: while there are any, the venue is
//! asked.

use std::collections::BTreeSet;

use hedgewire_core::decimal::BaseQty;
use hedgewire_core::events::{Event, OrderReport, OrderStatus, OrderUpdate, Terms, VenueOrderId};
use hedgewire_core::orders::Phase;
use hedgewire_core::venues::{Lookup, Query};
use hedgewire_core::waiting::{WaitingReport, WaitingState};

use super::requests::Purpose;
use super::unresolved::{Unresolved, Why};
use super::{Driver, Phase as DriverPhase};
use crate::rows::Row;

/// How often they are asked for.
const POLL_MS: u64 = 1_000;
/// Ids of one question; more take turns.
const MAX_IDS: usize = 100;

/// The orders of ours that wait, as far as is known, from before they are sent.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    orders: BTreeSet<VenueOrderId>,
    asking: bool,
    next_ms: u64,
    /// Where the next turn begins.
    after: Option<VenueOrderId>,
}

impl Waiting {
    pub fn add(&mut self, id: VenueOrderId) {
        self.orders.insert(id);
    }

    pub fn remove(&mut self, id: &VenueOrderId) {
        self.orders.remove(id);
    }

    pub fn contains(&self, id: &VenueOrderId) -> bool {
        self.orders.contains(id)
    }

    pub fn ask_now(&mut self) {
        self.next_ms = 0;
    }

    fn turn(&mut self, is_placed: impl Fn(&VenueOrderId) -> bool) -> Vec<VenueOrderId> {
        let later = self.orders.iter().filter(|id| self.after.as_ref().is_none_or(|after| *id > after));
        let earlier = self.orders.iter().filter(|id| self.after.as_ref().is_some_and(|after| *id <= after));
        let turn: Vec<_> = later.chain(earlier).filter(|id| is_placed(id)).take(MAX_IDS).cloned().collect();
        self.after = turn.last().cloned();
        turn
    }
}

impl Driver {
    pub(super) fn tick_waiting(&mut self, now_ms: u64) {
        if self.phase != DriverPhase::Running || self.waiting.asking || now_ms < self.waiting.next_ms {
            return;
        }
        let registry = &self.registry;
        // Of one whose placement is not decided an absence says nothing yet.
        let is_placed = |id: &VenueOrderId| {
            registry.get_by_venue_id(id).is_some_and(|order| !matches!(order.phase, Phase::Pending | Phase::Unknown))
        };
        let turn = self.waiting.turn(is_placed);
        if !turn.is_empty() {
            self.waiting.asking = true;
            let purpose = Purpose::Waiting { orders: turn.clone() };
            self.read(purpose, Query::WaitingOrders { instrument: None, venue_order_ids: turn });
        }
    }

    pub(super) fn on_waiting_answer(&mut self, asked: Vec<VenueOrderId>, lookup: Lookup<Vec<Event>>) {
        self.waiting.asking = false;
        self.waiting.next_ms = self.now_ms() + POLL_MS;
        let events = match lookup {
            Lookup::Found(events) => events,
            Lookup::NotFound => Vec::new(),
            Lookup::Unavailable { .. } => return,
        };
        let mut gone: BTreeSet<VenueOrderId> = asked.into_iter().collect();
        for event in events {
            if let Event::WaitingReport(report) = event {
                gone.remove(&report.venue_order_id);
                self.on_waiting_report(report);
            }
        }
        // Not in the list, which may lag: asked for one by one, everywhere, before anything is said of them.
        let now_ms = self.now_ms();
        for id in gone {
            let known = self.registry.get_by_venue_id(&id).map(|order| (order.client_id, order.instrument));
            match known {
                Some((client_id, instrument)) if !self.is_over(&id) => {
                    self.investigate(Unresolved::new(client_id, instrument, id, Why::Silent, None, 0, now_ms));
                }
                _ => self.waiting.remove(&id),
            }
        }
    }

    /// What a stream said of one. That it waits is that it was taken; that it was triggered is news once.
    pub(super) fn on_waiting_told(&mut self, report: WaitingReport) {
        if self.registry.get_by_venue_id(&report.venue_order_id).is_none() {
            return self.pass_on(Event::WaitingReport(report));
        }
        let was_waiting = self.waiting.contains(&report.venue_order_id);
        let living = living_update(&report);
        match report.state {
            WaitingState::Waiting | WaitingState::Slicing => {
                self.on_waiting_report(report);
                self.on_order_update(living);
            }
            WaitingState::Triggered | WaitingState::Sliced if !was_waiting => {}
            _ => {
                self.on_waiting_report(report);
            }
        }
    }

    /// True: it waits still.
    pub(super) fn on_waiting_report(&mut self, mut report: WaitingReport) -> bool {
        let id = report.venue_order_id.clone();
        let status = match report.state {
            WaitingState::Waiting | WaitingState::Slicing => {
                self.waiting.add(id);
                return true;
            }
            // What became of it in the book, the private streams and the audit tell.
            WaitingState::Triggered | WaitingState::Sliced => None,
            WaitingState::Canceled => Some(OrderStatus::Canceled),
            WaitingState::Expired => Some(OrderStatus::Expired),
            WaitingState::Failed => Some(OrderStatus::Rejected),
        };
        self.waiting.remove(&id);
        report.client_id = report.client_id.or_else(|| self.client_id_of(&id));
        let ts_init = self.now();
        self.out.push_back(Row::Event { event: Event::WaitingReport(report.clone()), ts_init });
        if let Some(status) = status {
            self.on_order_update(OrderUpdate {
                instrument: report.instrument,
                venue_order_id: id,
                client_id: report.client_id,
                status,
                remaining: None,
                terms: None,
                reason: report.reason,
                ts_event: report.ts_event,
            });
        }
        false
    }
}

/// That a waiting order lives, and on which terms.
pub(super) fn living_update(report: &WaitingReport) -> OrderUpdate {
    let trigger_price = report.trigger.as_ref().map(|trigger| trigger.price);
    OrderUpdate {
        instrument: report.instrument,
        venue_order_id: report.venue_order_id.clone(),
        client_id: report.client_id,
        status: OrderStatus::Accepted,
        remaining: Some(report.quantity),
        terms: Some(Terms { quantity: report.quantity, price: report.price, trigger_price }),
        reason: String::new(),
        ts_event: report.ts_event,
    }
}

/// A waiting order as an order that lives and has not traded.
pub(super) fn as_order(report: &WaitingReport) -> OrderReport {
    OrderReport {
        instrument: report.instrument,
        venue_order_id: report.venue_order_id.clone(),
        client_id: report.client_id,
        side: report.side,
        kind: report.kind,
        status: OrderStatus::Accepted,
        price: report.price,
        quantity: report.quantity,
        filled: BaseQty::ZERO,
        average_price: None,
        reduce_only: report.reduce_only,
        expires_s: report.expires_s,
        ts_accepted: report.ts_accepted,
        ts_event: report.ts_event,
    }
}
