"""The schedule of faults a local venue injects. Control calls arm them; the wire layer asks at each point.

Every fault has a name of the closed catalogue below, parameters, and the number of times it still fires
(``count``; absent means until it is removed).
"""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass, field

MAX_ARMED = 1000

CATALOGUE: dict[str, str] = {
    "disconnect": "close WebSocket connections now; params: socket=actions|subscriptions|all",
    "silent_stream": "push no events; params: stream (type) or all streams, product_id",
    "delay_private": "deliver private events delay_ms late; params: stream, delay_ms",
    "duplicate_private": "deliver private events twice; params: stream",
    "reorder_private": "hold a private event back until the next one went out; params: stream",
    "drop_private": "lose private events; params: stream",
    "book_gap": "lose a book_depth batch, the chain shows it; params: product_id",
    "reply_lost": "execute the request, lose the reply; params: request",
    "late_reply": "execute at once, answer delay_ms later; params: request, delay_ms",
    "http_429": "answer with rate limit 1000 before matching; params: request",
    "http_5xx_before": "answer status (502) without executing; params: request, status",
    "http_5xx_after": "execute, then answer status (502); params: request, status",
    "http_403": "answer as a blocked address before matching; params: request, reason",
    "refuse_connections": "answer 503 to every request and upgrade",
    "maintenance": "executes fail with 2068, status is not active",
    "engine_status": "status query answers `status`",
    "clock_skew": "venue clock off by skew_ms",
    "unsolicited_cancel": "cancel open orders now; params: product_id, digest",
    "query_unavailable": "queries fail with status 503; params: request",
    "partial_batch": "the second and later orders of place_orders fail",
    "swallow_request": "lose an execute before matching and never answer; params: request",
}


@dataclass(slots=True)
class Fault:
    """One armed fault."""

    fault_id: int
    name: str
    params: dict[str, object] = field(default_factory=dict)
    count: int | None = None

    def number(self, key: str, default: int) -> int:
        value = self.params.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValueError(f"fault {self.name}: {key}={value!r} is not an integer")
        return value


class FaultPlan:
    """Armed faults, asked in the order they were armed."""

    def __init__(self) -> None:
        self._ids = itertools.count(1)
        self.armed: list[Fault] = []
        self.fired: Counter[str] = Counter()

    def arm(self, name: str, params: dict[str, object], count: int | None = None) -> Fault:
        if name not in CATALOGUE:
            known = ", ".join(sorted(CATALOGUE))
            raise ValueError(f"unknown fault {name!r}; hint: one of {known}")
        if count is not None and count < 1:
            raise ValueError(f"count={count} of fault {name!r} must be positive; hint: leave it out to fire always")
        if len(self.armed) >= MAX_ARMED:
            raise ValueError(f"{MAX_ARMED} faults are armed already; hint: DELETE some first")
        fault = Fault(next(self._ids), name, params, count)
        self.armed.append(fault)
        return fault

    def disarm(self, name: str | None = None, fault_id: int | None = None) -> int:
        """Remove by name, by id, or all; returns how many went."""
        kept = [f for f in self.armed if (name or f.name) != f.name or (fault_id or f.fault_id) != f.fault_id]
        removed = len(self.armed) - len(kept)
        self.armed = kept
        return removed

    def peek(self, name: str, **context: object) -> Fault | None:
        """The first armed fault of that name whose parameters agree with ``context``."""
        for fault in self.armed:
            if fault.name == name and all(
                fault.params.get(key) in (None, "all", value) for key, value in context.items()
            ):
                return fault
        return None

    def take(self, name: str, **context: object) -> Fault | None:
        """Like ``peek``, and uses up one firing."""
        fault = self.peek(name, **context)
        if fault is not None:
            self.fired[name] += 1
            if fault.count is not None:
                fault.count -= 1
                if fault.count == 0:
                    self.armed.remove(fault)
        return fault
