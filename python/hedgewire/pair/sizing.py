"""Quantities: balanced lots for both legs, and the second leg from what the first really filled. Pair reference 1.4."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal

from .vocabulary import ZERO, LegSpec

# A search wider than this adds nothing: with so many lots the nearest pair is already balanced far below a basis point.
MAX_CANDIDATES = 4_000


def whole_lots(qty: Decimal, lot: Decimal, rounding: str = ROUND_FLOOR) -> Decimal:
    """The quantity rounded to a multiple of the lot."""
    return (qty / lot).to_integral_value(rounding) * lot


@dataclass(frozen=True, slots=True)
class Sizing:
    """A pair of quantities. ``imbalance`` is |n0 - n1| / larger; ``deviation`` the worse leg's distance to target."""

    qty: tuple[Decimal, Decimal]
    notional: tuple[Decimal, Decimal]
    imbalance: Decimal
    deviation: Decimal


@dataclass(frozen=True, slots=True)
class SizingRefused:
    reason: str


def measure(qty: tuple[Decimal, Decimal], prices: tuple[Decimal, Decimal], target: Decimal) -> Sizing:
    """The value, imbalance and deviation of a pair of quantities; all fractions."""
    notional = (qty[0] * prices[0], qty[1] * prices[1])
    larger = max(notional)
    imbalance = abs(notional[0] - notional[1]) / larger if larger > 0 else ZERO
    deviation = max(abs(value - target) for value in notional) / target
    return Sizing(qty, notional, imbalance, deviation)


def naive_lots(legs: tuple[LegSpec, LegSpec], prices: tuple[Decimal, Decimal], target: Decimal) -> Sizing:
    """Each leg rounded alone: what not to trade, kept to show what balancing gains."""
    qty0, qty1 = (whole_lots(target / prices[i], legs[i].lot, ROUND_HALF_EVEN) for i in (0, 1))
    return measure((qty0, qty1), prices, target)


def balanced_lots(
    legs: tuple[LegSpec, LegSpec],
    prices: tuple[Decimal, Decimal],
    target: Decimal,
    max_deviation: Decimal,
    min_notional_margin: Decimal = Decimal("1.005"),
) -> Sizing | SizingRefused:
    """The pair of lot multiples with the least USD imbalance, both legs within ``max_deviation`` of the target.

    Every leg stays ``min_notional_margin`` above the venue's minimum order value, so that a small price move between
    sizing and sending does not turn it into a refusal. Returns :class:`SizingRefused` when no pair qualifies.
    """
    if any(price <= 0 for price in prices):
        return SizingRefused(f"sizing: prices {prices[0]} and {prices[1]} must be positive")
    low, high = target * (1 - max_deviation), target * (1 + max_deviation)
    step = legs[0].lot * prices[0]
    first = int((low / step).to_integral_value(ROUND_CEILING))
    last = int((high / step).to_integral_value(ROUND_FLOOR))
    if last - first > MAX_CANDIDATES:
        centre = int((target / step).to_integral_value(ROUND_HALF_EVEN))
        first, last = centre - MAX_CANDIDATES // 2, centre + MAX_CANDIDATES // 2
    best: Sizing | None = None
    for lots in range(max(first, 1), last + 1):
        qty0 = lots * legs[0].lot
        near = whole_lots(qty0 * prices[0] / prices[1], legs[1].lot, ROUND_HALF_EVEN)
        for qty1 in (near, near + legs[1].lot, near - legs[1].lot):
            found = measure((qty0, qty1), prices, target)
            if found.deviation > max_deviation or not _tradable(legs, found, min_notional_margin):
                continue
            if best is None or (found.imbalance, found.deviation) < (best.imbalance, best.deviation):
                best = found
    if best is None:
        naive = naive_lots(legs, prices, target)
        return SizingRefused(
            f"sizing: no lots of {legs[0].name} and {legs[1].name} within {max_deviation:%} of {target} USD "
            f"(nearest {naive.notional[0]:f} and {naive.notional[1]:f}, minimum order values "
            f"{legs[0].min_notional} and {legs[1].min_notional}). hint: raise the target or the allowed deviation"
        )
    return best


def _tradable(legs: tuple[LegSpec, LegSpec], sizing: Sizing, margin: Decimal) -> bool:
    return all(
        sizing.qty[i] > 0 and sizing.qty[i] >= legs[i].min_qty and sizing.notional[i] >= legs[i].min_notional * margin
        for i in (0, 1)
    )


def matching_qty(filled_notional: Decimal, price: Decimal, lot: Decimal) -> Decimal:
    """Quantity of the other leg that matches a really filled notional (nearest lot), never the planned size."""
    if price <= 0:
        raise ValueError(f"price {price} is not positive. hint: take it from a sane top of book")
    return whole_lots(filled_notional / price, lot, ROUND_HALF_EVEN)


def lots_worth(notional: Decimal, price: Decimal, lot: Decimal) -> Decimal:
    """The smallest quantity in whole lots worth at least ``notional`` at ``price``."""
    return whole_lots(notional / price, lot, ROUND_CEILING)


def next_part(qty: Decimal, price: Decimal, lot: Decimal, most_usd: Decimal) -> Decimal:
    """What of a taker goes out now: equal parts of at most ``most_usd`` (a lot more by rounding), never above ``qty``.

    Equal parts, because a rest behind whole ones could be too small for the venue. Pair reference 1.5, requirement
    R003-3.2.4.
    """
    parts = (qty * price / most_usd).to_integral_value(ROUND_CEILING)
    return qty if parts <= 1 else min(qty, whole_lots(qty / parts, lot, ROUND_CEILING))
