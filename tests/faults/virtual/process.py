"""The trading process: the real adapter and the real strategy on NautilusTrader's own engines, all run in step."""

from __future__ import annotations

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

from hedgewire.nautilus import secrets
from hedgewire.nautilus.link import Link
from hedgewire.nautilus.secrets import SecretRef
from hedgewire.nautilus.v1.data import VenueDataClient
from hedgewire.nautilus.v1.execution import VenueExecutionClient
from hedgewire.nautilus.v1.providers import VenueInstrumentProvider
from hedgewire.pair.config import PairStrategyConfig
from hedgewire.pair.strategy import PairStrategy
from hedgewire.venues.nado.config import NadoExecClientConfig, core_settings
from hedgewire.venues.nado.constants import CORE_NAME, NADO_VENUE, RULES

from .loop import VirtualLoop
from .world import World

LEGS = ("ETH-PERP.NADO", "SOL-PERP.NADO")


class Process:
    """One life, from start to kill. The clock of all components is one TestClock that the world moves."""

    def __init__(self, world: World, loop: VirtualLoop, journal: Path, transport: str, pair: dict[str, Any]) -> None:
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
        config = NadoExecClientConfig(
            **world.venue.config,
            private_key_ref=secrets.hold(world.venue.state.keys[0].private_key),
            transport=transport,
        )
        secret = SecretRef(str(config.private_key_ref))
        link = Link(loop, CORE_NAME, core_settings(config), secret, Logger("link"), partial(world.open_client, clock))
        provider = VenueInstrumentProvider(link, NADO_VENUE, config.instrument_provider)
        shared: dict[str, Any] = {
            "loop": loop, "client_id": ClientId("NADO"), "venue": NADO_VENUE, "msgbus": self.msgbus,
            "cache": self.cache, "clock": clock, "link": link, "provider": provider, "connect_timeout_s": 50.0,
        }  # fmt: skip
        self.data_client = VenueDataClient(**shared, reference_poll_s=5.0)
        self.client = VenueExecutionClient(
            **shared, account_id=AccountId("NADO-default"), rules=RULES, slippage_cap_bps=Decimal(50)
        )
        data.register_client(self.data_client)
        execution.register_client(self.client)
        self.strategy = PairStrategy(PairStrategyConfig(instruments=LEGS, journal_path=str(journal), **pair))
        self.strategy.register(trader_id=trader, portfolio=portfolio, msgbus=self.msgbus, cache=self.cache, clock=clock)
        execution.register_oms_type(self.strategy)
        for engine in (data, risk, execution):
            engine.start()

    async def begin(self) -> None:
        """Connect and start. Raises what the adapter raises when the venue cannot be used."""
        await self.client._connect()
        self.client._set_connected(True)
        await self.data_client._connect()
        self.data_client._set_connected(True)
        self.client.start()
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
