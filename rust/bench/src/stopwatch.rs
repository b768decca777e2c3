//! Wall time and the process's CPU time.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

pub struct Stopwatch {
    wall: Instant,
    cpu: Duration,
}

impl Stopwatch {
    pub fn start() -> Self {
        Self { wall: Instant::now(), cpu: cpu_time() }
    }

    /// `per_s`, and per item in microseconds: `us` and `cpu_us` (all threads of the process).
    pub fn per_item(&self, count: usize) -> Value {
        let (wall, cpu) = (self.wall.elapsed(), cpu_time() - self.cpu);
        let items = count as f64;
        json!({
            "per_s": items / wall.as_secs_f64(),
            "us": wall.as_secs_f64() * 1e6 / items,
            "cpu_us": cpu.as_secs_f64() * 1e6 / items,
        })
    }
}

fn cpu_time() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the clock exists on every Unix, and `time` is writable.
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &raw mut time) };
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}
