"""Makes the package importable, and writes the results of a run as JSON where ``CONFORMANCE_RESULT`` says."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pytest

# pytest's importlib mode does not make siblings importable
sys.path.insert(0, str(Path(__file__).parents[1]))

from conformance.deck import CARDS, VENUE
from conformance.runner import FAILED, Result

RESULTS = pytest.StashKey[dict[str, Result]]()


@pytest.fixture
def kept(request: pytest.FixtureRequest) -> dict[str, Result]:
    """Results of this run so far, by card; a card without one has failed."""
    return request.config.stash.setdefault(RESULTS, {})


@pytest.fixture
def keep(kept: dict[str, Result]) -> Callable[[str, Result], None]:
    return kept.__setitem__


def pytest_sessionfinish(session: pytest.Session) -> None:
    target = os.environ.get("CONFORMANCE_RESULT")
    if target is None:
        return
    results = session.config.stash.get(RESULTS, {})
    failed = Result(FAILED, "see the test's output")
    cards = [
        {"id": card.id, "title": card.title}
        | {"verdict": results.get(card.id, failed).verdict, "evidence": results.get(card.id, failed).evidence}
        for card in CARDS
    ]
    run = {"venue": VENUE.name, "client": VENUE.client, "instrument": str(VENUE.instrument_id)}
    run |= {"nautilus_trader": version("nautilus_trader"), "cards": cards}
    Path(target).parent.mkdir(parents=True, exist_ok=True)
    Path(target).write_text(json.dumps(run, indent=1) + "\n")
