//! Nado: EIP-712 signatures, JSON over REST and WebSocket, 18-decimal numbers.
//!
//! Facts are from the Nado reference (`docs` name its sections); every number the venue can change is read live.

mod account;
mod answers;
mod answers_archive;
pub mod appendix;
mod auth;
mod bootstrap;
mod checks;
mod config;
mod decode;
mod decode_private;
mod decode_public;
mod documents;
mod encode;
mod facts;
mod fixed_point;
mod key;
mod lateness;
mod limits;
mod messages;
pub mod nonce;
mod order_fields;
mod order_params;
mod outcomes;
mod pages;
mod queries;
pub mod sign;
mod symbols;
mod trigger;
mod typed_json;

pub use facts::facts;

use crate::venues::instrument_table::InstrumentTable;
use bootstrap::Step;
use config::{Config, Transport};
use decode_private::Owner;
use decode_public::TradeIds;
use encode::Signer;
use key::Key;
use lateness::Lateness;
use queries::Questions;
use sign::Domains;

use crate::error::{CommandError, Decision, DecodeError, VenueError};
use crate::events::{Event, UnixNanos};
use crate::instruments::Instrument;
use crate::ratelimit::LimitRule;
use crate::secret::Secret;
use crate::venues::hex;
use crate::venues::{
    Capabilities, Command, Cursor, Encoded, Lookup, Outcomes, Page, Query, Reply, Request, SocketRole, SocketSpec,
    Stream, Venue,
};

/// The venue drops a socket that is silent for 30 s (reference 4.1).
const PING_INTERVAL_MS: u64 = 15_000;
const IDLE_TIMEOUT_MS: u64 = 45_000;

pub struct Nado {
    config: Config,
    owner: Option<Owner>,
    table: InstrumentTable,
    trade_ids: TradeIds,
    /// By how much the local clock may be ahead of the venue's.
    clock_ahead_ms: u64,
    lateness: Lateness,
    seed: u64,
    access: Access,
}

/// What may be signed. The chain and contract are known only after the bootstrap.
enum Access {
    ReadOnly,
    Waiting(Key),
    Signing(Box<Signer>),
}

impl Nado {
    /// `config_json`: see the Nado page of the documentation. Without a key public data only, and with an
    /// `account_address` that account's fills, positions and balances, which are public too.
    pub fn open(config_json: &str, key: Option<Secret>) -> Result<Self, VenueError> {
        let config = Config::parse(config_json)?;
        let key = key.map(|secret| key::parse(&secret)).transpose()?;
        let address = config.account_address.or_else(|| key.as_ref().map(Key::address));
        let owner = address.map(|address| Owner::new(address, config.subaccount_name));
        Ok(Self {
            owner,
            config,
            table: InstrumentTable::default(),
            trade_ids: TradeIds::default(),
            clock_ahead_ms: 0,
            lateness: Lateness::default(),
            seed: 0,
            access: key.map_or(Access::ReadOnly, Access::Waiting),
        })
    }

    fn steps(&self) -> &'static [Step] {
        Step::all(!matches!(self.access, Access::ReadOnly))
    }

    fn begin_signing(&mut self, chain_id: u64, endpoint_address: &[u8; 20]) {
        let Some(owner) = self.owner else { return };
        let domains = Domains::new(chain_id, endpoint_address);
        let window_ms = self.config.recv_window_ms;
        // A second bootstrap on the same chain keeps the signer and with it the nonces already used.
        self.access = match std::mem::replace(&mut self.access, Access::ReadOnly) {
            Access::Waiting(key) => Access::Signing(Box::new(Signer::new(key, owner, domains, window_ms, self.seed))),
            Access::Signing(signer) => Access::Signing(Box::new(signer.on_domains(domains))),
            Access::ReadOnly => Access::ReadOnly,
        };
    }

    fn key_address(&self) -> Option<[u8; 20]> {
        match &self.access {
            Access::ReadOnly => None,
            Access::Waiting(key) => Some(key.address()),
            Access::Signing(signer) => Some(signer.key().address()),
        }
    }
}

impl Venue for Nado {
    fn name(&self) -> &'static str {
        "nado"
    }

    fn seed(&mut self, seed: u64) {
        self.seed = seed;
    }

    fn capabilities(&self) -> &'static Capabilities {
        &limits::CAPABILITIES
    }

    fn limits(&self) -> &'static [LimitRule] {
        limits::LIMITS
    }

    fn budget(&self, limit: &str) -> String {
        let endpoints = &self.config.endpoints;
        match (limit, &self.owner) {
            (limits::EXECUTE, Some(owner)) => format!("{} {}", endpoints.gateway_v1, hex::encode(owner.address())),
            (limits::ARCHIVE, _) => endpoints.archive_v1.clone(),
            _ => endpoints.gateway_v1.clone(),
        }
    }

    fn sockets(&self) -> Vec<SocketSpec> {
        let has_key = !matches!(self.access, Access::ReadOnly);
        let mut sockets = vec![SocketSpec {
            role: SocketRole::Streams,
            url: self.config.endpoints.subscriptions_ws.clone(),
            deflate_required: true,
            login_required: has_key,
            ping_interval_ms: PING_INTERVAL_MS,
            idle_timeout_ms: IDLE_TIMEOUT_MS,
        }];
        if self.actions_over_socket() {
            sockets.push(SocketSpec {
                role: SocketRole::Actions,
                url: self.config.endpoints.actions_ws_v2.clone(),
                deflate_required: false,
                login_required: false,
                ping_interval_ms: PING_INTERVAL_MS,
                idle_timeout_ms: IDLE_TIMEOUT_MS,
            });
        }
        sockets
    }

    fn actions_over_socket(&self) -> bool {
        self.config.transport == Transport::WebSocket && !matches!(self.access, Access::ReadOnly)
    }

    fn bootstrap(&self) -> Vec<Request> {
        self.steps().iter().map(|step| step.request(&self.config.endpoints, self.owner.as_ref())).collect()
    }

    fn listing_steps(&self) -> Vec<usize> {
        let lists = |step: &Step| matches!(step, Step::Symbols | Step::Products | Step::FeeRates);
        (0..).zip(self.steps()).filter(|(_, step)| lists(step)).map(|(index, _)| index).collect()
    }

    fn on_bootstrap(&mut self, index: usize, reply: &Reply, now: UnixNanos) -> Result<(), VenueError> {
        let Some(step) = self.steps().get(index) else {
            let source = "bootstrap";
            return Err(VenueError::new(
                "no such step",
                &index.to_string(),
                source,
                "this is a fault of hedgewire",
                Decision::Stop,
            ));
        };
        match step {
            Step::Contracts => {
                let (chain_id, endpoint_address) = bootstrap::contracts(&self.config, reply)?;
                self.begin_signing(chain_id, &endpoint_address);
            }
            Step::Status => bootstrap::status(reply)?,
            Step::Symbols => {
                self.table = bootstrap::instruments(&self.config, reply)?.no_coarser_than(&self.table);
            }
            Step::Products => bootstrap::products(&mut self.table, reply)?,
            Step::Time => {
                let ahead_ms = bootstrap::clock_ahead_ms(&self.config, reply, now)?;
                self.clock_ahead_ms = u64::try_from(ahead_ms).unwrap_or(0);
            }
            Step::FeeRates => bootstrap::fee_rates(&mut self.table, reply)?,
            Step::Account => {
                if let Some(owner) = &self.owner {
                    bootstrap::account(owner, reply)?;
                }
            }
            Step::LinkedSigner => {
                if let (Some(address), Some(owner)) = (self.key_address(), &self.owner) {
                    bootstrap::linked_signer(&address, owner, reply)?;
                }
            }
        }
        Ok(())
    }

    fn instruments(&self) -> &[Instrument] {
        self.table.all()
    }

    fn login(&mut self, role: SocketRole, step: u32, id: u64, now: UnixNanos) -> Result<Option<String>, VenueError> {
        if step > 0 {
            return Ok(None);
        }
        match (&self.access, &self.owner, role) {
            (Access::Signing(signer), Some(owner), SocketRole::Streams) => {
                Ok(Some(auth::login(signer.key(), owner, signer.domains(), id, now)))
            }
            (Access::Waiting(_), _, SocketRole::Streams) => {
                let hint = "the chain id and contract are read first; this is a fault of hedgewire";
                Err(VenueError::new("login before bootstrap", "streams", "session", hint, Decision::Retry))
            }
            _ => Ok(None),
        }
    }

    fn subscribe(&self, id: u64, stream: &Stream) -> Result<String, CommandError> {
        auth::control("subscribe", id, stream, self.owner.as_ref())
    }

    fn unsubscribe(&self, id: u64, stream: &Stream) -> Result<String, CommandError> {
        auth::control("unsubscribe", id, stream, self.owner.as_ref())
    }

    fn ping(&self, id: u64, now: UnixNanos) -> Option<String> {
        Some(auth::ping(id, now))
    }

    fn decode(
        &mut self,
        role: SocketRole,
        frame: &[u8],
        _now: UnixNanos,
        out: &mut Vec<Event>,
    ) -> Result<(), DecodeError> {
        match role {
            SocketRole::Streams => {
                decode::streams_frame(frame, &self.table, self.owner.as_ref(), &mut self.trade_ids, out)
            }
            SocketRole::Actions => decode::actions_frame(frame, out),
        }
    }

    fn encode(&mut self, command: &Command, now: UnixNanos) -> Result<Encoded, CommandError> {
        let refuse = |code: &'static str, detail: &str| Err(CommandError { code, detail: detail.to_owned() });
        match &mut self.access {
            Access::Signing(signer) => {
                let now = self.lateness.venue_now(now);
                let encoded = signer.encode(command, &self.table, &self.config.endpoints, self.clock_ahead_ms, now)?;
                self.lateness.sent(&encoded);
                Ok(encoded)
            }
            Access::Waiting(_) => refuse("SESSION_NOT_READY", "the venue's chain id and contract are not known yet"),
            Access::ReadOnly => refuse("AUTH_KEY_MISSING", "commands need a private key"),
        }
    }

    fn classify(&self, command: &Command, encoded: &Encoded, reply: Option<&Reply>) -> Outcomes {
        let outcomes = outcomes::classify(command, encoded, reply);
        self.lateness.heard(encoded, &outcomes, self.config.recv_window_ms);
        outcomes
    }

    fn query(&mut self, query: &Query, page: Option<&Cursor>, now: UnixNanos) -> Result<Request, CommandError> {
        let signer = match &self.access {
            Access::Signing(signer) => Some(signer.as_ref()),
            Access::Waiting(_) | Access::ReadOnly => None,
        };
        let (endpoints, owner) = (&self.config.endpoints, self.owner.as_ref());
        Questions { endpoints, table: &self.table, owner, signer, page }.request(query, now)
    }

    fn answer(&mut self, query: &Query, page: Option<&Cursor>, reply: &Reply, now: UnixNanos) -> Lookup<Page> {
        let signer = match &mut self.access {
            Access::Signing(signer) => Some(signer.as_mut()),
            Access::Waiting(_) | Access::ReadOnly => None,
        };
        answers::answer(query, page, reply, &self.table, signer, now)
    }
}

/// Digest and signature of one message given as JSON; the configuration is checked as for `open`.
pub fn sign_typed(config_json: &str, secret: Secret, message_json: &str) -> Result<String, VenueError> {
    Config::parse(config_json)?;
    typed_json::sign_json(&key::parse(&secret)?, message_json)
}

/// The address of a key: `0x` and 40 lower-case hex digits.
pub fn address_of(secret: Secret) -> Result<String, VenueError> {
    key::parse(&secret).map(|key| hex::encode(&key.address()))
}
