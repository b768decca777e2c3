"""Every public stream of the venue can be wanted, is confirmed, and speaks."""

from __future__ import annotations

import asyncio

import pytest
from harness import ETH, Harness

from hedgewire.nautilus.rows import Outcome, RowKind, Stream

BTC = 2
# what a moment of trading brings
SOON = [
    (Stream.BOOK, ETH, 0, RowKind.BOOK),
    (Stream.QUOTES, ETH, 0, RowKind.QUOTE),
    (Stream.BEST_PRICES, -1, 0, RowKind.BEST_PRICES),
    (Stream.TRADES, ETH, 0, RowKind.TRADE),
    (Stream.BARS, ETH, 60, RowKind.BAR),
]
# what has to be waited for: funding every 20 s and every hour, liquidations at their time
LATER = [
    (Stream.FUNDING_RATE, -1, 0),
    (Stream.FUNDING_RATE, ETH, 0),
    (Stream.FUNDING_PAYMENTS, ETH, 0),
    (Stream.LIQUIDATIONS, -1, 0),
    (Stream.LIQUIDATIONS, ETH, 0),
]


@pytest.mark.proves("R003-025")
async def test_every_stream_is_confirmed_and_speaks(line: Harness) -> None:
    wanted = [(stream, instrument, param) for stream, instrument, param, _ in SOON] + LATER
    tickets = [line.client.subscribe(*stream) for stream in wanted]
    replies = await asyncio.gather(*(line.reply(ticket) for ticket in tickets))
    assert {reply[2] for reply in replies} == {Outcome.ACCEPTED}, replies
    for _, _, _, kind in SOON:
        await line.wait(lambda row, kind=kind: row[0] == kind)
    assert line.health()["counters"]["unknown"] == line.health()["counters"]["malformed"] == 0


async def test_best_prices_of_all_products_are_no_quotes(line: Harness) -> None:
    assert (await line.reply(line.client.subscribe(Stream.BEST_PRICES, -1)))[2] == Outcome.ACCEPTED
    for instrument in (BTC, ETH):
        row = await line.wait(lambda row, of=instrument: row[0] == RowKind.BEST_PRICES and row[1] == of)
        assert 0 < row[2] < row[3]
    assert not line.of_kind(RowKind.QUOTE)


async def test_a_stream_that_is_not_offered_so_is_refused_here(line: Harness) -> None:
    for stream, instrument, param, code in [
        (Stream.BEST_PRICES, ETH, 0, "STREAM_INSTRUMENT_UNEXPECTED"),
        (Stream.QUOTES, -1, 0, "STREAM_INSTRUMENT_MISSING"),
        (Stream.FUNDING_PAYMENTS, -1, 0, "STREAM_INSTRUMENT_MISSING"),
        (Stream.BARS, ETH, 61, "STREAM_GRANULARITY_UNKNOWN"),
    ]:
        reply = await line.reply(line.client.subscribe(stream, instrument, param))
        assert (reply[2], reply[3]) == (Outcome.REFUSED_HERE, code)
