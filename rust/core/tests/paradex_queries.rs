//! Questions as the venue documents them, and every documented answer.

mod paradex_support;

use hedgewire_core::events::{Event, InstrumentId, OrderStatus, Side, VenueOrderId};
use hedgewire_core::instruments::{InstrumentKind, OptionRight, OptionTerms, TradingStatus};
use hedgewire_core::venues::paradex::Paradex;
use hedgewire_core::venues::{Cursor, Lookup, Method, Page, Query, Reply, Venue};
use paradex_support::{BTC, NOW, boot, config, instrument, open, reply, trader, venue};
use serde_json::{Value, json};

fn btc() -> InstrumentId {
    instrument(&venue(), BTC)
}

fn id(text: &str) -> VenueOrderId {
    VenueOrderId(text.into())
}

fn url(query: &Query, page: Option<&Cursor>) -> String {
    let request = trader().query(query, page, NOW).expect("a question");
    assert_eq!((request.method, request.body.as_str()), (Method::Get, ""));
    let path = request.url.strip_prefix("http://127.0.0.1:9/v1/").expect("the base").to_owned();
    if request.private { format!("JWT {path}") } else { path }
}

fn answer(query: &Query, body: &str) -> Lookup<Page> {
    venue().answer(query, None, &reply(body), NOW)
}

fn events(query: &Query, body: &str) -> Vec<Event> {
    match answer(query, body) {
        Lookup::Found(page) => page.events,
        other => panic!("{other:?}"),
    }
}

fn refusal(status: u16, body: Value) -> Reply {
    Reply { status, retry_after_ms: None, body: body.to_string().into_bytes() }
}

#[test]
fn questions_are_asked_as_documented() {
    let instrument = Some(btc());
    let since_s = Some(1_700_000_000);
    let cases = [
        (Query::ServerTime, "system/time"),
        (Query::Order { instrument: btc(), venue_order_id: id("hw-42") }, "JWT orders/by_client_id/hw-42"),
        (Query::Order { instrument: btc(), venue_order_id: id("1718") }, "JWT orders/1718"),
        (
            Query::ArchivedOrder { instrument: btc(), venue_order_id: id("hw-42") },
            "JWT orders-history?client_id=hw-42&market=BTC-USD-PERP",
        ),
        (Query::ArchivedOrder { instrument: btc(), venue_order_id: id("1718") }, "JWT orders/1718"),
        (Query::OpenOrders { instrument: None }, "JWT orders"),
        (Query::OpenOrders { instrument }, "JWT orders?market=BTC-USD-PERP"),
        (
            Query::OrderHistory { instrument: None, since_s, limit: 500 },
            "JWT orders-history?page_size=500&start_at=1700000000000",
        ),
        (
            Query::Fills { instrument, venue_order_id: None, since_s, limit: 10_000 },
            "JWT fills?page_size=5000&market=BTC-USD-PERP&start_at=1700000000000",
        ),
        (Query::Positions, "JWT positions"),
        (Query::Account, "JWT account"),
        (Query::BookSnapshot { instrument: btc(), depth: 100 }, "orderbook/BTC-USD-PERP?depth=15"),
        (Query::Trades { instrument: btc(), limit: 5_000 }, "trades?page_size=1000&market=BTC-USD-PERP"),
        (
            Query::Bars { instrument: btc(), granularity_s: 300, end_s: Some(1_700_000_000), limit: 2 },
            "markets/klines?symbol=BTC-USD-PERP&resolution=5&start_at=1699999400000&end_at=1700000000000",
        ),
        (
            Query::FundingRates { instrument: btc(), start_s: Some(1), end_s: Some(2), limit: 7 },
            "funding/data?page_size=7&market=BTC-USD-PERP&start_at=1000&end_at=2000",
        ),
        (Query::ReferencePrices { instruments: vec![btc()] }, "markets/summary?market=BTC-USD-PERP"),
        (Query::OpenInterest, "markets/summary?market=ALL"),
        (Query::Statuses, "system/state"),
        (
            Query::Document { name: "bbo/{market}/interactive".into(), params: r#"{"market":"ETH-USD"}"#.into() },
            "bbo/ETH-USD/interactive",
        ),
        (
            Query::Document { name: "liquidations".into(), params: r#"{"from":1,"to":2}"#.into() },
            "JWT liquidations?from=1&to=2",
        ),
    ];
    for (query, expected) in cases {
        assert_eq!(url(&query, None), expected);
    }
}

#[test]
fn a_question_that_cannot_be_asked_is_refused_here() {
    let document = |name: &str, params: &str| Query::Document { name: name.into(), params: params.into() };
    for query in [
        Query::Order { instrument: btc(), venue_order_id: id("../account") },
        Query::BookSnapshot { instrument: InstrumentId(9_999), depth: 1 },
        Query::Bars { instrument: btc(), granularity_s: 61, end_s: None, limit: 1 },
        Query::Trades { instrument: btc(), limit: 10_001 },
        document("no/such/route", "{}"),
        document("bbo/{market}", "{}"),
        document("balance", r#"{"market":"ETH-USD"}"#),
        document("balance", "[]"),
    ] {
        assert!(trader().query(&query, None, NOW).is_err(), "{query:?}");
    }
}

#[test]
fn an_order_lives_is_archived_or_is_not_there() {
    let open = Query::Order { instrument: btc(), venue_order_id: id("hw-42") };
    let archived = Query::ArchivedOrder { instrument: btc(), venue_order_id: id("hw-42") };
    // The venue still shows closed orders: they are not open for that.
    assert_eq!(answer(&open, paradex_sample!("rest_order")), Lookup::NotFound);
    let living = paradex_sample!("rest_order").replace("CLOSED", "OPEN");
    assert!(matches!(&events(&open, &living)[..], [Event::OrderReport(report)]
        if report.status == OrderStatus::Accepted && report.venue_order_id == id("hw-42")));
    let queued = paradex_sample!("rest_order").replace("CLOSED", "NEW");
    assert!(
        matches!(&events(&open, &queued)[..], [Event::OrderReport(report)] if report.status == OrderStatus::Queued)
    );
    assert!(matches!(&events(&archived, paradex_sample!("rest_orders_history"))[..], [Event::OrderReport(report)]
        if report.status == OrderStatus::Canceled));
    let other = paradex_sample!("rest_orders_history").replace("hw-42", "hw-43");
    assert_eq!(answer(&archived, &other), Lookup::NotFound);
    for code in ["ORDER_ID_NOT_FOUND", "CLIENT_ORDER_ID_NOT_FOUND"] {
        let reply = refusal(400, json!({"error": code, "message": "no", "data": null}));
        assert_eq!(venue().answer(&open, None, &reply, NOW), Lookup::NotFound);
        // Of a list such a refusal is no answer.
        assert!(matches!(venue().answer(&Query::Positions, None, &reply, NOW), Lookup::Unavailable { .. }));
    }
}

#[test]
fn a_makers_fill_of_an_order_from_before_is_told_apart_by_the_open_orders() {
    let mut venue = venue();
    let open = venue.answer(&Query::OpenOrders { instrument: None }, None, &reply(paradex_sample!("rest_orders")), NOW);
    assert!(matches!(open, Lookup::Found(_)));
    let fills = Query::Fills { instrument: None, venue_order_id: None, since_s: None, limit: 10 };
    let maker = paradex_sample!("rest_fills")
        .replace("TAKER", "MAKER")
        .replace("1718947571540201703992340000", "1718941725080201704028870000");
    let Lookup::Found(page) = venue.answer(&fills, None, &reply(&maker), NOW) else { panic!("fills") };
    assert!(
        matches!(&page.events[..], [Event::Fill(fill)]
        if fill.side == Side::Sell && fill.venue_order_id == id("hw-42")),
        "{page:?}"
    );
}

#[test]
fn what_is_no_answer_says_nothing() {
    let query = Query::Order { instrument: btc(), venue_order_id: id("hw-42") };
    for reply in [
        refusal(401, json!({"message": "missing or malformed jwt: token is expired by 9s"})),
        refusal(429, json!({"message": "rate limit exceeded"})),
        refusal(400, json!({"error": "VALIDATION_ERROR", "message": "no"})),
        Reply { status: 503, retry_after_ms: None, body: b"<html>".to_vec() },
        reply("{}"),
        reply("[]"),
        reply(""),
        Reply { status: 200, retry_after_ms: None, body: vec![0xff] },
    ] {
        assert!(matches!(venue().answer(&query, None, &reply, NOW), Lookup::Unavailable { .. }), "{reply:?}");
        assert!(matches!(venue().answer(&Query::Positions, None, &reply, NOW), Lookup::Unavailable { .. }));
    }
}

#[test]
fn pages_follow_the_venues_cursor_as_it_is_given() {
    let query = Query::Trades { instrument: btc(), limit: 5 };
    let Lookup::Found(first) = answer(&query, paradex_sample!("rest_trades")) else { panic!("a page") };
    let next = first.next.expect("another page");
    assert_eq!(next, Cursor { from: "eyJmaWx0ZXIiMn0=".into(), rows: 3 });
    // Oldest first here, newest first there.
    assert!(matches!(&first.events[..], [Event::Trade(old), Event::Trade(new)] if old.ts_event < new.ts_event));
    assert_eq!(url(&query, Some(&next)), "trades?page_size=3&cursor=eyJmaWx0ZXIiMn0%3D&market=BTC-USD-PERP");
    let again = venue().answer(&query, Some(&next), &reply(paradex_sample!("rest_trades")), NOW);
    assert!(matches!(again, Lookup::Unavailable { reason } if reason.contains("do not advance")));
    let enough = Query::Trades { instrument: btc(), limit: 2 };
    assert!(matches!(answer(&enough, paradex_sample!("rest_trades")), Lookup::Found(page) if page.next.is_none()));
}

#[test]
fn bars_keep_their_own_digits_and_go_back_in_time() {
    let query = Query::Bars { instrument: btc(), granularity_s: 60, end_s: None, limit: 3 };
    let Lookup::Found(page) = answer(&query, paradex_sample!("rest_klines")) else { panic!("a page") };
    let [Event::Bar(first), Event::Bar(second)] = &page.events[..] else { panic!("{:?}", page.events) };
    assert_eq!((first.open, first.volume, first.ts_open), (589_613, 159_100_000, 1_720_071_900_000_000_000));
    assert_eq!((second.high, second.low, second.volume), (589_650, 589_501, 1_212_345));
    assert_eq!(page.next, Some(Cursor { from: "1720071840000".into(), rows: 1 }));
    assert!(matches!(answer(&query, r#"{"results":[]}"#), Lookup::Found(page) if page.next.is_none()));
}

#[test]
fn every_perpetual_has_a_position_and_what_is_not_shown_is_flat() {
    let positions = events(&Query::Positions, paradex_sample!("rest_positions"));
    let perpetuals = venue().instruments().iter().filter(|one| one.kind == InstrumentKind::Perpetual).count();
    assert_eq!(positions.len(), perpetuals);
    let held = positions.iter().filter(|event| matches!(event, Event::Position(one) if !one.quantity.is_zero()));
    assert_eq!(held.count(), 1);
    let unknown = paradex_sample!("rest_positions").replace("BTC-USD-PERP", "NEW-USD-PERP");
    assert!(matches!(answer(&Query::Positions, &unknown), Lookup::Unavailable { .. }));
    assert_eq!(events(&Query::IsolatedPositions, paradex_sample!("rest_system_time")), vec![]);
}

#[test]
fn the_other_documented_answers() {
    let fills = Query::Fills { instrument: None, venue_order_id: None, since_s: None, limit: 10 };
    assert!(matches!(&events(&fills, paradex_sample!("rest_fills"))[..], [Event::Fill(_)]));
    let of_another = Query::Fills { instrument: None, venue_order_id: Some(id("hw-7")), since_s: None, limit: 10 };
    assert_eq!(events(&of_another, paradex_sample!("rest_fills")), vec![]);
    // A liquidation has no order, and is no reason to withhold the fills that have one.
    let liquidation = paradex_sample!("rest_fills").replace("1718947571540201703992340000", "");
    assert_eq!(events(&fills, &liquidation), vec![]);
    let open = Query::OpenOrders { instrument: None };
    assert!(matches!(&events(&open, paradex_sample!("rest_orders"))[..], [Event::OrderReport(report)]
        if report.status == OrderStatus::PartiallyFilled && report.filled == "6.153".parse().expect("a quantity")));
    assert!(matches!(&events(&Query::Account, paradex_sample!("rest_account"))[..], [Event::Account(_)]));
    let book = Query::BookSnapshot { instrument: btc(), depth: 15 };
    assert!(matches!(&events(&book, paradex_sample!("rest_orderbook"))[..], [Event::Book(book)]
        if book.snapshot && book.last == 14_127_815 && book.levels.len() == 3));
    let rates = Query::FundingRates { instrument: btc(), start_s: None, end_s: None, limit: 10 };
    assert!(matches!(&events(&rates, paradex_sample!("rest_funding_data"))[..], [Event::FundingRate(_)]));
    let prices = Query::ReferencePrices { instruments: vec![btc()] };
    assert!(matches!(&events(&prices, paradex_sample!("rest_markets_summary"))[..], [Event::ReferencePrices(_)]));
    assert!(matches!(
        &events(&Query::OpenInterest, paradex_sample!("rest_markets_summary"))[..],
        [Event::OpenInterest(_)]
    ));
    assert_eq!(
        events(&Query::ServerTime, paradex_sample!("rest_system_time")),
        vec![Event::ServerTime { server_ms: 1_760_000_080_000 }]
    );
    let document = Query::Document { name: "balance".into(), params: "{}".into() };
    assert!(matches!(&events(&document, r#"{"results":[]}"#)[..], [Event::Document { name, .. }] if name == "balance"));
}

#[test]
fn every_market_is_listed_and_what_cannot_be_traded_is_halted() {
    let venue = venue();
    let find = |symbol: &str| venue.instruments().iter().find(|one| one.symbol == symbol).expect("listed");
    assert_eq!(venue.instruments().len(), 8);
    let btc = find(BTC);
    assert_eq!((btc.kind, btc.price_precision, btc.size_precision), (InstrumentKind::Perpetual, 1, 5));
    assert_eq!((btc.margin_init_x18, btc.margin_maint_x18), (20_000_000_000_000_000, 10_000_000_000_000_000));
    assert_eq!((btc.maker_fee_x18, btc.taker_fee_x18), (30_000_000_000_000, 450_000_000_000_000));
    assert_eq!((find("ETH-USD").kind, find("ETH-USD").status), (InstrumentKind::Spot, TradingStatus::Live));
    let (strike, opens) = ("70000".parse().expect("a price"), 1_717_065_600_000_000_000);
    let call = OptionTerms { right: OptionRight::Call, strike, opens, expires: Some(1_798_185_600_000_000_000) };
    assert_eq!(find("BTC-USD-25DEC26-70000-C").kind, InstrumentKind::Option(call));
    assert!(matches!(
        find("BTC-USD-96000-P").kind,
        InstrumentKind::Option(OptionTerms { expires: None, right: OptionRight::Put, .. })
    ));
    assert_eq!(
        (find("XAU-USD-SWAPTION").kind, find("XAU-USD-SWAPTION").status),
        (InstrumentKind::Other, TradingStatus::Halted)
    );
    assert_eq!(find("SOL-USD-PERP").status, TradingStatus::Halted);
}

#[test]
fn an_instrument_keeps_its_number_when_the_listing_changes() {
    let mut venue = venue();
    let before: Vec<_> = venue.instruments().to_vec();
    let mut markets: Value = serde_json::from_str(paradex_sample!("rest_markets")).expect("JSON");
    let list = markets["results"].as_array_mut().expect("a list");
    let mut new = list[0].clone();
    new["symbol"] = json!("AAA-USD-PERP");
    list.retain(|market| market["symbol"] != "ETH-USD");
    list.push(new);
    venue.on_bootstrap(3, &reply(&markets.to_string()), NOW).expect("a listing");
    for old in &before {
        let now = venue.instruments().iter().find(|one| one.symbol == old.symbol).expect("still known");
        assert_eq!(now.id, old.id);
    }
    assert_eq!(venue.instruments().len(), 9);
    let gone = venue.instruments().iter().find(|one| one.symbol == "ETH-USD").expect("still known");
    assert_eq!(gone.status, TradingStatus::Halted);
}

#[test]
fn the_venues_own_state_stands_over_every_market() {
    let markets = Cursor { from: "markets".into(), rows: 1 };
    let statuses = |venue: &mut Paradex| match venue.answer(
        &Query::Statuses,
        Some(&markets),
        &reply(paradex_sample!("rest_markets")),
        NOW,
    ) {
        Lookup::Found(page) => page.events,
        other => panic!("{other:?}"),
    };
    let live = |events: &[Event]| {
        events.iter().filter(|event| matches!(event, Event::Status(one) if one.status == TradingStatus::Live)).count()
    };
    let mut venue = venue();
    assert_eq!(live(&statuses(&mut venue)), 6);
    let state = venue.answer(&Query::Statuses, None, &reply(r#"{"status":"cancel_only"}"#), NOW);
    assert!(matches!(state, Lookup::Found(page) if page.next.as_ref() == Some(&markets)));
    assert_eq!(live(&statuses(&mut venue)), 0);
}

#[test]
fn a_listing_or_clock_that_contradicts_the_configuration_is_refused() {
    let with = |key: &str, value: Value| {
        let mut config = config();
        config[key] = value;
        config
    };
    let mut expects = open(&with("markets", json!([{"symbol": BTC, "price_increment": "0.5"}])));
    let error = expects.on_bootstrap(3, &reply(paradex_sample!("rest_markets")), NOW).expect_err("refused").to_string();
    assert!(error.contains("0.5") && error.contains("the venue says 0.1"), "{error}");
    let late = json!({"server_time": (NOW / 1_000_000 - 60_000).to_string()}).to_string();
    let error = open(&config()).on_bootstrap(2, &reply(&late), NOW).expect_err("refused").to_string();
    assert!(error.contains("60000 ms") && error.contains("set the clock"), "{error}");
    let chain = open(&with("chain_id", json!("PRIVATE_SN_PARACLEAR_MAINNET")));
    let error =
        { chain }.on_bootstrap(0, &reply(paradex_sample!("rest_system_config")), NOW).expect_err("refused").to_string();
    assert!(error.contains("PRIVATE_SN_POTC_SEPOLIA") && error.contains("hint:"), "{error}");
    for (key, value, told) in [
        ("rest", json!("https://api.prod.paradex.trade/v1"), "another network"),
        ("ws", json!("http://127.0.0.1:9"), "ws://"),
        ("transport", json!("carrier pigeon"), "rest, ws"),
        ("recv_window_ms", json!(9), "10 to 300000"),
        ("book_interval_ms", json!(75), "50 or 100"),
        ("bok_feed", json!("every"), "book_feed"),
    ] {
        let error = Paradex::open(&with(key, value).to_string(), None).err().expect("refused").to_string();
        assert!(error.contains(told) && error.contains("hint:"), "{error}");
    }
    let mut testnet = config();
    testnet["environment"] = json!("testnet");
    let chain = reply(&paradex_sample!("rest_system_config").replace("POTC_SEPOLIA", "PARACLEAR_MAINNET"));
    assert!(open(&testnet).on_bootstrap(0, &chain, NOW).is_err());
    boot(open(&config()));
}

#[test]
fn a_quantity_that_is_larger_than_its_order_is_no_report() {
    let query = Query::OpenOrders { instrument: None };
    let absurd = paradex_sample!("rest_orders").replace("\"remaining_size\": \"4\"", "\"remaining_size\": \"40\"");
    assert!(matches!(answer(&query, &absurd), Lookup::Unavailable { .. }));
}
