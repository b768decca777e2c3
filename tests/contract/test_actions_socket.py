"""Orders over the action socket: correlated by id, and unknown when the socket dies before the reply."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest_asyncio
from harness import ETH, ONE_X18, Harness

from hedgewire.nautilus.rows import BUY, Kind, Outcome, RowKind, SocketState
from hedgewire.simulator.server import LocalVenue


@pytest_asyncio.fixture
async def socket_line(venue: LocalVenue) -> AsyncIterator[Harness]:
    async with aiohttp.ClientSession() as session:
        harness = Harness(venue, session, transport="ws")
        try:
            assert (await harness.connect())[2] == Outcome.ACCEPTED
            await harness.wait(lambda row: row[0] == RowKind.SOCKET and row[1] == 1 and row[2] == SocketState.CONNECTED)
            yield harness
        finally:
            await harness.close()


async def test_orders_and_cancels_are_answered_on_the_socket(socket_line: Harness) -> None:
    line = socket_line
    bid, _ = await line.touch()
    sent: list[tuple[int, int]] = []
    for step in range(5):
        client_id, order = line.order(BUY, Kind.POST_ONLY, ONE_X18 // 2, bid - (100 + step) * ONE_X18)
        sent.append((client_id, line.client.submit([order])))
    for client_id, ticket in sent:
        outcome = await line.outcome(ticket)
        assert outcome[2:5] == (client_id, Outcome.ACCEPTED, line.client.venue_order_id(client_id))
    cancel = await line.outcome(line.client.cancel_all(ETH))
    assert cancel[3] == Outcome.ACCEPTED
    assert (await line.log())["connections"]["actions"] == 1


async def test_a_socket_that_dies_before_the_reply_leaves_unknown_then_the_truth(socket_line: Harness) -> None:
    line = socket_line
    _, ask = await line.touch()
    await line.fault("late_reply", request="place_order", delay_ms=5000, count=1)
    client_id, order = line.order(BUY, Kind.IOC, ONE_X18 // 2, ask + 5 * ONE_X18)
    ticket = line.client.submit([order])
    await line.wait(lambda row: row[0] == RowKind.FILL and row[3] == client_id)
    await line.fault("disconnect", socket="actions")
    assert (await line.outcome(ticket))[3] == Outcome.UNKNOWN
    await line.wait(lambda _: sum(row[6] for row in line.fills_of(client_id)) == ONE_X18 // 2)
    assert list((await line.log())["order_digests"].values()) == [1]
