"""A real TradingNode on the local Paradex, and a strategy that does what a test says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import aiohttp
from nautilus_trader.config import LiveExecEngineConfig, LoggingConfig, TradingNodeConfig
from nautilus_trader.live.node import TradingNode
from nautilus_trader.model.enums import OrderSide
from nautilus_trader.model.identifiers import InstrumentId
from nautilus_trader.model.objects import Currency
from nautilus_trader.model.orders import Order
from nautilus_trader.trading.strategy import Strategy
from node_on_nado import until

from hedgewire.nautilus.secrets import forget, hold
from hedgewire.nautilus.truth import LinkNotice, topic
from hedgewire.simulator.server import LocalVenue
from hedgewire.venues.paradex import (
    PARADEX,
    PARADEX_VENUE,
    ParadexDataClientConfig,
    ParadexExecClientConfig,
    ParadexLiveDataClientFactory,
    ParadexLiveExecClientFactory,
)

ETH = InstrumentId.from_str("ETH-USD-PERP.PARADEX")
USDC = Currency.from_str("USDC")


class Hand(Strategy):
    """A strategy that does what the test says and remembers what it was told."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[Any] = []
        self.given: list[Any] = []
        self.notices: list[LinkNotice] = []

    def on_start(self) -> None:
        self.subscribe_quote_ticks(ETH)
        self.msgbus.subscribe(topic(PARADEX_VENUE), self.notices.append)

    def on_order_event(self, event: Any) -> None:
        self.seen.append(event)

    def on_data(self, data: Any) -> None:
        self.given.append(data)

    def names(self, order: Order) -> list[str]:
        return [type(one).__name__ for one in self.seen if one.client_order_id == order.client_order_id]

    def buy(self, away: str, size: str = "0.5", params: dict[str, Any] | None = None, **terms: Any) -> Order:
        """``away``: USD under the best bid; negative: through the ask."""
        instrument, quote = self.cache.instrument(ETH), self.cache.quote_tick(ETH)
        price = instrument.make_price(quote.bid_price - Decimal(away))
        order = self.order_factory.limit(ETH, OrderSide.BUY, instrument.make_qty(size), price, **terms)
        self.submit_order(order, params=params)
        return order

    async def told(self, order: Order, name: str) -> Any:
        await until(lambda: name in self.names(order), lambda: f"{name}, only {self.names(order)}")
        return next(
            one for one in self.seen if type(one).__name__ == name and one.client_order_id == order.client_order_id
        )


class Bench:
    def __init__(self, local: LocalVenue, node: TradingNode, hand: Hand, http: aiohttp.ClientSession) -> None:
        self.local = local
        self.node = node
        self.hand = hand
        self._http = http

    async def control(self, path: str, **body: Any) -> None:
        descriptor: dict[str, Any] = self.local.descriptor
        async with self._http.post(f"{descriptor['endpoints']['control']}/{path}", json=body) as answer:
            assert answer.status == 200, await answer.text()


@asynccontextmanager
async def running(
    local: LocalVenue,
    data: dict[str, Any] | None = None,
    account: dict[str, Any] | None = None,
    engine: LiveExecEngineConfig | None = None,
) -> AsyncIterator[Bench]:
    """``data``, ``account``: more of the two clients' configuration."""
    descriptor: dict[str, Any] = local.descriptor
    place = {"environment": "local"} | {name: descriptor[name] for name in ("endpoints", "chain_id")}
    kind = "l1_private_key" if (account or {}).get("key") == "l1" else "l2_private_key"
    reference = hold(descriptor["accounts"][0][kind])
    config = TradingNodeConfig(
        trader_id="TEST-001",
        logging=LoggingConfig(log_level="ERROR"),
        exec_engine=engine or LiveExecEngineConfig(reconciliation_startup_delay_secs=0),
        data_clients={PARADEX: ParadexDataClientConfig(**place, **(data or {}))},
        exec_clients={PARADEX: ParadexExecClientConfig(**place, private_key_ref=reference, **(account or {}))},
        timeout_post_stop=0.1,
        timeout_disconnection=5.0,
    )
    node = TradingNode(config, loop=asyncio.get_running_loop())
    node.add_data_client_factory(PARADEX, ParadexLiveDataClientFactory)
    node.add_exec_client_factory(PARADEX, ParadexLiveExecClientFactory)
    hand = Hand()
    node.trader.add_strategy(hand)
    node.build()
    task = asyncio.create_task(node.run_async())
    async with aiohttp.ClientSession() as http:
        try:
            await until(lambda: node.cache.quote_tick(ETH) or task.done(), lambda: "first quote")
            yield Bench(local, node, hand, http)
        finally:
            await node.stop_async()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            forget(reference)
