//! Messages about the account, and the venue's own questions by name.

mod nado_support;

use hedgewire_core::events::{Event, OrderStatus};
use hedgewire_core::secret::Secret;
use hedgewire_core::venues::{self, Command, Lookup, Outcome, Query, Reply, Venue};
use nado_support::{ENDPOINT, ETH, KEY, NOW, SENDER, failure, reply, success, venue};
use serde_json::{Value, json};

fn account(name: &str, fields: &Value) -> Command {
    Command::Account { name: name.to_owned(), fields: fields.to_string() }
}

fn document(name: &str, params: &Value) -> Query {
    Query::Document { name: name.to_owned(), params: params.to_string() }
}

fn signature(primary_type: &str, message: &Value) -> Value {
    let text =
        json!({"primary_type": primary_type, "chain_id": 57073, "verifying_contract": ENDPOINT, "message": message});
    let signed = venues::sign_typed("nado", "{}", Secret::new(KEY.to_owned()), &text.to_string()).expect("signed");
    serde_json::from_str::<Value>(&signed).expect("JSON")["signature"].clone()
}

#[test]
fn each_message_is_signed_for_the_endpoint_with_the_callers_nonce() {
    let signer = format!("0x1563915E194D8CfBA1943570603F7606A3115508{}", "0".repeat(24));
    let other = format!("{}{}", &SENDER[..42], "0".repeat(24));
    let messages = [
        ("withdraw_collateral", "WithdrawCollateral", json!({"productId": 0, "amount": "5000000", "nonce": "5"}), 10),
        (
            "withdraw_collateral_v2",
            "WithdrawCollateralV2",
            json!({"productId": 0, "amount": u128::MAX.to_string(), "nonce": 5, "sendTo": ENDPOINT, "appendix": 0}),
            10,
        ),
        (
            "transfer_quote",
            "TransferQuote",
            json!({"recipient": other, "amount": "7000000000000000000", "nonce": 5}),
            10,
        ),
        (
            "transfer_quote_v2",
            "TransferQuote",
            json!({"recipient": &other[2..], "amount": "007", "nonce": 5, "max_fee_x18": "100000000000000000"}),
            10,
        ),
        ("link_signer", "LinkSigner", json!({"signer": signer, "nonce": u64::MAX}), 30),
        ("mint_nlp", "MintNlp", json!({"quoteAmount": "1", "nonce": 0}), 10),
        ("burn_nlp", "BurnNlp", json!({"nlpAmount": "1", "nonce": 0}), 10),
        (
            "liquidate_subaccount",
            "LiquidateSubaccount",
            json!({"liquidatee": other, "productId": 4, "isEncodedSpread": false, "amount": "-1", "nonce": 1}),
            20,
        ),
    ];
    for (name, primary_type, fields, weight) in messages {
        let encoded = venue().encode(&account(name, &fields), NOW).expect("encoded");
        let body: Value = serde_json::from_str(&encoded.request.body).expect("JSON");
        let sent = &body[name];
        assert_eq!(sent["tx"]["sender"], SENDER);
        assert!(sent["tx"]["nonce"].is_string(), "64-bit numbers travel as text: {sent}");
        assert_eq!(sent["tx"]["productId"], fields["productId"], "32-bit ones as numbers");
        assert_eq!(sent["max_fee_x18"], fields["max_fee_x18"]);
        assert_eq!(sent["signature"], signature(primary_type, &sent["tx"]), "{name}");
        assert_eq!(sent["tx"].to_string(), sent["tx"].to_string().replace("CfBA", "cfba"), "hex in lower case");
        assert_eq!((encoded.request.weight, encoded.frame.as_str(), encoded.orders.len()), (weight, "", 0));
        assert_eq!(encoded.request.url, "http://127.0.0.1:9/v1/execute");
    }
}

#[test]
fn what_stands_beside_the_signed_message() {
    let fields = json!({"productId": 0, "amount": "5", "nonce": "5", "spot_leverage": false});
    let encoded = venue().encode(&account("withdraw_collateral", &fields), NOW).expect("encoded");
    let body: Value = serde_json::from_str(&encoded.request.body).expect("JSON");
    assert_eq!(body["withdraw_collateral"]["spot_leverage"], false);
    assert_eq!(body["withdraw_collateral"]["tx"].get("spot_leverage"), None);
    assert_eq!(encoded.request.weight, 20);
}

#[test]
fn a_message_that_is_not_whole_is_refused() {
    let refuse = |name: &str, fields: &str| {
        let command = Command::Account { name: name.to_owned(), fields: fields.to_owned() };
        venue().encode(&command, NOW).expect_err("refused").code
    };
    assert_eq!(refuse("place_order", "{}"), "ACCOUNT_MESSAGE_UNKNOWN");
    for fields in [
        "",
        "[]",
        "{}",
        r#"{"recipient": "0x12", "amount": "1", "nonce": 1}"#,
        r#"{"signer": "0x00", "nonce": 1, "other": 2}"#,
        r#"{"productId": 0, "amount": "-1", "nonce": 1}"#,
        r#"{"productId": 0, "amount": 1.5, "nonce": 1}"#,
        r#"{"productId": 0, "amount": "1", "nonce": 1, "spot_leverage": "no"}"#,
        r#"{"productId": 0, "amount": "1", "nonce": 1, "max_fee_x18": 1.5}"#,
        r#"{"productId": 0, "amount": "1", "nonce": 1, "max_fee_x18": "-1"}"#,
    ] {
        assert_eq!(refuse("withdraw_collateral", fields), "ACCOUNT_MESSAGE_MALFORMED", "{fields}");
    }
}

#[test]
fn its_outcome_is_one_and_three_valued() {
    let command = account("transfer_quote", &json!({"recipient": SENDER, "amount": "1", "nonce": 1}));
    let mut venue = venue();
    let encoded = venue.encode(&command, NOW).expect("encoded");
    let outcome = |reply: Option<&Reply>| venue.classify(&command, &encoded, reply);
    assert_eq!(outcome(Some(&success(Value::Null))), [(None, Outcome::Accepted { venue_order_id: None })]);
    assert!(matches!(outcome(Some(&failure(2022, "nonce")))[..], [(None, Outcome::Rejected { code: 2022, .. })]));
    assert!(matches!(outcome(None)[..], [(None, Outcome::Unknown { .. })]));
    let broken = Reply { status: 502, retry_after_ms: None, body: Vec::new() };
    assert!(matches!(outcome(Some(&broken))[..], [(None, Outcome::Unknown { .. })]));
}

#[test]
fn the_venues_own_questions() {
    let mut venue = venue();
    let mut asked = |name: &str, params: Value| {
        let request = venue.query(&document(name, &params), None, NOW).expect("a request");
        (request.url, serde_json::from_str::<Value>(&request.body).expect("JSON"), request.weight)
    };
    let (gateway, archive) = ("http://127.0.0.1:9/v1/query".to_owned(), "http://127.0.0.1:9/archive/v1".to_owned());
    assert_eq!(
        asked("max_order_size", json!({"product_id": 4, "price_x18": "1", "direction": "long"})),
        (
            gateway.clone(),
            json!({"type": "max_order_size", "sender": SENDER, "product_id": 4, "price_x18": "1", "direction": "long"}),
            5
        )
    );
    assert_eq!(asked("nonces", json!({})), (gateway.clone(), json!({"type": "nonces", "address": &SENDER[..42]}), 2));
    assert_eq!(asked("insurance", json!({})), (gateway, json!({"type": "insurance"}), 2));
    assert_eq!(
        asked("linked_signer_rate_limit", json!({})),
        (archive.clone(), json!({"linked_signer_rate_limit": {"subaccount": SENDER}}), 2)
    );
    assert_eq!(
        asked("events", json!({"limit": {"raw": 5}})),
        (archive, json!({"events": {"subaccounts": [SENDER], "limit": {"raw": 5}}}), 52)
    );
    for (name, params, code) in [
        ("insurances", "{}", "QUERY_UNKNOWN"),
        ("insurance", r#"{"x": 1}"#, "QUERY_PARAMS"),
        ("insurance", "7", "QUERY_PARAMS"),
        ("nonces", r#"{"address": "0x"}"#, "QUERY_PARAMS"),
    ] {
        let query = Query::Document { name: name.to_owned(), params: params.to_owned() };
        assert_eq!(venue.query(&query, None, NOW).expect_err("refused").code, code, "{name} {params}");
    }
}

#[test]
fn their_answers_are_exact_to_the_last_digit() {
    let text = r#"{"tx_nonce": "18446744073709551615", "order_nonce": 340282366920938463463374607431768211455}"#;
    let body = format!(r#"{{"status":"success","data":{text},"request_type":"query_nonces"}}"#).into_bytes();
    let whole = Reply { status: 200, retry_after_ms: None, body };
    let nonces = document("nonces", &json!({}));
    match venue().answer(&nonces, None, &whole, NOW) {
        Lookup::Found(page) => {
            assert_eq!(page.events, [Event::Document { name: "nonces".to_owned(), json: text.to_owned() }]);
        }
        other => panic!("{other:?}"),
    }
    let bare = document("quote_price", &json!({}));
    match venue().answer(&bare, None, &reply(&json!({"price_x18": "1"})), NOW) {
        Lookup::Found(page) => assert_eq!(page.events.len(), 1),
        other => panic!("{other:?}"),
    }
    let refused = reply(&json!({"error": "too many", "error_code": 3001}));
    assert!(
        matches!(venue().answer(&bare, None, &refused, NOW), Lookup::Unavailable { reason } if reason == "error 3001: too many")
    );
    for bad in [failure(2020, "no"), reply(&json!({"status": "success"})), reply(&json!({"status": "odd", "data": 1}))]
    {
        assert!(matches!(venue().answer(&nonces, None, &bad, NOW), Lookup::Unavailable { .. }));
    }
}

#[test]
fn orders_that_have_traded_since_then() {
    let sample: Value = serde_json::from_str(include_str!("../../../testdata/nado/archive_orders.json")).expect("JSON");
    let mut row = sample["orders"][0].clone();
    row["first_fill_timestamp"] = json!("1760000000");
    row["last_fill_timestamp"] = json!("1760000010");
    row["base_filled"] = row["amount"].clone();
    let body = reply(&json!({"orders": [row]}));
    let read = |since_s| match venue().answer(
        &Query::OrderHistory { instrument: Some(ETH), since_s, limit: 500 },
        None,
        &body,
        NOW,
    ) {
        Lookup::Found(page) => page.events,
        other => panic!("{other:?}"),
    };
    assert!(read(Some(1_760_000_011)).is_empty());
    match read(Some(1_760_000_010)).as_slice() {
        [Event::OrderReport(report)] => assert_eq!(report.status, OrderStatus::Filled),
        other => panic!("{other:?}"),
    }
}
