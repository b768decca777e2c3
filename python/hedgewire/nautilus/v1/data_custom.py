"""Custom data of a venue: open interest, liquidations, health of the connection and freshness of its streams."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from nautilus_trader.model.data import CustomData, DataType
from nautilus_trader.model.identifiers import ClientId, InstrumentId

from hedgewire.nautilus.health import least_headroom
from hedgewire.nautilus.link import Link, Row
from hedgewire.nautilus.rows import Stream
from hedgewire.nautilus.v1 import market_rows
from hedgewire.nautilus.v1.data_polls import Poll, Polls
from hedgewire.nautilus.v1.providers import VenueInstrumentProvider
from hedgewire.nautilus.venue_data import StreamFreshness, VenueHealth, VenueLiquidation, VenueOpenInterest

_POLLED = {VenueOpenInterest: Poll.OPEN_INTEREST, VenueHealth: Poll.HEALTH, StreamFreshness: Poll.HEALTH}
_COUNTERS = ("gaps", "resnapshots", "malformed", "unknown", "stale_streams", "dropped_rows")


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted, and the data type under which it is published: the topic comes from it and the instrument."""

    kind: type
    instrument: str
    published: DataType

    @staticmethod
    def of(command: Any) -> Wish:
        """NautilusTrader puts a subscription's instrument into the metadata; its subscriber listens without that."""
        data_type: DataType = command.data_type
        own = getattr(command, "instrument_id", None)
        instrument = own or (data_type.metadata or {}).get("instrument_id", "")
        return Wish(data_type.type, str(instrument), DataType(data_type.type) if own else data_type)

    def is_for(self, data: Any) -> bool:
        return self.kind is type(data) and self.instrument in ("", str(getattr(data, "instrument_id", "")))


class CustomDataMixin:
    """``_subscribe``, ``_unsubscribe`` and ``_request`` of the data client."""

    id: ClientId
    link: Link
    provider: VenueInstrumentProvider
    _clock: Any
    _log: Any
    _wants: Any
    _liquidation_stream: Stream
    _polls: Polls
    _handle_data: Any
    _handle_data_response: Any
    _not_offered: Any
    _want: Any
    _unwant: Any

    async def _subscribe(self, command: Any) -> None:
        wish = Wish.of(command)
        if wish.kind is VenueLiquidation:
            if self._liquidation_stream is Stream.TRADES and not wish.instrument:
                self._not_offered("liquidations of all instruments: they are among an instrument's trades, so name one")
                return
            await self._want(self._liquidation_stream, self._liquidated(wish), wish)
        elif wish.kind in _POLLED:
            self._polls.want(_POLLED[wish.kind], wish)
        else:
            self._not_offered(f"custom data {command.data_type}")

    async def _unsubscribe(self, command: Any) -> None:
        wish = Wish.of(command)
        if wish.kind is VenueLiquidation:
            await self._unwant(self._liquidation_stream, self._liquidated(wish), wish)
        elif wish.kind in _POLLED:
            self._polls.unwant(_POLLED[wish.kind], wish)

    async def _request(self, request: Any) -> None:
        """What is true now; no history is kept of any of it."""
        wish = Wish.of(request)
        found: list[Any] = []
        try:
            if wish.kind is VenueOpenInterest:
                found = await self._open_interest()
            elif wish.kind in _POLLED:
                found = await self._health()
            else:
                self._not_offered(f"custom data {request.data_type} on request")
        except Exception as error:  # noqa: BLE001  a request is always answered
            self._log.error(f"{request.data_type}: {error}; answered with nothing")
        data = [CustomData(wish.published, one) for one in found if wish.is_for(one)]
        self._handle_data_response(request.data_type, data, request.id, request.start, request.end, request.params)

    def _publish(self, found: Iterable[Any], wishes: Collection[Any]) -> None:
        for data in found:
            for data_type in {wish.published for wish in wishes if wish.is_for(data)}:
                self._handle_data(CustomData(data_type, data))

    # ---- liquidations

    def _liquidated(self, wish: Wish) -> InstrumentId | None:
        """Whose stream tells of what is wished; None: that of all instruments."""
        return InstrumentId.from_str(wish.instrument) if self._liquidation_stream is Stream.TRADES else None

    def _on_liquidation(self, row: Row) -> None:
        for number in row[1]:
            if number not in self.provider.by_number:
                continue
            found = market_rows.liquidation(row, self.provider.by_number[number])
            instrument = found.instrument_id if self._liquidation_stream is Stream.TRADES else None
            consumers = self._wants.of((self._liquidation_stream, instrument, 0))
            self._publish([found], [wish for wish in consumers if isinstance(wish, Wish)])

    # ---- open interest

    async def _ask_open_interest(self, wishes: Collection[Any]) -> str:
        self._publish(await self._open_interest(), self._polls.wanted(Poll.OPEN_INTEREST))
        return ""

    async def _open_interest(self) -> list[Any]:
        reply = await self.link.ask(lambda core: int(core.query_open_interest()))
        if not reply.ok:
            raise ConnectionError(f"{reply.outcome.name} {reply.reason}")
        known = self.provider.by_number
        return [market_rows.open_interest(row, known[row[1]]) for row in reply.rows if row[1] in known]

    # ---- health

    async def _ask_health(self, wishes: Collection[Any]) -> str:
        self._publish(await self._health(), self._polls.wanted(Poll.HEALTH))
        return ""

    async def _health(self) -> list[Any]:
        document = await self.link.health()
        now_ns = self._clock.timestamp_ns()
        counters = document["counters"]
        health = VenueHealth(
            client_id=self.id.value,
            websocket=document["status"]["websocket"],
            rest=document["status"]["rest"],
            reconnects=sum(socket["reconnects"] for socket in document["sockets"]),
            resubscriptions=self.link.counts.resubscriptions,
            reconciliations=self.link.counts.reconciliations,
            unresolved=document["unresolved"],
            rate_limit_headroom=least_headroom(document),
            books_wanted=document["books"]["wanted"],
            books_live=document["books"]["live"],
            rest_p50_ms=document["latencies"]["rest_ms"]["p50"],
            order_p50_ms=document["latencies"]["order_ms"]["p50"],
            **{name: counters[name] for name in _COUNTERS},
            ts_event=now_ns,
            ts_init=now_ns,
        )
        return [health, *(self._freshness(stream, now_ns) for stream in document["streams"])]

    def _freshness(self, stream: dict[str, Any], now_ns: int) -> StreamFreshness:
        traded = self.provider.by_number.get(stream["instrument"])
        return StreamFreshness(
            client_id=self.id.value,
            stream=stream["stream"],
            instrument=str(traded.instrument_id) if traded else "",
            param=stream["param"],
            state=stream["state"],
            age_ms=stream["age_ms"],
            ts_event=now_ns,
            ts_init=now_ns,
        )
