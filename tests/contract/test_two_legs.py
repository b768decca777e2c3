"""Two coins of one account at the same moment: neither gets in the other's way, and both are heard of."""

from __future__ import annotations

import asyncio

import pytest
from harness import ETH, ONE_X18, Harness

from hedgewire.nautilus.rows import BUY, SELL, Kind, Outcome, RowKind

SOL = 8
ROUNDS = 10


async def touch_of(line: Harness, instrument: int, tick_x18: int) -> tuple[int, int]:
    reply = await line.reply(line.client.query_book(instrument, 5))
    levels = reply[5][0][6]
    sides = {side: [levels[i + 1] for i in range(0, len(levels), 3) if levels[i] == side] for side in (BUY, SELL)}
    return max(sides[BUY]) * tick_x18, min(sides[SELL]) * tick_x18


@pytest.mark.proves("R003-1.3.4", "R003-1.4.3", "R003-1.4.5")
async def test_both_legs_placed_at_once_are_both_filled_and_both_told(line: Harness) -> None:
    (_, eth_ask), (sol_bid, _) = await asyncio.gather(
        touch_of(line, ETH, ONE_X18 // 10), touch_of(line, SOL, ONE_X18 // 100)
    )
    before = (await line.log())["requests"].get("execute_place_order", 0)
    placed: list[tuple[int, int, int]] = []
    for round_number in range(ROUNDS):
        buy = (
            5_000 + 2 * round_number,
            ETH,
            BUY,
            Kind.IOC,
            ONE_X18 // 10,
            eth_ask + 20 * ONE_X18,
            False,
            False,
            -1,
            "",
        )
        sell = (5_001 + 2 * round_number, SOL, SELL, Kind.IOC, 3 * ONE_X18, sol_bid - 5 * ONE_X18, False, False, -1, "")
        placed += [(order[0], order[1], line.client.submit([order])) for order in (buy, sell)]
    outcomes = await asyncio.gather(*(line.outcome(ticket) for _, _, ticket in placed))
    assert {outcome[3] for outcome in outcomes} == {Outcome.ACCEPTED}
    assert len({outcome[4] for outcome in outcomes}) == 2 * ROUNDS, "a venue order id came twice"
    for client_id, instrument, _ in placed:
        wanted = ONE_X18 // 10 if instrument == ETH else 3 * ONE_X18
        await line.wait(lambda _, of=client_id, all_of=wanted: sum(row[6] for row in line.fills_of(of)) == all_of)
        assert {row[1] for row in line.fills_of(client_id)} == {instrument}
    assert {row[1] for row in line.of_kind(RowKind.POSITION)} >= {ETH, SOL}
    health = line.health()
    assert health["status"] == {"websocket": "connected", "rest": "available"}
    # One socket, for what the venue tells: every placement went by REST.
    assert [socket["socket"] for socket in health["sockets"]] == ["streams"]
    assert (await line.log())["requests"]["execute_place_order"] - before == 2 * ROUNDS
