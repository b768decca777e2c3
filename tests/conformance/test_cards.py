"""One test a card."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from conformance.card import DataCard, ExecCard, ListingCard
from conformance.deck import CARDS, CHOSEN, GROUPS, VENUE
from conformance.runner import NOT_OFFERED, RESULT, run

PAGE = Path(__file__).parents[2] / f"docs/src/conformance/{VENUE.name}.md"
WRITING = "CONFORMANCE_RESULT" in os.environ


@pytest.fixture(scope="session")
def published() -> dict[str, list[str]]:
    """Verdict, and what was seen or the reason, by card, as the documentation has them."""
    if WRITING:
        return {}
    rows = [line.split(" | ") for line in PAGE.read_text().splitlines() if line.startswith(("| D", "| E"))]
    return {row[0].removeprefix("| "): [row[2], row[3].removesuffix(" |")] for row in rows if len(row) == 4}


@pytest.mark.parametrize("card", CHOSEN, ids=lambda card: card.id)
async def test_card(
    card: ExecCard | DataCard | ListingCard,
    published: dict[str, list[str]],
    record_property: Callable[[str, object], None],
) -> None:
    """What is seen is what the page says: a card that is no longer offered is a regression until `make conformance`
    has written it down."""
    result = await run(card, VENUE)
    record_property(RESULT, (card.id, result.verdict, result.evidence))
    if not WRITING:
        assert result.verdict == published[card.id][0]
        if result.verdict == NOT_OFFERED:
            assert result.evidence == published[card.id][1]


@pytest.mark.proves("R001-15")
def test_the_deck_is_the_whole_specification() -> None:
    """26 data and 69 execution cards, each once (NautilusTrader reference 3.1, 3.2)."""
    ids = [card.id for card in CARDS]
    assert len(set(ids)) == len(ids)
    assert all(GROUPS.values())
    assert (sum(id.startswith("D") for id in ids), sum(id.startswith("E") for id in ids)) == (26, 69)
