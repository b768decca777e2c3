"""Orders one at a time through the core's client: built, signed, sent, the answer parsed and back on the event loop.

``place_hedgewire {nado|paradex} ORDERS [OPEN]``: OPEN orders are placed before the clock starts. The core keeps within
Nado's 100 orders in 10 s, so that ORDERS and OPEN wait for each other above that; only orders that did not wait are
timed. Paradex takes 800 a second.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

from bench.work.core_client import CoreClient, local
from bench.work.process import Stopwatch, done, percentile, server

BUDGET = 95
WINDOW_S = 11.0
ONE_X18 = 10**18


ETH = {"nado": 4, "paradex": 2}
"""The instrument's number at the local venue."""


async def run(venue: str, orders: int, already_open: int) -> None:
    with server("orders", venue, "instant") as line:
        described = json.loads(line)
        place = {name: described[name] for name in ("chain_id", "endpoint_address") if name in described}
        account = described["accounts"][0]
        key = account["private_key"] if venue == "nado" else account["l2_private_key"]
        client = CoreClient(venue, local(described["endpoints"], **place), key, lambda row: None)
        await client.usable()
        client_id = 0
        waits_us: list[float] = []

        async def place_one() -> None:
            nonlocal client_id
            client_id += 1
            start = time.perf_counter_ns()
            order = (client_id, ETH[venue], 1, 3, ONE_X18, 3_000 * ONE_X18, False, False, -1, "")
            row = await client.reply(client.core.submit([order]))
            assert row[3] == 0, row
            waits_us.append((time.perf_counter_ns() - start) / 1e3)

        for _ in range(already_open):
            await place_one()
        if already_open + orders > BUDGET:
            await asyncio.sleep(WINDOW_S)
        waits_us.clear()
        watch = Stopwatch()
        for _ in range(orders):
            await place_one()
        done({**watch.per_item(orders), "p50_us": percentile(waits_us, 0.5), "p99_us": percentile(waits_us, 0.99)})


if __name__ == "__main__":
    asyncio.run(run(sys.argv[1], min(int(sys.argv[2]), BUDGET), int(sys.argv[3]) if len(sys.argv) > 3 else 0))
