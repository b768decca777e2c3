"""Whether the data that arrived is what the venue sent."""

from __future__ import annotations

from conformance.card import DataCard
from conformance.session import Session


def wants_complaints(card: DataCard, session: Session) -> list[str]:
    """Empty when enough of everything has arrived."""
    return [
        f"{len(want.of(session))} of {want.count} {want.kind.__name__}"
        for want in card.wants
        if len(want.of(session)) < want.count
    ]


def check_nothing_came(card: DataCard, session: Session) -> None:
    for want in card.wants:
        assert not want.of(session), f"{want.kind.__name__} arrived although the venue does not offer it"
