"""The four kinds of order that the venue has, each where it can work and where it cannot."""

from __future__ import annotations

from typing import Any

import pytest
from harness import ONE_X18, Harness

from hedgewire.nautilus.rows import Kind, Outcome

BUY = 1
TENTH = ONE_X18 // 10
MORE_THAN_THERE_IS = 600 * ONE_X18


async def place(line: Harness, kind: Kind, above_ask_usd: int, quantity_x18: int = TENTH) -> tuple[Any, ...]:
    """Outcome and code of a buy at that distance from the best ask."""
    _, ask = await line.touch()
    _, order = line.order(BUY, kind, quantity_x18, ask + above_ask_usd * ONE_X18)
    row = await line.outcome(line.client.submit([order]))
    return Outcome(row[3]), row[5]


async def resting(line: Harness) -> list[str]:
    """Kinds of our open orders, as the venue has them."""
    async with line.session.get(f"{line.control_url}/state") as answer:
        accounts = (await answer.json())["accounts"]
    described: dict[str, Any] = line.venue.descriptor
    return [order["kind"] for order in accounts[described["accounts"][0]["subaccount"]]["open_orders"]]


@pytest.mark.proves("R003-4.0.4")
async def test_limit_and_post_only_rest(line: Harness) -> None:
    assert (await place(line, Kind.LIMIT, -100))[0] is Outcome.ACCEPTED
    assert (await place(line, Kind.POST_ONLY, -100))[0] is Outcome.ACCEPTED
    assert sorted(await resting(line)) == ["default", "post_only"]


@pytest.mark.parametrize("kind", [Kind.LIMIT, Kind.IOC, Kind.FOK], ids=lambda kind: kind.name)
@pytest.mark.proves("R003-4.0.4")
async def test_limit_ioc_and_fok_take_what_is_there(line: Harness, kind: Kind) -> None:
    assert (await place(line, kind, 10))[0] is Outcome.ACCEPTED
    assert await resting(line) == []


@pytest.mark.parametrize(
    ("kind", "above_ask_usd", "quantity_x18", "code"),
    [
        (Kind.POST_ONLY, 10, TENTH, "2008"),
        (Kind.IOC, -100, TENTH, "2056"),
        (Kind.FOK, -100, TENTH, "2031"),
        (Kind.FOK, 0, MORE_THAN_THERE_IS, "2031"),
    ],
    ids=["post-only-crossing", "ioc-beside", "fok-beside", "fok-too-large"],
)
@pytest.mark.proves("R003-4.0.4")
async def test_where_a_kind_cannot_work_the_venue_says_so(
    line: Harness, kind: Kind, above_ask_usd: int, quantity_x18: int, code: str
) -> None:
    assert await place(line, kind, above_ask_usd, quantity_x18) == (Outcome.REJECTED, code)
    assert await resting(line) == []


@pytest.mark.proves("R003-080", "R003-1.4.3", "R003-028")
async def test_by_default_orders_go_over_rest_although_the_websocket_is_up(line: Harness) -> None:
    assert line.health()["status"]["websocket"] == "connected"
    assert (await place(line, Kind.LIMIT, -100))[0] is Outcome.ACCEPTED
    log = await line.log()
    assert log["connections"] == {"actions": 0, "subscriptions": 1}
    assert len(log["order_digests"]) == 1
