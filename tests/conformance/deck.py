"""All cards, for the venue of this run."""

from __future__ import annotations

import os
from importlib import import_module

from conformance import data_cards, exec_changes, exec_flags, exec_orders
from conformance.card import DataCard, ListingCard

VENUE = import_module(f"conformance.venues.{os.environ.get('CONFORMANCE_VENUE', 'nado')}").VENUE
DATA_CARDS = data_cards.cards(VENUE)
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


def is_request(card: DataCard | ListingCard) -> bool:
    """Asked for once; everything else is subscribed to."""
    return isinstance(card, DataCard) and any(switch.startswith("request_") for switch in card.tester)


GROUPS = {
    "subscriptions": [card for card in DATA_CARDS if not is_request(card)],
    "requests": [card for card in DATA_CARDS if is_request(card)],
    "orders": [
        *exec_orders.market_cards(VENUE),
        *exec_orders.limit_cards(VENUE),
        *exec_orders.conditional_cards(VENUE),
    ],
    "changes": [
        *exec_changes.modify_cards(VENUE),
        *exec_changes.cancel_cards(VENUE),
        *exec_changes.bracket_cards(VENUE),
    ],
    "flags": exec_flags.flag_cards(VENUE),
    "refusals": exec_flags.refusal_cards(VENUE),
    "doubts": exec_flags.doubt_cards(VENUE),
    "life": exec_flags.life_cards(VENUE),
    "options": OPTION_CARDS,
}
"""By what they are about; `make conformance GROUP=<name>` runs one of them."""
CARDS = sorted((card for cards in GROUPS.values() for card in cards), key=lambda card: (card.id[0], int(card.id[1:])))
CHOSEN = GROUPS[os.environ["CONFORMANCE_GROUP"]] if os.environ.get("CONFORMANCE_GROUP") else CARDS
