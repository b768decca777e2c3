"""What the phases of a cycle share, and the moves between them. Everything here is a fact or a transition; which
transition is due is decided by the phases (:mod:`build`, :mod:`unwind`, :mod:`reconcile`). Pair reference 1.3.
"""

from __future__ import annotations

from decimal import Decimal

from .desk import Desk
from .guards import Guards
from .sizing import Sizing
from .vocabulary import NS_PER_MS, ZERO, Direction, LegSpec, Note, Outcome, PairConfig, State, StopMode


class CycleState:
    """One cycle's facts beyond the desk. ``guards`` belongs to the session and is told the result."""

    def __init__(
        self,
        config: PairConfig,
        legs: tuple[LegSpec, LegSpec],
        direction: Direction,
        guards: Guards,
        cycle_id: str,
        earlier_orders: int = 0,
    ) -> None:
        self.config = config
        self.direction = direction
        self.guards = guards
        self.desk = Desk(cycle_id, config, legs, earlier_orders)
        self.state = State.IDLE
        self.stop: StopMode | None = None
        self.plan: Sizing | None = None
        self.outcome, self.reason = Outcome.PAIRED, "completed"
        self.maker_over = False
        self.reprices = 0
        self.phase_reprices = 0
        self.completions = 0
        self.attempts = [0, 0]
        self.top_ups = [0, 0]
        self.quoted: set[int] = set()
        self.last_refusal = ""
        self.emergency_reason = ""
        self.emergency_orders = 0
        self.orders_at_halt = 0
        self.fallback_reason = ""
        self.started_ns = 0
        self.built_ns: int | None = None
        self.unwind_started_ns: int | None = None
        self.emergency_started_ns = 0
        self.emergency_ms = 0
        self.after_reconciling = State.IDLE
        self._reconcile_started_ns: int | None = None
        self._reconciliation_ns = 0
        self.supervised = True
        self.recorded = False
        self.told = ZERO
        self._notes: set[str] = set()

    # ------------------------------------------------------------------------------------------- reconciliation

    def settled_and_confirmed(self) -> bool:
        """For the verify phases: true once the venue agrees; a disagreement or silence moves to RECONCILING."""
        if self.desk.ensure_audits():
            return True
        if any(audit.mismatches or audit.unknowns for audit in self.desk.audits):
            self.start_reconciling(self.state)
        return False

    def start_reconciling(self, resume: State) -> None:
        self.after_reconciling = resume
        self._reconcile_started_ns = self.desk.now_ns
        self.note(f"reconciling: during {resume}")
        self.state = State.RECONCILING

    def end_reconciling(self) -> None:
        if self._reconcile_started_ns is not None:
            self._reconciliation_ns += self.desk.now_ns - self._reconcile_started_ns
            self._reconcile_started_ns = None

    @property
    def reconciliation_ms(self) -> int:
        return self._reconciliation_ns // NS_PER_MS

    # ------------------------------------------------------------------------------- transitions of the phases

    def planned(self, leg: int) -> Decimal:
        return ZERO if self.plan is None else self.plan.qty[leg]

    def may_retry(self, timer: str) -> bool:
        """True at most once per pause: the named timer spaces the attempts."""
        if timer in self.desk.deadlines:
            return False
        self.desk.set_timer(timer, self.retry_ms())
        return True

    def count_reprice(self) -> None:
        self.reprices += 1
        self.phase_reprices += 1

    def start_unwind(self) -> None:
        self.desk.clear_timer("hold")
        self.desk.clear_timer("grace")
        self.unwind_started_ns = self.desk.now_ns
        self.desk.set_timer("total", self.config.unwind_budget_ms)
        self.desk.set_timer("maker", self.config.unwind_maker_wait_ms)
        self.phase_reprices = 0
        self.state = State.UNWIND_WORKING

    def start_taker_unwind(self, reason: str) -> None:
        """Leave without waiting for a passive fill; the cycle counts as recovered, not as paired."""
        if self.built_ns is None:
            self.outcome, self.reason = Outcome.RECOVERED_FLAT, reason
        self.note(f"unwind: {reason}")
        self.unwind_started_ns = self.unwind_started_ns or self.desk.now_ns
        self.attempts = [0, 0]
        for name in ("retry", "grace", "maker"):
            self.desk.clear_timer(name)
        self.desk.set_timer("total", self.config.unwind_budget_ms)
        self.state = State.UNWIND_COMPLETING

    def emergency(self, reason: str) -> None:
        desk = self.desk
        self.note(f"emergency: {reason}")
        self.emergency_reason = reason
        self.end_reconciling()
        self.emergency_started_ns = desk.now_ns
        for name in [n for n in (*desk.deadlines, *desk.expired) if not n.startswith(("order:", "audit:"))]:
            desk.clear_timer(name)
        desk.reset_audits()
        desk.foreign = ""
        desk.set_timer("total", self.config.emergency_budget_ms)
        self.state = State.EMERGENCY

    def retry_ms(self) -> int:
        """Pause between attempts: short within the emergency budget, doubling up to a cap once halted dirty."""
        if self.state is State.EMERGENCY:
            return self.config.emergency_retry_ms
        if self.state is State.HALTED_DIRTY:
            over = max(self.emergency_orders - self.orders_at_halt, 0)
            return min(self.config.emergency_retry_ms << min(over + 1, 16), self.config.emergency_retry_max_ms)
        return self.config.taker_retry_ms

    # ------------------------------------------------------------------------------------------------ output

    def note(self, text: str) -> None:
        self.desk.actions.append(Note(text))

    def note_once(self, key: str, text: str = "") -> None:
        if key not in self._notes:
            self._notes.add(key)
            self.note(f"{key}: {text}" if text else key)
