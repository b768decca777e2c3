"""Changing orders in place, in a node on the local Paradex: the venue's word decides, and nothing stays pending."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio
from nautilus_trader.model.enums import OrderSide, OrderStatus
from nautilus_trader.model.orders import Order
from node_on_nado import until
from test_paradex_node import ETH, Bench, running

from hedgewire.nautilus import link
from hedgewire.simulator.server import LocalVenue

CHANGED = ["OrderPendingUpdate", "OrderUpdated"]
REFUSED = ["OrderPendingUpdate", "OrderModifyRejected"]


@pytest_asyncio.fixture
async def still() -> AsyncIterator[Bench]:
    """A market that stands still."""
    async with LocalVenue("paradex", seed=7) as local, running(local) as made:
        await made.control("liquidity", freeze=True)
        yield made


async def resting(bench: Bench, away: str = "50", **terms: Any) -> Order:
    order = bench.hand.buy(away, **terms)
    await bench.hand.told(order, "OrderAccepted")
    return order


def at_venue(bench: Bench, order: Order) -> Any:
    desk = bench.local.app.desk  # type: ignore[attr-defined]
    (placed,) = [
        one for one in (*desk.open.values(), *desk.closed.values()) if one.client_id == str(order.venue_order_id)
    ]
    return placed


def shown(x18: int) -> Decimal:
    return Decimal(x18) / 10**18


def price(bench: Bench, order: Order, change: int) -> Any:
    return bench.node.cache.instrument(ETH).make_price(order.price + change)


def quantity(bench: Bench, size: str) -> Any:
    return bench.node.cache.instrument(ETH).make_qty(size)


@pytest.mark.parametrize(
    ("data", "account"),
    [({}, {}), ({"encoding": "json"}, {"transport": "ws"})],
    ids=["rest", "socket"],
)
@pytest.mark.proves("R002-25")
async def test_an_order_is_changed_under_its_own_id(data: dict[str, Any], account: dict[str, Any]) -> None:
    async with LocalVenue("paradex", seed=7) as local, running(local, data, account) as bench:
        order = await resting(bench, post_only=True)
        name, wanted = order.venue_order_id, price(bench, order, -20)
        bench.hand.modify_order(order, quantity=quantity(bench, "0.6"), price=wanted)
        updated = await bench.hand.told(order, "OrderUpdated")
        assert (updated.price, updated.quantity, updated.venue_order_id) == (wanted, quantity(bench, "0.6"), name)
        assert order.status == OrderStatus.ACCEPTED
        held = at_venue(bench, order)
        assert (shown(held.price), shown(held.size), held.status) == (wanted.as_decimal(), Decimal("0.6"), "OPEN")
        bench.hand.modify_order(order, price=price(bench, order, -1))
        await until(lambda: bench.hand.names(order).count("OrderUpdated") == 2, lambda: str(bench.hand.names(order)))
        bench.hand.cancel_order(order)
        await bench.hand.told(order, "OrderCanceled")
        assert bench.hand.names(order)[3:] == [*CHANGED, *CHANGED, "OrderPendingCancel", "OrderCanceled"]


@pytest.mark.parametrize("encoding", ["sbe", "json"])
async def test_a_change_that_was_taken_and_refused_is_a_rejection_with_the_reason(encoding: str) -> None:
    """The binary message of an order does not say it: the venue is asked."""
    async with LocalVenue("paradex", seed=7) as local, running(local, {"encoding": encoding}) as bench:
        order = await resting(bench, post_only=True)
        was = order.price
        bench.hand.modify_order(order, price=price(bench, order, 200))
        rejected = await bench.hand.told(order, "OrderModifyRejected")
        assert rejected.reason.startswith("POST_ONLY_WOULD_CROSS")
        assert (order.status, order.price) == (OrderStatus.ACCEPTED, was)
        bench.hand.modify_order(order, quantity=quantity(bench, "0.4"))
        await bench.hand.told(order, "OrderUpdated")
        assert bench.hand.names(order)[3:] == [*REFUSED, *CHANGED]


async def test_a_change_whose_answer_was_lost_is_an_update_and_was_sent_once(still: Bench) -> None:
    order = await resting(still)
    await still.control("faults", name="http_5xx_after", request="modify_order", count=1)
    still.hand.modify_order(order, price=price(still, order, -7))
    await still.hand.told(order, "OrderUpdated")
    assert still.hand.names(order)[3:] == CHANGED
    assert still.local.state.log.counts["modify_order"] == 1


async def test_two_changes_at_once_are_one_change_and_a_refusal(still: Bench) -> None:
    order = await resting(still)
    for change in (-7, -8):
        still.hand.modify_order(order, price=price(still, order, change))
    rejected = await still.hand.told(order, "OrderModifyRejected")
    assert rejected.reason.startswith("MODIFY_PENDING")
    await still.hand.told(order, "OrderUpdated")
    assert still.local.state.log.counts["modify_order"] == 1
    assert order.status == OrderStatus.ACCEPTED


async def test_an_order_that_is_made_larger_and_trades_is_filled_to_its_new_size(still: Bench) -> None:
    """The fill may be heard before the new size; it is told after it."""
    order = await resting(still)
    quote = still.node.cache.quote_tick(ETH)
    still.hand.modify_order(order, quantity=quantity(still, "0.8"), price=quote.ask_price)
    await until(lambda: order.is_closed, lambda: str(still.hand.names(order)))
    assert (order.status, order.filled_qty) == (OrderStatus.FILLED, quantity(still, "0.8"))
    assert still.hand.names(order)[3:5] == CHANGED
    await until(lambda: still.node.cache.positions_open(), lambda: "the position")
    assert still.node.cache.positions_open()[0].quantity == quantity(still, "0.8")


async def test_an_order_that_ends_while_it_is_changed_does_not_stay_pending(still: Bench) -> None:
    order = await resting(still)
    await still.control("faults", name="swallow_request", request="modify_order", count=1)
    still.hand.modify_order(order, price=price(still, order, -7))
    counts = still.local.state.log.counts
    await until(lambda: counts["modify_order"], lambda: f"the change at the venue, {dict(counts)}")
    assert order.status == OrderStatus.PENDING_UPDATE
    await still.control("faults", name="unsolicited_cancel")
    await still.hand.told(order, "OrderCanceled")
    await until(lambda: order.is_closed, lambda: str(still.hand.names(order)))
    assert "OrderModifyRejected" not in still.hand.names(order)


async def test_a_stop_is_moved_while_it_waits(still: Bench) -> None:
    hand = still.hand
    instrument, quote = hand.cache.instrument(ETH), hand.cache.quote_tick(ETH)
    level = instrument.make_price(quote.bid_price - 100)
    stop = hand.order_factory.stop_market(ETH, OrderSide.SELL, instrument.make_qty("0.5"), level)
    hand.submit_order(stop)
    await hand.told(stop, "OrderAccepted")
    wanted = instrument.make_price(level - 20)
    hand.modify_order(stop, trigger_price=wanted)
    updated = await hand.told(stop, "OrderUpdated")
    assert updated.trigger_price == stop.trigger_price == wanted
    held = at_venue(still, stop)
    assert (shown(held.trigger_price), held.status) == (wanted.as_decimal(), "UNTRIGGERED")
    assert shown(held.price) < wanted.as_decimal(), "its limit moves along"


@pytest.mark.parametrize("allowed", [False, True])
async def test_an_order_that_has_traded_is_changed_where_that_is_allowed(allowed: bool) -> None:
    account = {"modify_partly_filled": allowed}
    async with LocalVenue("paradex", seed=7) as local, running(local, account=account) as bench:
        await bench.control("liquidity", freeze=True)
        quote = bench.node.cache.quote_tick(ETH)
        size = quote.ask_size.as_decimal()
        order = bench.hand.buy(str(quote.bid_price - quote.ask_price), size=str(size + 1))
        await bench.hand.told(order, "OrderFilled")
        await until(lambda: order.filled_qty.as_decimal() == size, lambda: str(order))
        bench.hand.modify_order(order, quantity=quantity(bench, str(size + 2)))
        if allowed:
            await bench.hand.told(order, "OrderUpdated")
            assert at_venue(bench, order).size == (size + 2) * 10**18
        else:
            rejected = await bench.hand.told(order, "OrderModifyRejected")
            assert rejected.reason.startswith("MODIFY_PARTLY_FILLED")
            assert bench.local.state.log.counts["modify_order"] == 0
        assert order.status == OrderStatus.PARTIALLY_FILLED


async def test_what_somebody_else_changes_is_told(still: Bench) -> None:
    """From the venue's own page, or another program with the same key."""
    order = await resting(still)
    app = still.local.app
    held = at_venue(still, order)
    held.size -= 10**17
    app.desk.set(held, "OPEN")  # type: ignore[attr-defined]
    updated = await still.hand.told(order, "OrderUpdated")
    assert updated.quantity == order.quantity == quantity(still, "0.4")
    assert still.hand.names(order)[3:] == ["OrderUpdated"]


async def test_an_order_of_an_earlier_process_is_changed() -> None:
    async with LocalVenue("paradex", seed=7) as local:
        async with running(local) as bench:
            await resting(bench, post_only=True)
        link._LINKS.clear()  # a restart is a new process
        async with running(local) as bench:
            await until(lambda: bench.node.cache.orders_open(), lambda: "the order")
            (known,) = bench.node.cache.orders_open()
            wanted = price(bench, known, -20)
            told = [type(event).__name__ for event in known.events]
            while told[-1] != "OrderUpdated":
                assert told[-1] != "OrderModifyRejected" or "ORDER_UNKNOWN" in known.last_event.reason
                seen = len(known.events) + 2
                bench.hand.modify_order(known, price=wanted)
                await until(lambda seen=seen: len(known.events) >= seen, lambda: str(known.events))
                told = [type(event).__name__ for event in known.events]
            assert known.price == wanted
            assert shown(at_venue(bench, known).price) == wanted.as_decimal()
