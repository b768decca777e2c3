"""What really traded. Fills are applied once by trade id; positions, results, fees and volume follow from them alone.

Pair reference 1.11: gross = sold - bought (+ value still held), net = gross - fees + funding, volume = all fills.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from .vocabulary import ZERO, Fill


@dataclass(frozen=True, slots=True)
class Correction:
    """A position the venue proved and the fills did not explain. Late fills of older orders consume it."""

    leg: int
    qty: Decimal
    at_ns: int


@dataclass(slots=True)
class LegBook:
    """Running totals of one leg. ``cash`` is what selling brought minus what buying cost, before fees."""

    filled: Decimal = ZERO
    corrected: Decimal = ZERO
    cash: Decimal = ZERO
    fees: Decimal = ZERO
    funding: Decimal = ZERO
    volume: Decimal = ZERO
    maker_volume: Decimal = ZERO

    @property
    def position(self) -> Decimal:
        return self.filled + self.corrected


@dataclass(slots=True)
class Ledger:
    """Fills of one cycle or one session. Legs are small integers."""

    legs: dict[int, LegBook] = field(default_factory=lambda: {0: LegBook(), 1: LegBook()})
    fills: list[Fill] = field(default_factory=list)
    corrections: list[Correction] = field(default_factory=list)
    _seen: set[tuple[int, str]] = field(default_factory=set)
    _by_order: dict[str, Decimal] = field(default_factory=dict)
    _explained: dict[int, set[str]] = field(default_factory=dict)

    def apply(self, fill: Fill) -> bool:
        """Apply a fill; false when this trade id was applied before. Raises ValueError on an impossible fill."""
        if not fill.qty.is_finite() or fill.qty <= 0 or not fill.px.is_finite() or fill.px <= 0:
            raise ValueError(
                f"fill {fill.trade_id} of order {fill.order_id}: qty {fill.qty} at {fill.px} is impossible. "
                "hint: check the decoder of the fill message"
            )
        key = (fill.leg, fill.trade_id)
        if key in self._seen:
            return False
        self._seen.add(key)
        self.fills.append(fill)
        book = self.legs.setdefault(fill.leg, LegBook())
        signed = fill.qty * fill.side.sign
        book.filled += signed
        book.cash -= signed * fill.px
        book.fees += fill.fee
        book.volume += fill.qty * fill.px
        if fill.is_maker:
            book.maker_volume += fill.qty * fill.px
        self._by_order[fill.order_id] = self.order_filled(fill.order_id) + fill.qty
        if fill.order_id in self._explained.get(fill.leg, ()):
            self._consume_correction(book, signed)
        return True

    @staticmethod
    def _consume_correction(book: LegBook, signed: Decimal) -> None:
        if book.corrected * signed > 0:
            part = min(abs(book.corrected), abs(signed))
            book.corrected -= part if signed > 0 else -part

    def correct(self, leg: int, venue_qty: Decimal, closed_orders: set[str], at_ns: int) -> Correction:
        """Adopt the venue's proven position. Late fills of ``closed_orders`` are already contained in it."""
        book = self.legs[leg]
        change = Correction(leg, venue_qty - book.position, at_ns)
        book.corrected += change.qty
        self.corrections.append(change)
        self._explained.setdefault(leg, set()).update(closed_orders)
        return change

    def fund(self, leg: int, amount: Decimal) -> None:
        """Record a funding payment as the venue reported it; it is never estimated (defect B19)."""
        self.legs[leg].funding += amount

    def order_filled(self, order_id: str) -> Decimal:
        return self._by_order.get(order_id, ZERO)

    def position(self, leg: int) -> Decimal:
        return self.legs[leg].position

    def gross(self, marks: dict[int, Decimal] | None = None) -> Decimal:
        """Result before fees; open positions are valued at ``marks`` (price per leg), which must then be given."""
        total = ZERO
        for leg, book in self.legs.items():
            total += book.cash
            if book.position != 0:
                if marks is None or leg not in marks:
                    raise ValueError(f"leg {leg} holds {book.position} and has no mark. hint: pass its mid price")
                total += book.position * marks[leg]
        return total

    @property
    def fees(self) -> Decimal:
        return sum((book.fees for book in self.legs.values()), ZERO)

    @property
    def funding(self) -> Decimal:
        return sum((book.funding for book in self.legs.values()), ZERO)

    @property
    def volume(self) -> Decimal:
        return sum((book.volume for book in self.legs.values()), ZERO)

    def net(self, marks: dict[int, Decimal] | None = None) -> Decimal:
        return self.gross(marks) - self.fees + self.funding

    def bps_of_volume(self, amount: Decimal) -> Decimal | None:
        """An amount in basis points of turnover; ``None`` when nothing traded (not zero)."""
        return amount / self.volume * 10_000 if self.volume > 0 else None

    @property
    def cost_per_million(self) -> Decimal | None:
        """Net cost of one million USD of volume when flat; positive is a cost."""
        return -self.net() / self.volume * 1_000_000 if self.volume > 0 else None


def vwap(fills: list[Fill]) -> Decimal | None:
    """Volume-weighted price; ``None`` without fills."""
    qty = sum((fill.qty for fill in fills), ZERO)
    return sum((fill.qty * fill.px for fill in fills), ZERO) / qty if qty > 0 else None
