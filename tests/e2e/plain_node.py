"""The node of someone who has read only the README, as a program: it buys once at the first quote, then ends.

Its one argument is JSON: ``endpoints`` and ``key`` of a local venue; ``both``, ``exec``: changes to the configurations.
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
from hedgewire.venues.nado import (
    NadoDataClientConfig,
    NadoExecClientConfig,
    NadoLiveDataClientFactory,
    NadoLiveExecClientFactory,
)

ETH = InstrumentId.from_str("ETH-PERP.NADO")


class BuyOnce(Strategy):
    def on_start(self) -> None:
        self.bought = False
        self.subscribe_quote_ticks(ETH)

    def on_quote_tick(self, quote: Any) -> None:
        if not self.bought:
            self.bought = True
            size = self.cache.instrument(ETH).make_qty("0.1")
            self.submit_order(self.order_factory.market(ETH, OrderSide.BUY, size))

    def on_order_filled(self, fill: Any) -> None:
        print(f"bought {fill.last_qty}")
        self.shutdown_system("done")


def main() -> None:
    order = json.loads(sys.argv[1])
    common = {"environment": "local", "endpoints": order["endpoints"]} | order.get("both", {})
    terms = common | {"private_key_ref": hold(order["key"])} | order.get("exec", {})
    node = TradingNode(
        TradingNodeConfig(
            logging=LoggingConfig(log_level="ERROR"),
            data_clients={"NADO": NadoDataClientConfig(**common)},
            exec_clients={"NADO": NadoExecClientConfig(**terms)},
            timeout_post_stop=0.1,
        )
    )
    node.add_data_client_factory("NADO", NadoLiveDataClientFactory)
    node.add_exec_client_factory("NADO", NadoLiveExecClientFactory)
    node.trader.add_strategy(BuyOnce())
    run_node(node)


if __name__ == "__main__":
    main()
