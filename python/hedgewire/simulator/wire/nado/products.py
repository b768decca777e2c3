"""What the local Nado lists: ids, increments, weights, fees (Nado reference 5.1, 5.3, 5.4, 6.3) and addresses (1.3)."""

from __future__ import annotations

from dataclasses import dataclass

from hedgewire.simulator.fixed import ONE, x18
from hedgewire.simulator.market import MarketProfile
from hedgewire.simulator.orders import Instrument, TradingStatus

CHAIN_ID = 763373
ENDPOINT_ADDRESS = "0x698D87105274292B5673367DEC81874Ce3633Ac2"
QUOTE_TOKEN = "0x60F50F902b2E91aef7D6c700Eb22599e297fa86F"
QUOTE_SYMBOL = "USDT0"
QUOTE_TOKEN_DECIMALS = 6
MAKER_FEE = x18("0.0001")
TAKER_FEE = x18("0.00035")


@dataclass(frozen=True, slots=True)
class SpotListing:
    """A spot product: listed and valued, without a book on the local venue."""

    product_id: int
    symbol: str
    token: str
    oracle_price: int
    weight_initial: int
    weight_maintenance: int
    withdraw_fee: int


SPOTS = (
    SpotListing(0, QUOTE_SYMBOL, QUOTE_TOKEN, ONE, ONE, ONE, ONE),
    SpotListing(1, "KBTC", "0x" + "01".rjust(40, "0"), x18("95000"), x18("0.9"), x18("0.95"), x18("0.00004")),
    SpotListing(3, "WETH", "0x" + "03".rjust(40, "0"), x18("3500"), x18("0.9"), x18("0.95"), x18("0.0006")),
)
HEALTH_GROUPS = ((1, 2), (3, 4))


def _perp(product_id: int, symbol: str, tick: str, lot: str, initial: str, maintenance: str) -> Instrument:
    return Instrument(
        product_id=product_id,
        symbol=symbol,
        price_increment=x18(tick),
        size_increment=x18(lot),
        min_notional=x18("100"),
        long_weight_initial=x18(initial),
        long_weight_maintenance=x18(maintenance),
        short_weight_initial=2 * ONE - x18(initial),
        short_weight_maintenance=2 * ONE - x18(maintenance),
        maker_fee_rate=MAKER_FEE,
        taker_fee_rate=TAKER_FEE,
        max_open_interest=x18("1000000"),
        oracle_low=x18("0.8"),
        oracle_high=x18("1.2"),
        status=TradingStatus.LIVE,
    )


def perps() -> list[tuple[Instrument, MarketProfile]]:
    """Fresh instruments (their status can be changed by control calls) with their background market."""
    return [
        (
            _perp(2, "BTC-PERP", "1", "0.00005", "0.98", "0.99"),
            MarketProfile(2, x18("95000"), walk_ppb=52_000, lot=x18("0.8")),
        ),
        (
            _perp(4, "ETH-PERP", "0.1", "0.001", "0.975", "0.9875"),
            MarketProfile(4, x18("3500"), walk_ppb=68_000, lot=x18("12")),
        ),
        (
            _perp(8, "SOL-PERP", "0.01", "0.1", "0.95", "0.975"),
            MarketProfile(8, x18("150"), walk_ppb=84_000, lot=x18("250")),
        ),
    ]
