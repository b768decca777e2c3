"""What a venue has no stream of and is asked for while somebody wants it: mark and index prices, trading statuses."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from functools import partial
from typing import Any

from nautilus_trader.model.identifiers import InstrumentId
from nautilus_trader.model.instruments import CryptoPerpetual

from hedgewire.nautilus.link import Link
from hedgewire.nautilus.v1 import market_rows
from hedgewire.nautilus.v1.data_polls import Poll, Polls
from hedgewire.nautilus.v1.providers import VenueInstrumentProvider


def _ask_reference_prices(numbers: list[int], core: Any) -> int:
    return int(core.query_reference_prices(numbers))


class PolledMixin:
    """Subscriptions that poll."""

    link: Link
    provider: VenueInstrumentProvider
    _loop: asyncio.AbstractEventLoop
    _log: Any
    _handle_data: Any
    _traded: Any
    _not_offered: Any
    _ask_open_interest: Any
    _ask_health: Any
    _is_open: bool

    def _start_polls(self, interval_s: float) -> None:
        questions = {
            Poll.REFERENCE_PRICES: self._ask_reference_prices,
            Poll.STATUS: self._ask_statuses,
            Poll.OPEN_INTEREST: self._ask_open_interest,
            Poll.HEALTH: self._ask_health,
        }
        self._polls = Polls(self._loop, questions, interval_s, self._log)
        self._statuses: dict[InstrumentId, str] = {}

    def _is_perpetual(self, instrument_id: InstrumentId, what: str) -> bool:
        """False, with one message, for what is not listed or has no such price. Not known before connecting: true."""
        if not self._is_open:
            return True
        traded = self._traded(instrument_id)
        if traded is not None and not isinstance(traded.instrument, CryptoPerpetual):
            self._not_offered(f"{what} of {instrument_id}: it is no perpetual")
            return False
        return traded is not None

    # ---- mark and index prices

    async def _subscribe_mark_prices(self, command: Any) -> None:
        if self._is_perpetual(command.instrument_id, "mark prices"):
            self._polls.want(Poll.REFERENCE_PRICES, ("mark", command.instrument_id))

    async def _unsubscribe_mark_prices(self, command: Any) -> None:
        self._polls.unwant(Poll.REFERENCE_PRICES, ("mark", command.instrument_id))

    async def _subscribe_index_prices(self, command: Any) -> None:
        if self._is_perpetual(command.instrument_id, "index prices"):
            self._polls.want(Poll.REFERENCE_PRICES, ("index", command.instrument_id))

    async def _unsubscribe_index_prices(self, command: Any) -> None:
        self._polls.unwant(Poll.REFERENCE_PRICES, ("index", command.instrument_id))

    async def _ask_reference_prices(self, consumers: Collection[Any]) -> str:
        wanted = {instrument_id for _, instrument_id in consumers}
        listed = [self.provider.by_id[one] for one in wanted if one in self.provider.by_id]
        numbers = sorted(one.number for one in listed if isinstance(one.instrument, CryptoPerpetual))
        if len(numbers) < len(wanted):
            self._log.error(f"no mark and index prices of all of {sorted(map(str, wanted))}: not all are perpetuals")
        if not numbers:
            return ""
        reply = await self.link.ask(partial(_ask_reference_prices, numbers))
        if not reply.ok:
            return reply.reason
        for row in reply.rows:
            traded = self.provider.by_number[row[1]]
            for kind, update in zip(("mark", "index"), market_rows.reference_prices(row, traded), strict=True):
                if update is not None and (kind, traded.instrument_id) in self._polls.wanted(Poll.REFERENCE_PRICES):
                    self._handle_data(update)
        return ""

    # ---- trading status

    async def _subscribe_instrument_status(self, command: Any) -> None:
        if not self._is_open or self._traded(command.instrument_id) is not None:
            self._polls.want(Poll.STATUS, command.instrument_id)

    async def _unsubscribe_instrument_status(self, command: Any) -> None:
        self._polls.unwant(Poll.STATUS, command.instrument_id)
        self._statuses.pop(command.instrument_id, None)

    async def _ask_statuses(self, consumers: Collection[Any]) -> str:
        """The first status of each instrument, then its changes."""
        reply = await self.link.ask(lambda core: int(core.query_statuses()))
        if not reply.ok:
            return reply.reason
        for row in reply.rows:
            traded = self.provider.by_number.get(row[1])
            if traded is None:
                continue  # listed, and nothing that NautilusTrader has a type for
            instrument_id = traded.instrument_id
            if instrument_id not in self._polls.wanted(Poll.STATUS) or self._statuses.get(instrument_id) == row[2]:
                continue
            self._statuses[instrument_id] = row[2]
            self._handle_data(market_rows.status(row, traded))
        return ""
