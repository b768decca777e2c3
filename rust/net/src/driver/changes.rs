//! Changes of living orders: one at a time for each, and decided by what the venue says of the order, or of the change.

use std::collections::HashMap;

use hedgewire_core::error::CommandError;
use hedgewire_core::events::{ChangeRefused, ClientId, Fill, Terms, UnixNanos, VenueOrderId};
use hedgewire_core::orders::Phase;
use hedgewire_core::venues::{Change, Outcome};

use super::actions::PendingAction;
use super::decisions::refusal;
use super::private::SILENT_MS;
use super::unresolved::{Unresolved, Why};
use super::{Driver, Row};
use crate::rows::{Ticket, Verdict};

pub(crate) type Changes = HashMap<VenueOrderId, PendingChange>;

/// A change that the venue has not decided, as far as is known.
#[derive(Debug)]
pub(crate) struct PendingChange {
    ticket: Ticket,
    client_id: Option<ClientId>,
    asked: Terms,
    /// Fills that end the order or do not, by what becomes of the change: told after that.
    held: Vec<Row>,
}

impl Driver {
    /// Only what surely lives is changed, and only once at a time: of two changes it could not be told which one was made.
    pub(super) fn may_change(&self, change: &Change) -> Result<(), CommandError> {
        let id = &change.venue_order_id;
        let refuse = |code: &'static str, why: &str| Err(CommandError { code, detail: format!("{}: {why}", id.0) });
        let phase = self.registry.get_by_venue_id(id).map(|order| order.phase);
        match phase {
            None => refuse("ORDER_UNKNOWN", "it was not placed from here"),
            Some(Phase::Closed(_)) => refuse("ORDER_CLOSED", "it has ended"),
            Some(Phase::Pending | Phase::Unknown) => refuse("ORDER_NOT_OPEN", "the venue has not confirmed it yet"),
            Some(Phase::Open) if self.changes.contains_key(id) => refuse("MODIFY_PENDING", "one change runs at a time"),
            Some(Phase::Open) => Ok(()),
        }
    }

    /// Noted before it is sent: a message that is faster than the reply finds it.
    pub(super) fn expect_change(&mut self, ticket: Ticket, change: &Change) {
        self.registry.expect_change(&change.venue_order_id, change.terms.quantity);
        let (client_id, asked, held) = (change.client_id, change.terms, Vec::new());
        self.changes.insert(change.venue_order_id.clone(), PendingChange { ticket, client_id, asked, held });
    }

    /// It provably did not leave.
    pub(super) fn forget_change(&mut self, id: &VenueOrderId) {
        if let Some(pending) = self.end_change(id) {
            self.out.extend(pending.held);
        }
    }

    /// What the reply said. A message about the order may have said more before it.
    pub(super) fn on_change_outcome(&mut self, action: &PendingAction, change: &Change, outcome: &Outcome, lost: &str) {
        let id = &change.venue_order_id;
        if self.changes.get(id).is_none_or(|pending| pending.ticket != action.ticket) {
            return;
        }
        let why = match outcome {
            Outcome::Accepted { .. } => return self.decide_change(id, Verdict::Accepted, "", ""),
            Outcome::Rejected { code, reason, .. } => {
                let (code, reason) = refusal(*code, reason);
                self.decide_change(id, Verdict::Rejected, &code, &reason);
                // Mostly because it is over: the streams should have said so before.
                (Why::Vanished { sweep: None }, 0)
            }
            Outcome::Queued => (Why::Change, SILENT_MS),
            Outcome::Unknown { reason } => {
                let reason = if lost.is_empty() { reason } else { lost };
                self.tell_change(action.ticket, change.client_id, id, Verdict::Unknown, "", reason);
                (Why::Change, 200)
            }
        };
        let (valid_until_ms, next_at_ms) = (action.encoded.valid_until / 1_000_000, self.now_ms() + why.1);
        let (client_id, instrument, id) = (change.client_id, change.instrument, id.clone());
        self.investigate(Unresolved::new(client_id, instrument, id, why.0, None, valid_until_ms, next_at_ms));
    }

    /// Does what is known of the order decide its change?
    pub(super) fn weigh_change(&mut self, id: &VenueOrderId) {
        let Some(pending) = self.changes.get(id) else { return };
        let Some(order) = self.registry.get_by_venue_id(id) else { return };
        if order.terms.is_some_and(|terms| is_made(&pending.asked, &terms)) {
            self.decide_change(id, Verdict::Accepted, "", "");
        } else if order.is_closed() {
            self.decide_change(id, Verdict::Rejected, "ORDER_CLOSED", "the order ended before the change was made");
        }
    }

    pub(super) fn on_change_refused(&mut self, refused: ChangeRefused) {
        let id = &refused.venue_order_id;
        if self.registry.note_refused_change(id, &refused.request) {
            self.decide_change(id, Verdict::Rejected, &refused.reason, "the venue took the change and refused it");
        }
    }

    pub(super) fn decide_change(&mut self, id: &VenueOrderId, verdict: Verdict, code: &str, reason: &str) {
        let Some(pending) = self.end_change(id) else { return };
        self.out.extend(pending.held);
        self.tell_change(pending.ticket, pending.client_id, id, verdict, code, reason);
    }

    /// Tells a fill, unless it depends on a change that is not decided whether the order goes on after it.
    pub(super) fn tell_fill(&mut self, fill: Fill, ts_init: UnixNanos) {
        let order = self.registry.get_by_venue_id(&fill.venue_order_id).map(|order| (order.filled, order.quantity));
        let pending = self.changes.get_mut(&fill.venue_order_id);
        let row = Row::Fill { fill, ts_init };
        match (pending, order) {
            (Some(pending), Some((filled, quantity))) if filled >= quantity.min(pending.asked.quantity) => {
                pending.held.push(row);
            }
            _ => self.out.push_back(row),
        }
    }

    /// The driver ends: what was held is told all the same.
    pub(super) fn release_changes(&mut self) {
        for (_, pending) in std::mem::take(&mut self.changes) {
            self.out.extend(pending.held);
        }
    }

    fn end_change(&mut self, id: &VenueOrderId) -> Option<PendingChange> {
        let pending = self.changes.remove(id)?;
        let now = self.now();
        self.registry.end_change(id, now);
        Some(pending)
    }

    fn tell_change(
        &mut self,
        ticket: Ticket,
        client_id: Option<ClientId>,
        id: &VenueOrderId,
        verdict: Verdict,
        code: &str,
        reason: &str,
    ) {
        let (venue_order_id, code, reason) = (Some(id.clone()), code.to_owned(), reason.to_owned());
        let (due_post_only, ts) = (false, self.now());
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

/// What an order does not have is not compared.
fn is_made(asked: &Terms, terms: &Terms) -> bool {
    let same_price = terms.price.is_zero() || asked.price == terms.price;
    let same_trigger = asked.trigger_price.is_none() || asked.trigger_price == terms.trigger_price;
    asked.quantity == terms.quantity && same_price && same_trigger
}
