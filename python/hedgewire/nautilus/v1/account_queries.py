"""Reconciliation: what the engine asks about the account, answered from the venue or refused loudly.

An answer the venue could not give is an exception, never an empty list: the engine reads an empty list of positions as
*flat* and books a closing fill that never was (NautilusTrader reference 2.7).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from nautilus_trader.common.enums import LogLevel
from nautilus_trader.execution.reports import FillReport, OrderStatusReport, PositionStatusReport
from nautilus_trader.model.enums import OrderStatus, PositionSide
from nautilus_trader.model.identifiers import AccountId, ClientOrderId, InstrumentId
from nautilus_trader.model.instruments import CurrencyPair
from nautilus_trader.model.orders import Order

from hedgewire.errors import VenueUnreachableError
from hedgewire.nautilus.ids import OrderIds
from hedgewire.nautilus.link import Link, Reply, Row
from hedgewire.nautilus.rows import Outcome, RowKind, Status, WaitingState
from hedgewire.nautilus.v1 import convert, reports
from hedgewire.nautilus.v1.order_terms import VenueRules
from hedgewire.nautilus.v1.providers import Traded, VenueInstrumentProvider

ATTEMPTS: Final = 3
PAUSE_S: Final = 0.25
ROWS_MAX: Final = 10_000
ALL: Final = -1
PATIENCE_S: Final = 4.0
"""Of the engine's checks, which ask every 5 s by default and decide after the fifth question."""


class AccountQueries:
    """The `generate_*` coroutines of the execution client."""

    link: Link
    provider: VenueInstrumentProvider
    ids: OrderIds
    account_id: AccountId
    _cache: Any
    _clock: Any
    _log: Any
    _carried_x18: dict[str, int]
    _replaced: dict[str, str]
    _waits: set[str]
    _last_fill_ns: dict[int, int]
    """When a fill of each instrument was told last."""
    _positions_asked_ns = 0
    """When the engine's periodic check asked for positions last."""
    _rules: VenueRules

    async def insist(self, what: str, question: Callable[[Any], int]) -> Reply:
        """Ask up to three times. Raises ``VenueUnreachableError`` while the answer is unavailable."""
        reply = Reply(Outcome.UNAVAILABLE, "", "not asked", [])
        for attempt in range(ATTEMPTS):
            if attempt:
                await asyncio.sleep(PAUSE_S * attempt)
            reply = await self.link.ask(question)
            if reply.outcome in (Outcome.FOUND, Outcome.ACCEPTED, Outcome.NOT_FOUND):
                return reply
        raise VenueUnreachableError(f"{what} could not be learned", reply.reason, self.link.venue)

    def owner(self, row: Row) -> ClientOrderId | None:
        """Our order behind an ORDER_REPORT or FILL row; None for an order of somebody else."""
        found = self.sender(row[3], row[2])
        if found is not None and self.ids.venue_id(found) is None:
            self.ids.bind(found, row[2])
        return found

    def sender(self, number: int, venue_order_id: str) -> ClientOrderId | None:
        """Our order by its number or the venue's id. None for one that the engine has given up: it rejects an order on
        its way after some questions without an answer (NautilusTrader reference 2.2), and nothing brings a rejected
        order back. Should it live after all, it is reported as an external one."""
        found = self.ids.find(number, venue_order_id)
        order = self._cache.order(found) if found is not None else None
        is_given_up = order is not None and order.status == OrderStatus.REJECTED and order.last_event.reconciliation
        return None if is_given_up else found

    def _current_venue_id(self, order: Order) -> str | None:
        known = self.ids.venue_id(order.client_order_id)
        return known or (order.venue_order_id.value if order.venue_order_id is not None else None)

    def living_orders(self, instrument_id: InstrumentId | None = None) -> list[Order]:
        """Orders of this account that the cache believes to be on their way or open."""
        orders = self._cache.orders_inflight(instrument_id=instrument_id)
        orders += self._cache.orders_open(instrument_id=instrument_id)
        return list({order.client_order_id: order for order in orders if self.is_of_account(order)}.values())

    def is_of_account(self, order: Order) -> bool:
        """An external order has no account in 1.231, and is not in the cache's index by account; its events do."""
        return bool((order.account_id or order.last_event.account_id) == self.account_id)

    def carried_x18(self, order: Order, venue_order_id: str, quantity_x18: int | None = None) -> int:
        """What of an order was filled before its present form was placed: a replacement is an order of its own at the
        venue, with the rest as its quantity. ``quantity_x18``: of the present form, where the venue has just said."""
        known = self._carried_x18.get(venue_order_id)
        if known is None and quantity_x18 is not None and len(order.venue_order_ids) > 1:
            known = self._carried_x18[venue_order_id] = convert.raw_to_x18(order.quantity.raw) - quantity_x18
        return known or 0

    def order_report(self, row: Row, traded: Traded, client_order_id: ClientOrderId | None = None) -> OrderStatusReport:
        """An ORDER_REPORT row as NautilusTrader counts: quantity and fills of all forms of the order together."""
        client_order_id = client_order_id or self.owner(row)
        order = self._cache.order(client_order_id) if client_order_id is not None else None
        carried_x18 = self.carried_x18(order, row[2], row[8]) if order is not None else 0
        return reports.order_report(row, traded, self.account_id, client_order_id, carried_x18, order)

    def fill_report(self, row: Row, traded: Traded) -> FillReport:
        return reports.fill_report(row, traded, self.account_id, self.owner(row))

    def _number(self, instrument_id: InstrumentId | None) -> int:
        return ALL if instrument_id is None else self.provider.traded(instrument_id).number

    async def generate_order_status_report(self, command: Any) -> OrderStatusReport | None:
        """None only when the venue says that there is no such order. While it cannot say, the last that it has said:
        the engine takes an exception here for *not found* and ends the order (NautilusTrader reference 2.7)."""
        venue_id = command.venue_order_id.value if command.venue_order_id is not None else None
        if command.client_order_id is not None:
            venue_id = self.ids.venue_id(command.client_order_id) or venue_id
        if venue_id is None:
            self._log.warning(f"{command.client_order_id}: no venue id, it was never sent from here")
            return None
        number = self._number(command.instrument_id)
        try:
            rows = await asyncio.wait_for(self.order_rows(number, venue_id), PATIENCE_S)
        except (VenueUnreachableError, TimeoutError):
            order = self._cache.order(command.client_order_id) if command.client_order_id is not None else None
            if order is None or not order.is_open:
                raise VenueUnreachableError("an order could not be learned", venue_id, self.link.venue) from None
            self._log.warning(f"{order.client_order_id}: the venue cannot say; it stays as the venue last said")
            return self._last_known(order)
        for row in rows:
            if row[1] in self.provider.by_number:
                return self.report_of(row, command.client_order_id)
        return None

    async def order_rows(self, number: int, venue_id: str) -> list[Row]:
        """The venue's ORDER_REPORT of an order, or its WAITING_REPORT while it waits for its trigger; none: it has no
        such order. Raises ``VenueUnreachableError`` when it cannot say."""
        if venue_id in self._waits:
            reply = await self.insist("a waiting order", lambda core: core.query_waiting_orders(number, [venue_id]))
            rows = [row for row in reply.rows if row[0] == RowKind.WAITING_REPORT and row[6] == WaitingState.WAITING]
            if rows:
                return rows
        reply = await self.insist("an order", lambda core: core.query_order(number, venue_id))
        return [row for row in reply.rows if row[0] == RowKind.ORDER_REPORT]

    async def generate_order_status_reports(self, command: Any) -> list[OrderStatusReport]:
        """Open and waiting orders; unless ``open_only``, also the ended ones that traded since ``start``. One that
        ended without a trade is in no list of the venue: only `generate_order_status_report` may find it, by its id."""
        asked = self._order_reports(command)
        if command.open_only or command.log_receipt_level != LogLevel.DEBUG:
            return await asked
        # The engine's periodic check (the one that asks so quietly): a list that fails is an empty one to it, and it
        # ends orders that are missing some times in a row (NautilusTrader reference 2.7).
        try:
            return await asyncio.wait_for(asked, PATIENCE_S)
        except (VenueUnreachableError, TimeoutError):
            living = [order for order in self.living_orders(command.instrument_id) if order.is_open]
            self._log.warning(f"the venue cannot list its orders; {len(living)} stay as it last said")
            return [self._last_known(order) for order in living]

    def _last_known(self, order: Order) -> OrderStatusReport:
        venue_order_id = self._current_venue_id(order) or ""  # an open order has one
        return reports.last_known(order, self.account_id, venue_order_id, self._clock.timestamp_ns())

    async def _order_reports(self, command: Any) -> list[OrderStatusReport]:
        number = self._number(command.instrument_id)
        if command.open_only:
            reply = await self.insist("open orders", lambda core: core.query_open_orders(number))
        else:
            since_s = _seconds(command.start)
            reply = await self.insist("orders", lambda core: core.query_order_history(number, since_s, ROWS_MAX))
            self._warn_if_cut(reply.rows)
        rows = [row for row in reply.rows if row[0] == RowKind.ORDER_REPORT and row[2] not in self._replaced]
        rows.sort(key=lambda row: row[6] not in (Status.ACCEPTED, Status.PARTIALLY_FILLED))  # the living form first
        rows += await self._waiting_rows(number)
        made = [self.report_of(row) for row in rows if row[1] in self.provider.by_number]
        # An order that rests is part of the present, however old it is.
        return [report for report in made if report.is_open or _inside(report.ts_last, command.start, command.end)]

    async def _waiting_rows(self, number: int) -> list[Row]:
        if not self._rules.trigger_sources:
            return []
        reply = await self.insist("waiting orders", lambda core: core.query_waiting_orders(number))
        rows = [row for row in reply.rows if row[0] == RowKind.WAITING_REPORT and row[11] is not None]
        self._waits.update(row[2] for row in rows)
        return rows

    def report_of(self, row: Row, client_order_id: ClientOrderId | None = None) -> OrderStatusReport:
        """An ORDER_REPORT or WAITING_REPORT row of a listed instrument."""
        traded = self.provider.by_number[row[1]]
        if row[0] == RowKind.WAITING_REPORT:
            return reports.waiting_report(row, traded, self.account_id, client_order_id or self.owner(row))
        return self.order_report(row, traded, client_order_id)

    def _warn_if_cut(self, rows: list[Row]) -> None:
        if len(rows) >= ROWS_MAX:
            self._log.warning(f"only the newest {ROWS_MAX} are reported. hint: set reconciliation_lookback_mins")

    async def _fill_rows(self, number: int, venue_id: str, start: datetime | None) -> list[Row]:
        since_s = _seconds(start)
        reply = await self.insist("fills", lambda core: core.query_fills(number, venue_id, since_s, ROWS_MAX))
        self._warn_if_cut(reply.rows)
        return [row for row in reply.rows if row[0] == RowKind.FILL]

    async def generate_fill_reports(self, command: Any) -> list[FillReport]:
        """With the venue's own trade ids, fees and liquidity sides, oldest first.

        The engine's position check asks for an instrument's fills when its position differs, and then books whatever
        difference is left to the position that it was told *before* it asked. A fill that came in between would be
        booked backwards: then this raises, which makes the engine compare again at its next check.
        """
        number = self._number(command.instrument_id)
        venue_id = command.venue_order_id.value if command.venue_order_id is not None else ""
        made = []
        for row in await self._fill_rows(number, venue_id, command.start):
            traded = self.provider.by_number.get(row[1])
            if traded is not None:
                made.append(self.fill_report(row, traded))
        is_position_check = number != ALL and not venue_id
        if is_position_check and self._last_fill_ns.get(number, 0) > self._positions_asked_ns > 0:
            what = "a fill came since the position was told"
            hint = "nothing is to be done: the next check compares again"
            raise VenueUnreachableError(what, command.instrument_id, self.link.venue, hint)
        made.sort(key=lambda report: report.ts_event)
        return [report for report in made if _inside(report.ts_event, command.start, command.end)]

    async def position_rows(self) -> list[Row]:
        """POSITION rows of the account, cross and isolated. Raises ``VenueUnreachableError`` also where the venue does
        not know the account: that is no evidence of being flat."""
        reply = await self.insist("positions", lambda core: core.query_positions())
        if reply.outcome is Outcome.NOT_FOUND:
            raise VenueUnreachableError("the venue does not know the account", self.account_id, self.link.venue)
        return [row for row in reply.rows if row[0] == RowKind.POSITION]

    async def generate_position_status_reports(self, command: Any) -> list[PositionStatusReport]:
        """Cross and isolated parts of one instrument are one netted report. Flat is said explicitly, and only when the
        venue has answered."""
        if command.log_receipt_level == LogLevel.DEBUG:  # the engine's periodic check
            self._positions_asked_ns = self._clock.timestamp_ns()
        totals: dict[int, int] = {}
        entry: dict[int, int | None] = {}
        for row in await self.position_rows():
            if row[1] in self.provider.by_number:
                entry[row[1]] = row[3] if not totals.get(row[1]) else None  # two parts have no common entry price
                totals[row[1]] = totals.get(row[1], 0) + row[2]
        totals = self._held_at_spot() | totals
        now_ns = self._clock.timestamp_ns()
        if command.instrument_id is not None:
            number = self._number(command.instrument_id)
            totals = {number: totals.get(number, 0)}
        else:
            totals = {number: total for number, total in totals.items() if total}
        return [
            reports.position_report(
                self.provider.by_number[number], self.account_id, total, entry.get(number), now_ns, now_ns
            )
            for number, total in totals.items()
        ]

    def _held_at_spot(self) -> dict[int, int]:
        """By number, x18, what this node's fills made. Tokens are balances at the venue, with what came otherwise: it
        lists no positions of them, and to say flat would close what was bought."""
        held: dict[int, int] = {}
        for position in self._cache.positions_open():
            traded = self.provider.by_id.get(position.instrument_id)
            if traded is None or not isinstance(traded.instrument, CurrencyPair):
                continue
            amount_x18 = convert.raw_to_x18(position.quantity.raw)
            signed_x18 = amount_x18 if position.side == PositionSide.LONG else -amount_x18
            held[traded.number] = held.get(traded.number, 0) + signed_x18
        return held


def _seconds(start: datetime | None) -> int:
    return int(start.timestamp()) if start is not None else ALL


def _inside(ts_ns: int, start: datetime | None, end: datetime | None) -> bool:
    moment_s = ts_ns / 1_000_000_000
    return not (start is not None and moment_s < start.timestamp()) and not (
        end is not None and moment_s > end.timestamp()
    )
