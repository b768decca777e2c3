"""One test a card and venue."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from conformance.deck import DECKS, Card, Deck
from conformance.parameters import VenueParameters
from conformance.runner import NOT_OFFERED, RESULT, run

PAGES = Path(__file__).parents[2] / "docs/src/conformance"
WRITING = "CONFORMANCE_RESULT" in os.environ
PLAYED = [pytest.param(deck.venue, card, id=f"{deck.venue.name}-{card.id}") for deck in DECKS for card in deck.chosen]


@cache
def published(venue: str) -> dict[str, list[str]]:
    """Verdict, and what was seen or the reason, by card, as the documentation has them."""
    text = (PAGES / f"{venue}.md").read_text()
    rows = [line.split(" | ") for line in text.splitlines() if line.startswith(("| D", "| E"))]
    return {row[0].removeprefix("| "): [row[2], row[3].removesuffix(" |")] for row in rows if len(row) == 4}


@pytest.mark.parametrize(("venue", "card"), PLAYED)
async def test_card(venue: VenueParameters, card: Card, record_property: Callable[[str, object], None]) -> None:
    """What is seen is what the page says: a card that is no longer offered is a regression until `make conformance`
    has written it down."""
    result = await run(card, venue)
    record_property(RESULT, (card.id, result.verdict, result.evidence))
    if not WRITING:
        verdict, evidence = published(venue.name)[card.id]
        assert result.verdict == verdict
        if result.verdict == NOT_OFFERED:
            assert result.evidence == evidence


@pytest.mark.proves("R001-15")
@pytest.mark.parametrize("deck", DECKS, ids=lambda deck: deck.venue.name)
def test_the_deck_is_the_whole_specification(deck: Deck) -> None:
    """26 data and 69 execution cards, each once (NautilusTrader reference 3.1, 3.2)."""
    ids = [card.id for card in deck.cards]
    assert len(set(ids)) == len(ids)
    assert all(deck.groups.values())
    assert (sum(id.startswith("D") for id in ids), sum(id.startswith("E") for id in ids)) == (26, 69)
