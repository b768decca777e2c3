//! Orders that wait for a trigger: where they go, how they are signed, and what the service says of them.

mod nado_support;

use hedgewire_core::decimal::Price;
use hedgewire_core::events::{ClientId, Event, OrderKind, Side, VenueOrderId};
use hedgewire_core::secret::Secret;
use hedgewire_core::venues::{self, CancelTarget, Command, Encoded, Lookup, NewOrder, Outcome, Query, Venue};
use hedgewire_core::waiting::{Dependency, PriceTrigger, TriggerSource, WaitingReport, WaitingState};
use nado_support::{ENDPOINT, ETH, KEY, NOW, SENDER, answers, boot, config, failure, order, success, venue};
use serde_json::{Value, json};

const TRIGGER_URL: &str = "http://127.0.0.1:9/trigger";

fn with_service() -> hedgewire_core::venues::nado::Nado {
    let mut config = config();
    config["trigger"] = json!(TRIGGER_URL);
    boot(&config, Some(nado_support::secret()), &answers()).expect("a venue")
}

fn price(text: &str) -> Price {
    text.parse().expect("a price")
}

fn digest(digit: &str) -> VenueOrderId {
    VenueOrderId(format!("0x{}", digit.repeat(64)))
}

fn stop() -> PriceTrigger {
    PriceTrigger { source: TriggerSource::Last, above: false, price: price("3400"), after: None }
}

fn stop_order(client_id: u64) -> NewOrder {
    NewOrder {
        kind: OrderKind::ImmediateOrCancel,
        side: Side::Sell,
        reduce_only: true,
        trigger: Some(stop()),
        ..order(client_id)
    }
}

fn body(encoded: &Encoded) -> Value {
    serde_json::from_str(&encoded.request.body).expect("JSON")
}

fn signature(primary_type: &str, contract: &str, message: &Value) -> Value {
    let text =
        json!({"primary_type": primary_type, "chain_id": 57073, "verifying_contract": contract, "message": message});
    let signed = venues::sign_typed("nado", "{}", Secret::new(KEY.to_owned()), &text.to_string()).expect("signed");
    serde_json::from_str(&signed).expect("JSON")
}

#[test]
fn a_waiting_order_is_signed_as_it_will_reach_the_book_and_goes_to_its_own_service() {
    let encoded = with_service().encode(&Command::Submit(stop_order(7)), NOW).expect("encoded");
    assert_eq!(encoded.request.url, format!("{TRIGGER_URL}/execute"));
    assert_eq!(encoded.frame, "", "the service has no socket");
    let place = &body(&encoded)["place_order"];
    assert_eq!(place["order"]["appendix"], "6657");
    assert_eq!(
        place["trigger"],
        json!({"price_trigger": {"price_requirement": {"last_price_below": "3400000000000000000000"}}})
    );
    let signed = signature("Order", "0x0000000000000000000000000000000000000004", &place["order"]);
    assert_eq!(place["signature"], signed["signature"]);
    let id = signed["digest"].as_str().expect("a digest").to_owned();
    assert_eq!(place["digest"], id.as_str(), "so that the list of waiting orders has it");
    assert_eq!(encoded.orders, [(ClientId(7), VenueOrderId(id))], "known before it is sent");
}

#[test]
fn every_price_can_be_waited_for_from_either_side_and_after_another_order() {
    let sources = [(TriggerSource::Last, "last"), (TriggerSource::Mid, "mid"), (TriggerSource::Oracle, "oracle")];
    for (source, name) in sources {
        for (above, way) in [(true, "above"), (false, "below")] {
            let after = Some(Dependency { venue_order_id: digest("a"), on_partial_fill: above });
            let trigger = Some(PriceTrigger { source, above, price: price("3500.5"), after });
            let command = Command::SubmitBatch(vec![NewOrder { trigger, ..order(1) }, stop_order(2)]);
            let encoded = with_service().encode(&command, NOW).expect("encoded");
            assert_eq!(encoded.request.url, format!("{TRIGGER_URL}/execute"));
            let sent = &body(&encoded)["place_orders"]["orders"][0]["trigger"]["price_trigger"];
            assert_eq!(sent["price_requirement"], json!({format!("{name}_price_{way}"): "3500500000000000000000"}));
            assert_eq!(sent["dependency"], json!({"digest": digest("a").0, "on_partial_fill": above}));
        }
    }
}

#[test]
fn what_the_service_would_refuse_is_not_sent() {
    let refuse = |command: &Command| with_service().encode(command, NOW).expect_err("refused").code;
    let submit = |order: NewOrder| Command::Submit(order);
    let zero = PriceTrigger { price: price("0"), ..stop() };
    assert_eq!(refuse(&submit(NewOrder { trigger: Some(zero), ..stop_order(1) })), "TRIGGER_PRICE_NOT_POSITIVE");
    let params = Some(r#"{"isolated_margin": "1"}"#.to_owned());
    assert_eq!(refuse(&submit(NewOrder { params, ..stop_order(1) })), "TRIGGER_ISOLATED");
    let after = Some(Dependency { venue_order_id: VenueOrderId("0x12".into()), on_partial_fill: false });
    let follows = PriceTrigger { after, ..stop() };
    assert_eq!(refuse(&submit(NewOrder { trigger: Some(follows), ..stop_order(1) })), "ORDER_ID_MALFORMED");
    assert_eq!(refuse(&Command::SubmitBatch(vec![order(1), stop_order(2)])), "BATCH_MIXED");
    let cancel = |waiting| CancelTarget { client_id: None, instrument: ETH, venue_order_id: digest("a"), waiting };
    assert_eq!(refuse(&Command::Cancel(vec![cancel(true), cancel(false)])), "BATCH_MIXED");
    let replace = |cancel, place| Command::CancelAndPlace { cancel, unfilled: None, place };
    assert_eq!(refuse(&replace(cancel(true), order(1))), "TRIGGER_NOT_REPLACEABLE");
    assert_eq!(refuse(&replace(cancel(false), stop_order(1))), "TRIGGER_NOT_REPLACEABLE");
}

#[test]
fn cancels_go_where_the_order_waits() {
    let target = |digit: &str| CancelTarget {
        client_id: Some(ClientId(1)),
        instrument: ETH,
        venue_order_id: digest(digit),
        waiting: true,
    };
    let mut venue = with_service();
    let one = Command::Cancel(vec![target("a")]);
    let encoded = venue.encode(&one, NOW).expect("encoded");
    assert_eq!((encoded.request.url.as_str(), encoded.frame.as_str()), ("http://127.0.0.1:9/trigger/execute", ""));
    let sent = &body(&encoded)["cancel_orders"];
    assert_eq!(sent["signature"], signature("Cancellation", ENDPOINT, &sent["tx"])["signature"]);
    assert_eq!(sent.get("id"), None);
    // The service's answer has no list: it says what became of one order, and nothing of each of two.
    let accepted = Outcome::Accepted { venue_order_id: Some(digest("a")) };
    let done = success(Value::Null);
    assert_eq!(venue.classify(&one, &encoded, Some(&done)), [(Some(ClientId(1)), accepted)]);
    let two = Command::Cancel(vec![target("a"), target("b")]);
    let encoded = venue.encode(&two, NOW).expect("encoded");
    for (_, outcome) in venue.classify(&two, &encoded, Some(&done)) {
        assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome:?}");
    }
    let gone = venue.classify(&one, &encoded, Some(&failure(2058, "not found")));
    assert!(matches!(gone[0].1, Outcome::Rejected { code: 2058, .. }));
    let all = venue.encode(&Command::CancelAll { instrument: Some(ETH), waiting: true }, NOW).expect("encoded");
    assert_eq!(all.request.url, "http://127.0.0.1:9/trigger/execute");
    assert_eq!(body(&all)["cancel_product_orders"]["tx"]["productIds"], json!([4]));
}

#[test]
fn the_list_is_asked_for_with_a_signature_and_only_by_the_key() {
    let query = Query::WaitingOrders { instrument: Some(ETH), venue_order_ids: vec![digest("a")] };
    let request = with_service().query(&query, None, NOW).expect("a request");
    assert_eq!(request.url, "http://127.0.0.1:9/trigger/query");
    let asked: Value = serde_json::from_str(&request.body).expect("JSON");
    assert_eq!(asked["tx"], json!({"sender": SENDER, "recvTime": (NOW / 1_000_000 + 10_000).to_string()}));
    assert_eq!(asked["signature"], signature("ListTriggerOrders", ENDPOINT, &asked["tx"])["signature"]);
    assert_eq!((&asked["product_ids"], &asked["digests"]), (&json!([4]), &json!([digest("a").0])));
    let mut public = boot(&config(), None, &answers()).expect("a venue");
    assert_eq!(public.query(&query, None, NOW).expect_err("refused").code, "AUTH_KEY_MISSING");
}

fn listed(status: Value, trigger: Value) -> Value {
    json!({"orders": [{
        "order": {
            "order": {"sender": SENDER, "priceX18": "3390000000000000000000", "amount": "-2000000000000000000",
                "expiration": "4294967295", "nonce": "1", "appendix": "6657"},
            "signature": "0x", "product_id": 4, "spot_leverage": null, "borrow_margin": null,
            "trigger": trigger, "digest": digest("a").0, "id": 7,
        },
        "status": status, "placed_at": 1_760_000_000, "updated_at": 1_760_000_010,
    }]})
}

fn wait_for(requirement: Value) -> Value {
    json!({"price_trigger": {"price_requirement": requirement, "dependency": null}})
}

fn read(document: Value) -> Lookup<Vec<Event>> {
    let query = Query::WaitingOrders { instrument: None, venue_order_ids: Vec::new() };
    match venue().answer(&query, None, &success(document), NOW) {
        Lookup::Found(page) => Lookup::Found(page.events),
        Lookup::NotFound => Lookup::NotFound,
        Lookup::Unavailable { reason } => Lookup::Unavailable { reason },
    }
}

fn report(status: Value) -> WaitingReport {
    match read(listed(status, wait_for(json!({"last_price_below": "3400000000000000000000", "mid_price_above": null}))))
    {
        Lookup::Found(events) => match events.as_slice() {
            [Event::WaitingReport(report)] => report.clone(),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

// proves: R002-27
#[test]
fn every_documented_state_is_told() {
    let waits = report(json!("waiting_price"));
    assert_eq!(
        (waits.client_id, waits.side, waits.kind),
        (Some(ClientId(7)), Side::Sell, OrderKind::ImmediateOrCancel)
    );
    assert_eq!((waits.quantity.to_string(), waits.reduce_only, waits.expires_s), ("2".to_owned(), true, None));
    assert_eq!((waits.trigger, waits.ts_event), (Some(stop()), 1_760_000_010_000_000_000));
    let expected = [
        (json!("waiting_dependency"), WaitingState::Waiting, "waiting_dependency"),
        (json!("triggering"), WaitingState::Waiting, "triggering"),
        (json!({"cancelled": "user_requested"}), WaitingState::Canceled, "user_requested"),
        (json!({"cancelled": "linked_signer_changed"}), WaitingState::Canceled, "linked_signer_changed"),
        (json!({"cancelled": "expired"}), WaitingState::Expired, "expired"),
        (json!({"triggered": {"status": "success", "data": {}}}), WaitingState::Triggered, ""),
        (
            json!({"triggered": {"status": "failure", "error": "unhealthy", "error_code": 2006}}),
            WaitingState::Failed,
            "2006: unhealthy",
        ),
        (json!({"internal_error": "lost"}), WaitingState::Failed, "lost"),
        (
            json!({"twap_executing": {"current_execution": 2, "total_executions": 9}}),
            WaitingState::Slicing,
            r#"{"current_execution":2,"total_executions":9}"#,
        ),
        (json!({"twap_completed": {"executed": 9, "total": 9}}), WaitingState::Sliced, r#"{"executed":9,"total":9}"#),
    ];
    for (status, state, reason) in expected {
        let told = report(status);
        assert_eq!((told.state, told.reason.as_str()), (state, reason));
    }
}

#[test]
fn a_state_or_trigger_that_is_not_known_is_no_answer() {
    let known = || wait_for(json!({"oracle_price_above": "1"}));
    let statuses =
        [json!("paused"), json!({"triggered": {}}), json!({"a": 1, "b": 2}), json!({}), json!(null), json!(7)];
    for status in statuses {
        let answer = read(listed(status.clone(), known()));
        assert!(matches!(answer, Lookup::Unavailable { .. }), "{status}: {answer:?}");
    }
    let requirements =
        [json!({}), json!({"last_price_near": "1"}), json!({"x": "1"}), json!({"mid_price_above": 1.5}), json!(3)];
    for requirement in requirements {
        let answer = read(listed(json!("waiting_price"), wait_for(requirement.clone())));
        assert!(matches!(answer, Lookup::Unavailable { .. }), "{requirement}: {answer:?}");
    }
    let sliced = read(listed(json!("waiting_price"), json!({"time_trigger": {"interval": 60}})));
    assert!(matches!(sliced, Lookup::Found(events) if events.len() == 1), "it waits for a time, not for a price");
}

#[test]
fn an_order_that_is_listed_without_its_digest_has_it_computed() {
    let mut venue = with_service();
    let encoded = venue.encode(&Command::Submit(stop_order(7)), NOW).expect("encoded");
    let mut document = listed(json!("waiting_price"), wait_for(json!({"oracle_price_above": "1"})));
    document["orders"][0]["order"]["order"] = body(&encoded)["place_order"]["order"].clone();
    document["orders"][0]["order"]["digest"] = Value::Null;
    let query = Query::WaitingOrders { instrument: None, venue_order_ids: Vec::new() };
    match venue.answer(&query, None, &success(document.clone()), NOW) {
        Lookup::Found(page) => {
            assert!(
                matches!(&page.events[..], [Event::WaitingReport(one)] if one.venue_order_id == encoded.orders[0].1)
            );
        }
        other => panic!("{other:?}"),
    }
    let mut public = boot(&config(), None, &answers()).expect("a venue");
    let answer = public.answer(&query, None, &success(document), NOW);
    assert!(matches!(answer, Lookup::Unavailable { .. }), "{answer:?}");
}

#[test]
fn an_order_that_the_service_does_not_list_is_not_found() {
    let none = success(json!({"orders": []}));
    let one = Query::WaitingOrders { instrument: None, venue_order_ids: vec![digest("a")] };
    assert_eq!(venue().answer(&one, None, &none, NOW), Lookup::NotFound);
    assert_eq!(read(json!({"orders": []})), Lookup::Found(Vec::new()));
}
