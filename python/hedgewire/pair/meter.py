"""Latencies that were really measured: venue time to here for fills, sent to acknowledged for orders."""

from __future__ import annotations

from collections import deque
from decimal import Decimal

from hedgewire.pair import vocabulary as v
from hedgewire.pair.metrics import Latencies, percentile

KEPT = 10_000
MEDIAN = Decimal("0.5")


class Meter:
    def __init__(self) -> None:
        self.fills_ms: deque[Decimal] = deque(maxlen=KEPT)
        self.orders_ms: deque[Decimal] = deque(maxlen=KEPT)
        self._sent_ns: dict[str, int] = {}

    def measure(self, event: v.Event, ts_event: int, now_ns: int) -> None:
        elapsed_ms = Decimal(max(0, now_ns - ts_event)) / v.NS_PER_MS
        match event:
            case v.Fill():
                self.fills_ms.append(elapsed_ms)
            case v.OrderSubmitted():
                self._sent_ns[event.order_id] = ts_event
            case v.OrderAccepted() if event.order_id in self._sent_ns:
                self.orders_ms.append(Decimal(max(0, now_ns - self._sent_ns.pop(event.order_id))) / v.NS_PER_MS)
            case v.OrderRejected() | v.OrderDenied():
                self._sent_ns.pop(event.order_id, None)

    def latencies(self) -> Latencies:
        """Medians so far; None where nothing was measured."""
        fills = percentile(self.fills_ms, MEDIAN)
        return Latencies(fills, percentile(self.orders_ms, MEDIAN), fills)
