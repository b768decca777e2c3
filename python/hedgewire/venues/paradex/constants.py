"""Names and rules of Paradex that the shared clients need as data."""

from __future__ import annotations

from typing import Final

from nautilus_trader.model.enums import OrderType, TimeInForce, TriggerType
from nautilus_trader.model.identifiers import Venue

from hedgewire.nautilus.rows import Kind, TriggerSource
from hedgewire.nautilus.v1.order_terms import VenueRules

PARADEX: Final = "PARADEX"
PARADEX_VENUE: Final = Venue(PARADEX)
CORE_NAME: Final = "paradex"
SETTLEMENT: Final = "USDC"
"""Prices are in USD; fees, results and balances in USDC (Paradex reference 6.1)."""
FUNDING_INTERVAL_S: Final = 1
"""The shortest: it accrues every second; how many of these rows are kept is not known (Paradex reference 6.7)."""

RULES: Final = VenueRules(
    kinds={
        (OrderType.LIMIT, TimeInForce.GTC, False): Kind.LIMIT,
        (OrderType.LIMIT, TimeInForce.IOC, False): Kind.IOC,
        (OrderType.LIMIT, TimeInForce.GTC, True): Kind.POST_ONLY,
        # A market order is an immediate one whose limit is the touch and the configured slippage.
        (OrderType.MARKET, TimeInForce.GTC, False): Kind.IOC,
        (OrderType.MARKET, TimeInForce.DAY, False): Kind.IOC,
        (OrderType.MARKET, TimeInForce.IOC, False): Kind.IOC,
        # These wait at the venue for the mark price; released, one without a price is a market order as above.
        (OrderType.STOP_MARKET, TimeInForce.GTC, False): Kind.IOC,
        (OrderType.MARKET_IF_TOUCHED, TimeInForce.GTC, False): Kind.IOC,
        (OrderType.STOP_LIMIT, TimeInForce.GTC, False): Kind.LIMIT,
        (OrderType.LIMIT_IF_TOUCHED, TimeInForce.GTC, False): Kind.LIMIT,
    },
    trigger_sources={TriggerType.DEFAULT: TriggerSource.MARK, TriggerType.MARK_PRICE: TriggerSource.MARK},
    reduce_only_kinds=frozenset({Kind.LIMIT, Kind.IOC, Kind.POST_ONLY}),
    amend=True,
    max_batch=10,
    min_notional_applies_to_exits=False,
    waiting_apart=False,
    forced_reasons=frozenset({"LIQUIDATION", "UNWIND_TRANSFER", "SETTLE_MARKET"}),
    post_only_reasons=frozenset({"POST_ONLY_WOULD_CROSS"}),
    messages=frozenset({"place_twap", "cancel_twap"}),
)
"""Paradex reference 6.2, 6.3 (order types and instructions: no fill-or-kill, no expiry), 6.4 (reduce-only), 2.10
(TWAP)."""

KEY_ENV: Final = {
    "mainnet": ("PARADEX_PRIVATE_KEY", "PARADEX_ACCOUNT_ADDRESS"),
    "testnet": ("PARADEX_TESTNET_PRIVATE_KEY", "PARADEX_TESTNET_ACCOUNT_ADDRESS"),
    "nightly": ("PARADEX_NIGHTLY_PRIVATE_KEY", "PARADEX_NIGHTLY_ACCOUNT_ADDRESS"),
    "local": ("PARADEX_PRIVATE_KEY", "PARADEX_ACCOUNT_ADDRESS"),
}
"""Environment -> names of the variables that hold the key and the account's address."""
