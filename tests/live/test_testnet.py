"""The venue's own testnet, public data only. Off unless HEDGEWIRE_LIVE=testnet: other tests stay on loopback."""

from __future__ import annotations

import asyncio
import json
import os

import pytest

from hedgewire import _core
from hedgewire.nautilus.rows import Outcome, RowKind, Stream

ETH = 4
WAIT_S = 60.0

pytestmark = pytest.mark.skipif(
    os.environ.get("HEDGEWIRE_LIVE") != "testnet", reason="talks to the real testnet; set HEDGEWIRE_LIVE=testnet"
)


@pytest.mark.proves("R003-039", "R003-072")
async def test_connects_and_hears_best_prices() -> None:
    client = _core.VenueClient("nado", json.dumps({"environment": "testnet"}), None)
    rows: asyncio.Queue[tuple[object, ...]] = asyncio.Queue()

    def drain() -> None:
        for row in client.drain():
            rows.put_nowait(row)

    async def first(kind: RowKind) -> tuple[object, ...]:
        while (row := await rows.get())[0] != kind:
            pass
        return row

    asyncio.get_running_loop().add_reader(client.wake_fd(), drain)
    try:
        async with asyncio.timeout(WAIT_S):
            client.connect(int(WAIT_S * 1000))
            reply = await first(RowKind.REPLY)
            assert reply[2] == Outcome.ACCEPTED, reply
            client.subscribe(Stream.QUOTES, ETH)
            quote = await first(RowKind.QUOTE)
        assert quote[1] == ETH
    finally:
        asyncio.get_running_loop().remove_reader(client.wake_fd())
        await asyncio.to_thread(client.close)
