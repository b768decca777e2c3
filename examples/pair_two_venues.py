"""The pair strategy with one coin at two local venues, in a node of your own: two cycles, then the end.

    hedgewire sim nado --seed 7 --json > nado.json &
    hedgewire sim paradex --seed 8 --json > paradex.json &
    until [ -s nado.json ] && [ -s paradex.json ]; do sleep 0.1; done
    python examples/pair_two_venues.py nado.json paradex.json

The legs are equal in coins, and the second one is sized from the first one's fills. If one venue goes down, the leg
at the other is closed and the run ends with a halt that names what is open.
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
from hedgewire.venues import nado, paradex


def place_of(venue) -> dict:
    return {"environment": "local", "endpoints": venue["endpoints"], "chain_id": venue["chain_id"]}


def main() -> None:
    on_nado, on_paradex = (json.loads(Path(file).read_text()) for file in sys.argv[1:])
    nado_key = hold(on_nado["accounts"][0]["private_key"])
    paradex_key = hold(on_paradex["accounts"][0]["l2_private_key"])
    node = TradingNode(
        TradingNodeConfig(
            trader_id="EXAMPLE-003",
            logging=LoggingConfig(log_level="ERROR"),
            data_clients={
                "NADO": nado.NadoDataClientConfig(**place_of(on_nado)),
                "PARADEX": paradex.ParadexDataClientConfig(**place_of(on_paradex)),
            },
            exec_clients={
                "NADO": nado.NadoExecClientConfig(**place_of(on_nado), private_key_ref=nado_key),
                "PARADEX": paradex.ParadexExecClientConfig(**place_of(on_paradex), private_key_ref=paradex_key),
            },
            timeout_post_stop=1.0,
        )
    )
    node.add_data_client_factory("NADO", nado.NadoLiveDataClientFactory)
    node.add_exec_client_factory("NADO", nado.NadoLiveExecClientFactory)
    node.add_data_client_factory("PARADEX", paradex.ParadexLiveDataClientFactory)
    node.add_exec_client_factory("PARADEX", paradex.ParadexLiveExecClientFactory)
    pair = PairStrategyConfig(
        instruments=("ETH-PERP.NADO", "ETH-USD-PERP.PARADEX"),
        neutral="quantity",
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
        sys.exit(1)  # the reason was printed: a guard, a venue, or Ctrl-C


if __name__ == "__main__":
    main()
