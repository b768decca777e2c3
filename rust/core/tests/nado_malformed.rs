//! Answers that make no sense: no answer at all, never a panic, never a number that nobody sent.

mod nado_support;

use std::cell::RefCell;

use hedgewire_core::events::{Event, VenueOrderId};
use hedgewire_core::venues::nado::Nado;
use hedgewire_core::venues::{CancelTarget, Command, Lookup, Outcome, Page, Query, Reply, SocketRole, Venue};
use nado_support::{ETH, NOW, SENDER, answers, boot, config, order, reply, secret, venue};
use proptest::prelude::*;
use serde_json::{Value, json};

const DIGEST: &str = "0x9f5b31b7c4db57e190787ed24b300dbe3a75bd8ad09127dcb6585bf62f5f1ba3";

macro_rules! sample {
    ($name:literal) => {
        serde_json::from_str::<Value>(include_str!(concat!("../../../testdata/nado/", $name, ".json"))).expect("JSON")
    };
}

fn waiting() -> Value {
    json!({"status": "success", "data": {"orders": [{
        "order": {
            "order": {"sender": SENDER, "nonce": "1", "priceX18": "3390000000000000000000", "amount": "-2000000000000000000", "expiration": "4294967295",
                "appendix": "6657"},
            "product_id": 4, "digest": DIGEST, "id": 7,
            "trigger": {"price_trigger": {"price_requirement": {"last_price_below": "3400000000000000000000"}}},
        },
        "status": "waiting_price", "placed_at": 1_760_000_000, "updated_at": 1_760_000_010,
    }]}})
}

/// Every question with an answer as documented.
fn documented() -> Vec<(Query, Value)> {
    let venue_order_id = || VenueOrderId(DIGEST.to_owned());
    let since_s = None;
    vec![
        (Query::ServerTime, json!({"status": "success", "server_time": "1760000000000"})),
        (Query::Order { instrument: ETH, venue_order_id: venue_order_id() }, sample!("gateway_order")),
        (Query::ArchivedOrder { instrument: ETH, venue_order_id: venue_order_id() }, sample!("archive_orders")),
        (Query::OrderHistory { instrument: None, since_s, limit: 500 }, sample!("archive_orders")),
        (Query::OpenOrders { instrument: None }, sample!("gateway_orders")),
        (Query::WaitingOrders { instrument: None, venue_order_ids: Vec::new() }, waiting()),
        (Query::Fills { instrument: None, venue_order_id: None, since_s, limit: 500 }, sample!("archive_matches")),
        (Query::Positions, sample!("gateway_subaccount_info")),
        (Query::IsolatedPositions, sample!("gateway_isolated_positions")),
        (Query::Account, sample!("gateway_subaccount_info")),
        (Query::BookSnapshot { instrument: ETH, depth: 100 }, sample!("gateway_market_liquidity")),
        (Query::Trades { instrument: ETH, limit: 100 }, sample!("archive_v2_trades")),
        (Query::Bars { instrument: ETH, granularity_s: 60, end_s: None, limit: 100 }, sample!("archive_candlesticks")),
        (
            Query::FundingRates { instrument: ETH, start_s: Some(1), end_s: None, limit: 100 },
            sample!("archive_funding_rate_history"),
        ),
        (
            Query::FundingRates { instrument: ETH, start_s: None, end_s: None, limit: 1 },
            sample!("archive_funding_rate"),
        ),
        (Query::ReferencePrices { instruments: vec![ETH] }, sample!("archive_perp_prices")),
        (Query::Statuses, sample!("gateway_symbols")),
        (Query::OpenInterest, sample!("gateway_all_products")),
    ]
}

thread_local! {
    static VENUE: RefCell<Nado> = RefCell::new(venue());
}

fn answer(query: &Query, body: Vec<u8>) -> Lookup<Page> {
    VENUE.with_borrow_mut(|venue| venue.answer(query, None, &Reply { status: 200, retry_after_ms: None, body }, NOW))
}

/// The paths of all values that hold no others.
fn leaves(value: &Value, path: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(key, value)| leaves(value, &format!("{path}/{key}"), found));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, value)| leaves(value, &format!("{path}/{index}"), found));
        }
        _ => found.push(path.to_owned()),
    }
}

fn with(document: &Value, path: &str, value: Value) -> Value {
    let mut changed = document.clone();
    *changed.pointer_mut(path).expect("a path") = value;
    changed
}

#[test]
fn every_documented_answer_is_read() {
    for (query, document) in documented() {
        assert!(matches!(answer(&query, document.to_string().into()), Lookup::Found(_)), "{query:?}");
    }
}

#[test]
fn a_truncated_answer_is_no_answer() {
    for (query, document) in documented() {
        let body = document.to_string();
        for end in (0..body.len()).step_by(1 + body.len() / 400) {
            let answer = answer(&query, body.as_bytes()[..end].to_vec());
            assert!(matches!(answer, Lookup::Unavailable { .. }), "{query:?} {end}: {answer:?}");
        }
    }
}

/// What is no integer, no text that stands there and no flag either: the answer is refused, or did not need the field.
#[test]
fn nonsense_in_any_field_is_refused_or_was_not_looked_at() {
    let nonsense =
        [json!([]), json!({}), json!("weather"), json!("1e5"), json!(1.5), json!("0x10"), json!("٣"), json!("")];
    for (query, document) in documented() {
        let whole = answer(&query, document.to_string().into());
        let mut paths = Vec::new();
        leaves(&document, "", &mut paths);
        for path in paths {
            for value in &nonsense {
                // Texts that are passed on or told apart by meaning, not by shape.
                let is_text = path.ends_with("trading_status") || path.ends_with("/symbol") || path.ends_with("/type");
                // The one route that sends fractions, with or without an exponent.
                let is_fraction = matches!(query, Query::Trades { .. }) && (value == "1e5" || value == 1.5);
                if (is_text && value.is_string()) || is_fraction {
                    continue;
                }
                let changed = answer(&query, with(&document, &path, value.clone()).to_string().into());
                let ignored = changed == whole;
                let refused = !matches!(changed, Lookup::Found(_));
                assert!(ignored || refused, "{query:?} {path} = {value}: {changed:?}");
            }
        }
    }
}

#[test]
fn numbers_out_of_range_are_refused_and_never_become_zero() {
    let absurd =
        [json!("340282366920938463463374607431768211456"), json!("9".repeat(200)), json!(1e300), json!(-1e300)];
    for (query, document) in documented() {
        let whole = answer(&query, document.to_string().into());
        let mut paths = Vec::new();
        leaves(&document, "", &mut paths);
        for path in paths {
            for value in &absurd {
                let changed = answer(&query, with(&document, &path, value.clone()).to_string().into());
                let names_status = path.ends_with("trading_status") || path.ends_with("/type");
                let ignored = changed == whole || names_status;
                assert!(ignored || !matches!(changed, Lookup::Found(_)), "{query:?} {path} = {value}: {changed:?}");
            }
            // The largest that fits may be a number; what is made of it must not overflow.
            for value in [i128::MAX.to_string(), i128::MIN.to_string(), u64::MAX.to_string()] {
                let _ = answer(&query, with(&document, &path, json!(value)).to_string().into());
            }
        }
    }
}

#[test]
fn nothing_in_the_bootstrap_makes_it_panic_or_sign_for_nowhere() {
    let whole = answers();
    for index in 0..whole.len() {
        let document: Value = serde_json::from_slice(&whole[index].body).expect("JSON");
        let mut paths = Vec::new();
        leaves(&document, "", &mut paths);
        for path in paths {
            for value in
                [json!(null), json!([]), json!("weather"), json!(1e300), json!(i128::MIN.to_string()), json!("0")]
            {
                let mut changed = answers();
                changed[index] = reply(&with(&document, &path, value.clone()));
                let opened = boot(&config(), Some(secret()), &changed);
                if index == 0 && (path.ends_with("chain_id") || path.ends_with("endpoint_addr")) && !value.is_string() {
                    assert!(opened.is_err(), "{path} = {value}");
                }
            }
        }
    }
}

#[test]
fn a_key_that_comes_twice_is_refused() {
    let frame = r#"{"type":"trade","type":"fill","product_id":4}"#;
    let mut out = Vec::new();
    let error = venue().decode(SocketRole::Streams, frame.as_bytes(), NOW, &mut out).expect_err("refused");
    assert!(error.what.contains("twice"), "{error:?}");
    let twice = r#"{"status":"failure","status":"success","data":{"digest":"0x"}}"#;
    let command = Command::Submit(order(1));
    let mut venue = venue();
    let encoded = venue.encode(&command, NOW).expect("encoded");
    let reply = Reply { status: 200, retry_after_ms: None, body: twice.into() };
    assert!(matches!(venue.classify(&command, &encoded, Some(&reply))[0].1, Outcome::Unknown { .. }));
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(|flag| json!(flag)),
        any::<i64>().prop_map(|number| json!(number)),
        any::<f64>().prop_map(|number| json!(number)),
        prop_oneof![Just("failure".to_owned()), Just(DIGEST.to_owned()), "[ -~]{0,12}"].prop_map(|text| json!(text)),
    ];
    let keys =
        prop::sample::select(vec!["status", "data", "error", "error_code", "digest", "cancelled_orders", "orders"]);
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
            prop::collection::vec((keys.clone(), inner), 0..6)
                .prop_map(|fields| fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect::<Value>()),
        ]
    })
}

/// The decoder of a struct would also take an array of its fields in their order.
#[test]
fn an_array_in_place_of_the_envelope_leaves_the_outcome_unknown() {
    let mut venue = venue();
    let command = Command::Submit(order(1));
    for document in [json!(["failure"]), json!(["failure", null, "no", 2006]), json!(["success", {"digest": DIGEST}])] {
        let encoded = venue.encode(&command, NOW).expect("encoded");
        let reply = Reply { status: 200, retry_after_ms: None, body: document.to_string().into() };
        for (_, outcome) in venue.classify(&command, &encoded, Some(&reply)) {
            assert!(matches!(outcome, Outcome::Unknown { .. }), "{document}: {outcome:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_are_an_answer(which in 0..18usize, body in prop::collection::vec(any::<u8>(), 0..300)) {
        let (query, _) = documented().swap_remove(which);
        if serde_json::from_slice::<Value>(&body).is_err() {
            let unavailable = matches!(answer(&query, body), Lookup::Unavailable { .. });
            prop_assert!(unavailable);
        }
    }

    #[test]
    fn no_edit_of_an_answer_panics(
        which in 0..18usize,
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let (query, document) = documented().swap_remove(which);
        let mut body = document.to_string().into_bytes();
        for (at, byte) in edits {
            let at = at.index(body.len());
            body[at] = byte;
        }
        let _ = answer(&query, body);
    }

    #[test]
    fn no_json_is_found_where_nothing_was_sent(which in 0..18usize, document in any_json()) {
        let (query, _) = documented().swap_remove(which);
        if let Lookup::Found(page) = answer(&query, document.to_string().into()) {
            let empty = page.events.iter().all(|event| matches!(event, Event::Document { .. }));
            prop_assert!(empty, "{query:?} {document}: {page:?}");
        }
    }

    /// Accepted needs a success, rejected a failure or a refusal of the front door; all else is unknown.
    #[test]
    fn an_outcome_needs_evidence(document in any_json(), status in prop::sample::select(vec![200u16, 201, 400, 403, 404, 408, 429, 500, 502, 503])) {
        let target = CancelTarget { client_id: None, instrument: ETH, venue_order_id: VenueOrderId(DIGEST.into()), waiting: false };
        let commands = [
            Command::Submit(order(1)),
            Command::SubmitBatch(vec![order(2), order(3)]),
            Command::Cancel(vec![target.clone()]),
            Command::CancelAndPlace { cancel: target, unfilled: None, place: order(4) },
            Command::CancelAll { instrument: None, waiting: false },
        ];
        let mut venue = venue();
        let reply = Reply { status, retry_after_ms: None, body: document.to_string().into() };
        let refused = document["status"] == "failure";
        for command in commands {
            let encoded = venue.encode(&command, NOW).expect("encoded");
            for (_, outcome) in venue.classify(&command, &encoded, Some(&reply)) {
                match outcome {
                    Outcome::Accepted { .. } | Outcome::Queued => prop_assert!(false, "{status} {document}"),
                    Outcome::Rejected { .. } => prop_assert!((status / 100 == 2 && refused) || status / 100 == 4, "{status} {document}"),
                    Outcome::Unknown { .. } => {}
                }
            }
        }
    }
}
