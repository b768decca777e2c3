"""What the local Paradex lists: markets, fees, margins (Paradex reference 2.2, 6.9, 6.11) and addresses (1.2)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from typing import Any

from hedgewire.simulator.fixed import ONE, mul, plain, x18
from hedgewire.simulator.market import MarketProfile
from hedgewire.simulator.orders import Instrument, TradingStatus

CHAIN_ID = "PRIVATE_SN_POTC_SEPOLIA"
L1_CHAIN_ID = 11155111
PROXY_HASH = 0x3530CC4759D78042F1B543BF797F5F3D647CDE0388C33734CF91B7F7B9314A9
ACCOUNT_HASH = 0x41CB0280EBADAA75F996D8D92C6F265F6D040BB3BA442E5F86A554F1765244E
EVM_ACCOUNT_HASH = 0x073414441639DCD11D1846F287650A00C60C416B9D3BA45D31C651672125B2C2
SETTLEMENT = "USDC"
QUOTE = "USD"
MAKER_FEE = x18("0.00003")
TAKER_FEE = x18("0.00045")
MMF_FACTOR = x18("0.5")
BAND = x18("0.05")
FUNDING_PERIOD_H = 8
LISTED_AT_MS = 1_717_065_600_000
EXPIRY_MS = 1_861_689_600_000
"""2028-12-29 08:00 UTC, a Friday."""


class Kind(StrEnum):
    """``asset_kind``."""

    PERP = "PERP"
    SPOT = "SPOT"
    OPTION = "OPTION"
    PERP_OPTION = "PERP_OPTION"


FUNDED = (Kind.PERP, Kind.PERP_OPTION)
"""What pays funding."""


@dataclass(frozen=True, slots=True)
class Listing:
    """One market with what ``Instrument`` has no field for; x18 integers. ``strike`` and ``right``: of an option.
    ``expires_at_ms``: 0 is never."""

    instrument: Instrument
    profile: MarketProfile
    base: str
    imf: int
    max_order_size: int
    position_limit: int
    max_open_orders: int
    max_slippage: int
    kind: Kind = Kind.PERP
    strike: int = 0
    right: str = ""
    expires_at_ms: int = 0


def _perp(
    product_id: int, base: str, price: str, tick: str, lot: str, imf: str, most: str, walk_ppb: int, level: str
) -> Listing:
    initial, maintenance = x18(imf), mul(x18(imf), MMF_FACTOR)
    instrument = Instrument(
        product_id=product_id,
        symbol=f"{base}-USD-PERP",
        price_increment=x18(tick),
        size_increment=x18(lot),
        min_notional=x18("10"),
        long_weight_initial=ONE - initial,
        long_weight_maintenance=ONE - maintenance,
        short_weight_initial=ONE + initial,
        short_weight_maintenance=ONE + maintenance,
        maker_fee_rate=MAKER_FEE,
        taker_fee_rate=TAKER_FEE,
        max_open_interest=None,
        oracle_low=ONE - BAND,
        oracle_high=ONE + BAND,
        status=TradingStatus.LIVE,
    )
    profile = MarketProfile(product_id, x18(price), walk_ppb, x18(level))
    most_x18 = x18(most)
    return Listing(instrument, profile, base, initial, most_x18, 3 * most_x18, 150, x18("0.002"))


def perps() -> list[Listing]:
    """Fresh instruments (their status can be changed by control calls) with their background market.

    Prices are near those of the local Nado, so that one coin can be traded on both.
    """
    return [
        _perp(1, "BTC", "95000", "0.1", "0.00001", "0.02", "100", 52_000, "0.8"),
        _perp(2, "ETH", "3500", "0.01", "0.0001", "0.02", "1000", 68_000, "12"),
        _perp(3, "SOL", "150", "0.001", "0.01", "0.04", "20000", 84_000, "250"),
    ]


def others() -> list[Listing]:
    """A spot pair, a dated option and one without an end: their prices walk by themselves. A token counts for nothing
    as collateral, and an option is margined by its price alone, so that a short one is held too cheaply."""
    spot = _perp(4, "ETH", "3500", "0.01", "0.0001", "1", "1000", 68_000, "12")
    dated = _perp(5, "BTC", "4200", "1", "0.01", "1", "100", 52_000, "2")
    endless = _perp(6, "BTC", "2100", "1", "0.01", "1", "100", 52_000, "2")
    call = {"strike": x18("100000"), "right": "CALL"}
    return [
        _as(spot, "ETH-USD", kind=Kind.SPOT),
        _as(dated, "BTC-USD-29DEC28-100000-C", kind=Kind.OPTION, expires_at_ms=EXPIRY_MS, **call),
        _as(endless, "BTC-USD-100000-C", kind=Kind.PERP_OPTION, **call),
    ]


def _as(listing: Listing, symbol: str, **terms: Any) -> Listing:
    listing.instrument.symbol = symbol
    return replace(listing, **terms)


def market_json(listing: Listing) -> dict[str, object]:
    """One row of ``GET /markets``."""
    instrument = listing.instrument
    return {
        "symbol": instrument.symbol,
        "base_currency": listing.base,
        "quote_currency": QUOTE,
        "settlement_currency": SETTLEMENT,
        "order_size_increment": plain(instrument.size_increment),
        "price_tick_size": plain(instrument.price_increment),
        "min_notional": plain(instrument.min_notional),
        "open_at": LISTED_AT_MS,
        "expiry_at": listing.expires_at_ms,
        "asset_kind": listing.kind.value,
        "market_kind": "cross",
        "trading_mode": "STANDARD",
        "position_limit": plain(listing.position_limit),
        "price_bands_width": plain(ONE - instrument.oracle_low),
        "iv_bands_width": "0",
        "max_open_orders": listing.max_open_orders,
        "max_funding_rate": "0.02",
        "max_funding_rate_change": "0.0005",
        "max_order_size": plain(listing.max_order_size),
        "max_slippage": plain(listing.max_slippage),
        "max_tob_spread": "0.2",
        **_margin_json(listing),
        "fee_config": {kind: _fees(instrument, free=kind != "api_fee") for kind in FEE_KINDS},
        "price_feed_id": f"local-{listing.base}",
        "oracle_ewma_factor": "0.2",
        "interest_rate": "0.0001",
        "clamp_rate": "0.0005",
        "funding_multiplier": 1,
        "funding_period_hours": FUNDING_PERIOD_H,
        "tags": [],
    }


def _margin_json(listing: Listing) -> dict[str, object]:
    if listing.right:
        whole = dict.fromkeys(("long_itm", "premium_multiplier", "short_itm", "short_otm", "short_put_cap"), "1")
        return {
            "option_cross_margin_params": {"imf": whole, "mmf": whole},
            "option_type": listing.right,
            "strike_price": plain(listing.strike),
        }
    fractions = {"imf_base": plain(listing.imf), "imf_factor": "0", "imf_shift": "0", "mmf_factor": plain(MMF_FACTOR)}
    return {"delta1_cross_margin_params": fractions}


FEE_KINDS = ("api_fee", "interactive_fee", "rpi_fee")


def _fees(instrument: Instrument, *, free: bool) -> dict[str, object]:
    rates = {"maker_fee": instrument.maker_fee_rate, "taker_fee": instrument.taker_fee_rate}
    shown = {name: "0" if free else plain(rate) for name, rate in rates.items()}
    return {name: {"fee": fee, "fee_cap": "0", "fee_floor": "0"} for name, fee in shown.items()}


@cache
def _address(name: str) -> str:
    return "0x" + name.encode().hex().rjust(62, "0")


def system_config() -> dict[str, object]:
    """``GET /system/config``; the chain's own services are not served."""
    nowhere = "http://127.0.0.1:9"
    return {
        "starknet_gateway_url": nowhere,
        "starknet_fullnode_rpc_url": f"{nowhere}/rpc/v0_10",
        "starknet_fullnode_rpc_base_url": nowhere,
        "starknet_chain_id": CHAIN_ID,
        "block_explorer_url": nowhere,
        "paraclear_address": _address("paraclear"),
        "paraclear_decimals": 8,
        "paraclear_account_proxy_hash": hex(PROXY_HASH),
        "paraclear_account_hash": hex(ACCOUNT_HASH),
        "paraclear_evm_account_hash": f"0x{EVM_ACCOUNT_HASH:064x}",
        "oracle_address": _address("oracle"),
        "bridged_tokens": [
            {
                "name": SETTLEMENT,
                "symbol": SETTLEMENT,
                "decimals": 6,
                "l1_token_address": _address("l1 token"),
                "l1_bridge_address": _address("l1 bridge"),
                "l2_token_address": _address("l2 token"),
                "l2_bridge_address": _address("l2 bridge"),
            }
        ],
        "l1_core_contract_address": _address("l1 core"),
        "l1_operator_address": _address("l1 operator"),
        "l1_relayer_address": _address("l1 relayer"),
        "l2_relayer_address": _address("l2 relayer"),
        "l1_chain_id": str(L1_CHAIN_ID),
        "liquidation_fee": "0.7",
        "universal_deployer_address": _address("deployer"),
        "partial_liquidation_buffer": "0.1",
        "partial_liquidation_share_increment": "0.2",
        "assets_limit_per_account": 100,
        "dime_staking_contract_address": _address("staking"),
        "environment": "local",
    }
