//! One 20-level `book_depth` frame to integers: ours through `Venue::decode`, the peers' typed reading of the same text
//! followed by the same conversion of its numbers.

use std::hint::black_box;

use hedgewire_core::events::Event;
use hedgewire_core::venues::{SocketRole, Venue};
use serde::Deserialize;
use serde_json::Value;

use crate::nado::{NOW_NS, frames, venue};
use crate::stopwatch::Stopwatch;

/// Different frames before they repeat.
const VARIETY: usize = 256;

fn measure(size: usize, mut decode: impl FnMut(&str) -> Result<usize, String>) -> Result<Value, String> {
    let frames = frames(VARIETY);
    for frame in &frames {
        if decode(frame)? != 20 {
            return Err(format!("not 20 levels: {frame}"));
        }
    }
    let watch = Stopwatch::start();
    for number in 0..size {
        black_box(decode(black_box(&frames[number % VARIETY]))?);
    }
    Ok(watch.per_item(size))
}

pub fn hedgewire(size: usize) -> Result<Value, String> {
    let mut venue = venue(false)?;
    let mut events = Vec::new();
    measure(size, |frame| {
        events.clear();
        venue.decode(SocketRole::Streams, frame.as_bytes(), NOW_NS, &mut events).map_err(|error| error.to_string())?;
        match events.first() {
            Some(Event::Book(book)) => Ok(book.levels.len()),
            other => Err(format!("not a book: {other:?}")),
        }
    })
}

#[derive(Deserialize)]
struct BookDepth<'a> {
    #[serde(borrow, rename = "type")]
    kind: &'a str,
    min_timestamp: &'a str,
    max_timestamp: &'a str,
    last_max_timestamp: &'a str,
    product_id: u32,
    bids: Vec<(&'a str, &'a str)>,
    asks: Vec<(&'a str, &'a str)>,
}

impl BookDepth<'_> {
    /// The numbers as integers, which is where the venue's other half of the work lies.
    fn levels(&self) -> Result<usize, String> {
        black_box((self.kind, self.product_id));
        for stamp in [self.min_timestamp, self.max_timestamp, self.last_max_timestamp] {
            black_box(stamp.parse::<u64>().map_err(|error| error.to_string())?);
        }
        let mut levels = Vec::with_capacity(32);
        for (price, size) in self.bids.iter().chain(&self.asks) {
            let price: i128 = price.parse().map_err(|error: std::num::ParseIntError| error.to_string())?;
            let size: i128 = size.parse().map_err(|error: std::num::ParseIntError| error.to_string())?;
            levels.push((price, size));
        }
        Ok(black_box(levels).len())
    }
}

pub fn serde(size: usize) -> Result<Value, String> {
    measure(size, |frame| serde_json::from_str::<BookDepth<'_>>(frame).map_err(|error| error.to_string())?.levels())
}

pub fn sonic(size: usize) -> Result<Value, String> {
    measure(size, |frame| sonic_rs::from_str::<BookDepth<'_>>(frame).map_err(|error| error.to_string())?.levels())
}
