//! Rolling-window limits on injected time.

use std::collections::{BTreeMap, VecDeque};

/// One limit of a venue: at most `weight` within any `window_ms`, counted for requests of its `name`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct LimitRule {
    pub name: &'static str,
    pub weight: u32,
    pub window_ms: u64,
}

/// The wait of a request that is heavier than its whole window: it can never be sent.
pub const NEVER_MS: u64 = u64::MAX;

/// What a window still admits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Headroom {
    pub name: &'static str,
    pub window_ms: u64,
    pub left: u32,
    /// While the venue's own penalty (429, Retry-After) runs: when it ends.
    pub penalised_until_ms: Option<u64>,
}

#[derive(Debug)]
struct Window {
    rule: LimitRule,
    /// How long weight counts here: the rule's window and the allowance for transit.
    held_ms: u64,
    /// (when, weight), oldest first; as every entry weighs at least 1 there are never more than `rule.weight` of them.
    spent: VecDeque<(u64, u32)>,
    used: u32,
}

impl Window {
    fn expire(&mut self, now_ms: u64) {
        while let Some(&(at_ms, weight)) = self.spent.front() {
            if at_ms.saturating_add(self.held_ms) > now_ms {
                break;
            }
            self.used -= weight;
            self.spent.pop_front();
        }
    }

    /// Milliseconds until `weight` fits while `reserve` stays free; 0 when it fits now.
    fn wait_ms(&self, weight: u32, reserve: u32, now_ms: u64) -> u64 {
        let needed = u64::from(weight) + u64::from(reserve);
        let limit = u64::from(self.rule.weight);
        if needed > limit {
            return NEVER_MS;
        }
        let mut used = u64::from(self.used);
        let mut wait = 0;
        for &(at_ms, spent) in &self.spent {
            if used + needed <= limit {
                break;
            }
            used -= u64::from(spent);
            wait = at_ms.saturating_add(self.held_ms).saturating_sub(now_ms);
        }
        wait
    }

    fn spend(&mut self, weight: u32, now_ms: u64) {
        self.used += weight;
        match self.spent.back_mut() {
            Some((at_ms, spent)) if *at_ms == now_ms => *spent += weight,
            _ => self.spent.push_back((now_ms, weight)),
        }
    }
}

/// Keeps requests within a venue's rules. A name without a rule has no window, but obeys penalties.
///
/// Time is any steady millisecond clock; a step backwards is read as standing still, so it never frees budget early.
#[derive(Debug)]
pub struct RateLimiter {
    windows: Vec<Window>,
    penalties: BTreeMap<&'static str, u64>,
    now_ms: u64,
}

impl RateLimiter {
    /// `transit_percent` of a window is added to it. We count a request when it leaves and the venue when it arrives:
    /// after a slow request a quick one arrives sooner after it than it left.
    pub fn new(rules: &[LimitRule], transit_percent: u64) -> Self {
        let window = |&rule: &LimitRule| {
            let held_ms = rule.window_ms + rule.window_ms * transit_percent / 100;
            Window { rule, held_ms, spent: VecDeque::new(), used: 0 }
        };
        let windows = rules.iter().map(window).collect();
        Self { windows, penalties: BTreeMap::new(), now_ms: 0 }
    }

    /// Spends `weight` under every rule of `name`, or says how many milliseconds to wait ([`NEVER_MS`]: it cannot fit).
    pub fn try_acquire(&mut self, name: &str, weight: u32, now_ms: u64) -> Result<(), u64> {
        self.try_acquire_leaving(name, weight, 0, now_ms)
    }

    /// The same, but leaves `reserve` free: new orders use it so that cancels always find budget.
    pub fn try_acquire_leaving(&mut self, name: &str, weight: u32, reserve: u32, now_ms: u64) -> Result<(), u64> {
        let now_ms = self.advance(now_ms);
        let penalty = self.penalties.get(name).map_or(0, |&until_ms| until_ms.saturating_sub(now_ms));
        let matching = || self.windows.iter().filter(|w| w.rule.name == name);
        let wait = matching().map(|w| w.wait_ms(weight, reserve, now_ms)).max().unwrap_or(0).max(penalty);
        if wait > 0 {
            return Err(wait);
        }
        if weight > 0 {
            self.windows.iter_mut().filter(|w| w.rule.name == name).for_each(|w| w.spend(weight, now_ms));
        }
        Ok(())
    }

    /// The venue said no (429): nothing of this name before `until_ms`. A shorter penalty never shortens a longer one.
    pub fn penalise(&mut self, name: &'static str, until_ms: u64) {
        let until = self.penalties.entry(name).or_insert(0);
        *until = (*until).max(until_ms);
    }

    /// What is left under each rule.
    pub fn headroom(&mut self, now_ms: u64) -> Vec<Headroom> {
        let now_ms = self.advance(now_ms);
        let penalties = &self.penalties;
        let room = |w: &Window| Headroom {
            name: w.rule.name,
            window_ms: w.rule.window_ms,
            left: w.rule.weight - w.used,
            penalised_until_ms: penalties.get(w.rule.name).copied().filter(|&until_ms| until_ms > now_ms),
        };
        self.windows.iter().map(room).collect()
    }

    fn advance(&mut self, now_ms: u64) -> u64 {
        self.now_ms = self.now_ms.max(now_ms);
        self.windows.iter_mut().for_each(|w| w.expire(self.now_ms));
        self.now_ms
    }
}
