"""One test a card."""

from __future__ import annotations

import pytest

from conformance.card import DataCard, ExecCard, ListingCard
from conformance.deck import CARDS, VENUE
from conformance.runner import run

FAILING: dict[str, str] = {}
"""Cards that fail, and what is missing; the test turns red when one of them passes."""


def _parameter(card: ExecCard | DataCard | ListingCard) -> object:
    marks = [pytest.mark.xfail(strict=True, reason=FAILING[card.id])] if card.id in FAILING else []
    return pytest.param(card, id=card.id, marks=marks)


@pytest.mark.parametrize("card", [_parameter(card) for card in CARDS])
async def test_card(card: ExecCard | DataCard | ListingCard) -> None:
    await run(card, VENUE)
