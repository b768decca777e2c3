//! What is listed, asked again: increments that became finer than they were at the start make frames unreadable.

use hedgewire_core::instruments::Instrument;
use hedgewire_core::session::Input;
use hedgewire_core::venues::SocketRole;

use super::requests::Job;
use super::{Driver, Phase};
use crate::http::HttpOutcome;
use crate::rows::{Level, Row};

/// No sooner again: frames may be unreadable for another reason.
const AGAIN_MS: u64 = 10_000;

#[derive(Debug, Default)]
pub(crate) struct Listing {
    /// Something came that could not be read.
    doubted: bool,
    asking: bool,
    next_ms: u64,
    before: Vec<Instrument>,
}

impl Driver {
    pub(super) fn doubt_listing(&mut self) {
        self.listing.doubted = true;
    }

    pub(super) fn tick_listing(&mut self, now_ms: u64) {
        let due = self.listing.doubted && !self.listing.asking && self.listing.next_ms <= now_ms;
        if due && self.phase == Phase::Running {
            let (next_ms, before) = (now_ms + AGAIN_MS, self.venue.instruments().to_vec());
            self.listing = Listing { doubted: false, asking: true, next_ms, before };
            self.listing_step(0);
        }
    }

    fn listing_step(&mut self, position: usize) {
        let step = self.venue.listing_steps().get(position).copied();
        let Some(request) = step.and_then(|index| self.venue.bootstrap().into_iter().nth(index)) else {
            return self.listed();
        };
        let (limit, now_ms) = (request.limit, self.now_ms());
        if self.budgets.try_acquire(&*self.venue, limit, request.weight, now_ms).is_err() {
            self.counters.limited += 1;
        }
        self.send_request(request, Job::Listing { position, limit });
    }

    pub(super) fn on_listing_answer(&mut self, position: usize, outcome: HttpOutcome) {
        let now = self.now();
        let read = match (outcome, self.venue.listing_steps().get(position)) {
            (HttpOutcome::Reply(reply), Some(index)) if (200..300).contains(&reply.status) => {
                self.venue.on_bootstrap(*index, &reply, now).map_err(|error| error.to_string())
            }
            (outcome, _) => Err(format!("the instruments could not be asked for: {outcome:?}")),
        };
        match read {
            Ok(()) => self.listing_step(position + 1),
            Err(text) => {
                self.notice(Level::Warning, text);
                self.listing.asking = false;
                self.listing.doubted = true;
            }
        }
    }

    /// Tells what changed, and starts the books of those instruments from the beginning.
    fn listed(&mut self) {
        self.listing.asking = false;
        let before = std::mem::take(&mut self.listing.before);
        let steps = |one: &Instrument| {
            (one.price_precision, one.size_precision, one.price_increment_x18, one.size_increment_x18)
        };
        let differs = |one: &&Instrument| before.iter().any(|known| known.id == one.id && steps(known) != steps(one));
        let changed: Vec<_> = self.venue.instruments().iter().filter(differs).cloned().collect();
        for instrument in changed {
            let text = format!("{}: the venue has other increments now than at the start", instrument.symbol);
            self.notice(Level::Warning, text.clone());
            let id = instrument.id;
            self.out.push_back(Row::Instrument(Box::new(instrument)));
            if self.books.contains_key(&id) {
                self.feed(SocketRole::Streams, Input::BooksLost(text));
                self.refresh_book(id);
            }
        }
    }
}
