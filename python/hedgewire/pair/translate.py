"""NautilusTrader's events and instruments in the words of the pair machine, and its orders in the engine's."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from nautilus_trader.model import events
from nautilus_trader.model.enums import LiquiditySide, OrderSide, TimeInForce
from nautilus_trader.model.identifiers import ClientOrderId

from hedgewire.pair import vocabulary as v


def leg_spec(instrument: Any) -> v.LegSpec:
    """Everything from the venue's own listing."""
    minimum = instrument.min_notional
    return v.LegSpec(
        name=str(instrument.id.symbol),
        tick=instrument.price_increment.as_decimal(),
        lot=instrument.size_increment.as_decimal(),
        min_qty=instrument.min_quantity.as_decimal() if instrument.min_quantity is not None else v.ZERO,
        min_notional=minimum.as_decimal() if minimum is not None else v.ZERO,
        maker_rate=instrument.maker_fee,
        taker_rate=instrument.taker_fee,
    )


def why_not_neutral(neutral: v.Neutral, instruments: Sequence[Any]) -> str:
    """Empty where legs of these instruments can be neutral in that way."""
    coins = [str(instrument.base_currency) for instrument in instruments]
    if neutral is v.Neutral.QUANTITY and coins[0] != coins[1]:
        return f"not_neutral: equal quantities of {coins[0]} and {coins[1]} hedge nothing; set neutral to notional"
    return ""


def limit_order(factory: Any, instrument: Any, action: v.Submit) -> Any:
    """The engine's order: post-only rests until cancelled, all others are immediate-or-cancel."""
    post_only = action.kind is v.OrderKind.POST_ONLY
    return factory.limit(
        instrument_id=instrument.id,
        order_side=OrderSide.BUY if action.side is v.Side.BUY else OrderSide.SELL,
        quantity=instrument.make_qty(action.qty),
        price=instrument.make_price(action.price),
        time_in_force=TimeInForce.GTC if post_only else TimeInForce.IOC,
        post_only=post_only,
        reduce_only=action.reduce_only,
        client_order_id=ClientOrderId(action.order_id),
    )


def machine_event(event: Any, leg: int, order: Any) -> v.Event | None:
    """The machine's word for an order event; None for one that says nothing new (pending, updated, released)."""
    order_id = event.client_order_id.value
    match event:
        case events.OrderFilled():
            return v.Fill(
                leg,
                order_id,
                event.trade_id.value,
                v.Side.BUY if event.order_side == OrderSide.BUY else v.Side.SELL,
                event.last_qty.as_decimal(),
                event.last_px.as_decimal(),
                event.commission.as_decimal(),
                event.liquidity_side == LiquiditySide.MAKER,
                event.ts_event,
            )
        case events.OrderSubmitted():
            return v.OrderSubmitted(leg, order_id)
        case events.OrderAccepted():
            return v.OrderAccepted(leg, order_id)
        case events.OrderRejected():
            return v.OrderRejected(leg, order_id, event.reason, bool(event.due_post_only))
        case events.OrderDenied():
            return v.OrderDenied(leg, order_id, event.reason)
        case events.OrderCanceled():
            return v.OrderCanceled(leg, order_id, _filled(event, order))
        case events.OrderExpired():
            return v.OrderExpired(leg, order_id, _filled(event, order))
        case events.OrderCancelRejected():
            return v.CancelRejected(leg, order_id, event.reason)
    return None


def _filled(event: Any, order: Any) -> Decimal | None:
    """Our execution clients tell an end only after every fill the venue counted in it; an end that the engine made up
    (``reconciliation``) proves nothing, and the machine then asks."""
    if order is None or event.reconciliation:
        return None
    return Decimal(order.filled_qty.as_decimal())
