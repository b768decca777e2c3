//! Configuration and bootstrap: what contradicts itself or the venue is refused with a hint.

mod nado_support;

use hedgewire_core::decimal::QuoteQty;
use hedgewire_core::error::Decision;
use hedgewire_core::instruments::{InstrumentKind, TradingStatus};
use hedgewire_core::secret::Secret;
use hedgewire_core::venues::nado::Nado;
use hedgewire_core::venues::{self, Reply, SocketRole, Venue};
use nado_support::{ENDPOINT, ETH, NOW, answers, boot, config, reply, secret, success, symbols};
use serde_json::{Value, json};

fn refused(config: &Value) -> String {
    let error = Nado::open(&config.to_string(), None).err().expect("refused").to_string();
    assert!(error.contains("hint:"), "{error}");
    error
}

fn with(key: &str, value: Value) -> Value {
    let mut config = config();
    config[key] = value;
    config
}

#[test]
fn an_unknown_key_is_answered_with_the_nearest() {
    assert!(refused(&with("recv_windov_ms", json!(1))).contains("did you mean recv_window_ms?"));
    assert!(refused(&with("products", json!([{"symbol": "X", "tick": "1"}]))).contains("did you mean"));
}

#[test]
fn wrong_types_and_ranges_are_refused() {
    for (key, value) in [
        ("environment", json!("moon")),
        ("environment", json!(1)),
        ("transport", json!("pigeon")),
        ("recv_window_ms", json!(0)),
        ("recv_window_ms", json!(-1)),
        ("recv_window_ms", json!(100_001)),
        ("recv_window_ms", json!(1.5)),
        ("max_clock_skew_ms", json!(0)),
        ("max_clock_skew_ms", json!("20000")),
        ("chain_id", json!("x")),
        ("endpoint_address", json!("0x12")),
        ("account_address", json!(format!("0x{}", "0".repeat(40)))),
        ("subaccount_name", json!("thirteen-long")),
        ("subaccount_name", json!("naïve")),
        ("gateway_v1", json!("ftp://x")),
        ("subscriptions_ws", json!("http://x")),
        ("products", json!({})),
        ("products", json!([{}])),
        ("products", json!([{"symbol": "X", "price_increment": "0"}])),
        ("products", json!([{"symbol": "X", "product_id": 70_000}])),
    ] {
        refused(&with(key, value.clone()));
    }
    assert!(Nado::open("[]", None).is_err() && Nado::open("{", None).is_err());
    assert!(refused(&json!({"environment": "local"})).contains("gateway_v1"));
}

#[test]
fn numbers_may_be_texts() {
    let config = with("recv_window_ms", json!("20000"));
    let mut venue = boot(&config, Some(secret()), &answers()).expect("a venue");
    let command = venues::Command::Submit(nado_support::order(1));
    assert_eq!(venue.encode(&command, NOW).expect("encoded").valid_until, NOW + 20_000_000_000);
}

#[test]
fn networks_are_not_mixed() {
    assert!(refused(&json!({"environment": "mainnet", "chain_id": 763373})).contains("mainnet is chain 57073"));
    assert!(refused(&json!({"environment": "testnet", "chain_id": 57073})).contains("testnet is chain 763373"));
    let mut answers = answers();
    answers[0] = success(json!({"chain_id": "763373", "endpoint_addr": ENDPOINT}));
    let error = boot(&json!({"environment": "mainnet"}), None, &answers).err().expect("refused");
    assert!(error.to_string().contains("mainnet is chain 57073"), "{error}");
    assert_eq!(error.decision, Decision::Stop);
    let expected = with("chain_id", json!(57073));
    assert!(boot(&expected, None, &answers).err().expect("refused").to_string().contains("configured as 57073"));
}

// proves: R003-034
#[test]
fn no_endpoint_may_be_of_another_network() {
    let hosts = |network| {
        json!({
            "gateway_v1": format!("https://gateway.{network}.nado.xyz/v1"),
            "gateway_v2": format!("https://gateway.{network}.nado.xyz/v2"),
            "actions_ws": format!("wss://gateway.{network}.nado.xyz/v1/ws"),
            "actions_ws_v2": format!("wss://gateway.{network}.nado.xyz/ws/v2"),
            "subscriptions_ws": format!("wss://gateway.{network}.nado.xyz/v1/subscribe"),
            "trigger": format!("https://trigger.{network}.nado.xyz/v1"),
            "archive_v1": format!("https://archive.{network}.nado.xyz/v1"),
            "archive_v2": format!("https://archive.{network}.nado.xyz/v2"),
        })
    };
    for (environment, network, other) in
        [("mainnet", "test", "testnet"), ("testnet", "prod", "mainnet"), ("local", "prod", "mainnet")]
    {
        for (key, url) in hosts(network).as_object().expect("an object") {
            let mut config = config();
            if environment != "local" {
                config = json!({});
            }
            config["environment"] = json!(environment);
            config[key] = url.clone();
            let error = refused(&config);
            assert!(error.contains(&format!("{key} is of another network ({other})")), "{error}");
            assert!(error.contains(&format!("set environment to {other}")), "{error}");
        }
    }
}

#[test]
fn an_account_that_the_venue_has_never_seen_is_refused() {
    let mut answers = answers();
    let mut document = nado_support::account();
    document["data"]["exists"] = json!(false);
    answers[6] = nado_support::reply(&document);
    let error = boot(&config(), Some(secret()), &answers).err().expect("refused");
    assert_eq!(error.decision, Decision::Stop);
    let text = error.to_string();
    assert!(text.contains("the venue has never seen this account: 0x"), "{text}");
    assert!(text.contains("deposit to it first") && text.contains("NADO_SUBACCOUNT_NAME"), "{text}");
    boot(&config(), None, &answers).expect("public data need no account");
}

// proves: R003-034
#[test]
fn each_environment_has_its_addresses() {
    for (environment, host) in [("mainnet", "gateway.prod.nado.xyz"), ("testnet", "gateway.test.nado.xyz")] {
        let venue = Nado::open(&json!({"environment": environment, "transport": "ws"}).to_string(), Some(secret()))
            .expect("a venue");
        let sockets = venue.sockets();
        assert_eq!(sockets[0].url, format!("wss://{host}/v1/subscribe"));
        assert!(sockets[0].deflate_required && sockets[0].login_required);
        assert_eq!(
            (sockets[1].role, sockets[1].url.as_str()),
            (SocketRole::Actions, format!("wss://{host}/ws/v2").as_str())
        );
        assert_eq!(venue.bootstrap()[0].url, format!("https://{host}/v1/query"));
    }
    let local = Nado::open(&config().to_string(), None).expect("a venue");
    assert_eq!(local.sockets()[0].url, "ws://127.0.0.1:9/v1/subscribe");
    assert_eq!((local.sockets().len(), local.bootstrap().len()), (1, 5));
}

// proves: R003-043, R003-014, R003-044, R003-015, R003-1.1.3
#[test]
fn instruments_are_read_from_the_venue() {
    let venue = boot(&config(), Some(secret()), &answers()).expect("a venue");
    let eth = venue.instruments().iter().find(|instrument| instrument.id == ETH).expect("ETH");
    assert_eq!((eth.symbol.as_str(), eth.base.as_str(), eth.quote.as_str()), ("ETH-PERP", "ETH", "USDT0"));
    assert_eq!((eth.price_precision, eth.size_precision), (1, 3));
    assert_eq!(eth.min_notional, "100".parse::<QuoteQty>().expect("a number"));
    assert_eq!(eth.price_increment_x18, 100_000_000_000_000_000);
    let sol = venue.instruments().iter().find(|instrument| instrument.symbol == "SOL-PERP").expect("SOL");
    // 0.1 is its size, not its tick (X3).
    assert_eq!((sol.id.0, sol.price_increment_x18), (8, 10_000_000_000_000_000));
    assert_eq!(sol.size_increment_x18, 100_000_000_000_000_000);
    // The short side needs more than the long one.
    assert_eq!(eth.margin_init_x18, 30_000_000_000_000_000);
    assert_eq!(eth.taker_fee_x18, 350_000_000_000_000, "no entry of its own in fee_rates");
    let btc = &venue.instruments()[1];
    assert_eq!(
        (btc.symbol.as_str(), btc.maker_fee_x18, btc.taker_fee_x18),
        ("BTC-PERP", -10_000_000_000_000, 300_000_000_000_000)
    );
    assert_eq!((btc.price_precision, btc.size_precision), (0, 5));
    let spy = venue.instruments().last().expect("SPY");
    assert!(spy.isolated_only && spy.status == TradingStatus::ReduceOnly);
    assert_eq!(venue.instruments()[0].kind, InstrumentKind::Spot);
    assert!(venue.instruments().is_sorted_by_key(|instrument| instrument.id));
}

#[test]
fn an_expectation_that_the_venue_contradicts_stops() {
    let stop = |product: Value| {
        let error = boot(&with("products", json!([product])), None, &answers()).err().expect("refused");
        assert_eq!(error.decision, Decision::Stop);
        error.to_string()
    };
    assert!(stop(json!({"symbol": "DOGE-PERP"})).contains("does not list"));
    assert!(stop(json!({"symbol": "SOL-PERP", "product_id": 10})).contains("the venue says 8"));
    assert!(stop(json!({"symbol": "SOL-PERP", "price_increment": "0.1"})).contains("the venue says 0.01"));
    assert!(stop(json!({"symbol": "SOL-PERP", "size_increment": "1"})).contains("the venue says 0.1"));
    let right = json!([{"symbol": "SOL-PERP", "product_id": "8", "price_increment": "0.01", "size_increment": "0.1"}]);
    assert!(boot(&with("products", right), None, &answers()).is_ok());
}

#[test]
fn a_clock_off_by_more_than_the_window_stops() {
    for (server_ms, direction) in [(NOW / 1_000_000 + 6_000, "behind"), (NOW / 1_000_000 - 6_000, "ahead")] {
        let mut answers = answers();
        answers[4] = reply(&json!({"status": "success", "method": "time", "server_time": server_ms.to_string()}));
        let error = boot(&config(), None, &answers).err().expect("refused");
        assert!(error.to_string().contains(direction) && error.to_string().contains("NTP"), "{error}");
        assert_eq!(error.decision, Decision::Stop);
        let patient = with("max_clock_skew_ms", json!(7_000));
        assert!(boot(&patient, None, &answers).is_ok());
    }
}

#[test]
fn another_endpoint_contract_stops() {
    let expected = with("endpoint_address", json!(format!("0x{}", "12".repeat(20))));
    let error = boot(&expected, None, &answers()).err().expect("refused");
    assert_eq!(error.decision, Decision::Stop);
    let same = with("endpoint_address", json!(ENDPOINT.to_uppercase().replacen("0X", "0x", 1)));
    assert!(boot(&same, None, &answers()).is_ok());
}

#[test]
fn a_key_that_is_not_linked_stops() {
    let account = with("account_address", json!("0x1563915e194d8cfba1943570603f7606a3115508"));
    let error = boot(&account, Some(secret()), &answers()).err().expect("refused");
    assert!(error.to_string().contains("linked signer"), "{error}");
    let mut linked = answers();
    linked[7] = success(json!({"linked_signer": "0x19e7e376e7c213b7e7e7e46cc70a5dd086daff2a"}));
    let mut venue = boot(&account, Some(secret()), &linked).expect("a venue");
    let encoded = venue.encode(&venues::Command::Submit(nado_support::order(1)), NOW).expect("encoded");
    assert!(encoded.request.body.contains("0x1563915e194d8cfba1943570603f7606a311550864656661756c740000000000"));
}

#[test]
fn a_venue_that_is_down_is_worth_another_try() {
    let bodies: [(usize, Reply); 7] = [
        (0, Reply { status: 503, retry_after_ms: None, body: Vec::new() }),
        (0, Reply { status: 403, retry_after_ms: None, body: br#"{"reason":"ip_query_only"}"#.to_vec() }),
        (0, success(json!({"chain_id": "57073", "endpoint_addr": "0x12"}))),
        (1, success(json!("syncing"))),
        (2, success(json!({"symbols": {"ETH-PERP": {}}}))),
        (3, reply(&json!({"status": "failure", "error": "later", "error_code": 1000}))),
        (4, reply(&json!("noon"))),
    ];
    for (index, body) in bodies {
        let mut answers = answers();
        answers[index] = body;
        let error = boot(&config(), None, &answers).err().expect("refused");
        assert_eq!(error.decision, Decision::Retry, "{error}");
    }
}

#[test]
fn an_inconsistent_listing_is_refused() {
    let listing = |change: &dyn Fn(&mut Value)| {
        let mut symbols = symbols();
        change(&mut symbols["data"]["symbols"]);
        let mut answers = answers();
        answers[2] = reply(&symbols);
        boot(&config(), None, &answers).err().expect("refused").to_string()
    };
    assert!(
        listing(&|s| s["ETH-PERP"]["price_increment_x18"] = json!("10000000000000000"))
            .contains("contradicting increments")
    );
    assert!(listing(&|s| s["ETH-PERP"]["size_increment"] = json!("-1")).contains("size increment"));
    assert!(listing(&|s| s["ETH-PERP"]["product_id"] = json!(2)).contains("share id 2"));
    assert!(listing(&|s| s["ETH-PERP"]["type"] = json!("option")).contains("product type"));
}

// proves: R003-4.0.1
#[test]
fn an_address_in_place_of_a_key_is_named_as_one() {
    let address = Secret::new("0x19e7e376e7c213b7e7e7e46cc70a5dd086daff2a".to_owned());
    let error = Nado::open(&config().to_string(), Some(address)).err().expect("refused").to_string();
    assert!(error.contains("address, not a private key"), "{error}");
}

#[test]
fn the_venue_is_found_by_its_name_and_tells_its_facts() {
    assert!(venues::open("nado", &config().to_string(), None).is_ok());
    assert!(venues::open("tardo", "{}", None).is_err());
    let facts: Value = serde_json::from_str(&venues::facts("nado").expect("facts")).expect("JSON");
    assert_eq!(facts["capabilities"]["max_batch"], 50);
    let mainnet = &facts["environments"]["mainnet"];
    assert_eq!(mainnet["chain_id"], 57_073);
    assert_eq!(mainnet["endpoints"]["gateway_v1"], "https://gateway.prod.nado.xyz/v1");
    assert_eq!(mainnet["endpoints"]["subscriptions_ws"], "wss://gateway.prod.nado.xyz/v1/subscribe");
    assert_eq!(facts["environments"]["testnet"]["endpoints"]["archive_v2"], "https://archive.test.nado.xyz/v2");
    assert_eq!(facts["limits"].as_array().expect("a list").len(), 6);
}
