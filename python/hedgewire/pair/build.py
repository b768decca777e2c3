"""The BUILD phases: preflight, placing, working, completing, verifying. Pair reference 1.3 and 1.6."""

from __future__ import annotations

from decimal import Decimal

from . import ending
from .completion import LegView, Remedy, decide
from .guards import Level
from .orders import Purpose
from .preflight import expected_cost
from .pricing import capped_taker_price, has_moved, mid_price, post_only_price, worths
from .sizing import SizingRefused
from .state import CycleState
from .vocabulary import ZERO, BuildPolicy, OrderKind, Outcome, State, StopMode, plain


def preflight(c: CycleState) -> None:
    """Nothing is sent before both positions are known to be zero, both books are fresh and every guard agrees."""
    desk = c.desk
    if c.stop is not None:
        ending.finish(c, Outcome.SKIPPED, "stop_requested")
        return
    if not desk.connected:
        c.state = State.PAUSED
        return
    confirmed = desk.ensure_audits()
    wrong = desk.proven_mismatch()
    if wrong is not None:
        held = plain(desk.audits[wrong].value or ZERO)
        ending.halt_before_start(c, f"not_flat_at_start: {desk.specs[wrong].name} holds {held}")
    elif confirmed and desk.is_fresh(0) and desk.is_fresh(1):
        _plan(c)
    elif "phase" in desk.expired:
        if confirmed:
            ending.finish(c, Outcome.SKIPPED, "stale_book")
        else:
            ending.halt_before_start(c, "position_unknown: no answer about the positions before the start")


def paused(c: CycleState) -> None:
    if c.stop is not None:
        ending.finish(c, Outcome.SKIPPED, "stop_requested")
    elif c.desk.connected:
        c.desk.reset_audits()
        c.desk.set_timer("phase", c.config.preflight_timeout_ms)
        c.state = State.PREFLIGHT


def _plan(c: CycleState) -> None:
    books = c.desk.books
    tops = ((books[0].bid, books[0].ask), (books[1].bid, books[1].ask))
    estimate = expected_cost(c.config, c.desk.specs, tops)
    if isinstance(estimate, SizingRefused):
        ending.finish(c, Outcome.SKIPPED, estimate.reason)
        return
    limit = c.config.max_expected_cost_bps
    if limit is not None and estimate.bps(estimate.best) > limit:
        ending.finish(
            c, Outcome.SKIPPED, f"expected_cost: {estimate.bps(estimate.best):.3f} bps of volume, limit {limit}"
        )
        return
    decision = c.guards.before_cycle(c.desk.now_ns, sum(estimate.sizing.notional, ZERO))
    if decision.level >= Level.HALT:
        ending.halt_flat(c, f"{decision.code}: {decision.message}")
        return
    if not decision.allows_new_risk:
        ending.finish(c, Outcome.SKIPPED, f"{decision.code}: {decision.message}")
        return
    c.plan = estimate.sizing
    c.desk.clear_timer("phase")
    c.desk.set_timer("total", c.config.build_budget_ms)
    c.state = State.BUILD_PLACING
    if c.config.build_policy is BuildPolicy.IOC:
        for leg in (0, 1):
            _take_entry(c, leg, estimate.sizing.qty[leg], Purpose.ENTRY)
    else:
        c.desk.set_timer("maker", c.config.build_maker_wait_ms)
        _quote_entry(c)


def _allowed(c: CycleState, leg: int, qty: Decimal) -> bool:
    """The guards before *every* order that adds risk; working entries count as if filled."""
    desk = c.desk
    if not desk.connected or c.stop is StopMode.FLATTEN or not desk.is_fresh(leg):
        return False
    gross = sum((abs(value) for value in desk.values_usd()), ZERO)
    for order in desk.live.values():
        gross += order.submit.qty * order.submit.price
    decision = c.guards.before_order(desk.now_ns, gross, qty * (desk.mid(leg) or ZERO), desk.open_result())
    if not decision.allows_new_risk:
        c.note_once(f"blocked: {decision.code}: {decision.message}")
    return decision.allows_new_risk


def _take_entry(c: CycleState, leg: int, qty: Decimal, purpose: Purpose) -> bool:
    if qty <= 0 or not _allowed(c, leg, qty):
        return False
    side, book = c.direction.entry_side(leg), c.desk.books[leg]
    price = capped_taker_price(side, book.bid, book.ask, c.desk.specs[leg].tick, c.config.slippage_cap_bps)
    c.desk.take(leg, side, qty, price, purpose)
    return True


def _quote_entry(c: CycleState) -> bool:
    """Quote what the maker leg still lacks; false when that is nothing, too small for an order, or not allowed."""
    leg = c.config.maker_leg
    spec, book, side = c.desk.specs[leg], c.desk.books[leg], c.direction.entry_side(leg)
    qty = _missing(c, leg)
    price = post_only_price(side, book.bid, book.ask, spec.tick)
    if qty <= 0 or qty < spec.min_qty or qty * price < spec.min_notional or not _allowed(c, leg, qty):
        return False
    c.desk.submit(leg, side, qty, OrderKind.POST_ONLY, price, Purpose.ENTRY)
    return True


def _missing(c: CycleState, leg: int) -> Decimal:
    return c.planned(leg) - abs(c.desk.held(leg))


def working(c: CycleState) -> None:
    if c.config.build_policy is BuildPolicy.IOC and len(c.desk.live) == 1 and not c.desk.is_flat:
        _hurry_naked_leg(c)
    if c.state is State.BUILD_PLACING:
        if any(not order.acked and not order.settled for order in c.desk.orders.values()):
            return
        c.state = State.BUILD_WORKING
    if c.config.build_policy is BuildPolicy.MAKER_THEN_TAKER and not c.maker_over:
        _work_maker(c)
    elif not c.desk.live and "total" not in c.desk.expired and c.desk.flows(0) and c.desk.flows(1):
        # In step: neither leg runs ahead of the other by more than a part.
        for leg in (0, 1):
            _take_entry(c, leg, _missing(c, leg), Purpose.ENTRY)
    if (c.maker_over or c.config.build_policy is BuildPolicy.IOC) and not c.desk.live:
        c.state = State.BUILD_COMPLETING


def _hurry_naked_leg(c: CycleState) -> None:
    """One leg is held while the other's outcome is silent: ask earlier than the ordinary confirmation time."""
    desk = c.desk
    if not desk.has_timer("grace"):
        desk.set_timer("grace", c.config.one_leg_grace_ms)
    elif "grace" in desk.expired and "hurried" not in desk.expired:
        desk.expired.add("hurried")
        desk.query_live()


def _work_maker(c: CycleState) -> None:
    desk, leg = c.desk, c.config.maker_leg
    order = desk.live.get(leg)
    partly = 0 < abs(desk.held(leg)) < c.planned(leg)
    if partly and not desk.has_timer("grace"):
        desk.set_timer("grace", c.config.one_leg_grace_ms)
    over = (
        "maker" in desk.expired or "grace" in desk.expired or "total" in desk.expired
        or not desk.connected or c.stop is StopMode.FLATTEN
    )  # fmt: skip
    if order is not None:
        book, price = desk.books[leg], order.submit.price
        stale = order.acked and has_moved(
            price, order.submit.side, book.bid, book.ask, desk.specs[leg].tick, c.config.reprice_ticks
        )
        if over or (stale and c.phase_reprices < c.config.max_reprices):
            desk.cancel(leg)
        return
    if desk.doubtful and not c.settled_and_confirmed():
        return  # "not found" becomes "never existed" only together with an unchanged position
    if not over and c.phase_reprices < c.config.max_reprices and _missing(c, leg) > 0:
        c.count_reprice()
        if _quote_entry(c):
            return
    c.maker_over = True
    spec, rest = desk.specs[leg], _missing(c, leg)
    if c.config.maker_fallback_taker and rest >= spec.min_qty and rest * desk.books[leg].bid >= spec.min_notional:
        c.fallback_reason = c.fallback_reason or "maker_entry_unfilled"
        _take_entry(c, leg, rest, Purpose.ENTRY)


def completing(c: CycleState) -> None:
    """Both legs are settled but may be unequal: accept, complete, trim or unwind, by cost and under hard caps."""
    desk = c.desk
    for leg in (0, 1):
        desk.cancel(leg)
    if desk.live or (desk.doubtful and not c.settled_and_confirmed()):
        return
    if desk.is_flat:
        c.outcome, c.reason = ending.flat_outcome(c)
        c.state = State.UNWIND_VERIFY
        return
    spent = "total" in desk.expired or c.completions >= c.config.max_completions
    may_complete = not spent and desk.connected and c.stop is not StopMode.FLATTEN
    views = []
    books = desk.books
    worth = worths(c.config.neutral, (mid_price(books[0].bid, books[0].ask), mid_price(books[1].bid, books[1].ask)))
    for leg in (0, 1):
        book = books[leg]
        signed = desk.held(leg) * c.direction.entry_side(leg).sign
        if signed < 0:
            c.emergency(f"wrong_side: {desk.specs[leg].name} holds {desk.held(leg)} against {c.direction}")
            return
        views.append(LegView(desk.specs[leg], signed, book.bid, book.ask, worth[leg]))
    choice = decide((views[0], views[1]), c.config.max_imbalance, may_complete)
    if choice.remedy is Remedy.ACCEPT:
        desk.clear_timer("total")
        desk.clear_timer("retry")
        desk.reset_audits()
        c.state = State.BUILD_VERIFY
        return
    if choice.remedy is Remedy.UNWIND or spent:
        c.start_taker_unwind(f"one_leg: residual {choice.residual_usd:.2f} USD")
        return
    flows = desk.flows(choice.leg) and choice.remedy is Remedy.COMPLETE
    if not flows and not c.may_retry("retry"):
        return
    first_hedge = c.completions == 0 and c.config.build_policy is BuildPolicy.MAKER_THEN_TAKER
    if not first_hedge and not flows:
        c.note(f"{choice.remedy}: {desk.specs[choice.leg].name} {choice.qty}, residual {choice.residual_usd:.2f} USD")
    c.completions += not flows
    if choice.remedy is Remedy.TRIM:
        _trim(c, choice.leg, choice.qty)
    elif not _take_entry(c, choice.leg, choice.qty, Purpose.ENTRY if first_hedge else Purpose.COMPLETE):
        c.start_taker_unwind("completion_blocked")


def _trim(c: CycleState, leg: int, qty: Decimal) -> None:
    side, book, spec = c.direction.entry_side(leg).opposite, c.desk.books[leg], c.desk.specs[leg]
    price = capped_taker_price(side, book.bid, book.ask, spec.tick, c.config.slippage_cap_bps)
    c.desk.take(leg, side, qty, price, Purpose.TRIM, reduce_only=True)


def verify(c: CycleState) -> None:
    if c.settled_and_confirmed():
        if c.built_ns is None:  # a pair judged again after a late fill does not start its time over
            c.built_ns = c.desk.now_ns
            c.desk.set_timer("hold", c.config.hold_ms)
        c.state = State.HOLDING


def holding(c: CycleState) -> None:
    desk = c.desk
    if not all(audit.confirmed for audit in desk.audits):
        # A late fill changed what is held: judge the pair again before anything else.
        desk.set_timer("total", c.config.build_budget_ms)
        c.state = State.BUILD_COMPLETING
        return
    decision = c.guards.while_open(desk.now_ns, desk.values_usd(), desk.open_result())
    if decision.level >= Level.EMERGENCY:
        c.emergency(f"{decision.code}: {decision.message}")
    elif "hold" in desk.expired or c.stop is StopMode.FLATTEN:
        c.start_unwind()
    elif decision.level >= Level.WARN:
        c.note_once(f"{decision.code}_{decision.level.name.lower()}", decision.message)
