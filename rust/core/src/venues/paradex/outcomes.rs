//! What became of a command: the one table from the venue's answers to outcomes (Paradex reference 2.0, 2.9, 5.2, 5.7).
//!
//! | answer | outcome |
//! |---|---|
//! | no answer, 5xx, 408, unreadable body, internal error | Unknown |
//! | the client id is there already | Unknown: this very order may be the one |
//! | other 4xx with a JSON object, other errors of the socket | Rejected |
//! | an order that is NEW | Queued |
//! | an order that is open, filled, or ended otherwise than refused | Accepted |
//! | an order that ended as refused | Rejected |
//! | a change that was taken | Queued; the stream says whether it was made |
//! | an algo order with its number | Accepted |
//! | a cancel that was queued | Accepted; the stream says whether it won |
//! | a cancel of what is closed or not there | Rejected |

use serde_json::Value;

use super::order_fields::{OrderFields, POST_ONLY_CROSSES};
use crate::events::{OrderStatus, VenueOrderId};
use crate::venues::scan::{Object, shorten};
use crate::venues::{Command, Encoded, Outcome, Outcomes, Reply};

/// Names that do not prove a refusal: the order of that client id may be this one, or the venue itself has failed, which
/// the socket tells with the same number as every other error (reference 2.0, 5.2).
const UNPROVEN: &[&str] = &["DUPLICATED_CLIENT_ID", "INTERNAL_ERROR", "SERVICE_UNAVAILABLE"];
/// JSON-RPC: the server itself failed.
const INTERNAL: i64 = -32_603;

pub fn classify(command: &Command, encoded: &Encoded, reply: Option<&Reply>) -> Outcomes {
    let Some(reply) = reply else { return command.all(unknown("the reply was lost")) };
    match reply.status {
        200..=299 => success(command, encoded, &reply.body),
        408 => command.all(unknown("HTTP 408")),
        400..=499 => command.all(refused(reply)),
        status => command.all(unknown(&format!("HTTP {status}"))),
    }
}

/// Of the two keys that say why, either may be missing (reference 2.0).
fn refused(reply: &Reply) -> Outcome {
    match serde_json::from_slice::<Value>(&reply.body) {
        Ok(Value::Object(body)) => {
            let texts = [body.get("error"), body.get("message")];
            let texts: Vec<&str> = texts.into_iter().flatten().filter_map(Value::as_str).collect();
            rejected(reply.status.into(), &texts.join(": "))
        }
        _ => unknown(&format!("HTTP {} without a readable body", reply.status)),
    }
}

/// A REST body, or a message of the socket, which wraps the same.
fn success(command: &Command, encoded: &Encoded, body: &[u8]) -> Outcomes {
    if let Command::Cancel(targets) = command
        && body.is_empty()
    {
        let outcome = |id: &VenueOrderId| accepted(id);
        return targets.iter().map(|target| (target.client_id, outcome(&target.venue_order_id))).collect();
    }
    if let Command::CancelAll { .. } | Command::Account { .. } = command
        && body.is_empty()
    {
        return command.all(Outcome::Accepted { venue_order_id: None });
    }
    let Ok(document) = serde_json::from_slice::<Value>(body) else {
        return command.all(unknown(&format!("unreadable answer: {}", shorten(&String::from_utf8_lossy(body)))));
    };
    if document["error"].is_object() {
        return command.all(socket_error(&document["error"]));
    }
    let result = if document["result"].is_object() { &document["result"] } else { &document };
    match command {
        Command::Submit(_) => {
            let order = if result["order"].is_object() { &result["order"] } else { result };
            command.all(encoded.orders.first().map_or_else(|| unknown("no order"), |(_, ours)| placed(order, ours)))
        }
        Command::Modify(_) => command.all(Outcome::Queued),
        Command::SubmitBatch(_) => batch(command, encoded, result),
        Command::Cancel(targets) => {
            targets.iter().map(|target| (target.client_id, canceled(result, &target.venue_order_id))).collect()
        }
        // An algo order that was taken is known by the number in the answer alone.
        Command::Account { .. } => command.all(match result["id"].as_str() {
            Some(id) => accepted(&VenueOrderId(id.to_owned())),
            None => unknown(&format!("an answer without the number of the order: {}", shorten(&result.to_string()))),
        }),
        _ => command.all(Outcome::Accepted { venue_order_id: None }),
    }
}

fn socket_error(error: &Value) -> Outcome {
    let code = error["code"].as_i64().unwrap_or_default();
    let texts = [error["message"].as_str(), error["data"].as_str()];
    let reason = texts.into_iter().flatten().collect::<Vec<_>>().join(": ");
    if code == INTERNAL { unknown(&format!("{code}: {reason}")) } else { rejected(code, &reason) }
}

/// The order as the venue has taken it. An answer about another order says nothing about ours.
fn placed(order: &Value, ours: &VenueOrderId) -> Outcome {
    let text = order.to_string();
    let order = match Object::read(&text).and_then(|object| OrderFields::read(&object)) {
        Ok(order) => order,
        Err(error) => return unknown(&format!("unreadable order: {error}")),
    };
    let name = super::order_names::name(&order.id, order.client_id);
    if name != *ours {
        return unknown(&format!("the answer names another order: {}", shorten(&name.0)));
    }
    match order.status(false) {
        OrderStatus::Queued => Outcome::Queued,
        OrderStatus::Rejected => Outcome::Rejected {
            code: 0,
            due_post_only: order.cancel_reason == POST_ONLY_CROSSES,
            reason: order.cancel_reason,
        },
        _ => accepted(ours),
    }
}

/// REST: orders and errors apart, so that an error names no order unless it is everybody's. The socket: one result an order,
/// in their order (reference 2.9, 5.7).
fn batch(command: &Command, encoded: &Encoded, result: &Value) -> Outcomes {
    let subjects = command.subjects();
    let each = |outcome: &dyn Fn(usize, &VenueOrderId) -> Outcome| {
        let named = subjects.iter().zip(&encoded.orders).enumerate();
        named.map(|(index, (client_id, (_, ours)))| (*client_id, outcome(index, ours))).collect()
    };
    if let Some(results) = result["results"].as_array().filter(|results| results.len() == subjects.len()) {
        return each(&|index, ours| match results[index]["error"].as_str() {
            Some(error) => rejected(0, error),
            None => placed(&results[index]["order"], ours),
        });
    }
    let orders = result["orders"].as_array().cloned().unwrap_or_default();
    let errors = result["errors"].as_array().cloned().unwrap_or_default();
    each(&|_, ours| match orders.iter().find(|order| order["client_id"].as_str() == Some(&ours.0)) {
        Some(order) => placed(order, ours),
        None if orders.is_empty() && errors.len() == subjects.len() => {
            let texts = [errors[0]["error"].as_str(), errors[0]["message"].as_str()];
            rejected(0, &texts.into_iter().flatten().collect::<Vec<_>>().join(": "))
        }
        None => unknown("left out of the batch's answer"),
    })
}

/// One result an order, named by whichever id it was asked by; a single cancel has one without a list.
fn canceled(result: &Value, ours: &VenueOrderId) -> Outcome {
    let names = |item: &Value| ["id", "client_id", "order_id"].iter().any(|key| item[key].as_str() == Some(&ours.0));
    let status = match result["results"].as_array() {
        Some(results) => results.iter().find(|item| names(item)).and_then(|item| item["status"].as_str()),
        None => result["status"].as_str(),
    };
    match status {
        Some("QUEUED_FOR_CANCELLATION" | "ok") => accepted(ours),
        Some(status @ ("ALREADY_CLOSED" | "NOT_FOUND")) => rejected(0, status),
        Some(status) => unknown(&format!("status {}", shorten(status))),
        None => unknown("the answer does not list the order"),
    }
}

fn accepted(id: &VenueOrderId) -> Outcome {
    Outcome::Accepted { venue_order_id: Some(id.clone()) }
}

fn rejected(code: i64, reason: &str) -> Outcome {
    if UNPROVEN.iter().any(|name| reason.contains(name)) {
        return unknown(reason);
    }
    let reason = if reason.is_empty() { "no reason given" } else { reason };
    Outcome::Rejected { code, reason: reason.to_owned(), due_post_only: reason.contains(POST_ONLY_CROSSES) }
}

fn unknown(reason: &str) -> Outcome {
    Outcome::Unknown { reason: reason.to_owned() }
}
