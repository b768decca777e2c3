//! Messages about the account itself, all made the same way: signed for the endpoint, with the address' own counter as
//! nonce (Nado reference 2.5, 3.5). Whether one of unknown outcome was executed, `nonces` tells: it moves by one.

use serde_json::{Map, Value, json};

use super::hex;
use super::sign::{
    BURN_NLP, FieldKind, LINK_SIGNER, LIQUIDATE_SUBACCOUNT, MINT_NLP, MessageType, TRANSFER_QUOTE, WITHDRAW_COLLATERAL,
    WITHDRAW_COLLATERAL_V2, Word,
};
use super::typed_json;
use crate::error::CommandError;

/// A message by the venue's name for it, and its weight.
pub static MESSAGES: &[(&str, &MessageType, u32)] = &[
    ("withdraw_collateral", &WITHDRAW_COLLATERAL, 10),
    ("withdraw_collateral_v2", &WITHDRAW_COLLATERAL_V2, 10),
    ("transfer_quote", &TRANSFER_QUOTE, 10),
    ("transfer_quote_v2", &TRANSFER_QUOTE, 10),
    ("link_signer", &LINK_SIGNER, 30),
    ("liquidate_subaccount", &LIQUIDATE_SUBACCOUNT, 20),
    ("mint_nlp", &MINT_NLP, 10),
    ("burn_nlp", &BURN_NLP, 10),
];

/// What may stand beside the signed fields: false refuses what would borrow, and costs twice; the most that the V2
/// messages may cost (x18; error 2135).
const BESIDE: &[&str] = &["spot_leverage", "max_fee_x18"];

pub struct AccountMessage {
    pub name: &'static str,
    pub struct_hash: [u8; 32],
    pub tx: Map<String, Value>,
    pub beside: Map<String, Value>,
    pub weight: u32,
}

/// `fields`: the message's own, without `sender`; integers as text or numbers.
pub fn read(name: &str, fields: &str, sender: &str) -> Result<AccountMessage, CommandError> {
    let refuse = |code, detail: String| CommandError { code, detail };
    let (name, kind, weight) = MESSAGES.iter().find(|(known, ..)| *known == name).ok_or_else(|| {
        let known: Vec<&str> = MESSAGES.iter().map(|(known, ..)| *known).collect();
        refuse("ACCOUNT_MESSAGE_UNKNOWN", format!("{name}; one of: {}", known.join(", ")))
    })?;
    let mut message: Map<String, Value> = serde_json::from_str(fields)
        .map_err(|error| refuse("ACCOUNT_MESSAGE_MALFORMED", format!("{name}: not a JSON object: {error}")))?;
    let mut beside = Map::new();
    for key in BESIDE {
        match message.remove(*key) {
            None => {}
            Some(flag @ Value::Bool(_)) if *key == "spot_leverage" => drop(beside.insert((*key).to_owned(), flag)),
            Some(Value::String(fee)) if *key == "max_fee_x18" && fee.parse::<u128>().is_ok() => {
                beside.insert((*key).to_owned(), json!(fee));
            }
            Some(other) => return Err(refuse("ACCOUNT_MESSAGE_MALFORMED", format!("{name}: {key} is {other}"))),
        }
    }
    message.insert("sender".to_owned(), json!(sender));
    let words = typed_json::words(kind, &Value::Object(message.clone()))
        .map_err(|(what, value)| refuse("ACCOUNT_MESSAGE_MALFORMED", format!("{what}: {value}")))?;
    let tx =
        kind.fields.iter().zip(&words).map(|((field, name), word)| ((*name).to_owned(), wire(*field, word))).collect();
    let weight = if beside.get("spot_leverage") == Some(&json!(false)) { 2 * weight } else { *weight };
    Ok(AccountMessage { name, struct_hash: kind.struct_hash(&words), tx, beside, weight })
}

/// The signed word as the venue reads it: 32-bit numbers as numbers, wider ones as text, bytes in hex (reference 2.3).
fn wire(kind: FieldKind, word: &Word) -> Value {
    // No message about an account has a list.
    let Word::One(bytes) = word else { return Value::Null };
    let (mut half, mut quarter) = ([0; 16], [0; 4]);
    half.copy_from_slice(&bytes[16..]);
    quarter.copy_from_slice(&bytes[28..]);
    match kind {
        FieldKind::Uint32 => json!(u32::from_be_bytes(quarter)),
        FieldKind::Bool => json!(bytes[31] == 1),
        FieldKind::Int128 => json!(i128::from_be_bytes(half).to_string()),
        FieldKind::Uint64 | FieldKind::Uint128 => json!(u128::from_be_bytes(half).to_string()),
        FieldKind::Address => json!(hex::encode(&bytes[12..])),
        FieldKind::Bytes32 => json!(hex::encode(bytes)),
        FieldKind::Uint32Array | FieldKind::Bytes32Array => Value::Null,
    }
}
