"""What a running node answers about the orders of a process that is gone, against the local Nado."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio
from nado_client import IOC, POST_ONLY
from nautilus_trader.model.identifiers import ClientOrderId
from node_on_nado import ETH, ETH_ID, NADO_VENUE, Bench, running

from hedgewire.nautilus.truth import EarlierEnd, EarlierOrder, restart_endpoint
from hedgewire.nautilus.v1 import earlier_orders
from hedgewire.simulator.server import LocalVenue

LONG_AGO_NS = 60 * 10**9


@pytest_asyncio.fixture
async def quick(venue: LocalVenue, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bench]:
    """A node whose orders are valid for one second, so that *absent* is proven in three."""
    monkeypatch.setattr(earlier_orders, "PAUSE_S", 0.05)
    async with running(venue, account={"recv_window_ms": 1_000}) as made:
        yield made


async def place(bench: Bench, price: str, size: str, kind: int) -> str:
    answer = await bench.other.place(ETH_ID, price, size, kind)
    assert answer["status"] == "success", answer
    return str(answer["data"]["digest"])


async def ask(bench: Bench, price: str, size: str, **changes: Any) -> EarlierEnd | None:
    answer: asyncio.Future[EarlierEnd | None] = asyncio.get_running_loop().create_future()
    terms: dict[str, Any] = {
        "client_order_id": ClientOrderId("earlier-1-1"), "instrument_id": ETH, "is_buy": True,
        "quantity": Decimal(size), "price": Decimal(price), "sent_ns": time.time_ns() - LONG_AGO_NS,
        "venue_order_id": "", "known": frozenset(), "reply": answer.set_result,
    }  # fmt: skip
    bench.node.kernel.msgbus.send(restart_endpoint(NADO_VENUE), EarlierOrder(**(terms | changes)))
    return await asyncio.wait_for(answer, 30)


@pytest.mark.proves("R003-010")
@pytest.mark.parametrize("is_known", [True, False])
async def test_one_that_traded_is_told_with_its_fills_by_its_id_or_by_its_terms(quick: Bench, is_known: bool) -> None:
    decoy = await place(quick, "3600", "0.4", IOC)
    digest = await place(quick, "3600", "0.5", IOC)
    end = await ask(quick, "3600", "0.5", venue_order_id=digest if is_known else "")
    assert end is not None
    assert (end.venue_order_id, sum(fill.last_qty.as_decimal() for fill in end.fills)) == (digest, Decimal("0.5"))
    assert decoy != digest


@pytest.mark.parametrize("is_known", [True, False])
async def test_one_that_rests_is_cancelled(quick: Bench, is_known: bool) -> None:
    digest = await place(quick, "3000", "0.5", POST_ONLY)
    end = await ask(quick, "3000", "0.5", venue_order_id=digest if is_known else "")
    assert end == EarlierEnd(digest, ())
    assert digest not in quick.open_at_venue()


async def test_one_of_the_same_terms_that_belongs_to_another_intent_is_not_taken(quick: Bench) -> None:
    other = await place(quick, "3600", "0.5", IOC)
    assert await ask(quick, "3600", "0.5", known=frozenset({other})) == EarlierEnd("", ())


async def test_one_that_may_still_arrive_is_waited_for(quick: Bench) -> None:
    """Asked at once, it is sent a moment later by what is left of the process; the answer has it."""
    waiting = asyncio.create_task(ask(quick, "3600", "0.5", sent_ns=time.time_ns()))
    await asyncio.sleep(0)
    digest = await place(quick, "3600", "0.5", IOC)
    end = await waiting
    assert end is not None
    assert end.venue_order_id == digest


async def test_a_venue_that_cannot_be_asked_is_asked_again_and_never_taken_for_a_no(
    quick: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = await place(quick, "3600", "0.5", IOC)
    await quick.fault("query_unavailable", request="order", count=8)
    end = await ask(quick, "3600", "0.5", venue_order_id=digest)
    assert end is not None
    assert end.fills
    await quick.fault("query_unavailable", request="order")
    monkeypatch.setattr(earlier_orders, "BUDGET_S", 1.0)
    assert await ask(quick, "3600", "0.5", venue_order_id=digest) is None
