//! Private events through the registry: once each, in order, with our own ids.

use std::collections::{BTreeSet, HashMap, VecDeque};

use hedgewire_core::events::{ClientId, Fill, OrderStatus, OrderUpdate, VenueOrderId};
use hedgewire_core::orders::{FillResult, OutcomeResult, Phase, UpdateResult};
use hedgewire_core::venues::{Command, NewOrder, Outcome};

use super::actions::{PendingAction, cancel_targets, new_orders};
use super::unresolved::{Unresolved, Why};
use super::{Driver, Phase as DriverPhase};
use crate::commands::Adoption;
use crate::rows::{Level, Row};

/// Trade ids of earlier sessions; a session cannot need more than a long catch-up shows.
const MAX_ADOPTED_TRADES: usize = 100_000;
/// An order that neither rests nor speaks for so long after it was accepted, or its cancel was, is asked for.
pub(super) const SILENT_MS: u64 = 1_000;

/// Orders of earlier sessions.
#[derive(Debug, Default)]
pub(crate) struct Adopted {
    pub orders: HashMap<VenueOrderId, Adoption>,
    trades: BTreeSet<String>,
    trade_order: VecDeque<String>,
}

impl Adopted {
    fn add(&mut self, adoption: Adoption) {
        for trade_id in &adoption.trade_ids {
            if self.trades.insert(trade_id.clone()) {
                self.trade_order.push_back(trade_id.clone());
            }
        }
        while self.trade_order.len() > MAX_ADOPTED_TRADES
            && let Some(oldest) = self.trade_order.pop_front()
        {
            self.trades.remove(&oldest);
        }
        self.orders.insert(adoption.venue_order_id.clone(), adoption);
    }
}

impl Driver {
    pub(super) fn knows(&self, client_id: ClientId) -> bool {
        self.registry.get(client_id).is_some()
    }

    pub(super) fn client_id_of(&self, venue_order_id: &VenueOrderId) -> Option<ClientId> {
        let registered = self.registry.get_by_venue_id(venue_order_id).and_then(|order| order.client_id);
        registered.or_else(|| self.adopted.orders.get(venue_order_id).map(|adoption| adoption.client_id))
    }

    pub(super) fn adopt(&mut self, adoption: Adoption) {
        self.known.put(adoption.client_id, adoption.venue_order_id.clone());
        self.adopted.add(adoption);
        if self.phase == DriverPhase::Running {
            self.next_poll_ms = 0;
        }
    }

    /// Registers an order. A refusal of the registry means that it must not be sent.
    pub(super) fn remember(
        &mut self,
        order: &NewOrder,
        venue_order_id: VenueOrderId,
    ) -> Result<(), hedgewire_core::error::CommandError> {
        let now = self.now();
        self.registry.register(
            order.client_id,
            venue_order_id.clone(),
            order.instrument,
            order.side,
            order.quantity.abs(),
            now,
        )?;
        if order.trigger.is_some() {
            self.waiting.add(venue_order_id.clone());
        }
        self.known.put(order.client_id, venue_order_id);
        Ok(())
    }

    /// The command provably did not leave: its orders end here.
    pub(super) fn forget_unsent(&mut self, command: &Command) {
        let now = self.now();
        if let Command::Modify(change) = command {
            self.forget_change(&change.venue_order_id);
        }
        for order in new_orders(command) {
            let outcome = Outcome::Rejected { code: 0, reason: "not sent".into(), due_post_only: false };
            self.registry.outcome(order.client_id, &outcome, now);
            self.waits_no_longer(order.client_id);
        }
    }

    pub(super) fn note_outcome(&mut self, action: &PendingAction, client_id: Option<ClientId>, outcome: &Outcome) {
        let now = self.now();
        let new_order =
            new_orders(&action.command).into_iter().find(|order| Some(order.client_id) == client_id).cloned();
        let valid_until_ms = action.encoded.valid_until / 1_000_000;
        if let Some(order) = new_order {
            if let OutcomeResult::Contradiction { reason } = self.registry.outcome(order.client_id, outcome, now) {
                self.notice(Level::Error, format!("order {}: {reason}; the venue is asked", order.client_id.0));
                self.investigate_order(order.client_id, Why::Silent, None, valid_until_ms, 0);
            }
            match outcome {
                Outcome::Unknown { .. } => {
                    self.investigate_order(order.client_id, Why::Submit, Some(action.ticket), valid_until_ms, 200);
                }
                Outcome::Accepted { .. } if is_immediate(&order) => {
                    self.investigate_order(order.client_id, Why::Silent, None, valid_until_ms, SILENT_MS);
                }
                Outcome::Rejected { .. } => self.waits_no_longer(order.client_id),
                Outcome::Queued => self.await_decision(order.client_id, action.ticket, valid_until_ms),
                Outcome::Accepted { .. } => {}
            }
        }
        let of_waiting = match &action.command {
            Command::CancelAll { waiting, .. } => *waiting,
            command => cancel_targets(command).iter().any(|target| target.waiting),
        };
        if of_waiting {
            self.waiting.ask_now();
        }
        let (why, ticket, after_ms) = match outcome {
            // It is over, and the streams say so within the second; else the event is lost.
            Outcome::Accepted { .. } | Outcome::Queued => (Why::Vanished { sweep: None }, None, SILENT_MS),
            Outcome::Unknown { .. } => (Why::Cancel, Some(action.ticket), 200),
            // Mostly because it is over: the streams should have said so before.
            Outcome::Rejected { .. } => (Why::Vanished { sweep: None }, None, 0),
        };
        let next_at_ms = self.now_ms() + after_ms;
        for target in cancel_targets(&action.command).to_vec() {
            if client_id.is_none() || target.client_id == client_id {
                let (instrument, id) = (target.instrument, target.venue_order_id);
                self.investigate(Unresolved::new(
                    target.client_id,
                    instrument,
                    id,
                    why,
                    ticket,
                    valid_until_ms,
                    next_at_ms,
                ));
            }
        }
    }

    fn waits_no_longer(&mut self, client_id: ClientId) {
        if let Some(id) = self.known.get(client_id) {
            self.waiting.remove(&id);
        }
    }

    pub(super) fn investigate_order(
        &mut self,
        client_id: ClientId,
        why: Why,
        ticket: Option<u64>,
        valid_until_ms: u64,
        after_ms: u64,
    ) {
        let Some(order) = self.registry.get(client_id) else { return };
        let Some(venue_order_id) = order.venue_order_id.clone() else { return };
        if why == Why::Silent && order.is_closed() && !order.contradicted {
            return;
        }
        let instrument = order.instrument;
        let next_at_ms = self.now_ms() + after_ms;
        self.investigate(Unresolved::new(
            Some(client_id),
            instrument,
            venue_order_id,
            why,
            ticket,
            valid_until_ms,
            next_at_ms,
        ));
    }

    pub(super) fn on_order_update(&mut self, mut update: OrderUpdate) {
        let ts_init = self.now();
        self.last_private_ns = self.last_private_ns.max(update.ts_event.min(ts_init));
        let client_id = self.client_id_of(&update.venue_order_id);
        let filled = match self.registry.apply_update(&update, ts_init) {
            UpdateResult::Applied { filled, .. } => Some(filled.x18()),
            UpdateResult::Duplicate | UpdateResult::Stale => {
                self.decide_by_record(client_id);
                self.counters.duplicate_updates += 1;
                self.weigh_change(&update.venue_order_id);
                return;
            }
            // No venue of ours assigns ids after the fact; were one to, the registry's `link` claims the event.
            UpdateResult::Foreign | UpdateResult::Buffered => None,
            UpdateResult::Contradiction { client_id, reason } => {
                self.notice(Level::Error, format!("order {}: {reason}; the venue is asked", update.venue_order_id.0));
                if let Some(client_id) = client_id {
                    self.investigate_order(client_id, Why::Silent, None, 0, 0);
                }
                return;
            }
        };
        update.client_id = client_id;
        if update.status == OrderStatus::Queued || self.decide(&update) {
            return;
        }
        let id = update.venue_order_id.clone();
        self.out.push_back(Row::OrderUpdate { update, filled_x18: filled, ts_init });
        self.weigh_change(&id);
    }

    pub(super) fn on_fill(&mut self, mut fill: Fill) {
        let ts_init = self.now();
        self.last_private_ns = self.last_private_ns.max(fill.ts_event.min(ts_init));
        if self.adopted.trades.contains(&fill.trade_id) {
            self.counters.duplicate_fills += 1;
            return;
        }
        let client_id = self.client_id_of(&fill.venue_order_id);
        match self.registry.apply_fill(&fill, ts_init) {
            FillResult::Applied { overfill, contradiction, .. } => {
                if let Some(over) = overfill {
                    self.notice(
                        Level::Error,
                        format!("order {} is filled {over} beyond its quantity", fill.venue_order_id.0),
                    );
                }
                if let Some(reason) = contradiction {
                    self.notice(
                        Level::Error,
                        format!("fill {} of order {}: {reason}", fill.trade_id, fill.venue_order_id.0),
                    );
                }
            }
            FillResult::Duplicate => {
                self.counters.duplicate_fills += 1;
                return;
            }
            // It may have been applied long ago. The receiver, whose orders know their trades, can tell; dropped here it
            // would be lost for ever.
            FillResult::Stale => {
                self.counters.stale_fills += 1;
                self.notice(
                    Level::Warning,
                    format!(
                        "fill {} of order {} is older than what is remembered here: passed on to be compared by its id",
                        fill.trade_id, fill.venue_order_id.0
                    ),
                );
            }
            FillResult::Foreign | FillResult::Buffered => self.counters.foreign_fills += 1,
            FillResult::Invalid(reason) => {
                self.counters.malformed += 1;
                self.notice(
                    Level::Error,
                    format!("fill {} of order {} refused: {reason}", fill.trade_id, fill.venue_order_id.0),
                );
                return;
            }
        }
        fill.client_id = client_id;
        self.decide_by_record(client_id);
        self.tell_fill(fill, ts_init);
    }

    /// Updates that tell of more than the fills do: after a moment's patience the venue is asked for them.
    pub(super) fn chase_missing_fills(&mut self, now_ms: u64) {
        let patience_ns = SILENT_MS * 1_000_000;
        let now = self.now();
        let late: Vec<_> = self
            .registry
            .missing_fills()
            .into_iter()
            .filter(|order| now.saturating_sub(order.changed_at) > patience_ns)
            .filter_map(|order| Some((order.client_id, order.instrument, order.venue_order_id.clone()?)))
            .collect();
        for (client_id, instrument, venue_order_id) in late {
            self.investigate(Unresolved::new(client_id, instrument, venue_order_id, Why::MissingFill, None, 0, now_ms));
        }
    }

    /// Is the order over, as far as the registry knows?
    pub(super) fn is_over(&self, venue_order_id: &VenueOrderId) -> bool {
        self.registry.get_by_venue_id(venue_order_id).is_some_and(|order| order.is_closed() && !order.contradicted)
    }

    pub(super) fn is_undecided(&self, venue_order_id: &VenueOrderId) -> bool {
        let phase = self.registry.get_by_venue_id(venue_order_id).map(|order| order.phase);
        matches!(phase, Some(Phase::Pending | Phase::Unknown))
    }
}

/// It cannot rest: soon after it was accepted it must have spoken.
fn is_immediate(order: &NewOrder) -> bool {
    use hedgewire_core::events::OrderKind::{FillOrKill, ImmediateOrCancel};
    order.trigger.is_none() && matches!(order.kind, ImmediateOrCancel | FillOrKill)
}
