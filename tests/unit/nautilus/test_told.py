"""What counts as told: an order that was asked to end before the venue answered is sent, not accepted."""

from __future__ import annotations

import pytest
from nautilus_trader.test_kit.stubs.events import TestEventStubs
from nautilus_trader.test_kit.stubs.execution import TestExecStubs

from hedgewire.nautilus.v1 import convert
from hedgewire.nautilus.v1.told import Stage, Told


@pytest.mark.parametrize("ask", [TestEventStubs.order_pending_cancel, TestEventStubs.order_pending_update])
def test_a_cancel_asked_for_before_the_answer_is_no_acceptance(ask: object) -> None:
    order = TestExecStubs.limit_order()
    order.apply(TestEventStubs.order_submitted(order))
    order.apply(ask(order))  # type: ignore[operator]
    told = Told()
    assert told.stage(order) is Stage.SUBMITTED
    assert told.advance(order, Stage.ACCEPTED)


@pytest.mark.parametrize("ask", [TestEventStubs.order_pending_cancel, TestEventStubs.order_pending_update])
def test_an_accepted_order_stays_accepted_while_it_is_asked_to_end(ask: object) -> None:
    order = TestExecStubs.limit_order()
    order.apply(TestEventStubs.order_submitted(order))
    order.apply(TestEventStubs.order_accepted(order, ts_event=1))
    order.apply(ask(order))  # type: ignore[operator]
    assert Told().stage(order) is Stage.ACCEPTED


def test_a_fill_up_to_the_old_quantity_does_not_end_an_order_that_was_made_larger() -> None:
    """The engine applies the change later than this client has told it."""
    order = TestExecStubs.limit_order()
    order.apply(TestEventStubs.order_submitted(order))
    order.apply(TestEventStubs.order_accepted(order, ts_event=1))
    told = Told()
    quantity_x18, price_x18 = convert.raw_to_x18(order.quantity.raw), convert.raw_to_x18(order.price.raw)
    assert not told.change(order, (quantity_x18, price_x18, None)), "what it has is no news"
    assert told.change(order, (2 * quantity_x18, price_x18, None))
    told.add_fill(order, quantity_x18)
    assert told.stage(order) is Stage.ACCEPTED
    told.add_fill(order, quantity_x18)
    assert told.is_closed(order)
