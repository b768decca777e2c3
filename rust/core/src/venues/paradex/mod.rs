//! Paradex: STARK signatures, JSON over REST, JSON and SBE over WebSocket, decimal strings.
//!
//! Facts are from the Paradex reference (comments name its sections); every number the venue can change is read live.

pub mod address;
mod answers;
mod auth;
pub mod block_trade;
mod bootstrap;
mod config;
pub mod credentials;
mod curve;
mod decode;
mod decode_private;
mod decode_public;
pub mod derive;
mod documents;
pub mod ecdsa;
pub mod felt;
mod fields;
mod fixed_point;
pub mod key;
mod levels;
mod limits;
#[expect(dead_code, reason = "the rest is read once the venue logs in")]
mod messages;
mod order_fields;
mod order_memory;
mod order_names;
pub mod pedersen;
pub mod poseidon;
mod queries;
mod sbe;
mod sbe_private;
mod sbe_public;
pub mod sign;
mod symbols;
mod typed_json;

use bootstrap::Step;
use config::{BookFeed, Config, Encoding, SCHEMA_VERSIONS};
use decode::Context;
use decode_private::Private;
use queries::Questions;
use symbols::AccountRates;

use crate::error::{CommandError, Decision, DecodeError, VenueError};
use crate::events::{Event, UnixNanos};
use crate::instruments::{Instrument, TradingStatus};
use crate::ratelimit::LimitRule;
use crate::secret::Secret;
use crate::venues::instrument_table::InstrumentTable;
use crate::venues::{
    Capabilities, Command, Cursor, Encoded, Lookup, Outcomes, Page, Query, Reply, Request, SocketRole, SocketSpec,
    Stream, Venue,
};

/// The venue pings every 55 s and closes what has not answered; an idle socket hears a heartbeat every 20 s under SBE
/// (reference 5.1).
const PING_INTERVAL_MS: u64 = 15_000;
const IDLE_TIMEOUT_MS: u64 = 45_000;

/// Public data so far: what signs and trades is not connected yet.
pub struct Paradex {
    config: Config,
    table: InstrumentTable,
    private: Private,
    system: TradingStatus,
    /// By how much the local clock may be ahead of the venue's.
    clock_ahead_ms: u64,
}

impl Paradex {
    /// `config_json`: see the Paradex page of the documentation.
    pub fn open(config_json: &str) -> Result<Self, VenueError> {
        Ok(Self {
            config: Config::parse(config_json)?,
            table: InstrumentTable::default(),
            private: Private::default(),
            system: TradingStatus::Halted,
            clock_ahead_ms: 0,
        })
    }

    fn steps(&self) -> &'static [Step] {
        Step::all(false)
    }

    fn schema(&self) -> Option<u16> {
        (self.config.encoding == Encoding::Sbe).then_some(SCHEMA_VERSIONS[0])
    }
}

impl Venue for Paradex {
    fn name(&self) -> &'static str {
        "paradex"
    }

    fn capabilities(&self) -> &'static Capabilities {
        &limits::CAPABILITIES
    }

    fn limits(&self) -> &'static [LimitRule] {
        limits::LIMITS
    }

    fn budget(&self, _limit: &str) -> String {
        self.config.endpoints.rest.clone()
    }

    fn sockets(&self) -> Vec<SocketSpec> {
        vec![SocketSpec {
            role: SocketRole::Streams,
            url: self.config.socket_url(self.schema()),
            deflate_required: false,
            login_required: false,
            ping_interval_ms: PING_INTERVAL_MS,
            idle_timeout_ms: IDLE_TIMEOUT_MS,
        }]
    }

    fn actions_over_socket(&self) -> bool {
        false
    }

    fn bootstrap(&self) -> Vec<Request> {
        self.steps().iter().map(|step| step.request(&self.config.endpoints.rest)).collect()
    }

    fn on_bootstrap(&mut self, index: usize, reply: &Reply, now: UnixNanos) -> Result<(), VenueError> {
        let Some(step) = self.steps().get(index) else {
            let hint = "this is a fault of hedgewire";
            return Err(VenueError::new("no such step", &index.to_string(), "bootstrap", hint, Decision::Stop));
        };
        match step {
            Step::Contracts => drop(bootstrap::contracts(&self.config, reply)?),
            Step::Status => self.system = bootstrap::status(reply)?,
            Step::Time => {
                let ahead_ms = bootstrap::clock_ahead_ms(&self.config, reply, now)?;
                self.clock_ahead_ms = u64::try_from(ahead_ms).unwrap_or(0);
            }
            Step::Login | Step::FeeRates | Step::Account => {}
            Step::Markets => {
                let rates = AccountRates::default();
                self.table = bootstrap::instruments(&self.config, reply, &self.table, rates, now)?;
            }
        }
        Ok(())
    }

    fn instruments(&self) -> &[Instrument] {
        self.table.all()
    }

    fn login(&mut self, _role: SocketRole, _id: u64, _now: UnixNanos) -> Result<Option<String>, VenueError> {
        Ok(None)
    }

    fn subscribe(&self, id: u64, stream: &Stream) -> Result<String, CommandError> {
        auth::control("subscribe", id, stream, &self.config, &self.table)
    }

    fn unsubscribe(&self, id: u64, stream: &Stream) -> Result<String, CommandError> {
        auth::control("unsubscribe", id, stream, &self.config, &self.table)
    }

    fn ping(&self, _id: u64, _now: UnixNanos) -> Option<String> {
        None
    }

    fn decode(
        &mut self,
        role: SocketRole,
        frame: &[u8],
        _now: UnixNanos,
        out: &mut Vec<Event>,
    ) -> Result<(), DecodeError> {
        let every_update = self.config.book_feed == BookFeed::Every;
        decode::frame(frame, &mut Context { role, table: &self.table, every_update, private: &mut self.private }, out)
    }

    fn encode(&mut self, _command: &Command, _now: UnixNanos) -> Result<Encoded, CommandError> {
        Err(CommandError { code: "AUTH_KEY_MISSING", detail: "commands need a private key".to_owned() })
    }

    fn classify(&self, _command: &Command, _encoded: &Encoded, _reply: Option<&Reply>) -> Outcomes {
        Outcomes::new()
    }

    fn query(&mut self, query: &Query, page: Option<&Cursor>, now: UnixNanos) -> Result<Request, CommandError> {
        Questions { endpoints: &self.config.endpoints, table: &self.table, page }.request(query, now)
    }

    fn answer(&mut self, query: &Query, page: Option<&Cursor>, reply: &Reply, now: UnixNanos) -> Lookup<Page> {
        let reader = answers::Reader { table: &self.table, private: &self.private, page, system: self.system, now };
        reader.answer(query, reply)
    }
}

/// Digest and signature of one message given as JSON.
pub fn sign_typed(secret: &Secret, message_json: &str) -> Result<String, VenueError> {
    typed_json::sign_json(&key::Key::parse(secret)?, message_json)
}
