//! Callers' questions: one ticket, one REPLY, even where the venue needs two requests.

use hedgewire_core::events::{Event, VenueOrderId};
use hedgewire_core::venues::{Lookup, Query};

use super::Driver;
use super::requests::Purpose;
use super::tickets::Question;
use crate::rows::{Row, Ticket, Verdict};

/// Rows of the first half of an answer that waits for its second.
pub(crate) type HalfAnswers = std::collections::HashMap<Ticket, Vec<Event>>;

impl Driver {
    pub(super) fn ask(&mut self, ticket: Ticket, query: Query) {
        self.promise(ticket, Question::Ask, self.timing.ask_timeout_ms);
        self.read(Purpose::Ask { ticket }, query);
    }

    pub(super) fn on_ask_answer(&mut self, ticket: Ticket, query: &Query, lookup: Lookup<Vec<Event>>) {
        if !self.tickets.is_open(ticket) {
            self.half_answers.remove(&ticket);
            return;
        }
        match (query, lookup) {
            // An order that is not open may have traded: only both answers together say that there is none.
            (Query::Order { instrument, venue_order_id }, Lookup::NotFound) => {
                let next = Query::ArchivedOrder { instrument: *instrument, venue_order_id: venue_order_id.clone() };
                self.read(Purpose::Ask { ticket }, next);
            }
            // Half of the positions would read as flat in the other half.
            (Query::Positions, Lookup::Found(events)) => {
                self.half_answers.insert(ticket, events);
                self.read(Purpose::Ask { ticket }, Query::IsolatedPositions);
            }
            (Query::IsolatedPositions, Lookup::Found(events)) => {
                let mut all = self.half_answers.remove(&ticket).unwrap_or_default();
                all.extend(events);
                self.found(ticket, all);
            }
            // Orders that have traded and are open still: as the book has them, not as the archive sums them up.
            (Query::OrderHistory { instrument, .. }, Lookup::Found(events)) => {
                self.half_answers.insert(ticket, events);
                self.read(Purpose::AskOpen { ticket }, Query::OpenOrders { instrument: *instrument });
            }
            (Query::IsolatedPositions, Lookup::NotFound) => {
                let all = self.half_answers.remove(&ticket).unwrap_or_default();
                self.found(ticket, all);
            }
            (_, Lookup::Found(events)) => self.found(ticket, events),
            (_, Lookup::NotFound) => self.reply(ticket, Verdict::NotFound, "", "", Vec::new()),
            (_, Lookup::Unavailable { reason }) => {
                self.half_answers.remove(&ticket);
                self.reply(ticket, Verdict::Unavailable, "VENUE_UNAVAILABLE", &reason, Vec::new());
            }
        }
    }

    /// The second half of an order history: what is open is not over.
    pub(super) fn on_open_answer(&mut self, ticket: Ticket, lookup: Lookup<Vec<Event>>) {
        let mut past = self.half_answers.remove(&ticket).unwrap_or_default();
        match lookup {
            Lookup::Unavailable { reason } => {
                self.reply(ticket, Verdict::Unavailable, "VENUE_UNAVAILABLE", &reason, Vec::new());
            }
            Lookup::NotFound => self.found(ticket, past),
            Lookup::Found(open) => {
                past.retain(|event| !open.iter().any(|open| order_of(open) == order_of(event)));
                past.extend(open);
                self.found(ticket, past);
            }
        }
    }

    fn found(&mut self, ticket: Ticket, events: Vec<Event>) {
        let ts_init = self.now();
        let mut rows = Vec::with_capacity(events.len());
        for event in events {
            match event {
                Event::ChangeRefused(refused) => self.on_change_refused(refused),
                event => rows.push(self.answer_row(event, ts_init)),
            }
        }
        self.reply(ticket, Verdict::Found, "", "", rows);
    }

    /// Answers carry the same rows as streams, with our client ids where the venue leaves them out.
    pub(super) fn answer_row(&self, event: Event, ts_init: u64) -> Row {
        match event {
            Event::Fill(mut fill) => {
                fill.client_id = fill.client_id.or_else(|| self.client_id_of(&fill.venue_order_id));
                Row::Fill { fill, ts_init }
            }
            Event::WaitingReport(mut report) => {
                report.client_id = report.client_id.or_else(|| self.client_id_of(&report.venue_order_id));
                Row::Event { event: Event::WaitingReport(report), ts_init }
            }
            Event::OrderReport(mut report) => {
                report.client_id = report.client_id.or_else(|| self.client_id_of(&report.venue_order_id));
                Row::Event { event: Event::OrderReport(report), ts_init }
            }
            event => Row::Event { event, ts_init },
        }
    }
}

fn order_of(event: &Event) -> Option<&VenueOrderId> {
    match event {
        Event::OrderReport(report) => Some(&report.venue_order_id),
        _ => None,
    }
}
