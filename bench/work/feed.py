"""Book frames from a socket to a strategy's callback in a TradingNode.

``feed {nado|paradex-sbe|paradex-json|paradex-snapshots|dydx} FRAMES [RATE [INSTRUMENTS]]``: RATE frames a second, 0 is
flat out. Flat out the clock runs from the first streamed frame to the last one in the callback; at a rate each frame's
way is timed, of the second half. ``growth_mb``: resident memory at the end less that after the first quarter.
"""

from __future__ import annotations

import asyncio
import sys
import time
from typing import Any

from nautilus_trader.model.identifiers import InstrumentId
from nautilus_trader.trading.strategy import Strategy

from bench.work.node import instrument_ids, node
from bench.work.process import Stopwatch, done, go, percentile, rss_mb, server


class Reader(Strategy):
    def __init__(self, instruments: list[InstrumentId], port: int, frames: int, rate: int) -> None:
        super().__init__()
        self._ids, self._port, self._frames, self._rate = instruments, port, frames, rate
        self._waiting = set(instruments)
        self._watch: Stopwatch | None = None
        self._seen = 0
        self._seen_ns: list[int] = []
        self._sent: asyncio.Task[list[int]] | None = None

    def on_start(self) -> None:
        for instrument_id in self._ids:
            self.subscribe_order_book_deltas(instrument_id)

    def on_order_book_deltas(self, deltas: Any) -> None:
        if self._sent is None:
            self._snapshot(deltas.instrument_id)
            return
        if self._rate:
            self._seen_ns.append(time.monotonic_ns())
        elif self._watch is None:
            self._watch = Stopwatch()
        self._seen += 1
        if self._seen == self._frames // 4:
            self._quarter_mb = rss_mb()
        if self._seen == self._frames:
            self._end()

    def _snapshot(self, instrument_id: InstrumentId) -> None:
        self._waiting.discard(instrument_id)
        if not self._waiting:
            self._quarter_mb = rss_mb()
            if self._rate:
                self._watch = Stopwatch()
            self._sent = asyncio.get_running_loop().create_task(go(self._port, self._frames, self._rate))

    def _end(self) -> None:
        assert self._watch is not None
        assert self._sent is not None
        values = {**self._watch.per_item(self._frames), "rss_mb": rss_mb(), "growth_mb": rss_mb() - self._quarter_mb}
        if not self._rate:
            done(values)
        self._sent.add_done_callback(lambda sent: self._latencies(values, sent.result()))

    def _latencies(self, values: dict[str, float], sent_ns: list[int]) -> None:
        ways = [(seen - sent) / 1e3 for sent, seen in zip(sent_ns, self._seen_ns, strict=True)]
        later = ways[len(ways) // 2 :]
        done({**values, "p50_us": percentile(later, 0.5), "p99_us": percentile(later, 0.99)})


def main() -> None:
    venue, frames = sys.argv[1], int(sys.argv[2])
    rate = int(sys.argv[3]) if len(sys.argv) > 3 else 0
    count = int(sys.argv[4]) if len(sys.argv) > 4 else 1
    with server("feed", venue, count) as port:
        made = node(venue, int(port))
        made.trader.add_strategy(Reader(instrument_ids(venue, count), int(port), frames, rate))
        made.build()
        made.run()


if __name__ == "__main__":
    main()
