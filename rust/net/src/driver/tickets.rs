//! Callers that wait: every question gets exactly one REPLY, at its deadline at the latest, and at the end of the driver.
//!
//! Orders are answered by outcomes instead; `actions` bounds those.

use std::collections::BTreeMap;

use super::{Driver, Phase};
use crate::commands::ClientCommand;
use crate::rows::{Row, Ticket, Verdict};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Question {
    Connect,
    Subscribe,
    Ask,
}

#[derive(Debug, Clone, Copy)]
struct Waiting {
    question: Question,
    deadline_ms: u64,
    timeout_ms: u64,
}

/// Tickets without an answer.
#[derive(Debug, Default)]
pub(super) struct Tickets {
    open: BTreeMap<Ticket, Waiting>,
}

impl Tickets {
    pub fn is_open(&self, ticket: Ticket) -> bool {
        self.open.contains_key(&ticket)
    }

    fn of(&self, question: Question, due_ms: u64) -> Vec<Ticket> {
        let fits = |waiting: &Waiting| waiting.question == question && waiting.deadline_ms <= due_ms;
        self.open.iter().filter(|(_, waiting)| fits(waiting)).map(|(ticket, _)| *ticket).collect()
    }

    /// Callers of `connect` whose deadline is at `due_ms` or before.
    pub fn connecting(&self, due_ms: u64) -> Vec<Ticket> {
        self.of(Question::Connect, due_ms)
    }
}

impl Driver {
    pub(super) fn promise(&mut self, ticket: Ticket, question: Question, timeout_ms: u64) {
        let deadline_ms = self.now_ms().saturating_add(timeout_ms);
        self.tickets.open.insert(ticket, Waiting { question, deadline_ms, timeout_ms });
    }

    /// Answers a ticket; one that has been answered keeps its answer.
    pub(super) fn reply(&mut self, ticket: Ticket, verdict: Verdict, code: &str, reason: &str, rows: Vec<Row>) {
        if self.tickets.open.remove(&ticket).is_some() {
            self.out.push_back(Row::Reply { ticket, verdict, code: code.into(), reason: reason.into(), rows });
        }
    }

    pub(super) fn tick_tickets(&mut self, now_ms: u64) {
        let overdue = self.tickets.open.iter().filter(|(_, waiting)| waiting.deadline_ms <= now_ms);
        let overdue: Vec<(Ticket, Waiting)> = overdue.map(|(ticket, waiting)| (*ticket, *waiting)).collect();
        for (ticket, Waiting { question, timeout_ms, .. }) in overdue {
            let late = format!("not answered within {timeout_ms} ms");
            match question {
                Question::Connect => {
                    let reason = format!(
                        "not usable within {timeout_ms} ms: {} (from connect)\nhint: the client keeps trying; see the NOTICE and SOCKET rows",
                        self.progress_text()
                    );
                    self.reply(ticket, Verdict::Unavailable, "CONNECT_TIMEOUT", &reason, Vec::new());
                }
                // The stream stays wanted: it comes with the connection.
                Question::Subscribe => self.reply(ticket, Verdict::Unknown, "STREAM_UNCONFIRMED", &late, Vec::new()),
                Question::Ask => self.reply(ticket, Verdict::Unavailable, "VENUE_UNAVAILABLE", &late, Vec::new()),
            }
        }
    }

    fn progress_text(&self) -> String {
        if self.phase == Phase::Running { self.sockets_text() } else { "the venue has not answered".into() }
    }

    /// The driver ends: whoever still waits is told, and so is whoever asked too late to be heard.
    pub(super) fn answer_the_rest(&mut self, unheard: Vec<ClientCommand>) {
        const REASON: &str = "the client was closed";
        for command in unheard {
            match command {
                ClientCommand::Connect { ticket, .. } => self.promise(ticket, Question::Connect, 0),
                ClientCommand::Subscribe { ticket, .. } | ClientCommand::Unsubscribe { ticket, .. } => {
                    self.promise(ticket, Question::Subscribe, 0);
                }
                ClientCommand::Ask { ticket, .. } => self.promise(ticket, Question::Ask, 0),
                ClientCommand::Act { ticket, command } => self.refuse(ticket, &command, "CLOSED", REASON),
                ClientCommand::Adopt(_) | ClientCommand::Health { .. } => {}
            }
        }
        for ticket in self.tickets.open.keys().copied().collect::<Vec<_>>() {
            self.reply(ticket, Verdict::Unavailable, "CLOSED", REASON, Vec::new());
        }
        self.end_actions(REASON);
    }
}
