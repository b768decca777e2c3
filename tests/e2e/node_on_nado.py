"""A real TradingNode on the running loop, over real sockets, against a local Nado in the same process."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import aiohttp
from nautilus_trader.config import LiveExecEngineConfig, LoggingConfig, TradingNodeConfig
from nautilus_trader.live.node import TradingNode
from nautilus_trader.model.enums import OrderSide, TimeInForce
from nautilus_trader.model.identifiers import ClientId, InstrumentId
from nautilus_trader.model.orders import Order
from nautilus_trader.trading.strategy import Strategy

from hedgewire.nautilus.secrets import forget, hold
from hedgewire.nautilus.truth import LinkNotice, topic
from hedgewire.simulator.fixed import x18
from hedgewire.simulator.orders import Order as VenueOrder
from hedgewire.simulator.orders import OrderKind
from hedgewire.simulator.server import LocalVenue
from hedgewire.venues.nado import (
    NADO,
    NADO_VENUE,
    NadoDataClientConfig,
    NadoExecClientConfig,
    NadoLiveDataClientFactory,
    NadoLiveExecClientFactory,
)

sys.path.append(str(Path(__file__).parent.parent / "simulator"))

from nado_client import DEFAULT as DEFAULT
from nado_client import IOC, NadoTestClient

ETH = InstrumentId.from_str("ETH-PERP.NADO")
SOL = InstrumentId.from_str("SOL-PERP.NADO")
ETH_ID, SOL_ID = 4, 8
WAIT_S = 25.0


async def until(condition: Callable[[], Any], what: str | Callable[[], str]) -> Any:
    """The first true value of `condition`; fails after 25 s, saying `what` was missing as it is then. The engine has no
    event to wait for."""
    try:
        async with asyncio.timeout(WAIT_S):
            while not (value := condition()):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            return value
    except TimeoutError:
        missing = what if isinstance(what, str) else what()
        raise AssertionError(f"within {WAIT_S} s there was no: {missing}") from None


class Hand(Strategy):
    """A strategy that does what the test says and remembers what it was told."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[Any] = []
        self.notices: list[LinkNotice] = []

    def on_start(self) -> None:
        self.subscribe_quote_ticks(ETH)
        self.msgbus.subscribe(topic(NADO_VENUE), self.notices.append)

    def on_order_event(self, event: Any) -> None:
        self.seen.append(event)

    def names(self, order: Order) -> list[str]:
        """Names of the order's events so far."""
        return [type(event).__name__ for event in self.seen if event.client_order_id == order.client_order_id]

    def limit(self, below: str | None = None, size: str = "0.5", **terms: Any) -> Order:
        """A buy of ETH, `below` USD under the best bid; None: through the ask."""
        instrument = self.cache.instrument(ETH)
        quote = self.cache.quote_tick(ETH)
        price = quote.ask_price + 5 if below is None else quote.bid_price - Decimal(below)
        return self.order_factory.limit(
            ETH, OrderSide.BUY, instrument.make_qty(size), instrument.make_price(price), **terms
        )

    def ioc(self, size: str = "0.5") -> Order:
        return self.limit(None, size, time_in_force=TimeInForce.IOC)


class Counterparty:
    """Another account, which trades against ours."""

    def __init__(self, client: NadoTestClient) -> None:
        self._client = client

    async def sell(self, price: Any, size: str) -> None:
        """ETH, immediate or cancel."""
        answer = await self._client.place(ETH_ID, str(price), f"-{size}", IOC)
        assert answer["status"] == "success", answer

    def sell_inside(self, price: Any, size: str) -> None:
        """The same while the venue lets nobody in: past its sockets."""
        order = VenueOrder(
            f"0x{time.time_ns():064x}", self._client.sender, ETH_ID, x18(str(price)), -x18(size), OrderKind.IOC, 2**32
        )
        self._client.venue.state.exchange.submit(order)


class Bench:
    """The node, the strategy that drives it, the venue, and another client of the same account."""

    def __init__(self, venue: LocalVenue, node: TradingNode, hand: Hand, other: NadoTestClient) -> None:
        self.venue = venue
        self.node = node
        self.hand = hand
        self.other = other
        self.cache = node.cache
        self.execution: Any = node.kernel.exec_engine._clients[ClientId(NADO)]
        self.data: Any = node.kernel.data_engine._clients[ClientId(NADO)]
        self.counterparty = Counterparty(NadoTestClient(venue, other.session, account=1))

    async def fault(self, name: str, **params: Any) -> None:
        answer = await self.other.control("faults", {"name": name, **params})
        assert "error" not in answer, answer

    async def clear_faults(self) -> None:
        async with self.other.session.delete(f"{self.other.endpoints['control']}/faults") as answer:
            assert answer.status == 200

    async def told(self, order: Order, name: str, times: int = 1) -> Any:
        """The order's event of that name, waited for."""
        await until(
            lambda: self.hand.names(order).count(name) >= times,
            lambda: f"{name} of {order!r}; seen {self.hand.names(order)}",
        )
        return [event for event in self.hand.seen if type(event).__name__ == name
                and event.client_order_id == order.client_order_id][-1]  # fmt: skip

    async def rest(self, below: str = "100", **terms: Any) -> Order:
        """An order that has been accepted and rests."""
        order = self.hand.limit(below, post_only=True, **terms)
        self.hand.submit_order(order)
        await self.told(order, "OrderAccepted")
        return order

    def open_at_venue(self) -> dict[str, Any]:
        """Open orders of our account by digest, as the venue's own books have them."""
        orders = self.venue.state.exchange.orders_of(self.other.sender)
        return {order.order_id: order for order in orders}

    async def position(self) -> Decimal:
        return Decimal(await self.other.position(ETH_ID)) / 10**18

    def net_position(self) -> Decimal:
        """What NautilusTrader believes, all strategies together."""
        positions = self.cache.positions_open(instrument_id=ETH)
        return sum((position.signed_decimal_qty() for position in positions), Decimal(0))


def node_config(
    venue: LocalVenue,
    key_reference: str,
    account: dict[str, Any] | None = None,
    log_to: Path | None = None,
    more: dict[str, Any] | None = None,
    **exec_engine: Any,
) -> TradingNodeConfig:
    descriptor: dict[str, Any] = venue.descriptor
    place = {name: descriptor[name] for name in ("endpoints", "chain_id", "endpoint_address")}
    place |= {"environment": "local", "connect_timeout_s": 20.0}
    return TradingNodeConfig(
        trader_id="TEST-001",
        logging=LoggingConfig(
            log_level="ERROR",
            log_level_file=None if log_to is None else "DEBUG",
            log_directory=None if log_to is None else str(log_to),
        ),
        exec_engine=LiveExecEngineConfig(reconciliation_startup_delay_secs=0, **exec_engine),
        data_clients={NADO: NadoDataClientConfig(**place)},
        exec_clients={NADO: NadoExecClientConfig(**place, private_key_ref=key_reference, **(account or {}))},
        timeout_post_stop=0.1,
        timeout_disconnection=5.0,
        **(more or {}),
    )


@asynccontextmanager
async def running(
    venue: LocalVenue,
    *,
    prepare: Callable[[TradingNode], None] | None = None,
    account: dict[str, Any] | None = None,
    log_to: Path | None = None,
    more: dict[str, Any] | None = None,
    **exec_engine: Any,
) -> AsyncIterator[Bench]:
    """A running node; `prepare` sees it built and not yet started. `account`: more of the execution client's
    configuration, `more`: of the node's. `log_to`: a directory for its DEBUG log."""
    descriptor: dict[str, Any] = venue.descriptor
    reference = hold(descriptor["accounts"][0]["private_key"])
    config = node_config(venue, reference, account, log_to, more, **exec_engine)
    node = TradingNode(config, loop=asyncio.get_running_loop())
    node.add_data_client_factory(NADO, NadoLiveDataClientFactory)
    node.add_exec_client_factory(NADO, NadoLiveExecClientFactory)
    hand = Hand()
    node.trader.add_strategy(hand)
    node.build()
    if prepare is not None:
        prepare(node)
    task = asyncio.create_task(node.run_async())
    async with aiohttp.ClientSession() as session:
        try:
            await until(lambda: node.trader.is_running or task.done(), "running node")
            if task.done():
                task.result()  # why it did not start
            bench = Bench(venue, node, hand, NadoTestClient(venue, session))
            await until(lambda: node.cache.quote_tick(ETH), "first quote")
            yield bench
        finally:
            await node.stop_async()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            forget(reference)
