"""Rows of the core become NautilusTrader data for whoever wants them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from nautilus_trader.model.book import OrderBook
from nautilus_trader.model.data import OrderBookDeltas
from nautilus_trader.model.enums import BookType
from nautilus_trader.model.identifiers import InstrumentId

from hedgewire.nautilus.link import Link, Row
from hedgewire.nautilus.rows import RowKind, SocketState, Stream, StreamState
from hedgewire.nautilus.v1 import market_rows
from hedgewire.nautilus.v1.books import depth10
from hedgewire.nautilus.v1.data_wants import Wants
from hedgewire.nautilus.v1.providers import Traded, VenueInstrumentProvider

Channel = tuple[Stream, InstrumentId | None, int]
"""Stream, instrument (None: all of the venue), the stream's parameter (bars: seconds)."""

BAR_GRACE_S = 2.0
"""A finished bar is emitted by the next one, or this long after its end when no next one comes."""


@dataclass(slots=True)
class _OpenBar:
    row: Row
    timer: asyncio.TimerHandle


class RowsMixin:
    """What the data client does with each kind of row."""

    link: Link
    provider: VenueInstrumentProvider
    is_connected: bool
    _loop: asyncio.AbstractEventLoop
    _clock: Any
    _log: Any
    _wants: Wants[Channel]
    _handle_data: Any
    _on_liquidation: Any

    def _start_rows(self) -> None:
        self._depth_books: dict[InstrumentId, OrderBook] = {}
        self._open_bars: dict[Channel, _OpenBar] = {}
        self._closed_bars: dict[Channel, int] = {}
        for kind, handler in (
            (RowKind.BOOK, self._on_book),
            (RowKind.QUOTE, self._on_quote),
            (RowKind.TRADE, self._on_trade),
            (RowKind.BAR, self._on_bar),
            (RowKind.FUNDING_RATE, self._on_funding_rate),
            (RowKind.INSTRUMENT, self._on_instrument),
            (RowKind.LIQUIDATION, self._on_liquidation),
            (RowKind.STREAM, self._on_stream),
            (RowKind.SOCKET, self._on_socket),
            (RowKind.NOTICE, self._on_notice),
        ):
            self.link.on(kind, handler)

    def _forget_rows(self) -> None:
        """The connection has ended: an unfinished bar is no bar, and books start anew."""
        for open_bar in self._open_bars.values():
            open_bar.timer.cancel()
        self._open_bars.clear()
        self._depth_books.clear()

    def _known(self, number: int) -> Traded | None:
        traded = self.provider.by_number.get(number)
        if traded is None:
            self._log.warning(f"row of instrument {number}, which the venue did not list")
        return traded

    # ---- books

    def _on_book(self, row: Row) -> None:
        traded = self._known(row[1])
        if traded is None:
            return
        consumers = self._wants.of((Stream.BOOK, traded.instrument_id, 0))
        deltas = market_rows.book_deltas(row, traded) if consumers else None
        if deltas is None:
            return
        if "deltas" in consumers:
            self._handle_data(deltas)
        if "depth" in consumers:
            self._on_depth(traded, deltas, row)

    def _on_depth(self, traded: Traded, deltas: OrderBookDeltas, row: Row) -> None:
        snapshot, sequence, ts_event, ts_init = row[2:6]
        book = self._depth_books.get(traded.instrument_id)
        if snapshot:
            book = self._depth_books[traded.instrument_id] = OrderBook(traded.instrument_id, BookType.L2_MBP)
        if book is None:
            return  # changes before the snapshot that is on its way
        book.apply_deltas(deltas)
        self._handle_data(depth10(book, traded, sequence, ts_event, ts_init))

    # ---- ticks

    def _on_quote(self, row: Row) -> None:
        traded = self._known(row[1])
        tick = market_rows.quote(row, traded) if traded else None
        if tick is not None:
            self._handle_data(tick)

    def _on_trade(self, row: Row) -> None:
        traded = self._known(row[1])
        tick = market_rows.trade(row, traded) if traded else None
        if tick is not None:
            self._handle_data(tick)

    def _on_funding_rate(self, row: Row) -> None:
        traded = self._known(row[1])
        if traded is not None:
            self._handle_data(market_rows.funding_rate(row, traded))

    # ---- bars: the venue pushes the open one on every trade; NautilusTrader wants finished ones

    def _on_bar(self, row: Row) -> None:
        traded = self._known(row[1])
        if traded is None:
            return
        channel = (Stream.BARS, traded.instrument_id, row[2])
        ts_open, granularity_s = row[8], row[2]
        if channel not in self._wants or ts_open <= self._closed_bars.get(channel, -1):
            return
        held = self._open_bars.get(channel)
        if held is not None:
            if ts_open == held.row[8]:
                held.row = row
                return
            if ts_open < held.row[8]:
                return
            held.timer.cancel()
            self._close_bar(channel)
        ts_close = ts_open + granularity_s * market_rows.NS_PER_S
        left_s = max(0, ts_close - self._clock.timestamp_ns()) / market_rows.NS_PER_S
        timer = self._loop.call_later(left_s + BAR_GRACE_S, self._close_bar, channel)
        self._open_bars[channel] = _OpenBar(row, timer)

    def _close_bar(self, channel: Channel) -> None:
        row = self._open_bars.pop(channel).row
        self._closed_bars[channel] = row[8]
        traded = self._known(row[1])
        if traded is None:
            return
        for bar_type in tuple(self._wants.of(channel)):
            self._handle_data(market_rows.bar(row, traded, bar_type))

    # ---- instruments, streams, sockets

    def _on_instrument(self, row: Row) -> None:
        if self.is_connected and row[1] in self.provider.by_number:
            self._handle_data(self.provider.by_number[row[1]].instrument)

    def _on_stream(self, row: Row) -> None:
        stream, number, param, state, reason = row[1:6]
        if state in (StreamState.FAILED, StreamState.STALE):
            name = f"{Stream(stream).name} instrument {number} param {param}"
            self._log.warning(f"stream {name} is {StreamState(state).name}: {reason}")

    def _on_socket(self, row: Row) -> None:
        role, state, reason = row[1:4]
        self._log.info(f"socket {'actions' if role else 'streams'}: {SocketState(state).name} {reason}")

    def _on_notice(self, row: Row) -> None:
        (self._log.error if row[1] == "error" else self._log.warning)(str(row[2]))
