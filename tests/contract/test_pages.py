"""Lookups longer than one page of the archive: whole, in order, each row once; or no answer at all."""

from __future__ import annotations

from dataclasses import replace

from harness import ETH, ONE_X18, Harness, Row

from hedgewire.nautilus.rows import BUY, Kind, Outcome, RowKind

MANY = 1_300


async def with_many_fills(line: Harness) -> None:
    """One real fill, and as many like it as a busy day leaves in the archive."""
    _, ask = await line.touch()
    client_id, order = line.order(BUY, Kind.IOC, ONE_X18 // 10, ask + 5 * ONE_X18)
    line.client.submit([order])
    await line.wait(lambda _: bool(line.fills_of(client_id)))
    archive = line.venue.app.archive
    fill = next(fill for fill in reversed(archive.fills) if fill.order.client_id == client_id)
    for index in range(1, MANY):
        later = fill.submission_idx + 10_000 + index
        archive.fills.append(replace(fill, submission_idx=later, timestamp_ns=fill.timestamp_ns + index))


async def fills(line: Harness, limit: int, since_s: int = 0) -> Row:
    return await line.reply(line.client.query_fills(-1, "", since_s, limit))


async def test_every_fill_of_several_pages_once_and_in_order(line: Harness) -> None:
    await with_many_fills(line)
    reply = await fills(line, 10_000)
    assert (reply[2], {row[0] for row in reply[5]}) == (Outcome.FOUND, {RowKind.FILL})
    ids = [row[4] for row in reply[5]]
    assert len(ids) == len(set(ids)) == MANY
    numbers = [int(trade_id.split("-")[0]) for trade_id in ids]
    assert numbers == sorted(numbers)
    newest = await fills(line, 700)
    assert [row[4] for row in newest[5]] == ids[-700:]


async def test_a_page_that_cannot_be_had_makes_the_whole_answer_unavailable(line: Harness) -> None:
    await with_many_fills(line)
    await line.fault("query_unavailable", request="archive_matches", after=1)
    reply = await fills(line, 10_000)
    assert (reply[2], reply[5]) == (Outcome.UNAVAILABLE, [])
    await line.clear_faults()
    await line.fault("query_unavailable", request="archive_matches", after=1, count=2)
    assert len((await fills(line, 10_000))[5]) == MANY, "two failures of the second page are made good"


async def test_more_than_the_bound_is_refused_here(line: Harness) -> None:
    reply = await fills(line, 10_001)
    assert (reply[2], reply[3]) == (Outcome.REFUSED_HERE, "QUERY_LIMIT_TOO_LARGE")
    bars = await line.reply(line.client.query_bars(ETH, 60, -1, 10_001))
    assert bars[3] == "QUERY_LIMIT_TOO_LARGE"
