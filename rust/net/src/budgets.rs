//! The venues' limits, counted as the venues count them: once for all clients of this process that share a budget.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hedgewire_core::ratelimit::{Headroom, RateLimiter};
use hedgewire_core::venues::Venue;

/// Of each window: half a second of Nado's ten.
const TRANSIT_PERCENT: u64 = 5;

type Shared = Arc<Mutex<RateLimiter>>;

/// Every budget that was ever drawn on: one a wallet and one an endpoint. They outlive their clients, because the
/// venue remembers what a closed client has spent.
#[derive(Debug, Default)]
pub struct Budgets {
    by_owner: Mutex<HashMap<String, Shared>>,
}

impl Budgets {
    fn of(&self, venue: &dyn Venue, limit: &str) -> Shared {
        let owner = format!("{} {}", venue.name(), venue.budget(limit));
        let mut budgets = self.by_owner.lock().unwrap_or_else(PoisonError::into_inner);
        budgets
            .entry(owner)
            .or_insert_with(|| Arc::new(Mutex::new(RateLimiter::new(venue.limits(), TRANSIT_PERCENT))))
            .clone()
    }

    /// Spends `weight`, or says how many milliseconds to wait.
    pub fn try_acquire(&self, venue: &dyn Venue, limit: &str, weight: u32, now_ms: u64) -> Result<(), u64> {
        lock(&self.of(venue, limit)).try_acquire(limit, weight, now_ms)
    }

    /// The venue said no: nothing of this limit before `until_ms`.
    pub fn penalise(&self, venue: &dyn Venue, limit: &'static str, until_ms: u64) {
        lock(&self.of(venue, limit)).penalise(limit, until_ms);
    }

    /// What is left under each rule of a venue.
    pub fn headroom(&self, venue: &dyn Venue, now_ms: u64) -> Vec<Headroom> {
        let mut names: Vec<&str> = venue.limits().iter().map(|rule| rule.name).collect();
        names.dedup();
        let of_name = |name: &str| {
            let mut left = lock(&self.of(venue, name)).headroom(now_ms);
            left.retain(|headroom| headroom.name == name);
            left
        };
        names.into_iter().flat_map(of_name).collect()
    }
}

/// A client that panicked leaves whole counts behind.
fn lock(shared: &Shared) -> MutexGuard<'_, RateLimiter> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
