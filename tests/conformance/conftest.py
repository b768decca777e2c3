"""Makes the package importable; writes one venue's results as JSON where ``CONFORMANCE_RESULT`` says."""

from __future__ import annotations

import json
import os
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

# pytest's importlib mode does not make siblings importable
sys.path.insert(0, str(Path(__file__).parents[1]))

from conformance.deck import DECKS
from conformance.runner import FAILED, RESULT, Result

RESULTS: dict[str, Result] = {}
FAILURE = Result(FAILED, "see the test's output")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Called in the controlling process, wherever the card ran."""
    if report.when == "call" and report.passed:
        RESULTS.update((id, Result(*result)) for name, (id, *result) in report.user_properties if name == RESULT)


def pytest_sessionfinish(session: pytest.Session) -> None:
    target = os.environ.get("CONFORMANCE_RESULT")
    if target is None or hasattr(session.config, "workerinput"):
        return
    (deck,) = DECKS
    venue = deck.venue
    results = [(card, RESULTS.get(card.id, FAILURE)) for card in deck.cards]
    run = {"venue": venue.name, "client": venue.client, "instrument": str(venue.instrument_id)}
    run["nautilus_trader"] = version("nautilus_trader")
    run["cards"] = [
        {"id": card.id, "title": card.title, "verdict": result.verdict, "evidence": result.evidence}
        for card, result in results
    ]
    Path(target).parent.mkdir(parents=True, exist_ok=True)
    Path(target).write_text(json.dumps(run, indent=1) + "\n")
