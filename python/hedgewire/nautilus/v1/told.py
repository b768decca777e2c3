"""What NautilusTrader has been told about each order.

Events pass through the engine's queue, so the cache lags behind what this client has said a moment ago. Deciding on the
cache's status would say things twice; this memory is ahead of it and only ever moves forward.
"""

from __future__ import annotations

from enum import IntEnum

from nautilus_trader.model.enums import OrderStatus
from nautilus_trader.model.identifiers import ClientOrderId
from nautilus_trader.model.orders import Order

from hedgewire.nautilus.v1 import convert
from hedgewire.nautilus.v1.order_terms import Terms


class Stage(IntEnum):
    NEW = 0
    SUBMITTED = 1
    ACCEPTED = 2
    CLOSED = 3


class Told:
    """Stage, cumulative fill and terms by client order id; what it does not know yet is read from the order itself."""

    def __init__(self) -> None:
        self._stage: dict[ClientOrderId, Stage] = {}
        self._filled_x18: dict[ClientOrderId, int] = {}
        self._terms: dict[ClientOrderId, Terms] = {}

    def stage(self, order: Order) -> Stage:
        return max(self._stage.get(order.client_order_id, Stage.NEW), _stage_of(order))

    def advance(self, order: Order, stage: Stage) -> bool:
        """True when this is news; then it is remembered."""
        if self.stage(order) >= stage:
            return False
        self._stage[order.client_order_id] = stage
        return True

    def is_closed(self, order: Order) -> bool:
        return self.stage(order) is Stage.CLOSED

    def filled_x18(self, order: Order) -> int:
        return max(self._filled_x18.get(order.client_order_id, 0), convert.raw_to_x18(order.filled_qty.raw))

    def add_fill(self, order: Order, quantity_x18: int) -> None:
        """Count a fill; an order filled whole is closed."""
        total = self.filled_x18(order) + quantity_x18
        self._filled_x18[order.client_order_id] = total
        if total >= self.quantity_x18(order):
            self._stage[order.client_order_id] = Stage.CLOSED

    def quantity_x18(self, order: Order) -> int:
        terms = self._terms.get(order.client_order_id)
        return convert.raw_to_x18(order.quantity.raw) if terms is None else terms[0]

    def change(self, order: Order, terms: Terms) -> bool:
        """True when these terms are news, in what this type of order has; then they are remembered."""
        known = self._terms.get(order.client_order_id) or _terms_of(order)
        quantity_x18, price_x18, trigger_price_x18 = terms
        new = (
            quantity_x18,
            price_x18 if order.has_price else known[1],
            (trigger_price_x18 or known[2]) if order.has_trigger_price else None,
        )
        if new == known:
            return False
        self._terms[order.client_order_id] = new
        return True


def _terms_of(order: Order) -> Terms:
    price_x18 = convert.raw_to_x18(order.price.raw) if order.has_price else 0
    trigger_price_x18 = convert.raw_to_x18(order.trigger_price.raw) if order.has_trigger_price else None
    return (convert.raw_to_x18(order.quantity.raw), price_x18, trigger_price_x18)


def _stage_of(order: Order) -> Stage:
    if order.is_closed:
        return Stage.CLOSED
    if order.status == OrderStatus.INITIALIZED:
        return Stage.NEW
    # A cancel or change may be asked for before the venue has answered: that is no acceptance.
    asked = order.status in (OrderStatus.PENDING_CANCEL, OrderStatus.PENDING_UPDATE) and not order.ts_accepted
    return Stage.SUBMITTED if asked or order.status == OrderStatus.SUBMITTED else Stage.ACCEPTED
