"""What to do when the legs came out unequal: accept, complete the lighter, trim the heavier, or unwind all, by cost.

Pair reference 1.6: hedge what is real; choose the cheaper of completing and unwinding from the book's own prices.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum

from .pricing import mid_price
from .sizing import matching_qty, whole_lots
from .vocabulary import ZERO, LegSpec


class Remedy(StrEnum):
    ACCEPT = "accept"
    COMPLETE = "complete"
    TRIM = "trim"
    UNWIND = "unwind"


@dataclass(frozen=True, slots=True)
class LegView:
    """A leg as the decision sees it: quantity really held (absolute), its top of book, and what a unit counts."""

    spec: LegSpec
    held: Decimal
    bid: Decimal
    ask: Decimal
    worth: Decimal

    @property
    def mid(self) -> Decimal:
        return mid_price(self.bid, self.ask)

    @property
    def notional(self) -> Decimal:
        return self.held * self.worth

    def crossing_cost(self, qty: Decimal) -> Decimal:
        """USD paid to take ``qty`` now: half the spread plus the taker fee."""
        return qty * ((self.ask - self.bid) / 2 + self.mid * self.spec.taker_rate)


@dataclass(frozen=True, slots=True)
class Completion:
    """The remedy, on which leg and how much; the two costs in USD that were compared and the residual in USD."""

    remedy: Remedy
    leg: int
    qty: Decimal
    residual_usd: Decimal
    complete_cost: Decimal | None = None
    give_up_cost: Decimal | None = None


def decide(views: tuple[LegView, LegView], max_imbalance: Decimal, may_complete: bool = True) -> Completion:
    """Choose the remedy for two settled legs. ``may_complete`` is false once attempts or time forbid more risk."""
    heavy = 0 if views[0].notional >= views[1].notional else 1
    light = 1 - heavy
    top, low = views[heavy], views[light]
    residual = top.notional - low.notional
    if top.notional == 0:
        return Completion(Remedy.ACCEPT, light, ZERO, ZERO)
    if low.held > 0 and residual <= top.notional * max_imbalance:
        return Completion(Remedy.ACCEPT, light, ZERO, residual)
    add = matching_qty(residual, low.worth, low.spec.lot)
    cut = min(whole_lots(residual / top.worth, top.spec.lot, ROUND_HALF_EVEN), top.held)
    # Giving up exposure costs its exit now and its entry again in the next cycle; completing pays one crossing.
    complete_cost = low.crossing_cost(add) if may_complete and _complete_works(low, add) else None
    trim_cost = top.crossing_cost(cut) * 2 if low.held > 0 and _trim_works(top, cut) else None
    unwind_cost = top.crossing_cost(top.held) * 2
    if complete_cost is not None and complete_cost <= (unwind_cost if trim_cost is None else trim_cost):
        return Completion(Remedy.COMPLETE, light, add, residual, complete_cost, trim_cost or unwind_cost)
    if trim_cost is not None:
        return Completion(Remedy.TRIM, heavy, cut, residual, complete_cost, trim_cost)
    return Completion(Remedy.UNWIND, heavy, top.held, residual, complete_cost, unwind_cost)


def _complete_works(view: LegView, qty: Decimal) -> bool:
    return qty > 0 and qty >= view.spec.min_qty and qty * view.bid >= view.spec.min_notional


def _trim_works(view: LegView, qty: Decimal) -> bool:
    """A trim leaves a position that must itself still be closable, and is an order of at least the minimum value."""
    if not 0 < qty < view.held or qty < view.spec.min_qty:
        return False
    return min(qty, view.held - qty) * view.bid >= view.spec.min_notional
