//! GETs through the product's own HTTP client, 50 in flight on one thread, against the server at the given address.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use hedgewire_core::venues::Request;
use hedgewire_net::http::{HttpClient, HttpOutcome};
use serde_json::Value;

use crate::stopwatch::Stopwatch;

const IN_FLIGHT: usize = 50;

pub fn gets(count: usize, url: &str) -> Result<Value, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|e| e.to_string())?;
    let client = HttpClient::new(10_000)?;
    let request = Arc::new(Request::get(url.to_owned(), "query", 1));
    let left = Arc::new(AtomicUsize::new(count));
    let watch = Stopwatch::start();
    runtime.block_on(async {
        let mut workers = tokio::task::JoinSet::new();
        for _ in 0..IN_FLIGHT.min(count) {
            let (client, request, left) = (client.clone(), request.clone(), left.clone());
            workers.spawn(async move {
                while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok() {
                    match client.send(&request).await {
                        HttpOutcome::Reply(reply) if reply.status == 200 => {}
                        other => return Err(format!("{other:?}")),
                    }
                }
                Ok(())
            });
        }
        while let Some(ended) = workers.join_next().await {
            ended.map_err(|error| error.to_string())??;
        }
        Ok::<(), String>(())
    })?;
    Ok(watch.per_item(count))
}
