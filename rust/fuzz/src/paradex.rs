//! The same for Paradex: frames in JSON and SBE, answers, replies to commands.

use std::cell::RefCell;

use hedgewire_core::events::{Event, InstrumentId, VenueOrderId};
use hedgewire_core::secret::Secret;
use hedgewire_core::venues::paradex::Paradex;
use hedgewire_core::venues::{Command, Encoded, Lookup, Outcome, Query, SocketRole, Venue};

use super::{Target, check, choose, encoded, order, reply, target};

/// Every target by its name, which is also its folder in the corpus.
pub const TARGETS: &[(&str, Target)] =
    &[("paradex_frame", frame), ("paradex_answer", answer), ("paradex_outcome", outcome)];

const NOW: u64 = 1_785_000_080_000_000_000;
const CONFIG: &str = r#"{"environment": "local", "rest": "http://127.0.0.1:9/v1", "ws": "ws://127.0.0.1:9/v1"}"#;
/// Of no account anywhere.
const KEY: &str = "0x1a2b3c4d5e6f";
const BTC: InstrumentId = InstrumentId(3);

/// The answers of a healthy venue to a trader, in the order of the bootstrap.
const HEALTHY: [&str; 7] = [
    include_str!("../../../testdata/paradex/rest_system_config.json"),
    include_str!("../../../testdata/paradex/rest_system_state.json"),
    r#"{"server_time":"1785000080000"}"#,
    r#"{"jwt_token":"h.opaque.s"}"#,
    r#"{"results":[]}"#,
    include_str!("../../../testdata/paradex/rest_account.json"),
    include_str!("../../../testdata/paradex/rest_markets.json"),
];

fn ready() -> Paradex {
    let mut venue = Paradex::open(CONFIG, Some(Secret::new(KEY.to_owned()))).expect("a configuration");
    for (index, body) in HEALTHY.iter().enumerate() {
        venue.on_bootstrap(index, &reply(body.as_bytes()), NOW).expect("a step");
    }
    let btc = venue.instruments().iter().find(|one| one.symbol == "BTC-USD-PERP").expect("listed");
    assert_eq!(btc.id, BTC);
    venue
}

thread_local! {
    static VENUE: RefCell<Paradex> = RefCell::new(ready());
    static COMMANDS: Vec<(Command, Encoded)> = commands();
}

/// A frame of either encoding and socket. What is taken as JSON is JSON.
pub fn frame(frame: &[u8]) {
    for role in [SocketRole::Streams, SocketRole::Actions] {
        let mut events = Vec::new();
        if VENUE.with_borrow_mut(|venue| venue.decode(role, frame, NOW, &mut events)).is_err() {
            assert!(events.is_empty(), "a frame that is refused says nothing: {events:?}");
            continue;
        }
        let is_used = events.iter().any(|event| !matches!(event, Event::Unknown { .. }));
        let is_text = frame.get(5) != Some(&0);
        if is_used
            && is_text
            && let Err(error) = serde_json::from_slice::<serde::de::IgnoredAny>(frame)
        {
            panic!("taken, but no JSON: {error}");
        }
        events.iter().for_each(check);
    }
}

/// The answer to a question.
pub fn answer(bytes: &[u8]) {
    let queries = queries();
    let Some((index, body)) = choose(&queries, bytes) else { return };
    let found = VENUE.with_borrow_mut(|venue| venue.answer(&queries[index], None, &reply(&body), NOW));
    if let Lookup::Found(found) = found {
        found.events.iter().for_each(check);
    }
}

/// The reply to a command: one outcome an order, and none is accepted under another name than was sent.
pub fn outcome(bytes: &[u8]) {
    COMMANDS.with(|commands| {
        let Some((index, body)) = choose(commands, bytes) else { return };
        let (command, encoded) = &commands[index];
        let outcomes = VENUE.with_borrow(|venue| venue.classify(command, encoded, Some(&reply(&body))));
        assert_eq!(outcomes.len(), command.subjects().len());
        for (index, (_, outcome)) in outcomes.iter().enumerate() {
            if let (Outcome::Accepted { venue_order_id: Some(id) }, Some((_, ours))) =
                (outcome, encoded.orders.get(index))
            {
                assert_eq!(id, ours);
            }
        }
    });
}

fn queries() -> Vec<Query> {
    let id = || VenueOrderId("hw-42".to_owned());
    let (since_s, instrument) = (Some(1_760_000_000), None);
    vec![
        Query::ServerTime,
        Query::Order { instrument: BTC, venue_order_id: id() },
        Query::ArchivedOrder { instrument: BTC, venue_order_id: id() },
        Query::OpenOrders { instrument },
        Query::Fills { instrument, venue_order_id: None, since_s, limit: 1_000 },
        Query::Positions,
        Query::Account,
        Query::BookSnapshot { instrument: BTC, depth: 15 },
        Query::OrderHistory { instrument, since_s, limit: 1_000 },
        Query::WaitingOrders { instrument, venue_order_ids: Vec::new() },
        Query::Document { name: "balance".to_owned(), params: "{}".to_owned() },
        Query::Trades { instrument: BTC, limit: 1_000 },
        Query::Bars { instrument: BTC, granularity_s: 60, end_s: None, limit: 1_000 },
        Query::FundingRates { instrument: BTC, start_s: Some(1), end_s: None, limit: 1_000 },
        Query::ReferencePrices { instruments: vec![BTC] },
        Query::Statuses,
        Query::OpenInterest,
    ]
}

fn commands() -> Vec<(Command, Encoded)> {
    let (order, target) = (|client_id| order(BTC, client_id), |id: u64| target(BTC, id, &format!("hw-{id}")));
    let commands = vec![
        Command::Submit(order(42)),
        Command::SubmitBatch(vec![order(41), order(42)]),
        Command::Cancel(vec![target(42)]),
        Command::Cancel(vec![target(41), target(42)]),
        Command::CancelAll { instrument: None, waiting: false },
    ];
    encoded(&mut ready(), commands, NOW)
}
