//! Messages about the account itself, all made the same way: signed for the endpoint, with the address' own counter as
//! nonce (Nado reference 2.5, 3.5). Whether one of unknown outcome was executed, `nonces` tells: it moves by one.

use serde_json::{Map, Value, json};

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
    ("link_signer", &LINK_SIGNER, 30),
    ("liquidate_subaccount", &LIQUIDATE_SUBACCOUNT, 20),
    ("mint_nlp", &MINT_NLP, 10),
    ("burn_nlp", &BURN_NLP, 10),
];

/// Stands beside the signed message: false refuses what would borrow, and costs twice.
const SPOT_LEVERAGE: &str = "spot_leverage";

pub struct AccountMessage {
    pub name: &'static str,
    pub struct_hash: [u8; 32],
    pub tx: Map<String, Value>,
    pub spot_leverage: Option<bool>,
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
    let spot_leverage = match message.remove(SPOT_LEVERAGE) {
        None => None,
        Some(Value::Bool(allowed)) => Some(allowed),
        Some(other) => return Err(refuse("ACCOUNT_MESSAGE_MALFORMED", format!("{SPOT_LEVERAGE} is {other}"))),
    };
    message.insert("sender".to_owned(), json!(sender));
    let words = typed_json::words(kind, &Value::Object(message.clone()))
        .map_err(|(what, value)| refuse("ACCOUNT_MESSAGE_MALFORMED", format!("{what}: {value}")))?;
    let tx = kind
        .fields
        .iter()
        .zip(&words)
        .map(|((field, name), word)| ((*name).to_owned(), wire(*field, word, &message[*name])))
        .collect();
    let weight = if spot_leverage == Some(false) { 2 * weight } else { *weight };
    Ok(AccountMessage { name, struct_hash: kind.struct_hash(&words), tx, spot_leverage, weight })
}

/// As the venue reads it: 32-bit numbers as numbers, wider ones as text, bytes in lower case (reference 2.3).
fn wire(kind: FieldKind, word: &Word, given: &Value) -> Value {
    let text = given.as_str().map_or_else(|| given.to_string(), str::to_owned);
    match (kind, word) {
        (FieldKind::Uint32, Word::One(bytes)) => {
            json!(u32::from_be_bytes([bytes[28], bytes[29], bytes[30], bytes[31]]))
        }
        (FieldKind::Bool, _) => given.clone(),
        (FieldKind::Bytes32 | FieldKind::Address, _) => json!(text.to_ascii_lowercase()),
        _ => json!(text),
    }
}
