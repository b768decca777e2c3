"""A stand-in core for market data, and a data client on it without a node: what it was given and answered is kept."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from fake_core import X18, FakeCore, now_ns
from nautilus_trader.cache.cache import Cache
from nautilus_trader.common.component import LiveClock, Logger, MessageBus
from nautilus_trader.data.messages import DataResponse
from nautilus_trader.model.identifiers import ClientId, InstrumentId, TraderId, Venue

from hedgewire.nautilus.link import Link
from hedgewire.nautilus.rows import Outcome, RowKind
from hedgewire.nautilus.v1.data import VenueDataClient
from hedgewire.nautilus.v1.providers import VenueInstrumentProvider

VENUE = Venue("NADO")
NUMBER = 2
FIRST = InstrumentId.from_str("P2-PERP.NADO")
SPOT = InstrumentId.from_str("SPOT.NADO")
UNLISTED = InstrumentId.from_str("NONE-PERP.NADO")
S = 1_000_000_000


class MarketCore(FakeCore):
    """`found` answers queries by name; a name in `unavailable` has no answer. `acks`: what subscriptions are told."""

    def __init__(self, perpetuals: int = 3) -> None:
        super().__init__()
        self.perpetuals = perpetuals
        self.found: dict[str, list[tuple[Any, ...]]] = {}
        self.asked: list[tuple[Any, ...]] = []
        self.acks: dict[tuple[int, int], tuple[Outcome, str]] = {}
        self.subscribed: list[tuple[int, int, int]] = []
        self.unsubscribed: list[tuple[int, int, int]] = []
        self.healthy: dict[str, Any] = {}

    def reopen(self) -> None:
        """As a core that is made anew."""
        self.closed, self.fd = False, os.eventfd(0, os.EFD_NONBLOCK)

    def connect(self, timeout_ms: int = 30_000) -> int:
        numbers = [2 * index for index in range(1, self.perpetuals + 1)]
        for number in numbers:
            self.emit(instrument(number, f"P{number}-PERP", "perpetual"))
        self.emit(instrument(1, "SPOT", "spot"))
        return self.reply(next(self.tickets), Outcome.ACCEPTED)

    def subscribe(self, stream: int, instrument: int, param: int = 0) -> int:
        self.subscribed.append((stream, instrument, param))
        outcome, code = self.acks.get((stream, instrument), (Outcome.ACCEPTED, ""))
        ticket = next(self.tickets)
        self.emit((RowKind.REPLY, ticket, outcome, code, "scripted", []))
        return ticket

    def unsubscribe(self, stream: int, instrument: int, param: int = 0) -> int:
        self.unsubscribed.append((stream, instrument, param))
        return self.reply(next(self.tickets), Outcome.ACCEPTED)

    def _ask(self, what: str, *terms: Any) -> int:
        self.asked.append((what, *terms))
        return self.answer(what, self.found.get(what, []))

    def query_trades(self, number: int, limit: int) -> int:
        return self._ask("trades", number, limit)

    def query_bars(self, number: int, seconds: int, end_s: int, limit: int) -> int:
        return self._ask("bars", number, seconds, end_s, limit)

    def query_funding_rates(self, number: int, start_s: int, end_s: int, limit: int) -> int:
        return self._ask("funding", number, start_s, end_s, limit)

    def query_book(self, number: int, depth: int) -> int:
        return self._ask("book", number, depth)

    def query_reference_prices(self, numbers: list[int]) -> int:
        return self._ask("prices", numbers)

    def query_statuses(self) -> int:
        return self._ask("statuses")

    def query_open_interest(self) -> int:
        return self._ask("open_interest")

    def health(self) -> str:
        return json.dumps(self.healthy)


def instrument(number: int, symbol: str, kind: str) -> tuple[Any, ...]:
    return (
        RowKind.INSTRUMENT, number, symbol, kind, symbol.removesuffix("-PERP"), "USDT0", 1, 3, X18 // 10, X18 // 1000,
        100 * X18, 0, 0, X18 // 10, X18 // 20, "live", False,
    )  # fmt: skip


def trade_row(number: int, at_ns: int, trade_id: str = "7", price: int = 30_000, size: int = 5) -> tuple[Any, ...]:
    return (RowKind.TRADE, number, price, size, 1, trade_id, at_ns, now_ns())


def bar_row(number: int, open_ns: int, close: int = 30_000, seconds: int = 60) -> tuple[Any, ...]:
    return (RowKind.BAR, number, seconds, 30_000, 30_010, 29_990, close, 12, open_ns, now_ns())


class Rig:
    """A data client, its core, and what NautilusTrader's engine got from it."""

    def __init__(self, core: MarketCore, poll_s: float) -> None:
        loop = asyncio.get_running_loop()
        clock = LiveClock()
        bus = MessageBus(TraderId("TEST-001"), clock)
        self.core = core
        self.given: list[Any] = []
        self.answers: list[DataResponse] = []
        self.refused: list[str] = []
        bus.register("DataEngine.process", self.given.append)
        bus.register("DataEngine.response", self.answers.append)
        self.link = Link(loop, "nado", {}, None, Logger("link"), lambda *_: core)
        provider = VenueInstrumentProvider(self.link, VENUE)
        self.client = VenueDataClient(
            loop, ClientId("NADO"), VENUE, bus, Cache(), clock, self.link, provider, 5.0, poll_s
        )
        self.client._not_offered = self.refused.append

    async def connect(self) -> None:
        await self.client._connect()

    def of(self, kind: type) -> list[Any]:
        return [one for one in self.given if type(one) is kind]

    async def until(self, condition: Callable[[], Any]) -> None:
        async with asyncio.timeout(5):
            while not condition():  # noqa: ASYNC110  the bus has no event for it
                await asyncio.sleep(0)


@asynccontextmanager
async def rigged(perpetuals: int = 3, poll_s: float = 3600.0, *, connected: bool = True) -> AsyncIterator[Rig]:
    rig = Rig(MarketCore(perpetuals), poll_s)
    if connected:
        await rig.connect()
    try:
        yield rig
    finally:
        await rig.client._disconnect()
