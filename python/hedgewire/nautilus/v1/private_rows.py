"""Private rows of the core become order events.

Rows and command outcomes travel on different sockets and may arrive in any order: a fill before the acceptance of its
order is usual. Rules: an order is accepted before it is filled; a cancel is told only after the fills that the venue
counted in it; a row that is not about one of our orders becomes a report, not an event.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import Any

from nautilus_trader.model.enums import LiquiditySide, OrderType, TimeInForce
from nautilus_trader.model.identifiers import ClientOrderId, TradeId, VenueOrderId
from nautilus_trader.model.orders import Order

from hedgewire.errors import VenueUnreachableError
from hedgewire.nautilus.link import Handler, Row
from hedgewire.nautilus.rows import RowKind, SocketState, Status, WaitingState
from hedgewire.nautilus.truth import LinkNotice, Notice, topic
from hedgewire.nautilus.v1 import convert, reports
from hedgewire.nautilus.v1.foreign_orders import AGAIN_S, ForeignOrders
from hedgewire.nautilus.v1.order_terms import Terms
from hedgewire.nautilus.v1.told import Stage, Told

SEEN_TRADES_MAX = 10_000
CONFIRM_S = 1.0
TRIGGERABLE = (OrderType.STOP_LIMIT, OrderType.LIMIT_IF_TOUCHED)
"""Types of which NautilusTrader hears that they were triggered; the others just trade."""


def _has_expired(order: Order, ts_event: int) -> bool:
    """The venue says *cancelled* also of an order whose time has run out; its expiry is in whole seconds."""
    if order.time_in_force != TimeInForce.GTD:
        return False
    return bool(order.expire_time_ns // 1_000_000_000 * 1_000_000_000 <= ts_event)


def _as_order_row(row: Row) -> Row:
    """A waiting order as an ORDER_REPORT row: it lives and has not traded."""
    return (RowKind.ORDER_REPORT, *row[1:6], Status.ACCEPTED, *row[7:9], 0, None, *row[9:11], *row[13:16])


class PrivateRows(ForeignOrders):
    """Handlers of ORDER_UPDATE, FILL, ACCOUNT, SOCKET and CATCH_UP rows; positions follow from fills."""

    _msgbus: Any
    generate_order_accepted: Any
    generate_order_filled: Any
    generate_order_canceled: Any
    generate_order_expired: Any
    generate_order_triggered: Any
    generate_order_submitted: Any
    generate_order_rejected: Any
    generate_account_state: Any
    _send_order_status_report: Any
    _send_position_status_report: Any

    def _init_private_rows(self) -> None:
        self.told = Told()
        self._seen_trades: OrderedDict[tuple[int, str], None] = OrderedDict()
        self._replaced: dict[str, str] = {}
        self._carried_x18: dict[str, int] = {}
        self._last_fill_ns = {}
        self._ended_half: dict[ClientOrderId, Row] = {}
        self._waits: set[str] = set()
        self._lost_since_ns: int | None = None
        self._balance_task: Any = None
        self._held: list[tuple[Handler, Row]] | None = []
        self._init_foreign_orders()
        for kind, handler in (
            (RowKind.ORDER_UPDATE, self._on_order_update),
            (RowKind.FILL, self._on_fill),
            (RowKind.ACCOUNT, self._on_account),
            (RowKind.ORDER_REPORT, self._on_order_report),
            (RowKind.WAITING_REPORT, self._on_waiting_report),
            (RowKind.SOCKET, self._on_socket),
            (RowKind.CATCH_UP, self._on_catch_up),
        ):
            self.link.on(kind, self._once_ready(handler))

    def _once_ready(self, handler: Handler) -> Handler:
        """Rows of the connection itself wait until instruments and account are in the cache: the engine drops a fill
        that comes before them. What waits is one catch-up."""

        def guarded(row: Row) -> None:
            if self._held is None:
                handler(row)
            else:
                self._held.append((handler, row))

        return guarded

    def _release_rows(self) -> None:
        held, self._held = self._held or [], None
        for handler, row in held:
            self.link.guard(handler, row)

    # ---- shared steps

    def _order_of(self, client_id: int, venue_order_id: str) -> Order | None:
        client_order_id = self.sender(client_id, venue_order_id)
        if client_order_id is None and venue_order_id:
            client_order_id = self._cache.client_order_id(VenueOrderId(venue_order_id))
        if client_order_id is None:
            return None
        order = self._cache.order(client_order_id)
        if order is not None and self.ids.venue_id(client_order_id) is None:
            self.ids.bind(client_order_id, venue_order_id)
        return order

    def _accept(self, order: Order, venue_order_id: str, ts_event: int) -> None:
        self._submitted(order, ts_event)
        self._replacement_lives(order, venue_order_id, ts_event)
        if self.told.advance(order, Stage.ACCEPTED):
            self.generate_order_accepted(
                order.strategy_id, order.instrument_id, order.client_order_id, VenueOrderId(venue_order_id), ts_event
            )

    def _replacement_lives(self, order: Order, venue_order_id: str, ts_event: int) -> None:
        """A sign of life of this form of the order (see ``command_outcomes``)."""

    def _tell_terms(self, order: Order, venue_order_id: str, terms: Terms | None, ts_event: int) -> bool:
        """What the venue says of them now (see ``modifications``)."""
        return False

    def _submitted(self, order: Order, ts_event: int) -> None:
        if self.told.advance(order, Stage.SUBMITTED):
            self.generate_order_submitted(order.strategy_id, order.instrument_id, order.client_order_id, ts_event)

    def publish(self, notice: LinkNotice) -> None:
        """Tell strategies; never to an external stream, which could not serialise it."""
        self._msgbus.publish(topic=topic(self.venue), msg=notice, external_pub=False)

    # ---- fills

    def _on_fill(self, row: Row) -> None:
        number, venue_order_id, client_id, trade_id = row[1:5]
        traded = self.provider.by_number.get(number)
        if traded is None:
            self._log.error(f"fill {trade_id} of instrument {number}, which the venue did not list")
            return
        order = self._order_of(client_id, venue_order_id)
        if order is None:
            if self._running():  # before that, the start-up reconciliation reports it
                self._meet_foreign(number, venue_order_id, row)
            return
        if (number, trade_id) in self._seen_trades or TradeId(trade_id) in order.trade_ids:
            return
        side, quantity_x18, price_x18, _fee, is_taker, ts_event = row[5:11]
        if self.told.filled_x18(order) + quantity_x18 > self.told.quantity_x18(order):
            # The engine would drop it in silence; the venue's archive, or a change of size, says what is true.
            self._log.error(f"{order.client_order_id}: fill {trade_id} is more than is left of it; asking again")
            self._loop.call_later(AGAIN_S, self._check_filled, order.client_order_id, number, venue_order_id)
            return
        self._remember_trade((number, trade_id))
        self._accept(order, venue_order_id, ts_event)
        self._released(order, venue_order_id, ts_event)
        self.told.add_fill(order, quantity_x18)
        current = self.ids.venue_order_id(order.client_order_id) or VenueOrderId(venue_order_id)
        self.generate_order_filled(
            strategy_id=order.strategy_id,
            instrument_id=order.instrument_id,
            client_order_id=order.client_order_id,
            venue_order_id=current,
            venue_position_id=None,
            trade_id=TradeId(trade_id),
            order_side=convert.order_side(side),
            order_type=order.order_type,
            last_qty=convert.quantity_x18(quantity_x18, traded.size_precision),
            last_px=convert.price_x18(price_x18, traded.price_precision),
            quote_currency=traded.instrument.quote_currency,
            commission=reports.commission(row, traded),
            liquidity_side=LiquiditySide.TAKER if is_taker else LiquiditySide.MAKER,
            ts_event=ts_event,
        )
        self._refresh_balance_soon()

    def _remember_trade(self, key: tuple[int, str]) -> None:
        self._last_fill_ns[key[0]] = self._clock.timestamp_ns()
        self._seen_trades[key] = None
        if len(self._seen_trades) > SEEN_TRADES_MAX:
            self._seen_trades.popitem(last=False)

    # ---- order updates

    def _on_order_update(self, row: Row) -> None:
        number, venue_order_id, client_id, status, remaining_x18, filled_x18, reason, ts_event, _, terms = row[1:11]
        order = self._order_of(client_id, venue_order_id)
        if order is None:
            if self._running() and number in self.provider.by_number:
                self._meet_foreign(number, venue_order_id)
            return
        if order.is_closed and status != Status.FILLED:
            return
        match Status(status):
            case Status.ACCEPTED | Status.PARTIALLY_FILLED:
                self._accept(order, venue_order_id, ts_event)
                self._tell_terms(order, venue_order_id, terms, ts_event)
            case Status.FILLED:
                self._accept(order, venue_order_id, ts_event)
                self._tell_terms(order, venue_order_id, terms, ts_event)
                if terms is not None and 0 < terms[0] <= self.told.filled_x18(order):
                    # All that was left was taken off: nothing more comes.
                    self._close(order, number, venue_order_id, Status.CANCELED, None, ts_event)
                self._loop.call_later(CONFIRM_S, self._check_filled, order.client_order_id, number, venue_order_id)
            case Status.CANCELED | Status.EXPIRED:
                if venue_order_id in self._replaced:
                    # The old half of a modification: NautilusTrader sees one order that was updated.
                    self._ended_half[order.client_order_id] = row
                    return
                self._accept(order, venue_order_id, ts_event)
                if filled_x18 is not None:
                    filled_x18 += self.carried_x18(order, venue_order_id)
                elif remaining_x18 is not None:
                    filled_x18 = self.told.quantity_x18(order) - remaining_x18
                self._close(order, number, venue_order_id, Status(status), filled_x18, ts_event)
            case Status.REJECTED:
                self._refuse(order, number, venue_order_id, str(reason), ts_event)

    def _refuse(self, order: Order, number: int, venue_order_id: str, reason: str, ts_event: int) -> None:
        """Also after acceptance, where the book refused what a trigger released. Any other order that was accepted has
        been cancelled: a venue that is asked later does not say whether it ever rested (Paradex reference 8.3)."""
        if self.told.stage(order) is Stage.ACCEPTED and not order.has_trigger_price:
            self._close(order, number, venue_order_id, Status.CANCELED, None, ts_event)
            return
        self._submitted(order, ts_event)
        if self.told.advance(order, Stage.CLOSED):
            self.generate_order_rejected(
                order.strategy_id,
                order.instrument_id,
                order.client_order_id,
                reason,
                ts_event,
                reason in self._rules.post_only_reasons,
            )

    def _close(
        self, order: Order, number: int, venue_order_id: str, status: Status, filled_x18: int | None, ts_event: int
    ) -> None:
        if filled_x18 is not None and filled_x18 > self.told.filled_x18(order):
            self.create_task(
                self._close_after_fills(order.client_order_id, number, venue_order_id, status, ts_event),
                log_msg=f"fills of closed {order.client_order_id}",
            )
            return
        if not self.told.advance(order, Stage.CLOSED):
            return
        expired = status is Status.EXPIRED or _has_expired(order, ts_event)
        generate = self.generate_order_expired if expired else self.generate_order_canceled
        generate(
            order.strategy_id,
            order.instrument_id,
            order.client_order_id,
            self.ids.venue_order_id(order.client_order_id) or VenueOrderId(venue_order_id),
            ts_event,
        )

    async def _close_after_fills(
        self, client_order_id: ClientOrderId, number: int, venue_order_id: str, status: Status, ts_event: int
    ) -> None:
        try:
            await self.fetch_fills(number, venue_order_id)
        except VenueUnreachableError as error:
            # Closing it now would tell the strategy a fill that may be too small: leave it open and say so.
            self.publish(LinkNotice(Notice.OUTCOME_UNKNOWN, error.message, ts_event, client_order_id))
            return
        order = self._cache.order(client_order_id)
        if order is not None and not self.told.is_closed(order):
            self._close(order, number, venue_order_id, status, None, ts_event)

    async def fetch_fills(self, number: int, venue_order_id: str) -> None:
        """Apply what the venue's archive knows of an order's fills; those already applied are ignored."""
        reply = await self.insist("an order's fills", lambda core: core.query_fills(number, venue_order_id, -1, 500))
        for row in reply.rows:
            if row[0] == RowKind.FILL:
                self._on_fill(row)

    def _check_filled(self, client_order_id: ClientOrderId, number: int, venue_order_id: str) -> None:
        order = self._cache.order(client_order_id)
        if order is not None and not self.told.is_closed(order):
            self._log.warning(f"{client_order_id} is filled at the venue, but fills are missing: asking for them")
            self.create_task(self.fetch_fills(number, venue_order_id), log_msg=f"fills of {client_order_id}")

    # ---- catch-up, positions, account, connection

    def _on_order_report(self, row: Row) -> None:
        """Part of a catch-up. Ours: bind the ids and repair what events have missed; others: an external order."""
        order = self._order_of(row[3], row[2])
        traded = self.provider.by_number.get(row[1])
        if traded is None:
            return
        if order is not None:
            if row[6] in (Status.ACCEPTED, Status.PARTIALLY_FILLED):
                self._accept(order, row[2], row[14])
            elif row[6] in (Status.CANCELED, Status.EXPIRED) and row[2] not in self._replaced:
                filled_x18 = row[9] + self.carried_x18(order, row[2], row[8])
                self._close(order, row[1], row[2], Status(row[6]), filled_x18, row[14])
            elif row[6] == Status.REJECTED:
                self._refuse(order, row[1], row[2], "the venue refused it", row[14])
            return
        if self._running():
            self._send_order_status_report(self.order_report(row, traded))

    def _on_waiting_report(self, row: Row) -> None:
        """An order waits for its trigger no longer; what else became of it comes as updates of its own."""
        order = self._order_of(row[3], row[2])
        if row[6] == WaitingState.TRIGGERED and order is not None and not self.told.is_closed(order):
            self._accept(order, row[2], row[14])
            self._released(order, row[2], row[14])
        self._waits.discard(row[2])

    def _released(self, order: Order, venue_order_id: str, ts_event: int) -> None:
        """Its trigger was reached: said once, by the venue's list or by a first fill, whichever comes first."""
        if venue_order_id in self._waits and order.order_type in TRIGGERABLE:
            self.generate_order_triggered(
                order.strategy_id, order.instrument_id, order.client_order_id, VenueOrderId(venue_order_id), ts_event
            )
        self._waits.discard(venue_order_id)

    def _running(self) -> bool:
        return bool(getattr(self, "is_connected", False))

    def _on_account(self, row: Row) -> None:
        self.generate_account_state(
            balances=[reports.account_balance(row)], margins=[], reported=True, ts_event=row[4] or row[5]
        )

    def _refresh_balance_soon(self) -> None:
        """One query for a burst of fills; the balance is the venue's, never computed here."""
        if self._balance_task is None:
            self._balance_task = self._loop.call_later(CONFIRM_S, self._refresh_balance)

    def _refresh_balance(self) -> None:
        self._balance_task = None
        if self.link.is_open:
            self.create_task(self.refresh_account(), log_msg="refresh account")

    async def refresh_account(self) -> None:
        reply = await self.insist("the account", lambda core: core.query_account())
        for row in reply.rows:
            if row[0] == RowKind.ACCOUNT:
                self._on_account(row)

    def _on_socket(self, row: Row) -> None:
        role, state, reason, ts = row[1:5]
        if role != 0:
            return
        down = state in (SocketState.DISCONNECTED, SocketState.RECONNECTING, SocketState.DEGRADED)
        if down and self._lost_since_ns is None and self._running():
            self._lost_since_ns = ts
            self.publish(LinkNotice(Notice.LOST, str(reason), ts))
        elif state == SocketState.AUTHENTICATED and self._lost_since_ns is not None:
            self._lost_since_ns = None
            self.publish(LinkNotice(Notice.RESTORED, str(reason), ts))

    def _on_catch_up(self, row: Row) -> None:
        self._log.info(f"private state caught up: {row[1]}")
        for order in self.living_orders():
            if self.ids.number(order.client_order_id):
                self.check_order(order.client_order_id)
            else:
                task = self._end_if_gone(order.client_order_id)
                self.create_task(task, log_msg=f"resolve external {order.client_order_id}")

    async def _end_if_gone(self, client_order_id: ClientOrderId) -> None:
        """An order that was not sent from here is none of the core's. The venue has listed it; asked twice and not
        found, it has ended, without a trade: the archive would know it."""
        for pause_s in (CONFIRM_S, 0.0):
            if await self.resolve_order(client_order_id) is not None:
                return
            await asyncio.sleep(pause_s)
        order = self._cache.order(client_order_id)
        if order is None or order.venue_order_id is None or self.told.is_closed(order):
            return
        self._log.warning(f"{client_order_id} is gone at the venue and ends here")
        number = self.provider.traded(order.instrument_id).number
        now_ns = self._clock.timestamp_ns()
        self._close(order, number, order.venue_order_id.value, Status.CANCELED, None, now_ns)

    def check_order(self, client_order_id: ClientOrderId) -> None:
        """Ask the venue about one order and repair the cache from its answer."""
        self.create_task(self.resolve_order(client_order_id), log_msg=f"resolve {client_order_id}")

    async def resolve_order(self, client_order_id: ClientOrderId) -> Row | None:
        """The venue's ORDER_REPORT row after its fills and its end have been applied; None: there is no such order.

        Raises ``VenueUnreachableError`` when the venue cannot say."""
        order = self._cache.order(client_order_id)
        venue_order_id = self._current_venue_id(order) if order is not None else None
        if order is None or venue_order_id is None:
            return None
        number = self.provider.traded(order.instrument_id).number
        row = next(iter(await self.order_rows(number, venue_order_id)), None)
        if row is None:
            return None  # an order that traded is in the archive: there are no fills to ask for
        if row[0] == RowKind.WAITING_REPORT:
            self._accept(order, venue_order_id, row[14])
            return _as_order_row(row)
        if row[9] + self.carried_x18(order, row[2], row[8]) > self.told.filled_x18(order):
            await self.fetch_fills(number, venue_order_id)
        self._on_order_report(row)
        return row
