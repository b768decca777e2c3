"""Requests for history. Every request is answered, also with an empty list: an unanswered one blocks its strategy."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from nautilus_trader.model.data import BarType
from nautilus_trader.model.identifiers import InstrumentId

from hedgewire.nautilus.link import Link, Reply
from hedgewire.nautilus.rows import RowKind
from hedgewire.nautilus.v1 import market_rows
from hedgewire.nautilus.v1.providers import Traded, VenueInstrumentProvider

DEFAULT_LIMIT = 100
MAX_LIMIT = 500


def _to_ns(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp() * 1_000_000) * 1_000


def _to_s(moment: datetime | None) -> int:
    return -1 if moment is None else int(moment.timestamp())


def _limit(request: Any) -> int:
    return min(request.limit or DEFAULT_LIMIT, MAX_LIMIT)


class RequestsMixin:
    """The `_request*` coroutines of the data client."""

    link: Link
    provider: VenueInstrumentProvider
    _log: Any
    _handle_instrument: Any
    _handle_instruments: Any
    _handle_quote_ticks: Any
    _handle_trade_ticks: Any
    _handle_funding_rates: Any
    _handle_bars: Any
    _handle_order_book_deltas: Any
    _handle_order_book_depths: Any
    _handle_forward_prices: Any
    _handle_data_response: Any

    def _not_offered(self, what: str) -> None:
        raise NotImplementedError

    def granularity_s(self, bar_type: BarType) -> int | None:
        raise NotImplementedError

    def _traded(self, instrument_id: InstrumentId) -> Traded | None:
        try:
            return self.provider.traded(instrument_id)
        except KeyError as error:
            self._log.error(str(error.args[0]))
            return None

    async def _ask(self, what: str, question: Any) -> Reply:
        reply = await self.link.ask(question)
        if not reply.ok:
            self._log.error(f"{what}: {reply.outcome.name} {reply.reason}; answered with nothing")
        return reply

    async def _request_instrument(self, request: Any) -> None:
        traded = self._traded(request.instrument_id)
        if traded is None:
            return self._handle_instruments(
                request.instrument_id.venue, [], request.id, request.start, request.end, request.params
            )
        self._handle_instrument(traded.instrument, request.id, request.start, request.end, request.params)

    async def _request_instruments(self, request: Any) -> None:
        instruments = [traded.instrument for traded in self.provider.by_number.values()]
        self._handle_instruments(
            self.provider.venue, instruments, request.id, request.start, request.end, request.params
        )

    async def _request_trade_ticks(self, request: Any) -> None:
        traded = self._traded(request.instrument_id)
        ticks: list[Any] = []
        if traded is not None:
            number = traded.number
            reply = await self._ask("trades", lambda core: core.query_trades(number, _limit(request)))
            made = [market_rows.trade(row, traded) for row in reply.rows if row[0] == RowKind.TRADE]
            known: list[Any] = [tick for tick in made if tick is not None]
            ticks = sorted(known, key=lambda tick: tick.ts_event)
            ticks = market_rows.within(ticks, _to_ns(request.start), _to_ns(request.end), request.limit)
        self._handle_trade_ticks(request.instrument_id, ticks, request.id, request.start, request.end, request.params)

    async def _request_bars(self, request: Any) -> None:
        traded = self._traded(request.bar_type.instrument_id)
        seconds = self.granularity_s(request.bar_type)
        bars: list[Any] = []
        if traded is not None and seconds is not None:
            number, end_s = traded.number, _to_s(request.end)
            reply = await self._ask("bars", lambda core: core.query_bars(number, seconds, end_s, _limit(request)))
            rows = [row for row in reply.rows if row[0] == RowKind.BAR]
            bars = sorted(
                (market_rows.bar(row, traded, request.bar_type) for row in rows), key=lambda made: made.ts_event
            )
            # The newest one may be unfinished (Nado reference 9.4): a bar that ends in the future is not one yet.
            now_ns = max((row[9] for row in rows), default=0)
            bars = [made for made in bars if made.ts_event <= now_ns]
            bars = market_rows.within(bars, _to_ns(request.start), _to_ns(request.end), request.limit)
        self._handle_bars(request.bar_type, bars, request.id, request.start, request.end, request.params)

    async def _request_funding_rates(self, request: Any) -> None:
        traded = self._traded(request.instrument_id)
        rates: list[Any] = []
        if traded is not None:
            number, start_s, end_s = traded.number, _to_s(request.start), _to_s(request.end)
            reply = await self._ask(
                "funding rates", lambda core: core.query_funding_rates(number, start_s, end_s, _limit(request))
            )
            made = [market_rows.funding_rate(row, traded) for row in reply.rows if row[0] == RowKind.FUNDING_RATE]
            rates = market_rows.within(
                sorted(made, key=lambda rate: rate.ts_event), _to_ns(request.start), _to_ns(request.end), request.limit
            )
        self._handle_funding_rates(request.instrument_id, rates, request.id, request.start, request.end, request.params)

    async def _request_order_book_snapshot(self, request: Any) -> None:
        traded = self._traded(request.instrument_id)
        deltas: list[Any] = []
        if traded is not None:
            number = traded.number
            reply = await self._ask("book", lambda core: core.query_book(number, request.limit or DEFAULT_LIMIT))
            made = [market_rows.book_deltas(row, traded) for row in reply.rows if row[0] == RowKind.BOOK]
            deltas = [delta for group in made if group is not None for delta in group.deltas]
        # A snapshot is asked for a moment, not for a window: there is no start and no end to echo.
        self._handle_order_book_deltas(request.instrument_id, deltas, request.id, None, None, request.params)

    # ---- what the venue keeps no history of: a warning and an empty answer

    async def _request_quote_ticks(self, request: Any) -> None:
        self._not_offered("a history of quotes")
        self._handle_quote_ticks(request.instrument_id, [], request.id, request.start, request.end, request.params)

    async def _request_order_book_deltas(self, request: Any) -> None:
        self._not_offered("a history of book changes")
        self._handle_order_book_deltas(
            request.instrument_id, [], request.id, request.start, request.end, request.params
        )

    async def _request_order_book_depth(self, request: Any) -> None:
        self._not_offered("a history of book depth")
        self._handle_order_book_depths(
            request.instrument_id, [], request.id, request.start, request.end, request.params
        )

    async def _request_forward_prices(self, request: Any) -> None:
        self._not_offered("forward prices: it lists no options")
        self._handle_forward_prices([], request.id, request.params)

    async def _request(self, request: Any) -> None:
        self._not_offered(f"custom data {request.data_type}")
        self._handle_data_response(request.data_type, [], request.id, request.start, request.end, request.params)
