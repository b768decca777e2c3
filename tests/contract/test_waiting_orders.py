"""Orders that wait for a trigger: known before they are sent, never taken for lost, and told of until they end."""

from __future__ import annotations

from typing import Any

import pytest
from harness import ETH, ONE_X18, Harness, Row

from hedgewire import _core
from hedgewire.nautilus.rows import SELL, Kind, Outcome, RowKind, Status, TriggerSource, WaitingState

TENTH = ONE_X18 // 10


async def price_of_eth(line: Harness, price: str) -> None:
    async with line.session.post(f"{line.control_url}/price", json={"symbol": "ETH-PERP", "price": price}) as answer:
        assert answer.status == 200, await answer.text()


async def place(line: Harness, trigger: _core.Trigger, **terms: Any) -> tuple[int, int]:
    """A sale that waits; returns its client id and ticket."""
    bid, _ = await line.touch()
    client_id, order = line.order(SELL, terms.get("kind", Kind.IOC), TENTH, terms.get("price", bid - 50 * ONE_X18))
    return client_id, line.client.submit([order], [trigger])


def below(price: int) -> _core.Trigger:
    return (TriggerSource.ORACLE, False, price * ONE_X18, "", False)


async def waiting(line: Harness, *ids: str) -> Row:
    return await line.reply(line.client.query_waiting_orders(-1, list(ids)))


@pytest.mark.proves("R003-1.4.6")
async def test_a_stop_waits_triggers_and_fills_under_one_id(line: Harness) -> None:
    client_id, ticket = await place(line, below(100))
    sent = await line.wait(lambda row: row[0] == RowKind.SENT and row[2] == client_id)
    outcome = await line.outcome(ticket)
    assert (outcome[3], outcome[4]) == (Outcome.ACCEPTED, sent[3])
    listed = await waiting(line)
    assert [row[0] for row in listed[5]] == [RowKind.WAITING_REPORT]
    report = listed[5][0]
    assert report[1:9] == (ETH, sent[3], client_id, SELL, Kind.IOC, WaitingState.WAITING, report[7], TENTH)
    assert report[11] == below(100)
    assert not line.fills_of(client_id)
    await line.reply(line.client.query_waiting_orders(ETH, []))
    # An audit and a second of silence pass: an order that waits is not an order that vanished.
    assert not [row for row in line.of_kind(RowKind.ORDER_UPDATE) if row[3] == client_id and row[4] > Status.FILLED]


async def test_a_triggered_order_is_an_order_like_any_other(line: Harness) -> None:
    bid, _ = await line.touch()
    high = bid // ONE_X18 + 1000
    client_id, ticket = await place(line, below(high))
    assert (await line.outcome(ticket))[3] == Outcome.ACCEPTED
    await line.wait(lambda _: sum(row[6] for row in line.fills_of(client_id)) == TENTH)
    told = await line.wait(lambda row: row[0] == RowKind.WAITING_REPORT and row[3] == client_id)
    assert told[6] == WaitingState.TRIGGERED


async def test_a_cancel_reaches_it_where_it_waits(line: Harness) -> None:
    client_id, ticket = await place(line, below(100))
    digest = (await line.outcome(ticket))[4]
    cancel = await line.outcome(line.client.cancel([(ETH, digest)], [client_id], waiting=True))
    assert (cancel[2], cancel[3]) == (client_id, Outcome.ACCEPTED)
    update = await line.wait(lambda row: row[0] == RowKind.ORDER_UPDATE and row[3] == client_id)
    assert (update[4], update[7]) == (Status.CANCELED, "user_requested")
    again = await line.outcome(line.client.cancel([(ETH, digest)], [client_id], waiting=True))
    assert (again[3], again[5]) == (Outcome.REJECTED, "2058")


async def test_an_order_that_the_book_refuses_when_triggered_is_told_so(line: Harness) -> None:
    bid, _ = await line.touch()
    client_id, ticket = await place(line, below(bid // ONE_X18 + 1000), kind=Kind.POST_ONLY)
    assert (await line.outcome(ticket))[3] == Outcome.ACCEPTED
    update = await line.wait(lambda row: row[0] == RowKind.ORDER_UPDATE and row[3] == client_id and row[4] > 2)
    assert update[4] == Status.REJECTED
    assert update[7].startswith("2008")


async def test_an_order_follows_another(line: Harness) -> None:
    _, ask = await line.touch()
    entry_id, entry = line.order(1, Kind.IOC, TENTH, ask + 5 * ONE_X18)
    bid, _ = await line.touch()
    stop_id, stop = line.order(SELL, Kind.IOC, TENTH, bid - 50 * ONE_X18)
    resting_id, resting = line.order(1, Kind.POST_ONLY, TENTH, bid - 100 * ONE_X18)
    first = await line.outcome(line.client.submit([resting]))
    trigger = (TriggerSource.ORACLE, True, ONE_X18, first[4], False)
    second = await line.outcome(line.client.submit([stop], [trigger]))
    assert second[3] == Outcome.ACCEPTED
    listed = await waiting(line, second[4])
    assert (listed[5][0][6], listed[5][0][12]) == (WaitingState.WAITING, "waiting_dependency")
    assert listed[5][0][11] == trigger
    del entry_id, entry, stop_id, resting_id


@pytest.mark.parametrize("what", ["mixed", "lengths", "source"])
async def test_what_cannot_be_sent_is_refused_here(line: Harness, what: str) -> None:
    _, order = line.order(SELL, Kind.IOC, TENTH, 3000 * ONE_X18)
    _, other = line.order(SELL, Kind.IOC, TENTH, 3000 * ONE_X18)
    if what == "mixed":
        outcome = await line.outcome(line.client.submit([order, other], [below(1), None]))
        assert (outcome[3], outcome[5]) == (Outcome.REFUSED_HERE, "BATCH_MIXED")
    elif what == "lengths":
        with pytest.raises(ValueError, match="orders and triggers do not match"):
            line.client.submit([order], [None, None])
    else:
        with pytest.raises(ValueError, match="unknown trigger source"):
            line.client.submit([order], [(7, True, 1, "", False)])


async def test_a_waiting_order_survives_a_reconnect(line: Harness) -> None:
    client_id, ticket = await place(line, below(100))
    assert (await line.outcome(ticket))[3] == Outcome.ACCEPTED
    start = len(line.rows)
    await line.fault("disconnect", socket="all")
    await line.wait(lambda row: row[0] == RowKind.CATCH_UP, start=start)
    assert not [row for row in line.of_kind(RowKind.ORDER_UPDATE) if row[3] == client_id and row[4] > Status.FILLED]
    assert len((await waiting(line))[5]) == 1
    await price_of_eth(line, "50")
    await line.wait(lambda row: row[0] == RowKind.WAITING_REPORT and row[3] == client_id and row[6] > 0)


async def test_one_of_an_earlier_session_is_met_again(line: Harness) -> None:
    client_id, ticket = await place(line, below(100))
    digest = (await line.outcome(ticket))[4]
    later = Harness(line.venue, line.session)
    try:
        later.client.adopt(client_id, ETH, digest, 0, [])
        assert (await later.connect())[2] == Outcome.ACCEPTED
        assert not [row for row in later.of_kind(RowKind.ORDER_UPDATE) if row[4] > Status.FILLED]
        assert (await later.outcome(later.client.cancel([(ETH, digest)], [client_id], waiting=True)))[3] == 0
        update = await later.wait(lambda row: row[0] == RowKind.ORDER_UPDATE and row[3] == client_id and row[4] > 2)
        assert update[4] == Status.CANCELED
    finally:
        await later.close()


@pytest.mark.parametrize("fault", ["reply_lost", "http_5xx_after", "garbled_reply"])
async def test_a_waiting_order_without_its_reply_is_unknown_then_found_where_it_waits(
    line: Harness, fault: str
) -> None:
    await line.fault(fault, request="trigger_place_order", count=1)
    client_id, ticket = await place(line, below(100))
    assert (await line.outcome(ticket))[3] == Outcome.UNKNOWN
    found = await line.wait(
        lambda row: row[0] == RowKind.ORDER_OUTCOME and row[1] == ticket and row[3] != Outcome.UNKNOWN
    )
    assert (found[2], found[3]) == (client_id, Outcome.ACCEPTED)
    assert len((await waiting(line))[5]) == 1, "never sent again"


async def test_one_that_never_arrived_is_absent_only_when_it_can_no_longer_arrive(made: Harness) -> None:
    line = Harness(made.venue, made.session, recv_window_ms=2_000, max_clock_skew_ms=2_000)
    try:
        assert (await line.connect())[2] == Outcome.ACCEPTED
        await line.fault("swallow_request", request="trigger_place_order", count=1)
        client_id, ticket = await place(line, below(100))
        sent = await line.wait(lambda row: row[0] == RowKind.SENT and row[2] == client_id)
        assert (await line.outcome(ticket))[3] == Outcome.UNKNOWN
        end = await line.wait(
            lambda row: row[0] == RowKind.ORDER_OUTCOME and row[1] == ticket and row[3] != Outcome.UNKNOWN
        )
        assert (end[3], end[5]) == (Outcome.REJECTED, "NOT_FOUND_AFTER_WINDOW")
        assert end[8] - sent[4] > 2_000_000_000, "before that it could still arrive"
    finally:
        await line.close()


async def test_a_cancel_without_its_reply_is_found_out(line: Harness) -> None:
    client_id, ticket = await place(line, below(100))
    digest = (await line.outcome(ticket))[4]
    await line.fault("reply_lost", request="trigger_cancel_orders", count=1)
    cancel = line.client.cancel([(ETH, digest)], [client_id], waiting=True)
    assert (await line.outcome(cancel))[3] == Outcome.UNKNOWN
    update = await line.wait(lambda row: row[0] == RowKind.ORDER_UPDATE and row[3] == client_id)
    assert (update[4], update[7]) == (Status.CANCELED, "user_requested")


async def test_cancel_all_of_those_that_wait_leaves_the_book_alone(line: Harness) -> None:
    bid, _ = await line.touch()
    resting_id, resting = line.order(1, Kind.POST_ONLY, TENTH, bid - 100 * ONE_X18)
    await line.outcome(line.client.submit([resting]))
    client_id, ticket = await place(line, below(100))
    await line.outcome(ticket)
    assert (await line.outcome(line.client.cancel_all(ETH, waiting=True)))[3] == Outcome.ACCEPTED
    await line.wait(lambda row: row[0] == RowKind.ORDER_UPDATE and row[3] == client_id and row[4] == Status.CANCELED)
    still = await line.reply(line.client.query_open_orders())
    assert [row[3] for row in still[5]] == [resting_id]


async def test_one_that_is_in_no_list_is_over_only_after_every_list_was_asked_twice(line: Harness) -> None:
    client_id, ticket = await place(line, below(100))
    digest = (await line.outcome(ticket))[4]
    before = (await line.log())["requests"]
    del line.venue.app.trigger.orders[digest]
    update = await line.wait(lambda row: row[0] == RowKind.ORDER_UPDATE and row[3] == client_id and row[4] > 2)
    assert update[4] == Status.CANCELED
    after = (await line.log())["requests"]
    for request in ("query_order", "archive_orders", "archive_matches"):
        assert after[request] - before.get(request, 0) >= 2, request
    # the list of those that wait, once for all and once in each round
    assert after["trigger_query_list_trigger_orders"] - before.get("trigger_query_list_trigger_orders", 0) >= 3
