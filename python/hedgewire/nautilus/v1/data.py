"""The market data client: NautilusTrader's subscriptions on one side, the core's streams on the other.

Every one of the 41 coroutines of 1.231's contract is here or in a mixin: streams here, what a venue does not push in
``data_polled``, custom data in ``data_custom``, requests in ``data_requests``. ``data_rows`` hands out what comes in.
"""

from __future__ import annotations

import asyncio
from collections.abc import Hashable
from functools import partial
from typing import Any

from nautilus_trader.common.enums import LogColor
from nautilus_trader.live.data_client import LiveMarketDataClient
from nautilus_trader.model.data import BarType
from nautilus_trader.model.enums import BarAggregation, BookType, PriceType
from nautilus_trader.model.identifiers import ClientId, InstrumentId, Venue

from hedgewire.nautilus.link import Link
from hedgewire.nautilus.rows import Outcome, Stream
from hedgewire.nautilus.v1.data_custom import CustomDataMixin
from hedgewire.nautilus.v1.data_polled import PolledMixin
from hedgewire.nautilus.v1.data_requests import RequestsMixin
from hedgewire.nautilus.v1.data_rows import Channel, RowsMixin
from hedgewire.nautilus.v1.data_wants import Wants
from hedgewire.nautilus.v1.opening import open_link
from hedgewire.nautilus.v1.providers import Traded, VenueInstrumentProvider

_SECONDS = {
    BarAggregation.SECOND: 1,
    BarAggregation.MINUTE: 60,
    BarAggregation.HOUR: 3600,
    BarAggregation.DAY: 86400,
    BarAggregation.WEEK: 604800,
}
_DROPPED = "STREAM_DROPPED"
"""The core's answer to a wish that was taken back before the venue confirmed it."""
_NOT_OFFERED = "STREAM_NOT_OFFERED"


def _subscribe(stream: int, number: int, param: int, core: Any) -> int:
    return int(core.subscribe(stream, number, param))


def _unsubscribe(stream: int, number: int, param: int, core: Any) -> int:
    return int(core.unsubscribe(stream, number, param))


class VenueDataClient(RowsMixin, PolledMixin, CustomDataMixin, RequestsMixin, LiveMarketDataClient):
    """Market data of one venue. ``config=`` never goes to the base class: it would publish every field on the bus.

    A wish made while the client is not connected is kept and asked for on connecting, as after every reconnection.
    """

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
        funding_interval_s: int = 3600,
        liquidation_stream: Stream = Stream.LIQUIDATIONS,
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
        self._funding_interval_s = funding_interval_s
        self._liquidation_stream = liquidation_stream
        self._is_open = False
        self._wants: Wants[Channel] = Wants()
        self._start_rows()
        self._start_polls(reference_poll_s)

    # ---- life

    async def _connect(self) -> None:
        await open_link(self, self.link, self._connect_timeout_s)
        await self.provider.initialize()
        for traded in self.provider.by_number.values():
            self._cache.add_currency(traded.settlement)
            self._handle_data(traded.instrument)
        self._is_open = True
        channels = list(self._wants)
        answers = await asyncio.gather(*(self._ask_for(channel) for channel in channels), return_exceptions=True)
        for answer in answers:
            if isinstance(answer, Exception):
                self._log.error(str(answer))
        self._polls.resume()

    async def _disconnect(self) -> None:
        self._is_open = False
        await self._polls.pause()
        self._forget_rows()
        await self.link.release()

    # ---- wishes

    def _traded(self, instrument_id: InstrumentId) -> Traded | None:
        """None, with one error in the log, for an instrument that the venue does not list."""
        try:
            return self.provider.traded(instrument_id)
        except KeyError as error:
            self._log.error(str(error.args[0]))
            return None

    async def _want(
        self, stream: Stream, instrument_id: InstrumentId | None, consumer: Hashable, param: int = 0
    ) -> None:
        channel = (stream, instrument_id, param)
        is_first = channel not in self._wants
        if not self._wants.add(channel, consumer):
            return
        if not self._is_open:
            self._log.info(f"{stream.name} of {instrument_id or 'all instruments'}: asked for on connecting")
        elif is_first or stream is Stream.BOOK:
            # The core answers a repeated wish for a book with a snapshot, which the new consumer needs.
            await self._ask_for(channel)

    async def _ask_for(self, channel: Channel) -> None:
        """Returns when the venue has confirmed. Raises ``RuntimeError`` if it has not: the log must not claim it."""
        stream, instrument_id, param = channel
        number = -1
        if instrument_id is not None:
            traded = self._traded(instrument_id)
            if traded is None:
                self._wants.forget(channel)
                return
            number = traded.number
        reply = await self.link.ask(partial(_subscribe, int(stream), number, param))
        if reply.ok or reply.code == _DROPPED:
            return
        if reply.code == _NOT_OFFERED:
            self._wants.forget(channel)
            self._not_offered(f"a stream of {stream.name.lower().replace('_', ' ')}")
            return
        what = f"{stream.name} of {instrument_id or 'all instruments'}"
        if reply.outcome in (Outcome.REJECTED, Outcome.REFUSED_HERE):
            self._wants.forget(channel)
            raise RuntimeError(f"{self.id} refuses {what}, parameter {param}: {reply.reason}")
        raise RuntimeError(f"{what}: {reply.reason} (asked again by the core)")

    async def _unwant(
        self, stream: Stream, instrument_id: InstrumentId | None, consumer: Hashable, param: int = 0
    ) -> None:
        if not self._wants.drop((stream, instrument_id, param), consumer) or not self._is_open:
            return
        traded = None if instrument_id is None else self.provider.by_id[instrument_id]
        await self.link.ask(partial(_unsubscribe, int(stream), traded.number if traded else -1, param))

    # ---- books

    async def _subscribe_order_book_deltas(self, command: Any) -> None:
        if self._is_by_price(command):
            await self._want(Stream.BOOK, command.instrument_id, "deltas")

    async def _unsubscribe_order_book_deltas(self, command: Any) -> None:
        await self._unwant(Stream.BOOK, command.instrument_id, "deltas")

    async def _subscribe_order_book_depth(self, command: Any) -> None:
        if self._is_by_price(command):
            await self._want(Stream.BOOK, command.instrument_id, "depth")

    async def _unsubscribe_order_book_depth(self, command: Any) -> None:
        await self._unwant(Stream.BOOK, command.instrument_id, "depth")
        self._depth_books.pop(command.instrument_id, None)

    def _is_by_price(self, command: Any) -> bool:
        if command.book_type == BookType.L2_MBP:
            return True
        self._not_offered(f"{command.book_type.name} books: its books are by price level (L2_MBP)")
        return False

    # ---- ticks

    async def _subscribe_quote_ticks(self, command: Any) -> None:
        await self._want(Stream.QUOTES, command.instrument_id, "quotes")

    async def _unsubscribe_quote_ticks(self, command: Any) -> None:
        await self._unwant(Stream.QUOTES, command.instrument_id, "quotes")

    async def _subscribe_trade_ticks(self, command: Any) -> None:
        await self._want(Stream.TRADES, command.instrument_id, "trades")

    async def _unsubscribe_trade_ticks(self, command: Any) -> None:
        await self._unwant(Stream.TRADES, command.instrument_id, "trades")

    async def _subscribe_funding_rates(self, command: Any) -> None:
        await self._want(Stream.FUNDING_RATE, command.instrument_id, "funding")

    async def _unsubscribe_funding_rates(self, command: Any) -> None:
        await self._unwant(Stream.FUNDING_RATE, command.instrument_id, "funding")

    # ---- bars

    async def _subscribe_bars(self, command: Any) -> None:
        bar_type: BarType = command.bar_type
        seconds = self.granularity_s(bar_type)
        if seconds is not None:
            await self._want(Stream.BARS, bar_type.instrument_id, bar_type, seconds)

    async def _unsubscribe_bars(self, command: Any) -> None:
        bar_type: BarType = command.bar_type
        unit_s = _SECONDS.get(bar_type.spec.aggregation, 0)
        await self._unwant(Stream.BARS, bar_type.instrument_id, bar_type, int(bar_type.spec.step) * unit_s)

    def granularity_s(self, bar_type: BarType) -> int | None:
        """Seconds of a bar; None, with one warning, for a bar that no venue has. Which lengths a venue has, it says."""
        spec = bar_type.spec
        unit_s = _SECONDS.get(spec.aggregation)
        if unit_s is None or spec.price_type != PriceType.LAST or not bar_type.is_externally_aggregated():
            self._not_offered(f"{bar_type}: only time bars of the last price are external; INTERNAL ones are made here")
            return None
        return int(spec.step) * unit_s

    # ---- instruments

    async def _subscribe_instruments(self, command: Any) -> None:
        for traded in self.provider.by_number.values():
            self._handle_data(traded.instrument)

    async def _subscribe_instrument(self, command: Any) -> None:
        traded = self._traded(command.instrument_id)
        if traded is not None:
            self._handle_data(traded.instrument)

    async def _unsubscribe_instruments(self, command: Any) -> None:
        """Instruments are pushed when they change; there is no channel to leave."""

    async def _unsubscribe_instrument(self, command: Any) -> None:
        """As for all instruments."""

    # ---- what no venue of ours offers: one clear warning each

    def _not_offered(self, what: str) -> None:
        self._log.warning(f"{self.id} does not offer {what}", LogColor.YELLOW)

    async def _subscribe_instrument_close(self, command: Any) -> None:
        self._not_offered("instrument close: it trades around the clock")

    async def _unsubscribe_instrument_close(self, command: Any) -> None:
        self._not_offered("instrument close: it trades around the clock")

    async def _subscribe_option_greeks(self, command: Any) -> None:
        self._not_offered("option greeks")

    async def _unsubscribe_option_greeks(self, command: Any) -> None:
        self._not_offered("option greeks")
