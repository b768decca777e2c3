//! Questions and their answers: found, not found, and no answer, which is neither.

mod nado_support;

use hedgewire_core::decimal::{Price, QuoteQty};
use hedgewire_core::events::{ClientId, Event, InstrumentId, OrderKind, OrderStatus, Side, VenueOrderId};
use hedgewire_core::instruments::TradingStatus;
use hedgewire_core::venues::nado::Nado;
use hedgewire_core::venues::{Cursor, Lookup, Query, Reply, Venue};
use nado_support::{BTC, ETH, NOW, SENDER, answers, boot, config, decode, failure, venue};
use serde_json::{Value, json};

const DIGEST: &str = "0x9f5b31b7c4db57e190787ed24b300dbe3a75bd8ad09127dcb6585bf62f5f1ba3";

macro_rules! sample {
    ($name:literal) => {
        Reply {
            status: 200,
            retry_after_ms: None,
            body: include_bytes!(concat!("../../../testdata/nado/", $name, ".json")).to_vec(),
        }
    };
}

fn id() -> VenueOrderId {
    VenueOrderId(DIGEST.to_owned())
}

fn found(query: &Query, reply: &Reply) -> Vec<Event> {
    match venue().answer(query, None, reply, NOW) {
        Lookup::Found(page) => page.events,
        other => panic!("{query:?}: {other:?}"),
    }
}

fn all_queries() -> Vec<Query> {
    vec![
        Query::ServerTime,
        Query::Order { instrument: ETH, venue_order_id: id() },
        Query::ArchivedOrder { instrument: ETH, venue_order_id: id() },
        Query::OpenOrders { instrument: None },
        Query::Fills { instrument: None, venue_order_id: None, since_s: None, limit: 100 },
        Query::Positions,
        Query::IsolatedPositions,
        Query::Account,
        Query::BookSnapshot { instrument: ETH, depth: 500 },
        Query::Trades { instrument: ETH, limit: 50 },
        Query::Bars { instrument: ETH, granularity_s: 60, end_s: Some(9), limit: 9_999 },
        Query::FundingRates { instrument: ETH, start_s: Some(1), end_s: None, limit: 10 },
        Query::ReferencePrices { instruments: vec![ETH, BTC] },
        Query::Statuses,
        Query::OpenInterest,
    ]
}

#[test]
fn every_question_as_the_reference_words_it() {
    let mut venue = venue();
    let expected = [
        ("http://127.0.0.1:9/v1/edge/query", json!({"type": "time"})),
        ("http://127.0.0.1:9/v1/query", json!({"type": "order", "product_id": 4, "digest": DIGEST})),
        ("http://127.0.0.1:9/archive/v1", json!({"orders": {"digests": [DIGEST], "limit": 1}})),
        ("http://127.0.0.1:9/v1/query", json!({"type": "orders", "sender": SENDER, "product_ids": [1, 2, 4, 8, 100]})),
        ("http://127.0.0.1:9/archive/v1", json!({"matches": {"subaccounts": [SENDER], "limit": 100}})),
        ("http://127.0.0.1:9/v1/query", json!({"type": "subaccount_info", "subaccount": SENDER})),
        ("http://127.0.0.1:9/v1/query", json!({"type": "isolated_positions", "subaccount": SENDER})),
        ("http://127.0.0.1:9/v1/query", json!({"type": "subaccount_info", "subaccount": SENDER})),
        ("http://127.0.0.1:9/v1/query", json!({"type": "market_liquidity", "product_id": 4, "depth": 100})),
        ("http://127.0.0.1:9/archive/v2/trades?ticker_id=ETH-PERP_USDT0&limit=50", Value::Null),
        (
            "http://127.0.0.1:9/archive/v1",
            json!({"candlesticks": {"product_id": 4, "granularity": 60, "limit": 500, "max_time": 9}}),
        ),
        (
            "http://127.0.0.1:9/archive/v1",
            json!({"funding_rate_history": {"product_id": 4, "limit": 10, "start_time": 1}}),
        ),
        ("http://127.0.0.1:9/archive/v1", json!({"perp_prices": {"product_ids": [4, 2]}})),
        ("http://127.0.0.1:9/v1/query", json!({"type": "symbols"})),
        ("http://127.0.0.1:9/v1/query", json!({"type": "all_products"})),
    ];
    for (query, (url, body)) in all_queries().iter().zip(expected) {
        let request = venue.query(query, None, NOW).expect("a request");
        assert_eq!(request.url, url, "{query:?}");
        let sent =
            if request.body.is_empty() { Value::Null } else { serde_json::from_str(&request.body).expect("JSON") };
        assert_eq!(sent, body, "{query:?}");
        assert!(request.weight >= 1);
    }
    let latest = Query::FundingRates { instrument: ETH, start_s: None, end_s: None, limit: 1 };
    assert_eq!(venue.query(&latest, None, NOW).expect("a request").body, r#"{"funding_rate":{"product_id":4}}"#);
}

#[test]
fn what_cannot_be_asked_is_refused() {
    let mut public = boot(&config(), None, &answers()).expect("a venue");
    assert_eq!(public.query(&Query::Account, None, NOW).expect_err("refused").code, "AUTH_ACCOUNT_MISSING");
    let unlisted = Query::BookSnapshot { instrument: InstrumentId(77), depth: 1 };
    assert_eq!(public.query(&unlisted, None, NOW).expect_err("refused").code, "INSTRUMENT_UNKNOWN");
    let odd = Query::Bars { instrument: ETH, granularity_s: 61, end_s: None, limit: 1 };
    assert_eq!(public.query(&odd, None, NOW).expect_err("refused").code, "QUERY_GRANULARITY_UNKNOWN");
}

#[test]
fn no_answer_is_never_a_no() {
    let mut venue = venue();
    let bad =
        [(500, "{}"), (429, ""), (200, ""), (200, "{"), (200, "null"), (200, r#"{"status":"failure","error":"x"}"#)];
    for query in all_queries() {
        for (status, body) in bad {
            let reply = Reply { status, retry_after_ms: None, body: body.as_bytes().to_vec() };
            let answer = venue.answer(&query, None, &reply, NOW);
            assert!(matches!(answer, Lookup::Unavailable { .. }), "{query:?} {status} {body}: {answer:?}");
        }
    }
}

#[test]
fn an_open_order() {
    let query = Query::Order { instrument: ETH, venue_order_id: id() };
    let events = found(&query, &sample!("gateway_order"));
    let [Event::OrderReport(report)] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!((report.venue_order_id.clone(), report.client_id), (id(), Some(ClientId(7))));
    assert_eq!(
        (report.side, report.kind, report.status),
        (Side::Sell, OrderKind::PostOnly, OrderStatus::PartiallyFilled)
    );
    assert_eq!((report.quantity.to_string(), report.filled.to_string()), ("1".to_owned(), "0.6".to_owned()));
    assert_eq!((report.expires_s, report.ts_accepted), (None, 1_760_000_000_000_000_000));
    assert_eq!(venue().answer(&query, None, &failure(2020, "not found"), NOW), Lookup::NotFound);
    assert_eq!(found(&Query::OpenOrders { instrument: None }, &sample!("gateway_orders")).len(), 1);
}

/// Two a product: asked for at once, 300 products would weigh more than the venue admits in ten seconds.
#[test]
fn open_orders_of_a_venue_with_many_products_are_asked_for_in_pages() {
    let mut symbols = nado_support::symbols();
    let all = symbols["data"]["symbols"].as_object_mut().expect("symbols");
    let eth = all["ETH-PERP"].clone();
    for id in 1_000..1_300 {
        let mut copy = eth.clone();
        (copy["product_id"], copy["symbol"]) = (json!(id), json!(format!("C{id}-PERP")));
        all.insert(format!("C{id}-PERP"), copy);
    }
    let mut answers = answers();
    answers[2] = nado_support::reply(&symbols);
    let mut venue = boot(&config(), Some(nado_support::secret()), &answers).expect("a venue");
    let listed: Vec<u32> = venue.instruments().iter().map(|instrument| instrument.id.0).collect();
    let query = Query::OpenOrders { instrument: None };
    let (mut asked, mut page, mut orders) = (Vec::new(), None::<Cursor>, 0);
    loop {
        let request = venue.query(&query, page.as_ref(), NOW).expect("a request");
        assert!(request.weight <= 100, "{}", request.weight);
        let body: Value = serde_json::from_str(&request.body).expect("JSON");
        let products = body["product_ids"].as_array().expect("a list");
        asked.extend(products.iter().map(|id| id.as_u64().expect("an id") as u32));
        let Lookup::Found(answer) = venue.answer(&query, page.as_ref(), &sample!("gateway_orders"), NOW) else {
            panic!("no answer")
        };
        orders += answer.events.len();
        page = answer.next;
        if page.is_none() {
            break;
        }
    }
    assert_eq!(asked, listed, "each product once");
    assert_eq!(orders, listed.len().div_ceil(50));
    let one = Query::OpenOrders { instrument: Some(ETH) };
    let Lookup::Found(answer) = venue.answer(&one, None, &sample!("gateway_orders"), NOW) else { panic!("no answer") };
    assert_eq!(answer.next, None);
}

#[test]
fn an_order_of_the_archive() {
    let query = Query::ArchivedOrder { instrument: ETH, venue_order_id: id() };
    let events = found(&query, &sample!("archive_orders"));
    let [Event::OrderReport(report)] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!((report.status, report.kind), (OrderStatus::Canceled, OrderKind::ImmediateOrCancel));
    assert_eq!(report.average_price, Some("3500".parse::<Price>().expect("a price")));
    let none = nado_support::reply(&json!({"orders": []}));
    assert_eq!(venue().answer(&query, None, &none, NOW), Lookup::NotFound);
}

/// The trade id of the stream and of the archive must be the same: fills are told apart by it.
// proves: R003-2.1.3
#[test]
fn a_fill_is_the_same_from_stream_and_archive() {
    let query = Query::Fills { instrument: None, venue_order_id: None, since_s: None, limit: 100 };
    let events = found(&query, &sample!("archive_matches"));
    let [Event::Fill(first), Event::Fill(second)] = events.as_slice() else { panic!("{events:?}") };
    let frame = include_str!("../../../testdata/nado/stream_fill.json");
    let streamed = decode(&mut venue(), frame).expect("decoded");
    let [Event::Fill(streamed)] = streamed.as_slice() else { panic!("{streamed:?}") };
    assert_eq!(first.trade_id, streamed.trade_id);
    assert_ne!(first.trade_id, second.trade_id);
    assert!(first.trade_id.len() <= 36 && first.trade_id.is_ascii());
    assert_eq!(first.price, "3500".parse::<Price>().expect("a price"));
    assert_eq!(first.fee, QuoteQty::from_x18(1_225_428_900_115_040_264));
    assert_eq!((first.side, first.is_taker, first.instrument), (Side::Buy, true, ETH));
    assert_eq!(
        (first.remaining.expect("known").to_string(), second.remaining.expect("known").is_zero()),
        ("1".to_owned(), true)
    );
    assert_eq!((first.ts_event, second.ts_event), (1_760_000_000_000_000_000, 1_760_000_001_000_000_000));
}

#[test]
fn fills_are_chosen_by_time_product_and_order() {
    let count = |instrument, venue_order_id, since_s| {
        found(&Query::Fills { instrument, venue_order_id, since_s, limit: 100 }, &sample!("archive_matches")).len()
    };
    assert_eq!(count(None, None, Some(1_760_000_001)), 1);
    assert_eq!(count(Some(BTC), None, None), 0);
    assert_eq!(count(Some(ETH), Some(id()), None), 2);
    assert_eq!(count(None, Some(VenueOrderId(format!("0x{}", "0".repeat(64)))), None), 0);
}

#[test]
fn a_match_without_a_time_is_no_answer() {
    let mut document: Value = serde_json::from_slice(&sample!("archive_matches").body).expect("JSON");
    document["txs"] = json!([]);
    let query = Query::Fills { instrument: None, venue_order_id: None, since_s: None, limit: 100 };
    assert!(matches!(venue().answer(&query, None, &nado_support::reply(&document), NOW), Lookup::Unavailable { .. }));
}

// proves: R003-1.1.5
#[test]
fn positions_list_flat_products_and_miss_none() {
    let events = found(&Query::Positions, &sample!("gateway_subaccount_info"));
    let amounts: Vec<(u32, String)> = events
        .iter()
        .map(|event| match event {
            Event::Position(position) => (position.instrument.0, position.quantity.to_string()),
            other => panic!("{other:?}"),
        })
        .collect();
    let expected = [(2, "0"), (4, "-2.5"), (8, "0"), (100, "0")].map(|(id, amount)| (id, amount.to_owned()));
    assert_eq!(amounts, expected);
    let with = |balances: Value| {
        let mut document: Value = serde_json::from_slice(&sample!("gateway_subaccount_info").body).expect("JSON");
        document["data"]["perp_balances"] = balances;
        venue().answer(&Query::Positions, None, &nado_support::reply(&document), NOW)
    };
    let one = |id: u32| json!([{"product_id": id, "balance": {"amount": "5"}}]);
    assert!(matches!(with(one(4)), Lookup::Unavailable { .. }), "a missing balance is not flat");
    assert!(matches!(with(one(998)), Lookup::Unavailable { .. }), "a position we cannot name is not ignored");
    assert!(matches!(with(json!([])), Lookup::Unavailable { .. }), "no balances at all are not flat either");
}

// proves: R003-1.1.5
#[test]
fn an_account_that_does_not_exist_is_neither_flat_nor_empty() {
    let mut document: Value = serde_json::from_slice(&sample!("gateway_subaccount_info").body).expect("JSON");
    document["data"]["exists"] = json!(false);
    for query in [Query::Positions, Query::Account] {
        assert_eq!(venue().answer(&query, None, &nado_support::reply(&document), NOW), Lookup::NotFound);
    }
}

#[test]
fn isolated_positions_and_the_account() {
    let events = found(&Query::IsolatedPositions, &sample!("gateway_isolated_positions"));
    assert!(
        matches!(events.as_slice(), [Event::Position(p)] if p.isolated && p.instrument == BTC && p.quantity.to_string() == "0.05")
    );
    let events = found(&Query::Account, &sample!("gateway_subaccount_info"));
    let [Event::Account(account)] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!((account.total.to_string(), account.free.to_string()), ("1000".to_owned(), "900".to_owned()));
    let mut document: Value = serde_json::from_slice(&sample!("gateway_subaccount_info").body).expect("JSON");
    document["data"]["healths"][0]["health"] = json!("-5");
    let events = found(&Query::Account, &nado_support::reply(&document));
    assert!(matches!(events.as_slice(), [Event::Account(account)] if account.free.is_zero()));
}

// proves: R003-023
#[test]
fn a_book_snapshot_has_its_place_in_the_sequence() {
    let events = found(&Query::BookSnapshot { instrument: ETH, depth: 100 }, &sample!("gateway_market_liquidity"));
    let [Event::Book(book)] = events.as_slice() else { panic!("{events:?}") };
    assert!(book.snapshot && book.previous_last.is_none() && book.last == 1_760_000_000_000_000_000);
    assert_eq!((book.levels[0].side, book.levels[0].price, book.levels[0].size), (Side::Buy, 34_999, 5_000));
    assert_eq!((book.levels[1].side, book.levels[1].price), (Side::Sell, 35_001));
}

#[test]
fn trades_bars_and_rates_come_oldest_first() {
    let events = found(&Query::Trades { instrument: ETH, limit: 10 }, &sample!("archive_v2_trades"));
    let [Event::Trade(first), Event::Trade(second)] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!((first.trade_id.as_str(), first.price, first.size, first.aggressor), ("90", 35_000, 500, Side::Buy));
    assert_eq!(
        (second.trade_id.as_str(), second.price, second.size, second.aggressor),
        ("91", 35_001, 250, Side::Sell)
    );
    let bars = Query::Bars { instrument: ETH, granularity_s: 60, end_s: None, limit: 2 };
    let events = found(&bars, &sample!("archive_candlesticks"));
    assert!(
        matches!(events.as_slice(), [Event::Bar(a), Event::Bar(b)] if a.ts_open < b.ts_open && a.open == 35_000 && a.volume == 2_500)
    );
    let history = Query::FundingRates { instrument: ETH, start_s: None, end_s: None, limit: 2 };
    let events = found(&history, &sample!("archive_funding_rate_history"));
    assert!(matches!(events.as_slice(), [Event::FundingRate(a), Event::FundingRate(b)]
        if a.rate_x18 == -2 && b.rate_x18 == 10_000_000_000_000 && a.ts_event < b.ts_event));
    let events = found(&history, &sample!("archive_funding_rate"));
    assert!(matches!(events.as_slice(), [Event::FundingRate(rate)] if rate.rate_x18 == 100));
}

#[test]
fn reference_prices_and_time() {
    let query = Query::ReferencePrices { instruments: vec![ETH] };
    let events = found(&query, &sample!("archive_perp_prices"));
    let [Event::ReferencePrices(prices)] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!(
        (prices.mark.map(|p| p.to_string()), prices.index.map(|p| p.to_string())),
        (Some("3500.1".into()), Some("3500".into()))
    );
    let both = Query::ReferencePrices { instruments: vec![ETH, BTC] };
    assert!(matches!(venue().answer(&both, None, &sample!("archive_perp_prices"), NOW), Lookup::Unavailable { .. }));
    let time = nado_support::reply(&json!({"status": "success", "method": "time", "server_time": "1780000000123"}));
    assert_eq!(found(&Query::ServerTime, &time), [Event::ServerTime { server_ms: 1_780_000_000_123 }]);
    let bare = venue().answer(&Query::ServerTime, None, &nado_support::reply(&json!(5)), NOW);
    assert!(matches!(bare, Lookup::Unavailable { .. }), "{bare:?}");
}

fn matches(newest: u64, count: u64) -> Value {
    let one = json!(&serde_json::from_slice::<Value>(&sample!("archive_matches").body).expect("JSON")["matches"][0]);
    let rows: Vec<Value> = (0..count)
        .map(|back| {
            let mut row = one.clone();
            row["submission_idx"] = json!((newest - back).to_string());
            row
        })
        .collect();
    let times: Vec<Value> = (0..count)
        .map(|back| json!({"submission_idx": (newest - back).to_string(), "timestamp": (1_000 + newest - back).to_string()}))
        .collect();
    json!({"matches": rows, "txs": times})
}

#[test]
fn fills_are_paged_by_the_venues_cursor_until_the_time_that_was_asked_for() {
    let mut venue = venue();
    let query = Query::Fills { instrument: None, venue_order_id: None, since_s: Some(1_400), limit: 10_000 };
    let page = |venue: &mut Nado, cursor, document: &Value| match venue.answer(
        &query,
        cursor,
        &nado_support::reply(document),
        NOW,
    ) {
        Lookup::Found(page) => page,
        other => panic!("{other:?}"),
    };
    let first = page(&mut venue, None, &matches(1_500, 500));
    let cursor = first.next.as_ref();
    assert_eq!((first.events.len(), cursor.expect("more").clone()), (500, Cursor { from: "1001".into(), rows: 9_501 }));
    let asked: Value = serde_json::from_str(&venue.query(&query, cursor, NOW).expect("a request").body).expect("JSON");
    assert_eq!(asked["matches"]["idx"], "1001");
    let second = page(&mut venue, cursor, &matches(1_001, 500));
    assert!(second.next.as_ref().is_some_and(|next| next.from.parse::<u64>().is_ok_and(|from| from < 1_001)));
    // Submission 399 and older are of before second 1400.
    let last = page(&mut venue, second.next.as_ref(), &matches(502, 500));
    assert_eq!((last.events.len(), last.next), (103, None));
    let stuck = venue.answer(&query, cursor, &nado_support::reply(&matches(1_500, 500)), NOW);
    assert!(matches!(stuck, Lookup::Unavailable { .. }), "pages that do not get older are no answer: {stuck:?}");
    let endless = Query::Fills { instrument: None, venue_order_id: None, since_s: None, limit: 10_001 };
    assert_eq!(venue.query(&endless, None, NOW).expect_err("refused").code, "QUERY_LIMIT_TOO_LARGE");
}

#[test]
fn statuses_of_all_instruments_and_open_interest_of_the_perpetuals() {
    let mut listing = nado_support::symbols();
    let status = |listing: &Value, wanted: InstrumentId| {
        let events = found(&Query::Statuses, &nado_support::reply(listing));
        let all = events.iter().map(|event| match event {
            Event::Status(update) => (update.instrument, update.status),
            other => panic!("{other:?}"),
        });
        let all: Vec<_> = all.collect();
        assert_eq!(all.len(), venue().instruments().len());
        all.iter().find(|(instrument, _)| *instrument == wanted).expect("listed").1
    };
    assert_eq!(status(&listing, ETH), TradingStatus::Live);
    listing["data"]["symbols"]["ETH-PERP"]["trading_status"] = json!("reduce_only");
    assert_eq!((status(&listing, ETH), status(&listing, BTC)), (TradingStatus::ReduceOnly, TradingStatus::Live));
    listing["data"]["symbols"].as_object_mut().expect("symbols").remove("ETH-PERP");
    assert_eq!(status(&listing, ETH), TradingStatus::Halted);

    let mut products: Value =
        serde_json::from_str(include_str!("../../../testdata/nado/gateway_all_products.json")).expect("products");
    products["data"]["perp_products"][1]["state"]["open_interest"] = json!("1500000000000000000");
    let events = found(&Query::OpenInterest, &nado_support::reply(&products));
    let open = events.iter().find_map(|event| match event {
        Event::OpenInterest(open) if open.instrument == ETH => Some(open.quantity.to_string()),
        _ => None,
    });
    assert_eq!(open.as_deref(), Some("1.5"));
}
