"""Changes of living orders: in place where the venue can, else by a new order in the old one's place.

In place the venue's own word decides: what it says of an order's terms is told, whoever changed them, and a change of
ours is over with its outcome. A fill that depends on an undecided change is held back by the core until it is decided.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

from nautilus_trader.model.identifiers import ClientOrderId, VenueOrderId
from nautilus_trader.model.orders import Order

from hedgewire.nautilus.outcomes import Operation
from hedgewire.nautilus.v1 import convert
from hedgewire.nautilus.v1.order_terms import Denied, Terms, Touch, changed_terms, core_order
from hedgewire.nautilus.v1.private_rows import PrivateRows


@dataclass(slots=True)
class Amendment:
    """A change in place on its way. ``told``: a change of the order was told since."""

    terms: Terms
    told: bool = False


@dataclass(frozen=True, slots=True)
class Replacement:
    """A new order on its way in the place of another. ``carried_x18``: what was filled before and is not part of it."""

    old_venue_id: str
    quantity: Any
    price: Any
    carried_x18: int


def _modify(target: tuple[int, str], number: int, terms: Terms, filled_x18: int, core: Any) -> int:
    return int(core.modify(target, number, terms, filled_x18))


class Modifications(PrivateRows):
    """``_modify_order`` and what comes of it."""

    generate_order_updated: Any
    generate_order_modify_rejected: Any
    _send: Any
    _touch: Any
    _is_waiting: Any
    _adopt: Any
    _slippage_cap_bps: Decimal

    def _init_modifications(self) -> None:
        self._replacing: dict[ClientOrderId, Replacement] = {}
        self._amending: dict[ClientOrderId, Amendment] = {}

    def _is_changing(self, order: Order) -> bool:
        return order.client_order_id in self._replacing or order.client_order_id in self._amending

    async def _modify_order(self, command: Any) -> None:
        if not self._rules.modify:
            return self._reject_modify(command, "UNSUPPORTED_MODIFY: cancel the order and place another")
        order = self._cache.order(command.client_order_id)
        venue_order_id = self.ids.venue_id(command.client_order_id)
        if order is None or venue_order_id is None or self.told.is_closed(order):
            return self._reject_modify(command, "ORDER_CLOSED: the order is not open")
        if self._is_changing(order):
            return self._reject_modify(command, "MODIFY_PENDING: one change runs at a time")
        try:
            if self._rules.amend:
                self._amend(order, venue_order_id, command)
            else:
                self._replace(order, venue_order_id, command)
        except (ValueError, KeyError, AttributeError) as error:
            self._reject_modify(command, str(error))

    def _reject_modify(self, command: Any, reason: str) -> None:
        self.generate_order_modify_rejected(
            command.strategy_id,
            command.instrument_id,
            command.client_order_id,
            self.ids.venue_order_id(command.client_order_id),
            reason,
            self._clock.timestamp_ns(),
        )

    # ---- in place

    def _amend(self, order: Order, venue_order_id: str, command: Any) -> None:
        """The order keeps its venue order id. Raises :class:`Denied`."""
        traded = self.provider.traded(order.instrument_id)
        filled_x18 = self.told.filled_x18(order)
        terms = changed_terms(
            order, traded, self._slippage_cap_bps, command.quantity, command.price, command.trigger_price
        )
        if terms[0] <= filled_x18:
            raise Denied(f"INVALID_QUANTITY: quantity={command.quantity} filled={order.filled_qty}")
        number = self.ids.assign(order.client_order_id)
        if self.link.core is not None and self.link.core.venue_order_id(number) is None:
            self._adopt(order, venue_order_id)
            raise Denied("ORDER_UNKNOWN: it is of an earlier process and looked up now, try again")
        self._amending[order.client_order_id] = Amendment(terms)
        target = (traded.number, venue_order_id)
        self._send(Operation.MODIFY, partial(_modify, target, number, terms, filled_x18), [number])

    def _tell_terms(self, order: Order, venue_order_id: str, terms: Terms | None, ts_event: int) -> bool:
        """True when they were told. Not terms that leave nothing to fill: NautilusTrader would keep such an order open
        for ever."""
        if terms is None or terms[0] <= self.told.filled_x18(order) or self.told.is_closed(order):
            return False
        if not self.told.change(order, terms):
            return False
        self._generate_updated(order, venue_order_id, terms, ts_event)
        if (change := self._amending.get(order.client_order_id)) is not None:
            change.told = True
        return True

    def _generate_updated(self, order: Order, venue_order_id: str, terms: Terms, ts_event: int) -> None:
        traded = self.provider.traded(order.instrument_id)
        quantity_x18, price_x18, trigger_price_x18 = terms
        price = convert.price_x18(price_x18, traded.price_precision) if order.has_price else None
        trigger_price = None
        if order.has_trigger_price and trigger_price_x18 is not None:
            trigger_price = convert.price_x18(trigger_price_x18, traded.price_precision)
        self.generate_order_updated(
            order.strategy_id, order.instrument_id, order.client_order_id, VenueOrderId(venue_order_id),
            convert.quantity_x18(quantity_x18, traded.size_precision), price, trigger_price, ts_event,
        )  # fmt: skip

    # ---- by replacement

    def _replace(self, order: Order, old: str, command: Any) -> None:
        """A new order in the old one's place, in one message (Nado reference 9.2): the venue order id changes. Raises
        :class:`Denied`."""
        if command.trigger_price is not None:
            raise Denied("UNSUPPORTED_MODIFY: the trigger price cannot change")
        if self._is_waiting(order):
            raise Denied("UNSUPPORTED_MODIFY: the order waits for its trigger")
        traded = self.provider.traded(order.instrument_id)
        quantity = command.quantity or order.quantity
        price = command.price or order.price
        filled_x18 = self.told.filled_x18(order)
        rest_x18 = convert.raw_to_x18(quantity.raw) - filled_x18
        touch: Touch = self._touch(order)
        template = core_order(order, 0, traded, self._rules, touch, self._slippage_cap_bps, command.params)
        if rest_x18 <= 0:
            raise Denied(f"INVALID_QUANTITY: quantity={quantity} filled={order.filled_qty}")
        previous = self.ids.number(order.client_order_id)
        number = self.ids.next_revision(order.client_order_id)
        replacement = (number, *template[1:4], rest_x18, convert.raw_to_x18(price.raw), *template[6:])
        unfilled_x18 = convert.raw_to_x18(order.quantity.raw) - filled_x18
        target = (traded.number, old)
        self._replacing[order.client_order_id] = Replacement(old, quantity, price, filled_x18)
        self._send(
            Operation.MODIFY,
            lambda core: core.cancel_and_place(target, previous, replacement, unfilled_x18),
            [number],
        )

    def _replacement_sent(self, order: Order, venue_order_id: str) -> bool:
        """True: what is sent is the other half of a change, both halves of which are the order's until the outcome says
        which one lives."""
        change = self._replacing.get(order.client_order_id)
        if change is None:
            return False
        self._replaced[change.old_venue_id] = venue_order_id
        self._carried_x18[venue_order_id] = change.carried_x18
        self.ids.alias(order.client_order_id, venue_order_id)
        return True

    def _replacement_lives(self, order: Order, venue_order_id: str, ts_event: int) -> None:
        """The stream may say so before the answer does, or instead of it."""
        change = self._replacing.get(order.client_order_id)
        if change is not None and self._replaced.get(change.old_venue_id) == venue_order_id:
            self._updated(order, venue_order_id, ts_event)

    # ---- what became of it

    def _updated(self, order: Order, venue_order_id: str, ts: int) -> None:
        amendment = self._amending.pop(order.client_order_id, None)
        if amendment is not None:
            told = amendment.told or self._tell_terms(order, venue_order_id, amendment.terms, ts)
            if not (told or self.told.is_closed(order)):
                # A change to what it was already: no message of the order's says so.
                self._generate_updated(order, venue_order_id, amendment.terms, ts)
            return
        change = self._replacing.pop(order.client_order_id)
        self._ended_half.pop(order.client_order_id, None)
        old = change.old_venue_id
        new = venue_order_id or self._replaced.get(old, old)
        self._replaced[old] = new
        self._carried_x18[new] = change.carried_x18
        self.ids.bind(order.client_order_id, new)
        self.generate_order_updated(
            order.strategy_id, order.instrument_id, order.client_order_id, VenueOrderId(new), change.quantity,
            change.price, None, ts, venue_order_id_modified=True,
        )  # fmt: skip

    def _modify_failed(self, order: Order, reason: str, ts: int) -> None:
        if self._amending.pop(order.client_order_id, None) is not None:
            if not self.told.is_closed(order):
                venue_order_id = self.ids.venue_order_id(order.client_order_id)
                self._generate_modify_rejected(order, venue_order_id, reason, ts)
            return
        old = self._replacing.pop(order.client_order_id).old_venue_id
        self._replaced.pop(old, None)
        self.ids.bind(order.client_order_id, old)
        self._generate_modify_rejected(order, VenueOrderId(old), reason, ts)
        ended = self._ended_half.pop(order.client_order_id, None)
        if ended is not None and ended[2] == old:
            self._on_order_update(ended)  # only the first half happened
        else:
            self.check_order(order.client_order_id)

    def _generate_modify_rejected(
        self, order: Order, venue_order_id: VenueOrderId | None, reason: str, ts: int
    ) -> None:
        self.generate_order_modify_rejected(
            order.strategy_id, order.instrument_id, order.client_order_id, venue_order_id, reason, ts
        )
