//! The sockets of a venue, each with its session machine: the machine decides, this file carries out.

use hedgewire_core::session::{Action, Input, Session, SessionConfig, SessionState};
use hedgewire_core::venues::{SocketRole, SocketSpec, Stream, StreamKind};

use super::{Driver, Leaving};
use crate::rows::{Level, Row};
use crate::socket_task::{self, Outgoing, SocketEvent, SocketLine, SocketNews};
use crate::websocket::OpenError;

/// One socket's place: its machine, and the connection while there is one.
pub(crate) struct SocketSeat {
    pub spec: SocketSpec,
    pub session: Session,
    pub line: Option<SocketLine>,
    pub attempts: u64,
    pub login_id: u64,
    pub login_step: u32,
    pub deflate: Option<String>,
    pub since_ms: u64,
    pub last_error: String,
}

impl Driver {
    pub(super) fn start_sockets(&mut self) {
        for spec in self.venue.sockets() {
            let streams = spec.role == SocketRole::Streams;
            if streams && spec.login_required {
                for kind in [StreamKind::Orders, StreamKind::Fills, StreamKind::Positions, StreamKind::Account] {
                    let stream = Stream { kind, instrument: None, param: 0 };
                    if self.venue.subscribe(0, &stream).is_ok() {
                        self.subscriptions.want(stream, 0);
                    }
                }
            }
            let mut config =
                SessionConfig::new(spec.login_required, streams, spec.ping_interval_ms, spec.idle_timeout_ms);
            config.connect_timeout_ms = self.timing.socket_timeout_ms + 1_000;
            let session = Session::new(config, self.rng.fork());
            let role = spec.role;
            self.seats.push(SocketSeat {
                spec,
                session,
                line: None,
                attempts: 0,
                login_id: 0,
                login_step: 0,
                deflate: None,
                since_ms: self.clock.now_ms(),
                last_error: String::new(),
            });
            self.feed(role, Input::Start);
        }
    }

    pub(super) fn stop_sockets(&mut self) {
        for role in [SocketRole::Streams, SocketRole::Actions] {
            self.feed(role, Input::Stop);
        }
    }

    /// Gives one input to a socket's machine and does what it says.
    pub(super) fn feed(&mut self, role: SocketRole, input: Input) {
        let now_ms = self.now_ms();
        let Some(seat) = self.seat(role) else { return };
        for action in seat.session.handle(input, now_ms) {
            self.obey(role, action);
        }
    }

    fn obey(&mut self, role: SocketRole, action: Action) {
        let timeout_ms = self.timing.socket_timeout_ms;
        let Some(seat) = self.seat(role) else { return };
        match action {
            Action::Open => {
                seat.attempts += 1;
                let (line, opening) = socket_task::line(&seat.spec, seat.attempts, timeout_ms);
                seat.line = Some(line);
                self.leaving.push_back(Leaving::Socket(opening));
            }
            Action::SendLogin => self.log_in(role, 0),
            Action::Resubscribe => self.resubscribe(),
            Action::CatchUp(ticket) => self.start_catch_up(ticket),
            Action::Ping => self.ping(role),
            Action::CloseSocket => {
                if let Some(line) = seat.line.take() {
                    // A full or closed line ends by being dropped.
                    drop(line.send(Outgoing::Close));
                }
            }
            // `tick_sockets` asks the machine at every tick; nothing has to be remembered here.
            Action::ScheduleReconnect { .. } => {}
            Action::StateChanged { from, to, reason } => self.state_changed(role, from, to, reason),
        }
    }

    fn state_changed(&mut self, role: SocketRole, from: SessionState, to: SessionState, reason: String) {
        let (ts, now_ms) = (self.now(), self.now_ms());
        let mut lost = false;
        let mut was_open = false;
        if let Some(seat) = self.seat(role) {
            seat.since_ms = now_ms;
            was_open = from.is_open();
            if matches!(to, SessionState::Reconnecting | SessionState::Disconnected) {
                seat.line = None;
                seat.deflate = None;
                seat.last_error.clone_from(&reason);
                lost = true;
            }
        }
        self.out.push_back(Row::Socket { role, state: to, reason: reason.clone(), ts });
        if lost && role == SocketRole::Streams {
            if was_open {
                self.counters.failover_count += 1;
                self.counters.last_failover_ms = Some(now_ms);
            }
            self.streams_lost(&reason);
        }
        if lost && role == SocketRole::Actions {
            self.action_replies_lost(&reason);
        }
        if role == SocketRole::Streams {
            self.answer_connect_if_ready();
        }
    }

    /// One frame of a login; the next is sent when this one is confirmed.
    pub(super) fn log_in(&mut self, role: SocketRole, step: u32) {
        let (id, now) = (self.fresh_id(), self.now());
        match self.venue.login(role, step, id, now) {
            Ok(Some(frame)) => {
                if let Some(seat) = self.seat(role) {
                    (seat.login_id, seat.login_step) = (id, step);
                }
                self.send_frame(role, frame);
            }
            Ok(None) => self.feed(role, Input::LoginAck),
            Err(error) => self.feed(role, Input::LoginRefused(error.to_string())),
        }
    }

    fn ping(&mut self, role: SocketRole) {
        let (id, now) = (self.fresh_id(), self.now());
        let spoken = if role == SocketRole::Streams { self.venue.ping(id, now) } else { None };
        if let Some(frame) = spoken {
            self.send_frame(role, frame);
        }
        if let Some(Err(reason)) =
            self.seat(role).and_then(|seat| seat.line.as_ref()).map(|line| line.send(Outgoing::Ping))
        {
            self.feed(role, Input::Closed(format!("ping not sent: {reason}")));
        }
    }

    /// Sends a text frame. False: it did not leave, and the socket is given up.
    pub(super) fn send_frame(&mut self, role: SocketRole, frame: String) -> bool {
        let sent = match self.seat(role).and_then(|seat| seat.line.as_ref()) {
            Some(line) => line.send(Outgoing::Text(frame)),
            None => Err("no connection".to_owned()),
        };
        match sent {
            Ok(()) => true,
            Err(reason) => {
                self.feed(role, Input::Closed(format!("frame not sent: {reason}")));
                false
            }
        }
    }

    pub(crate) fn on_socket(&mut self, event: SocketEvent) {
        let role = event.role;
        let current =
            self.seat(role).and_then(|seat| seat.line.as_ref()).is_some_and(|line| line.attempt == event.attempt);
        if !current {
            return;
        }
        match event.news {
            SocketNews::Opened { deflate } => {
                if let Some(seat) = self.seat(role) {
                    seat.deflate = deflate;
                }
                self.feed(role, Input::Opened);
            }
            SocketNews::NotOpened(error) => self.not_opened(role, &error),
            SocketNews::Message(bytes) => {
                self.feed(role, Input::Frame);
                self.on_frame(role, &bytes);
            }
            SocketNews::Pong => self.feed(role, Input::Pong),
            SocketNews::Ended { reason } => self.feed(role, Input::Closed(reason)),
        }
    }

    fn not_opened(&mut self, role: SocketRole, error: &OpenError) {
        let level = match error {
            OpenError::BadUrl { .. } | OpenError::DeflateNotNegotiated { .. } | OpenError::Refused { .. } => {
                Level::Error
            }
            _ => Level::Warning,
        };
        self.notice(level, format!("{} socket not open: {error}", name(role)));
        if let OpenError::Refused { status, .. } = error
            && let Some(spec) = self.venue.socket_refused(role, *status)
            && let Some(seat) = self.seat(role)
        {
            seat.spec = spec;
        }
        self.feed(role, Input::Refused(error.to_string()));
    }

    pub(super) fn tick_sockets(&mut self, now_ms: u64) {
        for index in 0..self.seats.len() {
            let seat = &self.seats[index];
            if seat.session.next_tick_ms().is_some_and(|at_ms| at_ms <= now_ms) {
                let role = seat.spec.role;
                self.feed(role, Input::Tick);
            }
        }
    }

    /// Is the streams socket where everything works?
    pub(super) fn streams_home(&self) -> bool {
        self.seats.iter().any(|seat| seat.spec.role == SocketRole::Streams && seat.session.is_home())
    }

    pub(super) fn is_open(&self, role: SocketRole) -> bool {
        self.seats.iter().any(|seat| seat.spec.role == role && seat.session.state().is_open())
    }

    pub(super) fn is_home(&self, role: SocketRole) -> bool {
        self.seats.iter().any(|seat| seat.spec.role == role && seat.session.is_home())
    }

    pub(super) fn sockets_text(&self) -> String {
        let one = |seat: &SocketSeat| {
            format!("{} socket {:?} {}", name(seat.spec.role), seat.session.state(), seat.last_error)
        };
        self.seats.iter().map(one).collect::<Vec<_>>().join("; ")
    }
}

pub(crate) fn name(role: SocketRole) -> &'static str {
    match role {
        SocketRole::Streams => "streams",
        SocketRole::Actions => "actions",
    }
}
