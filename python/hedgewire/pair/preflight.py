"""What a cycle is expected to cost, before it starts: in bps and in USD per million of volume (pair reference E14)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from .pricing import BPS, is_sane, mid_price, worths
from .sizing import Sizing, SizingRefused, balanced_lots, naive_lots
from .vocabulary import ZERO, BuildPolicy, LegSpec, PairConfig


@dataclass(frozen=True, slots=True)
class CostEstimate:
    """Expected cost of one cycle. ``best`` is every passive order filling, ``worst`` is every order crossing."""

    sizing: Sizing
    naive: Sizing
    volume_usd: Decimal
    fees_best: Decimal
    fees_worst: Decimal
    spread_best: Decimal
    spread_worst: Decimal

    @property
    def best(self) -> Decimal:
        return self.fees_best + self.spread_best

    @property
    def worst(self) -> Decimal:
        return self.fees_worst + self.spread_worst

    def bps(self, amount: Decimal) -> Decimal:
        """Basis points of turnover."""
        return amount / self.volume_usd * BPS

    def per_million(self, amount: Decimal) -> Decimal:
        """USD per 1 000 000 USD of volume."""
        return amount / self.volume_usd * 1_000_000

    def lines(self, legs: tuple[LegSpec, LegSpec]) -> list[str]:
        """The text an operator reads before the first order."""
        pair = ", ".join(
            f"{leg.name} {qty} (${value:.2f})"
            for leg, qty, value in zip(legs, self.sizing.qty, self.sizing.notional, strict=True)
        )
        return [
            f"sizes: {pair}; imbalance {self.sizing.imbalance:.3%}, {self.sizing.deviation:.2%} from target "
            f"(each leg rounded alone: {self.naive.imbalance:.2%})",
            f"volume per cycle: ${self.volume_usd:.2f}",
            f"expected cost, everything passive filling: {self.bps(self.best):.2f} bps of volume, "
            f"${self.per_million(self.best):.0f} per $1M",
            f"expected cost, everything crossing: {self.bps(self.worst):.2f} bps of volume, "
            f"${self.per_million(self.worst):.0f} per $1M",
        ]


def expected_cost(
    config: PairConfig,
    legs: tuple[LegSpec, LegSpec],
    tops: tuple[tuple[Decimal, Decimal], tuple[Decimal, Decimal]],
) -> CostEstimate | SizingRefused:
    """Estimate from live tops of book ``(bid, ask)`` and the account's own fee rates; never from a constant."""
    for leg, (bid, ask) in zip(legs, tops, strict=True):
        if not is_sane(bid, ask):
            return SizingRefused(f"book: {leg.name} bid {bid} ask {ask} is not usable. hint: wait for a fresh book")
    mids = (mid_price(*tops[0]), mid_price(*tops[1]))
    prices = worths(config.neutral, mids)
    sizing = balanced_lots(legs, prices, config.target_notional, config.max_target_deviation)
    if isinstance(sizing, SizingRefused):
        return sizing
    fees_best = fees_worst = spread_best = spread_worst = ZERO
    for index, leg in enumerate(legs):
        value = sizing.notional[index]
        half_spread = sizing.qty[index] * (tops[index][1] - tops[index][0]) / 2
        makes_entry = config.build_policy is BuildPolicy.MAKER_THEN_TAKER and index == config.maker_leg
        fees_best += value * ((leg.maker_rate if makes_entry else leg.taker_rate) + leg.maker_rate)
        fees_worst += value * leg.taker_rate * 2
        # A passive fill earns at most its half spread; counting on that would flatter the estimate, so it counts zero.
        spread_best += ZERO if makes_entry else half_spread
        spread_worst += half_spread * 2
    return CostEstimate(
        sizing,
        naive_lots(legs, prices, config.target_notional),
        sum(sizing.notional, ZERO) * 2,
        fees_best,
        fees_worst,
        spread_best,
        spread_worst,
    )
