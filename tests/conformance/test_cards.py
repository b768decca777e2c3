"""One test a card."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conformance.card import DataCard, ExecCard, ListingCard
from conformance.deck import CARDS, VENUE
from conformance.runner import Result, run

FAILING: dict[str, str] = {}
"""Cards that fail, and what is missing; the test turns red when one of them passes."""


def _parameter(card: ExecCard | DataCard | ListingCard) -> object:
    marks = [pytest.mark.xfail(strict=True, reason=FAILING[card.id])] if card.id in FAILING else []
    return pytest.param(card, id=card.id, marks=marks)


@pytest.mark.parametrize("card", [_parameter(card) for card in CARDS])
async def test_card(card: ExecCard | DataCard | ListingCard, keep: Callable[[str, Result], None]) -> None:
    keep(card.id, await run(card, VENUE))


def test_the_deck_is_the_whole_specification() -> None:
    """26 data and 69 execution cards, each once (NautilusTrader reference 3.1, 3.2)."""
    ids = [card.id for card in CARDS]
    assert len(set(ids)) == len(ids)
    assert (sum(id.startswith("D") for id in ids), sum(id.startswith("E") for id in ids)) == (26, 69)
