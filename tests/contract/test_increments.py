"""A core that starts while increments are coarse learns the finer ones that come later, tells them and goes on."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest
from harness import Harness

from hedgewire.nautilus.rows import RowKind, SocketState, Stream
from hedgewire.simulator.server import LocalVenue


@pytest.mark.parametrize(
    ("venue", "config"), [("nado", {}), ("paradex", {}), ("paradex", {"encoding": "json", "book_feed": "every"})]
)
async def test_finer_increments_are_learned_and_the_book_starts_anew(venue: str, config: dict[str, Any]) -> None:
    async with LocalVenue(venue, seed=7) as local, aiohttp.ClientSession() as session:
        line = Harness(local, session, **config)
        try:
            await line.fault("product_change", product_id=line.eth)
            await line.connect()
            for stream in (Stream.BOOK, Stream.QUOTES):
                await line.reply(line.client.subscribe(stream, line.eth))
            await line.wait(lambda row: row[0] == RowKind.BOOK)
            coarse = next(row for row in line.of_kind(RowKind.INSTRUMENT) if row[1] == line.eth)
            start = len(line.rows)
            await line.clear_faults()
            fine = await line.wait(lambda row: row[0] == RowKind.INSTRUMENT and row[1] == line.eth, start=start)
            assert (fine[8] * 10, fine[9] * 10) == (coarse[8], coarse[9])
            assert (fine[6], fine[7]) == (coarse[6] + 1, coarse[7] + 1)
            told = line.rows.index(fine, start)
            book = await line.wait(lambda row: row[0] == RowKind.BOOK, start=told)
            assert book[2], "a snapshot first"
            quote = await line.wait(lambda row: row[0] == RowKind.QUOTE, start=told)
            best = max(price for side, price, _ in zip(*[iter(book[6])] * 3, strict=True) if side > 0)
            assert abs(quote[2] - best) < best // 100, "both at the finer precision"
            states = [row for row in line.of_kind(RowKind.SOCKET) if row[1] == 0]
            if states[-1][2] == SocketState.DEGRADED:
                await line.wait(lambda row: row[:3] == (RowKind.SOCKET, 0, SocketState.AUTHENTICATED), start=told)
            malformed = line.health()["counters"]["malformed"]
            await line.wait(lambda row: row[0] == RowKind.BOOK and row is not book, start=len(line.rows))
            assert line.health()["counters"]["malformed"] == malformed
        finally:
            await line.close()
