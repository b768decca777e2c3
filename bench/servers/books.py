"""The same book changes in two venues' words: 20 levels a frame, a fifth of them deletions, from one seed.

Shapes: Nado reference 4.4 (book_depth), dYdX reference 3 (v4_orderbook, batched). The book is 3,500 with a tick of 0.1.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from itertools import count
from typing import Any

from bench.servers.wire import frame

DEPTH = 100
MID_TICKS = 35_000
TICK_X18 = 10**17
LOT_X18 = 10**15
LEVELS_A_SIDE = 10
TOUCHED = 40
"""The changes are among this many best levels of a side."""
VARIETY = 512
"""Different frames before they repeat."""

Change = tuple[int, int, int]
"""Side (1 bid, -1 ask), price in ticks of 0.1, size in lots of 0.001 (0: gone)."""


def changes(seed: int) -> Iterator[list[Change]]:
    """Endless: one frame's changes after another."""
    source = random.Random(seed)
    while True:
        made: list[Change] = []
        for side in (1, -1):
            for depth in sorted(source.sample(range(TOUCHED), LEVELS_A_SIDE)):
                size = 0 if source.random() < 0.2 else source.randrange(1, 50_000)
                made.append((side, MID_TICKS - side * (depth + 1), size))
        yield made


def snapshot() -> list[Change]:
    return [(side, MID_TICKS - side * (depth + 1), 5_000) for side in (1, -1) for depth in range(DEPTH)]


def _x18(change: Change) -> list[str]:
    return [str(change[1] * TICK_X18), str(change[2] * LOT_X18)]


def _decimal(change: Change) -> list[str]:
    return [f"{change[1] // 10}.{change[1] % 10}", f"{change[2] / 1000:.3f}" if change[2] else "0"]


def nado_snapshot(product_id: int, timestamp_ns: int) -> dict[str, Any]:
    whole = snapshot()
    return {
        "bids": [_x18(change) for change in whole if change[0] > 0],
        "asks": [_x18(change) for change in whole if change[0] < 0],
        "product_id": product_id,
        "timestamp": str(timestamp_ns),
    }


def nado_frames(products: list[int], start_ns: int, seed: int = 1) -> Iterator[bytes]:
    """Endless frames in turn over the products, each product's chained from ``start_ns`` on (1 us apart)."""
    source = changes(seed)
    bodies = []
    for _ in range(VARIETY):
        made = next(source)
        sides = {
            "bids": [_x18(change) for change in made if change[0] > 0],
            "asks": [_x18(change) for change in made if change[0] < 0],
        }
        bodies.append(json.dumps(sides, separators=(",", ":")).encode()[1:])
    last = dict.fromkeys(products, start_ns)
    for number in count():
        product_id = products[number % len(products)]
        now, before = start_ns + 1_000 * (number + 1), last[product_id]
        last[product_id] = now
        yield frame(
            b'{"type":"book_depth","min_timestamp":"%d","max_timestamp":"%d","last_max_timestamp":"%d","product_id":%d,'
            % (now, now, before, product_id)
            + bodies[number % len(bodies)]
        )


def dydx_snapshot() -> dict[str, Any]:
    whole = snapshot()
    sides = {"bids": 1, "asks": -1}
    return {
        name: [dict(zip(("price", "size"), _decimal(change), strict=True)) for change in whole if change[0] == side]
        for name, side in sides.items()
    }


def dydx_frames(tickers: list[str], seed: int = 1) -> Iterator[bytes]:
    """The same as ``channel_batch_data`` of one level an item, as the indexer batches them."""
    source = changes(seed)
    bodies = []
    for _ in range(VARIETY):
        items = [{"bids" if change[0] > 0 else "asks": [_decimal(change)]} for change in next(source)]
        bodies.append(json.dumps(items, separators=(",", ":")).encode())
    for number in count():
        yield frame(
            b'{"type":"channel_batch_data","connection_id":"c","message_id":%d,"id":"%s","channel":"v4_orderbook",'
            b'"version":"1.0.0","contents":%s}'
            % (number + 10, tickers[number % len(tickers)].encode(), bodies[number % len(bodies)])
        )
