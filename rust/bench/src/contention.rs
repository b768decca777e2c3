//! The source documents' question: which state design is cheapest when several threads need the orders at once?
//!
//! Every thread does the same mix: nine look-ups, one change. `owner` is the single-writer design: one thread owns a plain
//! map, the others put batches into a bounded queue and never touch the map. Its p95 is that of handing over (and, once the
//! queue is full, of waiting); operations a second count the owner's work.

use std::collections::HashMap;
use std::hint::black_box;
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Barrier, Mutex, PoisonError, RwLock};
use std::time::Instant;

use dashmap::DashMap;
use serde_json::{Value, json};

const ORDERS: u64 = 10_000;
/// Operations handed over, or timed, together: one timestamp an operation would cost more than the operation.
const BATCH: u64 = 64;

trait Store: Send + Sync + 'static {
    fn look(&self, id: u64) -> u64;
    fn change(&self, id: u64, value: u64);
}

impl Store for Mutex<HashMap<u64, u64>> {
    fn look(&self, id: u64) -> u64 {
        self.lock().unwrap_or_else(PoisonError::into_inner).get(&id).copied().unwrap_or(0)
    }

    fn change(&self, id: u64, value: u64) {
        self.lock().unwrap_or_else(PoisonError::into_inner).insert(id, value);
    }
}

impl Store for RwLock<HashMap<u64, u64>> {
    fn look(&self, id: u64) -> u64 {
        self.read().unwrap_or_else(PoisonError::into_inner).get(&id).copied().unwrap_or(0)
    }

    fn change(&self, id: u64, value: u64) {
        self.write().unwrap_or_else(PoisonError::into_inner).insert(id, value);
    }
}

impl Store for DashMap<u64, u64> {
    fn look(&self, id: u64) -> u64 {
        self.get(&id).map_or(0, |value| *value)
    }

    fn change(&self, id: u64, value: u64) {
        self.insert(id, value);
    }
}

fn full() -> HashMap<u64, u64> {
    (0..ORDERS).map(|id| (id, id)).collect()
}

/// `size`: batches a thread. The answer: median and p95 of one operation in nanoseconds, and operations a second.
pub fn run(design: &str, size: usize, threads: usize) -> Result<Value, String> {
    match design {
        "mutex" => Ok(shared(Arc::new(Mutex::new(full())), size, threads)),
        "rwlock" => Ok(shared(Arc::new(RwLock::new(full())), size, threads)),
        "dashmap" => Ok(shared(Arc::new(full().into_iter().collect::<DashMap<u64, u64>>()), size, threads)),
        "owner" => Ok(owned(size, threads)),
        other => Err(format!("unknown design {other}\nhint: owner, mutex, rwlock or dashmap")),
    }
}

fn operations(thread: usize, batch: usize) -> impl Iterator<Item = (u64, bool)> {
    let start = (thread as u64) * 7_919 + (batch as u64) * BATCH;
    (start..start + BATCH).map(|number| (number.wrapping_mul(0x9E37_79B9) % ORDERS, number % 10 == 0))
}

fn shared<S: Store>(store: Arc<S>, size: usize, threads: usize) -> Value {
    let work = move |thread: usize, batch: usize| {
        for (id, changes) in operations(thread, batch) {
            if changes {
                store.change(id, id + 1);
            } else {
                black_box(store.look(id));
            }
        }
    };
    timed(size, threads, move |_| work.clone(), || {})
}

fn owned(size: usize, threads: usize) -> Value {
    let (hand_over, batches) = sync_channel::<Vec<(u64, bool)>>(256);
    let owner = std::thread::spawn(move || {
        let mut orders = full();
        while let Ok(batch) = batches.recv() {
            for (id, changes) in batch {
                if changes {
                    orders.insert(id, id + 1);
                } else {
                    black_box(orders.get(&id));
                }
            }
        }
    });
    let work = move |thread: usize, batch: usize| {
        // A closed queue means that the owner panicked; its join below says so.
        drop(hand_over.send(operations(thread, batch).collect()));
    };
    timed(size, threads, move |_| work.clone(), move || drop(owner.join()))
}

fn timed<W>(size: usize, threads: usize, make: impl FnOnce(usize) -> W, finish: impl FnOnce()) -> Value
where
    W: Fn(usize, usize) + Clone + Send + 'static,
{
    let work = make(threads);
    let barrier = Arc::new(Barrier::new(threads + 1));
    let workers: Vec<_> = (0..threads)
        .map(|thread| {
            let (work, barrier) = (work.clone(), barrier.clone());
            std::thread::spawn(move || {
                barrier.wait();
                (0..size)
                    .map(|batch| {
                        let start = Instant::now();
                        work(thread, batch);
                        start.elapsed().as_nanos() as f64 / BATCH as f64
                    })
                    .collect::<Vec<f64>>()
            })
        })
        .collect();
    drop(work);
    let start = Instant::now();
    barrier.wait();
    let mut waits: Vec<f64> = workers.into_iter().flat_map(|worker| worker.join().unwrap_or_default()).collect();
    finish();
    let wall = start.elapsed().as_secs_f64();
    waits.sort_by(f64::total_cmp);
    let rank = |share: f64| waits.get((waits.len() as f64 * share) as usize).copied().unwrap_or(0.0);
    json!({
        "p50_ns": rank(0.5),
        "p95_ns": rank(0.95),
        "per_s": (size * threads) as f64 * BATCH as f64 / wall,
    })
}
