"""The execution client: life, and commands out. Changes of orders are in ``modifications``, what became of commands in
``command_outcomes``, what the private streams tell in ``private_rows``, what the engine asks in ``account_queries``."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from itertools import batched
from typing import Any

from nautilus_trader.execution.reports import ExecutionMassStatus
from nautilus_trader.live.execution_client import LiveExecutionClient
from nautilus_trader.model.enums import AccountType, OmsType, OrderSide, OrderType
from nautilus_trader.model.identifiers import AccountId, ClientId, ClientOrderId, InstrumentId, Venue
from nautilus_trader.model.orders import Order

from hedgewire.errors import HedgewireError, VenueUnreachableError
from hedgewire.nautilus.ids import OrderIds
from hedgewire.nautilus.link import Link
from hedgewire.nautilus.outcomes import Operation
from hedgewire.nautilus.rows import BUY, SELL, RowKind
from hedgewire.nautilus.v1.command_outcomes import CommandOutcomes
from hedgewire.nautilus.v1.earlier_orders import EarlierOrders
from hedgewire.nautilus.v1.forced_changes import ForcedChanges
from hedgewire.nautilus.v1.funding_watch import FundingWatch
from hedgewire.nautilus.v1.opening import give_up, open_link
from hedgewire.nautilus.v1.order_terms import (
    CoreOrder,
    CoreTrigger,
    Denied,
    Touch,
    VenueRules,
    core_order,
    core_trigger,
    refuse_contingencies,
)
from hedgewire.nautilus.v1.providers import VenueInstrumentProvider
from hedgewire.nautilus.v1.truth_answers import TruthAnswers


def _submit(group: list[tuple[CoreOrder, CoreTrigger | None]], core: Any) -> int:
    return int(core.submit([terms for terms, _ in group], [trigger for _, trigger in group]))


def _cancel(targets: list[tuple[int, str | None]], numbers: list[int], waiting: bool, core: Any) -> int:
    return int(core.cancel(targets, numbers, waiting))


def _cancel_all(number: int, waiting: bool, core: Any) -> int:
    return int(core.cancel_all(number, waiting))


def _query_touch(number: int, core: Any) -> int:
    return int(core.query_book(number, 1))


class VenueExecutionClient(CommandOutcomes, TruthAnswers, LiveExecutionClient):
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
        self.ids = OrderIds(self.trader_id.get_tag())
        self._rules = rules
        self._slippage_cap_bps = slippage_cap_bps
        self._connect_timeout_s = connect_timeout_s
        self._asked_touch: dict[InstrumentId, Touch] = {}
        self._beside = (EarlierOrders(self), FundingWatch(self), ForcedChanges(self))
        self._init_private_rows()
        self._init_outcomes()
        self._init_truth_answers()
        self._msgbus.subscribe("events.order.*", self._count_correction)

    def _count_correction(self, event: Any) -> None:
        if event.account_id == self.account_id:
            self.link.counts.on_order_event(event)

    # ---- life

    async def _connect(self) -> None:
        self._restore_ids()
        await open_link(self, self.link, self._connect_timeout_s)
        await self.provider.initialize()
        for traded in self.provider.by_number.values():
            self._cache.add_currency(traded.settlement)
            if self._cache.instrument(traded.instrument_id) is None:
                self._cache.add_instrument(traded.instrument)
        await self.refresh_account()
        await self._await_account_registered()
        self._release_rows()
        self._adopt_living()

    def _restore_ids(self) -> None:
        """Orders of earlier sessions, from the cache: their numbers and the venue's ids."""
        for order in filter(self.is_of_account, self._cache.orders()):
            self.ids.assign(order.client_order_id)
            if order.venue_order_id is not None:
                self.ids.bind(order.client_order_id, order.venue_order_id.value)

    def _adopt_living(self) -> None:
        """Orders that lived when the last session ended, with the fills already applied: the core finds out what became
        of each, also of one that the venue does not remember."""
        for order in self.living_orders():
            venue_order_id = self.ids.venue_id(order.client_order_id)
            if venue_order_id is None or order.instrument_id not in self.provider.by_id:
                continue
            self._adopt(order, venue_order_id)

    def _adopt(self, order: Order, venue_order_id: str) -> None:
        self.link.core.adopt(
            self.ids.assign(order.client_order_id),
            self.provider.traded(order.instrument_id).number,
            venue_order_id,
            self.told.filled_x18(order) - self.carried_x18(order, venue_order_id),
            [trade_id.value for trade_id in order.trade_ids],
        )

    async def _disconnect(self) -> None:
        await self.link.release()
        self._held = []

    # ---- submit

    async def _submit_order(self, command: Any) -> None:
        await self._ask_touch([command.order])
        self._submit([command.order], command.params)

    async def _submit_order_list(self, command: Any) -> None:
        orders = list(command.order_list.orders)
        try:
            refuse_contingencies(orders, self._rules)
        except Denied as denied:
            for order in orders:
                self._deny(order, str(denied))
            return
        await self._ask_touch(orders)
        for part in self._batches(orders):
            self._submit(part, command.params)

    def _batches(self, items: Sequence[Any]) -> list[Sequence[Any]]:
        size = self._rules.max_batch
        return [items[start : start + size] for start in range(0, len(items), size)]

    def _submit(self, orders: Sequence[Order], params: Any) -> None:
        at_once: list[tuple[CoreOrder, CoreTrigger | None]] = []
        waiting: list[tuple[CoreOrder, CoreTrigger | None]] = []
        for order in orders:
            if order.is_closed:
                self._log.warning(f"{order.client_order_id} is closed and not submitted")
                continue
            try:
                traded = self.provider.traded(order.instrument_id)
                trigger = core_trigger(order, traded, self._rules)
                number = self.ids.assign(order.client_order_id)
                terms = core_order(
                    order, number, traded, self._rules, self._touch(order), self._slippage_cap_bps, params
                )
                (at_once if trigger is None else waiting).append((terms, trigger))
            except (ValueError, KeyError) as error:
                reason = str(error) if isinstance(error, Denied) else f"VALIDATION_FAILED: {error.args[0]}"
                self._deny(order, reason)
        for group in (at_once, waiting):  # two services of the venue
            if group:
                numbers = [sent[0] for sent, _ in group]
                self._send(Operation.SUBMIT, partial(_submit, group), numbers)

    def _touch(self, order: Order) -> Touch:
        quote = self._cache.quote_tick(order.instrument_id)
        if quote is not None:
            return Touch(quote.bid_price.as_decimal(), quote.ask_price.as_decimal())
        book = self._cache.order_book(order.instrument_id)
        if book is not None and book.best_bid_price() is not None and book.best_ask_price() is not None:
            return Touch(book.best_bid_price().as_decimal(), book.best_ask_price().as_decimal())
        return self._asked_touch.get(order.instrument_id, Touch(None, None))

    async def _ask_touch(self, orders: Sequence[Order]) -> None:
        """A market order before the first quote has nothing to bound its price with: the venue is asked for it."""
        for order in orders:
            self._asked_touch.pop(order.instrument_id, None)
            traded = self.provider.by_id.get(order.instrument_id)
            if order.order_type != OrderType.MARKET or traded is None or self._touch(order).bid is not None:
                continue
            reply = await self.link.ask(partial(_query_touch, traded.number))
            for levels in (row[6] for row in reply.rows if row[0] == RowKind.BOOK):
                best = {side: Decimal(price).scaleb(-traded.price_precision) for side, price, _ in batched(levels, 3)}
                self._asked_touch[order.instrument_id] = Touch(best.get(BUY), best.get(SELL))

    # ---- cancel

    async def _cancel_order(self, command: Any) -> None:
        self._cancel([command.client_order_id])

    async def _batch_cancel_orders(self, command: Any) -> None:
        self._cancel([cancel.client_order_id for cancel in command.cancels])

    def _cancel(self, client_order_ids: Sequence[ClientOrderId]) -> None:
        orders = []
        for client_order_id in client_order_ids:
            order = self._cache.order(client_order_id)
            if order is None:
                self._log.error(f"{client_order_id} is not in the cache and cannot be cancelled")
            elif self.told.is_closed(order):
                self._reject_cancel(order, "ORDER_CLOSED: it has ended")
            elif self._current_venue_id(order) is None:
                self._reject_cancel(order, "ORDER_NOT_SENT: it has no venue order id")
            else:
                orders.append(order)
        for waiting in (False, True):
            for part in self._batches([order for order in orders if self._is_waiting(order) is waiting]):
                targets = [
                    (self.provider.traded(order.instrument_id).number, self._current_venue_id(order)) for order in part
                ]
                numbers = [self.ids.assign(order.client_order_id) for order in part]
                self._send(Operation.CANCEL, partial(_cancel, targets, numbers, waiting), numbers)

    def _is_waiting(self, order: Order) -> bool:
        return self._current_venue_id(order) in self._waits

    async def _cancel_all_orders(self, command: Any) -> None:
        """One command at the venue where everything that rests there goes; else the orders that are meant, one by one:
        the venue knows neither sides nor strategies."""
        living = self.living_orders(command.instrument_id)
        meant = [
            order
            for order in living
            if order.strategy_id == command.strategy_id and command.order_side in (OrderSide.NO_ORDER_SIDE, order.side)
        ]
        if len(meant) < len(living):
            self._cancel([order.client_order_id for order in meant])
            return
        if command.order_side != OrderSide.NO_ORDER_SIDE and not meant:
            return
        number = self.provider.traded(command.instrument_id).number
        if not self._rules.waiting_apart:
            numbers = [self.ids.assign(order.client_order_id) for order in meant]
            self._send(Operation.CANCEL, partial(_cancel_all, number, False), numbers)
            return
        for waiting in (False, True):
            numbers = [self.ids.assign(order.client_order_id) for order in meant if self._is_waiting(order) is waiting]
            if numbers or not waiting:
                self._send(Operation.CANCEL, partial(_cancel_all, number, waiting), numbers)

    # ---- questions

    async def generate_mass_status(self, lookback_mins: int | None = None) -> ExecutionMassStatus | None:
        """Of the start: without it NautilusTrader never starts the trader and says so only in its log, so the node
        ends. None: the venue could not be asked."""
        try:
            status = await super().generate_mass_status(lookback_mins)
        finally:
            self.reconciliation_active = False  # the base leaves it set when it fails
        if status is None:
            what = "the account could not be reconciled with the venue"
            give_up(self, VenueUnreachableError(what, hint="the log says which question had no answer"))
        return status

    async def _query_account(self, command: Any) -> None:
        """Absent in the base class: one query would end the process (NautilusTrader reference 0.7)."""
        try:
            await self.refresh_account()
        except HedgewireError as error:
            self._log.error(error.render())
