"""A real TradingNode with one of upstream's testers in it, on the running loop, and everything the tester was told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

from nautilus_trader.config import LiveExecEngineConfig, LoggingConfig, TradingNodeConfig
from nautilus_trader.live.node import TradingNode
from nautilus_trader.model.identifiers import ClientId, ClientOrderId
from nautilus_trader.model.objects import Money
from nautilus_trader.model.orders import Order
from nautilus_trader.test_kit.strategies.tester_data import DataTester, DataTesterConfig
from nautilus_trader.test_kit.strategies.tester_exec import ExecTester, ExecTesterConfig

from conformance.bench import Bench
from hedgewire.nautilus import link
from hedgewire.nautilus.truth import LinkNotice, topic

WAIT_S = 20.0


async def until(condition: Callable[[], Any], what: Callable[[], str]) -> None:
    """Wait until it is true. The engine has no event to wait for; what a failure saw is made only then."""
    try:
        async with asyncio.timeout(WAIT_S):
            while not condition():  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    except TimeoutError:
        raise AssertionError(f"not within {WAIT_S:g} s: {what()}") from None


class RecordingDataTester(DataTester):
    """Upstream's tester, unchanged; what each of its handlers receives is remembered."""

    def __init__(self, config: DataTesterConfig) -> None:
        super().__init__(config)
        self.live: list[Any] = []
        self.history: list[Any] = []

    def on_historical_data(self, data: Any) -> None:
        self.history.append(data)
        super().on_historical_data(data)

    def on_instrument_close(self, data: Any) -> None:
        self.live.append(data)


def _remember(name: str) -> Callable[[RecordingDataTester, Any], None]:
    def handler(self: RecordingDataTester, data: Any) -> None:
        self.live.append(data)
        getattr(DataTester, name)(self, data)

    return handler


for _name in (
    "on_instrument",
    "on_order_book_deltas",
    "on_order_book_depth",
    "on_order_book",
    "on_quote_tick",
    "on_trade_tick",
    "on_mark_price",
    "on_index_price",
    "on_instrument_status",
    "on_funding_rate",
    "on_bar",
):
    setattr(RecordingDataTester, _name, _remember(_name))


class Session:
    """One running node. ``events``: every order event of the node, in order, external orders included."""

    def __init__(self, bench: Bench, node: TradingNode, tester: Any) -> None:
        self.bench = bench
        self.node = node
        self.tester = tester
        self.cache = node.cache
        self.events: list[Any] = []
        self.refusals: list[str] = []
        self.notices: list[LinkNotice] = []
        node.kernel.msgbus.subscribe(topic="events.order.*", handler=self.events.append)
        node.kernel.msgbus.subscribe(topic(bench.parameters.instrument_id.venue), self.notices.append)

    @property
    def data_client(self) -> Any:
        return self.node.kernel.data_engine._clients[ClientId(self.bench.parameters.client)]

    def instrument(self) -> Any:
        return self.cache.instrument(self.bench.parameters.instrument_id)

    def orders(self) -> list[Order]:
        """In the order of their first event."""
        ids: dict[ClientOrderId, None] = {event.client_order_id: None for event in self.events}
        return [self.cache.order(client_order_id) for client_order_id in ids]

    def events_of(self, order: Order) -> list[Any]:
        return [event for event in self.events if event.client_order_id == order.client_order_id]

    def position(self) -> Decimal:
        """What NautilusTrader believes, all strategies together."""
        positions = self.cache.positions_open(instrument_id=self.bench.parameters.instrument_id)
        return sum((position.signed_decimal_qty() for position in positions), Decimal(0))

    def balance(self) -> Money:
        """What NautilusTrader believes to own."""
        account = self.cache.account_for_venue(self.bench.parameters.instrument_id.venue)
        return account.balance_total(self.instrument().get_settlement_currency())

    def listen_for_refusals(self) -> None:
        """What the data client says when it is asked for something that the venue does not have."""
        say = self.data_client._not_offered

        def remember(what: str) -> None:
            self.refusals.append(what)
            say(what)

        self.data_client._not_offered = remember


def _node(bench: Bench, *, trades: bool) -> TradingNode:
    link._LINKS.clear()  # a restart is a new process: nothing of an earlier session is shared
    parameters, descriptor = bench.parameters, bench.local.descriptor
    execution = {parameters.client: parameters.exec_config(descriptor, bench.key)} if trades else {}
    config = TradingNodeConfig(
        trader_id="CARD-001",
        logging=LoggingConfig(log_level="OFF"),
        exec_engine=LiveExecEngineConfig(reconciliation_startup_delay_secs=0),
        data_clients={parameters.client: parameters.data_config(descriptor)},
        exec_clients=execution,
        timeout_post_stop=0.05,
        timeout_disconnection=5.0,
    )
    node = TradingNode(config, loop=asyncio.get_running_loop())
    node.add_data_client_factory(parameters.client, parameters.data_factory)
    node.add_exec_client_factory(parameters.client, parameters.exec_factory)
    return node


Before = Iterable[Callable[["Session"], Awaitable[None]]]
"""What happens while the node is built and not yet started."""


@asynccontextmanager
async def _running(session: Session, before: Before) -> AsyncIterator[Session]:
    node = session.node
    node.build()
    session.listen_for_refusals()
    for act in before:
        await act(session)
    task = asyncio.create_task(node.run_async())
    try:
        await until(lambda: node.trader.is_running or task.done(), lambda: "a running node")
        yield session
    finally:
        await node.stop_async()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def execution(bench: Bench, tester: Mapping[str, Any], before: Before = ()) -> AsyncIterator[Session]:
    """A node that trades; `tester` are fields of ExecTesterConfig beyond instrument and size."""
    settings = {"instrument_id": bench.parameters.instrument_id, "order_qty": bench.parameters.size, "log_data": False}
    trader = ExecTester(ExecTesterConfig(**settings | dict(tester)))
    node = _node(bench, trades=True)
    node.trader.add_strategy(trader)
    async with _running(Session(bench, node, trader), before) as session:
        yield session


@asynccontextmanager
async def market_data(bench: Bench, tester: Mapping[str, Any], before: Before = ()) -> AsyncIterator[Session]:
    """A node that only watches; `tester` are fields of DataTesterConfig beyond the instrument."""
    settings: dict[str, Any] = {"instrument_ids": [bench.parameters.instrument_id], "log_data": False}
    watcher = RecordingDataTester(DataTesterConfig(**settings | dict(tester)))
    node = _node(bench, trades=False)
    node.trader.add_actor(watcher)
    async with _running(Session(bench, node, watcher), before) as session:
        yield session
