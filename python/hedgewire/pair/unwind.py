"""The UNWIND phases and the emergency: close what is held, by what the fills say is held. Pair reference 1.3, 1.6."""

from __future__ import annotations

from decimal import Decimal

from . import ending
from .orders import Purpose
from .pricing import capped_taker_price, has_moved, post_only_price
from .sizing import lots_worth
from .state import CycleState
from .vocabulary import ZERO, OrderKind, Side, SmallExit, State, plain

# An order sized exactly at the venue's minimum can fall below it by a rounding of the venue's own valuation.
MIN_NOTIONAL_MARGIN = Decimal("1.01")
MAX_TOP_UPS = 2


def exit_side(held: Decimal) -> Side:
    return Side.SELL if held > 0 else Side.BUY


def _quote_exit(c: CycleState, leg: int) -> bool:
    """Rest a post-only exit for all that is held. Not reduce-only: venues refuse that on resting orders (Nado 2067)."""
    held, spec = c.desk.held(leg), c.desk.specs[leg]
    if held == 0 or not c.desk.is_fresh(leg):
        return False
    side, book = exit_side(held), c.desk.books[leg]
    price = post_only_price(side, book.bid, book.ask, spec.tick)
    if abs(held) < spec.min_qty or (abs(held) * price < spec.min_notional and spec.small_exit is not SmallExit.ALLOWED):
        return False
    c.desk.submit(leg, side, abs(held), OrderKind.POST_ONLY, price, Purpose.EXIT)
    return True


def take_exit(c: CycleState, leg: int, cap_bps: Decimal) -> bool:
    """A reduce-only IOC for everything held (a large one in equal parts), so that no rest below the venue's minimum is
    left by design.

    A position below the minimum is closed the way :class:`SmallExit` allows. False when the venue offers no way.
    """
    desk, held, spec = c.desk, c.desk.held(leg), c.desk.specs[leg]
    book, side = desk.books[leg], exit_side(held)
    price = capped_taker_price(side, book.bid, book.ask, spec.tick, cap_bps)
    qty, least = abs(held), spec.min_notional * MIN_NOTIONAL_MARGIN
    too_small = qty * price < spec.min_notional or qty < spec.min_qty
    policy = desk.small_exit[leg]
    if too_small and policy is SmallExit.CLIP:
        qty = max(lots_worth(least, price, spec.lot), spec.min_qty)
    elif too_small and policy is SmallExit.TOP_UP:
        if c.top_ups[leg] >= MAX_TOP_UPS:
            desk.small_exit[leg] = spec.small_exit  # what was refused for a passing reason is tried again, with pauses
            return False
        c.top_ups[leg] += 1
        price = capped_taker_price(side.opposite, book.bid, book.ask, spec.tick, cap_bps)
        qty = max(lots_worth(least, min(price, book.bid), spec.lot), spec.min_qty)
        c.note(f"top_up: {spec.name} holds {held}, below the minimum order value; grown by {qty} to close in one order")
        desk.submit(leg, side.opposite, qty, OrderKind.IOC, price, Purpose.TOP_UP)
        return True
    desk.take(leg, side, qty, price, Purpose.EXIT, reduce_only=True)
    return True


def learn_from_refusal(c: CycleState, leg: int, order_id: str) -> None:
    """The venue knows its own rules better than the configuration: a refused small exit moves to the next policy."""
    order, desk, spec = c.desk.orders.get(order_id), c.desk, c.desk.specs[leg]
    if order is None or not order.submit.reduce_only or desk.held(leg) == 0:
        return
    policy, sent = desk.small_exit[leg], order.submit
    if policy is SmallExit.ALLOWED and sent.qty * sent.price < spec.min_notional:
        desk.small_exit[leg] = SmallExit.CLIP
    elif policy is SmallExit.CLIP and sent.qty > abs(desk.held(leg)):
        desk.small_exit[leg] = SmallExit.TOP_UP
    else:
        return
    c.note(f"small_exit: {spec.name} refused a {policy} exit ({order.refused}); trying {desk.small_exit[leg]}")


def resuming(c: CycleState) -> None:
    """What an earlier process left open is closed only when the venue says that it is exactly that."""
    desk = c.desk
    confirmed = desk.ensure_audits()
    wrong = desk.proven_mismatch()
    if wrong is not None:
        name, held, explained = desk.specs[wrong].name, desk.audits[wrong].value or ZERO, desk.held(wrong)
        ending.halt_before_start(
            c, f"leftover_unexplained: {name} holds {plain(held)}, the fills in the journal make {plain(explained)}"
        )
    elif confirmed:
        c.start_taker_unwind("interrupted: an earlier run ended inside this cycle")
    elif "phase" in desk.expired:
        ending.halt_before_start(c, "position_unknown: no answer about what an earlier run left")


def working(c: CycleState) -> None:
    """Post-only exits until the maker time is over, re-priced a bounded number of times inside one total budget."""
    desk = c.desk
    flat = [desk.held(leg) == 0 for leg in (0, 1)]
    if flat[0] != flat[1] and not desk.has_timer("grace"):
        desk.set_timer("grace", c.config.one_leg_grace_ms)
    over = not desk.connected or any(name in desk.expired for name in ("maker", "grace", "total"))
    if over:
        if not all(flat):
            c.fallback_reason = c.fallback_reason or "maker_exit_unfilled"
        c.state = State.UNWIND_COMPLETING
        return
    for leg in (0, 1):
        order = desk.live.get(leg)
        if order is None:
            first = leg not in c.quoted
            if desk.held(leg) == 0 or not (first or c.phase_reprices < c.config.max_reprices):
                continue
            if not first:
                c.count_reprice()
            c.quoted.add(leg)
            _quote_exit(c, leg)
        elif order.acked and c.phase_reprices < c.config.max_reprices:
            book = desk.books[leg]
            if has_moved(
                order.submit.price, order.submit.side, book.bid, book.ask, desk.specs[leg].tick, c.config.reprice_ticks
            ):
                desk.cancel(leg)
    if not desk.live:
        c.state = State.UNWIND_COMPLETING


def completing(c: CycleState) -> None:
    """Cancel what rests, wait for its proven end, then take the rest within the slippage cap and the attempts."""
    desk = c.desk
    for leg in (0, 1):
        desk.cancel(leg)
        if leg in desk.live or desk.held(leg) == 0:
            continue
        flows = desk.flows(leg)
        if (c.attempts[leg] >= c.config.max_taker_attempts and not flows) or "total" in desk.expired:
            why = f" (last refusal: {c.last_refusal})" if c.last_refusal else ""
            c.emergency(f"unwind_exhausted: {desk.specs[leg].name} still holds {desk.held(leg)}{why}")
            return
        if not desk.connected or not desk.is_fresh(leg) or not (flows or c.may_retry(f"retry{leg}")):
            continue
        c.attempts[leg] += not flows
        if not take_exit(c, leg, c.config.slippage_cap_bps):
            c.emergency(f"below_minimum: {desk.specs[leg].name} holds {desk.held(leg)}, too small to close")
            return
    if not desk.live and desk.is_flat:
        desk.clear_timer("total")
        desk.reset_audits()
        c.state = State.UNWIND_VERIFY
    elif "total" in desk.expired:
        c.emergency("unwind_exhausted: an order is still unresolved at the end of the budget")


def verify(c: CycleState) -> None:
    if not c.desk.is_flat:
        c.start_taker_unwind("late_fill")
    elif c.settled_and_confirmed():
        ending.finish(c, c.outcome, c.reason)


def emergency(c: CycleState) -> None:
    """Cancel everything, close by reduce-only IOC, verify; past the budget halt dirty, alert, and keep trying."""
    desk = c.desk
    wrong = desk.proven_mismatch()
    if wrong is not None and wrong not in desk.live:
        desk.adopt(wrong)
    for leg in (0, 1):
        desk.cancel(leg)
        if leg in desk.live or desk.held(leg) == 0 or leg not in desk.books or not desk.may_exit(leg):
            continue
        if not desk.flows(leg) and not c.may_retry(f"retry{leg}"):
            continue
        c.emergency_orders += 1
        if not take_exit(c, leg, c.config.emergency_slippage_bps):
            c.note_once(f"below_minimum: {desk.specs[leg].name} holds {desk.held(leg)}, too small to close")
    # Also while exposure remains: if the venue proves another position, closing the wrong one would be endless.
    confirmed = desk.ensure_audits()
    if not desk.live and desk.is_flat and confirmed:
        ending.halt_flat(c, c.emergency_reason)
    elif c.state is State.EMERGENCY and ("total" in desk.expired or desk.audits_exhausted()):
        ending.halt_dirty(c)
