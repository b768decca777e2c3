//! `VenueClient`: converts arguments to commands and rows to tuples; decides nothing.

use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, PoisonError};

use hedgewire_core::book::BookConfig;
use hedgewire_core::decimal::{BaseQty, Price};
use hedgewire_core::error::VenueError;
use hedgewire_core::events::{ClientId, InstrumentId, OrderKind, Side, Terms, VenueOrderId};
use hedgewire_core::secret::Secret;
use hedgewire_core::venues::{self, CancelTarget, Change, Command, NewOrder, Query, Stream, StreamKind, Venue};
use hedgewire_core::waiting::{Dependency, PriceTrigger, TriggerSource};
use hedgewire_net::commands::{Adoption, ClientCommand};
use hedgewire_net::network::{ClientHandle, HandleError};
use hedgewire_net::settings;
use hedgewire_net::timing::Timing;
use pyo3::exceptions::{PyOSError, PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};

use crate::tuples;
use crate::wake::{QueueWaker, Waker};

/// (client id, instrument, side, kind, quantity, price, market, reduce only, expires_s, params): see `_core.pyi`.
type OrderTuple = (u64, u32, i32, i32, i128, i128, bool, bool, i64, String);

/// (source, above, price, venue order id to follow or "", on its first fill already): see `_core.pyi`.
type TriggerTuple = (i32, bool, i128, String, bool);

/// How long `health` waits for the network thread.
const HEALTH_TIMEOUT_MS: u64 = 2_000;

#[pyclass(module = "hedgewire._core", subclass)]
pub struct VenueClient {
    handle: ClientHandle,
    waker: Arc<Waker>,
}

/// What every client is made of.
pub(crate) struct Opened {
    pub venue: Box<dyn Venue>,
    pub book: BookConfig,
    pub waker: Arc<Waker>,
    pub queue_waker: Box<QueueWaker>,
}

impl Opened {
    pub fn new(venue: &str, config_json: &str, private_key: Option<String>) -> PyResult<Self> {
        let key = private_key.map(Secret::new);
        let invalid = |error: VenueError| PyValueError::new_err(error.to_string());
        let (book, config_json) = settings::split(config_json).map_err(invalid)?;
        let venue = venues::open(venue, &config_json, key).map_err(invalid)?;
        let waker = Waker::new().map_err(|error| PyOSError::new_err(format!("no eventfd: {error}")))?;
        let queue_waker = Box::new(QueueWaker(waker.clone()));
        Ok(Self { venue, book, waker, queue_waker })
    }
}

pub(crate) fn handle_error(error: HandleError) -> PyErr {
    PyRuntimeError::new_err(error.to_string())
}

pub(crate) fn invalid(what: &str, value: impl std::fmt::Display, hint: &str) -> PyErr {
    PyValueError::new_err(format!("{what}: {value} (from the caller)\nhint: {hint}"))
}

fn order(tuple: OrderTuple) -> PyResult<NewOrder> {
    let (client_id, instrument, side, kind, quantity, price, market, reduce_only, expires_s, params) = tuple;
    Ok(NewOrder {
        client_id: ClientId(client_id),
        instrument: InstrumentId(instrument),
        side: match side {
            1 => Side::Buy,
            -1 => Side::Sell,
            other => return Err(invalid("unknown side", other, "1 buys, -1 sells")),
        },
        kind: match kind {
            0 => OrderKind::Limit,
            1 => OrderKind::ImmediateOrCancel,
            2 => OrderKind::FillOrKill,
            3 => OrderKind::PostOnly,
            other => return Err(invalid("unknown order kind", other, "see rows.Kind")),
        },
        quantity: BaseQty::from_x18(quantity),
        price: Price::from_x18(price),
        market,
        reduce_only,
        expires_s: u64::try_from(expires_s).ok(),
        params: (!params.is_empty()).then_some(params),
        trigger: None,
    })
}

fn trigger(tuple: TriggerTuple) -> PyResult<PriceTrigger> {
    let (source, above, price, after, on_partial_fill) = tuple;
    Ok(PriceTrigger {
        source: match source {
            0 => TriggerSource::Last,
            1 => TriggerSource::Mid,
            2 => TriggerSource::Oracle,
            3 => TriggerSource::Mark,
            other => return Err(invalid("unknown trigger source", other, "see rows.TriggerSource")),
        },
        above,
        price: Price::from_x18(price),
        after: (!after.is_empty()).then_some(Dependency { venue_order_id: VenueOrderId(after), on_partial_fill }),
    })
}

fn stream(kind: i32, instrument: i64, param: u32) -> PyResult<Stream> {
    let kind = match kind {
        0 => StreamKind::Book,
        1 => StreamKind::Quotes,
        2 => StreamKind::Trades,
        3 => StreamKind::Bars,
        4 => StreamKind::FundingRate,
        5 => StreamKind::FundingPayments,
        6 => StreamKind::Liquidations,
        7 => StreamKind::Orders,
        8 => StreamKind::Fills,
        9 => StreamKind::Positions,
        10 => StreamKind::BestPrices,
        11 => StreamKind::ReferencePrices,
        12 => StreamKind::Account,
        other => return Err(invalid("unknown stream", other, "see rows.Stream")),
    };
    Ok(Stream { kind, instrument: instrument_or_all(instrument)?, param })
}

/// -1 means all instruments.
fn instrument_or_all(instrument: i64) -> PyResult<Option<InstrumentId>> {
    match u32::try_from(instrument) {
        Ok(id) => Ok(Some(InstrumentId(id))),
        Err(_) if instrument == -1 => Ok(None),
        Err(_) => Err(invalid("not an instrument", instrument, "the venue's product number, or -1 for all")),
    }
}

fn target(instrument: u32, venue_order_id: String, client_id: u64, waiting: bool) -> CancelTarget {
    CancelTarget {
        client_id: (client_id != 0).then_some(ClientId(client_id)),
        instrument: InstrumentId(instrument),
        venue_order_id: VenueOrderId(venue_order_id),
        waiting,
    }
}

impl VenueClient {
    pub(crate) fn of(handle: ClientHandle, waker: Arc<Waker>) -> Self {
        Self { handle, waker }
    }

    pub(crate) fn close_handle(&self) -> Result<(), HandleError> {
        self.handle.close()
    }

    pub(crate) fn ask_health(&self) -> PyResult<Receiver<String>> {
        let (answer, document) = sync_channel(1);
        self.handle.send(ClientCommand::Health { answer }).map_err(handle_error)?;
        Ok(document)
    }

    fn act(&self, command: Command) -> PyResult<u64> {
        let ticket = self.handle.ticket();
        self.handle.send(ClientCommand::Act { ticket, command }).map_err(handle_error)?;
        Ok(ticket)
    }

    fn ask(&self, query: Query) -> PyResult<u64> {
        let ticket = self.handle.ticket();
        self.handle.send(ClientCommand::Ask { ticket, query }).map_err(handle_error)?;
        Ok(ticket)
    }
}

#[pymethods]
impl VenueClient {
    #[new]
    #[pyo3(signature = (venue, config_json, private_key=None))]
    fn new(py: Python<'_>, venue: &str, config_json: &str, private_key: Option<String>) -> PyResult<Self> {
        let Opened { venue, book, waker, queue_waker } = Opened::new(venue, config_json, private_key)?;
        let handle = py
            .detach(|| ClientHandle::spawn(venue, queue_waker, Timing::default(), book))
            .map_err(PyRuntimeError::new_err)?;
        Ok(Self { handle, waker })
    }

    fn wake_fd(&self) -> i32 {
        self.waker.fd.raw()
    }

    fn set_waker(&self, wake: Py<PyAny>) {
        *self.waker.callable.lock().unwrap_or_else(PoisonError::into_inner) = Some(wake);
    }

    #[pyo3(signature = (limit=4096))]
    fn drain<'py>(&self, py: Python<'py>, limit: usize) -> PyResult<Bound<'py, PyList>> {
        // First the descriptor, then the flag and the rows: any other order can lose a wake-up.
        self.waker.fd.clear();
        let rows = self.handle.drain(limit);
        let tuples: Vec<Bound<'py, PyTuple>> =
            rows.into_iter().map(|row| tuples::row(py, row)).collect::<PyResult<_>>()?;
        PyList::new(py, tuples)
    }

    #[pyo3(signature = (timeout_ms=30_000))]
    fn connect(&self, timeout_ms: u64) -> PyResult<u64> {
        let ticket = self.handle.ticket();
        self.handle.send(ClientCommand::Connect { ticket, timeout_ms }).map_err(handle_error)?;
        Ok(ticket)
    }

    fn close(&self, py: Python<'_>) -> PyResult<()> {
        py.detach(|| self.handle.close()).map_err(handle_error)
    }

    #[pyo3(signature = (stream, instrument, param=0))]
    fn subscribe(&self, stream: i32, instrument: i64, param: u32) -> PyResult<u64> {
        let stream = self::stream(stream, instrument, param)?;
        let ticket = self.handle.ticket();
        self.handle.send(ClientCommand::Subscribe { ticket, stream }).map_err(handle_error)?;
        Ok(ticket)
    }

    #[pyo3(signature = (stream, instrument, param=0))]
    fn unsubscribe(&self, stream: i32, instrument: i64, param: u32) -> PyResult<u64> {
        let stream = self::stream(stream, instrument, param)?;
        let ticket = self.handle.ticket();
        self.handle.send(ClientCommand::Unsubscribe { ticket, stream }).map_err(handle_error)?;
        Ok(ticket)
    }

    #[pyo3(signature = (orders, triggers=Vec::new()))]
    fn submit(&self, orders: Vec<OrderTuple>, triggers: Vec<Option<TriggerTuple>>) -> PyResult<u64> {
        let mut orders = orders.into_iter().map(order).collect::<PyResult<Vec<_>>>()?;
        if !triggers.is_empty() && triggers.len() != orders.len() {
            let lengths = format!("{} orders, {} triggers", orders.len(), triggers.len());
            return Err(invalid("orders and triggers do not match", lengths, "one an order, None where it has none"));
        }
        for (order, given) in orders.iter_mut().zip(triggers) {
            order.trigger = given.map(trigger).transpose()?;
        }
        match orders.len() {
            0 => Err(invalid("no orders", "[]", "give at least one order")),
            1 => self.act(Command::Submit(orders.remove(0))),
            _ => self.act(Command::SubmitBatch(orders)),
        }
    }

    #[pyo3(signature = (targets, client_ids, waiting=false))]
    fn cancel(&self, targets: Vec<(u32, String)>, client_ids: Vec<u64>, waiting: bool) -> PyResult<u64> {
        if targets.is_empty() || targets.len() != client_ids.len() {
            let lengths = format!("{} targets, {} client ids", targets.len(), client_ids.len());
            return Err(invalid(
                "targets and client ids do not match",
                lengths,
                "one client id a target, 0 where none is known",
            ));
        }
        let pairs = targets.into_iter().zip(client_ids);
        self.act(Command::Cancel(
            pairs.map(|((instrument, id), client_id)| target(instrument, id, client_id, waiting)).collect(),
        ))
    }

    #[pyo3(signature = (instrument=-1, waiting=false))]
    fn cancel_all(&self, instrument: i64, waiting: bool) -> PyResult<u64> {
        self.act(Command::CancelAll { instrument: instrument_or_all(instrument)?, waiting })
    }

    #[pyo3(signature = (target, client_id, terms, filled_x18))]
    fn modify(
        &self,
        target: (u32, String),
        client_id: u64,
        terms: (i128, i128, Option<i128>),
        filled_x18: i128,
    ) -> PyResult<u64> {
        let (quantity_x18, price_x18, trigger_price_x18) = terms;
        let terms = Terms {
            quantity: BaseQty::from_x18(quantity_x18),
            price: Price::from_x18(price_x18),
            trigger_price: trigger_price_x18.map(Price::from_x18),
        };
        self.act(Command::Modify(Change {
            client_id: (client_id != 0).then_some(ClientId(client_id)),
            instrument: InstrumentId(target.0),
            venue_order_id: VenueOrderId(target.1),
            terms,
            filled: BaseQty::from_x18(filled_x18),
        }))
    }

    #[pyo3(signature = (target, client_id, order, unfilled_x18=-1))]
    fn cancel_and_place(
        &self,
        target: (u32, String),
        client_id: u64,
        order: OrderTuple,
        unfilled_x18: i128,
    ) -> PyResult<u64> {
        let cancel = self::target(target.0, target.1, client_id, false);
        let unfilled = (unfilled_x18 >= 0).then(|| BaseQty::from_x18(unfilled_x18));
        self.act(Command::CancelAndPlace { cancel, unfilled, place: self::order(order)? })
    }

    fn query_order(&self, instrument: u32, venue_order_id: String) -> PyResult<u64> {
        self.ask(Query::Order { instrument: InstrumentId(instrument), venue_order_id: VenueOrderId(venue_order_id) })
    }

    #[pyo3(signature = (instrument=-1))]
    fn query_open_orders(&self, instrument: i64) -> PyResult<u64> {
        self.ask(Query::OpenOrders { instrument: instrument_or_all(instrument)? })
    }

    #[pyo3(signature = (instrument=-1, venue_order_id="", since_s=-1, limit=500))]
    fn query_fills(&self, instrument: i64, venue_order_id: &str, since_s: i64, limit: u32) -> PyResult<u64> {
        self.ask(Query::Fills {
            instrument: instrument_or_all(instrument)?,
            venue_order_id: (!venue_order_id.is_empty()).then(|| VenueOrderId(venue_order_id.into())),
            since_s: u64::try_from(since_s).ok(),
            limit,
        })
    }

    #[pyo3(signature = (instrument=-1, venue_order_ids=Vec::new()))]
    fn query_waiting_orders(&self, instrument: i64, venue_order_ids: Vec<String>) -> PyResult<u64> {
        let venue_order_ids = venue_order_ids.into_iter().map(VenueOrderId).collect();
        self.ask(Query::WaitingOrders { instrument: instrument_or_all(instrument)?, venue_order_ids })
    }

    #[pyo3(signature = (instrument=-1, since_s=-1, limit=500))]
    fn query_order_history(&self, instrument: i64, since_s: i64, limit: u32) -> PyResult<u64> {
        let (instrument, since_s) = (instrument_or_all(instrument)?, u64::try_from(since_s).ok());
        self.ask(Query::OrderHistory { instrument, since_s, limit })
    }

    #[pyo3(signature = (name, params="{}"))]
    fn query_document(&self, name: &str, params: &str) -> PyResult<u64> {
        self.ask(Query::Document { name: name.into(), params: params.into() })
    }

    fn account_message(&self, name: &str, fields: &str) -> PyResult<u64> {
        self.act(Command::Account { name: name.into(), fields: fields.into() })
    }

    fn query_positions(&self) -> PyResult<u64> {
        self.ask(Query::Positions)
    }

    fn query_account(&self) -> PyResult<u64> {
        self.ask(Query::Account)
    }

    #[pyo3(signature = (instrument, depth=100))]
    fn query_book(&self, instrument: u32, depth: u32) -> PyResult<u64> {
        self.ask(Query::BookSnapshot { instrument: InstrumentId(instrument), depth })
    }

    #[pyo3(signature = (instrument, limit=100))]
    fn query_trades(&self, instrument: u32, limit: u32) -> PyResult<u64> {
        self.ask(Query::Trades { instrument: InstrumentId(instrument), limit })
    }

    #[pyo3(signature = (instrument, granularity_s, end_s=-1, limit=100))]
    fn query_bars(&self, instrument: u32, granularity_s: u32, end_s: i64, limit: u32) -> PyResult<u64> {
        self.ask(Query::Bars {
            instrument: InstrumentId(instrument),
            granularity_s,
            end_s: u64::try_from(end_s).ok(),
            limit,
        })
    }

    #[pyo3(signature = (instrument, start_s=-1, end_s=-1, limit=100))]
    fn query_funding_rates(&self, instrument: u32, start_s: i64, end_s: i64, limit: u32) -> PyResult<u64> {
        self.ask(Query::FundingRates {
            instrument: InstrumentId(instrument),
            start_s: u64::try_from(start_s).ok(),
            end_s: u64::try_from(end_s).ok(),
            limit,
        })
    }

    fn query_reference_prices(&self, instruments: Vec<u32>) -> PyResult<u64> {
        self.ask(Query::ReferencePrices { instruments: instruments.into_iter().map(InstrumentId).collect() })
    }

    fn query_statuses(&self) -> PyResult<u64> {
        self.ask(Query::Statuses)
    }

    fn query_open_interest(&self) -> PyResult<u64> {
        self.ask(Query::OpenInterest)
    }

    fn query_server_time(&self) -> PyResult<u64> {
        self.ask(Query::ServerTime)
    }

    fn venue_order_id(&self, client_id: u64) -> Option<String> {
        self.handle.venue_order_id(ClientId(client_id)).map(|id| id.0)
    }

    fn adopt(
        &self,
        client_id: u64,
        instrument: u32,
        venue_order_id: String,
        filled_x18: i128,
        trade_ids: Vec<String>,
    ) -> PyResult<()> {
        let adoption = Adoption {
            client_id: ClientId(client_id),
            instrument: InstrumentId(instrument),
            venue_order_id: VenueOrderId(venue_order_id),
            filled_x18,
            trade_ids,
        };
        self.handle.send(ClientCommand::Adopt(adoption)).map_err(handle_error)
    }

    fn health(&self, py: Python<'_>) -> PyResult<String> {
        py.detach(|| self.handle.health(HEALTH_TIMEOUT_MS)).map_err(handle_error)
    }
}
