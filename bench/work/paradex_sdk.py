"""The venue's own Python client, paradex_py, unmodified, in the environment that it needs.

``paradex_sdk {sign|place|decode} ITEMS``: build, hash and sign an order; its whole round trip to a gateway that answers
at once; read a book frame of 20 levels in SBE.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from bench.work.process import Stopwatch, percentile, report, server

warnings.simplefilter("ignore")

VARIETY = 256


def timed(work: Callable[[int], object], count: int) -> dict[str, float]:
    work(0)
    waits_us: list[float] = []
    watch = Stopwatch()
    for number in range(1, count + 1):
        start = time.perf_counter_ns()
        work(number)
        waits_us.append((time.perf_counter_ns() - start) / 1e3)
    return {**watch.per_item(count), "p50_us": percentile(waits_us, 0.5), "p99_us": percentile(waits_us, 0.99)}


def orders(what: str, count: int) -> dict[str, float]:
    from paradex_py import Paradex
    from paradex_py.common.order import Order, OrderSide, OrderType
    from paradex_py.environment import TESTNET

    with server("orders", "paradex", "instant") as line:
        described = json.loads(line)
        account, endpoints = described["accounts"][0], described["endpoints"]
        client = Paradex(
            env=TESTNET,
            l1_address=account["l1_address"],
            l1_private_key=account["l1_private_key"],
            api_base_url=endpoints["rest"],
            ws_url_override=endpoints["ws"],
            ws_direct_url_override=endpoints["ws"],
        )
        started_ms = time.time_ns() // 1_000_000

        def order(number: int) -> Order:
            return Order(
                market="ETH-USD-PERP",
                order_type=OrderType.Limit,
                order_side=OrderSide.Buy,
                size=Decimal(1),
                limit_price=Decimal(3_000),
                client_id=f"o{number}",
                signature_timestamp=started_ms + number,
            )

        def sign(number: int) -> str:
            return str(client.account.sign_order(order(number)))

        def place(number: int) -> None:
            answer: dict[str, Any] = client.api_client.submit_order(order(number))
            assert answer["status"] == "OPEN"

        return timed(sign if what == "sign" else place, count)


def decode(count: int) -> dict[str, float]:
    from itertools import islice

    from paradex_py.api.sbe.codec import decode_frame

    from bench.servers import books

    framed = islice(books.paradex_frames(["ETH-USD-PERP"], 1_760_000_000_000, binary=True), VARIETY)
    frames = [one[4:] for one in framed]
    assert decode_frame(frames[0])[0] is not None

    watch = Stopwatch()
    for number in range(count):
        decode_frame(frames[number % VARIETY])
    return watch.per_item(count)


def main() -> None:
    what, count = sys.argv[1], int(sys.argv[2])
    report(decode(count) if what == "decode" else orders(what, count))


if __name__ == "__main__":
    main()
