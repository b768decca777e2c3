"""A node of one's own on a local Nado, in few lines: watch one quote, then end.

hedgewire sim nado --seed 7 --json > venue.json &
until [ -s venue.json ]; do sleep 0.1; done
python examples/quick_start.py
"""

import json
from pathlib import Path

from nautilus_trader.config import TradingNodeConfig
from nautilus_trader.live.node import TradingNode
from nautilus_trader.model.identifiers import InstrumentId
from nautilus_trader.trading.strategy import Strategy

from hedgewire.nautilus.secrets import hold
from hedgewire.nautilus.v1.run import run_node
from hedgewire.venues import nado


class Watch(Strategy):
    def on_start(self):
        self.subscribe_quote_ticks(InstrumentId.from_str("ETH-PERP.NADO"))

    def on_quote_tick(self, quote):
        print(f"bid {quote.bid_price}, ask {quote.ask_price}")
        self.shutdown_system("seen")


venue = json.loads(Path("venue.json").read_text())
place = {"environment": "local", "endpoints": venue["endpoints"]}
key = hold(venue["accounts"][0]["private_key"])  # a reference: configurations never hold a key
data, execution = nado.NadoDataClientConfig(**place), nado.NadoExecClientConfig(**place, private_key_ref=key)
node = TradingNode(TradingNodeConfig(data_clients={"NADO": data}, exec_clients={"NADO": execution}))
node.add_data_client_factory("NADO", nado.NadoLiveDataClientFactory)
node.add_exec_client_factory("NADO", nado.NadoLiveExecClientFactory)
node.trader.add_strategy(Watch())
run_node(node)
