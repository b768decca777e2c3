//! Private state by REST: the catch-up after every (re)connection, the fallback while the streams are down, the audit.

use std::collections::BTreeSet;

use hedgewire_core::events::{Event, OrderReport, UnixNanos, VenueOrderId};
use hedgewire_core::orders::Phase as OrderPhase;
use hedgewire_core::session::Input;
use hedgewire_core::venues::{Lookup, Query, SocketRole};

use super::requests::Purpose;
use super::unresolved::{Unresolved, Why};
use super::waiting::as_order;
use super::{Driver, Phase};
use crate::rows::{Level, Row};

/// Fills of one catch-up; more have to be asked for by the caller (the notice says so).
const FILLS_LIMIT: u32 = hedgewire_core::venues::MAX_ROWS;
/// Orders that live are compared with the venue's at least so often, streams or not.
const AUDIT_MS: u64 = 15_000;
const TRY_AGAIN_MS: u64 = 1_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    CatchUp {
        ticket: u64,
    },
    /// While the streams socket is down.
    Fallback,
    Audit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    OpenOrders,
    Fills,
    Positions,
    IsolatedPositions,
    Account,
    WaitingOrders,
}

fn part_of(query: &Query) -> Option<Part> {
    match query {
        Query::OpenOrders { .. } => Some(Part::OpenOrders),
        Query::Fills { .. } => Some(Part::Fills),
        Query::Positions => Some(Part::Positions),
        Query::IsolatedPositions => Some(Part::IsolatedPositions),
        Query::Account => Some(Part::Account),
        Query::WaitingOrders { .. } => Some(Part::WaitingOrders),
        _ => None,
    }
}

#[derive(Debug)]
pub(crate) struct Sweep {
    id: u64,
    kind: Kind,
    started: UnixNanos,
    waiting: BTreeSet<Part>,
    failed: Option<String>,
    open_orders: Vec<OrderReport>,
    vanished: BTreeSet<VenueOrderId>,
    compared: bool,
}

impl Driver {
    /// The session asks for the private state of this connection.
    pub(super) fn start_catch_up(&mut self, ticket: u64) {
        self.sweep_due = None;
        self.start_sweep(Kind::CatchUp { ticket });
    }

    pub(super) fn drop_sweep(&mut self) {
        self.sweep = None;
        self.sweep_due = None;
    }

    fn start_sweep(&mut self, kind: Kind) {
        let since_ns = self.last_private_ns.saturating_sub(self.timing.fill_margin_ms * 1_000_000);
        let mut queries = vec![
            Query::OpenOrders { instrument: None },
            Query::Fills {
                instrument: None,
                venue_order_id: None,
                since_s: Some(since_ns / 1_000_000_000),
                limit: FILLS_LIMIT,
            },
        ];
        if let Kind::CatchUp { .. } = kind {
            queries.extend([Query::Positions, Query::IsolatedPositions, Query::Account]);
        }
        // An order of an earlier session that waits for its trigger is not among the open ones.
        if !self.adopted.orders.is_empty() && !self.venue.capabilities().trigger_sources.is_empty() {
            queries.push(Query::WaitingOrders { instrument: None, venue_order_ids: Vec::new() });
        }
        let id = self.fresh_id();
        self.sweep = Some(Sweep {
            id,
            kind,
            started: self.now(),
            waiting: queries.iter().filter_map(part_of).collect(),
            failed: None,
            open_orders: Vec::new(),
            vanished: BTreeSet::new(),
            compared: false,
        });
        for query in queries {
            self.read(Purpose::Sweep { sweep: id }, query);
        }
    }

    pub(super) fn on_sweep_answer(&mut self, id: u64, query: &Query, lookup: Lookup<Vec<Event>>) {
        let Some(sweep) = self.sweep.as_mut().filter(|sweep| sweep.id == id) else { return };
        let Some(part) = part_of(query) else { return };
        sweep.waiting.remove(&part);
        match lookup {
            Lookup::Found(events) => self.take_part(part, events),
            // "None" of a list is an empty list; of an account or positions it is no answer.
            Lookup::NotFound
                if matches!(part, Part::OpenOrders | Part::Fills | Part::IsolatedPositions | Part::WaitingOrders) => {}
            Lookup::NotFound => self.fail_part(part, "the venue does not know the account"),
            Lookup::Unavailable { reason } => self.fail_part(part, &reason),
        }
        self.advance_sweep();
    }

    fn fail_part(&mut self, part: Part, reason: &str) {
        if let Some(sweep) = &mut self.sweep {
            sweep.failed = Some(format!("{part:?}: {reason}"));
        }
    }

    fn take_part(&mut self, part: Part, events: Vec<Event>) {
        let ts_init = self.now();
        if part == Part::Fills && events.len() >= FILLS_LIMIT as usize {
            self.notice(
                Level::Error,
                format!("more than {FILLS_LIMIT} fills since the last one seen: older ones must be asked for"),
            );
        }
        for event in events {
            match event {
                Event::OrderReport(report) => {
                    if let Some(sweep) = &mut self.sweep {
                        sweep.open_orders.push(report);
                    }
                }
                Event::WaitingReport(report) if self.adopted.orders.contains_key(&report.venue_order_id) => {
                    self.meet_adopted(&as_order(&report));
                    self.on_waiting_report(report);
                }
                Event::Fill(fill) => self.on_fill(fill),
                other => self.out.push_back(Row::Event { event: other, ts_init }),
            }
        }
    }

    /// When open orders and fills are both there, compares them with what we know; then ends when nothing is left.
    fn advance_sweep(&mut self) {
        let Some(sweep) = &mut self.sweep else { return };
        if !sweep.waiting.is_empty() {
            return;
        }
        if let Some(reason) = sweep.failed.clone() {
            let kind = sweep.kind;
            self.sweep = None;
            if let Kind::CatchUp { ticket } = kind {
                self.sweep_due = Some((self.now_ms() + TRY_AGAIN_MS, ticket));
                self.notice(
                    Level::Warning,
                    format!("private state not fetched ({reason}); asking again in {TRY_AGAIN_MS} ms"),
                );
            }
            return;
        }
        if !sweep.compared {
            sweep.compared = true;
            let (id, started, loud) = (sweep.id, sweep.started, matches!(sweep.kind, Kind::CatchUp { .. }));
            let reports = std::mem::take(&mut sweep.open_orders);
            self.compare(id, started, &reports, loud);
        }
        let Some(sweep) = &self.sweep else { return };
        if !sweep.vanished.is_empty() {
            return;
        }
        let kind = sweep.kind;
        self.sweep = None;
        if let Kind::CatchUp { ticket } = kind {
            self.counters.catch_ups += 1;
            let ts = self.now();
            self.out.push_back(Row::CatchUp { reason: "private state fetched".into(), ts });
            self.feed(SocketRole::Streams, Input::CatchUpDone(ticket));
            self.answer_connect_if_ready();
        }
    }

    fn compare(&mut self, sweep_id: u64, started: UnixNanos, reports: &[OrderReport], loud: bool) {
        let ts_init = self.now();
        let mut open = BTreeSet::new();
        for report in reports {
            open.insert(report.venue_order_id.clone());
            self.meet_adopted(report);
            self.apply_report(report);
            if loud {
                let row = self.answer_row(Event::OrderReport(report.clone()), ts_init);
                self.out.push_back(row);
            }
        }
        // Orders that were known to live before the venue was asked and are not there any more.
        let lived = self.registry.open().filter(|order| order.phase == OrderPhase::Open && order.changed_at < started);
        let mut gone: Vec<Unresolved> = lived
            .filter_map(|order| Some((order.client_id, order.instrument, order.venue_order_id.clone()?)))
            .filter(|(_, _, id)| !open.contains(id) && !self.waiting.contains(id))
            .map(|(client_id, instrument, id)| vanished(client_id, instrument, id, sweep_id))
            .collect();
        let lost = self.adopted.orders.values().filter(|adoption| !open.contains(&adoption.venue_order_id));
        let lost = lost.filter(|adoption| self.registry.get_by_venue_id(&adoption.venue_order_id).is_none());
        gone.extend(
            lost.map(|one| vanished(Some(one.client_id), one.instrument, one.venue_order_id.clone(), sweep_id)),
        );
        for order in gone {
            let id = order.venue_order_id.clone();
            if let Some(sweep) = &mut self.sweep {
                sweep.vanished.insert(id);
            }
            self.investigate(order);
        }
    }

    /// An open order of an earlier session enters the registry with what had been applied of it then.
    fn meet_adopted(&mut self, report: &OrderReport) {
        let Some(adoption) = self.adopted.orders.remove(&report.venue_order_id) else { return };
        let now = self.now();
        let filled = hedgewire_core::decimal::BaseQty::from_x18(adoption.filled_x18);
        let known = OrderReport {
            client_id: Some(adoption.client_id),
            filled,
            quantity: report.quantity.abs(),
            ..report.clone()
        };
        self.registry.adopt(&known, now);
    }

    pub(super) fn vanished_resolved(&mut self, sweep_id: u64, venue_order_id: &VenueOrderId) {
        if let Some(sweep) = self.sweep.as_mut().filter(|sweep| sweep.id == sweep_id) {
            sweep.vanished.remove(venue_order_id);
            self.advance_sweep();
        }
    }

    pub(super) fn tick_sweep(&mut self, now_ms: u64) {
        if let Some((at_ms, ticket)) = self.sweep_due
            && at_ms <= now_ms
            && self.sweep.is_none()
        {
            self.sweep_due = None;
            self.start_sweep(Kind::CatchUp { ticket });
            return;
        }
        if self.phase != Phase::Running
            || self.sweep.is_some()
            || self.sweep_due.is_some()
            || now_ms < self.next_poll_ms
        {
            return;
        }
        let alive = self.registry.open().next().is_some() || !self.adopted.orders.is_empty();
        let down = !self.is_open(SocketRole::Streams);
        self.next_poll_ms = now_ms + if down { self.timing.fallback_poll_ms } else { AUDIT_MS };
        if !alive {
            return;
        }
        if down {
            self.counters.fallback_polls += 1;
            self.start_sweep(Kind::Fallback);
        } else if self.streams_home() {
            self.start_sweep(Kind::Audit);
        }
    }
}

fn vanished(
    client_id: Option<hedgewire_core::events::ClientId>,
    instrument: hedgewire_core::events::InstrumentId,
    id: VenueOrderId,
    sweep: u64,
) -> Unresolved {
    Unresolved::new(client_id, instrument, id, Why::Vanished { sweep: Some(sweep) }, None, 0, 0)
}
