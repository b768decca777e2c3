"""What became of our commands: the table decides, this carries it out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nautilus_trader.model.identifiers import ClientOrderId
from nautilus_trader.model.orders import Order

from hedgewire.errors import VenueUnreachableError
from hedgewire.nautilus.link import Row
from hedgewire.nautilus.outcomes import Operation, Verdict, verdict
from hedgewire.nautilus.rows import Outcome, RowKind
from hedgewire.nautilus.truth import LinkNotice, Notice
from hedgewire.nautilus.v1.modifications import Modifications
from hedgewire.nautilus.v1.order_terms import WAITING_TYPES
from hedgewire.nautilus.v1.private_rows import CONFIRM_S
from hedgewire.nautilus.v1.told import Stage

COMMANDS_MAX = 4096


@dataclass(frozen=True, slots=True)
class Sent:
    """A command on its way. ``numbers``: the orders that it concerns."""

    operation: Operation
    numbers: tuple[int, ...]


class CommandOutcomes(Modifications):
    """Handlers of SENT and ORDER_OUTCOME rows, and the door through which commands leave."""

    generate_order_denied: Any
    generate_order_cancel_rejected: Any

    def _init_outcomes(self) -> None:
        self._commands: dict[int, Sent] = {}
        self._init_modifications()
        self._awaited: dict[int, Callable[[Row], None]] = {}
        """Who waits for the one outcome of a message that is no order."""
        self.link.on(RowKind.SENT, self._on_sent)
        self.link.on(RowKind.ORDER_OUTCOME, self._on_outcome)

    def _send(self, operation: Operation, command: Any, numbers: list[int]) -> None:
        """Hand a command to the core. A refusal there means that nothing was sent."""
        sent = Sent(operation, tuple(numbers))
        try:
            if self.link.core is None:
                raise ValueError("not connected")
            ticket = command(self.link.core)
        except (ValueError, OverflowError, RuntimeError) as error:
            ts = self._clock.timestamp_ns()
            row = (RowKind.ORDER_OUTCOME, 0, 0, Outcome.REFUSED_HERE, "", "REFUSED", str(error), False, ts)
            self._apply_outcome(sent, row)
            return
        self._commands[ticket] = sent
        if len(self._commands) > COMMANDS_MAX:
            del self._commands[next(iter(self._commands))]

    def _on_sent(self, row: Row) -> None:
        _ticket, number, venue_order_id, ts = row[1:5]
        order = self._order_of(number, venue_order_id)
        if order is None:
            return
        if self._replacement_sent(order, venue_order_id):
            return
        self.ids.bind(order.client_order_id, venue_order_id)
        if order.order_type in WAITING_TYPES:
            self._waits.add(venue_order_id)
        self._submitted(order, ts)

    def _on_outcome(self, row: Row) -> None:
        ticket, outcome, code, reason = row[1], row[3], row[5], row[6]
        awaited = self._awaited.pop(ticket, None)
        if awaited is not None:
            return awaited(row)
        sent = self._commands.get(ticket)
        if sent is None:
            if outcome != Outcome.ACCEPTED:
                self._log.warning(f"outcome {Outcome(outcome).name} {code} {reason} of an unknown command")
            return
        self._apply_outcome(sent, row)

    def _apply_outcome(self, sent: Sent, row: Row) -> None:
        """One outcome names one order, or none: then it is that of every order of the command."""
        number, venue_order_id = row[2], row[4]
        if number and number not in sent.numbers:
            return  # the cancelled half of a modification: the other half is what was asked for
        numbers = (number,) if number or venue_order_id else sent.numbers
        for each in numbers:
            order = self._order_of(each, venue_order_id)
            if order is not None:
                self._carry_out(sent.operation, order, row)

    def _carry_out(self, operation: Operation, order: Order, row: Row) -> None:
        outcome, venue_order_id, code, reason, due_post_only, ts = row[3:9]
        if operation is Operation.MODIFY and not self._is_changing(order):
            return
        text = f"{code}: {reason}" if code else str(reason)
        match verdict(operation, Outcome(outcome)):
            case Verdict.DENY:
                self._deny_or_reject(order, text, ts)
            case Verdict.ACCEPT:
                self._accept(order, venue_order_id or self.ids.venue_id(order.client_order_id) or "", ts)
            case Verdict.REJECT:
                self._reject(order, text, bool(due_post_only), ts)
            case Verdict.CONFIRM_CANCEL:
                self._loop.call_later(CONFIRM_S, self._confirm_closed, order.client_order_id)
            case Verdict.CANCEL_REJECT:
                self.create_task(
                    self._resolve_then_reject_cancel(order.client_order_id, text), log_msg="cancel refused"
                )
            case Verdict.UPDATE:
                self._updated(order, venue_order_id, ts)
            case Verdict.MODIFY_REJECT:
                self._modify_failed(order, text, ts)
            case Verdict.ASK_VENUE:
                self._unknown(order, text, ts)

    # ---- submit

    def _deny(self, order: Order, reason: str) -> None:
        self.told.advance(order, Stage.CLOSED)
        self.generate_order_denied(
            order.strategy_id, order.instrument_id, order.client_order_id, reason, self._clock.timestamp_ns()
        )

    def _deny_or_reject(self, order: Order, reason: str, ts: int) -> None:
        if self.told.stage(order) is Stage.NEW:
            self._deny(order, reason)
        else:
            self._reject(order, reason, False, ts)

    def _reject(self, order: Order, reason: str, due_post_only: bool, ts: int) -> None:
        self._submitted(order, ts)
        if self.told.stage(order) is not Stage.SUBMITTED:
            self._log.error(f"{order.client_order_id} was refused ({reason}) after it was accepted: asking the venue")
            self.check_order(order.client_order_id)
            return
        self.told.advance(order, Stage.CLOSED)
        self.generate_order_rejected(
            order.strategy_id, order.instrument_id, order.client_order_id, reason, ts, due_post_only
        )

    def _unknown(self, order: Order, reason: str, ts: int) -> None:
        """Neither yes nor no: no event, no second attempt. The core asks until it is proven; we ask once now."""
        self._log.warning(f"{order.client_order_id}: outcome unknown ({reason}); asking the venue")
        self.publish(LinkNotice(Notice.OUTCOME_UNKNOWN, reason, ts, order.client_order_id, order.instrument_id))
        if self.link.is_open:
            self.check_order(order.client_order_id)

    # ---- cancel

    def _confirm_closed(self, client_order_id: ClientOrderId) -> None:
        order = self._cache.order(client_order_id)
        if order is not None and not self.told.is_closed(order) and self.link.is_open:
            self.check_order(client_order_id)

    async def _resolve_then_reject_cancel(self, client_order_id: ClientOrderId, reason: str) -> None:
        """A cancel is mostly refused because the order has just ended: that is said first, then the refusal."""
        try:
            await self.resolve_order(client_order_id)
        except VenueUnreachableError as error:
            self._log.warning(f"{client_order_id}: {error.message}")
        order = self._cache.order(client_order_id)
        if order is not None:
            self._reject_cancel(order, reason)

    def _reject_cancel(self, order: Order, reason: str) -> None:
        self.generate_order_cancel_rejected(
            order.strategy_id,
            order.instrument_id,
            order.client_order_id,
            self.ids.venue_order_id(order.client_order_id) or order.venue_order_id,
            reason,
            self._clock.timestamp_ns(),
        )
