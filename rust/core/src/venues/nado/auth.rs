//! Frames of the subscriptions socket that we send: login, streams, ping (Nado reference 4.2, 4.3).

use serde_json::{Value, json};

use super::decode_private::Owner;
use super::hex;
use super::key::Key;
use super::sign::{self, Domains, STREAM_AUTHENTICATION, Word};
use crate::error::CommandError;
use crate::events::UnixNanos;
use crate::venues::{Stream, StreamKind};

/// How long a login may travel: the venue takes at most 100 s.
const LOGIN_VALID_MS: u64 = 30_000;

/// Signs in the whole wallet for the life of the connection. The expiration is in milliseconds.
pub fn login(key: &Key, owner: &Owner, domains: &Domains, id: u64, now: UnixNanos) -> String {
    let expiration = now / 1_000_000 + LOGIN_VALID_MS;
    let words = [Word::One(owner.subaccount), sign::unsigned(expiration.into())];
    let digest = sign::digest(domains.endpoint(), &STREAM_AUTHENTICATION.struct_hash(&words));
    json!({
        "method": "authenticate",
        "id": id,
        "tx": {"sender": owner.hex(), "expiration": expiration.to_string()},
        "signature": hex::encode(&key.sign(&digest)),
    })
    .to_string()
}

pub fn control(method: &str, id: u64, stream: &Stream, owner: Option<&Owner>) -> Result<String, CommandError> {
    Ok(json!({"method": method, "id": id, "stream": stream_object(stream, owner)?}).to_string())
}

pub fn ping(id: u64, now: UnixNanos) -> String {
    json!({"method": "ping", "id": id, "client_time": (now / 1_000_000).to_string()}).to_string()
}

/// Exactly the fields that the stream lists: one more and the venue may refuse it.
fn stream_object(stream: &Stream, owner: Option<&Owner>) -> Result<Value, CommandError> {
    let product = stream.instrument.map(|instrument| instrument.0);
    let required =
        || product.ok_or(CommandError { code: "STREAM_INSTRUMENT_MISSING", detail: format!("{:?}", stream.kind) });
    let private = |kind: &str| match owner {
        Some(owner) => Ok(json!({"type": kind, "subaccount": owner.hex(), "product_id": product})),
        None => Err(CommandError {
            code: "AUTH_ACCOUNT_MISSING",
            detail: format!("the stream {kind} needs a key or account_address"),
        }),
    };
    Ok(match stream.kind {
        StreamKind::Book => json!({"type": "book_depth", "product_id": required()?}),
        StreamKind::Quotes => json!({"type": "best_bid_offer", "product_id": required()?}),
        StreamKind::BestPrices => match product {
            None => json!({"type": "all_bbo"}),
            Some(one) => {
                let detail = format!("all_bbo is of all products, not of {one}; quotes are of one");
                return Err(CommandError { code: "STREAM_INSTRUMENT_UNEXPECTED", detail });
            }
        },
        StreamKind::Trades => json!({"type": "trade", "product_id": required()?}),
        StreamKind::Bars => {
            if !super::limits::CAPABILITIES.bar_granularities_s.contains(&stream.param) {
                let detail =
                    format!("{} s; the venue has {:?}", stream.param, super::limits::CAPABILITIES.bar_granularities_s);
                return Err(CommandError { code: "STREAM_GRANULARITY_UNKNOWN", detail });
            }
            json!({"type": "latest_candlestick", "product_id": required()?, "granularity": stream.param})
        }
        StreamKind::FundingRate => json!({"type": "funding_rate", "product_id": product}),
        StreamKind::FundingPayments => json!({"type": "funding_payment", "product_id": required()?}),
        StreamKind::Liquidations => json!({"type": "liquidation", "product_id": product}),
        StreamKind::Orders => private("order_update")?,
        StreamKind::Fills => private("fill")?,
        StreamKind::Positions => private("position_change")?,
        StreamKind::ReferencePrices | StreamKind::Account => {
            let detail = format!("{:?}; the venue has {:?}", stream.kind, super::limits::CAPABILITIES.streams);
            return Err(CommandError { code: "STREAM_NOT_OFFERED", detail });
        }
    })
}
