"""Reconciliation: what the engine asks about the account, answered from the venue or refused loudly.

An answer the venue could not give is an exception, never an empty list: the engine reads an empty list of positions as
*flat* and books a closing fill that never was (NautilusTrader reference 2.7).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any

from nautilus_trader.execution.reports import FillReport, OrderStatusReport, PositionStatusReport
from nautilus_trader.model.identifiers import AccountId, ClientOrderId, InstrumentId

from hedgewire.errors import VenueUnreachableError
from hedgewire.nautilus.ids import OrderIds
from hedgewire.nautilus.link import Link, Reply, Row
from hedgewire.nautilus.rows import Outcome, RowKind
from hedgewire.nautilus.v1 import reports
from hedgewire.nautilus.v1.providers import VenueInstrumentProvider

ATTEMPTS = 3
PAUSE_S = 0.25
FILLS_LIMIT = 500
ALL = -1


class AccountQueries:
    """The `generate_*` coroutines of the execution client."""

    link: Link
    provider: VenueInstrumentProvider
    ids: OrderIds
    account_id: AccountId
    _clock: Any
    _log: Any

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
        found = self.ids.find(row[3], row[2])
        if found is not None:
            self.ids.bind(found, row[2]) if self.ids.venue_id(found) is None else None
        return found

    def _number(self, instrument_id: InstrumentId | None) -> int:
        return ALL if instrument_id is None else self.provider.traded(instrument_id).number

    async def generate_order_status_report(self, command: Any) -> OrderStatusReport | None:
        """None only when the venue says that there is no such order."""
        venue_id = command.venue_order_id.value if command.venue_order_id is not None else None
        if command.client_order_id is not None:
            venue_id = self.ids.venue_id(command.client_order_id) or venue_id
        if venue_id is None:
            self._log.warning(f"{command.client_order_id}: no venue id, it was never sent from here")
            return None
        number = self._number(command.instrument_id)
        reply = await self.insist("an order", lambda core: core.query_order(number, venue_id))
        for row in reply.rows:
            if row[0] == RowKind.ORDER_REPORT and row[1] in self.provider.by_number:
                traded = self.provider.by_number[row[1]]
                return reports.order_report(row, traded, self.account_id, command.client_order_id or self.owner(row))
        return None

    async def generate_order_status_reports(self, command: Any) -> list[OrderStatusReport]:
        """Open orders only; what became of one that is not listed is for `generate_order_status_report`."""
        number = self._number(command.instrument_id)
        reply = await self.insist("open orders", lambda core: core.query_open_orders(number))
        made = []
        for row in reply.rows:
            traded = self.provider.by_number.get(row[1]) if row[0] == RowKind.ORDER_REPORT else None
            if traded is not None:
                made.append(reports.order_report(row, traded, self.account_id, self.owner(row)))
        return [report for report in made if _inside(report.ts_last, command.start, command.end)]

    async def generate_fill_reports(self, command: Any) -> list[FillReport]:
        number = self._number(command.instrument_id)
        venue_id = command.venue_order_id.value if command.venue_order_id is not None else ""
        since_s = int(command.start.timestamp()) if command.start is not None else -1
        reply = await self.insist("fills", lambda core: core.query_fills(number, venue_id, since_s, FILLS_LIMIT))
        made = []
        for row in reply.rows:
            traded = self.provider.by_number.get(row[1]) if row[0] == RowKind.FILL else None
            if traded is not None:
                made.append(reports.fill_report(row, traded, self.account_id, self.owner(row)))
        return [report for report in made if _inside(report.ts_event, command.start, command.end)]

    async def generate_position_status_reports(self, command: Any) -> list[PositionStatusReport]:
        """Cross and isolated parts of one instrument are one netted report. Flat is said explicitly, and only when the
        venue has answered."""
        reply = await self.insist("positions", lambda core: core.query_positions())
        totals: dict[int, int] = {}
        entry: dict[int, int | None] = {}
        for row in reply.rows:
            if row[0] == RowKind.POSITION and row[1] in self.provider.by_number:
                entry[row[1]] = row[3] if not totals.get(row[1]) else None  # two parts have no common entry price
                totals[row[1]] = totals.get(row[1], 0) + row[2]
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


def _inside(ts_ns: int, start: datetime | None, end: datetime | None) -> bool:
    moment_s = ts_ns / 1_000_000_000
    return not (start is not None and moment_s < start.timestamp()) and not (
        end is not None and moment_s > end.timestamp()
    )
