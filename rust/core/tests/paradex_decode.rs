//! Every documented JSON frame into its event; nothing malformed into any.

mod paradex_support;

use hedgewire_core::decimal::{BaseQty, Price};
use hedgewire_core::events::{
    Ack, BookUpdate, ClientId, Event, FundingRate, Level, OrderStatus, Quote, Side, Trade, VenueOrderId,
};
use hedgewire_core::venues::{SocketRole, Stream, StreamKind, Venue};
use hedgewire_core::waiting::{TriggerSource, WaitingState};
use paradex_support::{BTC, NOW, boot, config, decode, instrument, open, venue, venue_of_every_update};
use proptest::prelude::*;
use serde_json::{Value, json};

const FRAMES: &[&str] = &[
    paradex_sample!("stream_order_book_snapshot"),
    paradex_sample!("stream_order_book_delta"),
    paradex_sample!("stream_bbo"),
    paradex_sample!("stream_bbo_empty"),
    paradex_sample!("stream_trades"),
    paradex_sample!("stream_markets_summary"),
    paradex_sample!("stream_funding_data"),
    paradex_sample!("stream_orders"),
    paradex_sample!("stream_fills"),
    paradex_sample!("stream_positions"),
    paradex_sample!("stream_account"),
    paradex_sample!("stream_transfers"),
    paradex_sample!("stream_subscribed"),
    paradex_sample!("stream_error"),
];

fn one(frame: &str) -> Event {
    let mut events = decode(&mut venue(), frame.as_bytes()).expect("decoded");
    assert_eq!(events.len(), 1, "{events:?}");
    events.remove(0)
}

fn error(frame: &str) -> String {
    decode(&mut venue(), frame.as_bytes()).expect_err("refused").what
}

/// A sample with fields of its data changed.
fn with(frame: &str, changes: &[(&str, Value)]) -> String {
    let mut document: Value = serde_json::from_str(frame).expect("JSON");
    for (key, value) in changes {
        document["params"]["data"][*key] = value.clone();
    }
    document.to_string()
}

fn level(side: Side, price: i64, size: i64) -> Level {
    Level { side, price, size }
}

fn qty(text: &str) -> BaseQty {
    text.parse().expect("a quantity")
}

#[test]
fn a_snapshot_is_the_whole_book() {
    let btc = instrument(&venue(), BTC);
    let expected = BookUpdate {
        instrument: btc,
        snapshot: true,
        first: 14_127_815,
        last: 14_127_815,
        previous_last: None,
        levels: vec![level(Side::Buy, 676_297, 99_200), level(Side::Sell, 693_786, 313_700)],
        ts_event: 1_718_267_837_265_000_000,
    };
    assert_eq!(one(paradex_sample!("stream_order_book_snapshot")), Event::Book(expected));
}

#[test]
fn a_delta_deletes_before_it_puts_and_is_chained_only_where_every_update_comes() {
    let frame = paradex_sample!("stream_order_book_delta");
    let Event::Book(book) = one(frame) else { panic!("a book") };
    let levels = [level(Side::Buy, 676_297, 0), level(Side::Buy, 676_298, 50_000), level(Side::Sell, 693_786, 200_000)];
    assert_eq!((book.levels.as_slice(), book.snapshot, book.previous_last), (levels.as_slice(), false, None));
    let chained = decode(&mut venue_of_every_update(), frame.as_bytes()).expect("decoded");
    assert!(matches!(&chained[..], [Event::Book(book)] if book.previous_last == Some(14_127_815)));
}

/// A message of a book: its number, its kind and its levels, of which those without a size are deletes.
fn book(number: u64, kind: &str, levels: &[(&str, &str, &str)]) -> String {
    let level = |(side, price, size): &(&str, &str, &str)| json!({"side": side, "price": price, "size": size});
    let (deletes, inserts): (Vec<_>, Vec<_>) = levels.iter().partition(|(_, _, size)| *size == "0");
    let data = json!({
        "seq_no": number, "market": "BTC-USD-PERP", "last_updated_at": 1_718_267_837_265u64, "update_type": kind,
        "inserts": inserts.into_iter().map(level).collect::<Vec<_>>(), "updates": [],
        "deletes": deletes.into_iter().map(level).collect::<Vec<_>>(),
    });
    let channel = "order_book.BTC-USD-PERP.deltas@15@50ms";
    json!({"jsonrpc": "2.0", "method": "subscription", "params": {"channel": channel, "data": data}}).to_string()
}

#[test]
fn changes_of_the_throttled_feed_are_handed_on_as_the_whole_book() {
    let mut settings = config();
    settings["book_feed"] = json!("throttled");
    let mut venue = boot(open(&settings));
    let frame =
        venue.subscribe(1, &Stream { kind: StreamKind::Book, instrument: Some(instrument(&venue, BTC)), param: 0 });
    assert!(frame.expect("a frame").contains("order_book.BTC-USD-PERP.deltas@15@50ms"));
    let mut told = |frame: String| decode(&mut venue, frame.as_bytes()).expect("decoded");
    let shown = |events: &[Event]| match events {
        [Event::Book(book)] => {
            let levels = book.levels.iter().map(|level| (level.side, level.price, level.size)).collect::<Vec<_>>();
            (book.snapshot, book.last, levels)
        }
        other => panic!("{other:?}"),
    };
    let lost = |events: &[Event]| matches!(events, [Event::BookLost(_)]);
    assert!(lost(&told(book(7, "d", &[("BUY", "100", "1")]))), "changes of nothing");
    assert!(told(book(8, "d", &[("BUY", "100", "1")])).is_empty(), "asked for once");
    let whole = told(book(9, "s", &[("BUY", "100", "1"), ("BUY", "99", "2"), ("SELL", "101", "3")]));
    assert_eq!(shown(&whole).2.len(), 3);
    // Numbers leave gaps, and the same again says nothing.
    let changed = told(book(20, "d", &[("BUY", "100", "0"), ("BUY", "98", "4"), ("SELL", "101", "5")]));
    let (buy, sell) = (Side::Buy, Side::Sell);
    let expected = vec![(buy, 990, 200_000), (buy, 980, 400_000), (sell, 1_010, 500_000)];
    assert_eq!(shown(&changed), (true, 20, expected));
    assert!(told(book(20, "d", &[("SELL", "102", "5")])).is_empty());
    // What better levels push out of the best fifteen is gone.
    let sells: Vec<String> = (0..20).map(|step| (102 + step).to_string()).collect();
    let deep: Vec<(&str, &str, &str)> = sells.iter().map(|price| ("SELL", price.as_str(), "1")).collect();
    assert_eq!(shown(&told(book(21, "d", &deep))).2.len(), 2 + 15);
    assert!(lost(&told(book(22, "d", &[("BUY", "101", "1")]))), "crossed");
    assert!(told(book(23, "d", &[("BUY", "101", "0")])).is_empty());
    told(book(24, "s", &[("BUY", "100", "1")]));
    assert!(lost(&told(book(23, "d", &[("BUY", "98", "1")]))), "numbers that go back");
}

#[test]
fn a_book_is_the_same_in_any_spelling_of_its_json() {
    let plain = one(paradex_sample!("stream_order_book_delta"));
    let document: Value = serde_json::from_str(paradex_sample!("stream_order_book_delta")).expect("JSON");
    // Sorted keys: the data comes behind the channel no more, and a level's price before its side.
    assert_eq!(one(&serde_json::to_string_pretty(&document).expect("JSON")), plain);
    let channel = document["params"]["channel"].to_string();
    let data = document["params"]["data"].to_string();
    assert_eq!(one(&format!(r#"{{"params":{{"data":{data},"channel":{channel}}}}}"#)), plain);
}

#[test]
fn quotes_and_their_empty_sides() {
    let instrument = instrument(&venue(), BTC);
    let quote = |bid_price, bid_size, ts_event| {
        Event::Quote(Quote { instrument, bid_price, bid_size, ask_price: 676_301, ask_size: 313_700, ts_event })
    };
    assert_eq!(one(paradex_sample!("stream_bbo")), quote(676_297, 99_200, 1_718_267_837_400_000_000));
    assert_eq!(one(paradex_sample!("stream_bbo_empty")), quote(0, 0, 1_718_267_837_500_000_000));
}

#[test]
fn positions_that_the_venue_moves_are_no_trades() {
    let of = |kind: &str| {
        let (kind, price) = (("trade_type", json!(kind)), ("price", json!("0.0287761234")));
        let frame = with(paradex_sample!("stream_trades"), &[kind, price, ("side", json!("SELL"))]);
        decode(&mut venue(), frame.as_bytes())
    };
    let events = of("LIQUIDATION").expect("decoded");
    let [Event::Liquidation(told)] = &events[..] else { panic!("{events:?}") };
    assert_eq!((told.quantity.to_string(), told.price.to_string()), ("-34028".into(), "0.0287761234".into()));
    assert_eq!(told.ts_event, 1_718_179_273_230_000_000);
    assert_eq!((of("SETTLE_MARKET"), of("UNWIND_TRANSFER")), (Ok(Vec::new()), Ok(Vec::new())));
    assert!(of("FILL").is_err(), "a trade of the book is on its ticks");
}

#[test]
fn a_trade_keeps_the_venues_id() {
    let expected = Trade {
        instrument: instrument(&venue(), "kBONK-USD-PERP"),
        price: 28_776,
        size: 34_028,
        aggressor: Side::Buy,
        trade_id: "1718179273230201709233240002".into(),
        ts_event: 1_718_179_273_230_000_000,
    };
    assert_eq!(one(paradex_sample!("stream_trades")), Event::Trade(expected));
    assert_eq!(
        one(&with(paradex_sample!("stream_trades"), &[("market", json!("NEW-USD-PERP"))])),
        Event::Unknown { kind: "market NEW-USD-PERP is not listed".into() }
    );
}

#[test]
fn a_funding_rate_is_for_one_hour_whatever_the_markets_period() {
    let rate = |rate_x18| {
        let (instrument, ts_event) = (instrument(&venue(), BTC), 1_771_506_636_154_000_000);
        Event::FundingRate(FundingRate { instrument, rate_x18, ts_event })
    };
    assert_eq!(one(paradex_sample!("stream_funding_data")), rate(-18_711_963_227_500));
    let daily = with(paradex_sample!("stream_funding_data"), &[("funding_period_hours", json!(24))]);
    assert_eq!(one(&daily), rate(-6_237_321_075_833));
    assert!(
        error(&with(paradex_sample!("stream_funding_data"), &[("funding_period_hours", json!(0))])).contains("0 hours")
    );
}

#[test]
fn marks_indexes_and_open_interest() {
    let events = decode(&mut venue(), paradex_sample!("stream_markets_summary").as_bytes()).expect("decoded");
    let [Event::ReferencePrices(prices), Event::OpenInterest(open)] = &events[..] else { panic!("{events:?}") };
    let price = |text: &str| text.parse::<Price>().ok();
    assert_eq!((prices.mark, prices.index), (price("67630.05123"), price("67620.5")));
    assert_eq!(open.quantity, qty("812.345"));
    let empty =
        with(paradex_sample!("stream_markets_summary"), &[("mark_price", json!("")), ("open_interest", json!(""))]);
    assert!(matches!(one(&empty), Event::ReferencePrices(prices) if prices.mark.is_none() && prices.index.is_some()));
}

/// What an order's message comes to, after the messages before it.
fn told(messages: &[&[(&str, Value)]]) -> Vec<Event> {
    let mut venue = venue();
    let mut events = Vec::new();
    for (index, changes) in messages.iter().enumerate() {
        let mut changes = changes.to_vec();
        changes.push(("seq_no", json!(1_718_958_002_991_595_738_u64 + index as u64)));
        events = decode(&mut venue, with(paradex_sample!("stream_orders"), &changes).as_bytes()).expect("decoded");
    }
    events
}

fn status(messages: &[&[(&str, Value)]]) -> OrderStatus {
    match &told(messages)[..] {
        [Event::OrderUpdate(update)] => update.status,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_cancelled_order_says_what_was_never_filled() {
    let Event::OrderUpdate(update) = one(paradex_sample!("stream_orders")) else { panic!("an update") };
    assert_eq!(update.venue_order_id, VenueOrderId("hw-42".into()));
    assert_eq!(update.client_id, Some(ClientId(42)));
    assert_eq!((update.status, update.remaining), (OrderStatus::Canceled, Some(qty("10.153"))));
    assert_eq!((update.reason.as_str(), update.ts_event), ("USER_CANCELED", 1_718_958_002_991_000_000));
    let foreign = one(&with(paradex_sample!("stream_orders"), &[("client_id", json!("somebody's"))]));
    assert!(matches!(foreign, Event::OrderUpdate(update)
        if update.client_id.is_none() && update.venue_order_id.0 == "1718941725080201704028870000"));
}

#[test]
fn queued_is_not_accepted_and_closed_is_what_ended_it() {
    let new: &[_] = &[("status", json!("NEW")), ("cancel_reason", json!(""))];
    let open: &[_] = &[("status", json!("OPEN")), ("cancel_reason", json!(""))];
    let partly: &[_] = &[("status", json!("OPEN")), ("cancel_reason", json!("")), ("remaining_size", json!("4"))];
    let closed =
        |reason: &str, remaining: &str| vec![("cancel_reason", json!(reason)), ("remaining_size", json!(remaining))];
    assert_eq!(status(&[new]), OrderStatus::Queued);
    assert_eq!(status(&[new, open]), OrderStatus::Accepted);
    assert_eq!(status(&[new, open, partly]), OrderStatus::PartiallyFilled);
    assert_eq!(status(&[new, &closed("", "0")]), OrderStatus::Filled);
    assert_eq!(status(&[new, open, &closed("EXPIRED", "4")]), OrderStatus::Expired);
    for reason in ["NOT_ENOUGH_MARGIN", "POST_ONLY_WOULD_CROSS", "MARKET_NOT_OPEN", "MMP_FROZEN"] {
        assert_eq!(status(&[new, &closed(reason, "10.153")]), OrderStatus::Rejected, "{reason}");
        assert_eq!(status(&[new, open, &closed(reason, "10.153")]), OrderStatus::Canceled, "{reason} after it rested");
        assert_eq!(status(&[new, &closed(reason, "4")]), OrderStatus::Canceled, "{reason} after it traded");
    }
    for reason in ["REMAINING_IOC_CANCEL", "DELEVERAGE", "A_REASON_OF_TOMORROW"] {
        assert_eq!(status(&[new, &closed(reason, "10.153")]), OrderStatus::Canceled, "{reason}");
    }
}

// proves: R000-61
#[test]
fn a_message_that_was_overtaken_says_nothing() {
    let mut venue = venue();
    assert_eq!(decode(&mut venue, paradex_sample!("stream_orders").as_bytes()).map(|events| events.len()), Ok(1));
    assert_eq!(decode(&mut venue, paradex_sample!("stream_orders").as_bytes()), Ok(vec![]));
    // One less, which a double could not tell from the number itself.
    let older = [("status", json!("OPEN")), ("seq_no", json!(1_718_958_002_991_595_737_u64))];
    assert_eq!(decode(&mut venue, with(paradex_sample!("stream_orders"), &older).as_bytes()), Ok(vec![]));
    for sample in [paradex_sample!("stream_positions"), paradex_sample!("stream_account")] {
        assert_eq!(decode(&mut venue, sample.as_bytes()).map(|events| events.len()), Ok(1));
        assert_eq!(decode(&mut venue, sample.as_bytes()), Ok(vec![]));
    }
}

#[test]
fn an_order_that_waits_for_its_trigger() {
    let stop = |status: &str, reason: &str| {
        vec![
            ("type", json!("STOP_MARKET")),
            ("trigger_price", json!("60000")),
            ("price", json!("0")),
            ("status", json!(status)),
            ("cancel_reason", json!(reason)),
            ("flags", json!(["REDUCE_ONLY"])),
        ]
    };
    let events = told(&[&stop("UNTRIGGERED", "")]);
    let [Event::WaitingReport(report)] = &events[..] else { panic!("{events:?}") };
    let trigger = report.trigger.as_ref().expect("a trigger");
    assert_eq!((report.state, report.reduce_only), (WaitingState::Waiting, true));
    // A stop that sells is released from above.
    assert_eq!((trigger.source, trigger.above), (TriggerSource::Mark, false));
    let ended = told(&[&stop("UNTRIGGERED", ""), &stop("CLOSED", "USER_CANCELED")]);
    assert!(
        matches!(&ended[..], [Event::WaitingReport(report)] if report.state == WaitingState::Canceled),
        "{ended:?}"
    );
    let mut flagged = stop("UNTRIGGERED", "");
    flagged[5] = ("flags", json!(["STOP_CONDITION_ABOVE_TRIGGER"]));
    let events = told(&[&flagged]);
    assert!(
        matches!(&events[..], [Event::WaitingReport(report)] if report.trigger.as_ref().is_some_and(|one| one.above))
    );
    let released = told(&[&stop("UNTRIGGERED", ""), &stop("OPEN", "")]);
    assert!(
        matches!(&released[..], [Event::WaitingReport(report), Event::OrderUpdate(update)]
        if report.state == WaitingState::Triggered && update.status == OrderStatus::Accepted),
        "{released:?}"
    );
}

#[test]
fn a_fill_and_whose_side_it_is() {
    let Event::Fill(fill) = one(paradex_sample!("stream_fills")) else { panic!("a fill") };
    assert_eq!((fill.side, fill.is_taker, fill.quantity), (Side::Buy, true, qty("0.01")));
    assert_eq!((fill.fee.to_string().as_str(), fill.fee_currency.as_deref()), ("0.1945587", Some("USDC")));
    assert_eq!(fill.trade_id, "1718947571560201703986670001");
    // The maker sold, as its order says; the fill may name the taker's side.
    let mut venue = venue();
    decode(&mut venue, paradex_sample!("stream_orders").as_bytes()).expect("decoded");
    let maker = [("liquidity", json!("MAKER")), ("order_id", json!("1718941725080201704028870000"))];
    let events = decode(&mut venue, with(paradex_sample!("stream_fills"), &maker).as_bytes()).expect("decoded");
    assert!(matches!(&events[..], [Event::Fill(fill)]
        if fill.side == Side::Sell && fill.client_id == Some(ClientId(42)) && fill.venue_order_id.0 == "hw-42"));
}

/// Whichever of the two comes first: the position's message carries the name of what changed it.
#[test]
fn a_change_that_no_order_made_is_told_with_the_position() {
    let forced = |created_ms: u64| {
        let fields = [("order_id", json!("")), ("fill_type", json!("LIQUIDATION")), ("created_at", json!(created_ms))];
        with(paradex_sample!("stream_fills"), &fields)
    };
    let later = |seq: u64| with(paradex_sample!("stream_positions"), &[("seq_no", json!(seq))]);
    let reasons = |frames: &[String]| -> Vec<String> {
        let mut venue = venue();
        let events = frames.iter().flat_map(|frame| decode(&mut venue, frame.as_bytes()).expect("decoded"));
        let reason = |event| match event {
            Event::Position(position) => position.reason,
            other => panic!("no position: {other:?}"),
        };
        events.map(reason).collect()
    };
    let (before, told_ms) = (u64::MAX - 1, 1_718_950_074_249);
    assert_eq!(reasons(&[forced(told_ms), later(before), later(u64::MAX)]), ["LIQUIDATION", ""]);
    assert_eq!(reasons(&[later(before), forced(told_ms), later(u64::MAX)]), ["", "LIQUIDATION", ""]);
    assert_eq!(reasons(&[later(before), forced(told_ms + 1), later(u64::MAX)]), ["", "LIQUIDATION"]);
}

#[test]
fn positions_are_signed_and_their_entry_is_in_dollars() {
    let Event::Position(long) = one(paradex_sample!("stream_positions")) else { panic!("a position") };
    assert_eq!((long.quantity, long.entry_price), (qty("0.01"), "64852.9".parse().ok()));
    for size in ["-0.01", "0.01"] {
        let short = with(paradex_sample!("stream_positions"), &[("side", json!("SHORT")), ("size", json!(size))]);
        assert!(matches!(one(&short), Event::Position(position) if position.quantity == qty("-0.01")));
    }
    let closed = with(paradex_sample!("stream_positions"), &[("status", json!("CLOSED"))]);
    assert!(matches!(one(&closed), Event::Position(position) if position.quantity.is_zero()));
    error(&with(paradex_sample!("stream_positions"), &[("size", json!("-0.01"))]));
    error(&with(paradex_sample!("stream_positions"), &[("size", json!(""))]));
}

#[test]
fn what_there_is_no_word_for_is_handed_on() {
    assert!(matches!(one(paradex_sample!("stream_transfers")),
        Event::Document { name, json } if name == "transfers" && json.contains("PENDING")));
}

#[test]
fn answers_to_our_messages() {
    assert_eq!(one(paradex_sample!("stream_subscribed")), Event::Ack(Ack { id: 7, error: None }));
    let refused = "-32600: invalid subscribe request (invalid channel)".to_owned();
    assert_eq!(one(paradex_sample!("stream_error")), Event::Ack(Ack { id: 8, error: Some(refused) }));
    let nobodys = paradex_sample!("stream_error").replace("\"id\":8", "\"id\":0");
    assert!(error(&nobodys).contains("invalid channel"));
    let armed = |enabled: bool| one(&json!({"id": 9, "result": {"enabled": enabled}}).to_string());
    assert_eq!(armed(true), Event::Ack(Ack { id: 9, error: None }));
    assert!(matches!(armed(false), Event::Ack(Ack { id: 9, error: Some(_) })));
}

#[test]
fn on_the_actions_socket_an_answer_is_an_actions_but_for_the_login() {
    let on_actions = |frame: Value| {
        let mut events = Vec::new();
        venue().decode(SocketRole::Actions, frame.to_string().as_bytes(), NOW, &mut events).expect("decoded");
        events.remove(0)
    };
    let login = json!({"jsonrpc": "2.0", "id": 3, "result": {"node_id": "73cf456f7cb78d59"}});
    assert_eq!(on_actions(login), Event::Ack(Ack { id: 3, error: None }));
    let refused = json!({"id": 3, "error": {"code": 40111, "message": "invalid bearer token"}});
    assert!(matches!(on_actions(refused), Event::Ack(Ack { id: 3, error: Some(_) })));
    for answer in [json!({"id": 4, "result": {"order": {}}}), json!({"id": 4, "error": {"code": 100, "message": "no"}})]
    {
        assert!(matches!(on_actions(answer), Event::ActionReply { id: 4, .. }));
    }
}

#[test]
fn what_contradicts_itself_is_refused() {
    let book = paradex_sample!("stream_order_book_snapshot");
    assert!(error(&with(book, &[("market", json!("ETH-USD-PERP"))])).contains("names"));
    assert!(error(&with(book, &[("update_type", json!("x"))])).contains("update_type"));
    assert!(error(&book.replace("67629.7", "67629.75")).contains("not a usable price"));
    assert!(error(&book.replace("67629.7", "-67629.7")).contains("not a usable price"));
    assert!(error(&book.replace("\"seq_no\":14127815,", "")).contains("seq_no"));
    assert!(error(&book.replace("\"seq_no\"", "\"seq_no\":1,\"seq_no\"")).contains("twice"));
    assert!(error(&book.replace(",\"deletes\":[]", "")).contains("inserts, updates and deletes"));
    assert!(error(&with(paradex_sample!("stream_trades"), &[("size", json!("0"))])).contains("without a size"));
    assert!(error(&with(paradex_sample!("stream_orders"), &[("status", json!("RESTING"))])).contains("RESTING"));
}

proptest! {
    #[test]
    fn a_frame_that_is_cut_short_is_an_error(frame in 0..FRAMES.len(), share in 0.0..1.0_f64) {
        let frame = FRAMES[frame].trim_end();
        let end = (share * frame.len() as f64) as usize;
        prop_assert!(decode(&mut venue(), &frame.as_bytes()[..end]).is_err());
    }

    #[test]
    fn no_bytes_make_it_panic(frame in 0..FRAMES.len(), changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8)) {
        let mut bytes = FRAMES[frame].as_bytes().to_vec();
        for (index, byte) in changes {
            let at = index.index(bytes.len());
            bytes[at] = byte;
        }
        drop(decode(&mut venue(), &bytes));
    }
}
