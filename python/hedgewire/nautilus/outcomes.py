"""The one table from what became of a command to what NautilusTrader is told.

A rejection event needs positive evidence (NautilusTrader reference 2.6); ``UNKNOWN`` therefore never maps to one: the
order stays in flight and the venue is asked.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from hedgewire.nautilus.rows import Outcome


class Operation(StrEnum):
    SUBMIT = "submit"
    CANCEL = "cancel"
    MODIFY = "modify"


class Verdict(StrEnum):
    """What the execution client does."""

    DENY = "deny"  # OrderDenied: never sent
    ACCEPT = "accept"  # OrderAccepted
    REJECT = "reject"  # OrderRejected
    CONFIRM_CANCEL = "confirm_cancel"  # wait for the stream's cancel; ask the venue if it stays away
    CANCEL_REJECT = "cancel_reject"  # ask first: a cancel is mostly refused because the order has just filled
    UPDATE = "update"  # OrderUpdated
    MODIFY_REJECT = "modify_reject"  # OrderModifyRejected
    ASK_VENUE = "ask_venue"  # nothing is known: no event, query by venue id


TABLE: Final[dict[tuple[Operation, Outcome], Verdict]] = {
    (Operation.SUBMIT, Outcome.ACCEPTED): Verdict.ACCEPT,
    (Operation.SUBMIT, Outcome.REJECTED): Verdict.REJECT,
    (Operation.SUBMIT, Outcome.UNKNOWN): Verdict.ASK_VENUE,
    (Operation.SUBMIT, Outcome.REFUSED_HERE): Verdict.DENY,
    (Operation.CANCEL, Outcome.ACCEPTED): Verdict.CONFIRM_CANCEL,
    (Operation.CANCEL, Outcome.REJECTED): Verdict.CANCEL_REJECT,
    (Operation.CANCEL, Outcome.UNKNOWN): Verdict.ASK_VENUE,
    (Operation.CANCEL, Outcome.REFUSED_HERE): Verdict.CANCEL_REJECT,
    (Operation.MODIFY, Outcome.ACCEPTED): Verdict.UPDATE,
    (Operation.MODIFY, Outcome.REJECTED): Verdict.MODIFY_REJECT,
    (Operation.MODIFY, Outcome.UNKNOWN): Verdict.ASK_VENUE,
    (Operation.MODIFY, Outcome.REFUSED_HERE): Verdict.MODIFY_REJECT,
}


def verdict(operation: Operation, outcome: Outcome) -> Verdict:
    """What to do. Raises ``KeyError`` for an outcome that belongs to a query: such a row is a bug, not a guess."""
    return TABLE[operation, outcome]
