"""What hedgewire asks of Paradex before it streams books (Paradex reference 2.1, 5.2, 5.4)."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from bench.servers import books
from bench.servers.wire import Peer

TESTDATA = Path(__file__).parents[2] / "testdata" / "paradex"


def market(index: int) -> str:
    return "ETH-USD-PERP" if index == 0 else f"C{index:03d}-USD-PERP"


class Paradex:
    """The documented payloads, with as many markets as wanted. ``feed``: ``sbe`` or ``json``, every change; or
    ``snapshots``, the best levels whole, in SBE."""

    def __init__(self, count: int, feed: str) -> None:
        listed = json.loads((TESTDATA / "rest_markets.json").read_text())["results"]
        ether: dict[str, Any] = next(one for one in listed if one["symbol"] == market(0))
        ether |= {"price_tick_size": "0.1", "order_size_increment": "0.001"}
        names = [market(index) for index in range(count)]
        markets = [{**ether, "symbol": name, "base_currency": name.partition("-")[0]} for name in names]
        self._answers = {
            path: (TESTDATA / f"rest_{path.replace('/', '_')}.json").read_bytes()
            for path in ("system/config", "system/state")
        } | {"markets": json.dumps({"results": markets}).encode()}
        self._binary, self._now_ms = feed != "json", time.time_ns() // 1_000_000
        self.frames = books.paradex_frames(names, self._now_ms, self._binary, feed == "snapshots")

    def answer(self, path: str, body: bytes) -> bytes:
        name = path.removeprefix("/v1/").partition("?")[0]
        if name == "system/time":
            return b'{"server_time":"%d"}' % (time.time_ns() // 1_000_000)
        return self._answers.get(name, b'{"results":[]}')

    def hear(self, peer: Peer, message: Any) -> None:
        channel = message["params"].get("channel", "")
        peer.say({"jsonrpc": "2.0", "result": {"channel": channel}, "id": message["id"]})
        if message["method"] == "subscribe" and channel.startswith("order_book."):
            whole = books.paradex_book(books.snapshot(), "s")
            name, start = channel.split(".")[1], books.PARADEX_START
            peer.transport.write(books.paradex_message(name, whole, start, self._now_ms, self._binary))

    on_open = None
