//! What is asked before anything else, and what must be true of the answers (Nado reference 1.2, 1.4, 5).

use serde_json::json;

use super::answers::server_time;
use super::config::{Config, Endpoints, PRODUCTS};
use super::decode_private::Owner;
use super::hex;
use super::messages::{self, Contracts, Failure, FeeRates, LinkedSigner, SubaccountInfo};
use super::queries::{self, gateway};
use super::symbols;
use crate::error::VenueError;
use crate::events::UnixNanos;
use crate::venues::expectations;
use crate::venues::instrument_table::InstrumentTable;
use crate::venues::{Reply, Request};

const AGAIN: &str = "the venue may be down; it is asked again";

/// The questions in their order; the last three need an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Contracts,
    Status,
    Symbols,
    Products,
    Time,
    FeeRates,
    Account,
    LinkedSigner,
}

impl Step {
    pub fn all(with_account: bool) -> &'static [Self] {
        const ALL: [Step; 8] = [
            Step::Contracts,
            Step::Status,
            Step::Symbols,
            Step::Products,
            Step::Time,
            Step::FeeRates,
            Step::Account,
            Step::LinkedSigner,
        ];
        if with_account { &ALL } else { &ALL[..5] }
    }

    pub fn request(self, endpoints: &Endpoints, owner: Option<&Owner>) -> Request {
        let account = owner.map(Owner::hex);
        match self {
            Self::Contracts => gateway(endpoints, &json!({"type": "contracts"}), 1),
            Self::Status => gateway(endpoints, &json!({"type": "status"}), 1),
            Self::Symbols => gateway(endpoints, &json!({"type": "symbols"}), 2),
            Self::Products => gateway(endpoints, &json!({"type": "all_products"}), 5),
            Self::Time => queries::server_time(endpoints),
            Self::FeeRates => gateway(endpoints, &json!({"type": "fee_rates", "sender": account}), 2),
            Self::Account => gateway(endpoints, &json!({"type": "subaccount_info", "subaccount": account}), 2),
            Self::LinkedSigner => gateway(endpoints, &json!({"type": "linked_signer", "subaccount": account}), 5),
        }
    }

    fn source(self) -> &'static str {
        match self {
            Self::Contracts => "Nado query contracts",
            Self::Status => "Nado query status",
            Self::Symbols => "Nado query symbols",
            Self::Products => "Nado query all_products",
            Self::Time => "Nado edge query time",
            Self::FeeRates => "Nado query fee_rates",
            Self::Account => "Nado query subaccount_info",
            Self::LinkedSigner => "Nado query linked_signer",
        }
    }

    /// The body of an answer, or why there is none: worth another try.
    pub fn body(self, reply: &Reply) -> Result<&[u8], VenueError> {
        match reply.status {
            200..=299 => Ok(&reply.body),
            403 => {
                let hint = "the venue's front door refuses this network or place; see the reason it gives";
                Err(VenueError::unavailable("the venue refuses access", &self.shown(reply), self.source(), hint))
            }
            _ => Err(VenueError::unavailable("the venue did not answer", &self.shown(reply), self.source(), AGAIN)),
        }
    }

    pub fn data<T: serde::de::DeserializeOwned>(self, reply: &Reply) -> Result<T, VenueError> {
        messages::data(self.body(reply)?).map_err(|failure: Failure| {
            VenueError::unavailable("the venue's answer cannot be used", &failure.to_string(), self.source(), AGAIN)
        })
    }

    fn shown(self, reply: &Reply) -> String {
        format!("HTTP {} {}", reply.status, crate::venues::scan::shorten(&String::from_utf8_lossy(&reply.body)))
    }
}

/// The chain and the endpoint contract that everything is signed for, checked against what is configured.
pub fn contracts(config: &Config, reply: &Reply) -> Result<(u64, [u8; 20]), VenueError> {
    let source = Step::Contracts.source();
    let data: Contracts = Step::Contracts.data(reply)?;
    config.check_chain(data.chain_id.0, source)?;
    let address = hex::decode::<20>(&data.endpoint_addr)
        .ok_or_else(|| VenueError::unavailable("the endpoint address is none", &data.endpoint_addr, source, AGAIN))?;
    match config.endpoint_address {
        Some(expected) if expected != address => {
            let hint =
                format!("endpoint_address is configured as {}; signatures would not be valid", hex::encode(&expected));
            Err(VenueError::config("another endpoint contract than configured", &data.endpoint_addr, source, &hint))
        }
        _ => Ok((data.chain_id.0, address)),
    }
}

pub fn status(reply: &Reply) -> Result<(), VenueError> {
    let status: String = Step::Status.data(reply)?;
    match status.as_str() {
        "active" => Ok(()),
        other => Err(VenueError::unavailable(
            "the venue is not active",
            other,
            Step::Status.source(),
            "it is asked again until it is",
        )),
    }
}

pub fn instruments(config: &Config, reply: &Reply) -> Result<InstrumentTable, VenueError> {
    let instruments = symbols::instruments(Step::Symbols.data(reply)?)?;
    expectations::check(&instruments, &config.products, PRODUCTS)?;
    Ok(InstrumentTable::new(instruments))
}

pub fn products(table: &mut InstrumentTable, reply: &Reply) -> Result<(), VenueError> {
    symbols::check_products(table.all_mut(), &Step::Products.data(reply)?)
}

/// By how many milliseconds the local clock is ahead of the venue's. The answer's journey makes it look more ahead than
/// it is, never less.
pub fn clock_ahead_ms(config: &Config, reply: &Reply, now: UnixNanos) -> Result<i64, VenueError> {
    let source = Step::Time.source();
    let server_ms = server_time(Step::Time.body(reply)?)
        .map_err(|error| VenueError::unavailable("the venue's time cannot be read", &error, source, AGAIN))?;
    let out_of_range =
        |_| VenueError::unavailable("the venue's time is out of range", &server_ms.to_string(), source, AGAIN);
    let server_ms = i64::try_from(server_ms).map_err(out_of_range)?;
    let ahead_ms = i64::try_from(now / 1_000_000).map_err(out_of_range)?.saturating_sub(server_ms);
    if ahead_ms.unsigned_abs() > config.max_clock_skew_ms {
        let direction = if ahead_ms > 0 { "ahead of" } else { "behind" };
        let value = format!("{} ms {direction} the venue's", ahead_ms.unsigned_abs());
        let hint = format!(
            "set this machine's clock (NTP); orders are valid for {} ms, at most {} ms of difference are allowed",
            config.recv_window_ms, config.max_clock_skew_ms
        );
        return Err(VenueError::config("this machine's clock is off", &value, source, &hint));
    }
    Ok(ahead_ms)
}

/// The account's own fees replace the listed ones; a product without an entry keeps them.
pub fn fee_rates(table: &mut InstrumentTable, reply: &Reply) -> Result<(), VenueError> {
    let rates: FeeRates = Step::FeeRates.data(reply)?;
    for instrument in table.all_mut() {
        let index = instrument.id.0 as usize;
        if let (Some(maker), Some(taker)) = (rates.maker_fee_rates_x18.get(index), rates.taker_fee_rates_x18.get(index))
        {
            instrument.maker_fee_x18 = maker.0;
            instrument.taker_fee_x18 = taker.0;
        }
    }
    Ok(())
}

/// An account that was never funded looks flat and empty, and so does one whose name has a typing error (reference 2.4.2).
pub fn account(owner: &Owner, reply: &Reply) -> Result<(), VenueError> {
    let data: SubaccountInfo = Step::Account.data(reply)?;
    if data.exists {
        return Ok(());
    }
    let hint = "deposit to it first, or correct the key, account_address or subaccount_name (NADO_SUBACCOUNT_NAME)";
    Err(VenueError::config("the venue has never seen this account", &owner.hex(), Step::Account.source(), hint))
}

/// A key that is not the owner's must be the subaccount's linked signer.
pub fn linked_signer(key_address: &[u8; 20], owner: &Owner, reply: &Reply) -> Result<(), VenueError> {
    let data: LinkedSigner = Step::LinkedSigner.data(reply)?;
    let linked = hex::decode::<20>(&data.linked_signer).or_else(|| {
        // Some answers pad the address to 32 bytes, as the message that links it does (reference 3.4).
        hex::decode::<32>(&data.linked_signer).and_then(|padded| padded[..20].try_into().ok())
    });
    if key_address == owner.address() || linked == Some(*key_address) {
        return Ok(());
    }
    let hint = format!("link {} to the subaccount first, or remove account_address", hex::encode(key_address));
    Err(VenueError::config(
        "the key is not this account's linked signer",
        &data.linked_signer,
        Step::LinkedSigner.source(),
        &hint,
    ))
}
