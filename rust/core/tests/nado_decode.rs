//! Every documented frame into its event; nothing malformed into any.

mod nado_support;

use hedgewire_core::decimal::{BaseQty, Price, QuoteQty};
use hedgewire_core::events::{
    Ack, Bar, BestPrices, BookUpdate, ClientId, Event, Fill, FundingPayment, FundingRate, InstrumentId, Level,
    Liquidation, OrderStatus, OrderUpdate, Position, Quote, Side, Trade, VenueOrderId,
};
use hedgewire_core::venues::{SocketRole, Venue};
use nado_support::{BTC, ETH, NOW, SENDER, decode, venue};
use proptest::prelude::*;
use serde_json::{Value, json};

const DIGEST: &str = "0x9f5b31b7c4db57e190787ed24b300dbe3a75bd8ad09127dcb6585bf62f5f1ba3";

macro_rules! sample {
    ($name:literal) => {
        include_str!(concat!("../../../testdata/nado/", $name, ".json"))
    };
}

const FRAMES: &[&str] = &[
    sample!("stream_trade"),
    sample!("stream_best_bid_offer"),
    sample!("stream_best_bid_offer_empty"),
    sample!("stream_all_bbo"),
    sample!("stream_book_depth"),
    sample!("stream_order_update"),
    sample!("stream_fill"),
    sample!("stream_position_change"),
    sample!("stream_latest_candlestick"),
    sample!("stream_funding_rate"),
    sample!("stream_funding_payment"),
    sample!("stream_liquidation"),
];

fn events(frame: &str) -> Vec<Event> {
    decode(&mut venue(), frame).expect("decoded")
}

fn one(frame: &str) -> Event {
    let mut events = events(frame);
    assert_eq!(events.len(), 1, "{events:?}");
    events.remove(0)
}

fn error(frame: &str) -> String {
    decode(&mut venue(), frame).expect_err("refused").what
}

/// A sample with one field changed.
fn with(frame: &str, key: &str, value: Value) -> String {
    let mut document: Value = serde_json::from_str(frame).expect("JSON");
    document[key] = value;
    document.to_string()
}

// proves: R003-023
#[test]
fn book_depth() {
    let level = |side, price, size| Level { side, price, size };
    assert_eq!(
        one(sample!("stream_book_depth")),
        Event::Book(BookUpdate {
            instrument: BTC,
            snapshot: false,
            first: 1_683_805_381_879_572_835,
            last: 1_683_805_381_879_572_899,
            previous_last: Some(1_683_805_381_771_464_799),
            levels: vec![level(Side::Buy, 21_594, 5_100), level(Side::Sell, 21_694, 0), level(Side::Sell, 21_695, 0)],
            ts_event: 1_683_805_381_879_572_899,
        })
    );
}

#[test]
fn best_bid_offer_and_its_empty_sides() {
    let quote = |prices: [i64; 4]| {
        let [bid_price, bid_size, ask_price, ask_size] = prices;
        Event::Quote(Quote { instrument: ETH, bid_price, bid_size, ask_price, ask_size, ts_event: NOW })
    };
    assert_eq!(one(sample!("stream_best_bid_offer")), quote([28_219, 5_000, 28_220, 250]));
    assert_eq!(one(sample!("stream_best_bid_offer_empty")), quote([0, 0, 0, 0]));
}

#[test]
fn all_bbo_skips_products_that_are_not_listed_yet() {
    let best = |instrument, bid, ask| {
        Event::BestPrices(BestPrices { instrument, bid, ask, ts_event: 1_780_000_000_123_000_000 })
    };
    let expected = [best(BTC, Some(60_000), Some(60_001)), best(ETH, Some(34_999), None)];
    assert_eq!(events(sample!("stream_all_bbo")), expected);
}

#[test]
fn trades_of_one_moment_have_different_ids() {
    let mut venue = venue();
    let mut next = || decode(&mut venue, sample!("stream_trade")).expect("decoded").remove(0);
    let trade = |n: u32| {
        let trade_id = format!("{NOW}-4-{n}");
        Event::Trade(Trade {
            instrument: ETH,
            price: 35_001,
            size: 1_500,
            aggressor: Side::Buy,
            trade_id,
            ts_event: NOW,
        })
    };
    assert_eq!(next(), trade(0));
    assert_eq!(next(), trade(1));
}

// proves: R003-1.2.4, R003-2.1.3, R003-037
#[test]
fn fill() {
    let expected = Event::Fill(Fill {
        instrument: ETH,
        venue_order_id: VenueOrderId(DIGEST.to_owned()),
        client_id: Some(ClientId(100)),
        trade_id: "563012-9f5b31b7c4db".to_owned(),
        side: Side::Buy,
        quantity: BaseQty::from_x18(18_000_000_000_000_000),
        price: "3500.1".parse::<Price>().expect("a price"),
        fee: "0.0045".parse::<QuoteQty>().expect("a fee"),
        fee_currency: None,
        is_taker: true,
        remaining: Some("0.082".parse().expect("a quantity")),
        original: Some("0.1".parse().expect("a quantity")),
        ts_event: 1_695_081_920_633_151_000,
    });
    let frame = sample!("stream_fill");
    assert_eq!(one(frame), expected);
    assert_eq!(one(&with(frame, "submission_idx", json!(563012))), expected, "an index may be a number");
    assert_eq!(one(&with(frame, "order_digest", json!(DIGEST.to_uppercase().replacen("0X", "0x", 1)))), expected);
    let Event::Fill(sale) = one(&with(frame, "is_bid", json!(false))) else { panic!("a fill") };
    assert_eq!(sale.side, Side::Sell);
    let Event::Fill(rebate) = one(&with(frame, "fee", json!("-5"))) else { panic!("a fill") };
    assert_eq!(rebate.fee, QuoteQty::from_x18(-5));
}

#[test]
fn fills_of_others_are_not_ours_and_isolated_children_are() {
    let other = format!("0x{}", "22".repeat(32));
    assert!(matches!(one(&with(sample!("stream_fill"), "subaccount", json!(other))), Event::Unknown { .. }));
    assert!(matches!(one(&with(sample!("stream_position_change"), "subaccount", json!(other))), Event::Unknown { .. }));
    let child = format!("{}{}", &SENDER[..42], "000000000000000400".to_owned() + "69736f");
    assert!(matches!(one(&with(sample!("stream_fill"), "subaccount", json!(child))), Event::Fill(_)));
}

#[test]
fn order_updates_tell_remaining_and_never_take_a_cancel_for_a_fill() {
    let update = |amount: &str, reason: &str| {
        let frame = with(&with(sample!("stream_order_update"), "amount", json!(amount)), "reason", json!(reason));
        let Event::OrderUpdate(update) = one(&frame) else { panic!("an order update") };
        (update.status, update.remaining.map(BaseQty::x18))
    };
    assert_eq!(
        one(sample!("stream_order_update")),
        Event::OrderUpdate(OrderUpdate {
            instrument: ETH,
            venue_order_id: VenueOrderId(DIGEST.to_owned()),
            client_id: Some(ClientId(100)),
            status: OrderStatus::PartiallyFilled,
            remaining: Some(BaseQty::from_x18(82_000_000_000_000_000)),
            terms: None,
            reason: "filled".to_owned(),
            ts_event: 1_695_081_920_633_151_000,
        })
    );
    assert_eq!(update("-7", "placed"), (OrderStatus::Accepted, Some(7)));
    assert_eq!(update("-7", "filled"), (OrderStatus::PartiallyFilled, Some(7)));
    assert_eq!(update("0", "filled"), (OrderStatus::Filled, Some(0)));
    assert_eq!(update("0", "cancelled"), (OrderStatus::Canceled, None));
    assert!(matches!(one(&with(sample!("stream_order_update"), "reason", json!("teleported"))), Event::Unknown { .. }));
}

#[test]
fn positions_are_totals_and_balances_of_tokens_are_none() {
    let expected = Position {
        instrument: ETH,
        quantity: BaseQty::from_x18(-100_000_000_000_000_000),
        entry_price: None,
        isolated: false,
        reason: "match_orders".to_owned(),
        ts_event: NOW,
    };
    assert_eq!(one(sample!("stream_position_change")), Event::Position(expected));
    for token in [0, 1] {
        assert_eq!(events(&with(sample!("stream_position_change"), "product_id", json!(token))), []);
    }
}

#[test]
fn candles_in_seconds_or_milliseconds() {
    let bar = Event::Bar(Bar {
        instrument: BTC,
        granularity_s: 60,
        open: 64_148,
        high: 64_150,
        low: 64_100,
        close: 64_120,
        volume: 2_425,
        ts_open: 1_782_179_760_000_000_000,
    });
    let frame = sample!("stream_latest_candlestick");
    assert_eq!(one(frame), bar);
    assert_eq!(one(&with(frame, "timestamp", json!("1782179760000"))), bar);
}

#[test]
fn funding_and_liquidations() {
    let rate = FundingRate { instrument: BTC, rate_x18: -697_407_056_090_986 / 24, ts_event: NOW };
    assert_eq!(one(sample!("stream_funding_rate")), Event::FundingRate(rate));
    let payment = FundingPayment {
        instrument: BTC,
        payment_x18: -1_500_000_000_000_000_000,
        open_interest: "90".parse().expect("a quantity"),
        interval_s: 3_600,
        ts_event: NOW,
    };
    assert_eq!(one(sample!("stream_funding_payment")), Event::FundingPayment(payment.clone()));
    assert_eq!(one(&with(sample!("stream_funding_payment"), "dt", json!("3600"))), Event::FundingPayment(payment));
    let liquidation = Liquidation {
        instruments: vec![InstrumentId(1), BTC],
        quantity: "1".parse().expect("a quantity"),
        price: "60000".parse().expect("a price"),
        ts_event: NOW,
    };
    assert_eq!(one(sample!("stream_liquidation")), Event::Liquidation(liquidation));
}

#[test]
fn control_replies() {
    let ack = |id, error: Option<&str>| Event::Ack(Ack { id, error: error.map(str::to_owned) });
    assert_eq!(one(r#"{"result":null,"id":10}"#), ack(10, None));
    assert_eq!(one(r#"{"result":{"method":"pong","server_time":"1"},"id":14}"#), ack(14, None));
    assert_eq!(one(r#"{"error":"bad \"stream\"","id":11}"#), ack(11, Some("bad \"stream\"")));
    assert_eq!(one(r#"{"error":"deflate","error_code":2080,"id":12}"#), ack(12, Some("2080: deflate")));
    assert!(error(r#"{"error":"deflate","error_code":2080}"#).contains("2080: deflate"));
}

#[test]
fn unknown_messages_are_named_not_refused() {
    assert_eq!(one(r#"{"type":"weather","t":1}"#), Event::Unknown { kind: "weather".to_owned() });
    assert!(matches!(one(r#"{"hello":1}"#), Event::Unknown { .. }));
}

#[test]
fn replies_on_the_action_socket_are_found_by_their_id() {
    let mut out = Vec::new();
    let frame = sample!("gateway_place_order").as_bytes();
    venue().decode(SocketRole::Actions, frame, NOW, &mut out).expect("decoded");
    assert_eq!(out, [Event::ActionReply { id: 42, body: frame.to_vec() }]);
    assert!(venue().decode(SocketRole::Actions, br#"{"status":"success"}"#, NOW, &mut out).is_err());
}

#[test]
fn absurd_numbers_are_refused_and_never_become_zero() {
    let trade = sample!("stream_trade");
    for (key, value) in [
        ("price", json!("0")),
        ("price", json!("-3500000000000000000000")),
        ("price", json!("170141183460469231731687303715884105727")),
        ("price", json!("999999999999999999999999999999999999999999")),
        ("price", json!("3500123456789000000000")),
        ("price", json!("1e21")),
        ("price", json!("")),
        ("price", json!(null)),
        ("taker_qty", json!("0")),
        ("taker_qty", json!("1")),
        ("timestamp", json!("-1")),
        ("timestamp", json!("99999999999999999999")),
        ("product_id", json!(999)),
        ("product_id", json!(-4)),
        ("is_taker_buyer", json!("yes")),
    ] {
        let mut venue = venue();
        let mut out = Vec::new();
        let frame = with(trade, key, value.clone());
        venue.decode(SocketRole::Streams, frame.as_bytes(), NOW, &mut out).expect_err(&format!("{key} {value}"));
        assert_eq!(out, [], "{key} {value}");
    }
}

#[test]
fn malformed_and_oversized_frames_are_refused() {
    for bad in
        ["", "{", "[]", "null", "{\"type\":}", "{\"type\":\"trade\"} x", "{\"type\":\"trade\"", "{'a':1}", "\"x\""]
    {
        error(bad);
    }
    let deep = format!("{{\"type\":\"trade\",\"x\":{}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(error(&deep).contains("deep"));
    let huge = format!("{{\"type\":\"weather\",\"x\":\"{}\"}}", "a".repeat(5 << 20));
    assert!(error(&huge).contains("bytes"));
    let fields: Vec<String> = (0..100).map(|n| format!("\"k{n}\":1")).collect();
    assert!(error(&format!("{{{}}}", fields.join(","))).contains("too many fields"));
    assert!(venue().decode(SocketRole::Streams, &[0xff, 0xfe, b'{'], NOW, &mut Vec::new()).is_err());
}

#[test]
fn every_truncated_frame_is_an_error() {
    let mut venue = venue();
    for frame in FRAMES.iter().map(|frame| frame.trim_end()) {
        for end in 0..frame.len() {
            if frame.is_char_boundary(end) {
                assert!(decode(&mut venue, &frame[..end]).is_err(), "{}", &frame[..end]);
            }
        }
    }
}

#[test]
fn the_order_of_keys_does_not_matter() {
    for frame in FRAMES {
        let document: Value = serde_json::from_str(frame).expect("JSON");
        let entries: Vec<String> = document
            .as_object()
            .expect("an object")
            .iter()
            .rev()
            .map(|(key, value)| format!("\"{key}\" : {value}"))
            .collect();
        assert_eq!(events(&format!(" {{ {} }} ", entries.join(" , "))), events(frame));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_mutation_of_a_frame_panics(
        which in 0..FRAMES.len(),
        edits in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut frame = FRAMES[which].as_bytes().to_vec();
        for (at, byte) in edits {
            let at = at.index(frame.len());
            frame[at] = byte;
        }
        let _ = venue().decode(SocketRole::Streams, &frame, NOW, &mut Vec::new());
        let _ = venue().decode(SocketRole::Actions, &frame, NOW, &mut Vec::new());
    }

    #[test]
    fn no_bytes_panic(frame in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = venue().decode(SocketRole::Streams, &frame, NOW, &mut Vec::new());
    }

    /// What the reader accepts, a full JSON parser accepts too.
    #[test]
    fn the_reader_takes_no_more_structure_than_json_has(
        which in 0..FRAMES.len(),
        at in any::<proptest::sample::Index>(),
        byte in proptest::sample::select(b"{}[]:,\"\\".to_vec()),
    ) {
        let mut frame = FRAMES[which].as_bytes().to_vec();
        let at = at.index(frame.len());
        frame[at] = byte;
        let mut out = Vec::new();
        if venue().decode(SocketRole::Streams, &frame, NOW, &mut out).is_ok() && !matches!(out.as_slice(), [Event::Unknown { .. }]) {
            prop_assert!(serde_json::from_slice::<Value>(&frame).is_ok());
        }
    }
}
