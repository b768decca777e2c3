"""A fill from the venue's socket to ``on_order_filled`` of a strategy in a TradingNode.

``fills {nado|paradex} ORDERS [turns]``: so many immediate orders, one after another, each filled at once by the local
venue and added to the position. ``turns``: each opens a position or closes it. The clock runs from the moment the
venue hands the fill's frame to its socket: the venue's own delay is not in it. ``adapter``: until the event was made,
which is where our part ends.
"""

from __future__ import annotations

import json
import sys
import time
import urllib.request
from typing import Any

from nautilus_trader.config import LiveExecEngineConfig, LoggingConfig, TradingNodeConfig
from nautilus_trader.live.node import TradingNode
from nautilus_trader.model.enums import OrderSide, TimeInForce
from nautilus_trader.model.identifiers import InstrumentId
from nautilus_trader.trading.strategy import Strategy

from bench.work.process import done, percentile, server
from hedgewire.nautilus.secrets import hold

INSTRUMENTS = {"nado": "ETH-PERP.NADO", "paradex": "ETH-USD-PERP.PARADEX"}
MOST = 90
"""Below Nado's 100 orders in 10 s, which the core would wait for."""


class Taker(Strategy):
    def __init__(self, instrument_id: InstrumentId, orders: int, turns: bool, stamps_url: str) -> None:
        super().__init__()
        self._id = instrument_id
        self._left, self._turns, self._stamps_url = orders, turns, stamps_url
        self._heard: dict[str, tuple[int, int]] = {}
        self._open: Any = None

    def on_start(self) -> None:
        self.subscribe_quote_ticks(self._id)

    def on_quote_tick(self, quote: Any) -> None:
        if self._open is None:
            self._take(quote)

    def _take(self, quote: Any) -> None:
        instrument = self.cache.instrument(self._id)
        side = OrderSide.SELL if self._turns and self._left % 2 else OrderSide.BUY
        price = quote.ask_price + 50 if side is OrderSide.BUY else quote.bid_price - 50
        size = instrument.make_qty("0.1")
        limit = instrument.make_price(price)
        order = self.order_factory.limit(self._id, side, size, limit, time_in_force=TimeInForce.IOC)
        self._open = order.client_order_id
        self.submit_order(order)

    def on_order_filled(self, fill: Any) -> None:
        now_ns, made_ns = time.monotonic_ns(), fill.ts_init - time.time_ns() + time.monotonic_ns()
        self._heard[str(fill.trade_id).partition("-")[0]] = (now_ns, made_ns)
        if not self.cache.order(fill.client_order_id).is_closed:
            return
        self._left -= 1
        if self._left:
            self._take(self.cache.quote_tick(self._id))
        else:
            self._end()

    def _end(self) -> None:
        with urllib.request.urlopen(self._stamps_url, timeout=10) as answer:
            sent: dict[str, int] = json.load(answer)
        pushed = [(heard, sent[trade]) for trade, heard in self._heard.items() if trade in sent]
        if len(pushed) * 2 < len(self._heard):
            raise RuntimeError(
                f"of {len(self._heard)} fills only {len(pushed)} were pushed: {list(self._heard)[:3]} {list(sent)[:3]}"
            )
        ways = [(heard_ns - sent_ns) / 1e6 for (heard_ns, _), sent_ns in pushed]
        ours = [(made_ns - sent_ns) / 1e6 for (_, made_ns), sent_ns in pushed]
        done(
            {
                "p50_ms": percentile(ways, 0.5),
                "p99_ms": percentile(ways, 0.99),
                "adapter_p50_ms": percentile(ours, 0.5),
                "fills": float(len(pushed)),
            }
        )


def node(venue: str, described: dict[str, Any]) -> TradingNode:
    common = {"environment": "local", "endpoints": described["endpoints"]}
    account = described["accounts"][0]
    data: Any
    execution: Any
    if venue == "nado":
        from hedgewire.venues import nado

        reference = hold(account["private_key"])
        data = nado.NadoDataClientConfig(**common)
        execution = nado.NadoExecClientConfig(**common, private_key_ref=reference)
        factories = nado.NadoLiveDataClientFactory, nado.NadoLiveExecClientFactory
    else:
        from hedgewire.venues import paradex

        reference = hold(account["l2_private_key"])
        data = paradex.ParadexDataClientConfig(**common)
        execution = paradex.ParadexExecClientConfig(**common, private_key_ref=reference)
        factories = paradex.ParadexLiveDataClientFactory, paradex.ParadexLiveExecClientFactory
    name = venue.upper()
    made = TradingNode(
        TradingNodeConfig(
            logging=LoggingConfig(log_level="ERROR"),
            exec_engine=LiveExecEngineConfig(reconciliation_startup_delay_secs=0.0),
            data_clients={name: data},
            exec_clients={name: execution},
        )
    )
    made.add_data_client_factory(name, factories[0])
    made.add_exec_client_factory(name, factories[1])
    return made


def main() -> None:
    venue, count, turns = sys.argv[1], min(int(sys.argv[2]), MOST), "turns" in sys.argv[3:]
    with server("orders", venue, "real") as line:
        described = json.loads(line)
        made = node(venue, described)
        taker = Taker(InstrumentId.from_str(INSTRUMENTS[venue]), count, turns, described["stamps"])
        made.trader.add_strategy(taker)
        made.build()
        made.run()


if __name__ == "__main__":
    main()
