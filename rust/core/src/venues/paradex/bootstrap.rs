//! What is asked before anything else, and what must be true of the answers (Paradex reference 2.1, 3.3).

use super::address::ClassHashes;
use super::answers::server_ms;
use super::config::{Config, MARKETS};
use super::credentials::Served;
use super::decode_private::read_account;
use super::felt::Felt;
use super::limits::{PRIVATE, PUBLIC};
use super::messages::{self, AccountInfos, Markets, Refusal, SystemConfig, SystemState, Token};
use super::symbols::{self, AccountRates};
use crate::error::VenueError;
use crate::events::UnixNanos;
use crate::instruments::TradingStatus;
use crate::venues::expectations;
use crate::venues::instrument_table::InstrumentTable;
use crate::venues::scan::{Object, shorten};
use crate::venues::{Reply, Request};

const AGAIN: &str = "the venue may be down; it is asked again";

/// The questions in their order; those in the middle need a key. Markets come last: fees may be the account's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Contracts,
    Status,
    Time,
    Login,
    FeeRates,
    Account,
    Markets,
}

impl Step {
    pub fn all(with_account: bool) -> &'static [Self] {
        const PUBLIC: [Step; 4] = [Step::Contracts, Step::Status, Step::Time, Step::Markets];
        const ALL: [Step; 7] =
            [Step::Contracts, Step::Status, Step::Time, Step::Login, Step::FeeRates, Step::Account, Step::Markets];
        if with_account { &ALL } else { &PUBLIC }
    }

    /// `Login` is made by what signs it.
    pub fn request(self, rest: &str) -> Request {
        let public = |path: &str| Request::get(format!("{rest}/{path}"), PUBLIC, 1);
        let private = |path: &str| Request::get(format!("{rest}/{path}"), PRIVATE, 1).private();
        match self {
            Self::Contracts => public("system/config"),
            Self::Status => public("system/state"),
            Self::Time | Self::Login => public("system/time"),
            Self::FeeRates => private("account/info"),
            Self::Account => private("account"),
            Self::Markets => public("markets"),
        }
    }

    fn source(self) -> &'static str {
        match self {
            Self::Contracts => "Paradex GET /system/config",
            Self::Status => "Paradex GET /system/state",
            Self::Time => "Paradex GET /system/time",
            Self::Login => "Paradex POST /auth",
            Self::FeeRates => "Paradex GET /account/info",
            Self::Account => "Paradex GET /account",
            Self::Markets => "Paradex GET /markets",
        }
    }

    /// The body of an answer, or why there is none: worth another try.
    pub fn body(self, reply: &Reply) -> Result<&[u8], VenueError> {
        match reply.status {
            200..=299 => Ok(&reply.body),
            _ => Err(VenueError::unavailable("the venue did not answer", &shown(reply), self.source(), AGAIN)),
        }
    }

    pub fn data<T: serde::de::DeserializeOwned>(self, reply: &Reply) -> Result<T, VenueError> {
        messages::read(self.body(reply)?).map_err(|reason| {
            VenueError::unavailable("the venue's answer cannot be used", &reason, self.source(), AGAIN)
        })
    }
}

pub fn shown(reply: &Reply) -> String {
    format!("HTTP {} {}", reply.status, shorten(&String::from_utf8_lossy(&reply.body)))
}

/// The chain that everything is signed for, and what keys and addresses follow from.
pub struct Chain {
    pub chain_id: String,
    pub served: Served,
}

pub fn contracts(config: &Config, reply: &Reply) -> Result<Chain, VenueError> {
    let source = Step::Contracts.source();
    let data: SystemConfig = Step::Contracts.data(reply)?;
    config.check_chain(&data.starknet_chain_id, source)?;
    let unusable = |what: &str, value: &str| VenueError::unavailable(what, value, source, AGAIN);
    let hash = |text: &str| Felt::from_hex(text).ok_or_else(|| unusable("a class hash is none", text));
    let l1_chain_id = data.l1_chain_id.parse().map_err(|_| unusable("l1_chain_id is no number", &data.l1_chain_id))?;
    let hashes =
        ClassHashes { account: hash(&data.paraclear_account_hash)?, proxy: hash(&data.paraclear_account_proxy_hash)? };
    Ok(Chain { chain_id: data.starknet_chain_id, served: Served { l1_chain_id, hashes } })
}

/// The token that a login is answered with, or what to do about its refusal.
pub fn token(reply: &Reply) -> Result<String, VenueError> {
    let source = Step::Login.source();
    if (200..300).contains(&reply.status) {
        return Step::Login.data::<Token>(reply).map(|token| token.jwt_token);
    }
    let refusal: Option<Refusal> = messages::read(&reply.body).ok();
    let code = refusal.and_then(|refusal| refusal.error).unwrap_or_default();
    let hint = match code.as_str() {
        "NOT_ONBOARDED" => {
            "the venue does not know the account of this key: open it once in its web app, or, if this is an Ethereum (L1) key, set key to l1"
        }
        "INVALID_TIMESTAMP" => "set the clock: the login is signed with a time that the venue does not take",
        "INVALID_SUBKEY" | "PUBLIC_KEY_INVALID" => "the key is not registered for this account; check both",
        "STARKNET_SIGNATURE_VERIFICATION_FAILED" | "INVALID_STARKNET_SIGNATURE" => {
            "the key does not belong to the account, or the account's address follows from other class hashes"
        }
        "GEO_IP_BLOCK" | "IP_NOT_ALLOWED" => "the venue refuses this network or place for this account",
        _ => return Err(VenueError::unavailable("no token was given", &shown(reply), source, AGAIN)),
    };
    Err(VenueError::config("the venue refuses the login", &shown(reply), source, hint))
}

pub fn no_answer() -> VenueError {
    VenueError::unavailable("no token was given", "the reply was lost", Step::Login.source(), AGAIN)
}

/// An account that cannot be read cannot be traded.
pub fn account(reply: &Reply) -> Result<(), VenueError> {
    let body = String::from_utf8_lossy(Step::Account.body(reply)?);
    let read = Object::read(&body).and_then(|object| read_account(&object));
    read.map(drop).map_err(|error| {
        let what = "the venue's answer cannot be used";
        VenueError::unavailable(what, &error.to_string(), Step::Account.source(), AGAIN)
    })
}

/// A venue that only takes cancels is up: what lives there must be seen and taken back.
pub fn status(reply: &Reply) -> Result<TradingStatus, VenueError> {
    let state: SystemState = Step::Status.data(reply)?;
    Ok(symbols::system_status(&state.status))
}

/// By how much the local clock is ahead, in milliseconds.
pub fn clock_ahead_ms(config: &Config, reply: &Reply, now: UnixNanos) -> Result<i64, VenueError> {
    let source = Step::Time.source();
    let unusable = |value: &str| VenueError::unavailable("the venue's time cannot be used", value, source, AGAIN);
    let server = server_ms(Step::Time.body(reply)?).map_err(|reason| unusable(&reason))?;
    let server = i64::try_from(server).map_err(|_| unusable(&server.to_string()))?;
    let local = i64::try_from(now / 1_000_000).unwrap_or(i64::MAX);
    let ahead_ms = local - server;
    if ahead_ms.unsigned_abs() <= config.max_clock_skew_ms {
        return Ok(ahead_ms);
    }
    let hint = format!("set the clock; signatures are refused beyond max_clock_skew_ms ({})", config.max_clock_skew_ms);
    Err(VenueError::config("the clocks differ by too much", &format!("{ahead_ms} ms"), source, &hint))
}

/// The account's own rates, for markets that name none.
pub fn fee_rates(account: &str, reply: &Reply) -> Result<AccountRates, VenueError> {
    let infos: AccountInfos = Step::FeeRates.data(reply)?;
    let ours = infos.results.iter().find(|info| info.account.eq_ignore_ascii_case(account));
    let Some(fees) = ours.and_then(|info| info.fees.as_ref()) else { return Ok(AccountRates::default()) };
    Ok(AccountRates { maker_x18: fees.maker_rate.0.unwrap_or(0), taker_x18: fees.taker_rate.0.unwrap_or(0) })
}

pub fn instruments(
    config: &Config,
    reply: &Reply,
    known: &InstrumentTable,
    rates: AccountRates,
    now: UnixNanos,
) -> Result<InstrumentTable, VenueError> {
    let data: Markets = Step::Markets.data(reply)?;
    let instruments = symbols::instruments(data, known, rates, now)?;
    expectations::check(&instruments, &config.markets, MARKETS)?;
    Ok(InstrumentTable::new(instruments))
}
