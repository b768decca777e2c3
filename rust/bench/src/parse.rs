//! Every streamed message of a venue's documentation, one after another, to events: how long one takes.

use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use hedgewire_core::venues::{SocketRole, Venue};
use serde_json::{Value, json};

use crate::nado::NOW_NS;

/// The venue's own refusal: said once in a connection's life, and no event.
const REFUSAL: &str = "stream_error.json";

/// `size` messages; median and 99th percentile in microseconds, and how many different ones there are.
pub fn documented(size: usize, name: &str, venue: &mut dyn Venue) -> Result<Value, String> {
    let messages = messages(&Path::new("testdata").join(name))?;
    let mut events = Vec::new();
    let mut taken: Vec<f64> = Vec::with_capacity(size);
    for (file, message) in messages.iter().cycle().take(size.max(messages.len())) {
        let start = Instant::now();
        let read = venue.decode(SocketRole::Streams, black_box(message), NOW_NS, &mut events);
        taken.push(start.elapsed().as_nanos() as f64 / 1e3);
        read.map_err(|error| format!("{file}: {error}"))?;
        events.clear();
    }
    taken.sort_by(f64::total_cmp);
    let rank = |share: f64| taken[(taken.len() as f64 * share) as usize];
    Ok(json!({"p50_us": rank(0.5), "p99_us": rank(0.99), "messages": messages.len()}))
}

fn messages(folder: &Path) -> Result<Vec<(String, Vec<u8>)>, String> {
    let unreadable =
        |error: std::io::Error| format!("{}: {error}\nhint: run it from the project's root", folder.display());
    let mut found = Vec::new();
    for entry in folder.read_dir().map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let file = entry.file_name().to_string_lossy().into_owned();
        if file.starts_with("stream_") && file != REFUSAL {
            found.push((file, std::fs::read(entry.path()).map_err(unreadable)?));
        }
    }
    found.sort();
    if found.is_empty() { Err(format!("{}: no messages", folder.display())) } else { Ok(found) }
}
