"""Requests for history. Every request is answered, also with an empty list: an unanswered one blocks its strategy.

Answers hold the newest ``limit`` items inside the window, oldest first. The core pages with the venue's own cursor; a
page that fails makes the answer empty and the log says so, because a shorter history would look like the whole.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from typing import Any

from nautilus_trader.model.data import BarType
from nautilus_trader.model.instruments import CryptoPerpetual

from hedgewire.nautilus.link import Link, Row
from hedgewire.nautilus.rows import RowKind
from hedgewire.nautilus.v1 import market_rows
from hedgewire.nautilus.v1.providers import Traded, VenueInstrumentProvider

PAGE = 500
"""Rows of one page of the archive (Nado reference 7.1), and what a request without limit and start gets."""
MAX_ROWS = 10_000
"""The core refuses to page further."""
MAX_TRADES = 2_000
"""What a request for trades since a time gets at most: nobody knows beforehand how many pages that would be."""
NS_PER_S = market_rows.NS_PER_S


class NoAnswerError(Exception):
    """The venue was asked and did not say."""


def _to_ns(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp() * 1_000_000) * 1_000


def _start_s(moment: datetime | None) -> int:
    return -1 if moment is None else math.floor(moment.timestamp())


def _end_s(moment: datetime | None) -> int:
    return -1 if moment is None else math.ceil(moment.timestamp())


def _query_trades(number: int, limit: int, core: Any) -> int:
    return int(core.query_trades(number, limit))


def _query_bars(number: int, seconds: int, end_s: int, limit: int, core: Any) -> int:
    return int(core.query_bars(number, seconds, end_s, limit))


def _query_funding_rates(number: int, start_s: int, end_s: int, limit: int, core: Any) -> int:
    return int(core.query_funding_rates(number, start_s, end_s, limit))


def _query_book(number: int, depth: int, core: Any) -> int:
    return int(core.query_book(number, depth))


class RequestsMixin:
    """The `_request*` coroutines of the data client, except custom data."""

    link: Link
    provider: VenueInstrumentProvider
    _clock: Any
    _funding_interval_s: int
    _log: Any
    _traded: Any
    _not_offered: Any
    granularity_s: Callable[[BarType], int | None]
    _handle_instrument: Any
    _handle_instruments: Any
    _handle_quote_ticks: Any
    _handle_trade_ticks: Any
    _handle_funding_rates: Any
    _handle_bars: Any
    _handle_order_book_deltas: Any
    _handle_order_book_depths: Any
    _handle_forward_prices: Any

    async def _answered(self, what: str, made: Awaitable[list[Any]]) -> list[Any]:
        """What was found; an empty list and an error in the log where there was no answer."""
        try:
            return await made
        except NoAnswerError as error:
            self._log.error(f"{what}: {error}; answered with nothing")
        except Exception as error:  # noqa: BLE001  reported; the caller waits for an answer
            self._log.exception(f"{what}: answered with nothing", error)
        return []

    async def _rows(self, kind: RowKind, question: Callable[[Any], int]) -> list[Row]:
        reply = await self.link.ask(question)
        if not reply.ok:
            raise NoAnswerError(f"{reply.outcome.name} {reply.reason}")
        return [row for row in reply.rows if row[0] == kind]

    def _cut_short(self, what: str) -> None:
        """An answer that does not reach as far back as was asked for."""
        self._log.warning(what)

    def _window(self, items: list[Any], request: Any) -> list[Any]:
        return market_rows.within(items, _to_ns(request.start), _to_ns(request.end), request.limit)

    def _rows_for(self, request: Any, interval_s: int) -> int:
        """How many rows of one every ``interval_s`` reach back to the start, or to the limit where that is nearer."""
        if request.start is None:
            return min(request.limit or PAGE, MAX_ROWS)
        age_s = self._clock.timestamp_ns() / NS_PER_S - request.start.timestamp()
        if request.end is not None:
            age_s = min(age_s, request.end.timestamp() - request.start.timestamp())
        count = max(1, math.ceil(age_s / interval_s)) + 2
        if count > MAX_ROWS and not request.limit:
            self._cut_short(f"{count} rows since {request.start}: the newest {MAX_ROWS} are asked for")
        return min(count, (request.limit or MAX_ROWS) + 2, MAX_ROWS)

    # ---- instruments

    async def _request_instrument(self, request: Any) -> None:
        traded: Traded | None = self._traded(request.instrument_id)
        window = (request.id, request.start, request.end, request.params)
        if traded is None:
            self._handle_instruments(request.instrument_id.venue, [], *window)
        else:
            self._handle_instrument(traded.instrument, *window)

    async def _request_instruments(self, request: Any) -> None:
        instruments = [traded.instrument for traded in self.provider.by_number.values()]
        self._handle_instruments(
            self.provider.venue, instruments, request.id, request.start, request.end, request.params
        )

    # ---- history

    async def _request_trade_ticks(self, request: Any) -> None:
        ticks = await self._answered(f"trades of {request.instrument_id}", self._trades(request))
        self._handle_trade_ticks(request.instrument_id, ticks, request.id, request.start, request.end, request.params)

    async def _trades(self, request: Any) -> list[Any]:
        traded: Traded | None = self._traded(request.instrument_id)
        if traded is None:
            return []
        is_newest = request.start is None and request.end is None
        limit = min(request.limit or PAGE, MAX_ROWS) if is_newest else MAX_TRADES
        rows = await self._rows(RowKind.TRADE, partial(_query_trades, traded.number, limit))
        reach_ns = _to_ns(request.start or request.end)
        if reach_ns is not None and len(rows) >= limit and min(row[6] for row in rows) > reach_ns:
            oldest = min(row[6] for row in rows)
            self._cut_short(f"{request.instrument_id}: no trades before {oldest} ns: the newest {limit} are asked for")
        ticks = [tick for tick in (market_rows.trade(row, traded) for row in rows) if tick is not None]
        return self._window(sorted(ticks, key=lambda tick: tick.ts_event), request)

    async def _request_bars(self, request: Any) -> None:
        bars = await self._answered(f"bars {request.bar_type}", self._bars(request))
        self._handle_bars(request.bar_type, bars, request.id, request.start, request.end, request.params)

    async def _bars(self, request: Any) -> list[Any]:
        bar_type: BarType = request.bar_type
        traded: Traded | None = self._traded(bar_type.instrument_id)
        seconds = self.granularity_s(bar_type)
        if traded is None or seconds is None:
            return []
        question = partial(_query_bars, traded.number, seconds, _end_s(request.end), self._rows_for(request, seconds))
        bars = [market_rows.bar(row, traded, bar_type) for row in await self._rows(RowKind.BAR, question)]
        # The newest one may be unfinished (Nado reference 9.4): a bar that ends in the future is not one yet.
        now_ns = self._clock.timestamp_ns()
        finished = [made for made in bars if made.ts_event <= now_ns]
        return self._window(sorted(finished, key=lambda made: made.ts_event), request)

    async def _request_funding_rates(self, request: Any) -> None:
        rates = await self._answered(f"funding rates of {request.instrument_id}", self._funding_rates(request))
        self._handle_funding_rates(request.instrument_id, rates, request.id, request.start, request.end, request.params)

    async def _funding_rates(self, request: Any) -> list[Any]:
        traded: Traded | None = self._traded(request.instrument_id)
        if traded is None:
            return []
        if not isinstance(traded.instrument, CryptoPerpetual):
            self._not_offered(f"funding rates of {request.instrument_id}: it is no perpetual")
            return []
        limit = self._rows_for(request, self._funding_interval_s)
        window = (_start_s(request.start), _end_s(request.end))
        rows = await self._rows(RowKind.FUNDING_RATE, partial(_query_funding_rates, traded.number, *window, limit))
        rates = [market_rows.funding_rate(row, traded) for row in rows]
        return self._window(sorted(rates, key=lambda rate: rate.ts_event), request)

    async def _request_order_book_snapshot(self, request: Any) -> None:
        found = await self._answered(f"book of {request.instrument_id}", self._book(request))
        # A snapshot is asked for a moment, not for a window: there is no start and no end to echo.
        self._handle_order_book_deltas(request.instrument_id, found, request.id, None, None, request.params)

    async def _book(self, request: Any) -> list[Any]:
        traded: Traded | None = self._traded(request.instrument_id)
        if traded is None:
            return []
        rows = await self._rows(RowKind.BOOK, partial(_query_book, traded.number, request.limit or PAGE))
        return [group for group in (market_rows.book_deltas(row, traded) for row in rows) if group is not None]

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
        self._not_offered("forward prices")
        self._handle_forward_prices([], request.id, request.params)
