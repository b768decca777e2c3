"""The finished cycles of a session and what they came to."""

from __future__ import annotations

from decimal import Decimal

from .vocabulary import ZERO, CycleResult


class Results(list[CycleResult]):
    """In order, one a cycle: what happens to a cycle after its result was taken revises it."""

    loose_funding = ZERO
    """USD paid while no cycle held anything."""

    def take(self, result: CycleResult) -> tuple[int, bool]:
        """The cycle's number from 1, and whether it had a result before."""
        for place, known in enumerate(self):
            if known.cycle_id == result.cycle_id:
                self[place] = result
                return place + 1, True
        self.append(result)
        return len(self), False

    def net(self, number: int) -> Decimal:
        """USD, of the first ``number`` cycles."""
        return sum((known.net for known in self[:number]), ZERO)

    @property
    def settled(self) -> Decimal:
        """USD, of everything."""
        return self.net(len(self)) + self.loose_funding
