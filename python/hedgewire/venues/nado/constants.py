"""Names and rules of Nado that the shared clients need as data."""

from __future__ import annotations

from typing import Final

from nautilus_trader.model.enums import OrderType, TimeInForce, TriggerType
from nautilus_trader.model.identifiers import Venue

from hedgewire.nautilus.rows import Kind, TriggerSource
from hedgewire.nautilus.v1.order_terms import VenueRules

NADO: Final = "NADO"
NADO_VENUE: Final = Venue(NADO)
CORE_NAME: Final = "nado"

RULES: Final = VenueRules(
    kinds={
        (OrderType.LIMIT, TimeInForce.GTC, False): Kind.LIMIT,
        (OrderType.LIMIT, TimeInForce.GTD, False): Kind.LIMIT,
        (OrderType.LIMIT, TimeInForce.IOC, False): Kind.IOC,
        (OrderType.LIMIT, TimeInForce.FOK, False): Kind.FOK,
        (OrderType.LIMIT, TimeInForce.GTC, True): Kind.POST_ONLY,
        (OrderType.LIMIT, TimeInForce.GTD, True): Kind.POST_ONLY,
        # A market order is an immediate one whose limit is the touch and the configured slippage.
        (OrderType.MARKET, TimeInForce.GTC, False): Kind.IOC,
        (OrderType.MARKET, TimeInForce.DAY, False): Kind.IOC,
        (OrderType.MARKET, TimeInForce.IOC, False): Kind.IOC,
        (OrderType.MARKET, TimeInForce.FOK, False): Kind.FOK,
        # These wait at the trigger service; released, one without a price is a market order as above.
        (OrderType.STOP_MARKET, TimeInForce.GTC, False): Kind.IOC,
        (OrderType.STOP_MARKET, TimeInForce.GTD, False): Kind.IOC,
        (OrderType.MARKET_IF_TOUCHED, TimeInForce.GTC, False): Kind.IOC,
        (OrderType.MARKET_IF_TOUCHED, TimeInForce.GTD, False): Kind.IOC,
        (OrderType.STOP_LIMIT, TimeInForce.GTC, False): Kind.LIMIT,
        (OrderType.STOP_LIMIT, TimeInForce.GTD, False): Kind.LIMIT,
        (OrderType.LIMIT_IF_TOUCHED, TimeInForce.GTC, False): Kind.LIMIT,
        (OrderType.LIMIT_IF_TOUCHED, TimeInForce.GTD, False): Kind.LIMIT,
    },
    trigger_sources={
        TriggerType.DEFAULT: TriggerSource.LAST,
        TriggerType.LAST_PRICE: TriggerSource.LAST,
        TriggerType.MID_POINT: TriggerSource.MID,
        TriggerType.INDEX_PRICE: TriggerSource.ORACLE,
    },
    reduce_only_kinds=frozenset({Kind.IOC, Kind.FOK}),
    max_batch=50,
    min_notional_applies_to_exits=True,
    forced_reasons=frozenset({"liquidate_subaccount"}),
    ordinary_reasons=frozenset(
        {
            "match_orders",
            "settle_pnl",
            "deposit_collateral",
            "withdraw_collateral",
            "transfer_quote",
            "mint_nlp",
            "burn_nlp",
        }
    ),
)
"""Nado reference 6.1, 6.6 (order types), 6.5 (reduce-only is for takers), 2.5 (batches of 50), 6.4 (minimum value),
4.4 (position_change)."""

KEY_ENV: Final = {
    "mainnet": ("NADO_PRIVATE_KEY", "NADO_SUBACCOUNT_NAME"),
    "testnet": ("NADO_TESTNET_PRIVATE_KEY", "NADO_TESTNET_SUBACCOUNT_NAME"),
    "local": ("NADO_PRIVATE_KEY", "NADO_SUBACCOUNT_NAME"),
}
"""Environment -> names of the variables that hold the key and the subaccount."""

DEFAULT_SUBACCOUNT: Final = "default"
