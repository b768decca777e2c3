//! `SteppedClient`: a `VenueClient` whose network is the caller. Converts and forwards; decides nothing.

use std::sync::{Mutex, MutexGuard, PoisonError};

use hedgewire_core::venues::{Method, Reply, SocketRole};
use hedgewire_net::http::HttpOutcome;
use hedgewire_net::socket_task::{Outgoing, SocketEvent, SocketNews};
use hedgewire_net::stepped::{Carry, Stepped};
use hedgewire_net::timing::Timing;
use hedgewire_net::websocket::OpenError;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::client::{Opened, VenueClient, handle_error, invalid};

type Headers = Vec<(&'static str, String)>;

/// (kind, request id or connection attempt, socket role or -1, URL, body, headers): see `_core.pyi`.
type CarryTuple = (&'static str, u64, i32, String, String, Headers);

#[pyclass(module = "hedgewire._core", extends = VenueClient)]
pub struct SteppedClient {
    /// `None` after `close`.
    pump: Mutex<Option<Stepped>>,
}

fn role_number(role: SocketRole) -> i32 {
    match role {
        SocketRole::Streams => 0,
        SocketRole::Actions => 1,
    }
}

fn role(number: i32) -> PyResult<SocketRole> {
    match number {
        0 => Ok(SocketRole::Streams),
        1 => Ok(SocketRole::Actions),
        other => Err(invalid("unknown socket role", other, "0 streams, 1 actions")),
    }
}

fn carry_tuple(carry: Carry) -> CarryTuple {
    match carry {
        Carry::Request { id, request } => {
            let kind = match request.method {
                Method::Get => "get",
                Method::Post => "post",
                Method::Put => "put",
                Method::Delete => "delete",
            };
            (kind, id, -1, request.url, request.body, request.headers)
        }
        Carry::Open { role, attempt, url } => ("open", attempt, role_number(role), url, String::new(), Headers::new()),
        Carry::Frame { role, attempt, frame } => {
            let (kind, body) = match frame {
                Outgoing::Text(text) => ("frame", text),
                Outgoing::Ping => ("ping", String::new()),
                Outgoing::Close => ("close", String::new()),
            };
            (kind, attempt, role_number(role), String::new(), body, Headers::new())
        }
    }
}

impl SteppedClient {
    fn lock(&self) -> MutexGuard<'_, Option<Stepped>> {
        self.pump.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with<T>(&self, act: impl FnOnce(&mut Stepped) -> T) -> PyResult<T> {
        let closed = || PyRuntimeError::new_err("the client is closed\nhint: make a new SteppedClient");
        self.lock().as_mut().map(act).ok_or_else(closed)
    }

    fn news(&self, role_number: i32, attempt: u64, news: SocketNews) -> PyResult<()> {
        let role = role(role_number)?;
        self.with(|pump| pump.socket(SocketEvent { role, attempt, news }))
    }
}

#[pymethods]
impl SteppedClient {
    #[new]
    #[pyo3(signature = (venue, config_json, private_key, now_ns, seed, tick_ms=10))]
    fn new(
        venue: &str,
        config_json: &str,
        private_key: Option<String>,
        now_ns: u64,
        seed: u64,
        tick_ms: u64,
    ) -> PyResult<PyClassInitializer<Self>> {
        let Opened { venue, book, waker, queue_waker } = Opened::new(venue, config_json, private_key)?;
        let timing = Timing { tick_ms: tick_ms.max(1), ..Timing::default() };
        let (handle, pump) = Stepped::start(venue, queue_waker, timing, book, now_ns, seed);
        let base = VenueClient::of(handle, waker);
        Ok(PyClassInitializer::from(base).add_subclass(Self { pump: Mutex::new(Some(pump)) }))
    }

    fn advance(&self, until_ns: u64) -> PyResult<u64> {
        self.with(|pump| pump.advance(until_ns))
    }

    fn outgoing(&self) -> PyResult<Vec<CarryTuple>> {
        self.with(|pump| pump.outgoing().into_iter().map(carry_tuple).collect())
    }

    #[pyo3(signature = (request_id, status, body, retry_after_ms=None))]
    fn replied(&self, request_id: u64, status: u16, body: &[u8], retry_after_ms: Option<u64>) -> PyResult<()> {
        let reply = Reply { status, retry_after_ms, body: body.to_vec() };
        self.with(|pump| pump.reply(request_id, HttpOutcome::Reply(reply)))
    }

    fn lost(&self, request_id: u64, reason: String, sent: bool) -> PyResult<()> {
        let outcome = if sent { HttpOutcome::Lost { reason } } else { HttpOutcome::NotSent { reason } };
        self.with(|pump| pump.reply(request_id, outcome))
    }

    fn opened(&self, role: i32, attempt: u64) -> PyResult<()> {
        self.news(role, attempt, SocketNews::Opened { deflate: None })
    }

    #[pyo3(signature = (role, attempt, reason, status=None))]
    fn not_opened(&self, role: i32, attempt: u64, reason: String, status: Option<u16>) -> PyResult<()> {
        let error = match status {
            Some(status) => OpenError::Refused { status, body: reason },
            None => OpenError::NotConnected { reason },
        };
        self.news(role, attempt, SocketNews::NotOpened(error))
    }

    fn frame(&self, role: i32, attempt: u64, frame: &Bound<'_, PyBytes>) -> PyResult<()> {
        self.news(role, attempt, SocketNews::Message(frame.as_bytes().to_vec().into()))
    }

    fn ponged(&self, role: i32, attempt: u64) -> PyResult<()> {
        self.news(role, attempt, SocketNews::Pong)
    }

    fn ended(&self, role: i32, attempt: u64, reason: String) -> PyResult<()> {
        self.news(role, attempt, SocketNews::Ended { reason })
    }

    /// The base class's would wait for a network thread.
    fn health(slf: PyRef<'_, Self>) -> PyResult<String> {
        let answer = slf.as_super().ask_health()?;
        slf.with(|pump| pump.advance(0))?;
        answer.try_recv().map_err(|error| PyRuntimeError::new_err(format!("no health document: {error}")))
    }

    fn close(slf: PyRef<'_, Self>) -> PyResult<Vec<CarryTuple>> {
        let last = slf.lock().take().map(Stepped::close).unwrap_or_default();
        slf.as_super().close_handle().map_err(handle_error)?;
        Ok(last.into_iter().map(carry_tuple).collect())
    }
}
