"""How the account's positions changed, whoever changed them: from the venue's own books."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from hedgewire.simulator.orders import Fill, PositionUpdate

from .venue import VirtualVenue

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Change:
    """``qty`` is signed base; ``order_id`` is empty where the venue itself took or gave it."""

    at_ns: int
    product_id: int
    qty: Decimal
    order_id: str


class History:
    def __init__(self, venue: VirtualVenue) -> None:
        self._venue = venue
        self.changes: list[Change] = []
        venue.state.exchange.listen(self._on_event)

    def held(self, product_id: int) -> Decimal:
        return sum((each.qty for each in self.changes if each.product_id == product_id), ZERO)

    def traded(self, orders: Collection[str]) -> dict[int, Decimal]:
        """What these orders' fills make, by product; none that is zero."""
        found: dict[int, Decimal] = {}
        for each in self.changes:
            if each.order_id in orders:
                found[each.product_id] = found.get(each.product_id, ZERO) + each.qty
        return {product_id: qty for product_id, qty in found.items() if qty}

    def of_others(self, orders: Collection[str]) -> list[Change]:
        return [each for each in self.changes if each.order_id not in orders]

    def as_seen(self, product_id: int, orders: Collection[str], asked_ns: int, told_ns: int) -> set[Decimal]:
        """What the owner of these orders may take for the position: all that its own orders made, and what others did
        until the venue was last asked. The venue answers somewhen between the question and the answer's arrival."""
        others = [each for each in self.of_others(orders) if each.product_id == product_id and each.at_ns <= told_ns]
        seen = self.traded(orders).get(product_id, ZERO)
        seen += sum((each.qty for each in others if each.at_ns < asked_ns), ZERO)
        possible = {seen}
        for each in others:
            if each.at_ns >= asked_ns:
                seen += each.qty
                possible.add(seen)
        return possible

    def _on_event(self, event: Any) -> None:
        venue = self._venue
        if isinstance(event, Fill) and event.order.owner == venue.subaccount:
            qty = Decimal(event.quantity if event.order.is_buy else -event.quantity).scaleb(-18)
            self._add(event.order.product_id, qty, event.order.order_id)
        elif isinstance(event, PositionUpdate) and event.account == venue.subaccount and event.product_id:
            rest = Decimal(event.amount).scaleb(-18) - self.held(event.product_id)
            if rest:  # a position that moved without a fill
                self._add(event.product_id, rest, "")

    def _add(self, product_id: int, qty: Decimal, order_id: str) -> None:
        self.changes.append(Change(self._venue.clock.now_ns(), product_id, qty, order_id))
