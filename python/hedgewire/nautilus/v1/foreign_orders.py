"""Orders that this node did not send: placed by hand, by another process, or by an earlier session.

They become reports, never events. 1.231 builds an external order only from an order report; a fill report alone is
dropped (NautilusTrader reference 2.5). So the venue is asked for the order and its fills, and both go together.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from nautilus_trader.core.uuid import UUID4
from nautilus_trader.execution.reports import ExecutionMassStatus
from nautilus_trader.model.identifiers import ClientId, Venue, VenueOrderId

from hedgewire.errors import VenueUnreachableError
from hedgewire.nautilus.link import Row
from hedgewire.nautilus.rows import RowKind
from hedgewire.nautilus.v1.account_queries import AccountQueries

AGAIN_S = 2.0
ROUNDS = 5


class ForeignOrders(AccountQueries):
    """One look at a time for each order; what comes meanwhile makes it look again."""

    id: ClientId
    venue: Venue
    _loop: Any
    create_task: Any
    is_connected: bool
    reconciliation_active: bool
    _send_mass_status_report: Any

    def _init_foreign_orders(self) -> None:
        self._looking: dict[str, bool] = {}
        self._foreign_fills: dict[str, dict[str, Row]] = {}

    def _meet_foreign(self, number: int, venue_order_id: str, fill: Row | None = None, rounds: int = ROUNDS) -> None:
        """Report an order that is none of ours; ``fill`` is what has just been heard of it."""
        if fill is not None:
            self._foreign_fills.setdefault(venue_order_id, {})[fill[4]] = fill
        if venue_order_id in self._looking:
            self._looking[venue_order_id] = True
            return
        self._looking[venue_order_id] = False
        self.create_task(self._look(number, venue_order_id, rounds), log_msg=f"foreign order {venue_order_id}")

    async def _fill_rows(self, number: int, venue_id: str, start: datetime | None) -> list[Row]:
        """The position check asks for fills alone, drops those whose orders it does not know, and after some rounds
        gives the difference up: their orders are brought along."""
        rows = await super()._fill_rows(number, venue_id, start)
        if self.is_connected and not self.reconciliation_active:
            for row in rows:
                if self._is_foreign(row) and row[1] in self.provider.by_number:
                    self._meet_foreign(row[1], row[2], row)
        return rows

    def _is_foreign(self, fill: Row) -> bool:
        known = self.sender(fill[3], fill[2]) or self._cache.client_order_id(VenueOrderId(fill[2]))
        return known is None or self._cache.order(known) is None

    async def _look(self, number: int, venue_order_id: str, rounds: int) -> None:
        told = False
        try:
            while True:
                self._looking[venue_order_id] = False
                told = await self._report_foreign(number, venue_order_id, last=rounds <= 1)
                if not self._looking[venue_order_id]:
                    break
        except VenueUnreachableError as error:
            self._log.warning(f"foreign order {venue_order_id}: {error.message}; asking again in {AGAIN_S:g} s")
            rounds += 1  # no answer is no reason to give up
        finally:
            del self._looking[venue_order_id]
        if told:
            self._foreign_fills.pop(venue_order_id, None)
        elif self.link.is_open and rounds > 1:
            self._loop.call_later(AGAIN_S, self._meet_foreign, number, venue_order_id, None, rounds - 1)
        elif self._foreign_fills.pop(venue_order_id, None):
            self._log.error(f"foreign order {venue_order_id} traded but is not listed; the position check will find it")

    async def _report_foreign(self, number: int, venue_order_id: str, last: bool) -> bool:
        """True when the engine knows the order and its fills, or when there is nothing to know."""
        traded = self.provider.by_number[number]
        order = next(iter(await self.order_rows(number, venue_order_id)), None)
        if order is None:
            return venue_order_id not in self._foreign_fills
        if order[0] == RowKind.WAITING_REPORT:
            return True  # the reconciliation lists it
        fills = dict(self._foreign_fills.get(venue_order_id, {}))
        if sum(row[6] for row in fills.values()) < order[9]:
            reply = await self.insist("its fills", lambda core: core.query_fills(number, venue_order_id, -1, 500))
            fills |= {row[4]: row for row in reply.rows if row[0] == RowKind.FILL}
        if sum(row[6] for row in fills.values()) < order[9] and not last:
            return False  # the archive is behind: the engine would invent the fill that is missing
        status = ExecutionMassStatus(self.id, self.account_id, self.venue, UUID4(), self._clock.timestamp_ns())
        status.add_order_reports([self.order_report(order, traded)])
        status.add_fill_reports([self.fill_report(row, traded) for row in fills.values()])
        self._send_mass_status_report(status)
        return True
