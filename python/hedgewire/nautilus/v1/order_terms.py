"""What of an order the venue can do. The rest is denied here, before anything is sent, with a reason code."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

from nautilus_trader.model.enums import ContingencyType, OrderSide, OrderType, TimeInForce, TriggerType
from nautilus_trader.model.objects import Price, Quantity
from nautilus_trader.model.orders import Order

from hedgewire.nautilus.rows import BUY, SELL, Kind, TriggerSource
from hedgewire.nautilus.v1 import convert
from hedgewire.nautilus.v1.providers import Traded

CoreOrder = tuple[int, int, int, int, int, int, bool, bool, int, str]
CoreTrigger = tuple[int, bool, int, str, bool]
Terms = tuple[int, int, int | None]
"""Quantity, price and trigger price of an order, x18; the last one None where it has none, or where none is said."""
NONE = -1
BPS = Decimal(10_000)
STOPS = frozenset({OrderType.STOP_MARKET, OrderType.STOP_LIMIT})
WAITING_TYPES = STOPS | {OrderType.MARKET_IF_TOUCHED, OrderType.LIMIT_IF_TOUCHED}
WITHOUT_PRICE = frozenset({OrderType.MARKET, OrderType.STOP_MARKET, OrderType.MARKET_IF_TOUCHED})


class Denied(ValueError):
    """The order must not be sent; the text is the reason of ``OrderDenied``: ``CODE: key=value``."""


OrderForm = tuple[OrderType, TimeInForce, bool]
"""Type, time in force and post-only: what the venue's kind of an order follows from."""


@dataclass(frozen=True, slots=True)
class VenueRules:
    """What a venue can do, as data: every denial and the documentation's matrix come from here. ``kinds``: the forms
    that it has, a form that is missing is denied. ``reduce_only_kinds``: kinds that may carry the flag.
    ``modify``: whether an order can change; ``amend``: in place, else by replacement.
    ``trigger_sources``: which price releases an order that waits at the venue. ``forced_reasons``: what the venue
    calls taking positions over, without an order of the account. ``ordinary_reasons``: what it calls changes that the
    account's own orders and transfers make. A reason in neither is said, and nothing more is
    concluded from it. ``post_only_reasons``: why it ends a post-only order that would have traded. ``waiting_apart``:
    orders that wait for a trigger are not among those that cancelling all of an instrument means. ``messages``: what a
    strategy may send that is no order."""

    kinds: Mapping[OrderForm, Kind]
    reduce_only_kinds: frozenset[Kind]
    max_batch: int
    min_notional_applies_to_exits: bool
    display_quantity: bool = False
    quote_quantity: bool = False
    modify: bool = True
    amend: bool = False
    contingencies: frozenset[ContingencyType] = frozenset()
    trigger_sources: Mapping[TriggerType, TriggerSource] = field(default_factory=dict)
    forced_reasons: frozenset[str] = frozenset()
    ordinary_reasons: frozenset[str] = frozenset()
    post_only_reasons: frozenset[str] = frozenset()
    waiting_apart: bool = True
    messages: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Touch:
    """Best bid and ask, for a market order's limit. None where it is not known."""

    bid: Decimal | None
    ask: Decimal | None


def core_order(
    order: Order, number: int, traded: Traded, rules: VenueRules, touch: Touch, slippage_cap_bps: Decimal, params: Any
) -> CoreOrder:
    """The order as the core takes it. ``params``: the venue's own parameters, which the core checks. Raises
    :class:`Denied`."""
    if order.is_quote_quantity and not rules.quote_quantity:
        raise Denied("UNSUPPORTED_QUOTE_QUANTITY: quantity must be in base units")
    if getattr(order, "display_qty", None) is not None and not rules.display_quantity:
        raise Denied("UNSUPPORTED_DISPLAY_QTY: the venue has no iceberg orders")
    kind = _kind(order, rules)
    if order.is_reduce_only and kind not in rules.reduce_only_kinds:
        allowed = ", ".join(sorted(allowed.name for allowed in rules.reduce_only_kinds))
        raise Denied(f"UNSUPPORTED_REDUCE_ONLY: kind={kind.name} allowed={allowed}")
    price_x18 = _limit_price_x18(order, traded, touch, slippage_cap_bps)
    quantity_x18 = convert.raw_to_x18(order.quantity.raw)
    _check_increments(price_x18, quantity_x18, traded)
    if not order.is_reduce_only or rules.min_notional_applies_to_exits:
        _check_notional(price_x18, quantity_x18, traded)
    expires_s = int(order.expire_time_ns // 1_000_000_000) if order.time_in_force == TimeInForce.GTD else NONE
    side = BUY if order.side == OrderSide.BUY else SELL
    return (
        number,
        traded.number,
        side,
        int(kind),
        quantity_x18,
        price_x18,
        order.order_type in WITHOUT_PRICE,
        order.is_reduce_only,
        expires_s,
        json.dumps(params, default=str) if params else "",
    )


def core_trigger(order: Order, traded: Traded, rules: VenueRules) -> CoreTrigger | None:
    """What the order waits for at the venue; None for one that goes to the book at once. Raises :class:`Denied`."""
    if order.order_type not in WAITING_TYPES:
        return None
    source = rules.trigger_sources.get(order.trigger_type)
    if source is None:
        allowed = ", ".join(sorted(known.name for known in rules.trigger_sources))
        raise Denied(f"UNSUPPORTED_TRIGGER_TYPE: trigger_type={order.trigger_type.name} allowed={allowed}")
    price_x18 = convert.raw_to_x18(order.trigger_price.raw)
    if price_x18 <= 0 or price_x18 % convert.raw_to_x18(traded.instrument.price_increment.raw):
        raise Denied(
            f"INVALID_TRIGGER_PRICE: trigger_price={order.trigger_price} increment={traded.instrument.price_increment}"
        )
    # A stop follows the market, an if-touched order goes against it.
    above = (order.side == OrderSide.BUY) == (order.order_type in STOPS)
    return (int(source), above, price_x18, "", False)


def changed_terms(
    order: Order,
    traded: Traded,
    slippage_cap_bps: Decimal,
    quantity: Quantity | None,
    price: Price | None,
    trigger_price: Price | None,
) -> Terms:
    """A resting or waiting order's terms after a change; None keeps what is. Raises :class:`Denied`."""
    trigger = (trigger_price or order.trigger_price) if order.has_trigger_price else None
    if order.order_type in WITHOUT_PRICE:
        if trigger is None:
            raise Denied("UNSUPPORTED_MODIFY: a market order does not rest")
        price_x18 = _capped_price_x18(order, traded, trigger.as_decimal(), slippage_cap_bps)
    else:
        price_x18 = convert.raw_to_x18((price or order.price).raw)
    quantity_x18 = convert.raw_to_x18((quantity or order.quantity).raw)
    _check_increments(price_x18, quantity_x18, traded)
    return (quantity_x18, price_x18, None if trigger is None else convert.raw_to_x18(trigger.raw))


def refuse_contingencies(orders: list[Order], rules: VenueRules) -> None:
    """Raises :class:`Denied` for a list whose orders depend on each other in a way that the venue does not know: sent
    as independent orders, the exits of a bracket would trade before its entry."""
    unknown = {order.contingency_type for order in orders} - rules.contingencies - {ContingencyType.NO_CONTINGENCY}
    if unknown:
        names = ", ".join(sorted(contingency.name for contingency in unknown))
        raise Denied(f"UNSUPPORTED_CONTINGENCY: contingency_type={names} (emulate the list or send its orders apart)")


def _kind(order: Order, rules: VenueRules) -> Kind:
    form = (order.order_type, order.time_in_force, order.is_post_only)
    kind = rules.kinds.get(form)
    if kind is not None:
        return kind
    name = order.order_type.name
    same_type = [known for known in rules.kinds if known[0] == order.order_type]
    if not same_type:
        supported = ", ".join(sorted({known[0].name for known in rules.kinds}))
        raise Denied(f"UNSUPPORTED_ORDER_TYPE: order_type={name} supported={supported}")
    allowed = ", ".join(sorted({known[1].name for known in same_type if known[2] == order.is_post_only})) or "none"
    raise Denied(
        f"UNSUPPORTED_TIME_IN_FORCE: order_type={name} time_in_force={order.time_in_force.name} "
        f"post_only={order.is_post_only} allowed={allowed}"
    )


def _limit_price_x18(order: Order, traded: Traded, touch: Touch, slippage_cap_bps: Decimal) -> int:
    if order.order_type not in WITHOUT_PRICE:
        return convert.raw_to_x18(order.price.raw)
    buying = order.side == OrderSide.BUY
    best = touch.ask if buying else touch.bid
    if order.order_type in WAITING_TYPES:
        best = order.trigger_price.as_decimal()  # where the market will be when it is released
    if best is None:
        raise Denied(f"NO_QUOTE: instrument={traded.instrument_id} (a market order needs a quote to bound its price)")
    return _capped_price_x18(order, traded, best, slippage_cap_bps)


def _capped_price_x18(order: Order, traded: Traded, best: Decimal, slippage_cap_bps: Decimal) -> int:
    buying = order.side == OrderSide.BUY
    factor = 1 + slippage_cap_bps / BPS if buying else 1 - slippage_cap_bps / BPS
    tick = traded.instrument.price_increment.as_decimal()
    # Rounded towards the touch, so that the cap is never exceeded by a tick.
    steps = (best * factor / tick).to_integral_value(ROUND_FLOOR if buying else ROUND_CEILING)
    return convert.decimal_to_x18(max(steps * tick, tick))


def _check_increments(price_x18: int, quantity_x18: int, traded: Traded) -> None:
    tick = convert.raw_to_x18(traded.instrument.price_increment.raw)
    lot = convert.raw_to_x18(traded.instrument.size_increment.raw)
    if price_x18 <= 0 or price_x18 % tick:
        raise Denied(
            f"INVALID_PRICE: price={convert.decimal_x18(price_x18).normalize():f} "
            f"increment={traded.instrument.price_increment}"
        )
    if quantity_x18 <= 0 or quantity_x18 % lot:
        raise Denied(
            f"INVALID_QUANTITY: quantity={convert.decimal_x18(quantity_x18).normalize():f} "
            f"increment={traded.instrument.size_increment}"
        )


def _check_notional(price_x18: int, quantity_x18: int, traded: Traded) -> None:
    minimum = traded.instrument.min_notional
    if minimum is None:
        return
    notional = convert.decimal_x18(price_x18) * convert.decimal_x18(quantity_x18)
    if notional < minimum.as_decimal():
        raise Denied(f"NOTIONAL_BELOW_MINIMUM: notional={notional.normalize():f} minimum={minimum}")
