//! Signing a message that is given as JSON: for tools, tests and cross-checks with other signers.

use serde_json::Value;

use super::hex;
use super::key::Key;
use super::sign::{self, FieldKind, MESSAGE_TYPES, MessageType, Word};
use crate::error::VenueError;

/// Signs `{"primary_type", "chain_id", "verifying_contract", "message"}`; answers `{"digest", "signature"}` and the
/// parts they are made from. Numbers may be given as text.
pub fn sign_json(key: &Key, text: &str) -> Result<String, VenueError> {
    let refuse = |what: &str, value: &str| {
        VenueError::config(what, value, "message to sign", "see the Nado page of the documentation")
    };
    let document: Value = serde_json::from_str(text).map_err(|error| refuse("not JSON", &error.to_string()))?;
    let known: Vec<&str> = MESSAGE_TYPES.iter().map(|kind| kind.name).collect();
    let primary_type = document["primary_type"].as_str().unwrap_or_default();
    let Some(kind) = MESSAGE_TYPES.iter().find(|kind| kind.name == primary_type) else {
        let hint = format!("one of: {}", known.join(", "));
        return Err(VenueError::config(
            "unknown primary_type",
            &document["primary_type"].to_string(),
            "message to sign",
            &hint,
        ));
    };
    let chain_id = unsigned(&document["chain_id"])
        .and_then(|value| u64::try_from(value).ok())
        .ok_or_else(|| refuse("chain_id is not a number", &document["chain_id"].to_string()))?;
    let contract = document["verifying_contract"]
        .as_str()
        .and_then(hex::decode::<20>)
        .ok_or_else(|| refuse("verifying_contract is not an address", &document["verifying_contract"].to_string()))?;
    let words = words(kind, &document["message"]).map_err(|(what, value)| refuse(&what, &value))?;
    let struct_hash = kind.struct_hash(&words);
    let domain_separator = sign::domain_separator(chain_id, &contract);
    let digest = sign::digest(&domain_separator, &struct_hash);
    Ok(serde_json::json!({
        "digest": hex::encode(&digest),
        "signature": hex::encode(&key.sign(&digest)),
        "struct_hash": hex::encode(&struct_hash),
        "domain_separator": hex::encode(&domain_separator),
        "type_string": kind.type_string(),
        "type_hash": hex::encode(&kind.type_hash()),
        "signer": hex::encode(&key.address()),
    })
    .to_string())
}

pub fn words(kind: &MessageType, message: &Value) -> Result<Vec<Word>, (String, String)> {
    let Some(fields) = message.as_object() else {
        return Err(("message is not an object".to_owned(), message.to_string()));
    };
    if let Some(extra) = fields.keys().find(|name| !kind.fields.iter().any(|(_, field)| field == name)) {
        return Err((format!("{} has no field of this name", kind.name), extra.clone()));
    }
    kind.fields
        .iter()
        .map(|(field, name)| {
            let value =
                fields.get(*name).ok_or_else(|| (format!("{}.{name} is missing", kind.name), message.to_string()))?;
            word(*field, value)
                .ok_or_else(|| (format!("{}.{name} is not a {}", kind.name, field.solidity()), value.to_string()))
        })
        .collect()
}

fn word(kind: FieldKind, value: &Value) -> Option<Word> {
    let below = |limit: u128| unsigned(value).filter(|number| *number <= limit).map(sign::unsigned);
    match kind {
        FieldKind::Bytes32 => Some(Word::One(hex::decode::<32>(value.as_str()?)?)),
        FieldKind::Address => Some(Word::One(sign::padded(&hex::decode::<20>(value.as_str()?)?))),
        FieldKind::Int128 => integer(value)?.parse().ok().map(sign::signed),
        FieldKind::Uint128 => below(u128::MAX),
        FieldKind::Uint64 => below(u64::MAX.into()),
        FieldKind::Uint32 => below(u32::MAX.into()),
        FieldKind::Bool => Some(sign::unsigned(value.as_bool()?.into())),
        FieldKind::Uint32Array => many(value, |item| {
            unsigned(item).filter(|number| *number <= u32::MAX.into()).map(|number| sign::padded(&number.to_be_bytes()))
        }),
        FieldKind::Bytes32Array => many(value, |item| hex::decode::<32>(item.as_str()?)),
    }
}

fn many(value: &Value, element: impl Fn(&Value) -> Option<[u8; 32]>) -> Option<Word> {
    value.as_array()?.iter().map(element).collect::<Option<Vec<_>>>().map(Word::Many)
}

fn unsigned(value: &Value) -> Option<u128> {
    integer(value)?.parse().ok()
}

/// Plain digits with an optional minus: no plus sign, no exponent, no fraction.
fn integer(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    let digits = text.strip_prefix('-').unwrap_or(&text);
    (!digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())).then_some(text)
}
