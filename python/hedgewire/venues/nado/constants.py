"""Names and rules of Nado that the shared clients need as data."""

from __future__ import annotations

from typing import Final

from nautilus_trader.model.identifiers import Venue

from hedgewire.nautilus.rows import Kind
from hedgewire.nautilus.v1.order_terms import VenueRules

NADO: Final = "NADO"
NADO_VENUE: Final = Venue(NADO)
CORE_NAME: Final = "nado"

RULES: Final = VenueRules(
    reduce_only_kinds=frozenset({Kind.IOC, Kind.FOK}),
    max_batch=50,
    min_notional_applies_to_exits=True,
)
"""Nado reference 6.5 (reduce-only with IOC and FOK only), 2.5 (batches of 50), 6.4 (minimum order value)."""

KEY_ENV: Final = {
    "mainnet": ("NADO_PRIVATE_KEY", "NADO_SUBACCOUNT_NAME"),
    "testnet": ("NADO_TESTNET_PRIVATE_KEY", "NADO_TESTNET_SUBACCOUNT_NAME"),
    "local": ("NADO_PRIVATE_KEY", "NADO_SUBACCOUNT_NAME"),
}
"""Environment -> names of the variables that hold the key and the subaccount."""

DEFAULT_SUBACCOUNT: Final = "default"
