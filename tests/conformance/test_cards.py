"""One test a card."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from conformance.card import DataCard, ExecCard, ListingCard
from conformance.deck import CARDS, VENUE
from conformance.runner import Result, run

PAGE = Path(__file__).parents[2] / f"docs/src/conformance/{VENUE.name}.md"


@pytest.fixture(scope="session")
def published() -> dict[str, str]:
    """Verdicts by card, as the documentation has them."""
    rows = [line.split(" | ") for line in PAGE.read_text().splitlines() if line.startswith(("| D", "| E"))]
    return {row[0].removeprefix("| "): row[2] for row in rows if len(row) == 4}


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.id)
async def test_card(card: ExecCard | DataCard | ListingCard, keep: Callable[[str, Result], None]) -> None:
    keep(card.id, await run(card, VENUE))


@pytest.mark.skipif("CONFORMANCE_RESULT" in os.environ, reason="the page is being written anew")
def test_the_published_page_says_what_was_seen(kept: dict[str, Result], published: dict[str, str]) -> None:
    """A card that is no longer offered is a regression until the page says so: `make conformance`."""
    assert {id: result.verdict for id, result in kept.items()} == {id: published.get(id) for id in kept}


def test_the_deck_is_the_whole_specification() -> None:
    """26 data and 69 execution cards, each once (NautilusTrader reference 3.1, 3.2)."""
    ids = [card.id for card in CARDS]
    assert len(set(ids)) == len(ids)
    assert (sum(id.startswith("D") for id in ids), sum(id.startswith("E") for id in ids)) == (26, 69)
