//! What each fuzz target does with its bytes, and what must hold of the result. The core's own tests replay the corpus
//! through the same functions.
//!
//! Where a first byte chooses (a question, a command, a step), it is a small letter and the rest is the document.

pub mod paradex;

use std::cell::RefCell;

use hedgewire_core::decimal::{BaseQty, Price};
use hedgewire_core::events::{ClientId, Event, InstrumentId, OrderKind, Side, VenueOrderId};
use hedgewire_core::secret::Secret;
use hedgewire_core::venues::nado::{self, Nado};
use hedgewire_core::venues::{
    CancelTarget, Command, Cursor, Encoded, Lookup, NewOrder, Outcome, Query, Reply, SocketRole, Venue,
};

type Target = fn(&[u8]);

/// Every target by its name, which is also its folder in the corpus.
pub const TARGETS: &[(&str, Target)] = &[
    ("stream_frame", stream_frame),
    ("action_frame", action_frame),
    ("answer", answer),
    ("outcome", outcome),
    ("bootstrap", bootstrap),
    ("configuration", configuration),
];

const NOW: u64 = 1_760_000_080_000_000_000;
/// In two halves: no line of the product looks like a key.
const KEY: &str = concat!("0x", "11111111111111111111111111111111", "11111111111111111111111111111111");
const CONFIG: &str =
    r#"{"environment": "local", "gateway_v1": "http://127.0.0.1:9/v1", "archive_v1": "http://127.0.0.1:9/archive/v1"}"#;
const ETH: InstrumentId = InstrumentId(4);
const DIGEST: &str = concat!("0x", "9f5b31b7c4db57e190787ed24b300dbe", "3a75bd8ad09127dcb6585bf62f5f1ba3");

/// The answers of a healthy venue, in the order of the bootstrap.
const HEALTHY: [&str; 8] = [
    r#"{"status":"success","data":{"chain_id":"57073","endpoint_addr":"0x05ec92d78ed421f3d3ada77ffde167106565974e"}}"#,
    r#"{"status":"success","data":"active"}"#,
    include_str!("../../../testdata/nado/gateway_symbols.json"),
    include_str!("../../../testdata/nado/gateway_all_products.json"),
    r#"{"status":"success","method":"time","server_time":"1760000080000"}"#,
    r#"{"status":"success","data":{"taker_fee_rates_x18":["0","0","300000000000000"],"maker_fee_rates_x18":["0","0","-10000000000000"]}}"#,
    include_str!("../../../testdata/nado/gateway_subaccount_info.json"),
    r#"{"status":"success","data":{"linked_signer":"0x0000000000000000000000000000000000000000"}}"#,
];

fn opened() -> Nado {
    Nado::open(CONFIG, Some(Secret::new(KEY.to_owned()))).expect("a configuration")
}

fn ready() -> Nado {
    let mut venue = opened();
    for (index, body) in HEALTHY.iter().enumerate() {
        venue.on_bootstrap(index, &reply(body.as_bytes()), NOW).expect("a step");
    }
    venue
}

thread_local! {
    static VENUE: RefCell<Nado> = RefCell::new(ready());
    static COMMANDS: Vec<(Command, Encoded)> = commands();
}

fn reply(body: &[u8]) -> Reply {
    Reply { status: 200, retry_after_ms: None, body: body.to_vec() }
}

/// A letter and the rest.
fn choose<T>(choices: &[T], bytes: &[u8]) -> Option<(usize, Vec<u8>)> {
    let (first, rest) = bytes.split_first()?;
    let index = usize::from(first.checked_sub(b'a')?);
    (index < choices.len()).then(|| (index, rest.to_vec()))
}

/// A frame of the subscriptions socket. What is taken is JSON, of listed products, with prices and sizes that can be.
pub fn stream_frame(frame: &[u8]) {
    let mut events = Vec::new();
    if VENUE.with_borrow_mut(|venue| venue.decode(SocketRole::Streams, frame, NOW, &mut events)).is_err() {
        return;
    }
    // Lists that nobody looks at are skipped by their brackets: of frames that say nothing to us, any may pass.
    let is_used = events.iter().any(|event| !matches!(event, Event::Unknown { .. }));
    if is_used && let Err(error) = serde_json::from_slice::<serde::de::IgnoredAny>(frame) {
        panic!("taken, but no JSON: {error}");
    }
    for event in &events {
        check(event);
    }
}

/// A frame of the action socket: an id, or an error.
pub fn action_frame(frame: &[u8]) {
    let mut events = Vec::new();
    if VENUE.with_borrow_mut(|venue| venue.decode(SocketRole::Actions, frame, NOW, &mut events)).is_ok() {
        assert!(matches!(events.as_slice(), [Event::ActionReply { body, .. }] if body == frame), "{events:?}");
    }
}

/// The answer to a question.
pub fn answer(bytes: &[u8]) {
    let queries = queries();
    let Some((index, body)) = choose(&queries, bytes) else { return };
    let (query, page) = &queries[index];
    if let Lookup::Found(found) = VENUE.with_borrow_mut(|venue| venue.answer(query, page.as_ref(), &reply(&body), NOW))
    {
        found.events.iter().for_each(check);
        if let (Some(page), Some(next)) = (page, found.next) {
            let number = |cursor: &Cursor| cursor.from.parse::<u64>().expect("Nado counts by numbers");
            let advances = number(&next) < number(page);
            assert!(advances || matches!(query, Query::OpenOrders { .. }), "the pages do not advance");
        }
    }
}

/// The reply to a command: one outcome an order, and none is accepted under another id than was sent.
pub fn outcome(bytes: &[u8]) {
    COMMANDS.with(|commands| {
        let Some((index, body)) = choose(commands, bytes) else { return };
        let (command, encoded) = &commands[index];
        let outcomes = VENUE.with_borrow(|venue| venue.classify(command, encoded, Some(&reply(&body))));
        let expected = match command {
            Command::SubmitBatch(orders) => orders.len(),
            Command::Cancel(targets) => targets.len(),
            _ => 1,
        };
        assert_eq!(outcomes.len(), expected);
        for (index, (_, outcome)) in outcomes.iter().enumerate() {
            if let (Outcome::Accepted { venue_order_id: Some(id) }, Some((_, ours))) =
                (outcome, encoded.orders.get(index))
            {
                assert_eq!(id, ours);
            }
        }
    });
}

/// One answer of the bootstrap, after healthy ones.
pub fn bootstrap(bytes: &[u8]) {
    let Some((index, body)) = choose(&HEALTHY, bytes) else { return };
    let mut venue = opened();
    for (step, healthy) in HEALTHY.iter().enumerate() {
        let body = if step == index { &body } else { healthy.as_bytes() };
        if venue.on_bootstrap(step, &reply(body), NOW).is_err() {
            return;
        }
    }
    for instrument in venue.instruments() {
        assert!(instrument.price_increment_x18 > 0 && instrument.size_increment_x18 > 0, "{instrument:?}");
    }
}

/// A configuration, or a message to sign: refused with a hint, or taken.
pub fn configuration(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let secret = || Secret::new(KEY.to_owned());
    for error in [Nado::open(text, None).err(), nado::sign_typed("{}", secret(), text).err()].into_iter().flatten() {
        assert!(error.to_string().contains("hint:"), "{error}");
        assert!(!error.to_string().contains(&KEY[2..]), "an error shows the key");
    }
}

fn check(event: &Event) {
    match event {
        Event::Book(book) => assert!(book.levels.iter().all(|level| level.price > 0 && level.size >= 0), "{book:?}"),
        Event::Quote(quote) => assert!(
            quote.bid_price >= 0 && quote.ask_price >= 0 && quote.bid_size >= 0 && quote.ask_size >= 0,
            "{quote:?}"
        ),
        Event::Trade(trade) => {
            assert!(trade.price > 0 && trade.size >= 0 && trade.trade_id.len() <= 36 && trade.trade_id.is_ascii())
        }
        Event::Fill(fill) => {
            assert!(fill.quantity > BaseQty::ZERO && fill.price > Price::ZERO, "{fill:?}");
            assert!(fill.trade_id.len() <= 36 && fill.trade_id.is_ascii(), "{fill:?}");
        }
        Event::OrderUpdate(update) => assert!(update.remaining.is_none_or(|left| left >= BaseQty::ZERO), "{update:?}"),
        Event::OrderReport(report) => {
            assert!(report.quantity >= BaseQty::ZERO && report.filled >= BaseQty::ZERO, "{report:?}");
        }
        _ => {}
    }
}

fn queries() -> Vec<(Query, Option<Cursor>)> {
    let id = || VenueOrderId(DIGEST.to_owned());
    let second = Some(Cursor { from: "600000".into(), rows: 600 });
    let (since_s, instrument) = (Some(1_760_000_000), None);
    let plain = [
        Query::ServerTime,
        Query::Order { instrument: ETH, venue_order_id: id() },
        Query::ArchivedOrder { instrument: ETH, venue_order_id: id() },
        Query::OpenOrders { instrument },
        Query::Fills { instrument, venue_order_id: None, since_s, limit: 1_000 },
        Query::Positions,
        Query::IsolatedPositions,
        Query::Account,
        Query::BookSnapshot { instrument: ETH, depth: 100 },
        Query::OrderHistory { instrument, since_s, limit: 1_000 },
        Query::WaitingOrders { instrument, venue_order_ids: Vec::new() },
        Query::Document { name: "status".to_owned(), params: "{}".to_owned() },
        Query::Trades { instrument: ETH, limit: 1_000 },
        Query::Bars { instrument: ETH, granularity_s: 60, end_s: None, limit: 1_000 },
        Query::FundingRates { instrument: ETH, start_s: Some(1), end_s: None, limit: 1_000 },
        Query::ReferencePrices { instruments: vec![ETH] },
        Query::Statuses,
        Query::OpenInterest,
    ];
    let paged = [
        Query::Fills { instrument, venue_order_id: Some(id()), since_s: None, limit: 1_000 },
        Query::Trades { instrument: ETH, limit: 1_000 },
    ];
    plain.into_iter().map(|query| (query, None)).chain(paged.into_iter().map(|query| (query, second.clone()))).collect()
}

fn commands() -> Vec<(Command, Encoded)> {
    let (one, other) = (target(ETH, 1, DIGEST), target(ETH, 2, &DIGEST.replace('9', "8")));
    let commands = vec![
        Command::Submit(order(ETH, 1)),
        Command::SubmitBatch(vec![order(ETH, 1), order(ETH, 2)]),
        Command::Cancel(vec![one.clone()]),
        Command::Cancel(vec![one.clone(), other]),
        Command::CancelAll { instrument: None, waiting: false },
        Command::CancelAndPlace { cancel: one, unfilled: None, place: order(ETH, 3) },
    ];
    encoded(&mut ready(), commands, NOW)
}

fn order(instrument: InstrumentId, client_id: u64) -> NewOrder {
    NewOrder {
        client_id: ClientId(client_id),
        instrument,
        side: Side::Buy,
        kind: OrderKind::PostOnly,
        quantity: "1".parse().expect("a quantity"),
        price: "3500".parse().expect("a price"),
        market: false,
        reduce_only: false,
        expires_s: None,
        params: None,
        trigger: None,
    }
}

fn target(instrument: InstrumentId, client_id: u64, venue_order_id: &str) -> CancelTarget {
    CancelTarget {
        client_id: Some(ClientId(client_id)),
        instrument,
        venue_order_id: VenueOrderId(venue_order_id.to_owned()),
        waiting: false,
    }
}

fn encoded(venue: &mut dyn Venue, commands: Vec<Command>, now: u64) -> Vec<(Command, Encoded)> {
    let encode = |command: Command| {
        let encoded = venue.encode(&command, now).expect("encoded");
        (command, encoded)
    };
    commands.into_iter().map(encode).collect()
}
