"""The trading process: the real adapter and the real strategy on NautilusTrader's own engines, all run in step."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

from nautilus_trader.cache.cache import Cache
from nautilus_trader.common.component import Logger, MessageBus, TestClock
from nautilus_trader.data.engine import DataEngine
from nautilus_trader.execution.engine import ExecutionEngine
from nautilus_trader.model.identifiers import AccountId, ClientId, TraderId
from nautilus_trader.portfolio.portfolio import Portfolio
from nautilus_trader.risk.engine import RiskEngine

from hedgewire.cli.demo_legs import neutral_of
from hedgewire.nautilus import secrets
from hedgewire.nautilus.link import Link
from hedgewire.nautilus.v1.data import VenueDataClient
from hedgewire.nautilus.v1.execution import VenueExecutionClient
from hedgewire.nautilus.v1.factories import VenueSide
from hedgewire.nautilus.v1.providers import VenueInstrumentProvider
from hedgewire.pair.config import PairStrategyConfig
from hedgewire.pair.strategy import PairStrategy
from hedgewire.venues.nado import NadoExecClientConfig, NadoLiveExecClientFactory
from hedgewire.venues.paradex import ParadexDataClientConfig, ParadexExecClientConfig, ParadexLiveExecClientFactory

from .loop import VirtualLoop
from .venue import VirtualVenue
from .world import World

POLL_S = 5.0
SLIPPAGE_CAP_BPS = Decimal(50)


class Process:
    """One life, from start to kill. The clock of all components is one TestClock that the world moves."""

    def __init__(
        self, world: World, loop: VirtualLoop, journal: Path, transport: str, encoding: str, pair: dict[str, Any]
    ) -> None:
        self.world = world
        self.loop = loop
        self.clock = clock = TestClock()
        clock.set_time(world.now_ns())
        trader = TraderId("TEST-001")
        self.msgbus = MessageBus(trader_id=trader, clock=clock)
        self.cache = Cache()
        portfolio = Portfolio(msgbus=self.msgbus, cache=self.cache, clock=clock)
        data = DataEngine(msgbus=self.msgbus, cache=self.cache, clock=clock)
        execution = ExecutionEngine(msgbus=self.msgbus, cache=self.cache, clock=clock)
        risk = RiskEngine(portfolio=portfolio, msgbus=self.msgbus, cache=self.cache, clock=clock)
        self.clients: list[tuple[VenueExecutionClient, VenueDataClient]] = []
        for venue in world.venues.values():
            self.clients.append(self._clients(venue, transport, encoding))
            data.register_client(self.clients[-1][1])
            execution.register_client(self.clients[-1][0])
        legs = tuple(leg.instrument for leg in world.pair)
        self.strategy = PairStrategy(
            PairStrategyConfig(instruments=legs, neutral=neutral_of(world.pair), journal_path=str(journal), **pair)
        )
        self.strategy.register(trader_id=trader, portfolio=portfolio, msgbus=self.msgbus, cache=self.cache, clock=clock)
        execution.register_oms_type(self.strategy)
        for engine in (data, risk, execution):
            engine.start()

    def _clients(
        self, venue: VirtualVenue, transport: str, encoding: str
    ) -> tuple[VenueExecutionClient, VenueDataClient]:
        side, config, settings = SIDES[venue.name](venue, transport, encoding)
        opened = partial(self.world.open_client, self.clock)
        name = side.venue.value
        link = Link(self.loop, side.core_name, settings, side.secret(config), Logger("link"), opened)
        provider = VenueInstrumentProvider(link, side.venue, config.instrument_provider, side.settlement)
        shared: dict[str, Any] = {
            "loop": self.loop, "client_id": ClientId(name), "venue": side.venue, "msgbus": self.msgbus,
            "cache": self.cache, "clock": self.clock, "link": link, "provider": provider, "connect_timeout_s": 50.0,
        }  # fmt: skip
        data = VenueDataClient(**shared, reference_poll_s=POLL_S, funding_interval_s=side.funding_interval_s)
        execution = VenueExecutionClient(
            **shared, account_id=AccountId(f"{name}-{side.account(config)}"), rules=side.rules,
            slippage_cap_bps=SLIPPAGE_CAP_BPS,
        )  # fmt: skip
        return execution, data

    async def begin(self) -> None:
        """Connect and start. Raises what the adapter raises when a venue cannot be used."""
        for execution, data in self.clients:
            await execution._connect()
            execution._set_connected(True)
            await data._connect()
            data._set_connected(True)
            execution.start()
        self.strategy.start()

    def die(self) -> None:
        """What an operating system does after a process: its files, sockets, timers and memory are gone. The garbage
        collector sees neither the clock's callbacks nor the bus's arrays of subscriptions: a whole life would stay."""
        self.world.kill(self.clock)
        if self.strategy.record is not None:
            self.strategy.record.journal.close()
        self.clock.cancel_timers()
        self.clock.register_default_handler(print)
        for subscription in self.msgbus.subscriptions():
            self.msgbus.unsubscribe(subscription.topic, subscription.handler)


Configured = tuple[VenueSide, Any, dict[str, object]]


def _nado(venue: VirtualVenue, transport: str, _encoding: str) -> Configured:
    reference = secrets.hold(venue.private_key)
    config = NadoExecClientConfig(**venue.config, private_key_ref=reference, transport=transport)
    side = NadoLiveExecClientFactory.side
    return side, config, side.place(config) | side.own(config)


def _paradex(venue: VirtualVenue, transport: str, encoding: str) -> Configured:
    reference = secrets.hold(venue.private_key)
    config = ParadexExecClientConfig(**venue.config, private_key_ref=reference, transport=transport)
    side = ParadexLiveExecClientFactory.side
    data = ParadexDataClientConfig(**venue.config, encoding=encoding)
    return side, config, side.place(config) | side.own(config) | side.own(data)


SIDES: dict[str, Callable[[VirtualVenue, str, str], Configured]] = {"nado": _nado, "paradex": _paradex}
"""By venue: what it brings to the shared clients, the account's configuration, and what the core is told."""
