"""Confidence in one leg's position: what the venue said, and whether it still counts."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(slots=True)
class Audit:
    """``tainted``: something happened since the question was asked. ``value`` is the venue's last differing answer."""

    pending_since_ns: int | None = None
    tainted: bool = False
    confirmed: bool = False
    unknowns: int = 0
    mismatches: int = 0
    value: Decimal | None = None

    def taint(self) -> None:
        self.tainted = True
        self.confirmed = False
        self.mismatches = 0

    def ask(self, now_ns: int) -> bool:
        """Start a question; false while one is under way."""
        if self.pending_since_ns is not None:
            return False
        self.pending_since_ns = now_ns
        self.tainted = False
        return True

    def give_up(self) -> None:
        """No answer is no knowledge."""
        if self.pending_since_ns is not None:
            self.unknowns += 1
        self.pending_since_ns = None

    def is_answered_by(self, asked_ns: int) -> bool:
        """False for an answer that nobody asked for, or to an older question."""
        return self.pending_since_ns is not None and asked_ns >= self.pending_since_ns

    def take(self, qty: Decimal | None, held: Decimal) -> None:
        """An answer to the question under way, about a leg on which nothing happened meanwhile."""
        if qty is None:
            self.unknowns += 1
            self.confirmed = False
            return
        self.unknowns = 0
        self.confirmed = qty == held
        if self.confirmed:
            self.mismatches = 0
            return
        self.mismatches = self.mismatches + 1 if self.value == qty else 1
        self.value = qty

    def adopt(self) -> None:
        """The book now holds what the venue said."""
        self.mismatches = 0
        self.confirmed = True
