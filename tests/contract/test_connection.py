"""Connecting, losing the connection, coming back."""

from __future__ import annotations

import pytest
from harness import ETH, Harness

from hedgewire.nautilus.rows import Outcome, RowKind, SocketState, Stream, StreamState
from hedgewire.simulator.server import LocalVenue


@pytest.mark.proves("R003-1.2.1", "R003-1.2.2", "R003-1.2.3", "R003-1.5.1", "R003-1.5.4", "R001-16", "R000-60")
async def test_connects_with_deflate_logged_in_and_caught_up(line: Harness) -> None:
    states = [row[2] for row in line.of_kind(RowKind.SOCKET)]
    assert states == [
        SocketState.CONNECTING,
        SocketState.CONNECTED,
        SocketState.AUTHENTICATING,
        SocketState.DEGRADED,
        SocketState.AUTHENTICATED,
    ]
    kinds = [row[0] for row in line.rows]
    assert kinds.index(RowKind.CATCH_UP) < kinds.index(RowKind.REPLY)
    assert {row[2] for row in line.of_kind(RowKind.INSTRUMENT)} >= {"ETH-PERP", "SOL-PERP", "BTC-PERP"}
    health = line.health()
    assert health["status"] == {"websocket": "connected", "rest": "available"}
    assert health["sockets"][0]["deflate"].startswith("permessage-deflate")
    assert line.key[2:] not in line.client.health()


@pytest.mark.proves("R003-1.2.6", "R003-1.5.3", "R003-1.5.6", "R003-1.6.5", "R003-026", "R000-54", "R000-58")
async def test_reconnects_restores_streams_and_catches_up(line: Harness) -> None:
    line.client.subscribe(Stream.BOOK, ETH)
    await line.wait(lambda row: row[0] == RowKind.BOOK and row[2])
    start = len(line.rows)
    await line.fault("disconnect", socket="subscriptions")
    await line.wait(lambda row: row[0] == RowKind.SOCKET and row[2] == SocketState.RECONNECTING, start=start)
    assert line.health()["status"]["websocket"] == "disconnected"
    await line.wait(lambda row: row[0] == RowKind.SOCKET and row[2] == SocketState.AUTHENTICATED, start=start)
    after = line.rows[start:]
    assert any(row[0] == RowKind.CATCH_UP for row in after)
    assert any(row[0] == RowKind.BOOK and row[2] for row in after), "the book must start again from a snapshot"
    metrics = line.health()["metrics"]
    assert (metrics["failure_count"], metrics["failover_count"]) == (1, 1)
    assert metrics["recovery_time_ms"] >= 1000


@pytest.mark.proves("R003-023")
async def test_a_book_gap_is_healed_by_a_snapshot(line: Harness) -> None:
    line.client.subscribe(Stream.BOOK, ETH)
    await line.wait(lambda row: row[0] == RowKind.BOOK and row[2])
    # The first update after a snapshot has no predecessor that could be missing.
    await line.wait(lambda row: row[0] == RowKind.BOOK and not row[2])
    start = len(line.rows)
    await line.fault("book_gap", product_id=ETH, count=1)
    await line.wait(lambda row: row[0] == RowKind.NOTICE and "Gap" in row[2], start=start)
    await line.wait(lambda row: row[0] == RowKind.BOOK and row[2], start=start)
    assert line.health()["counters"]["gaps"] == 1


@pytest.mark.proves("R003-049")
async def test_a_silent_stream_is_reported_although_the_socket_lives(line: Harness) -> None:
    line.client.subscribe(Stream.BOOK, ETH)
    await line.wait(lambda row: row[0] == RowKind.BOOK and row[2])
    await line.fault("silent_stream", stream="book_depth")
    stale = await line.wait(lambda row: row[0] == RowKind.STREAM and row[4] == StreamState.STALE)
    assert stale[1:3] == (Stream.BOOK, ETH)
    start = len(line.rows)
    await line.clear_faults()
    await line.wait(
        lambda row: row[0] == RowKind.STREAM and row[4] == StreamState.ACTIVE and row[2] == ETH, start=start
    )


async def test_a_contradicted_configuration_is_rejected_with_the_whole_story(venue: LocalVenue, made: Harness) -> None:
    wrong = Harness(venue, made.session, chain_id=57073)
    try:
        reply = await wrong.connect()
        assert reply[2] == Outcome.REJECTED
        assert "57073" in reply[4]
        assert "hint:" in reply[4]
    finally:
        await wrong.close()


@pytest.mark.proves("R003-1.1.6")
async def test_an_unavailable_query_is_neither_yes_nor_no(line: Harness) -> None:
    await line.fault("query_unavailable")
    reply = await line.reply(line.client.query_positions())
    assert reply[2] == Outcome.UNAVAILABLE
    assert reply[5] == []


async def test_close_is_final_and_may_be_repeated(line: Harness) -> None:
    line.client.close()
    line.client.close()
    with pytest.raises(RuntimeError, match="closed"):
        line.client.query_account()
