"""The table from outcomes to events: complete, and never a rejection without evidence."""

from __future__ import annotations

import pytest

from hedgewire.nautilus.outcomes import TABLE, Operation, Verdict, verdict
from hedgewire.nautilus.rows import Outcome

COMMAND_OUTCOMES = (Outcome.ACCEPTED, Outcome.REJECTED, Outcome.UNKNOWN, Outcome.REFUSED_HERE)
REFUSALS = {Verdict.REJECT, Verdict.CANCEL_REJECT, Verdict.MODIFY_REJECT, Verdict.DENY}


def test_every_command_outcome_has_one_verdict() -> None:
    assert set(TABLE) == {(operation, outcome) for operation in Operation for outcome in COMMAND_OUTCOMES}


@pytest.mark.parametrize("operation", list(Operation))
def test_an_unknown_outcome_is_never_a_refusal(operation: Operation) -> None:
    assert verdict(operation, Outcome.UNKNOWN) is Verdict.ASK_VENUE


@pytest.mark.parametrize("operation", list(Operation))
def test_a_refusal_needs_evidence(operation: Operation) -> None:
    assert verdict(operation, Outcome.REJECTED) in REFUSALS
    assert verdict(operation, Outcome.REFUSED_HERE) in REFUSALS
    assert verdict(operation, Outcome.ACCEPTED) not in REFUSALS


@pytest.mark.parametrize("outcome", [Outcome.FOUND, Outcome.NOT_FOUND, Outcome.UNAVAILABLE])
def test_the_answer_to_a_query_is_not_a_command_outcome(outcome: Outcome) -> None:
    with pytest.raises(KeyError):
        verdict(Operation.SUBMIT, outcome)
