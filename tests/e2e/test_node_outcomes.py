"""What NautilusTrader is told when an answer is lost, late, an error, or partly no: a refusal needs evidence."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest
import pytest_asyncio
from nautilus_trader.model.enums import OrderStatus
from nautilus_trader.model.orders import Order
from node_on_nado import ETH, ETH_ID, Bench, running, until

from hedgewire.nautilus.truth import Notice
from hedgewire.simulator.server import LocalVenue

REFUSALS = {"OrderRejected", "OrderDenied", "OrderCancelRejected", "OrderModifyRejected"}
AFTER = ("reply_lost", "http_5xx_after")
BEFORE = ("swallow_request", "http_5xx_before")


@pytest_asyncio.fixture
async def hasty(venue: LocalVenue) -> AsyncIterator[Bench]:
    """Requests are valid for 2 s: until then an order that is not found may still arrive."""
    async with running(venue, account={"recv_window_ms": 2_000}) as bench:
        yield bench


def refusals(bench: Bench, *orders: Order) -> list[str]:
    return [name for order in orders for name in bench.hand.names(order) if name in REFUSALS]


def doubted(bench: Bench, order: Order) -> bool:
    return any(
        notice.notice is Notice.OUTCOME_UNKNOWN and notice.client_order_id == order.client_order_id
        for notice in bench.hand.notices
    )


# ---- submit (cards E74, E77, E78)


@pytest.mark.proves("R002-21")
@pytest.mark.parametrize("fault", AFTER)
async def test_an_order_that_was_executed_is_accepted_although_the_answer_was_lost(bench: Bench, fault: str) -> None:
    await bench.fault(fault, request="place_order", count=1)
    order = bench.hand.ioc()
    bench.hand.submit_order(order)
    await until(lambda: order.status == OrderStatus.FILLED, lambda: f"fill; seen {bench.hand.names(order)}")
    assert bench.venue.state.faults.fired[fault] == 1
    assert refusals(bench, order) == []
    assert list(bench.venue.state.log.digests.values()) == [1]
    assert bench.net_position() == await bench.position() == Decimal("0.5")


@pytest.mark.proves("R001-31")
@pytest.mark.parametrize("fault", BEFORE)
async def test_an_order_that_never_arrived_is_refused_only_when_it_can_no_longer_arrive(
    hasty: Bench, fault: str
) -> None:
    await hasty.fault(fault, request="place_order", count=1)
    order = hasty.hand.ioc()
    hasty.hand.submit_order(order)
    await until(lambda: doubted(hasty, order), "doubt")
    assert refusals(hasty, order) == []
    rejected = await hasty.told(order, "OrderRejected")
    assert rejected.reason.startswith("NOT_FOUND_AFTER_WINDOW")
    assert rejected.ts_event - order.init_event.ts_init > 2_000_000_000
    assert max(hasty.venue.state.log.digests.values(), default=0) <= 1
    assert await hasty.position() == 0


async def three(bench: Bench) -> list[Order]:
    orders = [bench.hand.limit(below, post_only=True) for below in ("100", "101", "102")]
    bench.hand.submit_order_list(bench.hand.order_factory.create_list(orders))
    return orders


@pytest.mark.parametrize("fault", AFTER)
async def test_a_batch_whose_answer_was_lost_is_accepted_order_by_order(bench: Bench, fault: str) -> None:
    await bench.fault(fault, request="place_orders", count=1)
    orders = await three(bench)
    for order in orders:
        await bench.told(order, "OrderAccepted")
    assert refusals(bench, *orders) == []
    assert set(bench.open_at_venue()) == {order.venue_order_id.value for order in orders}


async def test_a_batch_that_failed_whole_gives_no_refusals_before_they_are_certain(hasty: Bench) -> None:
    await hasty.fault("http_5xx_before", request="place_orders", count=1)
    orders = await three(hasty)
    await until(lambda: all(doubted(hasty, order) for order in orders), "doubt")
    assert refusals(hasty, *orders) == []
    for order in orders:
        assert (await hasty.told(order, "OrderRejected")).reason.startswith("NOT_FOUND_AFTER_WINDOW")


async def test_a_batch_that_failed_in_part_is_told_order_by_order(bench: Bench) -> None:
    await bench.fault("partial_batch", count=1)
    first, *others = await three(bench)
    await bench.told(first, "OrderAccepted")
    for order in others:
        rejected = await bench.told(order, "OrderRejected")
        assert rejected.reason.partition(":")[0].isdigit(), rejected.reason
    assert list(bench.open_at_venue()) == [first.venue_order_id.value]
    assert refusals(bench, first) == []


async def test_a_rate_limit_is_a_refusal(bench: Bench) -> None:
    """The venue says that it has not looked at the order."""
    await bench.fault("http_429", request="place_order", count=1)
    order = bench.hand.limit("100", post_only=True)
    bench.hand.submit_order(order)
    rejected = await bench.told(order, "OrderRejected")
    assert rejected.reason.startswith("1000"), rejected.reason
    assert bench.venue.state.log.digests == {}


# ---- cancel (cards E44, E75)


@pytest.mark.proves("R003-1.4.4")
@pytest.mark.parametrize("fault", AFTER)
async def test_a_cancel_whose_answer_was_lost_is_a_cancel(bench: Bench, fault: str) -> None:
    order = await bench.rest()
    await bench.fault(fault, request="cancel_orders", count=1)
    bench.hand.cancel_order(order)
    await bench.told(order, "OrderCanceled")
    assert refusals(bench, order) == []


@pytest.mark.parametrize("fault", BEFORE)
async def test_a_cancel_that_never_arrived_is_refused_when_it_can_no_longer_arrive(hasty: Bench, fault: str) -> None:
    order = await hasty.rest()
    await hasty.fault(fault, request="cancel_orders", count=1)
    hasty.hand.cancel_order(order)
    await until(lambda: doubted(hasty, order), "doubt")
    assert refusals(hasty, order) == []
    assert order.status == OrderStatus.PENDING_CANCEL
    await hasty.told(order, "OrderCancelRejected")
    assert order.status == OrderStatus.ACCEPTED
    hasty.hand.cancel_order(order)
    await hasty.told(order, "OrderCanceled")
    assert hasty.open_at_venue() == {}


@pytest.mark.proves("R002-25")
async def test_a_cancel_of_an_order_that_is_gone_is_refused_after_its_end_was_told(bench: Bench) -> None:
    order = await bench.rest()
    await bench.fault("drop_private")
    bench.venue.state.exchange.cancel(bench.open_at_venue()[order.venue_order_id.value])
    bench.hand.cancel_order(order)
    await bench.told(order, "OrderCancelRejected")
    await bench.told(order, "OrderCanceled")
    assert order.status == OrderStatus.CANCELED


async def test_a_cancel_all_whose_answer_was_lost_ends_every_order(bench: Bench) -> None:
    orders = [await bench.rest(below) for below in ("100", "101")]
    await bench.fault("drop_private")
    await bench.fault("reply_lost", request="cancel_product_orders", count=1)
    bench.hand.cancel_all_orders(ETH)
    for order in orders:
        await bench.told(order, "OrderCanceled")
    assert refusals(bench, *orders) == []


async def test_a_refused_cancel_all_is_told_for_every_order(bench: Bench) -> None:
    orders = [await bench.rest(below) for below in ("100", "101")]
    await bench.fault("http_429", request="cancel_product_orders", count=1)
    bench.hand.cancel_all_orders(ETH)
    for order in orders:
        await bench.told(order, "OrderCancelRejected")
        assert order.status == OrderStatus.ACCEPTED
    assert len(bench.open_at_venue()) == 2


# ---- modify (card E76)


@pytest.mark.parametrize("fault", AFTER)
async def test_a_modify_whose_answer_was_lost_is_an_update(bench: Bench, fault: str) -> None:
    order = await bench.rest()
    await bench.fault(fault, request="cancel_and_place", count=1)
    bench.hand.modify_order(order, price=bench.cache.instrument(ETH).make_price(order.price - 10))
    await bench.told(order, "OrderUpdated")
    assert refusals(bench, order) == []
    assert list(bench.open_at_venue()) == [order.venue_order_id.value]


@pytest.mark.proves("R002-25")
async def test_a_modify_that_never_arrived_leaves_the_order_as_it_was(hasty: Bench) -> None:
    order = await hasty.rest()
    before = (order.price, order.quantity, order.venue_order_id)
    await hasty.fault("http_5xx_before", request="cancel_and_place", count=1)
    hasty.hand.modify_order(order, price=hasty.cache.instrument(ETH).make_price(order.price - 10))
    await until(lambda: doubted(hasty, order), "doubt")
    assert refusals(hasty, order) == []
    await hasty.told(order, "OrderModifyRejected")
    assert (order.price, order.quantity, order.venue_order_id) == before
    assert list(hasty.open_at_venue()) == [order.venue_order_id.value]


async def test_a_fill_between_decision_and_arrival_refuses_the_change_and_is_not_lost(bench: Bench) -> None:
    """The new quantity was chosen for what was left; the venue compares before it cancels."""
    await bench.other.control("liquidity", {"freeze": True, "product_id": ETH_ID, "drain": "bids"})
    order = await bench.rest("1")
    await bench.fault("drop_private")
    bench.counterparty.sell_inside(order.price, "0.2")
    bench.hand.modify_order(order, price=bench.cache.instrument(ETH).make_price(order.price - 10))
    await bench.told(order, "OrderModifyRejected")
    await until(lambda: order.filled_qty.as_decimal() == Decimal("0.2"), "the fill")
    assert order.status == OrderStatus.PARTIALLY_FILLED
    assert list(bench.open_at_venue()) == [order.venue_order_id.value]


async def test_a_change_into_the_market_is_refused_and_the_order_ends_as_at_the_venue(bench: Bench) -> None:
    """Post-only at a crossing price: the venue has cancelled the old order before it refuses the new one."""
    order = await bench.rest()
    ask = bench.cache.quote_tick(ETH).ask_price
    bench.hand.modify_order(order, price=bench.cache.instrument(ETH).make_price(ask + 5))
    rejected = await bench.told(order, "OrderModifyRejected")
    assert rejected.reason.startswith("2008"), rejected.reason
    await until(lambda: order.is_open == bool(bench.open_at_venue()), lambda: f"agreement about {order!r}")
    assert not order.is_pending_update


async def test_a_change_that_fails_after_one_that_went_well_is_still_resolved(bench: Bench) -> None:
    """What was heard of the first replacement says nothing about the second."""
    order = await bench.rest()
    instrument = bench.cache.instrument(ETH)
    bench.hand.modify_order(order, price=instrument.make_price(order.price - 10))
    await bench.told(order, "OrderUpdated")
    await bench.fault("drop_private")
    bench.hand.modify_order(order, price=instrument.make_price(bench.cache.quote_tick(ETH).ask_price + 5))
    await bench.told(order, "OrderModifyRejected")
    await until(lambda: order.is_open == bool(bench.open_at_venue()), lambda: f"agreement about {order!r}")
