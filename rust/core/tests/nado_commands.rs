//! Commands: what is refused here, what is signed, and what an answer means for each order.

mod nado_support;

use hedgewire_core::decimal::BaseQty;
use hedgewire_core::events::{ClientId, InstrumentId, OrderKind, Side, VenueOrderId};
use hedgewire_core::secret::Secret;
use hedgewire_core::venues::nado::Nado;
use hedgewire_core::venues::{
    self, CancelTarget, Command, Encoded, NewOrder, Outcome, Reply, SocketRole, Stream, StreamKind, Venue,
};
use nado_support::{
    BTC, ENDPOINT, ETH, KEY, NOW, SENDER, answers, boot, config, failure, order, reply, secret, success, venue,
};
use serde_json::{Value, json};

fn encode(command: &Command) -> Encoded {
    venue().encode(command, NOW).expect("encoded")
}

fn body(encoded: &Encoded) -> Value {
    serde_json::from_str(&encoded.request.body).expect("JSON")
}

/// Signs the same message by the other road.
fn signature(primary_type: &str, contract: &str, message: &Value) -> Value {
    let text =
        json!({"primary_type": primary_type, "chain_id": 57073, "verifying_contract": contract, "message": message});
    let signed = venues::sign_typed("nado", "{}", Secret::new(KEY.to_owned()), &text.to_string()).expect("signed");
    serde_json::from_str(&signed).expect("JSON")
}

fn target(client_id: u64, digit: &str) -> CancelTarget {
    let venue_order_id = VenueOrderId(format!("0x{}", digit.repeat(64)));
    CancelTarget { client_id: Some(ClientId(client_id)), instrument: ETH, venue_order_id, waiting: false }
}

// proves: R003-013, R003-4.0.4
#[test]
fn an_order_is_signed_for_its_product_and_known_before_it_is_sent() {
    let kinds = [
        (OrderKind::Limit, "1"),
        (OrderKind::ImmediateOrCancel, "513"),
        (OrderKind::FillOrKill, "1025"),
        (OrderKind::PostOnly, "1537"),
    ];
    for (kind, appendix) in kinds {
        let encoded = encode(&Command::Submit(NewOrder { kind, side: Side::Sell, ..order(42) }));
        let place = &body(&encoded)["place_order"];
        assert_eq!(place["product_id"], 4);
        assert_eq!(place["id"], 42);
        let sent = &place["order"];
        assert_eq!(sent["sender"], SENDER);
        assert_eq!(sent["priceX18"], "3500000000000000000000");
        assert_eq!(sent["amount"], "-1000000000000000000");
        assert_eq!(sent["expiration"], "4294967295");
        assert_eq!(sent["appendix"], appendix);
        let nonce: u64 = sent["nonce"].as_str().expect("a text").parse().expect("a number");
        assert_eq!(nonce >> 20, NOW / 1_000_000 + 10_000);
        let signed = signature("Order", "0x0000000000000000000000000000000000000004", sent);
        assert_eq!(place["signature"], signed["signature"]);
        let digest = signed["digest"].as_str().expect("a digest").to_owned();
        assert_eq!(encoded.orders, [(ClientId(42), VenueOrderId(digest))]);
        assert_eq!((encoded.id, encoded.valid_until), (42, NOW + 10_000_000_000));
        assert_eq!(encoded.frame, encoded.request.body);
        assert_eq!((encoded.request.limit, encoded.request.weight), ("execute", 1));
    }
}

#[test]
fn equal_orders_have_different_ids() {
    let mut venue = venue();
    let mut next = || venue.encode(&Command::Submit(order(1)), NOW).expect("encoded").orders[0].1.clone();
    assert_ne!(next(), next());
}

/// An id is the hash of the order and its nonce: two alike would be one order at the venue, and each client take its fills.
#[test]
fn equal_orders_of_two_clients_or_of_two_runs_in_one_moment_have_different_ids() {
    let id = |seed: u64| {
        let mut venue = Nado::open(&config().to_string(), Some(secret())).expect("a venue");
        venue.seed(seed);
        for (index, answer) in answers().iter().enumerate() {
            venue.on_bootstrap(index, answer, NOW).expect("a step");
        }
        venue.encode(&Command::Submit(order(1)), NOW).expect("encoded").orders[0].1.clone()
    };
    assert_ne!(id(1), id(2));
    assert_eq!(id(1), id(1), "a seed replays");
}

#[test]
fn flags_margin_and_expiration_are_in_the_signed_order() {
    let isolated = NewOrder {
        kind: OrderKind::ImmediateOrCancel,
        reduce_only: true,
        params: Some(r#"{"isolated_margin": "150"}"#.into()),
        expires_s: Some(NOW / 1_000_000_000 + 60),
        ..order(1)
    };
    let place = &body(&encode(&Command::Submit(isolated)))["place_order"]["order"];
    assert_eq!(place["appendix"], (2_767_011_611_056_432_742_400_000_257u128 - 257 + 2_817).to_string());
    assert_eq!(place["expiration"], "1760000140");
}

#[test]
fn a_clock_ahead_of_the_venue_makes_the_message_valid_longer() {
    let mut answers = answers();
    answers[4] = reply(&json!({"status": "success", "server_time": (NOW / 1_000_000 - 700).to_string()}));
    let mut venue = boot(&config(), Some(secret()), &answers).expect("a venue");
    let encoded = venue.encode(&Command::Submit(order(1)), NOW).expect("encoded");
    assert_eq!(encoded.valid_until, NOW + 10_700_000_000);
}

#[test]
fn cancels_are_signed_for_the_endpoint() {
    let encoded = encode(&Command::Cancel(vec![target(1, "a"), target(2, "b")]));
    let cancel = &body(&encoded)["cancel_orders"];
    assert_eq!(cancel["tx"]["productIds"], json!([4, 4]));
    assert_eq!(cancel["signature"], signature("Cancellation", ENDPOINT, &cancel["tx"])["signature"]);
    assert_eq!(cancel["id"], encoded.id);
    assert!(encoded.id > 1 << 62 && encoded.orders.is_empty());
    for (instrument, products, weight) in [(None, json!([]), 50), (Some(BTC), json!([2]), 5)] {
        let encoded = encode(&Command::CancelAll { instrument, waiting: false });
        let cancel = &body(&encoded)["cancel_product_orders"];
        assert_eq!(cancel["tx"]["productIds"], products);
        assert_eq!(cancel["signature"], signature("CancellationProducts", ENDPOINT, &cancel["tx"])["signature"]);
        assert_eq!(encoded.request.weight, weight);
    }
}

#[test]
fn a_replacement_is_refused_by_the_venue_where_a_fill_came_between() {
    let unfilled = Some("0.4".parse::<BaseQty>().expect("a quantity"));
    for (unfilled, amount, strict) in
        [(unfilled, json!("400000000000000000"), Value::Null), (None, Value::Null, json!(true))]
    {
        let encoded = encode(&Command::CancelAndPlace { cancel: target(1, "a"), unfilled, place: order(9) });
        let both = &body(&encoded)["cancel_and_place"];
        assert_eq!((&both["required_unfilled_amount"], &both["place_requires_unfilled"]), (&amount, &strict));
    }
    let encoded = encode(&Command::CancelAndPlace { cancel: target(1, "a"), unfilled, place: order(9) });
    let both = &body(&encoded)["cancel_and_place"];
    assert_eq!(both["place_order"]["id"], 9);
    assert_eq!(both["cancel_signature"], signature("Cancellation", ENDPOINT, &both["cancel_tx"])["signature"]);
    assert_eq!((encoded.id, encoded.orders.len()), (9, 1));
}

#[test]
fn a_batch_travels_by_rest_only() {
    let encoded = encode(&Command::SubmitBatch(vec![order(1), order(2)]));
    assert_eq!(encoded.frame, "");
    assert_eq!(body(&encoded)["place_orders"]["orders"].as_array().expect("a list").len(), 2);
    assert_eq!((encoded.orders.len(), encoded.request.weight), (2, 2));
    assert_ne!(encoded.orders[0].1, encoded.orders[1].1);
}

#[test]
fn what_the_venue_would_refuse_is_not_sent() {
    let changed = |change: &dyn Fn(&mut NewOrder)| {
        let mut order = order(1);
        change(&mut order);
        venue().encode(&Command::Submit(order), NOW).expect_err("refused").code
    };
    assert_eq!(changed(&|o| o.price = "3500.05".parse().expect("a price")), "PRICE_OFF_TICK");
    assert_eq!(changed(&|o| o.price = "0".parse().expect("a price")), "PRICE_NOT_POSITIVE");
    assert_eq!(changed(&|o| o.quantity = "0.0005".parse().expect("a quantity")), "QUANTITY_OFF_LOT");
    assert_eq!(changed(&|o| o.quantity = "0".parse().expect("a quantity")), "QUANTITY_NOT_POSITIVE");
    assert_eq!(changed(&|o| o.quantity = "-1".parse().expect("a quantity")), "QUANTITY_NOT_POSITIVE");
    assert_eq!(changed(&|o| o.quantity = "0.028".parse().expect("a quantity")), "QUANTITY_UNDER_MINIMUM");
    assert_eq!(changed(&|o| o.quantity = "99999999999999999999".parse().expect("a quantity")), "QUANTITY_TOO_LARGE");
    assert_eq!(changed(&|o| o.reduce_only = true), "REDUCE_ONLY_NOT_TAKER");
    assert_eq!(changed(&|o| o.instrument = InstrumentId(77)), "INSTRUMENT_UNKNOWN");
    assert_eq!(changed(&|o| o.instrument = InstrumentId(100)), "MARGIN_ISOLATED_ONLY");
    let with = |params: &str| changed(&|o| o.params = Some(params.to_owned()));
    assert_eq!(with(r#"{"isolated_margin": "0.0000001"}"#), "MARGIN_UNUSABLE");
    for wrong in [r#"{"isolated_margin": 100}"#, r#"{"isolated_margin": "-1"}"#, r#"{"margin": "100"}"#, "[]", "{"] {
        assert_eq!(with(wrong), "ORDER_PARAMS", "{wrong}");
    }
    assert_eq!(changed(&|o| o.expires_s = Some(1_760_000_080)), "EXPIRATION_PAST");
    assert_eq!(changed(&|o| o.expires_s = Some(1_760_000_090_000)), "EXPIRATION_NOT_SECONDS");
    assert_eq!(changed(&|o| o.client_id = ClientId(1 << 62)), "CLIENT_ID_TOO_LARGE");
    let refuse = |command: Command| venue().encode(&command, NOW).expect_err("refused").code;
    assert_eq!(refuse(Command::SubmitBatch(vec![order(1); 51])), "BATCH_SIZE");
    assert_eq!(refuse(Command::Cancel(vec![])), "BATCH_SIZE");
    let malformed = CancelTarget { venue_order_id: VenueOrderId("0x12".into()), ..target(1, "a") };
    assert_eq!(refuse(Command::Cancel(vec![malformed])), "ORDER_ID_MALFORMED");
    assert_eq!(refuse(Command::CancelAll { instrument: Some(InstrumentId(77)), waiting: false }), "INSTRUMENT_UNKNOWN");
}

#[test]
fn without_a_key_or_before_the_bootstrap_nothing_is_signed() {
    let mut public = boot(&config(), None, &answers()).expect("a venue");
    assert_eq!(public.encode(&Command::Submit(order(1)), NOW).expect_err("refused").code, "AUTH_KEY_MISSING");
    assert_eq!(public.login(SocketRole::Streams, 0, 1, NOW), Ok(None));
    let mut early = venues::nado::Nado::open(&config().to_string(), Some(secret())).expect("a venue");
    assert_eq!(early.encode(&Command::Submit(order(1)), NOW).expect_err("refused").code, "SESSION_NOT_READY");
    assert!(early.login(SocketRole::Streams, 0, 1, NOW).is_err());
}

// proves: R003-035
#[test]
fn login_signs_the_stream_authentication() {
    let frame = venue().login(SocketRole::Streams, 0, 3, NOW).expect("a login").expect("a frame");
    let login: Value = serde_json::from_str(&frame).expect("JSON");
    assert_eq!((&login["method"], &login["id"]), (&json!("authenticate"), &json!(3)));
    assert_eq!(login["tx"]["expiration"], (NOW / 1_000_000 + 30_000).to_string());
    assert_eq!(login["signature"], signature("StreamAuthentication", ENDPOINT, &login["tx"])["signature"]);
    assert_eq!(venue().login(SocketRole::Actions, 0, 3, NOW), Ok(None));
}

// proves: R003-036
#[test]
fn streams_carry_exactly_their_own_fields() {
    let venue = venue();
    let stream = |kind, instrument, param| {
        let frame = venue.subscribe(7, &Stream { kind, instrument, param }).expect("a frame");
        let frame: Value = serde_json::from_str(&frame).expect("JSON");
        assert_eq!((&frame["method"], &frame["id"]), (&json!("subscribe"), &json!(7)));
        frame["stream"].clone()
    };
    assert_eq!(stream(StreamKind::Book, Some(ETH), 0), json!({"type": "book_depth", "product_id": 4}));
    assert_eq!(stream(StreamKind::Quotes, Some(ETH), 0), json!({"type": "best_bid_offer", "product_id": 4}));
    assert_eq!(stream(StreamKind::Trades, Some(ETH), 0), json!({"type": "trade", "product_id": 4}));
    assert_eq!(
        stream(StreamKind::Bars, Some(ETH), 60),
        json!({"type": "latest_candlestick", "product_id": 4, "granularity": 60})
    );
    assert_eq!(stream(StreamKind::FundingRate, None, 0), json!({"type": "funding_rate", "product_id": null}));
    assert_eq!(stream(StreamKind::FundingPayments, Some(ETH), 0), json!({"type": "funding_payment", "product_id": 4}));
    assert_eq!(stream(StreamKind::Liquidations, None, 0), json!({"type": "liquidation", "product_id": null}));
    for (kind, name) in
        [(StreamKind::Orders, "order_update"), (StreamKind::Fills, "fill"), (StreamKind::Positions, "position_change")]
    {
        assert_eq!(stream(kind, None, 0), json!({"type": name, "subaccount": SENDER, "product_id": null}));
    }
    let refuse =
        |kind, instrument, param| venue.unsubscribe(1, &Stream { kind, instrument, param }).expect_err("refused").code;
    assert_eq!(refuse(StreamKind::Book, None, 0), "STREAM_INSTRUMENT_MISSING");
    assert_eq!(refuse(StreamKind::Bars, Some(ETH), 61), "STREAM_GRANULARITY_UNKNOWN");
    let public = boot(&config(), None, &answers()).expect("a venue");
    let fills = Stream { kind: StreamKind::Fills, instrument: None, param: 0 };
    assert_eq!(public.subscribe(1, &fills).expect_err("refused").code, "AUTH_ACCOUNT_MISSING");
}

fn outcome_of(reply: Option<&Reply>) -> Outcome {
    let command = Command::Submit(order(42));
    let mut venue = venue();
    let encoded = venue.encode(&command, NOW).expect("encoded");
    let mut outcomes = venue.classify(&command, &encoded, reply);
    assert_eq!(outcomes.len(), 1);
    let (client_id, outcome) = outcomes.remove(0);
    assert_eq!(client_id, Some(ClientId(42)));
    outcome
}

fn http(status: u16, body: &str) -> Reply {
    Reply { status, retry_after_ms: None, body: body.as_bytes().to_vec() }
}

#[test]
fn a_rejection_needs_evidence() {
    let rejected = |reply: &Reply| match outcome_of(Some(reply)) {
        Outcome::Rejected { code, due_post_only, .. } => (code, due_post_only),
        other => panic!("{other:?}"),
    };
    assert_eq!(rejected(&failure(2008, "crosses")), (2008, true));
    assert_eq!(rejected(&failure(2006, "health")), (2006, false));
    assert_eq!(rejected(&http(429, "<html>")), (1000, false));
    assert_eq!(rejected(&http(403, r#"{"reason":"ip_query_only","blocked":true}"#)), (403, false));
    assert_eq!(rejected(&http(400, r#"{"error":"x","error_code":2038}"#)), (2038, false));
    assert_eq!(rejected(&http(400, r#"{"status":"failure","error":"x","error_code":2008}"#)), (2008, true));
    let unknown = [
        None,
        Some(http(500, r#"{"status":"failure","error":"x","error_code":2006}"#)),
        Some(http(502, "")),
        Some(http(408, "{}")),
        Some(http(404, "<html>")),
        Some(http(200, "")),
        Some(http(200, "{\"status\":\"succ")),
        Some(http(200, "[]")),
        Some(http(200, r#"{"status":"maybe"}"#)),
        // The order is there already: perhaps by this very message.
        Some(failure(2013, "digest already exists")),
        Some(http(400, r#"{"status":"failure","error":"digest already exists","error_code":2013}"#)),
        Some(http(409, r#"{"status":"pending","error":"x","error_code":2006}"#)),
        Some(success(json!({"digest": format!("0x{}", "0".repeat(64))}))),
    ];
    for reply in unknown {
        let outcome = outcome_of(reply.as_ref());
        assert!(matches!(outcome, Outcome::Unknown { .. }), "{reply:?}: {outcome:?}");
    }
}

#[test]
fn an_acceptance_names_our_digest() {
    let command = Command::Submit(order(42));
    let mut venue = venue();
    let encoded = venue.encode(&command, NOW).expect("encoded");
    let id = encoded.orders[0].1.clone();
    let outcomes = venue.classify(&command, &encoded, Some(&success(json!({"digest": id.0}))));
    assert_eq!(outcomes, [(Some(ClientId(42)), Outcome::Accepted { venue_order_id: Some(id) })]);
}

#[test]
fn a_batch_has_one_outcome_an_order() {
    let command = Command::SubmitBatch(vec![order(1), order(2), order(3)]);
    let mut venue = venue();
    let encoded = venue.encode(&command, NOW).expect("encoded");
    let first = encoded.orders[0].1.clone();
    let data = json!([{"digest": first.0, "error": null}, {"digest": null, "error": "no margin"}]);
    let outcomes = venue.classify(&command, &encoded, Some(&success(data)));
    assert_eq!(outcomes[0], (Some(ClientId(1)), Outcome::Accepted { venue_order_id: Some(first) }));
    // One entry is missing: whose is the error?
    assert!(outcomes[1..].iter().all(|(_, outcome)| matches!(outcome, Outcome::Unknown { .. })), "{outcomes:?}");
    let other = format!("0x{}", "0".repeat(64));
    let error = |digest: Value, text: &str, code: i64| json!({"digest": digest, "error": text, "error_code": code});
    let data = json!([
        error(Value::Null, "no margin", 2006),
        error(json!(other), "no margin", 2006),
        error(Value::Null, "there already", 2013)
    ]);
    let outcomes = venue.classify(&command, &encoded, Some(&success(data)));
    assert!(matches!(&outcomes[0], (Some(ClientId(1)), Outcome::Rejected { code: 2006, .. })));
    assert!(outcomes[1..].iter().all(|(_, outcome)| matches!(outcome, Outcome::Unknown { .. })), "{outcomes:?}");
    let lost = venue.classify(&command, &encoded, None);
    assert!(lost.len() == 3 && lost.iter().all(|(_, outcome)| matches!(outcome, Outcome::Unknown { .. })));
}

#[test]
fn a_cancel_is_accepted_only_for_what_the_venue_lists() {
    let command = Command::Cancel(vec![target(1, "a"), target(2, "b")]);
    let mut venue = venue();
    let encoded = venue.encode(&command, NOW).expect("encoded");
    let of = |reply: &Reply| -> Vec<Outcome> {
        venue.classify(&command, &encoded, Some(reply)).into_iter().map(|(_, outcome)| outcome).collect()
    };
    let a = target(1, "a").venue_order_id;
    let listed = of(&success(json!({"cancelled_orders": [{"digest": a.0}]})));
    assert_eq!(listed[0], Outcome::Accepted { venue_order_id: Some(a.clone()) });
    assert!(matches!(listed[1], Outcome::Rejected { code: 2020, .. }));
    let missing = of(&failure(2020, &format!("order {} not found", a.0)));
    assert!(matches!(missing[0], Outcome::Rejected { code: 2020, .. }));
    assert!(matches!(missing[1], Outcome::Unknown { .. }), "the answer says nothing of the other");
    assert!(of(&success(Value::Null)).iter().all(|outcome| matches!(outcome, Outcome::Unknown { .. })));
}

#[test]
fn cancel_all_has_one_outcome() {
    let command = Command::CancelAll { instrument: None, waiting: false };
    let mut venue = venue();
    let encoded = venue.encode(&command, NOW).expect("encoded");
    let outcomes = venue.classify(&command, &encoded, Some(&success(json!({"cancelled_orders": []}))));
    assert_eq!(outcomes, [(None, Outcome::Accepted { venue_order_id: None })]);
}
