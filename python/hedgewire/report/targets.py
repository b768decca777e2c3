"""What a run was to reach, and what it reached (requirements R003-016 to R003-019 and R003-082)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from statistics import median_low

from hedgewire.report.run import Run

BUILD_LEAST_PERCENT = Decimal(100)
CLOSE_LEAST_PERCENT = Decimal(95)
CYCLE_MOST_S = Decimal(8)
"""Without the hold."""
CORRECTIONS_MOST = Decimal(0)
WS_MOST_MS = Decimal(100)
ORDER_MOST_MS = Decimal(500)
UPTIME_LEAST_PERCENT = Decimal(95)
DRIFTS = ("position_corrected", "late_fill")


@dataclass(frozen=True, slots=True)
class Target:
    """``value`` is None where the run did not measure it: then nothing is said of the goal either."""

    name: str
    unit: str
    value: Decimal | None
    least: Decimal | None = None
    most: Decimal | None = None

    @property
    def goal(self) -> str:
        goal = f"≥ {self.least} {self.unit}" if self.least is not None else f"≤ {self.most} {self.unit}"
        return goal.rstrip()

    @property
    def met(self) -> bool | None:
        if self.value is None:
            return None
        return self.value >= self.least if self.least is not None else self.most is None or self.value <= self.most

    @property
    def verdict(self) -> str:
        return {True: "met", False: "MISSED", None: "not measured"}[self.met]

    @property
    def measured(self) -> str:
        return "" if self.value is None else f"{self.value.normalize():f} {self.unit}".rstrip()


def targets(run: Run) -> list[Target]:
    """Of a cycle whose first order was sent: did it hold a pair, and did that close without an emergency?"""
    traded = [cycle for cycle in run.cycles if cycle.get("orders", "0") not in ("", "0")]
    paired = [cycle for cycle in traded if cycle["outcome"] == "paired"]
    closed = [cycle for cycle in paired if not cycle.get("emergency_reason")]
    working = [
        Decimal(cycle["total_cycle_time"]) - Decimal(cycle["hold_time_s"])
        for cycle in paired
        if cycle.get("total_cycle_time") and cycle.get("hold_time_s")
    ]
    median_s = median_low(working).quantize(Decimal("0.001")) if working else None
    drifts = sum(text.startswith(DRIFTS) for text in run.notes)
    return [
        Target("pairs built", "%", _percent(len(paired), len(traded)), least=BUILD_LEAST_PERCENT),
        Target("pairs closed without an emergency", "%", _percent(len(closed), len(paired)), least=CLOSE_LEAST_PERCENT),
        Target("cycle without its hold, median", "s", median_s, most=CYCLE_MOST_S),
        Target("corrections of a position", "", Decimal(drifts), most=CORRECTIONS_MOST),
        Target("fill on the WebSocket, median", "ms", _of(run, "ws_fill_latency_p50_ms"), most=WS_MOST_MS),
        Target("order and its reply, median", "ms", _of(run, "order_latency_p50_ms"), most=ORDER_MOST_MS),
        Target("time in which nothing was in trouble", "%", _calm_percent(run), least=UPTIME_LEAST_PERCENT),
    ]


def _percent(part: int, whole: int) -> Decimal | None:
    return (Decimal(100) * part / whole).quantize(Decimal("0.1")) if whole else None


def _of(run: Run, name: str) -> Decimal | None:
    value = run.summary.get(name)
    return None if value is None else Decimal(str(value))


def _calm_percent(run: Run) -> Decimal | None:
    """The share of the run that was not spent in asking, in an emergency or in a halt with something open."""
    whole_s = Decimal(str(run.summary.get("duration_s") or 0))
    troubled_s = sum((Decimal(span.end_s - span.start_s) for span in run.spans if span.phase == "trouble"), Decimal(0))
    return (100 * (1 - troubled_s / whole_s)).quantize(Decimal("0.1")) if whole_s else None
