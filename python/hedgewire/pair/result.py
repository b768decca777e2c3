"""The record of a finished cycle, computed from its fills and orders alone."""

from __future__ import annotations

from decimal import Decimal

from .desk import Desk
from .ledger import vwap
from .orders import WorkingOrder
from .pricing import slippage_bps
from .state import CycleState
from .vocabulary import NS_PER_MS, ZERO, CycleResult, Direction, Fill, LegResult, Side


def cycle_result(c: CycleState) -> CycleResult:
    """The record so far; open quantities are valued at their marks until they are closed."""
    desk, ledger, marks = c.desk, c.desk.ledger, c.desk.marks()
    return CycleResult(
        cycle_id=desk.cycle_id,
        direction=c.direction,
        outcome=c.outcome,
        reason=c.reason,
        legs=(leg_result(desk, 0, c.direction), leg_result(desk, 1, c.direction)),
        started_ns=c.started_ns,
        ended_ns=desk.now_ns,
        built_ns=c.built_ns,
        unwind_started_ns=c.unwind_started_ns,
        gross=ledger.gross(marks),
        fees=ledger.fees,
        funding=ledger.funding,
        net=ledger.net(marks),
        volume=ledger.volume,
        repricing_count=c.reprices,
        orders=len(desk.orders),
        fills=len(ledger.fills),
        reconciliation_ms=c.reconciliation_ms,
        emergency_reason=c.emergency_reason,
        emergency_ms=c.emergency_ms,
        fallback_reason=c.fallback_reason,
        slippage_bps=(entry_slippage_bps(desk, 0, c.direction), entry_slippage_bps(desk, 1, c.direction)),
    )


def leg_result(desk: Desk, leg: int, direction: Direction) -> LegResult:
    """One leg, entry and exit told apart by the cycle's direction, so that both directions read the same (B7)."""
    spec = desk.specs[leg]
    side = direction.entry_side(leg)
    fills = [fill for fill in desk.ledger.fills if fill.leg == leg]
    entry = [fill for fill in fills if fill.side is side]
    leaving = [fill for fill in fills if fill.side is not side]
    book = desk.ledger.legs[leg]
    return LegResult(
        name=spec.name,
        entry_side=side,
        entry_qty=_qty(entry),
        entry_price=vwap(entry),
        entry_time_ns=entry[-1].ts if entry else None,
        entry_order_to_fill_ms=_order_to_fill_ms(desk, leg, side),
        entry_all_maker=bool(entry) and all(fill.is_maker for fill in entry),
        exit_qty=_qty(leaving),
        exit_price=vwap(leaving),
        exit_time_ns=leaving[-1].ts if leaving else None,
        exit_order_to_fill_ms=_order_to_fill_ms(desk, leg, side.opposite),
        exit_all_maker=bool(leaving) and all(fill.is_maker for fill in leaving),
        gross=book.cash,
        fees=book.fees,
        volume=book.volume,
        maker_volume=book.maker_volume,
        fee_saved=(spec.taker_rate - spec.maker_rate) * book.maker_volume,
    )


def entry_slippage_bps(desk: Desk, leg: int, direction: Direction) -> Decimal | None:
    """Entry price against the touch when the first entry order was sent; adverse is positive."""
    side = direction.entry_side(leg)
    orders = _filled_orders(desk, leg, side)
    price = vwap([fill for fill in desk.ledger.fills if fill.leg == leg and fill.side is side])
    if not orders or price is None:
        return None
    return slippage_bps(side, price, orders[0].touch)


def _qty(fills: list[Fill]) -> Decimal:
    return sum((fill.qty for fill in fills), ZERO)


def _filled_orders(desk: Desk, leg: int, side: Side) -> list[WorkingOrder]:
    return [
        order
        for order in desk.orders.values()
        if order.submit.leg == leg and order.submit.side is side and order.last_fill_ns is not None
    ]


def _order_to_fill_ms(desk: Desk, leg: int, side: Side) -> int | None:
    """Milliseconds from sending to the last fill of the first order that filled, both on the local clock."""
    orders = _filled_orders(desk, leg, side)
    if not orders or orders[0].last_fill_ns is None:
        return None
    return (orders[0].last_fill_ns - orders[0].sent_ns) // NS_PER_MS
