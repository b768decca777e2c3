"""The faults that are armed. The wire layer asks at each point whether one bites there."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable
from random import Random

from hedgewire.simulator.arming import Fault
from hedgewire.simulator.fault_checks import FaultError
from hedgewire.simulator.faults import ALONE, CATALOGUE

MAX_ARMED = 1000


class FaultPlan:
    """Armed faults, asked in the order they were armed. Probabilities are drawn from the venue's seed."""

    def __init__(self, seed: int) -> None:
        self._ids = itertools.count(1)
        self._random = Random(f"faults/{seed}")
        self.armed: list[Fault] = []
        self.waiting: dict[int, Fault] = {}
        self.fired: Counter[str] = Counter()
        self.undo: dict[int, Callable[[], None]] = {}
        """By id: ends what a lasting fault holds."""

    def number(self, fault: Fault) -> Fault:
        """Give a fault its id; raises ``FaultError`` when too many are armed or wait for their start."""
        if len(self.armed) + len(self.waiting) >= MAX_ARMED:
            raise FaultError(f"{MAX_ARMED} faults are armed already; hint: DELETE some first")
        fault.fault_id = next(self._ids)
        return fault

    def disarm(self, name: str | None = None, fault_id: int | None = None) -> int:
        """Remove by name, by id, or all, those that wait for their start too; returns how many went."""

        def stays(fault: Fault) -> bool:
            return (name or fault.name) != fault.name or (fault_id or fault.fault_id) != fault.fault_id

        before = len(self.armed) + len(self.waiting)
        self.armed = [fault for fault in self.armed if stays(fault)]
        self.waiting = {number: fault for number, fault in self.waiting.items() if stays(fault)}
        return before - len(self.armed) - len(self.waiting)

    def peek(self, name: str, **context: object) -> Fault | None:
        """The first armed fault of that name whose parameters agree with ``context``."""
        for fault in self._agreeing(name, context):
            return fault
        return None

    def take(self, name: str, **context: object) -> Fault | None:
        """Like ``peek``, but counts the occasion: ``after`` and ``probability`` may let it pass, ``count`` runs out."""
        for fault in self._agreeing(name, context):
            if fault.after:
                fault.after -= 1
            elif fault.probability is None or self._random.random() < fault.probability:
                self._fire(fault)
                return fault
        return None

    def _agreeing(self, name: str, context: dict[str, object]) -> list[Fault]:
        assert name in CATALOGUE or any(name in kinds for kinds in ALONE.values()), name
        if not self.armed:
            return []
        return [fault for fault in self.armed if fault.name == name and _agrees(fault, context)]

    def _fire(self, fault: Fault) -> None:
        self.fired[fault.name] += 1
        if fault.count is not None:
            fault.count -= 1
            if fault.count == 0:
                self.armed.remove(fault)


def _agrees(fault: Fault, context: dict[str, object]) -> bool:
    """A request agrees with its own name and its family, anything else with its value; absent and ``all`` fit all."""
    for key, value in context.items():
        wanted = fault.params.get(key)
        if wanted not in (None, "all") and wanted not in (value if isinstance(value, tuple) else (value,)):
            return False
    return True
