"""A plain NautilusTrader strategy on a local Nado: one market order in, one out.

    hedgewire sim nado --seed 7 --json > venue.json &
    until [ -s venue.json ]; do sleep 0.1; done
    python examples/plain_strategy.py venue.json

Against the real venue: leave `endpoints` out, choose `environment`, and put the key into NADO_PRIVATE_KEY.
"""

import json
import sys
from decimal import Decimal
from pathlib import Path

from nautilus_trader.config import LoggingConfig, StrategyConfig, TradingNodeConfig
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


class InAndOutConfig(StrategyConfig, frozen=True):
    instrument_id: InstrumentId
    quantity: Decimal


class InAndOut(Strategy):
    """Buys at the first quote, sells what it holds when the buy has filled, then stops the node."""

    def on_start(self) -> None:
        self.entered = False
        self.subscribe_quote_ticks(self.config.instrument_id)

    def on_quote_tick(self, tick) -> None:
        if not self.entered:
            self.entered = True
            self.market(OrderSide.BUY)

    def on_position_opened(self, event) -> None:
        self.market(OrderSide.SELL)

    def on_position_closed(self, event) -> None:
        print(f"flat again, realised {event.realized_pnl}")
        self.shutdown_system("done")

    def market(self, side: OrderSide) -> None:
        instrument = self.cache.instrument(self.config.instrument_id)
        quantity = instrument.make_qty(self.config.quantity)
        self.submit_order(self.order_factory.market(instrument.id, side, quantity))


def main() -> None:
    venue = json.loads(Path(sys.argv[1]).read_text())
    place = {"environment": "local", "endpoints": venue["endpoints"], "chain_id": venue["chain_id"]}
    key = hold(venue["accounts"][0]["private_key"])
    node = TradingNode(
        TradingNodeConfig(
            trader_id="EXAMPLE-001",
            logging=LoggingConfig(log_level="WARNING"),
            data_clients={"NADO": NadoDataClientConfig(**place)},
            exec_clients={"NADO": NadoExecClientConfig(**place, private_key_ref=key)},
            timeout_post_stop=1.0,
        )
    )
    node.add_data_client_factory("NADO", NadoLiveDataClientFactory)
    node.add_exec_client_factory("NADO", NadoLiveExecClientFactory)
    instrument_id = InstrumentId.from_str("ETH-PERP.NADO")
    node.trader.add_strategy(InAndOut(InAndOutConfig(instrument_id=instrument_id, quantity=Decimal("0.1"))))
    run_node(node)


if __name__ == "__main__":
    main()
