//! Books: deltas through the core's `BookSync`, snapshots by REST when it asks for one.

use hedgewire_core::book::{BookAction, BookConfig, BookSync, ResnapshotReason};
use hedgewire_core::events::{BookUpdate, Event, InstrumentId};
use hedgewire_core::session::Input;
use hedgewire_core::venues::{Lookup, Query, SocketRole, Stream, StreamKind};

use super::Driver;
use super::requests::Purpose;
use crate::rows::{Level, Row};

fn instrument_of(stream: &Stream) -> Option<InstrumentId> {
    (stream.kind == StreamKind::Book).then_some(stream.instrument).flatten()
}

impl Driver {
    pub(super) fn want_book(&mut self, stream: &Stream) {
        if let Some(instrument) = instrument_of(stream) {
            let most = usize::try_from(self.venue.capabilities().book_depth_max).unwrap_or(usize::MAX);
            let config = BookConfig { depth: self.book.depth.min(most), ..self.book };
            self.books.entry(instrument).or_insert_with(|| BookSync::new(instrument, config));
        }
    }

    pub(super) fn drop_book(&mut self, stream: &Stream) {
        if let Some(instrument) = instrument_of(stream) {
            self.books.remove(&instrument);
            self.books_to_refresh.remove(&instrument);
        }
    }

    pub(super) fn reset_books(&mut self) {
        self.books.values_mut().for_each(BookSync::reset);
    }

    pub(super) fn books_live(&self) -> bool {
        self.books.values().all(BookSync::is_live)
    }

    /// The book stream is confirmed: its deltas are being buffered, so a snapshot can join them.
    pub(super) fn fetch_book_of(&mut self, stream: &Stream) {
        if let Some(instrument) = instrument_of(stream) {
            self.fetch_book(instrument);
        }
    }

    fn fetch_book(&mut self, instrument: InstrumentId) {
        let Some(query) = self.snapshot_query(instrument) else { return };
        self.read(Purpose::Book { instrument }, query);
    }

    fn snapshot_query(&self, instrument: InstrumentId) -> Option<Query> {
        let depth = u32::try_from(self.books.get(&instrument)?.depth()).unwrap_or(u32::MAX);
        Some(Query::BookSnapshot { instrument, depth })
    }

    /// A second subscriber of a live book needs the whole of it.
    pub(super) fn resend_book(&mut self, stream: &Stream) {
        if let Some(instrument) = instrument_of(stream) {
            self.books_to_refresh.insert(instrument);
        }
    }

    pub(super) fn refresh_dropped_books(&mut self) {
        if self.books_to_refresh.is_empty() || !self.queue.is_half_empty() {
            return;
        }
        for instrument in std::mem::take(&mut self.books_to_refresh) {
            self.refresh_book(instrument);
        }
    }

    pub(super) fn refresh_book(&mut self, instrument: InstrumentId) {
        if let Some(book) = self.books.get_mut(&instrument) {
            book.reset();
            self.counters.resnapshots += 1;
            self.fetch_book(instrument);
        }
    }

    pub(super) fn on_book(&mut self, update: BookUpdate) {
        let instrument = update.instrument;
        let Some(book) = self.books.get_mut(&instrument) else { return };
        let action = book.apply(update);
        let audit_due = book.audit_due();
        self.obey_book(instrument, action);
        if audit_due {
            self.begin_book_audit(instrument);
        }
    }

    fn obey_book(&mut self, instrument: InstrumentId, action: BookAction) {
        match action {
            BookAction::Nothing => {}
            BookAction::Forward(update) => {
                let snapshot = update.snapshot;
                let ts_init = self.now();
                self.out.push_back(Row::Event { event: Event::Book(update), ts_init });
                if snapshot {
                    self.judge_streams();
                }
            }
            BookAction::Resnapshot(reason) => {
                match reason {
                    ResnapshotReason::Differs { levels } => self.counters.book_differences += levels as u64,
                    _ => self.counters.gaps += 1,
                }
                self.counters.resnapshots += 1;
                let text = format!("book of instrument {} rebuilt from a snapshot: {reason:?}", instrument.0);
                self.notice(Level::Warning, text.clone());
                self.feed(SocketRole::Streams, Input::BooksLost(text));
                self.fetch_book(instrument);
            }
        }
    }

    /// Of a feed that begins with its own snapshot.
    pub(super) fn restart_book(&mut self, instrument: InstrumentId, reason: &str) {
        let Some(book) = self.books.get_mut(&instrument) else { return };
        book.reset();
        self.counters.gaps += 1;
        self.counters.resnapshots += 1;
        let text = format!("book of instrument {} asked for anew: {reason}", instrument.0);
        self.notice(Level::Warning, text.clone());
        self.feed(SocketRole::Streams, Input::BooksLost(text));
        self.resubscribe_to(Stream { kind: StreamKind::Book, instrument: Some(instrument), param: 0 }, reason);
    }

    pub(super) fn on_book_answer(&mut self, instrument: InstrumentId, lookup: Lookup<Vec<Event>>) {
        let problem = match lookup {
            Lookup::Found(events) => {
                for event in events {
                    if let Event::Book(update) = event {
                        self.on_book(update);
                    }
                }
                return;
            }
            Lookup::NotFound => "the venue has none".to_owned(),
            Lookup::Unavailable { reason } => reason,
        };
        self.notice(
            Level::Warning,
            format!("no book snapshot of instrument {}: {problem}; asking again", instrument.0),
        );
        // Through the deferred queue, so that a venue that is down is not asked in a loop.
        if let Some(query) = self.snapshot_query(instrument) {
            let at_ms = self.now_ms() + 1_000;
            self.read_later(at_ms, Purpose::Book { instrument }, query);
        }
    }

    fn begin_book_audit(&mut self, instrument: InstrumentId) {
        let Some(query) = self.snapshot_query(instrument) else { return };
        if let Some(book) = self.books.get_mut(&instrument) {
            book.begin_audit();
            self.counters.book_audits += 1;
            self.read(Purpose::BookAudit { instrument }, query);
        }
    }

    pub(super) fn on_book_audit_answer(&mut self, instrument: InstrumentId, lookup: Lookup<Vec<Event>>) {
        let Some(book) = self.books.get_mut(&instrument) else { return };
        let snapshot = match lookup {
            Lookup::Found(events) => events.into_iter().find_map(|event| match event {
                Event::Book(snapshot) => Some(snapshot),
                _ => None,
            }),
            Lookup::NotFound | Lookup::Unavailable { .. } => None,
        };
        match snapshot {
            Some(snapshot) => {
                let action = book.audit(snapshot);
                self.obey_book(instrument, action);
            }
            // The next one comes after as many updates again.
            None => book.abandon_audit(),
        }
    }
}
