"""One order of the pair, from intent to proven end."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from .vocabulary import ZERO, OrderKind, Submit


class Purpose(StrEnum):
    ENTRY = "entry"
    COMPLETE = "complete"
    TRIM = "trim"
    EXIT = "exit"
    TOP_UP = "top_up"


@dataclass(slots=True)
class WorkingOrder:
    """``touch`` is the price it was judged against when it was sent; ``is_part``: more of the same follows when it
    fills whole; ``silences`` counts questions without an answer since the last answer."""

    submit: Submit
    purpose: Purpose
    sent_ns: int
    touch: Decimal
    is_part: bool = False
    acked: bool = False
    cancel_sent: bool = False
    terminal: bool = False
    terminal_filled: Decimal | None = None
    silences: int = 0
    absences: int = 0
    refused: str = ""
    settled: bool = False
    first_fill_ns: int | None = None
    last_fill_ns: int | None = None

    @property
    def rests(self) -> bool:
        """An acknowledged quote may stay silent for as long as it likes."""
        return self.submit.kind is OrderKind.POST_ONLY and self.acked and not self.terminal

    def learn_filled(self, filled: Decimal | None) -> None:
        """The venue's cumulative fill; it never falls."""
        if filled is not None:
            self.terminal_filled = max(self.terminal_filled or ZERO, filled)

    def is_proven(self, applied: Decimal) -> bool:
        """True when its end is known and every fill of it has been applied."""
        if applied >= self.submit.qty:
            return True
        return self.terminal and self.terminal_filled is not None and applied >= self.terminal_filled
