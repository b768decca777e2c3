"""The core against the local Paradex, in both encodings and over both ways for orders; neither knows the other's."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import batched
from typing import Any

import aiohttp
import pytest
from harness import ONE_X18, Harness

from hedgewire.nautilus.rows import BUY, SELL, Kind, Outcome, RowKind, Status, Stream, StreamState
from hedgewire.simulator.server import LocalVenue

ETH = 2
HALF, PRICE = ONE_X18 // 2, 3_500 * ONE_X18
WAYS = [("sbe", "ws"), ("sbe", "rest"), ("json", "ws"), ("json", "rest")]


@asynccontextmanager
async def lines(**config: Any) -> AsyncIterator[Harness]:
    """A line that is not connected yet, to a venue of its own."""
    async with LocalVenue("paradex", seed=7) as venue, aiohttp.ClientSession() as session:
        line = Harness(venue, session, **config)
        try:
            yield line
        finally:
            await line.close()


async def placed(line: Harness, side: int, kind: Kind, quantity: int, price: int) -> tuple[int, Any]:
    client_id, order = line.order(side, kind, quantity, price)
    return client_id, await line.outcome(line.client.submit([order]))


def exchange_position(line: Harness) -> int:
    """What the venue itself holds, x18."""
    state = line.venue.state
    return state.ledger.position(state.account(state.default_account(0)), ETH).amount


@pytest.mark.parametrize(("encoding", "transport"), WAYS)
async def test_it_trades_and_both_sides_agree(encoding: str, transport: str) -> None:
    async with lines(encoding=encoding, transport=transport) as line:
        assert (await line.connect())[2] == Outcome.ACCEPTED
        for stream in (Stream.BOOK, Stream.QUOTES, Stream.TRADES):
            await line.reply(line.client.subscribe(stream, ETH))
        book = await line.wait(lambda row: row[0] == RowKind.BOOK)
        assert len(book[6]) == 3 * 30
        bought, outcome = await placed(line, BUY, Kind.IOC, HALF, PRICE * 101 // 100)
        assert outcome[3] == Outcome.ACCEPTED
        fill = await line.wait(lambda row: row[0] == RowKind.FILL and row[3] == bought)
        assert (fill[6], exchange_position(line)) == (HALF, HALF)
        await line.wait(lambda row: row[0] == RowKind.POSITION and row[2] == HALF)
        _, crossing = await placed(line, BUY, Kind.POST_ONLY, HALF, PRICE * 101 // 100)
        assert (crossing[3], crossing[5], crossing[7]) == (Outcome.REJECTED, "POST_ONLY_WOULD_CROSS", True)
        resting, outcome = await placed(line, BUY, Kind.LIMIT, HALF, PRICE * 95 // 100)
        assert outcome[3] == Outcome.ACCEPTED
        await line.outcome(line.client.cancel([(ETH, outcome[4])], [resting]))
        gone = await line.wait(
            lambda row: row[0] == RowKind.ORDER_UPDATE and row[3] == resting and row[4] == Status.CANCELED
        )
        assert gone[7] == "USER_CANCELED"
        _, outcome = await placed(line, SELL, Kind.IOC, HALF, PRICE * 99 // 100)
        assert (outcome[3], exchange_position(line)) == (Outcome.ACCEPTED, 0)
        assert (line.health()["counters"]["malformed"], line.health()["counters"]["unknown"]) == (0, 0)
        assert (await line.log())["recent_failures"] == []


@pytest.mark.parametrize("transport", ["ws", "rest"])
async def test_what_risk_refuses_after_201_is_a_rejection(transport: str) -> None:
    async with lines(transport=transport) as line:
        await line.connect()
        await line.fault("reject_after_accept", count=1, reason="NOT_ENOUGH_MARGIN")
        _, outcome = await placed(line, BUY, Kind.LIMIT, HALF, PRICE * 95 // 100)
        assert (outcome[3], outcome[5]) == (Outcome.REJECTED, "NOT_ENOUGH_MARGIN")
        _, outcome = await placed(line, BUY, Kind.LIMIT, HALF, PRICE * 95 // 100)
        assert outcome[3] == Outcome.ACCEPTED


async def test_a_token_that_is_refused_is_renewed_and_the_order_is_placed_once() -> None:
    async with lines(transport="rest") as line:
        await line.connect()
        await line.fault("token_refused", request="place_order", count=1)
        _, outcome = await placed(line, BUY, Kind.LIMIT, HALF, PRICE * 95 // 100)
        assert outcome[3] == Outcome.ACCEPTED
        assert len(line.venue.app.desk.open) == 1
        assert line.venue.state.log.counts["login"] == 2


@pytest.mark.parametrize("most", [2, 1])
async def test_an_older_schema_is_asked_for_when_the_newest_is_refused(most: int) -> None:
    async with lines(encoding="sbe") as line:
        await line.fault("schema_refused", most=most)
        assert (await line.connect())[2] == Outcome.ACCEPTED
        await line.reply(line.client.subscribe(Stream.TRADES, ETH))
        await line.wait(lambda row: row[0] == RowKind.TRADE)
        assert {connection.version for connection in line.venue.app.connections} <= {most, None}


async def test_frames_of_an_unknown_template_are_passed_over() -> None:
    async with lines(encoding="sbe") as line:
        await line.connect()
        await line.fault("unknown_template", stream="trades", count=1)
        await line.reply(line.client.subscribe(Stream.TRADES, ETH))
        await line.wait(lambda row: row[0] == RowKind.TRADE)
        assert line.health()["counters"]["malformed"] == 0


@pytest.mark.parametrize("encoding", ["sbe", "json"])
async def test_a_book_of_the_throttled_feed_is_the_venues_and_begins_again_when_it_is_lost(encoding: str) -> None:
    async with lines(encoding=encoding, book_feed="throttled") as line:
        await line.connect()
        await line.reply(line.client.subscribe(Stream.BOOK, ETH))
        changed = await line.wait(lambda row: row[0] == RowKind.BOOK and row[3] > first_number(line) + 20)
        assert changed[2], "whole"
        seen = len(line.rows)
        await line.fault("book_restart", product_id=ETH, count=1)
        await line.wait(lambda row: row[0] == RowKind.NOTICE and "its numbers went back" in row[2], start=seen)
        await line.wait(lambda row: row[0] == RowKind.STREAM and row[4] == StreamState.ACTIVE, start=seen)
        again = await line.wait(lambda row: row[0] == RowKind.BOOK and row[3] > changed[3] + 20, start=seen)
        frozen = {"freeze": True, "product_id": ETH}
        async with line.session.post(f"{line.control_url}/liquidity", json=frozen) as answer:
            assert answer.status == 200
        reply = await line.reply(line.client.query_book(ETH, 15))
        (asked,) = [row for row in reply[5] if row[0] == RowKind.BOOK]
        last = await line.wait(lambda row: row[0] == RowKind.BOOK and row[3] >= asked[3], start=line.rows.index(again))
        assert sorted(batched(last[6], 3)) == sorted(batched(asked[6], 3))


def first_number(line: Harness) -> int:
    """Of the first book that was told; before it, none is above."""
    return next((int(row[3]) for row in line.rows if row[0] == RowKind.BOOK), 1 << 62)
