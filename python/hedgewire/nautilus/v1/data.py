"""The market data client: NautilusTrader's subscriptions on one side, the core's streams on the other."""

from __future__ import annotations

import asyncio
from collections import Counter
from functools import partial
from typing import Any

from nautilus_trader.common.enums import LogColor
from nautilus_trader.live.data_client import LiveMarketDataClient
from nautilus_trader.model.book import OrderBook
from nautilus_trader.model.data import Bar, BarType, OrderBookDeltas, OrderBookDepth10
from nautilus_trader.model.enums import BarAggregation, BookType, PriceType
from nautilus_trader.model.identifiers import ClientId, InstrumentId, Venue

from hedgewire.nautilus.link import Link, Row
from hedgewire.nautilus.rows import RowKind, SocketState, Stream, StreamState
from hedgewire.nautilus.v1 import market_rows
from hedgewire.nautilus.v1.books import depth10, full_snapshot
from hedgewire.nautilus.v1.data_requests import RequestsMixin
from hedgewire.nautilus.v1.opening import open_link
from hedgewire.nautilus.v1.providers import Traded, VenueInstrumentProvider

_SECONDS = {
    BarAggregation.SECOND: 1,
    BarAggregation.MINUTE: 60,
    BarAggregation.HOUR: 3600,
    BarAggregation.DAY: 86400,
    BarAggregation.WEEK: 604800,
}
BAR_GRACE_S = 2.0
"""A finished bar is emitted by the next one, or this long after its end when no next one comes."""


def _ask_reference_prices(numbers: list[int], core: Any) -> int:
    return int(core.query_reference_prices(numbers))


class VenueDataClient(RequestsMixin, LiveMarketDataClient):
    """Market data of one venue. ``config=`` never goes to the base class: it would publish every field on the bus."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        client_id: ClientId,
        venue: Venue,
        msgbus: Any,
        cache: Any,
        clock: Any,
        link: Link,
        provider: VenueInstrumentProvider,
        connect_timeout_s: float,
        reference_poll_s: float,
    ) -> None:
        super().__init__(
            loop=loop,
            client_id=client_id,
            venue=venue,
            msgbus=msgbus,
            cache=cache,
            clock=clock,
            instrument_provider=provider,
        )
        self.link = link
        self.provider = provider
        self._connect_timeout_s = connect_timeout_s
        self._reference_poll_s = reference_poll_s
        self._wants: Counter[tuple[Stream, int, int]] = Counter()
        self._deltas: set[int] = set()
        self._depth: set[int] = set()
        self._books: dict[int, OrderBook] = {}
        self._bar_types: dict[tuple[int, int], BarType] = {}
        self._open_bars: dict[tuple[int, int], Bar] = {}
        self._marks: set[int] = set()
        self._indexes: set[int] = set()
        self._poller: asyncio.Task[None] | None = None
        for kind, handler in (
            (RowKind.BOOK, self._on_book),
            (RowKind.QUOTE, self._on_quote),
            (RowKind.TRADE, self._on_trade),
            (RowKind.BAR, self._on_bar),
            (RowKind.FUNDING_RATE, self._on_funding_rate),
            (RowKind.INSTRUMENT, self._on_instrument),
            (RowKind.STREAM, self._on_stream),
            (RowKind.SOCKET, self._on_socket),
            (RowKind.NOTICE, self._on_notice),
        ):
            link.on(kind, handler)

    # ---- life

    async def _connect(self) -> None:
        await open_link(self, self.link, self._connect_timeout_s)
        await self.provider.initialize()
        for traded in self.provider.by_number.values():
            self._cache.add_currency(traded.quote)
            self._handle_data(traded.instrument)

    async def _disconnect(self) -> None:
        if self._poller is not None:
            self._poller.cancel()
            self._poller = None
        await self.link.release()

    # ---- streams, counted: two consumers of one channel share it

    async def _want(self, stream: Stream, number: int, param: int = 0) -> None:
        key = (stream, number, param)
        self._wants[key] += 1
        if self._wants[key] > 1:
            return
        reply = await self.link.ask(lambda core: core.subscribe(int(stream), number, param))
        if not reply.ok:
            # The core keeps the wish and retries with backoff; the log must not claim that the stream is active.
            raise RuntimeError(f"{stream.name} of instrument {number}: {reply.reason} (retried by the core)")

    async def _unwant(self, stream: Stream, number: int, param: int = 0) -> None:
        key = (stream, number, param)
        if self._wants[key] == 0:
            return
        self._wants[key] -= 1
        if self._wants[key] == 0:
            del self._wants[key]
            await self.link.ask(lambda core: core.unsubscribe(int(stream), number, param))

    def _number(self, instrument_id: InstrumentId) -> int:
        return self.provider.traded(instrument_id).number

    async def _subscribe_order_book_deltas(self, command: Any) -> None:
        number = self._number(command.instrument_id)
        book = self._books.get(number)
        if book is not None and number not in self._deltas:
            snapshot = full_snapshot(book, self._clock.timestamp_ns())
            if snapshot is not None:
                self._handle_data(snapshot)
        self._deltas.add(number)
        await self._want(Stream.BOOK, number)

    async def _unsubscribe_order_book_deltas(self, command: Any) -> None:
        number = self._number(command.instrument_id)
        self._deltas.discard(number)
        await self._drop_book(number)

    async def _subscribe_order_book_depth(self, command: Any) -> None:
        number = self._number(command.instrument_id)
        self._depth.add(number)
        await self._want(Stream.BOOK, number)

    async def _unsubscribe_order_book_depth(self, command: Any) -> None:
        number = self._number(command.instrument_id)
        self._depth.discard(number)
        await self._drop_book(number)

    async def _drop_book(self, number: int) -> None:
        await self._unwant(Stream.BOOK, number)
        if not self._wants[Stream.BOOK, number, 0]:
            self._books.pop(number, None)

    async def _subscribe_quote_ticks(self, command: Any) -> None:
        await self._want(Stream.QUOTES, self._number(command.instrument_id))

    async def _unsubscribe_quote_ticks(self, command: Any) -> None:
        await self._unwant(Stream.QUOTES, self._number(command.instrument_id))

    async def _subscribe_trade_ticks(self, command: Any) -> None:
        await self._want(Stream.TRADES, self._number(command.instrument_id))

    async def _unsubscribe_trade_ticks(self, command: Any) -> None:
        await self._unwant(Stream.TRADES, self._number(command.instrument_id))

    async def _subscribe_funding_rates(self, command: Any) -> None:
        await self._want(Stream.FUNDING_RATE, self._number(command.instrument_id))

    async def _unsubscribe_funding_rates(self, command: Any) -> None:
        await self._unwant(Stream.FUNDING_RATE, self._number(command.instrument_id))

    async def _subscribe_bars(self, command: Any) -> None:
        seconds = self.granularity_s(command.bar_type)
        if seconds is None:
            return
        number = self._number(command.bar_type.instrument_id)
        self._bar_types[number, seconds] = command.bar_type
        await self._want(Stream.BARS, number, seconds)

    async def _unsubscribe_bars(self, command: Any) -> None:
        seconds = self.granularity_s(command.bar_type)
        if seconds is None:
            return
        number = self._number(command.bar_type.instrument_id)
        await self._unwant(Stream.BARS, number, seconds)
        self._bar_types.pop((number, seconds), None)
        self._open_bars.pop((number, seconds), None)

    def granularity_s(self, bar_type: BarType) -> int | None:
        """Seconds of a bar; None, with one warning, for a bar this venue cannot have."""
        spec = bar_type.spec
        unit = _SECONDS.get(spec.aggregation)
        if unit is None or spec.price_type != PriceType.LAST or not bar_type.is_externally_aggregated():
            self._log.warning(f"{bar_type}: the venue has external time bars of the last price only")
            return None
        return int(spec.step) * unit

    async def _subscribe_mark_prices(self, command: Any) -> None:
        self._marks.add(self._number(command.instrument_id))
        self._start_poller()

    async def _unsubscribe_mark_prices(self, command: Any) -> None:
        self._marks.discard(self._number(command.instrument_id))

    async def _subscribe_index_prices(self, command: Any) -> None:
        self._indexes.add(self._number(command.instrument_id))
        self._start_poller()

    async def _unsubscribe_index_prices(self, command: Any) -> None:
        self._indexes.discard(self._number(command.instrument_id))

    def _start_poller(self) -> None:
        """The venue has no stream of mark or index prices: they are asked for while somebody wants them."""
        if self._poller is None or self._poller.done():
            self._poller = self._loop.create_task(self._poll_reference_prices())

    async def _poll_reference_prices(self) -> None:
        while self._marks or self._indexes:
            numbers = sorted(self._marks | self._indexes)
            reply = await self.link.ask(partial(_ask_reference_prices, numbers))
            if not reply.ok:
                self._log.warning(f"mark and index prices unavailable: {reply.reason}")
            for row in reply.rows:
                self._guard(self._on_reference_prices, row)
            await asyncio.sleep(self._reference_poll_s)

    async def _subscribe_instruments(self, command: Any) -> None:
        for traded in self.provider.by_number.values():
            self._handle_data(traded.instrument)

    async def _subscribe_instrument(self, command: Any) -> None:
        self._handle_data(self.provider.traded(command.instrument_id).instrument)

    async def _unsubscribe_instruments(self, command: Any) -> None:
        """Instruments are pushed when they change; there is no channel to leave."""

    async def _unsubscribe_instrument(self, command: Any) -> None:
        """As for all instruments."""

    # ---- what no venue of ours offers: one clear warning each

    def _not_offered(self, what: str) -> None:
        self._log.warning(f"{self.id} does not offer {what}", LogColor.YELLOW)

    async def _subscribe(self, command: Any) -> None:
        self._not_offered(f"custom data {command.data_type}")

    async def _unsubscribe(self, command: Any) -> None:
        self._not_offered(f"custom data {command.data_type}")

    async def _subscribe_instrument_status(self, command: Any) -> None:
        self._not_offered("instrument status")

    async def _unsubscribe_instrument_status(self, command: Any) -> None:
        self._not_offered("instrument status")

    async def _subscribe_instrument_close(self, command: Any) -> None:
        self._not_offered("instrument close: it trades around the clock")

    async def _unsubscribe_instrument_close(self, command: Any) -> None:
        self._not_offered("instrument close: it trades around the clock")

    async def _subscribe_option_greeks(self, command: Any) -> None:
        self._not_offered("option greeks: it lists no options")

    async def _unsubscribe_option_greeks(self, command: Any) -> None:
        self._not_offered("option greeks: it lists no options")

    # ---- rows in

    def _guard(self, handler: Any, row: Row) -> None:
        try:
            handler(row)
        except Exception as error:  # noqa: BLE001  reported; a polled row must not end the poller
            self._log.exception(f"row kind {row[0]} failed", error)

    def _known(self, number: int) -> Traded | None:
        traded = self.provider.by_number.get(number)
        if traded is None:
            self._log.warning(f"row of instrument {number}, which the venue did not list")
        return traded

    def _on_book(self, row: Row) -> None:
        traded = self._known(row[1])
        if traded is None or not self._wants[Stream.BOOK, traded.number, 0]:
            return
        deltas = market_rows.book_deltas(row, traded)
        if deltas is None:
            return
        self._apply_book(traded, deltas, row)
        if traded.number in self._deltas:
            self._handle_data(deltas)

    def _apply_book(self, traded: Traded, deltas: OrderBookDeltas, row: Row) -> None:
        book = self._books.get(traded.number)
        if book is None:
            book = self._books[traded.number] = OrderBook(traded.instrument_id, BookType.L2_MBP)
        book.apply_deltas(deltas)
        if traded.number in self._depth:
            depth: OrderBookDepth10 = depth10(book, traded, row[3], row[4], row[5])
            self._handle_data(depth)

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

    def _on_bar(self, row: Row) -> None:
        key = (row[1], row[2])
        traded, bar_type = self._known(row[1]), self._bar_types.get(key)
        if traded is None or bar_type is None:
            return
        made = market_rows.bar(row, traded, bar_type)
        last = self._open_bars.get(key)
        if last is not None and made.ts_event < last.ts_event:
            return
        if last is not None and made.ts_event > last.ts_event:
            self._handle_data(last)
        if last is None or made.ts_event != last.ts_event:
            wait_s = max(0, made.ts_event - self._clock.timestamp_ns()) / market_rows.NS_PER_S
            self._loop.call_later(wait_s + BAR_GRACE_S, self._close_bar, key, made.ts_event)
        self._open_bars[key] = made

    def _close_bar(self, key: tuple[int, int], ts_close: int) -> None:
        last = self._open_bars.get(key)
        if last is not None and last.ts_event == ts_close:
            del self._open_bars[key]
            self._handle_data(last)

    def _on_funding_rate(self, row: Row) -> None:
        traded = self._known(row[1])
        if traded is not None:
            self._handle_data(market_rows.funding_rate(row, traded))

    def _on_reference_prices(self, row: Row) -> None:
        traded = self._known(row[1]) if row[0] == RowKind.REFERENCE_PRICES else None
        if traded is None:
            return
        mark, index = market_rows.reference_prices(row, traded)
        if mark is not None and traded.number in self._marks:
            self._handle_data(mark)
        if index is not None and traded.number in self._indexes:
            self._handle_data(index)

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
