"""Prices of the pair strategy: passive quotes, capped takers, slippage, waiting times. Pair reference 1.5 and 1.7."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from enum import StrEnum

from .vocabulary import Neutral, Side

BPS = Decimal(10_000)


class PriceMode(StrEnum):
    BBO_MINUS_1 = "bbo_minus_1"
    BBO_PLUS_1 = "bbo_plus_1"
    BBO = "bbo"
    AGGRESSIVE = "aggressive"
    MARKET = "market"


class SpreadState(StrEnum):
    STABLE = "STABLE"
    WIDENING = "WIDENING"
    NARROWING = "NARROWING"


def mid_price(bid: Decimal, ask: Decimal) -> Decimal:
    return (bid + ask) / 2


def worths(neutral: Neutral, mids: tuple[Decimal, Decimal]) -> tuple[Decimal, Decimal]:
    """What a unit of each leg counts when legs are balanced: its own price, or for one coin the same in both places."""
    if neutral is Neutral.NOTIONAL:
        return mids
    both = (mids[0] + mids[1]) / 2
    return both, both


def is_sane(bid: Decimal, ask: Decimal) -> bool:
    """True for a usable top of book: both sides present, finite and not crossed or locked."""
    return bid.is_finite() and ask.is_finite() and 0 < bid < ask


def mode_price(mode: PriceMode, side: Side, bid: Decimal, ask: Decimal, tick: Decimal) -> Decimal | None:
    """Price of an order by mode (pair reference 1.5, "Price modes"); ``None`` for ``market``."""
    buy = side is Side.BUY
    if mode is PriceMode.BBO_MINUS_1:
        return bid - tick if buy else ask + tick
    if mode is PriceMode.BBO_PLUS_1:
        return post_only_price(side, bid, ask, tick)
    if mode is PriceMode.BBO:
        return bid if buy else ask
    if mode is PriceMode.AGGRESSIVE:
        return ask if buy else bid
    return None


def post_only_price(side: Side, bid: Decimal, ask: Decimal, tick: Decimal) -> Decimal:
    """One tick inside the spread when there is room for it, else the touch; never crossing (vector V12)."""
    if side is Side.BUY:
        return bid + tick if bid + tick < ask else bid
    return ask - tick if ask - tick > bid else ask


def capped_taker_price(side: Side, bid: Decimal, ask: Decimal, tick: Decimal, cap_bps: Decimal) -> Decimal:
    """Limit of a crossing IOC: the far touch plus at most ``cap_bps``, rounded to the tick *towards* the touch.

    Rounding never spends more than the cap, and the touch itself is always reachable.
    """
    if side is Side.BUY:
        cap = (ask * (1 + cap_bps / BPS) / tick).to_integral_value(ROUND_FLOOR) * tick
        return max(ask, cap)
    cap = (bid * (1 - cap_bps / BPS) / tick).to_integral_value(ROUND_CEILING) * tick
    return min(bid, cap)


def slippage_bps(side: Side, executed: Decimal, reference: Decimal) -> Decimal:
    """Signed slippage in basis points of the reference price: adverse is positive, improvement negative."""
    if reference <= 0:
        raise ValueError(f"reference price {reference} is not positive. hint: use the touch or mid before the order")
    return (executed - reference) * side.sign / reference * BPS


def has_moved(price: Decimal, side: Side, bid: Decimal, ask: Decimal, tick: Decimal, ticks: int) -> bool:
    """True when a resting order is more than ``ticks`` away from its own side of the book."""
    touch = bid if side is Side.BUY else ask
    return abs(touch - price) > ticks * tick


def calculate_timeout(qty_eth: Decimal, spread: SpreadState = SpreadState.STABLE) -> int:
    """Waiting time in whole seconds for a quantity in ETH: 5, 10 or 20 s, then by spread state (vector V2)."""
    base = 5 if qty_eth <= Decimal("0.1") else 10 if qty_eth <= Decimal("0.5") else 20
    return _by_spread(base, spread)


def calculate_timeout_by_notional(notional_usd: Decimal, spread: SpreadState = SpreadState.STABLE) -> int:
    """The same rule for any instrument, in USD (300 and 1500): 0.1 SOL is not 0.1 ETH (pair reference 1.5)."""
    base = 5 if notional_usd <= 300 else 10 if notional_usd <= 1500 else 20
    return _by_spread(base, spread)


def _by_spread(base_s: int, spread: SpreadState) -> int:
    if spread is SpreadState.WIDENING:
        return max(3, base_s // 2)
    if spread is SpreadState.NARROWING:
        return min(30, base_s * 2)
    return base_s


def arbitrage_spread_bps(
    side: Side, primary_bid: Decimal, primary_ask: Decimal, hedge_bid: Decimal, hedge_ask: Decimal
) -> Decimal:
    """What opening earns against the other book, in bps of the price paid; negative is a cost (pair reference 1.5)."""
    if side is Side.BUY:
        return (hedge_bid - primary_ask) / primary_ask * BPS
    return (primary_bid - hedge_ask) / hedge_ask * BPS
