"""Orders of a process that is gone: what became of each, asked of the venue until it is certain.

NautilusTrader's cache died with that process, so nothing here goes through it: the caller keeps a journal of its own.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from hedgewire.errors import HedgewireError, VenueUnreachableError
from hedgewire.nautilus.ids import number_of
from hedgewire.nautilus.link import Row
from hedgewire.nautilus.rows import RowKind, Status
from hedgewire.nautilus.truth import EarlierEnd, EarlierOrder, LinkNotice, Notice, restart_endpoint
from hedgewire.nautilus.v1 import convert, reports

if TYPE_CHECKING:
    from hedgewire.nautilus.v1.private_rows import PrivateRows

PAUSE_S = 0.5
# Beyond the venue's receive window: clocks differ a little, and the archive is written after the match.
MARGIN_MS = 2_000
BUDGET_S = 120.0
FILLS_LIMIT = 500
ALIVE = (Status.ACCEPTED, Status.PARTIALLY_FILLED)


class EarlierOrders:
    """Registered at :func:`restart_endpoint`; also tells each order's venue id before it leaves, for the journal."""

    def __init__(self, client: PrivateRows) -> None:
        self._client = client
        self._window_ms = int(client.link.settings.get("recv_window_ms", 0))  # type: ignore[call-overload]
        client.link.on(RowKind.SENT, self._on_sent)
        client._msgbus.register(endpoint=restart_endpoint(client.venue), handler=self._on_question)

    def _on_sent(self, row: Row) -> None:
        _ticket, number, venue_order_id, ts = row[1:5]
        client_order_id = self._client.ids.find(number, "")
        if client_order_id is not None:
            self._client.publish(LinkNotice(Notice.SENT, venue_order_id, ts, client_order_id))

    def _on_question(self, question: EarlierOrder) -> None:
        self._client.create_task(self._answer(question), log_msg=f"earlier order {question.client_order_id}")

    async def _answer(self, question: EarlierOrder) -> None:
        end: EarlierEnd | None = None
        try:
            async with asyncio.timeout(BUDGET_S):
                end = await self._end_of(question)
        except (HedgewireError, KeyError, TimeoutError) as error:
            self._client._log.error(f"{question.client_order_id} of an earlier run is unresolved: {error!r}")
        question.reply(end)

    async def _end_of(self, question: EarlierOrder) -> EarlierEnd:
        """Raises ``KeyError`` for an instrument that is not listed, ``TimeoutError`` from the caller's budget."""
        seen, absences = question.venue_order_id, 0
        traded = self._client.provider.traded(question.instrument_id)
        while True:
            # Read before asking: only a question asked after the last moment of its validity can prove it absent.
            may_arrive = self._client._clock.timestamp_ns() < self._valid_until_ns(question)
            try:
                report = await self._find(question, traded.number)
                fills = await self._fills(traded.number, report[2]) if report is not None else []
            except VenueUnreachableError as error:
                self._client._log.warning(
                    f"{question.client_order_id} of an earlier run: {error.message}; asking again"
                )
                continue
            if report is None:
                # What was cancelled without a fill is nowhere afterwards; a second look lets the archive catch up.
                absences += 1
                if absences > 1 and not may_arrive:
                    return EarlierEnd(seen, ())
            else:
                seen, absences = report[2], 0
                if report[6] in ALIVE:
                    self._client.link.core.cancel([(traded.number, seen)], [0])
                elif sum(row[6] for row in fills) >= report[9]:
                    owner = question.client_order_id
                    made = [reports.fill_report(row, traded, self._client.account_id, owner) for row in fills]
                    return EarlierEnd(seen, tuple(made))
            await asyncio.sleep(PAUSE_S)

    def _valid_until_ns(self, question: EarlierOrder) -> int:
        return question.sent_ns + (self._window_ms + MARGIN_MS) * 1_000_000

    async def _find(self, question: EarlierOrder, number: int) -> Row | None:
        if question.venue_order_id:
            return await self._report(number, question.venue_order_id)
        candidates = [row for row in await self._open_orders(number) if row[2] not in question.known]
        traded_ids = {row[2] for row in await self._fills(number, "", question.sent_ns // 10**9 - 1)}
        for venue_order_id in sorted(traded_ids - question.known):
            found = await self._report(number, venue_order_id)
            candidates += [] if found is None else [found]
        return next((row for row in candidates if self._is_it(row, question)), None)

    @staticmethod
    def _is_it(row: Row, question: EarlierOrder) -> bool:
        """By our own number where the venue still tells it, else by its exact terms and a time after the intent."""
        if row[3]:
            return bool(row[3] == number_of(question.client_order_id))
        terms = (row[4] > 0, row[7], abs(row[8]))
        wanted = (
            question.is_buy, convert.decimal_to_x18(question.price), convert.decimal_to_x18(question.quantity)
        )  # fmt: skip
        return bool(terms == wanted and row[13] >= question.sent_ns - MARGIN_MS * 1_000_000)

    async def _report(self, number: int, venue_order_id: str) -> Row | None:
        reply = await self._client.insist("an earlier order", lambda core: core.query_order(number, venue_order_id))
        return next((row for row in reply.rows if row[0] == RowKind.ORDER_REPORT), None)

    async def _open_orders(self, number: int) -> list[Row]:
        reply = await self._client.insist("open orders", lambda core: core.query_open_orders(number))
        return [row for row in reply.rows if row[0] == RowKind.ORDER_REPORT]

    async def _fills(self, number: int, venue_order_id: str, since_s: int = -1) -> list[Any]:
        reply = await self._client.insist(
            "an earlier order's fills", lambda core: core.query_fills(number, venue_order_id, since_s, FILLS_LIMIT)
        )
        return [row for row in reply.rows if row[0] == RowKind.FILL]
