"""The same book changes in three venues' words: 20 levels a frame, a fifth of them deletions, from one seed.

Shapes: Nado reference 4.4 (book_depth), Paradex reference 5.4 and 5.6 (order_book, every change), dYdX reference 3
(v4_orderbook, batched). The book is 3,500 with a tick of 0.1.
"""

from __future__ import annotations

import json
import random
import struct
from collections.abc import Iterator
from itertools import count
from typing import Any

from bench.servers.wire import BINARY, frame
from hedgewire.simulator.wire.paradex import sbe

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


SCHEMA_VERSION = 3
BEST = 15
"""Levels a side in a snapshot (Paradex reference 5.4)."""
PARADEX_START = 14_127_815
"""The sequence number of a snapshot; the next message has the next one."""


def paradex_book(changes_: list[Change], update_type: str) -> dict[str, Any]:
    """The part of a message that says what changed."""
    sides = {1: "BUY", -1: "SELL"}
    made: dict[str, Any] = {"update_type": update_type, "inserts": [], "updates": [], "deletes": []}
    for change in changes_:
        key = "inserts" if update_type == "s" else "updates" if change[2] else "deletes"
        price, size = _decimal(change)
        made[key].append({"side": sides[change[0]], "price": price, "size": size})
    return made


def paradex_message(market: str, book: dict[str, Any], seq_no: int, time_ms: int, binary: bool) -> bytes:
    """One message of a market's book, framed."""
    data = {"seq_no": seq_no, "market": market, "last_updated_at": time_ms, **book}
    if binary:
        encoded = sbe.encode("order_book", data, SCHEMA_VERSION, now_us=time_ms * 1000, seq_no=seq_no)
        assert encoded is not None
        return frame(encoded, BINARY)
    params = {"channel": f"order_book.{market}.deltas", "data": data}
    message = {"jsonrpc": "2.0", "method": "subscription", "params": params}
    return frame(json.dumps(message, separators=(",", ":")).encode())


def snapshots(seed: int) -> Iterator[list[Change]]:
    """Endless: the best levels, whole, as Paradex's usual feed has them."""
    source = random.Random(seed)
    while True:
        yield [
            (side, MID_TICKS - side * (depth + 1), source.randrange(1, 50_000))
            for side in (1, -1)
            for depth in range(BEST)
        ]


def paradex_frames(
    markets: list[str], start_ms: int, binary: bool, whole: bool = False, seed: int = 1
) -> Iterator[bytes]:
    """Endless frames in turn over the markets, each market's numbered from the one behind its snapshot on. ``whole``:
    snapshots instead of changes."""
    source, update_type = (snapshots(seed), "s") if whole else (changes(seed), "d")
    books = [paradex_book(next(source), update_type) for _ in range(VARIETY)]
    cut = _cut_binary if binary else _cut_json
    cuts = {market: [cut(market, book, start_ms) for book in books] for market in markets}
    for number in count():
        market, seq_no = markets[number % len(markets)], PARADEX_START + 1 + number // len(markets)
        before, behind = cuts[market][number % VARIETY]
        yield before + (struct.pack("<q", seq_no) if binary else b"%d" % seq_no) + behind


def _cut_json(market: str, book: dict[str, Any], time_ms: int) -> tuple[bytes, bytes]:
    """What stands before and behind the sequence number, which has eight digits for a long time."""
    before, marker, behind = paradex_message(market, book, PARADEX_START, time_ms, False).partition(b'"seq_no":')
    return before + marker, behind[len(str(PARADEX_START)) :]


def _cut_binary(market: str, book: dict[str, Any], time_ms: int) -> tuple[bytes, bytes]:
    framed = paradex_message(market, book, PARADEX_START, time_ms, True)
    at = framed.index(struct.pack("<q", PARADEX_START))
    return framed[:at], framed[at + 8 :]
