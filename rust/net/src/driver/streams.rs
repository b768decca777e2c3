//! Wanted streams: requests, confirmations, deadlines and silence.

use hedgewire_core::session::Input;
use hedgewire_core::subscriptions::Change;
use hedgewire_core::venues::{SocketRole, Stream, StreamKind};

use super::Driver;
use super::tickets::Question;
use crate::rows::{Row, StreamState, Ticket, Verdict};
use crate::timing::stale_after_ms;

impl Driver {
    pub(super) fn subscribe(&mut self, ticket: Ticket, stream: Stream) {
        self.promise(ticket, Question::Subscribe, self.timing.subscribe_timeout_ms);
        // Only the venue's encoder knows what it offers; asked before anything is remembered.
        if let Err(error) = self.venue.subscribe(0, &stream) {
            self.reply(ticket, Verdict::RefusedHere, error.code, &error.detail, Vec::new());
            return;
        }
        let now_ms = self.now_ms();
        if !self.subscriptions.want(stream, now_ms) && self.is_active(&stream) {
            self.reply(ticket, Verdict::Accepted, "", "already subscribed", Vec::new());
            self.resend_book(&stream);
            return;
        }
        let tickets = &self.tickets;
        let waiters = self.stream_waiters.entry(stream).or_default();
        waiters.retain(|waiter| tickets.is_open(*waiter));
        waiters.push(ticket);
        self.want_book(&stream);
        self.stream_row(stream, StreamState::Pending, "");
        self.send_due(now_ms);
    }

    pub(super) fn unsubscribe(&mut self, ticket: Ticket, stream: Stream) {
        self.promise(ticket, Question::Subscribe, self.timing.subscribe_timeout_ms);
        let sent = self.subscriptions.drop_want(&stream);
        self.drop_book(&stream);
        if sent && self.is_open(SocketRole::Streams) {
            let id = self.fresh_id();
            match self.venue.unsubscribe(id, &stream) {
                Ok(frame) => {
                    self.send_frame(SocketRole::Streams, frame);
                }
                Err(error) => {
                    self.reply(ticket, Verdict::RefusedHere, error.code, &error.detail, Vec::new());
                    return;
                }
            }
        }
        for waiter in self.stream_waiters.remove(&stream).unwrap_or_default() {
            self.reply(
                waiter,
                Verdict::Rejected,
                "STREAM_DROPPED",
                "unsubscribed before the venue confirmed",
                Vec::new(),
            );
        }
        self.stream_row(stream, StreamState::Idle, "unsubscribed");
        self.reply(ticket, Verdict::Accepted, "", "", Vec::new());
        self.judge_streams();
    }

    /// Ends a stream and asks for it again.
    pub(super) fn resubscribe_to(&mut self, stream: Stream, reason: &str) {
        if self.subscriptions.drop_want(&stream) && self.is_open(SocketRole::Streams) {
            let id = self.fresh_id();
            if let Ok(frame) = self.venue.unsubscribe(id, &stream) {
                self.send_frame(SocketRole::Streams, frame);
            }
        }
        let now_ms = self.now_ms();
        self.subscriptions.want(stream, now_ms);
        self.stream_row(stream, StreamState::Pending, reason);
        self.send_due(now_ms);
    }

    fn is_active(&self, stream: &Stream) -> bool {
        use hedgewire_core::subscriptions::SubscriptionState::Active;
        self.subscriptions.get(stream).is_some_and(|subscription| matches!(subscription.state, Active { .. }))
    }

    pub(super) fn stream_row(&mut self, stream: Stream, state: StreamState, reason: &str) {
        let ts = self.now();
        self.out.push_back(Row::Stream { stream, state, reason: reason.into(), ts });
    }

    /// A connection that knows no subscription: everything wanted is due, and every book starts from a snapshot.
    pub(super) fn resubscribe(&mut self) {
        self.subscriptions.on_disconnect();
        self.reset_books();
        let now_ms = self.now_ms();
        self.send_due(now_ms);
        self.judge_streams();
    }

    fn send_due(&mut self, now_ms: u64) {
        use hedgewire_core::session::SessionState::{Authenticated, Connected, Degraded};
        let usable = self.seat(SocketRole::Streams).is_some_and(|seat| {
            let state = seat.session.state();
            state == Degraded || state == Authenticated || (state == Connected && !seat.spec.login_required)
        });
        if !usable {
            return;
        }
        for stream in self.subscriptions.due(now_ms) {
            let id = self.fresh_id();
            match self.venue.subscribe(id, &stream) {
                Ok(frame) => {
                    if !self.send_frame(SocketRole::Streams, frame) {
                        return;
                    }
                    self.subscriptions.sent(id, &stream, now_ms);
                }
                Err(error) => {
                    self.subscriptions.drop_want(&stream);
                    self.finish_waiters(stream, Verdict::RefusedHere, error.code, &error.detail);
                }
            }
        }
    }

    /// The venue answered a control message. Login answers are told apart before.
    pub(super) fn on_stream_ack(&mut self, id: u64, error: Option<String>) {
        let now_ms = self.now_ms();
        if let Some(change) = self.subscriptions.ack(id, error, now_ms) {
            self.on_change(change, true);
        }
    }

    fn on_change(&mut self, change: Change, answered: bool) {
        let stream = change.stream;
        match change.result {
            Ok(()) => {
                self.stream_row(stream, StreamState::Active, "");
                self.finish_waiters(stream, Verdict::Accepted, "", "");
                self.fetch_book_of(&stream);
            }
            Err(reason) => {
                self.stream_row(stream, StreamState::Failed, &reason);
                let first_time = self.stream_waiters.contains_key(&stream);
                if answered && first_time && !stream.kind.is_private() {
                    // Refused at the first asking: not a stream that this venue gives us. Never asked again.
                    self.subscriptions.drop_want(&stream);
                    self.drop_book(&stream);
                    self.finish_waiters(stream, Verdict::Rejected, "STREAM_REFUSED", &reason);
                } else {
                    self.finish_waiters(stream, Verdict::Unknown, "STREAM_UNCONFIRMED", &reason);
                }
                if stream.kind.is_private() {
                    self.feed(
                        SocketRole::Streams,
                        Input::SubscriptionsLost(format!("{:?} stream: {reason}", stream.kind)),
                    );
                }
            }
        }
        self.judge_streams();
    }

    fn finish_waiters(&mut self, stream: Stream, verdict: Verdict, code: &str, reason: &str) {
        for ticket in self.stream_waiters.remove(&stream).unwrap_or_default() {
            self.reply(ticket, verdict, code, reason, Vec::new());
        }
    }

    /// Tells the session what is complete.
    pub(super) fn judge_streams(&mut self) {
        if self.subscriptions.all_active() {
            self.feed(SocketRole::Streams, Input::SubscriptionsReady);
        }
        if self.books_live() {
            self.feed(SocketRole::Streams, Input::BooksReady);
        }
        self.answer_connect_if_ready();
    }

    pub(super) fn streams_lost(&mut self, reason: &str) {
        self.subscriptions.on_disconnect();
        self.reset_books();
        self.drop_sweep();
        // The pace of the audit does not hold for the fallback.
        self.next_poll_ms = 0;
        let streams: Vec<Stream> = self.subscriptions.iter().map(|(stream, _)| *stream).collect();
        for stream in streams {
            self.stream_row(stream, StreamState::Pending, reason);
        }
    }

    pub(super) fn touch(
        &mut self,
        kind: StreamKind,
        instrument: Option<hedgewire_core::events::InstrumentId>,
        param: u32,
    ) {
        let now_ms = self.now_ms();
        let stream = Stream { kind, instrument, param };
        if self.subscriptions.touched(&stream, now_ms) {
            self.stream_row(stream, StreamState::Active, "messages again");
        }
    }

    pub(super) fn tick_streams(&mut self, now_ms: u64) {
        for change in self.subscriptions.tick(now_ms) {
            self.on_change(change, false);
        }
        self.send_due(now_ms);
        for stream in self.subscriptions.newly_stale(now_ms, stale_after_ms) {
            let after_ms = stale_after_ms(stream.kind).unwrap_or_default();
            self.counters.stale_streams += 1;
            self.stream_row(stream, StreamState::Stale, &format!("no message for {after_ms} ms"));
        }
    }
}
