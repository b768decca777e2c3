"""Each order event of the engine becomes one word of the machine, or none where it says nothing new."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest
from nautilus_trader.core.uuid import UUID4
from nautilus_trader.model import events
from nautilus_trader.model.enums import LiquiditySide, OrderSide
from nautilus_trader.model.objects import Money, Price, Quantity
from nautilus_trader.test_kit.providers import TestInstrumentProvider
from nautilus_trader.test_kit.stubs.events import TestEventStubs
from nautilus_trader.test_kit.stubs.execution import TestExecStubs

from hedgewire.pair import vocabulary as v
from hedgewire.pair.translate import leg_spec, machine_event

ETH = TestInstrumentProvider.ethusdt_perp_binance()
ORDER = TestExecStubs.limit_order(instrument=ETH, order_side=OrderSide.SELL)
ID = ORDER.client_order_id.value
S = TestEventStubs


def cancel_rejected() -> Any:
    return events.OrderCancelRejected(
        ORDER.trader_id,
        ORDER.strategy_id,
        ORDER.instrument_id,
        ORDER.client_order_id,
        None,
        None,
        "gone",
        UUID4(),
        0,
        0,
    )


def denied() -> Any:
    return events.OrderDenied(
        ORDER.trader_id, ORDER.strategy_id, ORDER.instrument_id, ORDER.client_order_id, "RISK", UUID4(), 0
    )


@pytest.mark.proves("R003-054")
@pytest.mark.parametrize(
    ("event", "word"),
    [
        (S.order_submitted(ORDER), v.OrderSubmitted(1, ID)),
        (S.order_accepted(ORDER), v.OrderAccepted(1, ID)),
        (S.order_rejected(ORDER), v.OrderRejected(1, ID, S.order_rejected(ORDER).reason)),
        (denied(), v.OrderDenied(1, ID, "RISK")),
        (S.order_canceled(ORDER), v.OrderCanceled(1, ID, D(0))),
        (S.order_expired(ORDER), v.OrderExpired(1, ID, D(0))),
        (cancel_rejected(), v.CancelRejected(1, ID, "gone")),
        (S.order_pending_cancel(ORDER), None),
    ],
    ids=lambda value: type(value).__name__,
)
def test_every_state_of_an_order_has_its_word(event: Any, word: v.Event | None) -> None:
    assert machine_event(event, 1, ORDER) == word


@pytest.mark.proves("R003-2.1.3", "R003-2.4.5")
def test_a_fill_is_translated_digit_by_digit() -> None:
    event = S.order_filled(
        ORDER, ETH, last_qty=Quantity.from_str("0.035"), last_px=Price.from_str("2757.10"),
        commission=Money("0.03377448", ETH.quote_currency), liquidity_side=LiquiditySide.MAKER, ts_event=7,
    )  # fmt: skip
    fill = machine_event(event, 0, ORDER)
    assert fill == v.Fill(
        0, ID, event.trade_id.value, v.Side.SELL, D("0.035"), D("2757.10"), D("0.03377448"), True, 7
    )  # fmt: skip


def test_an_end_that_the_engine_made_up_proves_no_quantity() -> None:
    event = events.OrderCanceled(
        ORDER.trader_id, ORDER.strategy_id, ORDER.instrument_id, ORDER.client_order_id, None, None, UUID4(), 0, 0, True
    )
    assert machine_event(event, 0, ORDER) == v.OrderCanceled(0, ID, None)


def test_a_leg_is_what_the_venue_lists() -> None:
    spec = leg_spec(ETH)
    assert (spec.tick, spec.lot) == (ETH.price_increment.as_decimal(), ETH.size_increment.as_decimal())
    assert (spec.maker_rate, spec.taker_rate) == (ETH.maker_fee, ETH.taker_fee)
