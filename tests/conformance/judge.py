"""Whether what happened is what a card asks for: events, in order, with values; and the venue's own books."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from itertools import pairwise
from typing import Any

from nautilus_trader.model.enums import LiquiditySide, OrderSide, OrderType, TimeInForce
from nautilus_trader.model.orders import Order

from conformance.bench import X18, x18
from conformance.card import ExecCard, Flow, pattern, sentence, word
from conformance.parameters import Conditional
from conformance.session import Session
from hedgewire.simulator.orders import Order as HeldOrder
from hedgewire.simulator.orders import OrderKind

ENDS = frozenset({"accepted", "filled", "canceled", "expired", "rejected", "denied"})
"""Event words that name the status of an order whose last event they are; ``filled`` is the whole of it."""
AT_MARKET = (OrderType.MARKET, OrderType.STOP_MARKET, OrderType.MARKET_IF_TOUCHED)


def flow_complaints(session: Session, flows: tuple[Flow, ...], stopped: bool) -> list[str]:
    """Empty when every order of the node has lived one of the flows, and every flow has its orders."""
    found: list[str] = []
    lives: dict[str, int] = {}
    for order in session.orders():
        said = sentence(session.events_of(order))
        flow = next((flow for flow in flows if flow.is_of(order)), None)
        if flow is None:
            found.append(f"an order nobody expected: {order!r}")
            continue
        lives[flow.order] = lives.get(flow.order, 0) + 1
        wanted = f"{flow.events} {flow.then}" if stopped else flow.events
        if not pattern(wanted).fullmatch(said):
            found.append(f"{flow.order}: expected {wanted!r}, came {said.strip()!r} {_reasons(session, order)}")
    for flow in flows:
        count, lived = flow.count if flow.events or stopped else 0, lives.get(flow.order, 0)
        if lived < count or (lived > count and not flow.more):
            found.append(f"{flow.order}: expected {count}{' or more' if flow.more else ''} orders, came {lived}")
    return found


def _reasons(session: Session, order: Order) -> str:
    return "; ".join(str(event.reason) for event in session.events_of(order) if hasattr(event, "reason"))


def book_complaints(session: Session, position: Decimal | None, resting: int) -> list[str]:
    """Empty when the venue holds what the card says, and NautilusTrader believes the same."""
    bench = session.bench
    here = {str(order.venue_order_id) for order in session.cache.orders_open()}
    there = bench.resting()
    found = []
    if len(there) != resting:
        found.append(f"{len(there)} orders rest at the venue, expected {resting}")
    if here != there:
        found.append(f"open in the cache {sorted(here)}, at the venue {sorted(there)}")
    if position is not None and bench.position() != position:
        found.append(f"the venue's position is {bench.position()}, expected {position}")
    if session.position() != bench.position():
        found.append(f"the cache's position is {session.position()}, the venue's {bench.position()}")
    # With a position the equity moves with the market, and no message comes of that.
    balance = session.balance()
    equity = _to_money(bench.parameters.told(bench.equity()), balance.currency.precision)
    if bench.position() == 0 and x18(balance.as_decimal()) != equity:
        found.append(f"the cache's balance is {balance}, the venue's {equity} x18")
    return found


def check_orders(session: Session, card: ExecCard) -> None:
    """Values: of every event, of every fill against the venue's own, of the order as the venue holds it."""
    for order in session.orders():
        events = session.events_of(order)
        flow = next(flow for flow in card.flows if flow.is_of(order))
        _check_identity(session, order, events)
        held = session.bench.held(str(order.venue_order_id))
        if held is not None:
            _check_terms(order, held)
            _check_fills(session, order, events)
        waiting = session.bench.parameters.conditional(session.bench.local).get(str(order.venue_order_id))
        if waiting is not None:
            _check_trigger(order, waiting)
        last = word(events[-1])
        assert last not in ENDS or order.status.name == last.upper(), f"{order!r} after {sentence(events)}"
        _compare(order, flow.terms, flow.order)
        if flow.held:
            assert held is not None, f"{flow.order}: the venue has no such order"
            _compare(held, flow.held, f"{flow.order} at the venue")
        for event in events:
            _compare(event, flow.values.get(word(event), {}), f"{flow.order} {word(event)}")
    for flow in card.flows:
        if flow.follows:
            _check_follows(session, flow)


def _check_follows(session: Session, flow: Flow) -> None:
    prices = [price for order in session.orders() if flow.is_of(order) for price in _prices(session.events_of(order))]
    steps = [flow.follows * (after - before) for before, after in pairwise(prices)]
    assert steps and all(step > 0 for step in steps), f"{flow.order}: prices {prices}"


def _prices(events: list[Any]) -> list[Decimal]:
    """The level of an order, first and after every change: its trigger price, or its price."""
    first, *changes = [event for event in events if word(event) in ("initialized", "updated")]
    asked = first.options.get("trigger_price") or first.options["price"]
    return [Decimal(asked), *((event.trigger_price or event.price).as_decimal() for event in changes)]


def _compare(subject: Any, wanted: Mapping[str, Any], name: str) -> None:
    for attribute, value in wanted.items():
        came = getattr(subject, attribute)
        fine = value(came) if callable(value) else came == value
        assert fine, f"{name}: {attribute} is {came!r}, expected {value!r}"


def _check_identity(session: Session, order: Order, events: list[Any]) -> None:
    for event in events:
        assert (event.instrument_id, event.strategy_id) == (order.instrument_id, order.strategy_id), event
        assert event.ts_event > 0, event
        if word(event) not in ("initialized", "denied"):
            assert event.account_id.get_issuer() == session.bench.parameters.client, event
        if word(event) == "expired":
            assert event.ts_event // 10**9 >= order.expire_time_ns // 10**9, event  # whole seconds at venues
        if word(event) in ("accepted", "canceled", "expired", "filled", "updated"):
            assert session.bench.held(str(event.venue_order_id)) is not None, event


def _check_terms(order: Order, held: HeldOrder) -> None:
    """What was asked for is what the venue was asked for."""
    kinds = {TimeInForce.IOC: OrderKind.IOC, TimeInForce.FOK: OrderKind.FOK}
    usual = OrderKind.IOC if order.order_type in AT_MARKET else OrderKind.DEFAULT
    kind = OrderKind.POST_ONLY if order.is_post_only else kinds.get(order.time_in_force, usual)
    assert (held.is_buy, held.kind) == (order.side == OrderSide.BUY, kind), (order, held)
    assert abs(held.amount) == x18(order.quantity), (order, held)
    assert held.reduce_only == order.is_reduce_only, (order, held)
    if order.order_type not in AT_MARKET:
        assert held.price == x18(order.price), (order, held)
    if order.time_in_force == TimeInForce.GTD:
        assert held.expiration_s == order.expire_time_ns // 10**9, (order, held)


def _check_trigger(order: Order, waiting: Conditional) -> None:
    """A stop follows the market, an if-touched order goes against it."""
    follows = order.order_type in (OrderType.STOP_MARKET, OrderType.STOP_LIMIT)
    above = (order.side == OrderSide.BUY) == follows
    assert (waiting.above, waiting.price) == (above, x18(order.trigger_price)), (order, waiting)


def _check_fills(session: Session, order: Order, events: list[Any]) -> None:
    """Fill by fill, to the last unit of x18."""
    came = [
        (x18(event.last_qty), x18(event.last_px), x18(event.commission.as_decimal()), event.liquidity_side)
        for event in events
        if word(event) == "filled"
    ]
    precision, told = session.instrument().get_settlement_currency().precision, session.bench.parameters.told
    taker, maker = LiquiditySide.TAKER, LiquiditySide.MAKER
    wanted = [
        (fill.quantity, fill.price, _to_money(told(fill.fee), precision), taker if fill.is_taker else maker)
        for fill in session.bench.fills.get(str(order.venue_order_id), [])
    ]
    assert came == wanted, f"{order!r}: fills {came}, at the venue {wanted}"
    ids = [event.trade_id for event in events if word(event) == "filled"]
    assert len(set(ids)) == len(ids), ids
    assert x18(order.filled_qty) == sum(quantity for quantity, *_ in wanted)


def _to_money(amount_x18: int, precision: int) -> int:
    """An amount as the currency's ``Money`` can say it, rounded half to even."""
    return x18((Decimal(amount_x18) / X18).quantize(Decimal(1).scaleb(-precision)))
