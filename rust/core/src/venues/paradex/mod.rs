//! Paradex: STARK signatures, JSON over REST, JSON and SBE over WebSocket, decimal strings.
//!
//! Facts are from the Paradex reference (comments name its sections); every number the venue can change is read live.

pub mod address;
mod algo;
mod answers;
mod auth;
pub mod block_trade;
mod bootstrap;
mod checks;
mod config;
pub mod credentials;
mod curve;
mod decode;
mod decode_private;
mod decode_public;
pub mod derive;
mod documents;
pub mod ecdsa;
mod encode;
mod facts;
pub mod felt;
mod fields;
mod fixed_point;
pub mod key;
mod levels;
mod limits;
mod messages;
mod order_fields;
mod order_memory;
mod order_names;
mod order_params;
mod outcomes;
pub mod pedersen;
pub mod poseidon;
mod queries;
mod sbe;
mod sbe_private;
mod sbe_public;
pub mod sign;
mod symbols;
mod token;
mod typed_json;
mod windows;

pub use facts::facts;

use bootstrap::Step;
use config::{BookFeed, Config, Encoding, KeyKind, SCHEMA_VERSIONS, Transport};
use credentials::Credentials;
use decode::Context;
use decode_private::Private;
use encode::{Signer, Surroundings};
use queries::Questions;
use symbols::AccountRates;
use token::Token;
use windows::Windows;

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

/// The venue pings every 55 s and closes what has not answered (reference 5.1); we look more often.
const PING_INTERVAL_MS: u64 = 15_000;
const IDLE_TIMEOUT_MS: u64 = 45_000;
/// After a login that was not answered with a token.
const LOGIN_AGAIN_MS: u64 = 1_000;

pub struct Paradex {
    config: Config,
    table: InstrumentTable,
    private: Private,
    /// Of the throttled feed of changes.
    windows: Windows,
    rates: AccountRates,
    system: TradingStatus,
    /// By how much the local clock may be ahead of the venue's.
    clock_ahead_ms: u64,
    /// The venue's own time, as the start asked for it.
    started_s: u64,
    /// Which of `SCHEMA_VERSIONS` sockets are asked for with.
    schema: usize,
    token: Token,
    access: Access,
}

/// What may be signed. The chain and the account's class hashes are known only after the bootstrap.
enum Access {
    ReadOnly,
    Waiting(Credentials),
    Signing(Box<Signer>),
}

impl Paradex {
    /// `config_json`: see the Paradex page of the documentation. Without a key public data only.
    pub fn open(config_json: &str, key: Option<Secret>) -> Result<Self, VenueError> {
        let config = Config::parse(config_json)?;
        let credentials = key.map(|secret| match config.key {
            KeyKind::Main => Credentials::main(&secret),
            KeyKind::Subkey => Credentials::subkey(&secret),
            KeyKind::L1 => Credentials::l1(&secret, config.key_derivation),
        });
        Ok(Self {
            config,
            table: InstrumentTable::default(),
            private: Private::default(),
            windows: Windows::default(),
            rates: AccountRates::default(),
            system: TradingStatus::Halted,
            clock_ahead_ms: 0,
            started_s: 0,
            schema: 0,
            token: Token::default(),
            access: credentials.transpose()?.map_or(Access::ReadOnly, Access::Waiting),
        })
    }

    fn steps(&self) -> &'static [Step] {
        Step::all(self.has_key())
    }

    fn has_key(&self) -> bool {
        !matches!(self.access, Access::ReadOnly)
    }

    fn signer(&self) -> Option<&Signer> {
        match &self.access {
            Access::Signing(signer) => Some(signer),
            Access::Waiting(_) | Access::ReadOnly => None,
        }
    }

    /// A second bootstrap of the same chain keeps the signer, and with it the times already signed.
    fn begin_signing(&mut self, served: &bootstrap::Chain) -> Result<(), VenueError> {
        if let Access::Waiting(_) = &self.access
            && let Access::Waiting(credentials) = std::mem::replace(&mut self.access, Access::ReadOnly)
        {
            let (key, account) = credentials.resolve(self.config.account_address, &served.served)?;
            let domain = sign::Domain::new(&served.chain_id, account)?;
            let signer = Signer::new(key, account, domain, self.config.market_orders, self.config.recv_window_ms);
            self.access = Access::Signing(Box::new(signer));
        }
        Ok(())
    }

    fn socket(&self, role: SocketRole) -> SocketSpec {
        let schema = (self.config.encoding == Encoding::Sbe).then_some(SCHEMA_VERSIONS[self.schema]);
        SocketSpec {
            role,
            url: self.config.socket_url(schema),
            deflate_required: false,
            login_required: self.has_key(),
            ping_interval_ms: PING_INTERVAL_MS,
            idle_timeout_ms: IDLE_TIMEOUT_MS,
        }
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

    fn budget(&self, limit: &str) -> String {
        let rest = &self.config.endpoints.rest;
        match (limit, self.signer()) {
            (limits::ORDERS | limits::PRIVATE, Some(signer)) => format!("{rest} {}", signer.account()),
            _ => rest.clone(),
        }
    }

    fn sockets(&self) -> Vec<SocketSpec> {
        let mut sockets = vec![self.socket(SocketRole::Streams)];
        if self.actions_over_socket() {
            sockets.push(self.socket(SocketRole::Actions));
        }
        sockets
    }

    fn actions_over_socket(&self) -> bool {
        self.config.transport == Transport::WebSocket && self.has_key()
    }

    fn bootstrap(&self) -> Vec<Request> {
        let rest = self.config.endpoints.rest.as_str();
        let request = |step: &Step| match (step, self.signer()) {
            (Step::Login, Some(signer)) => signer.login(rest, self.started_s),
            _ => step.request(rest),
        };
        self.steps().iter().map(request).collect()
    }

    fn listing_steps(&self) -> Vec<usize> {
        (0..).zip(self.steps()).filter(|(_, step)| **step == Step::Markets).map(|(index, _)| index).collect()
    }

    fn on_bootstrap(&mut self, index: usize, reply: &Reply, now: UnixNanos) -> Result<(), VenueError> {
        let Some(step) = self.steps().get(index) else {
            let hint = "this is a fault of hedgewire";
            return Err(VenueError::new("no such step", &index.to_string(), "bootstrap", hint, Decision::Stop));
        };
        match step {
            Step::Contracts => {
                let served = bootstrap::contracts(&self.config, reply)?;
                self.begin_signing(&served)?;
            }
            Step::Status => self.system = bootstrap::status(reply)?,
            Step::Time => {
                let ahead_ms = bootstrap::clock_ahead_ms(&self.config, reply, now)?;
                self.clock_ahead_ms = u64::try_from(ahead_ms).unwrap_or(0);
                self.started_s = now.saturating_add_signed(-ahead_ms.saturating_mul(1_000_000)) / 1_000_000_000;
            }
            Step::Login => self.token.given(bootstrap::token(reply)?, now),
            Step::FeeRates => {
                if let Some(account) = self.signer().map(|signer| signer.account().to_string()) {
                    self.rates = bootstrap::fee_rates(&account, reply)?;
                }
            }
            Step::Account => bootstrap::account(reply)?,
            Step::Markets => {
                self.windows.clear();
                let listed = bootstrap::instruments(&self.config, reply, &self.table, self.rates, now)?;
                self.table = listed.no_coarser_than(&self.table);
            }
        }
        Ok(())
    }

    fn instruments(&self) -> &[Instrument] {
        self.table.all()
    }

    /// `auth`, then on the socket that carries orders the arming of cancel-on-disconnect.
    fn login(&mut self, role: SocketRole, step: u32, id: u64, now: UnixNanos) -> Result<Option<String>, VenueError> {
        match step {
            0 if self.has_key() => match self.token.bearer(now) {
                Some(bearer) => Ok(Some(auth::login(id, bearer))),
                None => {
                    let hint = "the token is being renewed; the login is tried again";
                    Err(VenueError::unavailable("login without a token", "none", "Paradex session", hint))
                }
            },
            1 if role == SocketRole::Actions && self.has_key() && self.config.cancel_on_disconnect => {
                Ok(Some(auth::cancel_on_disconnect(id)))
            }
            _ => Ok(None),
        }
    }

    /// The next older schema, and after the oldest the newest again: JSON is not what SBE was asked for.
    fn socket_refused(&mut self, role: SocketRole, status: u16) -> Option<SocketSpec> {
        if status != 400 || self.config.encoding != Encoding::Sbe {
            return None;
        }
        self.schema = (self.schema + 1) % SCHEMA_VERSIONS.len();
        Some(self.socket(role))
    }

    fn upkeep(&mut self, now: UnixNanos) -> Option<Request> {
        let Access::Signing(signer) = &self.access else { return None };
        if !self.token.is_due(now) {
            return None;
        }
        self.token.asked(now);
        let venue_s = (now / 1_000_000).saturating_sub(self.clock_ahead_ms) / 1_000;
        Some(signer.login(&self.config.endpoints.rest, venue_s))
    }

    fn on_upkeep(&mut self, reply: Option<&Reply>, now: UnixNanos) -> Result<(), VenueError> {
        let token = match reply {
            Some(reply) => bootstrap::token(reply),
            None => Err(bootstrap::no_answer()),
        };
        match token {
            Ok(token) => {
                self.token.given(token, now);
                Ok(())
            }
            Err(error) => {
                self.token.not_given(now, LOGIN_AGAIN_MS);
                Err(error)
            }
        }
    }

    fn authorise(&self, request: &mut Request, now: UnixNanos) -> bool {
        let Some(bearer) = self.token.bearer(now) else { return false };
        request.headers.retain(|(name, _)| *name != auth::HEADER);
        request.headers.push((auth::HEADER, auth::header(bearer)));
        true
    }

    /// A refusal of an earlier token says nothing of the one that came after it.
    fn is_unauthorised(&mut self, request: &Request, reply: &Reply, now: UnixNanos) -> bool {
        if reply.status != 401 || !self.has_key() {
            return false;
        }
        let current = self.token.bearer(now).map(auth::header);
        if request.headers.iter().any(|(name, value)| *name == auth::HEADER && Some(value) == current.as_ref()) {
            self.token.refused();
        }
        true
    }

    fn is_due_post_only(&self, reason: &str) -> bool {
        reason == order_fields::POST_ONLY_CROSSES
    }

    fn subscribe(&self, id: u64, stream: &Stream) -> Result<String, CommandError> {
        auth::control("subscribe", id, stream, &self.config, &self.table)
    }

    fn unsubscribe(&self, id: u64, stream: &Stream) -> Result<String, CommandError> {
        auth::control("unsubscribe", id, stream, &self.config, &self.table)
    }

    /// There are protocol pings only (reference 5.1).
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
        let before = out.len();
        let context = &mut Context { role, table: &self.table, every_update, private: &mut self.private };
        decode::frame(frame, context, out)?;
        if self.config.book_feed == BookFeed::Throttled {
            self.windows.replace(out, before);
        }
        if out[before..].iter().any(auth::is_token_refused) {
            self.token.refused();
        }
        Ok(())
    }

    fn encode(&mut self, command: &Command, now: UnixNanos) -> Result<Encoded, CommandError> {
        let refuse = |code: &'static str, detail: &str| Err(CommandError { code, detail: detail.to_owned() });
        match &mut self.access {
            Access::Signing(signer) => {
                let surroundings =
                    Surroundings { config: &self.config, table: &self.table, orders: &self.private.orders };
                signer.encode(command, &surroundings, self.clock_ahead_ms, now)
            }
            Access::Waiting(_) => refuse("SESSION_NOT_READY", "the venue's chain and account hashes are not known yet"),
            Access::ReadOnly => refuse("AUTH_KEY_MISSING", "commands need a private key"),
        }
    }

    fn classify(&self, command: &Command, encoded: &Encoded, reply: Option<&Reply>) -> Outcomes {
        outcomes::classify(command, encoded, reply)
    }

    fn query(&mut self, query: &Query, page: Option<&Cursor>, now: UnixNanos) -> Result<Request, CommandError> {
        let request = Questions { endpoints: &self.config.endpoints, table: &self.table, page }.request(query, now)?;
        if request.private && !self.has_key() {
            let detail = "this query needs a private key".to_owned();
            return Err(CommandError { code: "AUTH_ACCOUNT_MISSING", detail });
        }
        Ok(request)
    }

    fn answer(&mut self, query: &Query, page: Option<&Cursor>, reply: &Reply, now: UnixNanos) -> Lookup<Page> {
        if let (Query::Statuses, None) = (query, page) {
            match bootstrap::status(reply) {
                Ok(system) => self.system = system,
                Err(error) => return Lookup::Unavailable { reason: error.to_string() },
            }
        }
        if let Query::OpenOrders { .. } | Query::WaitingOrders { .. } = query {
            answers::learn(&mut self.private.orders, reply);
        }
        let reader = answers::Reader { table: &self.table, private: &self.private, page, system: self.system, now };
        reader.answer(query, reply)
    }
}

/// Digest and signature of one message given as JSON.
pub fn sign_typed(secret: &Secret, message_json: &str) -> Result<String, VenueError> {
    typed_json::sign_json(&key::Key::parse(secret)?, message_json)
}
