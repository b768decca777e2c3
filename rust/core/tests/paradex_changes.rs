//! Changes of orders: what is signed and sent, and what the venue's messages make of them.

mod paradex_support;

use hedgewire_core::decimal::BaseQty;
use hedgewire_core::events::{ChangeRefused, ClientId, Event, Terms, VenueOrderId};
use hedgewire_core::venues::paradex::Paradex;
use hedgewire_core::venues::{Change, Command, Method, Outcome, Reply, Venue};
use paradex_support::{BTC, NOW, config, decode, instrument, trader, trader_of};
use serde_json::{Value, json};

const NUMBER: &str = "1750000000000201709277900000";

fn change(venue: &Paradex, quantity: &str, price: &str) -> Change {
    Change {
        client_id: Some(ClientId(42)),
        instrument: instrument(venue, BTC),
        venue_order_id: VenueOrderId("hw-42".into()),
        terms: Terms {
            quantity: quantity.parse().expect("a quantity"),
            price: price.parse().expect("a price"),
            trigger_price: None,
        },
        filled: BaseQty::ZERO,
    }
}

/// The order of client id 42 as its channel tells it.
fn message(seq: u64, fields: Value) -> String {
    let mut frame: Value = serde_json::from_str(paradex_sample!("stream_orders")).expect("JSON");
    let data = frame["params"]["data"].as_object_mut().expect("an order");
    let own = json!({
        "id": NUMBER, "client_id": "hw-42", "market": BTC, "side": "BUY", "type": "LIMIT", "status": "OPEN", "size": "0.01",
        "remaining_size": "0.01", "price": "61234.5", "cancel_reason": "", "trigger_price": "0", "flags": [], "seq_no": seq,
    });
    for fields in [own, fields] {
        data.extend(fields.as_object().expect("fields").clone());
    }
    frame.to_string()
}

fn told(venue: &mut Paradex, seq: u64, fields: Value) -> Vec<Event> {
    decode(venue, message(seq, fields).as_bytes()).expect("a message")
}

fn code(venue: &mut Paradex, change: Change) -> &'static str {
    venue.encode(&Command::Modify(change), NOW).expect_err("refused").code
}

#[test]
fn a_change_repeats_what_stays_and_is_signed_with_the_venues_number() {
    let mut venue = trader();
    let wanted = change(&venue, "0.02", "61000");
    assert_eq!(code(&mut venue, wanted.clone()), "ORDER_NUMBER_UNKNOWN", "nothing has been heard of it");
    told(
        &mut venue,
        1,
        json!({"side": "SELL", "type": "STOP_LIMIT", "trigger_price": "60000", "status": "UNTRIGGERED"}),
    );
    let with_trigger = Terms { trigger_price: Some("60500".parse().expect("a price")), ..wanted.terms };
    let command = Command::Modify(Change { terms: with_trigger, ..wanted });
    let encoded = venue.encode(&command, NOW).expect("encoded");
    let url = format!("http://127.0.0.1:9/v1/orders/{NUMBER}");
    assert_eq!((encoded.request.method, &encoded.request.url, encoded.request.private), (Method::Put, &url, true));
    let mut body: Value = serde_json::from_str(&encoded.request.body).expect("JSON");
    let frame: Value = serde_json::from_str(&encoded.frame).expect("JSON");
    assert_eq!((&frame["method"], &frame["params"]), (&json!("order.modify"), &body));
    assert!(body["signature"].take().as_str().is_some_and(|signature| signature.starts_with("[\"")));
    let expected = json!({
        "id": NUMBER, "market": BTC, "side": "SELL", "type": "STOP_LIMIT", "size": "0.02", "price": "61000",
        "trigger_price": "60500", "signature": null, "signature_timestamp": NOW / 1_000_000 + 1,
    });
    assert_eq!(body, expected);
    assert!(encoded.orders.is_empty(), "its name stays");
    assert_eq!(encoded.valid_until, NOW + 300_001_000_000, "the venue's own window: a change names none");
}

#[test]
fn what_cannot_be_a_change_is_refused_here() {
    let mut venue = trader();
    told(&mut venue, 1, json!({}));
    let good = change(&venue, "0.02", "61000");
    let partly = Change { filled: "0.005".parse().expect("a quantity"), ..good.clone() };
    assert_eq!(code(&mut venue, partly.clone()), "MODIFY_PARTLY_FILLED");
    let off_tick = change(&venue, "0.02", "61000.05");
    assert_eq!(code(&mut venue, off_tick), "PRICE_OFF_TICK");
    let trigger = Terms { trigger_price: Some("0.01".parse().expect("a price")), ..good.terms };
    assert_eq!(code(&mut venue, Change { terms: trigger, ..good }), "TRIGGER_OFF_TICK");
    let mut counting = config();
    counting["modify_partly_filled"] = json!(true);
    let mut venue = trader_of(&counting);
    told(&mut venue, 1, json!({}));
    venue.encode(&Command::Modify(partly.clone()), NOW).expect("the size counts what is filled");
    let filled = partly.terms.quantity;
    assert_eq!(code(&mut venue, Change { filled, ..partly }), "QUANTITY_FILLED");
}

#[test]
fn a_change_that_was_taken_is_queued_and_a_refused_one_says_why() {
    let mut venue = trader();
    told(&mut venue, 1, json!({}));
    let command = Command::Modify(change(&venue, "0.02", "61000"));
    let encoded = venue.encode(&command, NOW).expect("encoded");
    let judge = |status, body: &str| {
        let reply = Reply { status, retry_after_ms: None, body: body.as_bytes().to_vec() };
        venue.classify(&command, &encoded, Some(&reply)).remove(0)
    };
    assert_eq!(judge(200, paradex_sample!("rest_order")), (Some(ClientId(42)), Outcome::Queued));
    let closed = judge(400, r#"{"error":"ORDER_IS_CLOSED","message":"no","data":null}"#).1;
    assert!(matches!(closed, Outcome::Rejected { code: 400, reason, .. } if reason == "ORDER_IS_CLOSED: no"));
    assert!(matches!(judge(503, "").1, Outcome::Unknown { .. }));
    assert!(matches!(judge(200, "not JSON").1, Outcome::Unknown { .. }));
}

#[test]
fn an_orders_message_says_its_terms_and_why_a_change_was_refused() {
    let mut venue = trader();
    let [Event::OrderUpdate(update)] = &told(&mut venue, 1, json!({"size": "0.02", "remaining_size": "0.015"}))[..]
    else {
        panic!("one update");
    };
    let terms =
        Terms { quantity: "0.02".parse().expect("q"), price: "61234.5".parse().expect("p"), trigger_price: None };
    assert_eq!(update.terms, Some(terms));
    let info = |status: &str, id: &str| json!({"request_info": {"id": id, "request_type": "MODIFY_ORDER", "status": status, "message": "NOT_ENOUGH_MARGIN"}});
    let refused = ChangeRefused {
        venue_order_id: VenueOrderId("hw-42".into()),
        request: "7".into(),
        reason: "NOT_ENOUGH_MARGIN".into(),
    };
    let events = told(&mut venue, 2, info("REJECTED", "7"));
    assert!(matches!(&events[..], [Event::OrderUpdate(_), Event::ChangeRefused(one)] if *one == refused), "{events:?}");
    for unproven in [info("PENDING", "7"), info("SUCCESS", "7"), info("REJECTED", ""), json!({"request_info": null})] {
        let events = told(&mut venue, 3, unproven.clone());
        assert!(!events.iter().any(|event| matches!(event, Event::ChangeRefused(_))), "{unproven}");
    }
}
