//! What became of a command: the one table from the venue's answers to outcomes (Nado reference 2.1, 2.2, 2.6).
//!
//! | answer | outcome |
//! |---|---|
//! | no answer, 5xx, 408, unreadable body | Unknown |
//! | 429 | Rejected 1000: the front door did not let it in |
//! | other 4xx with the venue's envelope | as the envelope says |
//! | other 4xx with another JSON object | Rejected |
//! | `status: success` | Accepted, where the digest is the one we computed |
//! | `status: failure` | Rejected with its code, but 2013 (this very order is there already) Unknown |

use serde_json::Value;

use super::lateness;
use super::messages::{Envelope, read_object};
use crate::events::VenueOrderId;
use crate::venues::scan::shorten;
use crate::venues::{Command, Encoded, Outcome, Outcomes, Reply};

const RATE_LIMITED: i64 = 1000;
const POST_ONLY_CROSSES: i64 = 2008;
const DIGEST_EXISTS: i64 = 2013;
const ORDER_NOT_FOUND: i64 = 2020;

pub fn classify(command: &Command, encoded: &Encoded, reply: Option<&Reply>) -> Outcomes {
    let reply = match reply {
        Some(reply) => reply,
        None => return command.all(unknown("the reply was lost")),
    };
    let envelope = match front_door(reply) {
        Ok(envelope) => envelope,
        Err(outcome) => return command.all(outcome),
    };
    match envelope.status.as_str() {
        "success" => success(command, encoded, &envelope),
        "failure" => failure(command, &envelope),
        other => command.all(unknown(&format!("status {}", shorten(other)))),
    }
}

/// What the transport's status says; the envelope where it leaves the question open.
fn front_door(reply: &Reply) -> Result<Envelope, Outcome> {
    match reply.status {
        200..=299 => read_object(&reply.body).map_err(|error| unknown(&format!("unreadable answer: {error}"))),
        429 => Err(rejected(RATE_LIMITED, "rate limited (HTTP 429)".to_owned())),
        408 => Err(unknown("HTTP 408")),
        400..=499 => match read_object::<Value>(&reply.body) {
            Ok(body) if body["status"].is_string() => {
                serde_json::from_value(body).map_err(|error| unknown(&format!("unreadable answer: {error}")))
            }
            Ok(Value::Object(body)) => {
                let code = body.get("error_code").and_then(Value::as_i64).unwrap_or(reply.status.into());
                let text = body
                    .get("error")
                    .or_else(|| body.get("reason"))
                    .and_then(Value::as_str)
                    .unwrap_or("no reason given");
                Err(rejected(code, format!("HTTP {}: {}", reply.status, shorten(text))))
            }
            _ => Err(unknown(&format!("HTTP {} without a readable body", reply.status))),
        },
        status => Err(unknown(&format!("HTTP {status}"))),
    }
}

fn success(command: &Command, encoded: &Encoded, envelope: &Envelope) -> Outcomes {
    match command {
        Command::Submit(order) => vec![(Some(order.client_id), placed(encoded, &envelope.data))],
        Command::CancelAndPlace { place, .. } => vec![(Some(place.client_id), placed(encoded, &envelope.data))],
        Command::SubmitBatch(orders) => {
            let items = envelope.data.as_array().or_else(|| envelope.data["place_orders"].as_array());
            // An entry that failed has no digest: its place tells the order, unless an entry was left out.
            let complete = items.is_some_and(|items| items.len() == orders.len());
            let outcome = |index: usize| {
                let ours = &encoded.orders.get(index)?.1;
                let item = if complete { items?.get(index) } else { items?.iter().find(|item| names(item, ours)) };
                item.map(|item| batch_item(item, ours))
            };
            let or_unknown =
                |outcome: Option<Outcome>| outcome.unwrap_or_else(|| unknown("left out of the batch's answer"));
            let each = orders.iter().enumerate();
            each.map(|(index, order)| (Some(order.client_id), or_unknown(outcome(index)))).collect()
        }
        // The trigger service answers a cancel without a list (reference 6.6): of one order that is an answer.
        Command::Cancel(targets) if targets.len() == 1 && targets[0].waiting => {
            vec![(targets[0].client_id, accepted(&targets[0].venue_order_id))]
        }
        Command::Cancel(targets) => {
            let canceled = canceled_ids(&envelope.data);
            let outcome = |id: &VenueOrderId| match &canceled {
                None => unknown("the answer does not list the cancelled orders"),
                Some(ids) if ids.iter().any(|canceled| canceled.eq_ignore_ascii_case(&id.0)) => accepted(id),
                Some(_) => rejected(ORDER_NOT_FOUND, "not among the cancelled orders".to_owned()),
            };
            targets.iter().map(|target| (target.client_id, outcome(&target.venue_order_id))).collect()
        }
        // Nothing encodes it.
        Command::Modify(_) => command.all(unknown("changes are not offered")),
        Command::CancelAll { .. } | Command::Account { .. } => vec![(None, Outcome::Accepted { venue_order_id: None })],
    }
}

fn failure(command: &Command, envelope: &Envelope) -> Outcomes {
    let reason = envelope.error.clone().unwrap_or_else(|| "no reason given".to_owned());
    let code = envelope.error_code.unwrap_or_default();
    match command {
        _ if code == DIGEST_EXISTS => command.all(unknown(&format!("{code}: {reason}"))),
        // Of several, one was not there. What became of the others the answer does not say (reference 2.5).
        Command::Cancel(targets) if targets.len() > 1 && code == ORDER_NOT_FOUND => {
            let text = reason.to_ascii_lowercase();
            let outcome = |id: &VenueOrderId| match text.contains(&id.0.to_ascii_lowercase()) {
                true => rejected(code, reason.clone()),
                false => unknown(&format!("another order of this cancel was refused: {}", shorten(&reason))),
            };
            targets.iter().map(|target| (target.client_id, outcome(&target.venue_order_id))).collect()
        }
        _ => command.all(rejected(code, reason)),
    }
}

fn placed(encoded: &Encoded, data: &Value) -> Outcome {
    match encoded.orders.first() {
        Some((_, ours)) => digest_outcome(data["digest"].as_str(), ours),
        None => unknown("no order was sent"),
    }
}

/// The venue's digest must be ours: an answer about another order says nothing about this one.
fn digest_outcome(digest: Option<&str>, ours: &VenueOrderId) -> Outcome {
    match digest {
        Some(digest) if !digest.eq_ignore_ascii_case(&ours.0) => {
            unknown(&format!("the answer names another order: {}", shorten(digest)))
        }
        _ => accepted(ours),
    }
}

fn names(item: &Value, ours: &VenueOrderId) -> bool {
    item["digest"].as_str().is_some_and(|digest| digest.eq_ignore_ascii_case(&ours.0))
}

fn batch_item(item: &Value, ours: &VenueOrderId) -> Outcome {
    match (item["digest"].as_str(), item["error"].as_str()) {
        (Some(digest), Some(_)) if !names(item, ours) => {
            unknown(&format!("the answer names another order: {}", shorten(digest)))
        }
        (_, Some(error)) => {
            let code = item["error_code"].as_i64().unwrap_or_default();
            if code == DIGEST_EXISTS { unknown(error) } else { rejected(code, error.to_owned()) }
        }
        (digest @ Some(_), None) => digest_outcome(digest, ours),
        _ => unknown("neither a digest nor an error"),
    }
}

fn canceled_ids(data: &Value) -> Option<Vec<String>> {
    let orders = data["cancelled_orders"].as_array()?;
    orders.iter().map(|order| order["digest"].as_str().map(str::to_owned)).collect()
}

fn accepted(id: &VenueOrderId) -> Outcome {
    Outcome::Accepted { venue_order_id: Some(id.clone()) }
}

fn rejected(code: i64, reason: String) -> Outcome {
    let reason = reason + lateness::hint(code);
    Outcome::Rejected { code, reason, due_post_only: code == POST_ONLY_CROSSES }
}

fn unknown(reason: &str) -> Outcome {
    Outcome::Unknown { reason: reason.to_owned() }
}
