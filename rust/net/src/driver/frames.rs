//! Frames in, rows out.

use hedgewire_core::events::{Ack, Event};
use hedgewire_core::session::Input;
use hedgewire_core::venues::{SocketRole, StreamKind};

use super::Driver;
use crate::rows::{Level, Row};

/// Unknown message types are named once each; a venue that invents more than these has changed its protocol.
const MAX_UNKNOWN_KINDS: usize = 32;
/// What an unreadable frame may have said is asked for after so long: once for a burst of them.
const ASK_AFTER_MS: u64 = 1_000;
/// After the first few, every so many malformed frames are reported.
const REPORT_EVERY: u64 = 1_000;

impl Driver {
    pub(super) fn on_frame(&mut self, role: SocketRole, frame: &[u8]) {
        self.counters.frames += 1;
        let now = self.now();
        let mut events = std::mem::take(&mut self.events);
        if let Err(error) = self.venue.decode(role, frame, now, &mut events) {
            self.counters.malformed += 1;
            if role == SocketRole::Streams {
                // It may have been about an order of ours: what it said is asked for, without waiting for the audit.
                self.next_poll_ms = self.next_poll_ms.min(self.now_ms() + ASK_AFTER_MS);
                self.doubt_listing();
            }
            let count = self.counters.malformed;
            if count <= 5 || count.is_multiple_of(REPORT_EVERY) {
                self.notice(
                    Level::Warning,
                    format!("malformed frame of {} bytes (number {count}): {error}", frame.len()),
                );
            }
        }
        for event in events.drain(..) {
            self.on_event(role, event);
        }
        self.events = events;
    }

    fn on_event(&mut self, role: SocketRole, event: Event) {
        match event {
            Event::Book(update) => {
                self.touch(StreamKind::Book, Some(update.instrument), 0);
                self.on_book(update);
            }
            Event::BookLost(lost) => self.restart_book(lost.instrument, lost.reason),
            Event::Quote(quote) => self.market(StreamKind::Quotes, quote.instrument, 0, event),
            Event::BestPrices(_) => {
                self.touch(StreamKind::BestPrices, None, 0);
                self.pass_on(event);
            }
            Event::Trade(ref trade) => self.market(StreamKind::Trades, trade.instrument, 0, event),
            Event::Bar(bar) => self.market(StreamKind::Bars, bar.instrument, bar.granularity_s, event),
            Event::FundingRate(rate) => self.market(StreamKind::FundingRate, rate.instrument, 0, event),
            Event::FundingPayment(ref payment) => {
                self.market(StreamKind::FundingPayments, payment.instrument, 0, event)
            }
            Event::ReferencePrices(prices) => self.market(StreamKind::ReferencePrices, prices.instrument, 0, event),
            Event::Account(_) => {
                self.touch(StreamKind::Account, None, 0);
                self.pass_on(event);
            }
            Event::Liquidation(_)
            | Event::Status(_)
            | Event::OpenInterest(_)
            | Event::Document { .. }
            | Event::ServerTime { .. } => self.pass_on(event),
            Event::WaitingReport(report) => {
                self.touch(StreamKind::Orders, None, 0);
                self.on_waiting_told(report);
            }
            Event::OrderUpdate(update) => {
                self.touch(StreamKind::Orders, None, 0);
                self.on_order_update(update);
            }
            Event::ChangeRefused(refused) => self.on_change_refused(refused),
            Event::Fill(fill) => {
                self.touch(StreamKind::Fills, None, 0);
                self.on_fill(fill);
            }
            Event::Position(_) => {
                self.touch(StreamKind::Positions, None, 0);
                self.pass_on(event);
            }
            Event::OrderReport(_) => self.pass_on(event),
            Event::Ack(ack) => self.on_ack(role, ack),
            Event::ActionReply { id, body } => self.on_action_reply(id, body),
            Event::Unknown { kind } => self.on_unknown(kind),
        }
    }

    fn market(&mut self, kind: StreamKind, instrument: hedgewire_core::events::InstrumentId, param: u32, event: Event) {
        self.touch(kind, Some(instrument), param);
        self.pass_on(event);
    }

    pub(super) fn pass_on(&mut self, event: Event) {
        let ts_init = self.now();
        self.out.push_back(Row::Event { event, ts_init });
    }

    fn on_ack(&mut self, role: SocketRole, ack: Ack) {
        let login_step =
            self.seat(role).filter(|seat| seat.login_id == ack.id && ack.id != 0).map(|seat| seat.login_step);
        if let Some(step) = login_step {
            match ack.error {
                None => self.log_in(role, step + 1),
                Some(reason) => self.feed(role, Input::LoginRefused(reason)),
            }
        } else {
            self.on_stream_ack(ack.id, ack.error);
        }
    }

    fn on_unknown(&mut self, kind: String) {
        self.counters.unknown += 1;
        if self.counters.unknown_kinds.len() < MAX_UNKNOWN_KINDS && !self.counters.unknown_kinds.contains(&kind) {
            self.notice(
                Level::Warning,
                format!("message of a type that is not known: {kind:?} (counted, otherwise ignored)"),
            );
            self.counters.unknown_kinds.insert(kind);
        }
    }
}
