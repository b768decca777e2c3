//! Commands that change money: registered, announced, sent once, and answered by evidence only.

use hedgewire_core::error::CommandError;
use hedgewire_core::venues::{CancelTarget, Command, Encoded, NewOrder, Outcome, Outcomes, Reply, SocketRole};

use super::Driver;
use super::decisions::refusal;
use super::requests::Job;
use crate::http::HttpOutcome;
use crate::rows::{Level, Row, Ticket, Verdict};

/// A command that waits for its reply.
#[derive(Debug)]
pub(crate) struct PendingAction {
    pub ticket: Ticket,
    pub command: Command,
    pub encoded: Encoded,
    pub sent_ms: u64,
    /// Until when it may wait: for its limit before sending, for its reply after.
    pub deadline_ms: u64,
}

/// The new orders of a command.
pub(super) fn new_orders(command: &Command) -> Vec<&NewOrder> {
    match command {
        Command::Submit(order) | Command::CancelAndPlace { place: order, .. } => vec![order],
        Command::SubmitBatch(orders) => orders.iter().collect(),
        Command::Cancel(_) | Command::CancelAll { .. } | Command::Modify(_) | Command::Account { .. } => Vec::new(),
    }
}

pub(super) fn cancel_targets(command: &Command) -> &[CancelTarget] {
    match command {
        Command::Cancel(targets) => targets,
        Command::CancelAndPlace { cancel, .. } => std::slice::from_ref(cancel),
        Command::Submit(_)
        | Command::SubmitBatch(_)
        | Command::CancelAll { .. }
        | Command::Modify(_)
        | Command::Account { .. } => &[],
    }
}

impl Driver {
    pub(super) fn act(&mut self, ticket: Ticket, command: Command) {
        let now = self.now();
        if let Some(order) = new_orders(&command).into_iter().find(|order| self.knows(order.client_id)) {
            let detail = format!("client order id {} was used before", order.client_id.0);
            self.refuse(ticket, &command, "ORDER_DUPLICATE_CLIENT_ID", &detail);
            return;
        }
        if let Command::Modify(change) = &command
            && let Err(error) = self.may_change(change)
        {
            self.refuse(ticket, &command, error.code, &error.detail);
            return;
        }
        let encoded = match self.venue.encode(&command, now) {
            Ok(encoded) => encoded,
            Err(error) => {
                self.refuse(ticket, &command, error.code, &error.detail);
                return;
            }
        };
        let now_ms = self.now_ms();
        match self.budgets.try_acquire(&*self.venue, encoded.request.limit, encoded.request.weight, now_ms) {
            Ok(()) => {
                if self.register(ticket, &command, &encoded) {
                    self.dispatch(ticket, command, encoded);
                }
            }
            Err(wait_ms) if wait_ms > self.timing.command_wait_ms => {
                self.counters.limited += 1;
                let detail = format!("the venue's {} limit is used up for {wait_ms} ms", encoded.request.limit);
                self.refuse(ticket, &command, "RATE_LIMITED", &detail);
            }
            Err(wait_ms) => {
                self.counters.limited += 1;
                if !self.register(ticket, &command, &encoded) {
                    return;
                }
                let deadline_ms = now_ms.saturating_add(wait_ms);
                self.waiting_actions.push_back(PendingAction {
                    ticket,
                    command,
                    encoded,
                    sent_ms: now_ms,
                    deadline_ms,
                });
            }
        }
    }

    /// Registered before sending: an update that beats the reply finds its order. False: refused, nothing may be sent.
    fn register(&mut self, ticket: Ticket, command: &Command, encoded: &Encoded) -> bool {
        let ts = self.now();
        if let Command::Modify(change) = command {
            self.expect_change(ticket, change);
        }
        for order in new_orders(command) {
            let id =
                encoded.orders.iter().find(|(client_id, _)| *client_id == order.client_id).map(|(_, id)| id.clone());
            let refused = match id {
                Some(id) => match self.remember(order, id.clone()) {
                    Ok(()) => {
                        self.out.push_back(Row::Sent { ticket, client_id: order.client_id, venue_order_id: id, ts });
                        continue;
                    }
                    Err(error) => error,
                },
                None => CommandError {
                    code: "ORDER_WITHOUT_ID",
                    detail: format!("order {} has no venue id", order.client_id.0),
                },
            };
            self.forget_unsent(command);
            self.refuse(ticket, command, refused.code, &refused.detail);
            return false;
        }
        true
    }

    /// Sends by the road that is configured and open. From here on the command is never sent again.
    fn dispatch(&mut self, ticket: Ticket, command: Command, encoded: Encoded) {
        let now_ms = self.now_ms();
        let over_socket =
            self.venue.actions_over_socket() && !encoded.frame.is_empty() && self.is_home(SocketRole::Actions);
        let deadline_ms = now_ms.saturating_add(self.timing.action_reply_ms);
        if over_socket {
            let (id, frame) = (encoded.id, encoded.frame.clone());
            self.actions.insert(id, PendingAction { ticket, command, encoded, sent_ms: now_ms, deadline_ms });
            // A frame that was not taken gives the socket up, which makes this action's outcome unknown.
            self.send_frame(SocketRole::Actions, frame);
            return;
        }
        let request = encoded.request.clone();
        let limit = request.limit;
        let action = Box::new(PendingAction { ticket, command, encoded, sent_ms: now_ms, deadline_ms });
        self.send_request(request, Job::Act { action, limit, sent_ms: now_ms });
    }

    pub(super) fn on_action_http(&mut self, action: PendingAction, outcome: HttpOutcome) {
        match outcome {
            HttpOutcome::Reply(reply) => self.conclude(action, Some(&reply), ""),
            HttpOutcome::Lost { reason } => self.conclude(action, None, &reason),
            HttpOutcome::NotSent { reason } => {
                self.forget_unsent(&action.command);
                self.refuse(action.ticket, &action.command, "NOT_CONNECTED", &reason);
            }
        }
    }

    pub(super) fn on_action_reply(&mut self, id: u64, body: Vec<u8>) {
        let Some(action) = self.actions.remove(&id) else {
            self.notice(Level::Warning, format!("reply to an action that is not waited for (id {id})"));
            return;
        };
        let now_ms = self.now_ms();
        self.counters.order_ms.add(now_ms.saturating_sub(action.sent_ms));
        let reply = Reply { status: 200, retry_after_ms: None, body };
        self.conclude(action, Some(&reply), "");
    }

    pub(super) fn action_replies_lost(&mut self, reason: &str) {
        for (_, action) in std::mem::take(&mut self.actions) {
            self.conclude(action, None, &format!("the action socket was lost before the reply: {reason}"));
        }
    }

    /// The driver ends: what was not sent never will be, and no reply to the rest will be read.
    pub(super) fn end_actions(&mut self, reason: &str) {
        for waiting in std::mem::take(&mut self.waiting_actions) {
            self.forget_unsent(&waiting.command);
            self.refuse(waiting.ticket, &waiting.command, "CLOSED", reason);
        }
        for (_, job) in std::mem::take(&mut self.jobs) {
            if let Job::Act { action, .. } = job {
                self.conclude(*action, None, reason);
            }
        }
        for (_, action) in std::mem::take(&mut self.actions) {
            self.conclude(action, None, reason);
        }
        self.release_changes();
    }

    pub(super) fn tick_actions(&mut self, now_ms: u64) {
        for _ in 0..self.waiting_actions.len() {
            let Some(waiting) = self.waiting_actions.pop_front() else { break };
            if waiting.deadline_ms > now_ms {
                self.waiting_actions.push_back(waiting);
                continue;
            }
            let request = &waiting.encoded.request;
            match self.budgets.try_acquire(&*self.venue, request.limit, request.weight, now_ms) {
                Ok(()) => self.dispatch(waiting.ticket, waiting.command, waiting.encoded),
                Err(wait_ms) if now_ms + wait_ms <= waiting.sent_ms + self.timing.command_wait_ms => {
                    self.waiting_actions.push_back(PendingAction { deadline_ms: now_ms + wait_ms, ..waiting });
                }
                Err(wait_ms) => {
                    let detail = format!("the venue's {} limit is used up for {wait_ms} ms", request.limit);
                    self.forget_unsent(&waiting.command);
                    self.refuse(waiting.ticket, &waiting.command, "RATE_LIMITED", &detail);
                }
            }
        }
        let late: Vec<u64> =
            self.actions.iter().filter(|(_, action)| action.deadline_ms <= now_ms).map(|(id, _)| *id).collect();
        for id in late {
            if let Some(action) = self.actions.remove(&id) {
                let reason = format!("no reply within {} ms", self.timing.action_reply_ms);
                self.conclude(action, None, &reason);
            }
        }
    }

    /// Nothing was sent: said for each order of the command.
    pub(super) fn refuse(&mut self, ticket: Ticket, command: &Command, code: &str, detail: &str) {
        let ts = self.now();
        for client_id in command.subjects() {
            self.out.push_back(Row::OrderOutcome {
                ticket,
                client_id,
                verdict: Verdict::RefusedHere,
                venue_order_id: None,
                code: code.into(),
                reason: detail.into(),
                due_post_only: false,
                ts,
            });
        }
    }

    fn conclude(&mut self, action: PendingAction, reply: Option<&Reply>, lost: &str) {
        let outcomes = self.venue.classify(&action.command, &action.encoded, reply);
        self.settle_outcomes(&action, &outcomes, lost);
    }

    fn settle_outcomes(&mut self, action: &PendingAction, outcomes: &Outcomes, lost: &str) {
        let ts = self.now();
        for (client_id, outcome) in outcomes {
            if let Command::Modify(change) = &action.command {
                self.on_change_outcome(action, change, outcome, lost);
                continue;
            }
            let refused = self.refused_already(*client_id);
            let outcome = refused.as_ref().unwrap_or(outcome);
            let known_id = client_id.and_then(|id| self.known.get(id));
            let (verdict, venue_order_id, code, reason, due_post_only) = match outcome {
                Outcome::Accepted { venue_order_id } => {
                    (Verdict::Accepted, venue_order_id.clone().or(known_id), String::new(), String::new(), false)
                }
                // The order's own messages say the rest, or the venue is asked.
                Outcome::Queued => {
                    self.note_outcome(action, *client_id, outcome);
                    continue;
                }
                Outcome::Rejected { code, reason, due_post_only } => {
                    let (code, reason) = refusal(*code, reason);
                    (Verdict::Rejected, known_id, code, reason, *due_post_only)
                }
                Outcome::Unknown { reason } => {
                    let reason = if lost.is_empty() { reason.clone() } else { lost.to_owned() };
                    (Verdict::Unknown, known_id, String::new(), reason, false)
                }
            };
            let ticket = action.ticket;
            self.out.push_back(Row::OrderOutcome {
                ticket,
                client_id: *client_id,
                verdict,
                venue_order_id,
                code,
                reason,
                due_post_only,
                ts,
            });
            self.note_outcome(action, *client_id, outcome);
        }
    }
}
