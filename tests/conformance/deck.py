"""All cards, for the venue that ``CONFORMANCE_VENUE`` names, else for every venue."""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib import import_module

from conformance import data_cards, exec_changes, exec_flags, exec_orders
from conformance.card import DataCard, ExecCard, ListingCard
from conformance.parameters import VenueParameters

Card = ExecCard | DataCard | ListingCard

VENUES = ("nado", "paradex")
OPTION_CARDS = [
    ListingCard(id=id, title=title, kinds=data_cards.OPTIONS)
    for id, title in (
        ("E90", "option limit BUY"),
        ("E91", "option limit SELL"),
        ("E92", "option priced in other terms"),
        ("E94", "order type the venue does not have for options"),
        ("E96", "conditional order on an option"),
        ("E99", "option FOK"),
        ("E100", "option order canceled"),
        ("E101", "option position is known again after a restart"),
    )
]


@dataclass(frozen=True, slots=True)
class Deck:
    """One venue's cards. ``groups``: by what they are about; `make conformance GROUP=<name>` runs one of them."""

    venue: VenueParameters
    groups: dict[str, list[Card]]

    @property
    def cards(self) -> list[Card]:
        every = (card for cards in self.groups.values() for card in cards)
        return sorted(every, key=lambda card: (card.id[0], int(card.id[1:])))

    @property
    def chosen(self) -> list[Card]:
        return self.groups[os.environ["CONFORMANCE_GROUP"]] if os.environ.get("CONFORMANCE_GROUP") else self.cards


def is_request(card: Card) -> bool:
    """Asked for once; everything else is subscribed to."""
    return isinstance(card, DataCard) and any(switch.startswith("request_") for switch in card.tester)


def deck_of(name: str) -> Deck:
    venue: VenueParameters = import_module(f"conformance.venues.{name}").VENUE
    data = data_cards.cards(venue)
    groups: dict[str, list[Card]] = {
        "subscriptions": [card for card in data if not is_request(card)],
        "requests": [card for card in data if is_request(card)],
        "orders": [
            *exec_orders.market_cards(venue),
            *exec_orders.limit_cards(venue),
            *exec_orders.conditional_cards(venue),
        ],
        "changes": [
            *exec_changes.modify_cards(venue),
            *exec_changes.cancel_cards(venue),
            *exec_changes.bracket_cards(venue),
        ],
        "flags": [*exec_flags.flag_cards(venue)],
        "refusals": [*exec_flags.refusal_cards(venue)],
        "doubts": [*exec_flags.doubt_cards(venue)],
        "life": [*exec_flags.life_cards(venue)],
        "options": [*OPTION_CARDS],
    }
    return Deck(venue, groups)


DECKS = [deck_of(name) for name in VENUES if os.environ.get("CONFORMANCE_VENUE", name) == name]
