//! Orders that a venue has taken to decide on later: their command is answered by what their messages, or the venue when
//! asked, say of them.

use hedgewire_core::events::{ClientId, OrderStatus, OrderUpdate};
use hedgewire_core::orders::Phase;
use hedgewire_core::venues::Outcome;

use super::Driver;
use super::actions::new_orders;
use super::private::SILENT_MS;
use super::requests::Job;
use super::unresolved::Why;
use crate::rows::{Row, Ticket, Verdict};

#[derive(Debug)]
pub(crate) enum Undecided {
    /// The reply said that it is queued; this command waits.
    Queued(Ticket),
    /// It was refused before the reply came, for this reason.
    Refused(String),
}

impl Driver {
    /// The reply said that the order is queued; a message may have said more before it.
    pub(super) fn await_decision(&mut self, client_id: ClientId, ticket: Ticket, valid_until_ms: u64) {
        let Some(order) = self.registry.get(client_id) else { return };
        if matches!(order.phase, Phase::Open | Phase::Closed(_)) {
            return self.decided(client_id, ticket, Verdict::Accepted, "");
        }
        self.undecided.insert(client_id, Undecided::Queued(ticket));
        self.investigate_order(client_id, Why::Submit, None, valid_until_ms, SILENT_MS);
    }

    /// A message about an order that was queued answers its command. True: it was a refusal, of which nothing is left to say.
    pub(super) fn decide(&mut self, update: &OrderUpdate) -> bool {
        let Some(client_id) = update.client_id else { return false };
        let refused = update.status == OrderStatus::Rejected;
        if let Some(ticket) = self.take_undecided(client_id) {
            let verdict = if refused { Verdict::Rejected } else { Verdict::Accepted };
            self.decided(client_id, ticket, verdict, if refused { &update.reason } else { "" });
            return refused;
        }
        let waits = refused && self.is_under_way(client_id);
        if waits {
            self.undecided.insert(client_id, Undecided::Refused(update.reason.clone()));
        }
        waits
    }

    /// A refusal that came before the reply is the outcome, whatever the reply says.
    pub(super) fn refused_already(&mut self, client_id: Option<ClientId>) -> Option<Outcome> {
        match self.undecided.remove(&client_id?)? {
            Undecided::Refused(reason) => {
                let due_post_only = self.venue.is_due_post_only(&reason);
                Some(Outcome::Rejected { code: 0, reason, due_post_only })
            }
            queued @ Undecided::Queued(_) => {
                self.undecided.insert(client_id?, queued);
                None
            }
        }
    }

    /// What traded, or is known to have ended, was taken: a message may have been overtaken by its fill.
    pub(super) fn decide_by_record(&mut self, client_id: Option<ClientId>) {
        let Some(client_id) = client_id else { return };
        let phase = self.registry.get(client_id).map(|order| order.phase);
        if matches!(phase, Some(Phase::Open | Phase::Closed(_)))
            && let Some(ticket) = self.take_undecided(client_id)
        {
            self.decided(client_id, ticket, Verdict::Accepted, "");
        }
    }

    /// The command that still waits for what became of this order.
    pub(super) fn take_undecided(&mut self, client_id: ClientId) -> Option<Ticket> {
        match self.undecided.get(&client_id) {
            Some(Undecided::Queued(ticket)) => {
                let ticket = *ticket;
                self.undecided.remove(&client_id);
                Some(ticket)
            }
            Some(Undecided::Refused(_)) | None => None,
        }
    }

    /// Has the order left, and is its reply still to come?
    fn is_under_way(&self, client_id: ClientId) -> bool {
        let over_rest = self.jobs.values().filter_map(|job| match job {
            Job::Act { action, .. } => Some(&action.command),
            _ => None,
        });
        let mut commands = over_rest.chain(self.actions.values().map(|action| &action.command));
        commands.any(|command| new_orders(command).iter().any(|order| order.client_id == client_id))
    }

    fn decided(&mut self, client_id: ClientId, ticket: Ticket, verdict: Verdict, reason: &str) {
        let ts = self.now();
        let due_post_only = self.venue.is_due_post_only(reason);
        let (code, reason) = refusal(0, reason);
        self.out.push_back(Row::OrderOutcome {
            ticket,
            client_id: Some(client_id),
            verdict,
            venue_order_id: self.known.get(client_id),
            code,
            reason,
            due_post_only,
            ts,
        });
    }
}

/// A refusal's code and reason: the venue's number, and where it has none the word that its reason begins with.
pub(super) fn refusal(code: i64, reason: &str) -> (String, String) {
    if code != 0 {
        return (code.to_string(), reason.to_owned());
    }
    let (word, rest) = reason.split_once(": ").unwrap_or((reason, "refused by the venue"));
    if !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_') {
        return (word.to_owned(), rest.to_owned());
    }
    (String::new(), reason.to_owned())
}
