"""Positions that the venue itself changed, without an order of the account: liquidations, and whatever else it does.

A pushed position report becomes a synthetic fill at once, which doubles a real one that is still on its way
(NautilusTrader reference 2.6). A liquidation has none: there the report is the only thing that will ever tell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nautilus_trader.core.uuid import UUID4
from nautilus_trader.execution.messages import GeneratePositionStatusReports

from hedgewire.errors import VenueUnreachableError
from hedgewire.nautilus.link import Row
from hedgewire.nautilus.rows import RowKind
from hedgewire.nautilus.truth import LinkNotice, Notice
from hedgewire.nautilus.v1.providers import Traded

if TYPE_CHECKING:
    from hedgewire.nautilus.v1.private_rows import PrivateRows

AGAIN_S = 2.0


class ForcedChanges:
    """Asks the venue what is left, and reports that. Positions in the stream's rows are never used: they may be old."""

    def __init__(self, client: PrivateRows) -> None:
        self._client = client
        client.link.on(RowKind.POSITION, self._on_position)

    def _on_position(self, row: Row) -> None:
        reason, ts = str(row[5]), row[6]
        traded = self._client.provider.by_number.get(row[1])
        rules = self._client._rules
        if traded is None or not reason or reason in rules.ordinary_reasons:
            return  # without a reason: an answer to a question, or a venue that never gives one
        instrument_id = traded.instrument_id
        self._client._log.error(f"the venue changed the position of {instrument_id}: {reason}")
        self._client.publish(LinkNotice(Notice.FORCED, reason, ts, instrument_id=instrument_id))
        if reason in rules.forced_reasons:  # of any other it is not known whether a fill comes as well
            self._report_soon(traded)

    def _report_soon(self, traded: Traded) -> None:
        self._client.create_task(self._report(traded), log_msg=f"forced change of {traded.instrument_id}")

    async def _report(self, traded: Traded) -> None:
        client = self._client
        question = GeneratePositionStatusReports(
            traded.instrument_id, None, None, UUID4(), client._clock.timestamp_ns()
        )
        try:
            reports = await client.generate_position_status_reports(question)
        except VenueUnreachableError as error:
            client._log.error(f"{error.message}; asking again in {AGAIN_S:g} s")
            if client.link.is_open:
                client._loop.call_later(AGAIN_S, self._report_soon, traded)
            return
        for report in reports:
            client._send_position_status_report(report)
