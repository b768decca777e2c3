"""Commands of a strategy in a real node, and what the venue's own books say afterwards."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from nado_client import DEFAULT
from nautilus_trader.model.enums import OrderSide, OrderStatus, TimeInForce
from nautilus_trader.model.orders import Order
from node_on_nado import ETH, ETH_ID, Bench, until


@pytest.mark.proves("R000-62", "R001-18", "R002-24", "R003-1.4.2")
async def test_a_limit_order_fills_with_its_real_fee(bench: Bench) -> None:
    order = bench.hand.ioc()
    bench.hand.submit_order(order)
    await until(lambda: order.is_closed, "end of the order")
    names = bench.hand.names(order)
    assert names[:4] == ["OrderInitialized", "OrderSubmitted", "OrderAccepted", "OrderFilled"]
    assert order.status == OrderStatus.FILLED
    assert order.filled_qty.as_decimal() == await bench.position() == Decimal("0.5")
    assert all(event.commission.as_decimal() > 0 for event in bench.hand.seen if "Filled" in type(event).__name__)


@pytest.mark.proves("R002-24", "R002-25", "R003-1.4.4")
async def test_cancel_ends_the_order_here_and_there(bench: Bench) -> None:
    order = await bench.rest()
    assert list(bench.open_at_venue()) == [order.venue_order_id.value]
    bench.hand.cancel_order(order)
    await bench.told(order, "OrderCanceled")
    assert bench.open_at_venue() == {}


async def test_modify_moves_the_order_and_the_new_one_is_ours(bench: Bench) -> None:
    """Nado replaces: the venue order id changes, the client order id stays."""
    order = await bench.rest("100")
    old = order.venue_order_id
    price = bench.cache.instrument(ETH).make_price(order.price - Decimal(50))
    quantity = bench.cache.instrument(ETH).make_qty("0.6")
    bench.hand.modify_order(order, quantity=quantity, price=price)
    updated = await bench.told(order, "OrderUpdated")
    assert (updated.price, updated.quantity) == (price, quantity)
    assert updated.venue_order_id != old
    ((digest, held),) = bench.open_at_venue().items()
    assert digest == order.venue_order_id.value == updated.venue_order_id.value
    assert (Decimal(held.price), Decimal(held.amount)) == (price.as_decimal() * 10**18, quantity.as_decimal() * 10**18)
    assert order.status == OrderStatus.ACCEPTED
    # The second change finds the order under its new id, and so does the cancel.
    bench.hand.modify_order(order, price=bench.cache.instrument(ETH).make_price(price - Decimal(1)))
    await bench.told(order, "OrderUpdated", 2)
    bench.hand.cancel_order(order)
    await bench.told(order, "OrderCanceled")
    assert bench.open_at_venue() == {}
    assert bench.hand.names(order).count("OrderCanceled") == 1


async def test_modify_of_a_partly_filled_order_keeps_what_was_filled(bench: Bench) -> None:
    """A quantity is a total to NautilusTrader; to Nado, a replacement is an order of its own: only the rest is sent."""
    order = await best_bid(bench)
    await bench.counterparty.sell(order.price, "0.2")
    await bench.told(order, "OrderFilled")
    assert order.status == OrderStatus.PARTIALLY_FILLED
    instrument = bench.cache.instrument(ETH)
    bench.hand.modify_order(order, quantity=instrument.make_qty("0.6"), price=instrument.make_price(order.price - 50))
    await bench.told(order, "OrderUpdated")
    (held,) = bench.open_at_venue().values()
    assert held.amount == Decimal("0.4") * 10**18
    assert (order.quantity.as_decimal(), order.filled_qty.as_decimal()) == (Decimal("0.6"), Decimal("0.2"))
    bench.hand.cancel_order(order)
    await bench.told(order, "OrderCanceled")
    assert bench.net_position() == await bench.position() == Decimal("0.2")


async def best_bid(bench: Bench) -> Order:
    """Our order alone on the bid side of a market that stands still."""
    await bench.other.control("liquidity", {"freeze": True, "product_id": ETH_ID, "drain": "bids"})
    return await bench.rest("1")


async def test_cancel_all_of_one_instrument(bench: Bench) -> None:
    orders = [await bench.rest(below) for below in ("100", "101", "102")]
    bench.hand.cancel_all_orders(ETH)
    for order in orders:
        await bench.told(order, "OrderCanceled")
    assert bench.open_at_venue() == {}


async def test_cancel_all_of_one_side_spares_the_other(bench: Bench) -> None:
    order = await bench.rest()
    bench.hand.cancel_all_orders(ETH, order_side=OrderSide.SELL)
    second = await bench.rest("120")  # a round trip after the command that must not have done anything
    assert set(bench.open_at_venue()) == {order.venue_order_id.value, second.venue_order_id.value}
    bench.hand.cancel_all_orders(ETH, order_side=OrderSide.BUY)
    for resting in (order, second):
        await bench.told(resting, "OrderCanceled")
    assert bench.open_at_venue() == {}


async def test_batch_cancel_is_one_request_for_exactly_these(bench: Bench) -> None:
    orders = [await bench.rest(below) for below in ("100", "101", "102")]
    before = bench.venue.state.log.counts["execute_cancel_orders"]
    bench.hand.cancel_orders(orders[:2])
    for order in orders[:2]:
        await bench.told(order, "OrderCanceled")
    assert list(bench.open_at_venue()) == [orders[2].venue_order_id.value]
    assert bench.venue.state.log.counts["execute_cancel_orders"] == before + 1


@pytest.mark.proves("R000-35")
async def test_a_list_of_orders_is_one_request(bench: Bench) -> None:
    orders = [bench.hand.limit(below, post_only=True) for below in ("100", "101", "102")]
    bench.hand.submit_order_list(bench.hand.order_factory.create_list(orders))
    for order in orders:
        await bench.told(order, "OrderAccepted")
    assert set(bench.open_at_venue()) == {order.venue_order_id.value for order in orders}
    counts = bench.venue.state.log.counts
    assert (counts["execute_place_orders"], counts["execute_place_order"]) == (1, 0)


def _trailing(bench: Bench) -> Any:
    return bench.hand.order_factory.trailing_stop_market(
        ETH, OrderSide.BUY, bench.cache.instrument(ETH).make_qty("0.5"), trailing_offset=Decimal(100)
    )


DENIED = {
    "UNSUPPORTED_ORDER_TYPE": _trailing,
    "UNSUPPORTED_TIME_IN_FORCE": lambda bench: bench.hand.limit("100", time_in_force=TimeInForce.DAY),
    "UNSUPPORTED_REDUCE_ONLY": lambda bench: bench.hand.limit("100", reduce_only=True),
    "UNSUPPORTED_DISPLAY_QTY": lambda bench: bench.hand.limit(
        "100", display_qty=bench.cache.instrument(ETH).make_qty("0.1")
    ),
    "NOTIONAL_BELOW_MINIMUM": lambda bench: bench.hand.limit("100", "0.01"),
}


@pytest.mark.parametrize("code", list(DENIED))
async def test_what_the_venue_cannot_do_is_denied_and_never_sent(bench: Bench, code: str) -> None:
    order = DENIED[code](bench)
    bench.hand.submit_order(order)
    denied = await bench.told(order, "OrderDenied")
    assert denied.reason.startswith(code), denied.reason
    assert order.status == OrderStatus.DENIED
    assert bench.venue.state.log.digests == {}


@pytest.mark.proves("R002-25")
async def test_a_rejection_of_the_venue_carries_its_code(bench: Bench) -> None:
    order = bench.hand.limit(None, post_only=True)
    bench.hand.submit_order(order)
    rejected = await bench.told(order, "OrderRejected")
    assert rejected.due_post_only
    assert rejected.reason.partition(":")[0].isdigit(), rejected.reason
    assert bench.open_at_venue() == {}


async def test_a_bracket_is_denied_whole_before_anything_is_sent(bench: Bench) -> None:
    """Its exits depend on its entry; the venue has no list that knows that."""
    instrument, quote = bench.cache.instrument(ETH), bench.cache.quote_tick(ETH)
    bracket = bench.hand.order_factory.bracket(
        ETH,
        OrderSide.BUY,
        instrument.make_qty("0.5"),
        sl_trigger_price=instrument.make_price(quote.bid_price - 50),
        tp_price=instrument.make_price(quote.ask_price + 50),
    )
    bench.hand.submit_order_list(bracket)
    for order in bracket.orders:
        denied = await bench.told(order, "OrderDenied")
        assert denied.reason.startswith("UNSUPPORTED_CONTINGENCY"), denied.reason
    assert bench.venue.state.log.digests == {}


async def test_a_list_goes_on_without_the_order_that_the_venue_cannot_do(bench: Bench) -> None:
    good, bad = bench.hand.limit("100", post_only=True), bench.hand.limit("100", "0.01")
    bench.hand.submit_order_list(bench.hand.order_factory.create_list([good, bad]))
    await bench.told(bad, "OrderDenied")
    await bench.told(good, "OrderAccepted")
    assert list(bench.open_at_venue()) == [good.venue_order_id.value]


@pytest.mark.proves("R002-25")
async def test_an_order_whose_time_runs_out_has_expired(bench: Bench) -> None:
    """Nado says *cancelled*; the time says why."""
    ends = bench.hand.clock.utc_now() + timedelta(seconds=2)
    order = await bench.rest(time_in_force=TimeInForce.GTD, expire_time=ends)
    await bench.told(order, "OrderExpired")
    assert order.status == OrderStatus.EXPIRED
    assert bench.open_at_venue() == {}


async def test_cancel_all_spares_the_orders_of_others(bench: Bench) -> None:
    """An order placed by hand is not this strategy's to cancel."""
    ours = await bench.rest()
    price = str((bench.cache.quote_tick(ETH).bid_price.as_decimal() - 50).quantize(Decimal("0.1")))
    manual = (await bench.other.place(ETH_ID, price, "0.5", DEFAULT))["data"]["digest"]
    await until(lambda: len(bench.cache.orders_open(instrument_id=ETH)) == 2, "the manual order")
    bench.hand.cancel_all_orders(ETH)
    await bench.told(ours, "OrderCanceled")
    assert list(bench.open_at_venue()) == [manual]
