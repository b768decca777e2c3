"""How the account's positions changed, whoever changed them: from the venue's own books."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

from pairs import order_name, x18

from hedgewire.simulator.orders import Fill, PositionUpdate

from .venue import VirtualVenue

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Change:
    """``qty`` is signed base; ``order`` as its sender knows it, empty where the venue itself took or gave it."""

    at_ns: int
    leg: int
    qty: Decimal
    order: str


class History:
    def __init__(self, venues: Iterable[VirtualVenue]) -> None:
        self.changes: list[Change] = []
        for venue in venues:
            venue.state.exchange.listen(partial(self._on_event, venue))

    def held(self, leg: int) -> Decimal:
        return sum((each.qty for each in self.changes if each.leg == leg), ZERO)

    def traded(self, orders: Collection[str]) -> dict[int, Decimal]:
        """What these orders' fills make, by leg; none that is zero."""
        found: dict[int, Decimal] = {}
        for each in self.changes:
            if each.order in orders:
                found[each.leg] = found.get(each.leg, ZERO) + each.qty
        return {leg: qty for leg, qty in found.items() if qty}

    def of_others(self, orders: Collection[str]) -> list[Change]:
        return [each for each in self.changes if each.order not in orders]

    def as_seen(self, leg: int, orders: Collection[str], asked_ns: int, told_ns: int) -> set[Decimal]:
        """What the owner of these orders may take for the position: all that its own orders made, and what others did
        until the venue was last asked. The venue answers somewhen between the question and the answer's arrival."""
        others = [each for each in self.of_others(orders) if each.leg == leg and each.at_ns <= told_ns]
        seen = self.traded(orders).get(leg, ZERO)
        seen += sum((each.qty for each in others if each.at_ns < asked_ns), ZERO)
        possible = {seen}
        for each in others:
            if each.at_ns >= asked_ns:
                seen += each.qty
                possible.add(seen)
        return possible

    def _on_event(self, venue: VirtualVenue, event: Any) -> None:
        if isinstance(event, Fill) and event.order.owner == venue.account:
            qty = x18(event.quantity if event.order.is_buy else -event.quantity)
            self._add(venue, event.order.product_id, qty, order_name(venue.app, event.order.order_id))
        elif isinstance(event, PositionUpdate) and event.account == venue.account and event.product_id:
            rest = x18(event.amount) - self.held(venue.legs[event.product_id])
            if rest:  # a position that moved without a fill
                self._add(venue, event.product_id, rest, "")

    def _add(self, venue: VirtualVenue, product_id: int, qty: Decimal, order: str) -> None:
        self.changes.append(Change(venue.clock.now_ns(), venue.legs[product_id], qty, order))
