"""The execution client: commands out, outcomes in. Events from the private streams are in ``private_rows``."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

from nautilus_trader.live.execution_client import LiveExecutionClient
from nautilus_trader.model.enums import AccountType, OmsType, OrderSide
from nautilus_trader.model.identifiers import AccountId, ClientId, ClientOrderId, Venue, VenueOrderId
from nautilus_trader.model.orders import Order

from hedgewire.errors import HedgewireError, VenueUnreachableError
from hedgewire.nautilus.ids import OrderIds
from hedgewire.nautilus.link import Link, Row
from hedgewire.nautilus.outcomes import Operation, Verdict, verdict
from hedgewire.nautilus.rows import Outcome, RowKind, Status
from hedgewire.nautilus.truth import LinkNotice, Notice, OrderFate, OrderQuestion, PositionQuestion, endpoint
from hedgewire.nautilus.v1 import convert
from hedgewire.nautilus.v1.order_terms import Denied, Touch, VenueRules, core_order
from hedgewire.nautilus.v1.private_rows import CONFIRM_S, PrivateRows
from hedgewire.nautilus.v1.providers import VenueInstrumentProvider
from hedgewire.nautilus.v1.told import Stage


class VenueExecutionClient(PrivateRows, LiveExecutionClient):
    """Orders of one account at one venue. ``config=`` never goes to the base class: it would be published."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        client_id: ClientId,
        venue: Venue,
        account_id: AccountId,
        msgbus: Any,
        cache: Any,
        clock: Any,
        link: Link,
        provider: VenueInstrumentProvider,
        rules: VenueRules,
        slippage_cap_bps: Decimal,
        connect_timeout_s: float,
    ) -> None:
        super().__init__(
            loop=loop,
            client_id=client_id,
            venue=venue,
            oms_type=OmsType.NETTING,
            account_type=AccountType.MARGIN,
            base_currency=None,
            instrument_provider=provider,
            msgbus=msgbus,
            cache=cache,
            clock=clock,
        )
        self._set_account_id(account_id)
        self.link = link
        self.provider = provider
        self.ids = OrderIds()
        self._rules = rules
        self._slippage_cap_bps = slippage_cap_bps
        self._connect_timeout_s = connect_timeout_s
        self._operations: dict[int, Operation] = {}
        self._pending_modify: dict[ClientOrderId, tuple[str, Any, Any]] = {}
        self._init_private_rows()
        link.on(RowKind.SENT, self._on_sent)
        link.on(RowKind.ORDER_OUTCOME, self._on_outcome)
        msgbus.register(endpoint=endpoint(venue), handler=self._answer_question)

    # ---- life

    async def _connect(self) -> None:
        self.link.retain()
        self._restore_ids()
        await self.link.connect(self._connect_timeout_s)
        await self.provider.initialize()
        for traded in self.provider.by_number.values():
            self._cache.add_currency(traded.quote)
            if self._cache.instrument(traded.instrument_id) is None:
                self._cache.add_instrument(traded.instrument)
        await self.refresh_account()
        await self._await_account_registered()

    def _restore_ids(self) -> None:
        """Orders of earlier sessions, from the cache: their numbers, the venue's ids and the fills already applied."""
        for order in self._cache.orders(venue=self.venue):
            self.ids.assign(order.client_order_id)
            if order.venue_order_id is not None:
                self.ids.bind(order.client_order_id, order.venue_order_id.value)

    async def _disconnect(self) -> None:
        await self.link.release()

    # ---- submit

    async def _submit_order(self, command: Any) -> None:
        self._submit([command.order], command.params)

    async def _submit_order_list(self, command: Any) -> None:
        orders = list(command.order_list.orders)
        for start in range(0, len(orders), self._rules.max_batch):
            self._submit(orders[start : start + self._rules.max_batch], command.params)

    def _submit(self, orders: list[Order], params: Any) -> None:
        ready = []
        for order in orders:
            if order.is_closed:
                self._log.warning(f"{order.client_order_id} is closed and not submitted")
                continue
            try:
                traded = self.provider.traded(order.instrument_id)
                number = self.ids.assign(order.client_order_id)
                ready.append(
                    core_order(order, number, traded, self._rules, self._touch(order), self._slippage_cap_bps, params)
                )
            except (ValueError, KeyError) as error:
                reason = str(error) if isinstance(error, Denied) else f"VALIDATION_FAILED: {error.args[0]}"
                self._deny(order, reason)
        if ready:
            self._send(Operation.SUBMIT, lambda core: core.submit(ready), [order[0] for order in ready])

    def _touch(self, order: Order) -> Touch:
        quote = self._cache.quote_tick(order.instrument_id)
        if quote is not None:
            return Touch(quote.bid_price.as_decimal(), quote.ask_price.as_decimal())
        book = self._cache.order_book(order.instrument_id)
        if book is not None and book.best_bid_price() is not None and book.best_ask_price() is not None:
            return Touch(book.best_bid_price().as_decimal(), book.best_ask_price().as_decimal())
        return Touch(None, None)

    def _deny(self, order: Order, reason: str) -> None:
        self.told.advance(order, Stage.CLOSED)
        self.generate_order_denied(
            order.strategy_id, order.instrument_id, order.client_order_id, reason, self._clock.timestamp_ns()
        )

    def _send(self, operation: Operation, command: Any, numbers: list[int]) -> None:
        """Hand a command to the core. A refusal there means that nothing was sent."""
        now_ns = self._clock.timestamp_ns()
        try:
            if self.link.core is None:
                raise ValueError("not connected")
            ticket = command(self.link.core)
        except (ValueError, OverflowError) as error:
            for number in numbers:
                self._on_outcome(
                    (RowKind.ORDER_OUTCOME, 0, number, Outcome.REFUSED_HERE, "", "REFUSED", str(error), False, now_ns),
                    operation,
                )
            return
        self._operations[ticket] = operation
        if len(self._operations) > 4096:
            del self._operations[next(iter(self._operations))]

    def _on_sent(self, row: Row) -> None:
        _ticket, number, venue_order_id, ts = row[1:5]
        order = self._order_of(number, venue_order_id)
        if order is None:
            return
        old = self._pending_modify.get(order.client_order_id)
        if old is not None:
            # Both halves are this order's until the outcome says which one lives.
            self._replaced[old[0]] = venue_order_id
            self.ids.alias(order.client_order_id, venue_order_id)
            return
        self.ids.bind(order.client_order_id, venue_order_id)
        self._submitted(order, ts)

    # ---- cancel and modify

    async def _cancel_order(self, command: Any) -> None:
        self._cancel([command])

    async def _batch_cancel_orders(self, command: Any) -> None:
        cancels = list(command.cancels)
        for start in range(0, len(cancels), self._rules.max_batch):
            self._cancel(cancels[start : start + self._rules.max_batch])

    def _cancel(self, commands: list[Any]) -> None:
        targets, numbers = [], []
        for command in commands:
            venue_id = self.ids.venue_id(command.client_order_id) or (
                command.venue_order_id.value if command.venue_order_id is not None else None
            )
            order = self._cache.order(command.client_order_id)
            if venue_id is None or order is None:
                self._reject_cancel(command.client_order_id, "no venue order id: it was never sent")
                continue
            targets.append((self.provider.traded(command.instrument_id).number, venue_id))
            numbers.append(self.ids.assign(command.client_order_id))
        if targets:
            self._send(Operation.CANCEL, lambda core: core.cancel(targets, numbers), numbers)

    async def _cancel_all_orders(self, command: Any) -> None:
        """One command at the venue where all sides go; with a side, the open orders of that side one by one."""
        number = self.provider.traded(command.instrument_id).number
        if command.order_side == OrderSide.NO_ORDER_SIDE:
            self._send(Operation.CANCEL, lambda core: core.cancel_all(number), [])
            return
        orders = self._cache.orders_open(instrument_id=command.instrument_id, side=command.order_side)
        self._cancel(list(orders))

    async def _modify_order(self, command: Any) -> None:
        """A new order in the old one's place, in one message (Nado reference 9.2): the venue order id changes."""
        order = self._cache.order(command.client_order_id)
        old = self.ids.venue_id(command.client_order_id)
        if order is None or old is None or self.told.is_closed(order):
            return self._reject_modify(command, "the order is not open")
        if command.trigger_price is not None or order.client_order_id in self._pending_modify:
            return self._reject_modify(command, "trigger prices cannot change, and one change runs at a time")
        try:
            traded = self.provider.traded(order.instrument_id)
            quantity = command.quantity or order.quantity
            price = command.price or order.price
            rest = quantity.as_decimal() - order.filled_qty.as_decimal()
            template = core_order(
                order, 0, traded, self._rules, self._touch(order), self._slippage_cap_bps, command.params
            )
            if rest <= 0:
                raise Denied(f"INVALID_QUANTITY: quantity={quantity} filled={order.filled_qty}")
        except (ValueError, KeyError, AttributeError) as error:
            return self._reject_modify(command, str(error))
        previous = self.ids.number(order.client_order_id)
        number = self.ids.next_revision(order.client_order_id)
        replacement = (
            number, *template[1:4], convert.decimal_to_x18(rest), convert.raw_to_x18(price.raw), *template[6:]
        )  # fmt: skip
        self._pending_modify[order.client_order_id] = (old, quantity, price)
        target = (traded.number, old)
        self._send(Operation.MODIFY, lambda core: core.cancel_and_place(target, previous, replacement), [number])

    def _reject_modify(self, command: Any, reason: str) -> None:
        self.generate_order_modify_rejected(
            command.strategy_id,
            command.instrument_id,
            command.client_order_id,
            self.ids.venue_order_id(command.client_order_id),
            reason,
            self._clock.timestamp_ns(),
        )

    def _reject_cancel(self, client_order_id: ClientOrderId, reason: str) -> None:
        order = self._cache.order(client_order_id)
        if order is not None and not self.told.is_closed(order):
            self.generate_order_cancel_rejected(
                order.strategy_id,
                order.instrument_id,
                client_order_id,
                self.ids.venue_order_id(client_order_id),
                reason,
                self._clock.timestamp_ns(),
            )

    # ---- outcomes: the table decides, this carries it out

    def _on_outcome(self, row: Row, operation: Operation | None = None) -> None:
        ticket, number, outcome, venue_order_id, code, reason, due_post_only, ts = row[1:9]
        operation = operation or self._operations.get(ticket)
        order = self._order_of(number, venue_order_id) if number or venue_order_id else None
        if operation is None or order is None:
            if outcome != Outcome.ACCEPTED:
                self._log.warning(f"outcome {Outcome(outcome).name} {code} {reason} of an unknown command")
            return
        if operation is Operation.MODIFY and order.client_order_id not in self._pending_modify:
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
        self.check_order(order.client_order_id)

    def _confirm_closed(self, client_order_id: ClientOrderId) -> None:
        order = self._cache.order(client_order_id)
        if order is not None and not self.told.is_closed(order) and self.link.is_open:
            self.check_order(client_order_id)

    async def _resolve_then_reject_cancel(self, client_order_id: ClientOrderId, reason: str) -> None:
        try:
            await self.resolve_order(client_order_id)
        except VenueUnreachableError as error:
            self._log.warning(f"{client_order_id}: {error.message}")
        order = self._cache.order(client_order_id)
        if order is not None and order.is_pending_cancel:
            self._reject_cancel(client_order_id, reason)

    def _updated(self, order: Order, venue_order_id: str, ts: int) -> None:
        old, quantity, price = self._pending_modify.pop(order.client_order_id)
        new = venue_order_id or self._replaced.get(old, old)
        self._replaced[old] = new
        self.ids.bind(order.client_order_id, new)
        self.generate_order_updated(
            order.strategy_id, order.instrument_id, order.client_order_id, VenueOrderId(new), quantity, price, None, ts,
            venue_order_id_modified=True,
        )  # fmt: skip

    def _modify_failed(self, order: Order, reason: str, ts: int) -> None:
        old, _, _ = self._pending_modify.pop(order.client_order_id)
        self._replaced.pop(old, None)
        self.ids.bind(order.client_order_id, old)
        self.generate_order_modify_rejected(
            order.strategy_id, order.instrument_id, order.client_order_id, VenueOrderId(old), reason, ts
        )
        # The first half may have happened: ask what became of the old order.
        self.check_order(order.client_order_id)

    # ---- questions

    async def _query_account(self, command: Any) -> None:
        """Absent in the base class: one query would end the process (NautilusTrader reference 0.7)."""
        try:
            await self.refresh_account()
        except HedgewireError as error:
            self._log.error(error.render())

    def _answer_question(self, question: Any) -> None:
        if isinstance(question, PositionQuestion):
            self.create_task(self._answer_position(question), log_msg="position question")
        elif isinstance(question, OrderQuestion):
            self.create_task(self._answer_order(question), log_msg="order question")
        else:
            self._log.error(f"a question that is none: {type(question).__name__}")

    async def _answer_position(self, question: PositionQuestion) -> None:
        quantity: Decimal | None = None
        try:
            number = self.provider.traded(question.instrument_id).number
            reply = await self.insist("positions", lambda core: core.query_positions())
            parts = [row[2] for row in reply.rows if row[0] == RowKind.POSITION and row[1] == number]
            quantity = convert.decimal_x18(sum(parts)) if reply.outcome is not Outcome.NOT_FOUND else None
        except (HedgewireError, KeyError) as error:
            self._log.error(f"position of {question.instrument_id} unknown: {error}")
        question.reply(quantity)

    async def _answer_order(self, question: OrderQuestion) -> None:
        try:
            row = await self.resolve_order(question.client_order_id)
        except HedgewireError as error:
            self._log.error(f"{question.client_order_id}: {error.message}")
            question.reply(OrderFate.UNAVAILABLE, None)
            return
        if row is None:
            # The core alone knows when an order can no longer arrive; it then closes it, and only that is proof.
            order = self._cache.order(question.client_order_id)
            is_over = order is not None and self.told.is_closed(order)
            question.reply(OrderFate.NOT_FOUND if is_over else OrderFate.PENDING, None)
            return
        alive = row[6] in (Status.ACCEPTED, Status.PARTIALLY_FILLED)
        question.reply(OrderFate.OPEN if alive else OrderFate.CLOSED, convert.decimal_x18(row[9]))
