//! Signing a message that is given as JSON: for tools, tests and cross-checks with other signers.

use serde_json::{Value, json};

use super::felt::Felt;
use super::key::Key;
use super::sign::{Domain, MESSAGE_TYPES, MessageType};
use crate::error::VenueError;

/// Signs `{"primary_type", "chain_id", "account", "message"}`, revision 0; answers `{"digest", "signature"}` and the parts they
/// are made from. A field is a number, or text as the venue's SDK encodes it: hexadecimal, decimal, or a short string.
pub fn sign_json(key: &Key, document: &str) -> Result<String, VenueError> {
    let refuse = |what: &str, value: &str| {
        VenueError::config(what, value, "message to sign", "see the Paradex page of the documentation")
    };
    let document: Value = serde_json::from_str(document).map_err(|error| refuse("not JSON", &error.to_string()))?;
    let message = &document["message"];
    let kind = kind(&document["primary_type"], message).map_err(|(what, value)| refuse(&what, &value))?;
    let chain_id = document["chain_id"]
        .as_str()
        .ok_or_else(|| refuse("chain_id is not text", &document["chain_id"].to_string()))?;
    let account = felt(&document["account"])
        .ok_or_else(|| refuse("account is not an address", &document["account"].to_string()))?;
    let fields = kind
        .fields
        .iter()
        .map(|name| {
            felt(&message[*name])
                .ok_or_else(|| refuse(&format!("{}.{name} is not a felt", kind.name), &message[*name].to_string()))
        })
        .collect::<Result<Vec<Felt>, VenueError>>()?;
    let domain = Domain::new(chain_id, account)?;
    let struct_hash = kind.struct_hash(&fields);
    let digest = domain.digest(struct_hash);
    Ok(json!({
        "digest": digest.to_string(),
        "signature": key.sign(digest).to_string(),
        "struct_hash": struct_hash.to_string(),
        "domain_hash": domain.hash().to_string(),
        "type_string": kind.type_string(),
        "type_hash": kind.type_hash().to_string(),
        "public_key": key.public_key().to_string(),
    })
    .to_string())
}

/// The type of this name that has the message's fields: two are called `Request`.
fn kind(primary_type: &Value, message: &Value) -> Result<&'static MessageType, (String, String)> {
    let Some(fields) = message.as_object() else {
        return Err(("message is not an object".to_owned(), message.to_string()));
    };
    let named: Vec<_> = MESSAGE_TYPES.iter().filter(|kind| *primary_type == kind.name).collect();
    if named.is_empty() {
        return Err((format!("unknown primary_type, {}", known()), primary_type.to_string()));
    }
    let fits = |kind: &MessageType| {
        fields.len() == kind.fields.len() && kind.fields.iter().all(|name| fields.contains_key(*name))
    };
    let names: Vec<&str> = fields.keys().map(String::as_str).collect();
    let found = named.into_iter().find(|kind| fits(kind)).copied();
    found.ok_or_else(|| (format!("fields of no message, {}", known()), names.join(", ")))
}

fn known() -> String {
    let known: Vec<String> = MESSAGE_TYPES.iter().map(|kind| kind.type_string()).collect();
    format!("known are {}", known.join(" "))
}

/// As the venue's SDK encodes it (reference 3.6). `None` where it is no number below p, and no short string.
fn felt(value: &Value) -> Option<Felt> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    if text.starts_with("0x") {
        return Felt::from_hex(&text);
    }
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Felt::from_decimal(&text);
    }
    Felt::short_string(&text).filter(|_| value.is_string())
}
