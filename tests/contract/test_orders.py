"""Orders under every fault: one outcome, one fill, never sent twice."""

from __future__ import annotations

from collections import Counter

import pytest
from harness import ONE_X18, Harness, Row

from hedgewire.nautilus.rows import BUY, Kind, Outcome, RowKind, SocketState, Status
from hedgewire.simulator.server import LocalVenue

HALF = ONE_X18 // 2


async def buy(line: Harness) -> tuple[int, int]:
    """A marketable IOC; returns its client id and ticket."""
    _, ask = await line.touch()
    client_id, order = line.order(BUY, Kind.IOC, HALF, ask + 5 * ONE_X18)
    return client_id, line.client.submit([order])


async def fills(line: Harness, client_id: int) -> list[Row]:
    """All fills of the order once they add up to its quantity."""
    await line.wait(lambda _: sum(row[6] for row in line.fills_of(client_id)) >= HALF)
    rows = line.fills_of(client_id)
    assert sum(row[6] for row in rows) == HALF
    assert max(Counter(row[4] for row in rows).values()) == 1, "a trade id came twice"
    return rows


@pytest.mark.proves("R003-1.2.4", "R003-1.4.2", "R003-2.4.5")
async def test_fill_arrives_with_our_id_whatever_comes_first(line: Harness) -> None:
    client_id, ticket = await buy(line)
    sent = await line.wait(lambda row: row[0] == RowKind.SENT and row[2] == client_id)
    outcome = await line.outcome(ticket)
    assert outcome[3] == Outcome.ACCEPTED
    assert sent[3] == outcome[4] == line.client.venue_order_id(client_id)
    assert all(row[2] == sent[3] and row[5] == BUY for row in await fills(line, client_id))


@pytest.mark.proves("R003-1.4.2")
async def test_a_fill_that_beats_the_reply_finds_its_order(line: Harness) -> None:
    await line.fault("late_reply", request="place_order", delay_ms=1500, count=1)
    client_id, ticket = await buy(line)
    await fills(line, client_id)
    assert not [row for row in line.of_kind(RowKind.ORDER_OUTCOME) if row[1] == ticket], "the reply is still on its way"
    assert (await line.outcome(ticket))[3] == Outcome.ACCEPTED


@pytest.mark.parametrize("fault", ["reply_lost", "http_5xx_after"])
async def test_an_accepted_order_without_its_reply_is_unknown_then_found_and_never_resent(
    line: Harness, fault: str
) -> None:
    await line.fault(fault, request="place_order", count=1)
    client_id, ticket = await buy(line)
    assert (await line.outcome(ticket))[3] == Outcome.UNKNOWN
    await fills(line, client_id)
    log = await line.log()
    assert list(log["order_digests"].values()) == [1], log


async def test_an_order_that_never_arrived_is_rejected_only_after_its_window(line: Harness) -> None:
    await line.fault("swallow_request", request="place_order", count=1)
    client_id, ticket = await buy(line)
    unknown = await line.outcome(ticket)
    assert unknown[3] == Outcome.UNKNOWN
    start = line.rows.index(unknown) + 1
    verdict = await line.outcome(ticket, start=start)
    assert verdict[3] == Outcome.REJECTED
    assert verdict[5] == "NOT_FOUND_AFTER_WINDOW"
    assert verdict[8] - unknown[8] > 5 * 10**9, "the order was still valid"
    assert line.fills_of(client_id) == []


@pytest.mark.proves("R003-1.3.5", "R000-61")
@pytest.mark.parametrize("fault", ["duplicate_private", "reorder_private", "delay_private"])
async def test_disturbed_private_streams_give_each_fill_once(line: Harness, fault: str) -> None:
    delay = {"delay_ms": 400} if fault == "delay_private" else {}
    await line.fault(fault, count=6, **delay)
    client_id, _ = await buy(line)
    await fills(line, client_id)
    if fault == "duplicate_private":
        assert line.health()["counters"]["duplicate_fills"] >= 1


@pytest.mark.proves("R003-1.5.5", "R003-070")
async def test_dropped_fills_are_found_by_asking(line: Harness) -> None:
    await line.fault("drop_private")
    client_id, _ = await buy(line)
    await fills(line, client_id)


@pytest.mark.proves("R003-1.3.6", "R003-1.5.2", "R003-2.4.6")
async def test_fills_while_the_streams_are_down_come_by_rest(line: Harness) -> None:
    _, ask = await line.touch()
    start = len(line.rows)
    await line.fault("disconnect", socket="subscriptions")
    await line.wait(lambda row: row[0] == RowKind.SOCKET and row[2] == SocketState.RECONNECTING, start=start)
    client_id, order = line.order(BUY, Kind.LIMIT, HALF, ask + 5 * ONE_X18)
    line.client.submit([order])
    await fills(line, client_id)
    back = [row for row in line.rows[start:] if row[0] == RowKind.SOCKET and row[2] == SocketState.AUTHENTICATED]
    assert back == [], "the fill must not have waited for the streams"
    assert line.health()["counters"]["fallback_polls"] >= 1


@pytest.mark.proves("R000-53")
async def test_throttled_is_a_rejection_and_holds_the_next_request_back(line: Harness) -> None:
    await line.fault("http_429", request="place_order", count=1)
    _, ticket = await buy(line)
    assert (await line.outcome(ticket))[3] == Outcome.REJECTED
    assert line.health()["counters"]["throttled"] == 1


@pytest.mark.proves("R003-1.3.3", "R003-1.4.1", "R003-1.4.4")
async def test_rest_cancel_and_the_update_that_follows(line: Harness) -> None:
    bid, _ = await line.touch()
    client_id, order = line.order(BUY, Kind.POST_ONLY, HALF, bid - 100 * ONE_X18)
    assert (await line.outcome(line.client.submit([order])))[3] == Outcome.ACCEPTED
    venue_order_id = line.client.venue_order_id(client_id)
    assert venue_order_id is not None
    ticket = line.client.cancel([(4, venue_order_id)], [client_id])
    assert (await line.outcome(ticket))[3] == Outcome.ACCEPTED
    # That it was placed may be told later than the reply, but before that it was cancelled.
    update = await line.wait(
        lambda row: row[0] == RowKind.ORDER_UPDATE and row[3] == client_id and row[4] != Status.ACCEPTED
    )
    assert (update[4], update[6]) == (Status.CANCELED, 0)


async def test_a_client_id_is_never_sent_twice(line: Harness) -> None:
    bid, _ = await line.touch()
    _, order = line.order(BUY, Kind.POST_ONLY, HALF, bid - 100 * ONE_X18)
    await line.outcome(line.client.submit([order]))
    refused = await line.outcome(line.client.submit([order]))
    assert (refused[3], refused[5]) == (Outcome.REFUSED_HERE, "ORDER_DUPLICATE_CLIENT_ID")


async def test_an_order_the_venue_forgot_to_cancel_aloud_is_found(line: Harness) -> None:
    bid, _ = await line.touch()
    client_id, order = line.order(BUY, Kind.POST_ONLY, HALF, bid - 100 * ONE_X18)
    await line.outcome(line.client.submit([order]))
    start = len(line.rows)
    await line.fault("disconnect", socket="subscriptions")
    await line.fault("unsolicited_cancel", product_id=4)
    update = await line.wait(lambda row: row[0] == RowKind.ORDER_UPDATE and row[3] == client_id, start=start)
    assert update[4] == Status.CANCELED


@pytest.mark.proves("R000-42")
async def test_a_catch_up_that_failed_forgets_nothing(line: Harness, venue: LocalVenue) -> None:
    """It is repeated until it has succeeded; only then is the connection whole again."""
    _, ask = await line.touch()
    start = len(line.rows)
    await line.fault("query_unavailable", request="archive_matches")
    await line.fault("disconnect", socket="subscriptions")
    await line.wait(lambda row: row[0] == RowKind.SOCKET and row[2] == SocketState.RECONNECTING, start=start)
    client_id, order = line.order(BUY, Kind.LIMIT, HALF, ask + 5 * ONE_X18)
    line.client.submit([order])
    await line.wait(lambda row: row[0] == RowKind.SOCKET and row[2] == SocketState.DEGRADED, start=start)
    failed = venue.state.faults.fired["query_unavailable"]
    await line.wait(lambda _: venue.state.faults.fired["query_unavailable"] >= failed + 2)
    assert line.fills_of(client_id) == []
    assert not [row for row in line.rows[start:] if row[0] == RowKind.SOCKET and row[2] == SocketState.AUTHENTICATED]
    await line.clear_faults()
    await fills(line, client_id)
    await line.wait(lambda row: row[0] == RowKind.SOCKET and row[2] == SocketState.AUTHENTICATED, start=start)
