"""The venue takes a cancel before it carries it out: until the order is closed there, it is pending here."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from nautilus_trader.model.enums import OrderStatus
from node_on_nado import until
from test_paradex_node import Bench, running

from hedgewire.simulator.server import LocalVenue
from hedgewire.simulator.wire.paradex import executes

SLOW_MS = 2_500
"""Longer than the adapter waits before it asks what became of a cancel."""


@pytest_asyncio.fixture
async def slow(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bench]:
    """A venue that takes its time with the cancels of interactive orders."""
    monkeypatch.setattr(executes, "RETAIL_DELAY_MS", SLOW_MS)
    async with LocalVenue("paradex", seed=7) as local, running(local) as made:
        await made.control("liquidity", freeze=True)
        yield made


async def cancelling(bench: Bench) -> tuple[Any, Any]:
    """An order whose cancel the venue has taken, and the same at the venue."""
    order = bench.hand.buy("50", post_only=True)
    await bench.hand.told(order, "OrderAccepted")
    (held,) = bench.local.app.desk.open.values()  # type: ignore[attr-defined]
    held.flags = (*held.flags, "INTERACTIVE")
    bench.hand.cancel_order(order)
    counts = bench.local.state.log.counts
    await until(lambda: counts["cancel_by_client_id"], lambda: f"the cancel at the venue, {dict(counts)}")
    return order, held


async def test_an_order_is_pending_cancel_until_the_venue_has_closed_it(slow: Bench) -> None:
    order, held = await cancelling(slow)
    asked = slow.local.state.log.counts["order_by_client_id"]
    await until(
        lambda: slow.local.state.log.counts["order_by_client_id"] > asked, lambda: "the question what became of it"
    )
    assert (held.status, order.status) == ("OPEN", OrderStatus.PENDING_CANCEL)
    await slow.hand.told(order, "OrderCanceled")
    assert (held.status, held.cancel_reason) == ("CLOSED", "USER_CANCELED")
    assert slow.hand.names(order)[3:] == ["OrderPendingCancel", "OrderCanceled"]


async def test_an_order_that_trades_before_its_cancel_is_carried_out_is_filled(slow: Bench) -> None:
    order, held = await cancelling(slow)
    slow.local.state.market.take_resting(held.resting)
    await slow.hand.told(order, "OrderFilled")
    await until(lambda: order.is_closed, lambda: str(slow.hand.names(order)))
    assert (held.status, order.status) == ("CLOSED", OrderStatus.FILLED)
    assert "OrderCanceled" not in slow.hand.names(order)
