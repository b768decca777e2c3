"""From a row's making on the network thread to its arrival in Python, on asyncio: 1,000 book frames a second.

``wake FRAMES [busy]``. ``busy``: the loop runs Python 20 ms at a time, as a heavy strategy would; then
``network_p99_us`` says how long the network thread needed from the frame's send to the finished row, which a wait
for the GIL would show in.
"""

from __future__ import annotations

import asyncio
import sys
import time
from typing import Any

from bench.work.core_client import CoreClient, Row, local
from bench.work.process import done, go, percentile, server
from hedgewire.nautilus.rows import RowKind, Stream

RATE = 1_000
BUSY_S = 0.020


async def run(frames: int, busy: bool) -> None:
    seen: list[tuple[int, int]] = []
    snapshot, all_seen = asyncio.Event(), asyncio.Event()

    def on_row(row: Row) -> None:
        if row[0] != RowKind.BOOK:
            return
        if row[2]:
            snapshot.set()
            return
        seen.append((row[5], time.time_ns()))
        if len(seen) == frames:
            all_seen.set()

    with server("feed", "nado", 1) as port:
        http, socket = f"http://127.0.0.1:{port}", f"ws://127.0.0.1:{port}"
        endpoints: dict[str, Any] = {
            "gateway_v1": f"{http}/v1",
            "archive_v1": f"{http}/archive/v1",
            "subscriptions_ws": f"{socket}/v1/subscribe",
        }
        client = CoreClient("nado", local(endpoints), None, on_row)
        await client.usable()
        await client.reply(client.core.subscribe(int(Stream.BOOK), 4, 0))
        await snapshot.wait()
        offset_ns = time.time_ns() - time.monotonic_ns()
        sending = asyncio.create_task(go(int(port), frames, RATE))
        while busy and not sending.done():
            until = time.perf_counter() + BUSY_S
            while time.perf_counter() < until:
                pass
            await asyncio.sleep(0)
        sent_ns = await sending
        await all_seen.wait()
    later = seen[len(seen) // 2 :]
    ways = [(came - made) / 1e3 for made, came in later]
    network = [
        (made - sent - offset_ns) / 1e3 for (made, _), sent in zip(later, sent_ns[len(sent_ns) // 2 :], strict=True)
    ]
    done(
        {
            "p50_us": percentile(ways, 0.5),
            "p99_us": percentile(ways, 0.99),
            "network_p50_us": percentile(network, 0.5),
            "network_p99_us": percentile(network, 0.99),
        }
    )


if __name__ == "__main__":
    asyncio.run(run(int(sys.argv[1]), "busy" in sys.argv[2:]))
