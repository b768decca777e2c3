//! The connection of one socket as a state machine: inputs and time in, actions out.
//!
//! Home is `Authenticated`, or `Connected` where the socket needs no login. Every (re)connection of a socket that
//! carries state passes through `Degraded` and leaves it only when all subscriptions are confirmed, the books are in
//! step and the private state has been caught up. Backoff runs from 1 s to 30 s with jitter, for ever.

mod action;
mod state;

pub use action::{Action, Input, SessionConfig, SessionMetrics};
pub use state::SessionState;

use crate::retry::{Exponential, RetryPolicy, SplitMix64};

#[derive(Debug)]
pub struct Session {
    config: SessionConfig,
    state: SessionState,
    policy: Exponential,
    rng: SplitMix64,
    failures_in_a_row: u32,
    reconnect_at_ms: u64,
    entered_at_ms: u64,
    last_received_ms: u64,
    last_ping_ms: u64,
    subscriptions_ready: bool,
    books_ready: bool,
    caught_up: bool,
    catch_up_ticket: u64,
    /// The ticket whose end completes the restoration; `None` until one was asked with all subscriptions confirmed.
    decisive_ticket: Option<u64>,
    asked_impatiently: bool,
    started_at_ms: Option<u64>,
    down_since_ms: Option<u64>,
    up_ms: u64,
    metrics: SessionMetrics,
}

impl Session {
    pub fn new(config: SessionConfig, rng: SplitMix64) -> Self {
        Self {
            config,
            state: SessionState::Disconnected,
            policy: Exponential::connection(),
            rng,
            failures_in_a_row: 0,
            reconnect_at_ms: 0,
            entered_at_ms: 0,
            last_received_ms: 0,
            last_ping_ms: 0,
            subscriptions_ready: false,
            books_ready: false,
            caught_up: false,
            catch_up_ticket: 0,
            decisive_ticket: None,
            asked_impatiently: false,
            started_at_ms: None,
            down_since_ms: None,
            up_ms: 0,
            metrics: SessionMetrics::default(),
        }
    }

    pub fn state(&self) -> SessionState {
        self.state
    }

    /// The state in which everything works.
    pub fn home(&self) -> SessionState {
        if self.config.login_required { SessionState::Authenticated } else { SessionState::Connected }
    }

    pub fn is_home(&self) -> bool {
        self.state == self.home() && (!self.config.restores || self.restored())
    }

    pub fn metrics(&self, now_ms: u64) -> SessionMetrics {
        let running = if self.is_home() { now_ms.saturating_sub(self.entered_at_ms) } else { 0 };
        let total_ms = self.started_at_ms.map_or(0, |at_ms| now_ms.saturating_sub(at_ms));
        SessionMetrics { up_ms: self.up_ms + running, total_ms, ..self.metrics }
    }

    /// The latest moment at which the next `Tick` should come; `None` while nothing is waited for.
    pub fn next_tick_ms(&self) -> Option<u64> {
        let after = |at_ms: u64, span_ms: u64| at_ms.saturating_add(span_ms);
        match self.state {
            SessionState::Disconnected => None,
            SessionState::Reconnecting => Some(self.reconnect_at_ms),
            SessionState::Connecting => Some(after(self.entered_at_ms, self.config.connect_timeout_ms)),
            state => {
                let ping = after(self.last_ping_ms, self.config.ping_interval_ms);
                let mut at_ms = ping.min(after(self.last_received_ms, self.config.idle_timeout_ms));
                if state == SessionState::Authenticating {
                    at_ms = at_ms.min(after(self.entered_at_ms, self.config.login_timeout_ms));
                }
                if state == SessionState::Degraded && self.may_be_impatient() {
                    at_ms = at_ms.min(after(self.entered_at_ms, self.config.impatient_after_ms));
                }
                Some(at_ms)
            }
        }
    }

    /// Feeds one input. Inputs that make no sense in the present state (a late frame of a closed socket) do nothing.
    pub fn handle(&mut self, input: Input, now_ms: u64) -> Vec<Action> {
        let mut out = Vec::new();
        match input {
            Input::Start if self.state == SessionState::Disconnected => {
                self.started_at_ms.get_or_insert(now_ms);
                self.failures_in_a_row = 0;
                self.enter(SessionState::Connecting, "started", now_ms, &mut out);
                out.push(Action::Open);
            }
            Input::Stop if self.state != SessionState::Disconnected => {
                let had_socket = self.state.is_open() || self.state == SessionState::Connecting;
                self.enter(SessionState::Disconnected, "stopped", now_ms, &mut out);
                if had_socket {
                    out.push(Action::CloseSocket);
                }
            }
            Input::Opened if self.state == SessionState::Connecting => self.opened(now_ms, &mut out),
            Input::Refused(reason) if self.state == SessionState::Connecting => self.lost(&reason, now_ms, &mut out),
            Input::Closed(reason) if self.state.is_open() || self.state == SessionState::Connecting => {
                self.lost(&reason, now_ms, &mut out);
            }
            Input::Frame | Input::Pong if self.state.is_open() => self.last_received_ms = now_ms,
            Input::LoginAck if self.state == SessionState::Authenticating => {
                self.last_received_ms = now_ms;
                self.usable(SessionState::Authenticated, "logged in", now_ms, &mut out);
            }
            Input::LoginRefused(reason) if self.state == SessionState::Authenticating => {
                out.push(Action::CloseSocket);
                self.lost(&format!("login refused: {reason}"), now_ms, &mut out);
            }
            Input::SubscriptionsReady if self.restoring() && !self.subscriptions_ready => {
                self.subscriptions_ready = true;
                if self.config.catch_up_required && !self.caught_up {
                    self.decisive_ticket = Some(self.ask_catch_up(&mut out));
                }
                self.settle("restored", now_ms, &mut out);
            }
            Input::SubscriptionsLost(reason) if self.restoring() => {
                self.subscriptions_ready = false;
                // What a private stream said while it was away can only be learnt by asking again.
                self.caught_up = !self.config.catch_up_required;
                self.decisive_ticket = None;
                self.settle(&reason, now_ms, &mut out);
            }
            Input::BooksReady if self.restoring() => {
                self.books_ready = true;
                self.settle("restored", now_ms, &mut out);
            }
            Input::BooksLost(reason) if self.restoring() => {
                self.books_ready = false;
                self.settle(&reason, now_ms, &mut out);
            }
            Input::CatchUpDone(ticket) if self.restoring() && self.decisive_ticket == Some(ticket) => {
                self.caught_up = true;
                self.settle("restored", now_ms, &mut out);
            }
            Input::Tick => self.tick(now_ms, &mut out),
            _ => {}
        }
        out
    }

    fn opened(&mut self, now_ms: u64, out: &mut Vec<Action>) {
        self.last_received_ms = now_ms;
        self.last_ping_ms = now_ms;
        self.subscriptions_ready = false;
        self.books_ready = false;
        self.caught_up = !self.config.catch_up_required;
        self.decisive_ticket = None;
        if self.config.login_required {
            self.enter(SessionState::Connected, "socket open", now_ms, out);
            self.enter(SessionState::Authenticating, "logging in", now_ms, out);
            out.push(Action::SendLogin);
        } else {
            self.usable(SessionState::Connected, "socket open", now_ms, out);
        }
    }

    /// The socket accepts our frames: home, unless there is something to restore first.
    fn usable(&mut self, home: SessionState, reason: &str, now_ms: u64, out: &mut Vec<Action>) {
        if !self.config.restores {
            self.enter(home, reason, now_ms, out);
            return;
        }
        if self.state == SessionState::Connecting {
            self.enter(SessionState::Connected, reason, now_ms, out);
        }
        self.asked_impatiently = false;
        self.enter(SessionState::Degraded, "restoring subscriptions, books and private state", now_ms, out);
        out.push(Action::Resubscribe);
    }

    fn tick(&mut self, now_ms: u64, out: &mut Vec<Action>) {
        let in_state_ms = now_ms.saturating_sub(self.entered_at_ms);
        match self.state {
            SessionState::Disconnected => return,
            SessionState::Reconnecting => {
                if now_ms >= self.reconnect_at_ms {
                    let reason = format!("try {}", u64::from(self.failures_in_a_row) + 1);
                    self.enter(SessionState::Connecting, &reason, now_ms, out);
                    out.push(Action::Open);
                }
                return;
            }
            SessionState::Connecting => {
                if in_state_ms >= self.config.connect_timeout_ms {
                    out.push(Action::CloseSocket);
                    let reason = format!("not open within {} ms", self.config.connect_timeout_ms);
                    self.lost(&reason, now_ms, out);
                }
                return;
            }
            SessionState::Authenticating if in_state_ms >= self.config.login_timeout_ms => {
                out.push(Action::CloseSocket);
                let reason = format!("login not answered within {} ms", self.config.login_timeout_ms);
                self.lost(&reason, now_ms, out);
                return;
            }
            SessionState::Degraded if in_state_ms >= self.config.impatient_after_ms && self.may_be_impatient() => {
                // A public stream that never comes back must not keep us from knowing our own orders.
                self.asked_impatiently = true;
                self.ask_catch_up(out);
            }
            _ => {}
        }
        if now_ms.saturating_sub(self.last_received_ms) >= self.config.idle_timeout_ms {
            out.push(Action::CloseSocket);
            self.lost(&format!("silent for {} ms", self.config.idle_timeout_ms), now_ms, out);
        } else if now_ms.saturating_sub(self.last_ping_ms) >= self.config.ping_interval_ms {
            self.last_ping_ms = now_ms;
            out.push(Action::Ping);
        }
    }

    fn lost(&mut self, reason: &str, now_ms: u64, out: &mut Vec<Action>) {
        if self.is_home() && now_ms.saturating_sub(self.entered_at_ms) >= self.config.stable_after_ms {
            self.failures_in_a_row = 0;
        }
        self.failures_in_a_row = self.failures_in_a_row.saturating_add(1);
        self.metrics.failure_count += 1;
        self.down_since_ms.get_or_insert(now_ms);
        let delay_ms = self.policy.next_delay_ms(self.failures_in_a_row, &mut self.rng).unwrap_or(30_000);
        self.reconnect_at_ms = now_ms.saturating_add(delay_ms);
        self.enter(SessionState::Reconnecting, reason, now_ms, out);
        out.push(Action::ScheduleReconnect { at_ms: self.reconnect_at_ms });
    }

    /// Moves between home and Degraded as the three conditions ask.
    fn settle(&mut self, reason: &str, now_ms: u64, out: &mut Vec<Action>) {
        if self.restored() {
            if self.state == SessionState::Degraded {
                self.enter(self.home(), reason, now_ms, out);
            }
        } else if self.state != SessionState::Degraded {
            self.asked_impatiently = false;
            self.enter(SessionState::Degraded, reason, now_ms, out);
        }
    }

    fn enter(&mut self, to: SessionState, reason: &str, now_ms: u64, out: &mut Vec<Action>) {
        let from = self.state;
        debug_assert!(from.may_become(to), "{from:?} may not become {to:?}");
        let home = self.home();
        if from == home && to != home {
            self.up_ms += now_ms.saturating_sub(self.entered_at_ms);
        }
        self.state = to;
        self.entered_at_ms = now_ms;
        if self.is_home()
            && let Some(down_since_ms) = self.down_since_ms.take()
        {
            self.metrics.recovery_count += 1;
            self.metrics.last_recovery_ms = Some(now_ms.saturating_sub(down_since_ms));
        }
        out.push(Action::StateChanged { from, to, reason: reason.into() });
    }

    fn ask_catch_up(&mut self, out: &mut Vec<Action>) -> u64 {
        self.catch_up_ticket += 1;
        out.push(Action::CatchUp(self.catch_up_ticket));
        self.catch_up_ticket
    }

    fn may_be_impatient(&self) -> bool {
        self.config.catch_up_required && !self.subscriptions_ready && !self.asked_impatiently
    }

    /// Does this socket carry state, and has it been open long enough to speak of restoring it?
    fn restoring(&self) -> bool {
        self.config.restores && (self.state == SessionState::Degraded || self.state == self.home())
    }

    fn restored(&self) -> bool {
        self.subscriptions_ready && self.books_ready && self.caught_up
    }
}
