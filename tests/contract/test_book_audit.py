"""The live book against the local Nado's own, compared every few updates over real sockets."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio
from harness import ETH, Harness

from hedgewire.nautilus.rows import Outcome, RowKind, Stream
from hedgewire.simulator.server import LocalVenue


@pytest_asyncio.fixture
async def watchful(venue: LocalVenue) -> AsyncIterator[Harness]:
    async with aiohttp.ClientSession() as session:
        harness = Harness(venue, session, book_check_every=5)
        try:
            assert (await harness.connect())[2] == Outcome.ACCEPTED
            yield harness
        finally:
            await harness.close()


async def test_a_true_book_is_never_said_to_differ(watchful: Harness) -> None:
    assert (await watchful.reply(watchful.client.subscribe(Stream.BOOK, ETH)))[2] == Outcome.ACCEPTED
    seen = 0
    while watchful.health()["counters"]["book_audits"] < 8:
        seen = watchful.rows.index(await watchful.wait(lambda row: row[0] == RowKind.BOOK, start=seen), seen) + 1
    counters = watchful.health()["counters"]
    assert (counters["book_differences"], counters["resnapshots"]) == (0, 0)


@pytest.mark.parametrize("wrong", [-1, "many", 1.5])
async def test_an_interval_that_is_none_is_refused_before_anything_is_opened(venue: LocalVenue, wrong: object) -> None:
    async with aiohttp.ClientSession() as session:
        with pytest.raises(ValueError, match="book_check_every is not a number of updates"):
            Harness(venue, session, book_check_every=wrong)
