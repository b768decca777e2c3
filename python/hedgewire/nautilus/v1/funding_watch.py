"""Funding payments of what this account holds, told to strategies as notices: NautilusTrader has no event for them."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from hedgewire.nautilus.link import Row
from hedgewire.nautilus.rows import RowKind, Stream
from hedgewire.nautilus.truth import LinkNotice, Notice
from hedgewire.nautilus.v1 import convert

if TYPE_CHECKING:
    from hedgewire.nautilus.v1.private_rows import PrivateRows


class FundingWatch:
    """Subscribes from the first fill or position of an instrument on: what is not held is not paid for."""

    def __init__(self, client: PrivateRows) -> None:
        self._client = client
        self._paid_until_ns: dict[int, int] = {}
        client.link.on(RowKind.FILL, self._on_private_row)
        client.link.on(RowKind.POSITION, self._on_private_row)
        client.link.on(RowKind.FUNDING_PAYMENT, self._on_payment)

    def _on_private_row(self, row: Row) -> None:
        number = row[1]
        if number not in self._paid_until_ns and self._client.link.is_open:
            self._paid_until_ns[number] = 0
            question = self._client.link.ask(lambda core: core.subscribe(int(Stream.FUNDING_PAYMENTS), number))
            self._client.create_task(question, log_msg=f"watch funding of instrument {number}")

    def _on_payment(self, row: Row) -> None:
        """Paid for each unit held: longs pay a positive amount (Nado reference 4.4, 6.9). Once each."""
        number, payment_x18, ts_event = row[1], row[2], row[5]
        client, traded = self._client, self._client.provider.by_number.get(row[1])
        if traded is None or ts_event <= self._paid_until_ns.get(number, 0):
            return
        self._paid_until_ns[number] = ts_event
        positions = client._cache.positions_open(instrument_id=traded.instrument_id)
        held = sum((position.signed_decimal_qty() for position in positions), Decimal(0))
        if held:
            amount = -held * convert.decimal_x18(payment_x18)
            client._log.info(f"funding of {traded.instrument_id}: {amount} for {held}")
            client.publish(LinkNotice(Notice.FUNDING, "", ts_event, instrument_id=traded.instrument_id, amount=amount))
