"""One cycle of the pair as a pure state machine: events and time in, actions out. Pair reference 1.3.

The machine is level-triggered: every event first becomes a fact on the desk, then the current phase looks at the facts
and acts, until nothing changes. So a late, repeated or lost event cannot put it on a path that was not foreseen.
It ends in CYCLE_DONE or HALTED with both legs proven flat, or in HALTED_DIRTY naming what may be open; from there it
keeps closing with growing pauses. A fill that arrives after the end reopens it as an emergency.
"""

from __future__ import annotations

from . import build, ending, reconcile, unwind
from .state import CycleState
from .vocabulary import (
    Action,
    BookTop,
    CancelRejected,
    ConnectionLost,
    ConnectionRestored,
    Event,
    Fill,
    FundingPaid,
    GuardTripped,
    OrderAccepted,
    OrderCanceled,
    OrderDenied,
    OrderExpired,
    OrderRejected,
    OrderReport,
    OrderSubmitted,
    OrderUnknown,
    PositionAudit,
    PositionMoved,
    Resumed,
    Started,
    State,
    StopMode,
    StopRequested,
    Timer,
)

MAX_ADVANCES = 64
PHASES = {
    State.PREFLIGHT: build.preflight,
    State.RESUMING: unwind.resuming,
    State.PAUSED: build.paused,
    State.BUILD_PLACING: build.working,
    State.BUILD_WORKING: build.working,
    State.BUILD_COMPLETING: build.completing,
    State.BUILD_VERIFY: build.verify,
    State.HOLDING: build.holding,
    State.RECONCILING: reconcile.reconciling,
    State.UNWIND_WORKING: unwind.working,
    State.UNWIND_COMPLETING: unwind.completing,
    State.UNWIND_VERIFY: unwind.verify,
    State.EMERGENCY: unwind.emergency,
    State.HALTED_DIRTY: unwind.emergency,
}


class PairCycle(CycleState):
    """``step(event, now_ns)`` is the only entrance."""

    """``step(event, now_ns)`` is the only entrance. ``guards`` belongs to the session and is told the result."""

    # ------------------------------------------------------------------------------------------------- input

    def step(self, event: Event, now_ns: int) -> list[Action]:
        """Take one event at ``now_ns`` (never decreasing; an older time counts as the newest seen)."""
        desk = self.desk
        desk.now_ns = max(desk.now_ns, now_ns)
        if self.state is not State.IDLE:
            desk.fire(event.name if isinstance(event, Timer) else None)
        self._take(event)
        self._guard_everything()
        for _ in range(MAX_ADVANCES):
            before = (self.state, len(desk.actions))
            self._advance()
            if (self.state, len(desk.actions)) == before:
                break
        else:
            raise AssertionError(f"cycle {desk.cycle_id} does not settle in {self.state}; this is a defect")
        actions, desk.actions = desk.actions, []
        return actions

    def _take(self, event: Event) -> None:
        desk = self.desk
        match event:
            case Started():
                self._start(State.PREFLIGHT)
            case Resumed():
                self._start(State.RESUMING, event.fills)
            case BookTop():
                desk.on_book(event)
            case OrderSubmitted() | Timer():
                pass
            case OrderAccepted():
                desk.on_ack(event.order_id)
            case OrderRejected():
                self._refused(event.leg, event.order_id, event.reason, event.post_only)
            case OrderDenied():
                self._refused(event.leg, event.order_id, event.reason, False)
            case OrderCanceled() | OrderExpired():
                desk.on_closed(event.order_id, event.filled_qty)
            case OrderUnknown() | CancelRejected():
                desk.on_unknown(event.order_id)
            case OrderReport():
                desk.on_report(event)
            case Fill():
                desk.on_fill(event)
            case PositionAudit():
                desk.on_audit(event)
            case PositionMoved():
                self._position_moved(event.leg, event.reason)
            case FundingPaid():
                desk.ledger.fund(event.leg, event.amount)
            case ConnectionLost():
                self._connection_lost(event.reason)
            case ConnectionRestored():
                self._connection_restored()
            case StopRequested():
                # The stricter of two requests stands.
                self.stop = StopMode.FLATTEN if self.stop is StopMode.FLATTEN else event.mode
            case GuardTripped():
                self._tripped(event.reason)

    def _start(self, state: State, fills: tuple[Fill, ...] = ()) -> None:
        if self.state is not State.IDLE:
            return
        for fill in fills:
            self.desk.ledger.apply(fill)
        self.started_ns = self.desk.now_ns
        self.desk.set_timer("phase", self.config.preflight_timeout_ms)
        self.state = state

    def _refused(self, leg: int, order_id: str, reason: str, post_only: bool) -> None:
        self.desk.on_refused(order_id, reason)
        self.note(f"refused: {order_id}: {reason}")
        self.last_refusal = reason
        if not post_only:
            unwind.learn_from_refusal(self, leg, order_id)

    def _connection_lost(self, reason: str) -> None:
        if self.desk.connected:
            self.desk.connected = False
            self.note(f"connection_lost: {reason}")
            self.desk.set_timer("disconnect", self.config.disconnect_budget_ms)

    def _connection_restored(self) -> None:
        """Everything may have happened meanwhile: ask about every working order and both positions."""
        desk = self.desk
        if desk.connected:
            return
        desk.connected = True
        desk.clear_timer("disconnect")
        desk.query_live()
        desk.reset_audits()
        for leg in (0, 1):
            desk.clear_timer(f"retry{leg}")  # what could not be closed for want of a connection is tried at once
        if self.state is State.HOLDING:
            self.start_reconciling(State.HOLDING)

    def _position_moved(self, leg: int, reason: str) -> None:
        """What was confirmed no longer is; every phase but this one looks again before it relies on it."""
        self.note(f"position_moved: {self.desk.specs[leg].name}: {reason}")
        self.desk.taint(leg)
        if self.state is State.HOLDING:
            self.start_reconciling(State.HOLDING)

    def _tripped(self, reason: str) -> None:
        if self.state in (State.IDLE, State.PREFLIGHT, State.PAUSED):
            ending.halt_flat(self, f"guard: {reason}")
        elif self.state is State.EMERGENCY:
            self.note(f"guard: {reason}")
        elif not self.state.is_final:
            self.emergency(f"guard: {reason}")

    # ----------------------------------------------------------------------------------------------- advance

    def _guard_everything(self) -> None:
        """What interrupts any phase: fills after the end, strangers' fills, unresolved orders, lasting silence."""
        desk, state = self.desk, self.state
        if state in (State.IDLE, State.EMERGENCY, State.HALTED_DIRTY):
            return
        if state in (State.CYCLE_DONE, State.HALTED):
            if not desk.is_flat:
                self.emergency("late_fill: a fill arrived after the end of the cycle")
            return
        unresolved = desk.unresolved()
        if desk.foreign:
            self.emergency(f"foreign_fill: {desk.foreign} belongs to no order of this cycle")
        elif unresolved is not None:
            self.emergency(f"order_unresolved: {unresolved.submit.order_id} has no known outcome")
        elif "disconnect" in desk.expired and state not in (State.PREFLIGHT, State.PAUSED, State.RESUMING):
            self.emergency("disconnected: the connection stayed down with a cycle open")

    def _advance(self) -> None:
        if self.state is State.HALTED_DIRTY and not self.supervised:
            return
        elif (phase := PHASES.get(self.state)) is not None:
            phase(self)
