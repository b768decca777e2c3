"""GETs of some 180 bytes of JSON, 50 in flight: ``http {hedgewire|nautilus} REQUESTS``.

Ours is the product's Rust client, which has no face in Python because nothing there needs one; the peer's is the
one that its adapters use, driven from asyncio as it is meant to be.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys

from bench.work.process import BINARY, Stopwatch, report, server

IN_FLIGHT = 50


async def nautilus(url: str, count: int) -> dict[str, float]:
    from nautilus_trader.core.nautilus_pyo3 import HttpClient

    client = HttpClient(timeout_secs=10)
    numbers = iter(range(count))

    async def worker() -> None:
        for _ in numbers:
            answer = await client.get(url)
            assert answer.status == 200

    watch = Stopwatch()
    await asyncio.gather(*(worker() for _ in range(min(IN_FLIGHT, count))))
    return watch.per_item(count)


def main() -> None:
    whose, count = sys.argv[1], int(sys.argv[2])
    with server("orders", "nado", "instant") as line:
        url = json.loads(line)["ping"]
        if whose == "hedgewire":
            print(subprocess.run([BINARY, "http", str(count), url], check=True, capture_output=True, text=True).stdout)
        else:
            report(asyncio.run(nautilus(url, count)))


if __name__ == "__main__":
    main()
