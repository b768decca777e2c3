"""The node of someone who has read only the README, as a program: it buys once at the first quote, then ends.

Its one argument is JSON: ``venue``, ``endpoints`` and ``key`` of a local venue; ``both``, ``exec``: changes to the
configurations.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from nautilus_trader.config import LoggingConfig, TradingNodeConfig
from nautilus_trader.live.node import TradingNode
from nautilus_trader.model.enums import OrderSide
from nautilus_trader.model.identifiers import InstrumentId
from nautilus_trader.trading.strategy import Strategy

from hedgewire.nautilus.secrets import hold
from hedgewire.nautilus.v1.run import run_node
from hedgewire.venues import nado, paradex

VENUES: dict[str, Any] = {
    "nado": (
        "ETH-PERP.NADO",
        (nado.NadoDataClientConfig, nado.NadoLiveDataClientFactory),
        (nado.NadoExecClientConfig, nado.NadoLiveExecClientFactory),
    ),
    "paradex": (
        "ETH-USD-PERP.PARADEX",
        (paradex.ParadexDataClientConfig, paradex.ParadexLiveDataClientFactory),
        (paradex.ParadexExecClientConfig, paradex.ParadexLiveExecClientFactory),
    ),
}


class BuyOnce(Strategy):
    def __init__(self, instrument_id: InstrumentId) -> None:
        super().__init__()
        self.instrument_id = instrument_id

    def on_start(self) -> None:
        self.bought = False
        self.subscribe_quote_ticks(self.instrument_id)

    def on_quote_tick(self, quote: Any) -> None:
        if not self.bought:
            self.bought = True
            size = self.cache.instrument(self.instrument_id).make_qty("0.1")
            self.submit_order(self.order_factory.market(self.instrument_id, OrderSide.BUY, size))

    def on_order_filled(self, fill: Any) -> None:
        print(f"bought {fill.last_qty}")
        self.shutdown_system("done")

    def on_order_rejected(self, event: Any) -> None:
        print(f"rejected: {event.reason}")
        self.shutdown_system("rejected")

    def on_order_denied(self, event: Any) -> None:
        print(f"denied: {event.reason}")
        self.shutdown_system("denied")


def main() -> None:
    order = json.loads(sys.argv[1])
    common = {"environment": "local", "endpoints": order["endpoints"]} | order.get("both", {})
    terms = common | {"private_key_ref": hold(order["key"])} | order.get("exec", {})
    symbol, (data_config, data_factory), (exec_config, exec_factory) = VENUES[order["venue"]]
    instrument_id = InstrumentId.from_str(symbol)
    name = instrument_id.venue.value
    node = TradingNode(
        TradingNodeConfig(
            logging=LoggingConfig(log_level="ERROR"),
            data_clients={name: data_config(**common)},
            exec_clients={name: exec_config(**terms)},
            timeout_post_stop=0.1,
        )
    )
    node.add_data_client_factory(name, data_factory)
    node.add_exec_client_factory(name, exec_factory)
    node.trader.add_strategy(BuyOnce(instrument_id))
    run_node(node)


if __name__ == "__main__":
    main()
