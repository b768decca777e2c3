"""A plain NautilusTrader strategy on a local Nado: one market order in, one out. Or on a local Paradex, unchanged.

    hedgewire sim nado --seed 7 --json > venue.json &
    until [ -s venue.json ]; do sleep 0.1; done
    python examples/plain_strategy.py venue.json

Against the real venue: leave `endpoints` out, choose `environment`, and put the key into NADO_PRIVATE_KEY
(PARADEX_PRIVATE_KEY).
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
from hedgewire.venues import nado, paradex


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


def nado_clients(place, account):
    key = hold(account["private_key"])
    return nado.NadoDataClientConfig(**place), nado.NadoExecClientConfig(**place, private_key_ref=key)


def paradex_clients(place, account):
    key = hold(account["l2_private_key"])
    return paradex.ParadexDataClientConfig(**place), paradex.ParadexExecClientConfig(**place, private_key_ref=key)


VENUES = {
    "nado": (
        "ETH-PERP.NADO",
        nado_clients,
        nado.NadoLiveDataClientFactory,
        nado.NadoLiveExecClientFactory,
    ),
    "paradex": (
        "ETH-USD-PERP.PARADEX",
        paradex_clients,
        paradex.ParadexLiveDataClientFactory,
        paradex.ParadexLiveExecClientFactory,
    ),
}


def main() -> None:
    venue = json.loads(Path(sys.argv[1]).read_text())
    symbol, clients, data_factory, exec_factory = VENUES[venue["venue"]]
    instrument_id = InstrumentId.from_str(symbol)
    name = instrument_id.venue.value
    place = {"environment": "local", "endpoints": venue["endpoints"], "chain_id": venue["chain_id"]}
    data, execution = clients(place, venue["accounts"][0])
    node = TradingNode(
        TradingNodeConfig(
            trader_id="EXAMPLE-001",
            logging=LoggingConfig(log_level="WARNING"),
            data_clients={name: data},
            exec_clients={name: execution},
            timeout_post_stop=1.0,
        )
    )
    node.add_data_client_factory(name, data_factory)
    node.add_exec_client_factory(name, exec_factory)
    node.trader.add_strategy(InAndOut(InAndOutConfig(instrument_id=instrument_id, quantity=Decimal("0.1"))))
    run_node(node)


if __name__ == "__main__":
    main()
