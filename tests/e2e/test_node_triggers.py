"""Orders that wait at the venue's trigger service until a price is reached."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from nautilus_trader.core.uuid import UUID4
from nautilus_trader.execution.messages import GenerateOrderStatusReport, GenerateOrderStatusReports
from nautilus_trader.model.enums import OrderSide, OrderStatus, OrderType, TriggerType
from nautilus_trader.model.orders import Order
from node_on_nado import ETH, Bench, running, until

from hedgewire.simulator.server import LocalVenue

TYPES = {
    "stop_market": (OrderType.STOP_MARKET, 20),
    "stop_limit": (OrderType.STOP_LIMIT, 20),
    "market_if_touched": (OrderType.MARKET_IF_TOUCHED, -20),
    "limit_if_touched": (OrderType.LIMIT_IF_TOUCHED, -20),
}


def waiting(bench: Bench, kind: str, away: int | None = None, **terms: Any) -> Order:
    """A buy whose trigger is some USD away from the ask."""
    instrument = bench.cache.instrument(ETH)
    away = TYPES[kind][1] if away is None else away
    trigger = instrument.make_price(bench.cache.quote_tick(ETH).ask_price + away)
    if kind in ("stop_limit", "limit_if_touched"):
        terms["price"] = instrument.make_price(trigger + 20)
    terms.setdefault("trigger_type", TriggerType.MID_POINT)
    return getattr(bench.hand.order_factory, kind)(
        ETH, OrderSide.BUY, instrument.make_qty("0.5"), trigger_price=trigger, **terms
    )


async def jump(bench: Bench, usd: int) -> None:
    """Moves the market of the venue."""
    price = bench.cache.quote_tick(ETH).ask_price.as_decimal() + usd
    await bench.other.control("price", {"symbol": "ETH-PERP", "price": str(price)})


async def accepted(bench: Bench, order: Order) -> None:
    bench.hand.submit_order(order)
    await bench.told(order, "OrderAccepted")
    assert bench.open_at_venue() == {}


@pytest.mark.proves("R002-25")
@pytest.mark.parametrize("kind", list(TYPES))
async def test_it_waits_is_reported_released_and_filled(bench: Bench, kind: str) -> None:
    order = waiting(bench, kind)
    await accepted(bench, order)
    reports = await bench.execution.generate_order_status_reports(
        GenerateOrderStatusReports(ETH, None, None, True, UUID4(), 0)
    )
    one = await bench.execution.generate_order_status_report(
        GenerateOrderStatusReport(ETH, order.client_order_id, order.venue_order_id, UUID4(), 0)
    )
    for report in (*reports, one):
        assert (report.client_order_id, report.venue_order_id) == (order.client_order_id, order.venue_order_id)
        assert (report.order_type, report.order_status) == (TYPES[kind][0], OrderStatus.ACCEPTED)
        assert (report.trigger_price, report.trigger_type) == (order.trigger_price, TriggerType.DEFAULT)
        assert (report.quantity, report.price) == (order.quantity, order.price if order.has_price else None)
    assert len(reports) == 1
    away = TYPES[kind][1]
    await jump(bench, away + (5 if away > 0 else -5))
    await until(lambda: order.status == OrderStatus.FILLED, lambda: f"fill; seen {bench.hand.names(order)}")
    assert bench.net_position() == await bench.position() == Decimal("0.5")
    assert ("OrderTriggered" in bench.hand.names(order)) == ("limit" in kind)


async def test_it_can_be_cancelled_while_it_waits(bench: Bench) -> None:
    first, second = waiting(bench, "stop_market"), waiting(bench, "stop_limit")
    resting = await bench.rest()
    for order in (first, second):
        bench.hand.submit_order(order)
        await bench.told(order, "OrderAccepted")
    bench.hand.cancel_order(first)
    await bench.told(first, "OrderCanceled")
    assert second.status == resting.status == OrderStatus.ACCEPTED
    bench.hand.cancel_all_orders(ETH)
    for order in (second, resting):
        await bench.told(order, "OrderCanceled")
    assert bench.open_at_venue() == {}


async def test_its_trigger_cannot_be_moved_and_the_node_says_so(bench: Bench) -> None:
    order = waiting(bench, "stop_limit")
    await accepted(bench, order)
    bench.hand.modify_order(order, trigger_price=bench.cache.instrument(ETH).make_price(order.trigger_price + 5))
    rejected = await bench.told(order, "OrderModifyRejected")
    assert rejected.reason.startswith("UNSUPPORTED_MODIFY")
    assert order.status == OrderStatus.ACCEPTED


async def test_a_trigger_by_a_price_that_the_venue_does_not_watch_is_denied(bench: Bench) -> None:
    order = waiting(bench, "stop_market", trigger_type=TriggerType.MARK_PRICE)
    bench.hand.submit_order(order)
    assert (await bench.told(order, "OrderDenied")).reason.startswith("UNSUPPORTED_TRIGGER_TYPE")
    assert bench.venue.state.log.digests == {}


async def test_a_reduce_only_stop_closes_the_position_and_no_more(bench: Bench) -> None:
    entry = bench.hand.ioc("0.5")
    bench.hand.submit_order(entry)
    await until(lambda: entry.status == OrderStatus.FILLED, "entry")
    instrument = bench.cache.instrument(ETH)
    stop = bench.hand.order_factory.stop_market(
        ETH, OrderSide.SELL, instrument.make_qty("0.5"), trigger_type=TriggerType.MID_POINT, reduce_only=True,
        trigger_price=instrument.make_price(bench.cache.quote_tick(ETH).bid_price - 20),
    )  # fmt: skip
    await accepted(bench, stop)
    await jump(bench, -25)
    await until(lambda: stop.status == OrderStatus.FILLED, lambda: f"fill; seen {bench.hand.names(stop)}")
    assert bench.net_position() == await bench.position() == 0


async def test_it_is_found_again_after_a_restart_and_not_called_absent(venue: LocalVenue) -> None:
    async with running(venue) as first:
        order = waiting(first, "stop_limit")
        await accepted(first, order)
    async with running(venue, open_check_interval_secs=1, open_check_open_only=False) as second:
        (again,) = second.cache.orders_open(instrument_id=ETH)
        assert (again.client_order_id, again.order_type) == (order.client_order_id, OrderType.STOP_LIMIT)
        await jump(second, 25)
        await until(lambda: again.status == OrderStatus.FILLED, lambda: f"fill of {again!r}")
        assert second.net_position() == await second.position() == Decimal("0.5")
