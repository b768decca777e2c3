"""A venue of nothing but books: the answers of Nado, Paradex or dYdX, and frames replayed when told to.

``python -m bench.servers.feed {nado|paradex-sbe|paradex-json|paradex-snapshots|dydx} [INSTRUMENTS]`` prints its port.
``POST /go {"frames": n, "rate": r}`` sends n frames to the last socket, r a second (0: as fast as they are taken), and
answers with the moment of each send (monotonic, nanoseconds; empty when flat out).
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from itertools import islice
from typing import Any

from bench.servers import books
from bench.servers.paradex import Paradex
from bench.servers.wire import Peer, Request, response, serve

BLOCK = 64
X18 = 10**18


def nado_product(index: int) -> tuple[int, str]:
    return 2 * index + 4, "ETH-PERP" if index == 0 else f"C{index:03d}-PERP"


class Nado:
    """The queries of a client without a key (Nado reference 1.2, 2.4, 5)."""

    def __init__(self, count: int) -> None:
        weights = {
            "long_weight_initial_x18": str(X18 * 975 // 1000),
            "short_weight_initial_x18": str(X18 * 1025 // 1000),
            "long_weight_maintenance_x18": str(X18 * 9875 // 10_000),
            "short_weight_maintenance_x18": str(X18 * 10_125 // 10_000),
        }
        symbols, products = {}, []
        for index in range(count):
            product_id, symbol = nado_product(index)
            symbols[symbol] = {
                "type": "perp",
                "product_id": product_id,
                "symbol": symbol,
                "price_increment_x18": str(books.TICK_X18),
                "size_increment": str(books.LOT_X18),
                "min_size": str(100 * X18),
                "maker_fee_rate_x18": str(X18 // 10_000),
                "taker_fee_rate_x18": str(X18 // 3_000),
                "long_weight_initial_x18": weights["long_weight_initial_x18"],
                "long_weight_maintenance_x18": weights["long_weight_maintenance_x18"],
                "max_open_interest_x18": None,
                "trading_status": "live",
                "isolated_only": False,
            }
            products.append(
                {
                    "product_id": product_id,
                    "oracle_price_x18": str(3_500 * X18),
                    "risk": {**weights, "price_x18": str(3_500 * X18)},
                    "state": {
                        "cumulative_funding_long_x18": "0",
                        "cumulative_funding_short_x18": "0",
                        "available_settle": "0",
                        "open_interest": "0",
                    },
                    "book_info": {
                        "size_increment": str(books.LOT_X18),
                        "price_increment_x18": str(books.TICK_X18),
                        "min_size": str(100 * X18),
                        "collected_fees": "0",
                    },
                }
            )
        self._data: dict[str, Any] = {
            "contracts": {"chain_id": "763373", "endpoint_addr": "0x698d87105274292b5673367dec81874ce3633ac2"},
            "status": "active",
            "symbols": {"symbols": symbols},
            "all_products": {"spot_products": [], "perp_products": products},
        }
        self._start_ns = time.time_ns()
        self.frames = books.nado_frames([nado_product(index)[0] for index in range(count)], self._start_ns)

    def answer(self, path: str, body: bytes) -> bytes:
        question = json.loads(body or b"{}")
        kind = question.get("type")
        if kind == "time":
            return json.dumps({"status": "success", "server_time": str(time.time_ns() // 1_000_000)}).encode()
        if kind == "market_liquidity":
            data: Any = books.nado_snapshot(question["product_id"], self._start_ns)
        else:
            data = self._data[kind]
        return json.dumps({"status": "success", "data": data, "request_type": f"query_{kind}"}).encode()

    def hear(self, peer: Peer, message: Any) -> None:
        peer.say({"result": None, "id": message["id"]})

    on_open = None


class Dydx:
    """What the official adapter asks of an indexer before it streams (dYdX reference 2.5, 3)."""

    def __init__(self, count: int) -> None:
        tickers = ["ETH-USD" if index == 0 else f"C{index:03d}-USD" for index in range(count)]
        self.frames = books.dydx_frames(tickers)
        self._markets = {
            ticker: {
                "clobPairId": str(index),
                "ticker": ticker,
                "status": "ACTIVE",
                "oraclePrice": "3500",
                "priceChange24H": "0",
                "volume24H": "0",
                "trades24H": 0,
                "nextFundingRate": "0",
                "initialMarginFraction": "0.02",
                "maintenanceMarginFraction": "0.012",
                "openInterest": "1",
                "atomicResolution": -9,
                "quantumConversionExponent": -9,
                "tickSize": "0.1",
                "stepSize": "0.001",
                "stepBaseQuantums": 1_000_000,
                "subticksPerTick": 100_000,
                "marketType": "CROSS",
                "openInterestLowerCap": "0",
                "openInterestUpperCap": "0",
                "baseOpenInterest": "1",
                "defaultFundingRate1H": "0",
            }
            for index, ticker in enumerate(tickers)
        }

    def answer(self, path: str, body: bytes) -> bytes:
        if path.startswith("/v4/time"):
            return b'{"iso":"2026-11-21T00:00:00.000Z","epoch":1795219200.0}'
        if path.startswith("/v4/height"):
            return b'{"height":"1","time":"2026-11-21T00:00:00.000Z"}'
        return json.dumps({"markets": self._markets}).encode()

    def hear(self, peer: Peer, message: Any) -> None:
        if message.get("type") != "subscribe":
            return
        channel = message["channel"]
        reply = {"type": "subscribed", "connection_id": "c", "message_id": 1, "channel": channel}
        if channel == "v4_orderbook":
            peer.say({**reply, "id": message["id"], "contents": books.dydx_snapshot()})
        else:
            peer.say({**reply, "contents": {"markets": self._markets}})

    def on_open(self, peer: Peer) -> None:
        peer.say({"type": "connected", "connection_id": "c", "message_id": 0})


class Feed:
    def __init__(self, venue: Nado | Paradex | Dydx) -> None:
        self.venue = venue
        self._socket: Peer | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def peer(self) -> Peer:
        peer = Peer(self._answer, self._hear)
        peer.on_open = self.venue.on_open
        return peer

    def _hear(self, peer: Peer, message: Any) -> None:
        self._socket = peer
        self.venue.hear(peer, message)

    def _answer(self, peer: Peer, request: Request) -> None:
        if request.path != "/go":
            peer.transport.write(response(self.venue.answer(request.path, request.body)))
            return
        order = json.loads(request.body)
        task = asyncio.create_task(self._replay(peer, order["frames"], order.get("rate", 0)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _replay(self, asker: Peer, count: int, rate: int) -> None:
        socket = self._socket
        assert socket is not None  # the client has subscribed before it says go
        frames = islice(self.venue.frames, count)
        sent_ns: list[int] = []
        if rate:
            start = time.perf_counter()
            for number, one in enumerate(frames):
                # Blocking on purpose: this process has nothing else to do, and the loop's own timers round to 1 ms.
                time.sleep(max(0.0, start + number / rate - time.perf_counter()))  # noqa: ASYNC251
                sent_ns.append(time.monotonic_ns())
                socket.transport.write(one)
        else:
            blocks = []
            while block := b"".join(islice(frames, BLOCK)):
                blocks.append(block)
            for block in blocks:
                await socket.can_write.wait()
                socket.transport.write(block)
        asker.transport.write(response(json.dumps(sent_ns).encode()))


def venue(name: str, count: int) -> Nado | Paradex | Dydx:
    match name.split("-"):
        case ["nado"]:
            return Nado(count)
        case ["paradex", feed]:
            return Paradex(count, feed)
        case _:
            return Dydx(count)


async def main() -> None:
    await serve(Feed(venue(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1)).peer)


if __name__ == "__main__":
    asyncio.run(main())
