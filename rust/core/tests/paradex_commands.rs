//! Commands as the venue documents them, and what each of its answers makes of them.

mod paradex_support;

use hedgewire_core::decimal::BaseQty;
use hedgewire_core::events::{ClientId, OrderKind, Side, VenueOrderId};
use hedgewire_core::venues::paradex::Paradex;
use hedgewire_core::venues::{CancelTarget, Command, Encoded, Method, NewOrder, Outcome, Reply, SocketRole, Venue};
use hedgewire_core::waiting::{PriceTrigger, TriggerSource};
use paradex_support::{BTC, NOW, TOKEN, config, instrument, order, reply, secret, trader, trader_of, venue};
use proptest::prelude::*;
use serde_json::{Value, json};

const BASE: &str = "http://127.0.0.1:9/v1/";

fn encode(venue: &mut Paradex, command: &Command) -> Encoded {
    venue.encode(command, NOW).expect("encoded")
}

fn body(encoded: &Encoded) -> Value {
    serde_json::from_str(&encoded.request.body).expect("JSON")
}

fn params(encoded: &Encoded, method: &str) -> Value {
    let frame: Value = serde_json::from_str(&encoded.frame).expect("JSON");
    assert_eq!((frame["method"].as_str(), frame["id"].as_u64()), (Some(method), Some(encoded.id)));
    frame["params"].clone()
}

fn target(venue: &Paradex, name: &str) -> CancelTarget {
    let client_id = name.strip_prefix("hw-").and_then(|digits| digits.parse().ok()).map(ClientId);
    CancelTarget {
        client_id,
        instrument: instrument(venue, BTC),
        venue_order_id: VenueOrderId(name.into()),
        waiting: false,
    }
}

#[test]
fn an_order_is_named_before_it_is_sent_and_says_the_same_on_both_roads() {
    let mut venue = trader();
    let command = Command::Submit(NewOrder { reduce_only: true, ..order(&venue, 42) });
    let encoded = encode(&mut venue, &command);
    assert_eq!(
        (encoded.request.method, encoded.request.url.as_str()),
        (Method::Post, format!("{BASE}orders").as_str())
    );
    assert!(encoded.request.private && encoded.request.headers.is_empty());
    assert_eq!(encoded.orders, vec![(ClientId(42), VenueOrderId("hw-42".into()))]);
    let mut fields = body(&encoded);
    assert_eq!(params(&encoded, "order.create"), fields);
    let signature = fields["signature"].take();
    let pair: Vec<String> = serde_json::from_str(signature.as_str().expect("a text")).expect("a list in a text");
    assert!(pair.len() == 2 && pair.iter().all(|number| number.bytes().all(|byte| byte.is_ascii_digit())));
    fields.as_object_mut().expect("an object").remove("signature");
    let expected = json!({
        "market": BTC, "side": "BUY", "type": "LIMIT", "size": "0.01", "price": "61234.5", "instruction": "GTC",
        "client_id": "hw-42", "flags": ["REDUCE_ONLY"], "recv_window": 10_000, "signature_timestamp": NOW / 1_000_000,
    });
    assert_eq!(fields, expected);
    assert_eq!(encoded.valid_until, NOW + 10_000_000_000);
}

#[test]
fn no_two_orders_are_signed_with_one_time() {
    let mut venue = trader();
    let mut times = Vec::new();
    for client_id in 1..=3 {
        let command = Command::Submit(order(&venue, client_id));
        times.push(body(&encode(&mut venue, &command))["signature_timestamp"].as_u64());
    }
    let batch = Command::SubmitBatch((4..=6).map(|client_id| order(&venue, client_id)).collect());
    let encoded = encode(&mut venue, &batch);
    times.extend(body(&encoded).as_array().expect("a list").iter().map(|order| order["signature_timestamp"].as_u64()));
    let command = Command::Submit(order(&venue, 7));
    times.push(body(&encode(&mut venue, &command))["signature_timestamp"].as_u64());
    assert!(times.windows(2).all(|pair| pair[0] < pair[1]), "{times:?}");
    assert_eq!(encoded.request.url, format!("{BASE}orders/batch"));
    assert_eq!(params(&encoded, "order.create_batch")["orders"], body(&encoded));
    assert_eq!(encoded.request.weight, 1, "a batch counts once");
}

#[test]
fn a_stop_says_its_direction() {
    let mut venue = trader();
    let price = "60000".parse().expect("a price");
    for (above, flag) in [(true, "STOP_CONDITION_ABOVE_TRIGGER"), (false, "STOP_CONDITION_BELOW_TRIGGER")] {
        let trigger = Some(PriceTrigger { source: TriggerSource::Mark, above, price, after: None });
        let command = Command::Submit(NewOrder { trigger, side: Side::Sell, ..order(&venue, 1) });
        let body = body(&encode(&mut venue, &command));
        assert_eq!((&body["type"], &body["trigger_price"]), (&json!("STOP_LIMIT"), &json!("60000")));
        assert_eq!((&body["flags"], &body["side"]), (&json!([flag]), &json!("SELL")));
    }
}

#[test]
fn parameters_of_this_venue_are_in_the_order() {
    let mut venue = trader();
    let params = r#"{"instruction":"RPI","stp":"EXPIRE_BOTH","recv_window_ms":2000,"mmp":true,"dime_discount":true}"#;
    let rpi = NewOrder { kind: OrderKind::PostOnly, params: Some(params.into()), ..order(&venue, 1) };
    let encoded = encode(&mut venue, &Command::Submit(rpi));
    let body = body(&encoded);
    let shown = ["instruction", "stp", "recv_window", "flags", "dime_discount"].map(|field| body[field].clone());
    assert_eq!(shown, [json!("RPI"), json!("EXPIRE_BOTH"), json!(2000), json!(["MMP"]), json!(true)]);
    assert_eq!(encoded.valid_until, NOW + 2_000_000_000);
    let longer = NewOrder { params: Some(r#"{"recv_window_ms":60000}"#.into()), ..order(&venue, 2) };
    let batch = Command::SubmitBatch(vec![order(&venue, 3), longer]);
    assert_eq!(encode(&mut venue, &batch).valid_until, NOW + 2_000_000 + 60_000_000_000);
}

#[test]
fn an_order_without_a_price_is_the_venues_own_where_that_is_configured() {
    let mut settings = config();
    settings["market_orders"] = json!("native");
    let mut venue = trader_of(&settings);
    let market = NewOrder { kind: OrderKind::ImmediateOrCancel, market: true, ..order(&venue, 1) };
    let shown = |venue: &mut Paradex, order: &NewOrder| {
        let body = body(&encode(venue, &Command::Submit(order.clone())));
        ["type", "price", "vwap_price", "instruction"].map(|field| body[field].as_str().unwrap_or("none").to_owned())
    };
    let price = market.price.to_string();
    assert_eq!(shown(&mut venue, &market), ["MARKET", "0", &price, "IOC"]);
    let priced = NewOrder { market: false, ..market.clone() };
    assert_eq!(shown(&mut venue, &priced), ["LIMIT", &price, "none", "IOC"]);
    let capped = NewOrder { params: Some(r#"{"market_orders":"capped"}"#.into()), ..market.clone() };
    assert_eq!(shown(&mut venue, &capped), ["LIMIT", &price, "none", "IOC"]);
    let trigger = Some(PriceTrigger { source: TriggerSource::Mark, above: true, price: market.price, after: None });
    assert_eq!(shown(&mut venue, &NewOrder { trigger, ..market }), ["STOP_MARKET", "0", "none", "IOC"]);
}

#[test]
fn what_follows_a_position_takes_profit_or_stops_a_loss() {
    let mut venue = trader();
    let price = "60000".parse().expect("a price");
    for (side, above, market, kind) in [
        (Side::Sell, true, false, "TAKE_PROFIT_LIMIT"),
        (Side::Sell, false, false, "STOP_LOSS_LIMIT"),
        (Side::Buy, false, true, "TAKE_PROFIT_MARKET"),
        (Side::Buy, true, true, "STOP_LOSS_MARKET"),
    ] {
        let trigger = Some(PriceTrigger { source: TriggerSource::Mark, above, price, after: None });
        let params = match market {
            true => r#"{"follows_position":true,"market_orders":"native"}"#,
            false => r#"{"follows_position":true}"#,
        };
        let params = Some(params.to_owned());
        let order = NewOrder { side, trigger, market, params, reduce_only: true, ..order(&venue, 1) };
        let body = body(&encode(&mut venue, &Command::Submit(order.clone())));
        assert_eq!((&body["type"], &body["size"]), (&json!(kind), &json!(order.quantity.to_string())));
        assert!(body["flags"].as_array().expect("flags").contains(&json!("REDUCE_ONLY")));
    }
}

#[test]
fn a_twap_is_signed_as_a_market_order_and_known_by_the_venues_number() {
    let mut venue = trader();
    let message = |name: &str, fields: Value| Command::Account { name: name.into(), fields: fields.to_string() };
    let fields = json!({"market": BTC, "side": "BUY", "size": "0.5", "duration_s": 600, "interval_s": 60});
    let place = message("place_twap", fields.clone());
    let encoded = encode(&mut venue, &place);
    assert_eq!((encoded.request.url.as_str(), encoded.frame.as_str()), (&*format!("{BASE}algo/orders"), ""));
    let sent = body(&encoded);
    let shown = ["algo_type", "type", "size", "side"].map(|field| sent[field].as_str().unwrap_or_default().to_owned());
    assert_eq!(shown, ["TWAP", "MARKET", "0.5", "BUY"]);
    assert_eq!((&sent["duration_seconds"], &sent["frequency"]), (&json!(600), &json!(60)));
    assert!(encoded.orders.is_empty(), "no order of the registry");
    let taken = json!({"id": "1718941725080201704028870000", "status": "OPEN"});
    let id = Some(VenueOrderId("1718941725080201704028870000".into()));
    assert_eq!(judged(&place, 201, &taken), [Outcome::Accepted { venue_order_id: id }]);
    assert!(matches!(judged(&place, 201, &json!({}))[..], [Outcome::Unknown { .. }]));
    assert!(matches!(judged(&place, 503, &Value::Null)[..], [Outcome::Unknown { .. }]));
    let refused = json!({"error": "MARKET_NOT_OPEN", "message": "no"});
    assert!(matches!(judged(&place, 400, &refused)[..], [Outcome::Rejected { .. }]));
    let cancel = message("cancel_twap", json!({"id": "1718"}));
    let encoded = encode(&mut venue, &cancel);
    assert_eq!((encoded.request.method, encoded.request.url), (Method::Delete, format!("{BASE}algo/orders/1718")));
    assert_eq!(judged(&cancel, 204, &Value::Null), [Outcome::Accepted { venue_order_id: None }]);
    for (key, value, code) in [
        ("market", json!("NONE-USD-PERP"), "INSTRUMENT_UNKNOWN"),
        ("size", json!("0.0000001"), "QUANTITY_OFF_LOT"),
        ("size", json!(1), "TWAP_FIELDS"),
        ("side", json!("LONG"), "TWAP_FIELDS"),
        ("duration_s", json!(45), "TWAP_FIELDS"),
        ("duration_s", Value::Null, "TWAP_FIELDS"),
        ("duration_s", json!(86_430), "TWAP_FIELDS"),
        ("interval_s", json!(601), "TWAP_FIELDS"),
        ("interval", json!(60), "TWAP_FIELDS"),
    ] {
        let mut wrong = fields.clone();
        wrong[key] = value;
        let refused = venue.encode(&message("place_twap", wrong), NOW).expect_err("refused");
        assert_eq!(refused.code, code, "{}", refused.detail);
    }
    let unknown = venue.encode(&message("withdraw", json!({})), NOW).expect_err("refused");
    assert_eq!(unknown.code, "ACCOUNT_MESSAGE_UNKNOWN");
}

#[test]
fn parameters_that_the_venue_does_not_have_are_refused_with_a_hint() {
    let mut venue = trader();
    for (params, says) in [
        (r#"{"instruktion":"RPI"}"#, "hint: did you mean instruction?"),
        (r#"{"instruction":"IOC"}"#, "hint: instruction must be one of: RPI"),
        (r#"{"instruction":"RPI"}"#, "hint: submit it with post_only"),
        (r#"{"stp":"NONE"}"#, "hint: stp must be one of: EXPIRE_TAKER, EXPIRE_MAKER, EXPIRE_BOTH"),
        (r#"{"recv_window_ms":9}"#, "hint: recv_window_ms must be 10 to 300000"),
        (r#"{"follows_position":true}"#, "hint: submit a stop or if-touched order with reduce_only"),
        (r#"{"market_orders":"native"}"#, "hint: leave it out of this order"),
        (r#"{"mmp":"yes"}"#, "hint: mmp must be true or false"),
        (r#"{"isolated_margin":"100"}"#, "unknown order parameter: isolated_margin"),
    ] {
        let order = NewOrder { params: Some(params.into()), ..order(&venue, 1) };
        let refused = venue.encode(&Command::Submit(order), NOW).expect_err("refused");
        assert_eq!(refused.code, "ORDER_PARAMS");
        assert!(refused.detail.contains(says), "{}", refused.detail);
    }
}

#[test]
fn cancels_of_one_of_several_and_of_all() {
    let mut venue = trader();
    let mut check = |command: Command, path: &str, body: &str, method: &str, expected: Value| {
        let encoded = encode(&mut venue, &command);
        assert_eq!((encoded.request.method, encoded.request.url), (Method::Delete, format!("{BASE}{path}")));
        assert_eq!(encoded.request.body, body);
        if method.is_empty() {
            assert_eq!(encoded.frame, "");
        } else {
            let frame: Value = serde_json::from_str(&encoded.frame).expect("JSON");
            assert_eq!((frame["method"].as_str(), &frame["params"]), (Some(method), &expected));
        }
    };
    let known = paradex_support::venue();
    let (ours, other) = (target(&known, "hw-42"), target(&known, "1718"));
    check(
        Command::Cancel(vec![ours.clone()]),
        "orders/by_client_id/hw-42?market=BTC-USD-PERP",
        "",
        "order.cancel",
        json!({"client_id": "hw-42", "market": BTC}),
    );
    check(Command::Cancel(vec![other.clone()]), "orders/1718", "", "order.cancel", json!({"id": "1718"}));
    let both = r#"{"client_order_ids":["hw-42"],"order_ids":["1718"]}"#;
    check(Command::Cancel(vec![ours, other.clone()]), "orders/batch", both, "", Value::Null);
    let numbers = r#"{"client_order_ids":[],"order_ids":["1718","1718"]}"#;
    let ids = json!({"order_ids": ["1718", "1718"]});
    check(Command::Cancel(vec![other.clone(), other]), "orders/batch", numbers, "order.cancel_batch", ids);
    let all = |instrument| Command::CancelAll { instrument, waiting: false };
    check(all(None), "orders", "", "order.cancel_all", json!({}));
    let btc = Some(instrument(&known, BTC));
    check(all(btc), "orders?market=BTC-USD-PERP", "", "order.cancel_all", json!({"market": BTC}));
}

#[test]
fn what_the_venue_would_refuse_is_refused_here() {
    let mut venue = trader();
    let plain = order(&venue, 1);
    let of = |symbol: &str| NewOrder {
        instrument: instrument(&trader(), symbol),
        price: "60".parse().expect("a price"),
        ..plain.clone()
    };
    let trigger = |source| Some(PriceTrigger { source, above: true, price: plain.price, after: None });
    let cases = [
        (NewOrder { kind: OrderKind::FillOrKill, ..plain.clone() }, "ORDER_KIND_NOT_OFFERED"),
        (NewOrder { expires_s: Some(2_000_000_000), ..plain.clone() }, "EXPIRATION_NOT_OFFERED"),
        (NewOrder { trigger: trigger(TriggerSource::Last), ..plain.clone() }, "TRIGGER_NOT_OFFERED"),
        (NewOrder { price: "61234.55".parse().expect("a price"), ..plain.clone() }, "PRICE_OFF_TICK"),
        (NewOrder { quantity: BaseQty::ZERO, ..plain.clone() }, "QUANTITY_NOT_POSITIVE"),
        (NewOrder { quantity: "0.00001".parse().expect("a quantity"), ..plain.clone() }, "QUANTITY_UNDER_MINIMUM"),
        (of("SOL-USD-PERP"), "INSTRUMENT_HALTED"),
        (
            NewOrder { reduce_only: true, quantity: "1".parse().expect("a quantity"), ..of("ETH-USD") },
            "SPOT_WITHOUT_POSITION",
        ),
    ];
    for (order, code) in cases {
        assert_eq!(venue.encode(&Command::Submit(order), NOW).expect_err("refused").code, code);
    }
    // What is left of a position may be less than the minimum.
    let rest = NewOrder { quantity: "0.00001".parse().expect("a quantity"), reduce_only: true, ..plain.clone() };
    venue.encode(&Command::Submit(rest), NOW).expect("encoded");
    // An option's minimum counts at the price of what it is on.
    let option = NewOrder { quantity: "0.01".parse().expect("a quantity"), ..of("BTC-USD-25DEC26-70000-C") };
    venue.encode(&Command::Submit(option), NOW).expect("encoded");
    let too_many = Command::SubmitBatch(vec![plain.clone(); 11]);
    assert_eq!(venue.encode(&too_many, NOW).expect_err("refused").code, "BATCH_SIZE");
    let waiting = Command::CancelAll { instrument: None, waiting: true };
    assert_eq!(venue.encode(&waiting, NOW).expect_err("refused").code, "CANCEL_ALL_WAITING_NOT_OFFERED");
    let mut early = Paradex::open(&config().to_string(), Some(secret())).expect("a configuration");
    assert_eq!(early.encode(&Command::Submit(plain.clone()), NOW).expect_err("refused").code, "SESSION_NOT_READY");
    let mut public = paradex_support::venue();
    assert_eq!(public.encode(&Command::Submit(plain), NOW).expect_err("refused").code, "AUTH_KEY_MISSING");
}

fn judged(command: &Command, status: u16, body: &Value) -> Vec<Outcome> {
    let mut venue = trader();
    let encoded = encode(&mut venue, command);
    let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
    let reply = Reply { status, retry_after_ms: None, body };
    venue.classify(command, &encoded, Some(&reply)).into_iter().map(|(_, outcome)| outcome).collect()
}

fn taken(status: &str, reason: &str) -> Value {
    let mut order: Value = serde_json::from_str(paradex_sample!("rest_order")).expect("JSON");
    order["status"] = json!(status);
    order["cancel_reason"] = json!(reason);
    order
}

#[test]
fn taken_is_queued_and_nothing_is_rejected_without_evidence() {
    let submit = Command::Submit(order(&venue(), 42));
    let one = |status, body: &Value| judged(&submit, status, body).remove(0);
    assert_eq!(one(201, &taken("NEW", "")), Outcome::Queued);
    assert!(matches!(one(201, &taken("OPEN", "")), Outcome::Accepted { .. }));
    assert!(matches!(one(201, &taken("CLOSED", "USER_CANCELED")), Outcome::Accepted { .. }));
    assert!(matches!(
        one(201, &taken("CLOSED", "POST_ONLY_WOULD_CROSS")),
        Outcome::Rejected { due_post_only: true, .. }
    ));
    let socket = |result: Value| json!({"jsonrpc": "2.0", "id": 42, "result": result});
    assert_eq!(
        one(200, &socket(json!({"order": taken("NEW", ""), "created_at": 1, "received_at": 2}))),
        Outcome::Queued
    );
    let mut other = taken("NEW", "");
    other["client_id"] = json!("hw-43");
    for (status, body) in [
        (201, other),
        (201, json!({})),
        (201, json!([])),
        (200, Value::Null),
        (400, json!({"error": "DUPLICATED_CLIENT_ID", "message": "no", "data": null})),
        (403, json!("a front door's page")),
        (408, json!({"message": "time-out"})),
        (500, json!({"error": "INTERNAL_ERROR", "message": "no"})),
        (503, json!({})),
        (200, json!({"id": 42, "error": {"code": -32603, "message": "internal"}})),
        (200, json!({"id": 42, "error": {"code": 100, "message": "DUPLICATED_CLIENT_ID"}})),
        (200, json!({"id": 42, "error": {"code": 100, "message": "INTERNAL_ERROR", "data": "bad gateway"}})),
        (200, json!({"id": 42, "error": {"code": 100, "message": "SERVICE_UNAVAILABLE"}})),
    ] {
        assert!(matches!(one(status, &body), Outcome::Unknown { .. }), "{status} {body}");
    }
    for (status, body, code) in [
        (400, json!({"error": "INVALID_ORDER_SIGNATURE", "message": "no", "data": null}), 400),
        (401, json!({"message": "missing or malformed jwt"}), 401),
        (429, json!({"message": "rate limit exceeded"}), 429),
        (200, json!({"id": 42, "error": {"code": 42901, "message": "rate limit exceeded"}}), 42_901),
    ] {
        assert!(
            matches!(one(status, &body), Outcome::Rejected { code: found, .. } if found == code),
            "{status} {body}"
        );
    }
    let venue = trader();
    let encoded = encode(&mut trader(), &submit);
    assert!(matches!(venue.classify(&submit, &encoded, None)[..], [(Some(ClientId(42)), Outcome::Unknown { .. })]));
}

#[test]
fn each_order_of_a_batch_has_its_own_outcome() {
    let batch = Command::SubmitBatch(vec![order(&venue(), 41), order(&venue(), 42)]);
    let error = json!({"error": "INVALID_ORDER_SIZE", "message": "no"});
    // Over REST the error names nobody: the order that is not listed may be the one, or not.
    let apart = judged(&batch, 201, &json!({"orders": [taken("NEW", "")], "errors": [error]}));
    assert!(matches!(apart[..], [Outcome::Unknown { .. }, Outcome::Queued]), "{apart:?}");
    let all = judged(&batch, 201, &json!({"orders": [], "errors": [error, error]}));
    assert!(matches!(all[..], [Outcome::Rejected { .. }, Outcome::Rejected { .. }]), "{all:?}");
    // Over the socket each has its place.
    let results = json!({"id": 1, "result": {"results": [{"error": "no"}, {"order": taken("NEW", "")}]}});
    let placed = judged(&batch, 200, &results);
    assert!(matches!(placed[..], [Outcome::Rejected { .. }, Outcome::Queued]), "{placed:?}");
}

#[test]
fn a_cancel_that_was_queued_and_one_that_came_too_late() {
    let known = venue();
    let one = Command::Cancel(vec![target(&known, "hw-42")]);
    assert!(matches!(judged(&one, 204, &Value::Null)[..], [Outcome::Accepted { .. }]));
    let queued = json!({"id": 1, "result": {"order_id": "1718", "status": "QUEUED_FOR_CANCELLATION"}});
    assert!(matches!(judged(&one, 200, &queued)[..], [Outcome::Accepted { .. }]));
    let closed = json!({"error": "ORDER_IS_CLOSED", "message": "no", "data": null});
    assert!(matches!(judged(&one, 400, &closed)[..], [Outcome::Rejected { code: 400, .. }]));
    let three = Command::Cancel(["hw-42", "1718", "hw-7"].map(|name| target(&known, name)).to_vec());
    let results = json!({"results": [
        {"id": "1718", "status": "ALREADY_CLOSED"}, {"id": "1719", "client_id": "hw-42", "status": "QUEUED_FOR_CANCELLATION"},
    ]});
    let outcomes = judged(&three, 200, &results);
    let expected =
        matches!(outcomes[..], [Outcome::Accepted { .. }, Outcome::Rejected { .. }, Outcome::Unknown { .. }]);
    assert!(expected, "{outcomes:?}");
    let all = Command::CancelAll { instrument: None, waiting: false };
    assert!(matches!(judged(&all, 200, &Value::Null)[..], [Outcome::Accepted { .. }]));
    assert!(matches!(judged(&all, 200, &json!({"id": 1, "result": {"status": "ok"}}))[..], [Outcome::Accepted { .. }]));
    assert!(matches!(judged(&all, 502, &json!({}))[..], [Outcome::Unknown { .. }]));
}

const MINUTE: u64 = 60_000_000_000;

// proves: R000-53
#[test]
fn a_session_is_renewed_before_it_ends_and_when_it_is_refused() {
    let mut venue = trader();
    let mut request = venue.query(&hedgewire_core::venues::Query::Positions, None, NOW).expect("a question");
    assert!(venue.authorise(&mut request, NOW));
    assert_eq!(request.headers, vec![("Authorization", format!("Bearer {TOKEN}"))]);
    assert_eq!(venue.upkeep(NOW + 2 * MINUTE), None);
    let login = venue.upkeep(NOW + 3 * MINUTE).expect("due");
    assert!(login.url.starts_with(&format!("{BASE}auth/0x")) && !login.private && login.body.is_empty());
    let names: Vec<&str> = login.headers.iter().map(|(name, _)| *name).collect();
    let expected =
        ["PARADEX-STARKNET-ACCOUNT", "PARADEX-STARKNET-SIGNATURE", "PARADEX-TIMESTAMP", "PARADEX-SIGNATURE-EXPIRATION"];
    assert_eq!(names, expected);
    assert_eq!(venue.upkeep(NOW + 3 * MINUTE), None, "one attempt at a time");
    venue.on_upkeep(Some(&reply(r#"{"jwt_token":"h.next.s"}"#)), NOW + 3 * MINUTE).expect("a token");
    // A refusal of the token before says nothing of this one.
    let refusal = Reply { status: 401, retry_after_ms: None, body: br#"{"message":"expired"}"#.to_vec() };
    assert!(venue.is_unauthorised(&request, &refusal, NOW + 3 * MINUTE));
    assert_eq!(venue.upkeep(NOW + 3 * MINUTE), None);
    assert!(venue.authorise(&mut request, NOW + 3 * MINUTE));
    assert_eq!(request.headers, vec![("Authorization", "Bearer h.next.s".to_owned())]);
    assert!(venue.is_unauthorised(&request, &refusal, NOW + 3 * MINUTE));
    assert!(!venue.authorise(&mut request, NOW + 3 * MINUTE));
    assert!(venue.upkeep(NOW + 3 * MINUTE).is_some());
    assert!(venue.on_upkeep(None, NOW + 3 * MINUTE).is_err());
    assert!(!venue.is_unauthorised(&request, &Reply { status: 403, ..refusal }, NOW));
}

#[test]
fn a_connection_signs_in_and_where_it_carries_orders_arms_their_end() {
    let mut over_socket = config();
    over_socket["transport"] = json!("ws");
    let mut venue = trader_of(&over_socket);
    let mut frame = |role, step| {
        let frame = venue.login(role, step, 7, NOW).expect("a login")?;
        serde_json::from_str::<Value>(&frame).ok()
    };
    let auth = json!({"jsonrpc": "2.0", "id": 7, "method": "auth", "params": {"bearer": TOKEN}});
    assert_eq!(frame(SocketRole::Streams, 0), Some(auth.clone()));
    assert_eq!(frame(SocketRole::Streams, 1), None);
    assert_eq!(frame(SocketRole::Actions, 0), Some(auth));
    let armed = frame(SocketRole::Actions, 1).expect("a frame");
    assert_eq!((&armed["method"], &armed["params"]), (&json!("order.cancel_on_disconnect"), &json!({"enabled": true})));
    assert_eq!(frame(SocketRole::Actions, 2), None);
    assert_eq!(venue.sockets().len(), 2);
    assert!(venue.login(SocketRole::Streams, 0, 7, NOW + 5 * MINUTE).is_err(), "a dead token signs nobody in");
    assert_eq!(paradex_support::venue().login(SocketRole::Streams, 0, 7, NOW), Ok(None));
}

#[test]
fn a_token_that_a_connection_refuses_is_renewed_at_once() {
    let mut venue = trader();
    assert_eq!(venue.upkeep(NOW), None);
    let refusal = json!({"jsonrpc": "2.0", "id": 7, "error": {"code": 40111, "message": "invalid bearer token"}});
    let mut events = Vec::new();
    venue.decode(SocketRole::Streams, refusal.to_string().as_bytes(), NOW, &mut events).expect("decoded");
    assert!(venue.login(SocketRole::Streams, 0, 8, NOW).is_err());
    assert!(venue.upkeep(NOW).is_some());
}

#[test]
fn a_request_is_shown_without_its_token() {
    let mut request = trader().query(&hedgewire_core::venues::Query::Positions, None, NOW).expect("a question");
    assert!(trader().authorise(&mut request, NOW));
    let shown = format!("{request:?}");
    assert!(shown.contains("Authorization") && !shown.contains(TOKEN), "{shown}");
}

#[test]
fn a_schema_that_is_refused_is_followed_by_the_one_before() {
    let mut venue = venue();
    let version = |url: &str| url.rsplit('=').next().map(str::to_owned);
    assert_eq!(version(&venue.sockets()[0].url).as_deref(), Some("3"));
    let mut next = |status| venue.socket_refused(SocketRole::Streams, status).and_then(|spec| version(&spec.url));
    assert_eq!(next(503), None);
    assert_eq!([next(400), next(400), next(400)].map(|next| next.expect("another")), ["2", "1", "3"]);
    let mut json = config();
    json["encoding"] = json!("json");
    let mut venue = paradex_support::open(&json);
    assert!(!venue.sockets()[0].url.contains("sbe"));
    assert_eq!(venue.socket_refused(SocketRole::Streams, 400), None);
}

#[test]
fn a_login_that_is_refused_says_what_to_do() {
    let mut venue = Paradex::open(&config().to_string(), Some(secret())).expect("a configuration");
    let config = paradex_support::answers_to_a_trader().remove(0);
    venue.on_bootstrap(0, &reply(&config), NOW).expect("a chain");
    for (code, told) in [("NOT_ONBOARDED", "does not know the account"), ("INVALID_TIMESTAMP", "set the clock")] {
        let body = json!({"error": code, "message": "no", "data": null}).to_string().into_bytes();
        let error =
            venue.on_bootstrap(3, &Reply { status: 401, retry_after_ms: None, body }, NOW).expect_err("refused");
        assert!(error.to_string().contains(told) && error.decision == hedgewire_core::error::Decision::Stop, "{error}");
    }
    let l1 = "1".repeat(64);
    let key = hedgewire_core::secret::Secret::new(format!("0x{l1}"));
    assert!(Paradex::open(&paradex_support::config().to_string(), Some(key)).is_err(), "an L1 key is no L2 key");
}

thread_local! {
    static SUBMITTED: (Paradex, Command, Encoded) = {
        let mut venue = trader();
        let submit = Command::Submit(order(&venue, 42));
        let encoded = encode(&mut venue, &submit);
        (venue, submit, encoded)
    };
}

proptest! {
    #[test]
    fn no_answer_makes_it_panic_or_rejects_by_accident(status in 200_u16..600, body in ".{0,64}") {
        let reply = Reply { status, retry_after_ms: None, body: body.into_bytes() };
        let outcomes = SUBMITTED.with(|(venue, submit, encoded)| venue.classify(submit, encoded, Some(&reply)));
        let fine = matches!(outcomes[..], [(Some(ClientId(42)), Outcome::Unknown { .. } | Outcome::Rejected { .. })]);
        prop_assert!(fine, "{:?}", outcomes);
    }
}
