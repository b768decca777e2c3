"""Checks of a new order that every venue makes."""

from __future__ import annotations

from hedgewire.simulator.fixed import plain
from hedgewire.simulator.orders import Instrument, Order, OrderKind, Reason, Refusal, TradingStatus


def check_shape(order: Order, instrument: Instrument) -> None:
    """Raises ``Refusal`` for a price or an amount that is zero or no multiple of its increment."""
    if order.price <= 0:
        raise Refusal(Reason.INVALID_PRICE, f"price {plain(order.price)} is not positive")
    if order.price % instrument.price_increment:
        increment = plain(instrument.price_increment)
        raise Refusal(Reason.PRICE_INCREMENT, f"{plain(order.price)} is no multiple of {increment}")
    if order.amount % instrument.size_increment:
        increment = plain(instrument.size_increment)
        raise Refusal(Reason.SIZE_INCREMENT, f"{plain(order.amount)} is no multiple of {increment}")
    if order.amount == 0:
        raise Refusal(Reason.ZERO_AMOUNT, "the amount is zero")


def check_trading_status(status: TradingStatus, order: Order) -> None:
    """Raises ``Refusal`` for what a market in that status does not take."""
    blocked = (
        status is TradingStatus.NOT_TRADABLE
        or (status is TradingStatus.POST_ONLY and order.kind is not OrderKind.POST_ONLY)
        or (status is TradingStatus.REDUCE_ONLY and not order.reduce_only)
    )
    if blocked:
        raise Refusal(Reason.TRADING_BLOCKED, f"the market is {status.value}")
