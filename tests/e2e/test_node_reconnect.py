"""A running node whose sockets break, fall silent, or tell things twice and in disorder."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import pytest
from nautilus_trader.model.enums import OrderStatus
from node_on_nado import DEFAULT, ETH, ETH_ID, Bench, until

from hedgewire.nautilus.truth import Notice
from hedgewire.simulator.fixed import x18


def health(bench: Bench) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(bench.execution.link.core.health())
    return answer


def notices(bench: Bench) -> list[Notice]:
    return [notice.notice for notice in bench.hand.notices]


async def bid_alone(bench: Bench) -> None:
    """From here on our orders are the whole bid side."""
    await bench.other.control("liquidity", {"freeze": True, "product_id": ETH_ID, "drain": "bids"})


@pytest.mark.proves("R000-40", "R000-44", "R001-30", "R002-09", "R002-37", "R003-1.6.5", "R000-45")
async def test_fills_made_while_the_sockets_were_down_appear_once(bench: Bench) -> None:
    await bid_alone(bench)
    whole, part = await bench.rest("1"), await bench.rest("2")
    await bench.fault("refuse_connections")
    await bench.fault("disconnect", socket="all")
    await until(lambda: Notice.LOST in notices(bench), "notice of the loss")
    bench.counterparty.sell_inside(part.price, "0.8")
    assert bench.open_at_venue()[part.venue_order_id.value].unfilled == x18("0.2")
    assert whole.filled_qty.as_decimal() == part.filled_qty.as_decimal() == 0
    await bench.clear_faults()
    await until(lambda: whole.status == OrderStatus.FILLED and part.filled_qty.as_decimal() == Decimal("0.3"), "fills")
    await until(lambda: Notice.RESTORED in notices(bench), "notice of the recovery")
    trades = [event.trade_id for event in bench.hand.seen if type(event).__name__ == "OrderFilled"]
    assert len(trades) == len(set(trades)) == len(whole.trade_ids) + len(part.trade_ids)
    assert bench.net_position() == await bench.position() == Decimal("0.8")
    assert part.status == OrderStatus.PARTIALLY_FILLED


@pytest.mark.proves("R002-09")
async def test_a_cancel_made_while_the_sockets_were_down_is_told(bench: Bench) -> None:
    order = await bench.rest()
    await bench.fault("drop_private")
    await bench.fault("unsolicited_cancel")
    await bench.fault("disconnect", socket="all")
    await until(lambda: order.status == OrderStatus.CANCELED, "its end")
    assert bench.hand.names(order).count("OrderCanceled") == 1


LOST: dict[str, Callable[[Bench], Awaitable[None]]] = {
    "fill": lambda bench: bench.fault("drop_private", stream="fill"),
    "order_update": lambda bench: bench.fault("drop_private", stream="order_update"),
    "everything": lambda bench: bench.fault("drop_private"),
}


@pytest.mark.proves("R002-09")
@pytest.mark.parametrize("lost", list(LOST))
async def test_private_messages_that_never_come_are_made_up_for(bench: Bench, lost: str) -> None:
    await LOST[lost](bench)
    order = bench.hand.ioc()
    bench.hand.submit_order(order)
    await until(lambda: order.status == OrderStatus.FILLED, lambda: f"fill of {order!r}")
    assert bench.venue.state.faults.fired["drop_private"] > 0
    assert bench.net_position() == await bench.position() == Decimal("0.5")
    reported = {fill.trade_id for fill in bench.hand.seen if type(fill).__name__ == "OrderFilled"}
    assert len(reported) == bench.hand.names(order).count("OrderFilled")


@pytest.mark.proves("R002-21", "R002-23")
@pytest.mark.parametrize("fault", ["duplicate_private", "reorder_private", "delay_private"])
async def test_private_messages_in_disorder_change_nothing(bench: Bench, fault: str) -> None:
    await bench.fault(fault, **({"delay_ms": 300} if fault == "delay_private" else {}))
    order = bench.hand.ioc()
    bench.hand.submit_order(order)
    await until(lambda: order.status == OrderStatus.FILLED, lambda: f"fill of {order!r}")
    resting = await bench.rest()
    bench.hand.cancel_order(resting)
    await bench.told(resting, "OrderCanceled")
    assert bench.venue.state.faults.fired[fault] > 0
    names = bench.hand.names(order)
    assert names.index("OrderAccepted") < names.index("OrderFilled")
    assert [names.count(name) for name in ("OrderSubmitted", "OrderAccepted")] == [1, 1]
    assert bench.hand.names(resting).count("OrderCanceled") == 1
    trades = [event.trade_id for event in bench.hand.seen if type(event).__name__ == "OrderFilled"]
    assert len(trades) == len(set(trades))
    assert bench.net_position() == await bench.position() == Decimal("0.5")


async def test_a_silent_stream_is_noticed_and_opened_again(bench: Bench) -> None:
    """The watchdog's limit for quotes is 15 s; the venue's socket stays open and answers pings all the while."""
    await bench.fault("silent_stream", stream="best_bid_offer")
    await until(lambda: health(bench)["counters"]["stale_streams"] > 0, "a stream found stale")
    last = bench.cache.quote_tick(ETH).ts_event
    await bench.clear_faults()
    await until(lambda: bench.cache.quote_tick(ETH).ts_event > last, "quotes again")


@pytest.mark.proves("R002-09")
async def test_an_order_of_somebody_else_that_ended_while_the_sockets_were_down_ends_here_too(bench: Bench) -> None:
    """The core knows our own orders only, and the venue does not list one that ended without a trade."""
    price = (bench.cache.quote_tick(ETH).bid_price.as_decimal() - 100).quantize(Decimal("0.1"))
    await bench.other.place(ETH_ID, str(price), "0.5", DEFAULT)
    theirs = await until(lambda: next(iter(bench.cache.orders_open(instrument_id=ETH)), None), "the manual order")
    await bench.fault("refuse_connections")
    await bench.fault("disconnect", socket="all")
    await until(lambda: Notice.LOST in notices(bench), "notice of the loss")
    bench.venue.state.exchange.cancel(bench.open_at_venue()[theirs.venue_order_id.value])
    await bench.clear_faults()
    await until(lambda: theirs.status == OrderStatus.CANCELED, lambda: f"its end; it is {theirs!r}")
