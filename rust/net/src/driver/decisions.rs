//! Orders that a venue has taken to decide on later: their command is answered by what their messages, or the venue when
//! asked, say of them.

use hedgewire_core::events::{ClientId, OrderStatus, OrderUpdate};
use hedgewire_core::orders::Phase;

use super::Driver;
use super::private::SILENT_MS;
use super::unresolved::Why;
use crate::rows::{Row, Ticket, Verdict};

impl Driver {
    /// The reply said that the order is queued; a message may have said more before it.
    pub(super) fn await_decision(&mut self, client_id: ClientId, ticket: Ticket, valid_until_ms: u64) {
        let Some(order) = self.registry.get(client_id) else { return };
        match order.phase {
            Phase::Pending | Phase::Unknown => {
                self.undecided.insert(client_id, ticket);
                self.investigate_order(client_id, Why::Submit, None, valid_until_ms, SILENT_MS);
            }
            Phase::Closed(OrderStatus::Rejected) => self.decided(client_id, ticket, Verdict::Rejected, "rejected"),
            Phase::Open | Phase::Closed(_) => self.decided(client_id, ticket, Verdict::Accepted, ""),
        }
    }

    /// A message about an order that was queued answers its command. True: it was a refusal, of which nothing is left to say.
    pub(super) fn decide(&mut self, update: &OrderUpdate) -> bool {
        let Some(client_id) = update.client_id else { return false };
        let Some(ticket) = self.undecided.remove(&client_id) else { return false };
        let refused = update.status == OrderStatus::Rejected;
        let (verdict, reason) =
            if refused { (Verdict::Rejected, update.reason.as_str()) } else { (Verdict::Accepted, "") };
        self.decided(client_id, ticket, verdict, reason);
        refused
    }

    /// What traded, or is known to have ended, was taken: a message may have been overtaken by its fill.
    pub(super) fn decide_by_record(&mut self, client_id: Option<ClientId>) {
        let Some(client_id) = client_id else { return };
        let phase = self.registry.get(client_id).map(|order| order.phase);
        if matches!(phase, Some(Phase::Open | Phase::Closed(_)))
            && let Some(ticket) = self.undecided.remove(&client_id)
        {
            self.decided(client_id, ticket, Verdict::Accepted, "");
        }
    }

    fn decided(&mut self, client_id: ClientId, ticket: Ticket, verdict: Verdict, reason: &str) {
        let ts = self.now();
        self.out.push_back(Row::OrderOutcome {
            ticket,
            client_id: Some(client_id),
            verdict,
            venue_order_id: self.known.get(client_id),
            code: String::new(),
            reason: reason.to_owned(),
            due_post_only: self.venue.is_due_post_only(reason),
            ts,
        });
    }
}
