"""An append-only SQLite store. An intent is on disk before its order may be sent.

Numbers are stored as text exactly as given; times are integer nanoseconds. Every failure raises
:class:`JournalError`: a run that cannot remember must not trade.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from .schema import REVISABLE_CYCLES, VERSION, statements

SENT = "sent"
TERMINAL = frozenset({"filled", "canceled", "rejected", "denied", "expired", "absent"})


# Nobody else writes: a lock is a mistake, and the one who waits for it is a trading process.
LOCK_TIMEOUT_S = 0.5


class JournalError(Exception):
    """The journal could not be read or written. The message names the file and a hint."""


class KnownIntentError(JournalError):
    """The id of an order was used before."""


@dataclass(frozen=True, slots=True)
class Intent:
    order_id: str
    cycle_id: str
    leg: int
    instrument: str
    side: str
    qty: Decimal
    kind: str
    price: Decimal
    reduce_only: bool
    ts_ns: int


@dataclass(frozen=True, slots=True)
class OrderEvent:
    """``filled_qty`` is the cumulative fill the venue stated, ``None`` when it did not. The ``detail`` of :data:`SENT`
    is the venue's own order id, known from before the order left."""

    order_id: str
    status: str
    ts_ns: int
    detail: str = ""
    filled_qty: Decimal | None = None


@dataclass(frozen=True, slots=True)
class FillRecord:
    venue: str
    trade_id: str
    instrument: str
    order_id: str
    side: str
    qty: Decimal
    price: Decimal
    fee: Decimal
    is_maker: bool
    ts_ns: int


@dataclass(frozen=True, slots=True)
class FundingRecord:
    """``amount`` in quote currency, positive: received. ``cycle_id`` is empty when no cycle was running."""

    venue: str
    instrument: str
    cycle_id: str
    amount: Decimal
    ts_ns: int


@dataclass(frozen=True, slots=True)
class UnresolvedIntent:
    """An intent without a proven end: after a restart the venue must be asked about it before anything is sent.

    ``venue_order_id`` is empty when the process ended before it learned the venue's id.
    """

    intent: Intent
    filled: Decimal
    last_status: str
    venue_order_id: str = ""


class Journal:
    """Open (and create) the journal at ``path``. One writer; readers may open it at the same time with ``readonly``."""

    def __init__(self, path: str | Path, readonly: bool = False) -> None:
        self.path = Path(path)
        if readonly and not self.path.is_file():
            raise JournalError(f"journal {self.path} does not exist. hint: name the journal.sqlite of a run")
        with self._explained("open"):
            if readonly:
                self._db = sqlite3.connect(f"{self.path.resolve().as_uri()}?mode=ro", uri=True)
            else:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self._db = sqlite3.connect(self.path, timeout=LOCK_TIMEOUT_S)
                self._db.execute("PRAGMA journal_mode = WAL")
                # FULL: a committed intent survives a power cut, which is the whole point of writing it first.
                self._db.execute("PRAGMA synchronous = FULL")
            found = self._check_version(readonly)
            if not readonly:
                earlier = REVISABLE_CYCLES if 0 < found < 3 else ()
                with self._db:
                    for statement in (*earlier, *statements()):
                        self._db.execute(statement)
                    self._db.execute(f"PRAGMA user_version = {VERSION}")

    def _check_version(self, readonly: bool) -> int:
        found = int(self._db.execute("PRAGMA user_version").fetchone()[0])
        if found > VERSION or (readonly and found != VERSION):
            self._db.close()
            raise JournalError(
                f"journal {self.path} has version {found}, this program reads {VERSION}. hint: upgrade it"
            )
        return found

    @contextmanager
    def _explained(self, what: str) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise JournalError(
                f"journal {self.path}: cannot {what}: {error}. hint: check the path, the free space and other writers"
            ) from error

    def close(self) -> None:
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # ----------------------------------------------------------------------------------------------- writing

    def intent(self, intent: Intent) -> None:
        """Record an order before sending it. Raises KnownIntentError when the id was used before: never send it."""
        with self._explained(f"record intent {intent.order_id}"), self._db:
            cursor = self._db.execute(
                "INSERT INTO intents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (order_id) DO NOTHING",
                (
                    intent.order_id, intent.cycle_id, intent.leg, intent.instrument, intent.side, _text(intent.qty),
                    intent.kind, _text(intent.price), int(intent.reduce_only), intent.ts_ns,
                ),
            )  # fmt: skip
        if cursor.rowcount == 0:
            raise KnownIntentError(
                f"journal {self.path}: the id {intent.order_id} was used before. hint: never send it"
            )

    def order_event(self, event: OrderEvent) -> None:
        filled = None if event.filled_qty is None else _text(event.filled_qty)
        with self._explained(f"record {event.status} of {event.order_id}"), self._db:
            self._db.execute(
                "INSERT INTO order_events (order_id, status, detail, filled_qty, ts_ns) VALUES (?, ?, ?, ?, ?)",
                (event.order_id, event.status, event.detail, filled, event.ts_ns),
            )

    def fill(self, fill: FillRecord) -> bool:
        """Record a fill once by the venue's trade id; false when it was known (defect B11)."""
        with self._explained(f"record fill {fill.trade_id}"), self._db:
            cursor = self._db.execute(
                "INSERT INTO fills (venue, trade_id, instrument, order_id, side, qty, price, fee, is_maker, ts_ns) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (venue, instrument, trade_id) DO NOTHING",
                (
                    fill.venue, fill.trade_id, fill.instrument, fill.order_id, fill.side, _text(fill.qty),
                    _text(fill.price), _text(fill.fee), int(fill.is_maker), fill.ts_ns,
                ),
            )  # fmt: skip
            return cursor.rowcount == 1

    def funding(self, payment: FundingRecord) -> bool:
        """Record a funding payment once by its time; false when it was known."""
        with self._explained(f"record funding of {payment.instrument}"), self._db:
            cursor = self._db.execute(
                "INSERT INTO funding (venue, instrument, cycle_id, amount, ts_ns) VALUES (?, ?, ?, ?, ?) "
                "ON CONFLICT (venue, instrument, ts_ns) DO NOTHING",
                (payment.venue, payment.instrument, payment.cycle_id, _text(payment.amount), payment.ts_ns),
            )
            return cursor.rowcount == 1

    def cycle(self, cycle_id: str, outcome: str, record: Mapping[str, object], ts_ns: int) -> None:
        """Record the result of a cycle; ``record`` is its metrics row (values must be JSON, decimals as strings).

        Recorded again, the newer result counts: what was open at a halt may be closed after it.
        """
        with self._explained(f"record cycle {cycle_id}"), self._db:
            self._db.execute(
                "INSERT INTO cycles (cycle_id, outcome, record, ts_ns) VALUES (?, ?, ?, ?)",
                (cycle_id, outcome, json.dumps(dict(record)), ts_ns),
            )

    def note(self, cycle_id: str, text: str, ts_ns: int) -> None:
        with self._explained("record a note"), self._db:
            self._db.execute("INSERT INTO notes (cycle_id, text, ts_ns) VALUES (?, ?, ?)", (cycle_id, text, ts_ns))

    # ----------------------------------------------------------------------------------------------- reading

    def unresolved(self) -> list[UnresolvedIntent]:
        """Intents with neither a terminal event nor fills for their whole quantity, oldest first."""
        found = []
        for intent in self.intents():
            events = self.order_events(intent.order_id)
            statuses = [event.status for event in events]
            filled = sum((fill.qty for fill in self.fills(intent.order_id)), Decimal(0))
            if filled < intent.qty and not TERMINAL.intersection(statuses):
                venue_order_id = next((event.detail for event in events if event.status == SENT), "")
                found.append(UnresolvedIntent(intent, filled, statuses[-1] if statuses else "", venue_order_id))
        return found

    def intents(self) -> list[Intent]:
        return [
            Intent(
                row[0], row[1], row[2], row[3], row[4], Decimal(row[5]), row[6], Decimal(row[7]), bool(row[8]), row[9]
            )
            for row in self._read("SELECT * FROM intents ORDER BY ts_ns, rowid")
        ]

    def order_events(self, order_id: str | None = None) -> list[OrderEvent]:
        where, values = ("", ()) if order_id is None else (" WHERE order_id = ?", (order_id,))
        query = f"SELECT order_id, status, ts_ns, detail, filled_qty FROM order_events{where} ORDER BY seq"
        return [
            OrderEvent(row[0], row[1], row[2], row[3], None if row[4] is None else Decimal(row[4]))
            for row in self._read(query, values)
        ]

    def fills(self, order_id: str | None = None) -> list[FillRecord]:
        where, values = ("", ()) if order_id is None else (" WHERE order_id = ?", (order_id,))
        columns = "venue, trade_id, instrument, order_id, side, qty, price, fee, is_maker, ts_ns"
        return [_fill_of(row) for row in self._read(f"SELECT {columns} FROM fills{where} ORDER BY seq", values)]

    def cycles(self) -> list[dict[str, str]]:
        """The newest metrics row of each cycle, in the order the cycles were first recorded."""
        return [record for _, record, _ in self.finished_cycles()]

    def finished_cycles(self) -> list[tuple[str, dict[str, str], int]]:
        """``(cycle_id, newest metrics row, ts_ns)`` in the order the cycles were first recorded."""
        rows = self._read("SELECT cycle_id, record, ts_ns FROM cycles ORDER BY seq")
        newest = {row[0]: (row[0], json.loads(row[1]), row[2]) for row in rows}
        return list(newest.values())

    def funding_payments(self) -> list[FundingRecord]:
        rows = self._read("SELECT venue, instrument, cycle_id, amount, ts_ns FROM funding ORDER BY seq")
        return [FundingRecord(row[0], row[1], row[2], Decimal(row[3]), row[4]) for row in rows]

    def notes(self) -> list[tuple[str, str, int]]:
        """``(cycle_id, text, ts_ns)`` in order."""
        return [(row[0], row[1], row[2]) for row in self._read("SELECT cycle_id, text, ts_ns FROM notes ORDER BY seq")]

    def _read(self, query: str, values: tuple[str, ...] = ()) -> list[tuple[Any, ...]]:
        with self._explained("read"):
            return self._db.execute(query, values).fetchall()


def _fill_of(row: tuple[Any, ...]) -> FillRecord:
    venue, trade_id, instrument, order_id, side, qty, price, fee, is_maker, ts_ns = row
    return FillRecord(
        venue, trade_id, instrument, order_id, side, Decimal(qty), Decimal(price), Decimal(fee), bool(is_maker), ts_ns
    )


def _text(value: Decimal) -> str:
    if not isinstance(value, Decimal) or not value.is_finite():
        raise JournalError(f"journal: {value!r} is not a finite Decimal. hint: a price or size was lost on its way")
    return format(value, "f")
