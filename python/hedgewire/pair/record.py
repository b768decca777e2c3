"""What the strategy writes into its journal, in the machine's words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

from hedgewire.journal import (
    SENT,
    FillRecord,
    FundingRecord,
    Intent,
    Journal,
    JournalError,
    KnownIntentError,
    OrderEvent,
)
from hedgewire.pair import vocabulary as v


class Record:
    """``instruments``: ids of the two legs, ``SYMBOL.VENUE``. Raises ``JournalError`` when it cannot be opened.

    The first write that fails is told to ``on_lost``, and raises nothing: what is open has to be closed all the same.
    Later ones are still tried, because a restart should find as much as there was room for.
    """

    def __init__(self, path: str | Path, instruments: tuple[str, str], on_lost: Callable[[str], None]) -> None:
        self.journal = Journal(path)
        self.instruments = instruments
        self._on_lost = on_lost
        self._lost = False

    def close(self) -> None:
        self.journal.close()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except KnownIntentError:
            raise
        except JournalError as error:
            if not self._lost:
                self._lost = True
                self._on_lost(str(error))

    def intent(self, cycle_id: str, action: v.Submit, now_ns: int) -> bool:
        """Before it is sent: an order that is not remembered (False) may only reduce what is held."""
        remembered = False
        with self._writing():
            self.journal.intent(
                Intent(
                    action.order_id, cycle_id, action.leg, self.instruments[action.leg], action.side.value, action.qty,
                    action.kind.value, action.price, action.reduce_only, now_ns,
                )
            )  # fmt: skip
            remembered = True
        return remembered

    def sent(self, order_id: str, venue_order_id: str, ts_ns: int) -> None:
        self._order_event(OrderEvent(order_id, SENT, ts_ns, venue_order_id))

    def event(self, order_id: str, event: v.Event, ts_ns: int) -> None:
        """A fill, or what else became of an order."""
        if isinstance(event, v.Fill):
            self.fill(event)
            return
        name = type(event).__name__.removeprefix("Order").lower()
        filled, reason = getattr(event, "filled_qty", None), str(getattr(event, "reason", ""))
        self._order_event(OrderEvent(order_id, name, ts_ns, reason, filled))

    def fill(self, fill: v.Fill) -> None:
        instrument = self.instruments[fill.leg]
        with self._writing():
            self.journal.fill(
                FillRecord(
                    _venue(instrument), fill.trade_id, instrument, fill.order_id, fill.side.value, fill.qty, fill.px,
                    fill.fee, fill.is_maker, fill.ts,
                )
            )  # fmt: skip

    def funding(self, cycle_id: str, payment: v.FundingPaid) -> bool:
        """False when it was known."""
        instrument = self.instruments[payment.leg]
        new = True
        with self._writing():
            new = self.journal.funding(
                FundingRecord(_venue(instrument), instrument, cycle_id, payment.amount, payment.ts)
            )
        return new

    def earlier_end(self, order_id: str, venue_order_id: str, filled: Decimal, qty: Decimal, now_ns: int) -> None:
        """How an order of an earlier process ended, as the venue tells it now."""
        status = "filled" if filled >= qty else "canceled" if filled else "absent"
        self._order_event(OrderEvent(order_id, status, now_ns, f"asked after a restart: {venue_order_id}", filled))

    def cycle(self, result: v.CycleResult, row: dict[str, str]) -> None:
        """Also again, when a late fill or a late close changed it: the newest one counts."""
        with self._writing():
            self.journal.cycle(result.cycle_id, result.outcome.value, row, result.ended_ns)

    def note(self, cycle_id: str, text: str, now_ns: int) -> None:
        with self._writing():
            self.journal.note(cycle_id, text, now_ns)

    def _order_event(self, event: OrderEvent) -> None:
        with self._writing():
            self.journal.order_event(event)


def _venue(instrument: str) -> str:
    return instrument.rpartition(".")[2]
