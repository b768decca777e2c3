//! One book frame of 20 levels to integers through `Venue::decode`, in both of Paradex's encodings.

use std::hint::black_box;

use hedgewire_core::events::Event;
use hedgewire_core::venues::paradex::Paradex;
use hedgewire_core::venues::{Reply, SocketRole, Venue};
use serde_json::{Value, json};

use crate::nado::{NOW_NS, Numbers};
use crate::stopwatch::Stopwatch;

/// Different frames before they repeat.
const VARIETY: usize = 256;
const MARKET: &str = "ETH-USD-PERP";

/// Price in cents and size in ten-thousandths of a level, bids first.
type Level = (u64, u64);

pub fn venue() -> Result<Paradex, String> {
    let config = json!({"environment": "local", "rest": "http://127.0.0.1:9/v1", "ws": "ws://127.0.0.1:9/v1"});
    let mut venue = Paradex::open(&config.to_string(), None).map_err(|error| error.to_string())?;
    let answers = [
        include_str!("../../../testdata/paradex/rest_system_config.json").to_owned(),
        include_str!("../../../testdata/paradex/rest_system_state.json").to_owned(),
        json!({"server_time": (NOW_NS / 1_000_000).to_string()}).to_string(),
        include_str!("../../../testdata/paradex/rest_markets.json").to_owned(),
    ];
    for (index, body) in answers.into_iter().enumerate() {
        let reply = Reply { status: 200, retry_after_ms: None, body: body.into_bytes() };
        venue.on_bootstrap(index, &reply, NOW_NS).map_err(|error| error.to_string())?;
    }
    Ok(venue)
}

fn books() -> Vec<Vec<Level>> {
    let mut numbers = Numbers::new(7);
    let mut level = |index: u64| {
        let offset = index % 10 * 4 + numbers.below(4) + 1;
        let price = if index < 10 { 350_000 - offset } else { 350_000 + offset };
        (price, numbers.below(500_000) + 1)
    };
    (0..VARIETY).map(|_| (0..20).map(&mut level).collect()).collect()
}

fn measure(size: usize, frames: &[Vec<u8>]) -> Result<Value, String> {
    let mut venue = venue()?;
    let mut events = Vec::new();
    let mut decode = |frame: &[u8]| {
        events.clear();
        venue.decode(SocketRole::Streams, frame, NOW_NS, &mut events).map_err(|error| error.to_string())?;
        match events.first() {
            Some(Event::Book(book)) if book.levels.len() == 20 => Ok(()),
            other => Err(format!("not a book of 20 levels: {other:?}")),
        }
    };
    frames.iter().try_for_each(|frame| decode(frame))?;
    let watch = Stopwatch::start();
    for number in 0..size {
        decode(black_box(&frames[number % VARIETY]))?;
    }
    Ok(watch.per_item(size))
}

/// A snapshot as a push has it.
pub fn json_frames(size: usize) -> Result<Value, String> {
    let frame = |(number, levels): (usize, Vec<Level>)| {
        let level = |(index, (price, amount)): (usize, &Level)| {
            let side = if index < 10 { "BUY" } else { "SELL" };
            let (price, amount) =
                (format!("{}.{:02}", price / 100, price % 100), format!("{}.{:04}", amount / 10_000, amount % 10_000));
            format!(r#"{{"side":"{side}","price":"{price}","size":"{amount}"}}"#)
        };
        let levels: Vec<String> = levels.iter().enumerate().map(level).collect();
        let (seq, inserts) = (14_127_815 + number, levels.join(","));
        format!(
            r#"{{"jsonrpc":"2.0","method":"subscription","params":{{"channel":"order_book.{MARKET}.snapshot@15@50ms","data":{{"seq_no":{seq},"market":"{MARKET}","last_updated_at":1718267837265,"update_type":"s","inserts":[{inserts}],"updates":[],"deletes":[]}}}}}}"#
        )
        .into_bytes()
    };
    measure(size, &books().into_iter().enumerate().map(frame).collect::<Vec<_>>())
}

/// The same in template 3.
pub fn sbe_frames(size: usize) -> Result<Value, String> {
    let frame = |(number, levels): (usize, Vec<Level>)| {
        let mut block = vec![0_u8; 89];
        block[..8].copy_from_slice(&1_718_267_837_265_123_i64.to_le_bytes());
        block[8..16].copy_from_slice(&(14_127_815 + number as i64).to_le_bytes());
        let mut bytes: Vec<u8> = [89_u16, 3, 1, 2].iter().flat_map(|word| word.to_le_bytes()).collect();
        bytes.extend(block);
        for side in levels.chunks(10) {
            bytes.extend([16_u16, 10].iter().flat_map(|word| word.to_le_bytes()));
            for (price, amount) in side {
                bytes.extend((*price as i64 * 1_000_000).to_le_bytes());
                bytes.extend((*amount as i64 * 10_000).to_le_bytes());
            }
        }
        bytes.push(MARKET.len() as u8);
        bytes.extend(MARKET.as_bytes());
        bytes
    };
    measure(size, &books().into_iter().enumerate().map(frame).collect::<Vec<_>>())
}
