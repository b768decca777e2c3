"""A node without a venue that hears another one through Redis, as a program: says *listening*, then what it has heard.

Its one argument is the port of Redis. It ends when it has heard a quote, a fill and the venue's health.
"""

from __future__ import annotations

import asyncio
import json
import sys

from nautilus_trader.config import (
    DatabaseConfig,
    LiveDataEngineConfig,
    LoggingConfig,
    MessageBusConfig,
    TradingNodeConfig,
)
from nautilus_trader.live.node import TradingNode
from nautilus_trader.model.data import QuoteTick
from nautilus_trader.model.events import OrderFilled
from nautilus_trader.model.identifiers import ClientId

from hedgewire.nautilus.venue_data import VenueHealth

STREAM = "trader-TEST-001:stream"


async def listen(port: int) -> None:
    database = DatabaseConfig(type="redis", host="127.0.0.1", port=port)
    node = TradingNode(
        TradingNodeConfig(
            trader_id="LISTENER-001",
            logging=LoggingConfig(log_level="ERROR"),
            data_engine=LiveDataEngineConfig(external_clients=[ClientId("NADO")]),
            message_bus=MessageBusConfig(database=database, encoding="json", external_streams=[STREAM]),
        ),
        loop=asyncio.get_running_loop(),
    )
    bus = node.kernel.msgbus
    heard: dict[str, str] = {}
    complete = asyncio.Event()

    def hear(what: str, text: object) -> None:
        heard.setdefault(what, str(text))
        if len(heard) == 3:
            complete.set()

    for kind in (QuoteTick, OrderFilled, VenueHealth):
        bus.add_streaming_type(kind)
    bus.subscribe("data.quotes.*", lambda quote: hear("quote", quote.instrument_id))
    bus.subscribe("events.fills.*", lambda fill: hear("fill", fill.trade_id))
    bus.subscribe("data.VenueHealth", lambda health: hear("health", health.client_id))
    node.build()
    running = asyncio.create_task(node.run_async())
    while not node.trader.is_running:  # noqa: ASYNC110  the kernel has no event to wait for
        await asyncio.sleep(0.01)
    print("listening", flush=True)
    try:
        await asyncio.wait_for(complete.wait(), 20)
    finally:
        print(json.dumps(heard), flush=True)
        await node.stop_async()
        running.cancel()


if __name__ == "__main__":
    asyncio.run(listen(int(sys.argv[1])))
