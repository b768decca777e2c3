"""Candles built from trades."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from hedgewire.simulator.clock import SECOND_NS
from hedgewire.simulator.orders import Trade

KEPT = 500


@dataclass(slots=True)
class Candle:
    """One bar; prices and base volume x18, start in seconds."""

    product_id: int
    granularity_s: int
    start_s: int
    open: int
    high: int
    low: int
    close: int
    volume: int
    submission_idx: int


class CandleStore:
    """The last bars of every product and granularity; bars without trades do not exist."""

    def __init__(self, granularities_s: tuple[int, ...]) -> None:
        self._granularities_s = granularities_s
        self._bars: dict[tuple[int, int], deque[Candle]] = {}

    def bars(self, product_id: int, granularity_s: int) -> deque[Candle]:
        """Oldest first."""
        return self._bars.setdefault((product_id, granularity_s), deque(maxlen=KEPT))

    def add(self, trade: Trade) -> Iterator[Candle]:
        """Count a trade into every granularity; yields the changed bars."""
        now_s = trade.timestamp_ns // SECOND_NS
        for granularity_s in self._granularities_s:
            bars = self.bars(trade.product_id, granularity_s)
            start_s = now_s // granularity_s * granularity_s
            if not bars or bars[-1].start_s != start_s:
                price = trade.price
                bars.append(Candle(trade.product_id, granularity_s, start_s, price, price, price, price, 0, 0))
            bar = bars[-1]
            bar.high, bar.low = max(bar.high, trade.price), min(bar.low, trade.price)
            bar.close, bar.volume = trade.price, bar.volume + trade.quantity
            bar.submission_idx = trade.submission_idx
            yield bar
