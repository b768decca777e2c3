//! What the machine is told, what it wants done, and what it counts.

use super::SessionState;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionConfig {
    pub login_required: bool,
    /// True for a socket that carries streams: it is Degraded until they and what hangs on them are restored.
    pub restores: bool,
    /// True when private state must be fetched by queries after every connection.
    pub catch_up_required: bool,
    pub connect_timeout_ms: u64,
    pub login_timeout_ms: u64,
    pub ping_interval_ms: u64,
    /// Silence of the whole socket, pongs included, after which it counts as dead.
    pub idle_timeout_ms: u64,
    /// Time at home after which the backoff starts again from 1 s.
    pub stable_after_ms: u64,
    /// Time in Degraded after which private state is fetched even though subscriptions are still missing.
    pub impatient_after_ms: u64,
}

impl SessionConfig {
    /// The usual times; intervals come from the venue's `SocketSpec`.
    pub fn new(login_required: bool, restores: bool, ping_interval_ms: u64, idle_timeout_ms: u64) -> Self {
        Self {
            login_required,
            restores,
            catch_up_required: restores && login_required,
            connect_timeout_ms: 10_000,
            login_timeout_ms: 10_000,
            ping_interval_ms,
            idle_timeout_ms,
            stable_after_ms: 10_000,
            impatient_after_ms: 10_000,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    Start,
    /// The socket is open.
    Opened,
    /// The socket could not be opened.
    Refused(String),
    /// Any frame but a pong.
    Frame,
    Pong,
    /// The socket is gone, whoever closed it.
    Closed(String),
    LoginAck,
    LoginRefused(String),
    /// Every wanted subscription is confirmed.
    SubscriptionsReady,
    SubscriptionsLost(String),
    /// Every wanted book is in step.
    BooksReady,
    BooksLost(String),
    /// The catch-up of this ticket has ended well; one of an earlier ticket proves nothing.
    CatchUpDone(u64),
    Tick,
    Stop,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    Open,
    SendLogin,
    /// The connection is usable and knows no subscription: send what is due.
    Resubscribe,
    /// Fetch the private state and answer with [`Input::CatchUpDone`] of this ticket.
    CatchUp(u64),
    Ping,
    CloseSocket,
    /// Call with [`Input::Tick`] at this moment, which then answers `Open`.
    ScheduleReconnect {
        at_ms: u64,
    },
    StateChanged {
        from: SessionState,
        to: SessionState,
        reason: String,
    },
}

/// What the connection has been through. Times in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SessionMetrics {
    /// Connections lost or not made.
    pub failure_count: u64,
    /// Returns home after a failure.
    pub recovery_count: u64,
    pub last_recovery_ms: Option<u64>,
    pub up_ms: u64,
    pub total_ms: u64,
}
