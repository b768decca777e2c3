"""Confidence in one leg's position: what the venue said, and whether it still counts."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(slots=True)
class Audit:
    """``since_ns``: answers to older questions no longer count. ``value`` is the venue's last differing answer."""

    pending_since_ns: int | None = None
    since_ns: int = 0
    confirmed: bool = False
    unknowns: int = 0
    mismatches: int = 0
    value: Decimal | None = None

    def taint(self, now_ns: int) -> None:
        """Something happened on the leg: whatever was asked before may be answered without it."""
        self.since_ns = now_ns
        self.confirmed = False
        self.mismatches = 0

    def ask(self, now_ns: int) -> bool:
        """Start a question; false while one is under way whose answer would count."""
        if self.pending_since_ns is not None and self.pending_since_ns >= self.since_ns:
            return False
        self.pending_since_ns = now_ns
        return True

    def give_up(self) -> None:
        """No answer is no knowledge."""
        if self.pending_since_ns is not None:
            self.unknowns += 1
        self.pending_since_ns = None

    def take(self, asked_ns: int, qty: Decimal | None, held: Decimal) -> None:
        """An answer, to whichever question: a slow venue answers when the next one has long been asked. What an event
        or the answer to a later question has overtaken says nothing."""
        if qty is None:
            if self.pending_since_ns is not None and asked_ns >= self.pending_since_ns:
                self.give_up()
            return
        if asked_ns < self.since_ns:
            return
        self.pending_since_ns = None
        self.since_ns = asked_ns + 1
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
