"""How a cycle ends: done, halted flat, halted with something open, or halted before anything was sent."""

from __future__ import annotations

from .result import cycle_result
from .state import CycleState
from .vocabulary import NS_PER_MS, ZERO, CycleDone, Halt, OpenPosition, Outcome, State


def finish(c: CycleState, outcome: Outcome, reason: str) -> None:
    c.outcome, c.reason = outcome, reason
    if outcome is not Outcome.SKIPPED or c.desk.orders:
        _record(c, ok=outcome is Outcome.PAIRED)
    _close_down(c)
    c.state = State.CYCLE_DONE
    c.desk.actions.append(CycleDone(cycle_result(c)))


def halt_flat(c: CycleState, reason: str) -> None:
    _note_emergency_time(c)
    c.outcome = Outcome.RECOVERED_FLAT if c.emergency_reason else Outcome.SKIPPED
    c.reason = reason
    _record(c, ok=False)
    _close_down(c)
    c.state = State.HALTED
    c.desk.actions.append(Halt(reason, False, (), cycle_result(c)))


def halt_dirty(c: CycleState) -> None:
    _note_emergency_time(c)
    c.outcome, c.reason = Outcome.HALTED_OPEN, c.emergency_reason
    c.orders_at_halt = c.emergency_orders
    c.desk.clear_timer("total")
    c.state = State.HALTED_DIRTY
    c.desk.actions.append(Halt(c.emergency_reason, True, open_positions(c), cycle_result(c)))


def halt_before_start(c: CycleState, reason: str) -> None:
    """The account is not ours to repair: nothing was sent, and what it holds is reported, not traded."""
    desk = c.desk
    positions = tuple(
        OpenPosition(leg, spec.name, desk.held(leg), True)
        if audit.confirmed
        else OpenPosition(leg, spec.name, audit.value or ZERO, audit.value is not None)
        for leg, (spec, audit) in enumerate(zip(desk.specs, desk.audits, strict=True))
        if desk.held(leg) != 0 or not audit.confirmed
    )
    c.outcome, c.reason = Outcome.HALTED_OPEN, reason
    c.supervised = False
    _close_down(c)
    c.state = State.HALTED_DIRTY
    c.desk.actions.append(Halt(reason, True, positions, cycle_result(c)))


def open_positions(c: CycleState) -> tuple[OpenPosition, ...]:
    """Everything that may be open: what is held, and any leg the venue has not confirmed."""
    desk = c.desk
    return tuple(
        OpenPosition(leg, spec.name, desk.held(leg), desk.audits[leg].confirmed)
        for leg, spec in enumerate(desk.specs)
        if desk.held(leg) != 0 or not desk.audits[leg].confirmed
    )


def flat_outcome(c: CycleState) -> tuple[Outcome, str]:
    """What a cycle that is flat without a pair is called."""
    traded = c.desk.ledger.volume > ZERO
    return (Outcome.RECOVERED_FLAT, "late_flat") if traded else (Outcome.SKIPPED, "nothing_filled")


def _record(c: CycleState, ok: bool) -> None:
    """Tell the session's guards once per cycle; what a late fill adds afterwards is told as its own result."""
    net = c.desk.ledger.net()
    if not c.recorded:
        c.recorded = True
        c.guards.record_cycle(c.desk.now_ns, net, ok)
    else:
        c.guards.daily_loss.record(net - c.told, c.desk.now_ns)
    c.told = net


def _close_down(c: CycleState) -> None:
    for name in list(c.desk.deadlines):
        c.desk.clear_timer(name)
    c.desk.expired.clear()


def _note_emergency_time(c: CycleState) -> None:
    if c.emergency_reason:
        c.emergency_ms = (c.desk.now_ns - c.emergency_started_ns) // NS_PER_MS
