"""All cards, for the venue of this run."""

from __future__ import annotations

import os
from importlib import import_module

from conformance import data_cards, exec_changes, exec_flags, exec_orders
from conformance.card import ListingCard

VENUE = import_module(f"conformance.venues.{os.environ.get('CONFORMANCE_VENUE', 'nado')}").VENUE
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
CARDS = [
    *data_cards.cards(VENUE),
    *exec_orders.market_cards(VENUE),
    *exec_orders.limit_cards(VENUE),
    *exec_orders.conditional_cards(VENUE),
    *exec_changes.modify_cards(VENUE),
    *exec_changes.cancel_cards(VENUE),
    *exec_changes.bracket_cards(VENUE),
    *exec_flags.flag_cards(VENUE),
    *exec_flags.refusal_cards(VENUE),
    *exec_flags.doubt_cards(VENUE),
    *exec_flags.life_cards(VENUE),
    *OPTION_CARDS,
]
