"""The pair strategy in a node of your own, on a local Nado: two ETH/SOL cycles, then the end.

    hedgewire sim nado --seed 7 --json > venue.json &
    until [ -s venue.json ]; do sleep 0.1; done
    python examples/pair_strategy.py venue.json

Each cycle is written to pair.sqlite as it happens. Limits have no default: you say what you can lose.
"""

import json
import sys
from decimal import Decimal
from pathlib import Path

from nautilus_trader.config import LoggingConfig, TradingNodeConfig
from nautilus_trader.live.node import TradingNode

from hedgewire.nautilus.secrets import hold
from hedgewire.nautilus.v1.run import run_node
from hedgewire.pair.config import PairStrategyConfig
from hedgewire.pair.progress import PROGRESS_TOPIC
from hedgewire.pair.strategy import PairStrategy
from hedgewire.venues.nado import (
    NadoDataClientConfig,
    NadoExecClientConfig,
    NadoLiveDataClientFactory,
    NadoLiveExecClientFactory,
)


def main() -> None:
    venue = json.loads(Path(sys.argv[1]).read_text())
    place = {"environment": "local", "endpoints": venue["endpoints"], "chain_id": venue["chain_id"]}
    key = hold(venue["accounts"][0]["private_key"])
    node = TradingNode(
        TradingNodeConfig(
            trader_id="EXAMPLE-002",
            logging=LoggingConfig(log_level="ERROR"),
            data_clients={"NADO": NadoDataClientConfig(**place)},
            exec_clients={"NADO": NadoExecClientConfig(**place, private_key_ref=key)},
            timeout_post_stop=1.0,
        )
    )
    node.add_data_client_factory("NADO", NadoLiveDataClientFactory)
    node.add_exec_client_factory("NADO", NadoLiveExecClientFactory)
    pair = PairStrategyConfig(
        instruments=("ETH-PERP.NADO", "SOL-PERP.NADO"),
        target_notional_usd=Decimal(500),  # per leg
        max_position_usd=Decimal(1500),  # both legs together
        max_daily_loss_usd=Decimal(20),
        journal_path="pair.sqlite",
        cycles=2,
        hold_ms=500,
    )
    node.trader.add_strategy(PairStrategy(pair))

    reasons: list[str] = []

    def show(message) -> None:
        kind = getattr(message, "kind", None)  # samples of prices and positions come on the same topic
        if kind in ("cycle", "halt", "finished"):
            print(f"{kind}: {message.text}")
        if kind == "finished":
            reasons.append(message.text)
            node.stop()

    node.kernel.msgbus.subscribe(PROGRESS_TOPIC, show)
    run_node(node)
    if reasons != ["completed"]:
        sys.exit(1)  # the reason was printed: a guard, the venue, or Ctrl-C


if __name__ == "__main__":
    main()
