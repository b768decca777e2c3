"""A local venue without sockets: its own handlers, called with what they would have read from one."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from aiohttp import web
from multidict import CIMultiDict
from pairs import KEY_FIELDS, product_id, x18

from hedgewire.cli.demo_legs import Pair
from hedgewire.simulator import connection as sockets
from hedgewire.simulator.connection import Frame, is_dead
from hedgewire.simulator.venue import STALL_STEP_MS, VenueApp, VenueState

from .clock import WorldClock

PEER = "192.0.2.1"
LEVELS = 6
"""Of each side of a book: a quarter of the usual, which halves the time of a seed."""
STEP_MS = 200
"""Of the market: twice the usual, which takes a quarter of the rest."""


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    status: int
    body: bytes
    retry_after_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """An upgrade answered with something else; None: the client itself has given it up."""

    status: int | None


class _Transport:
    """Where a handler breaks its connection."""

    def __init__(self) -> None:
        self.is_broken = False

    def abort(self) -> None:
        self.is_broken = True


@dataclass
class Request:
    """As much of a web request as the venue's handlers look at."""

    method: str
    path: str
    query: Mapping[str, str]
    body: bytes
    headers: Mapping[str, str]
    match_info: Mapping[str, str]
    transport: _Transport = field(default_factory=_Transport)
    remote: str = PEER

    async def read(self) -> bytes:
        return self.body


class _Routes:
    """Takes the routes that an application would take."""

    def __init__(self) -> None:
        self.middlewares: list[Any] = []
        self.router = self
        self._plain: dict[tuple[str, str], Any] = {}
        self._patterns: list[tuple[str, re.Pattern[str], Any]] = []

    def add_get(self, path: str, handler: Any) -> None:
        self.add_route("GET", path, handler)

    def add_post(self, path: str, handler: Any) -> None:
        self.add_route("POST", path, handler)

    def add_route(self, method: str, path: str, handler: Any) -> None:
        if "{" in path:
            pattern = re.sub(r"{(\w+)(?::([^}]*))?}", lambda name: f"(?P<{name[1]}>{name[2] or '[^/]+'})", path)
            self._patterns.append((method, re.compile(pattern), handler))
        else:
            self._plain[method, path] = handler

    def find(self, method: str, path: str) -> tuple[Any, Mapping[str, str]]:
        handler = self._plain.get((method, path))
        if handler is not None:
            return handler, {}
        for wanted, pattern, handler in self._patterns:
            found = pattern.fullmatch(path) if wanted in (method, "*") else None
            if found is not None:
                return handler, found.groupdict()
        raise KeyError(f"{method} {path}")


class VirtualConnection(sockets.Connection):
    """The venue's end of a socket. ``hear`` (with milliseconds of delay) and ``ended_by`` are the network's."""

    def __init__(
        self, kind: str, state: VenueState, hear: Callable[[bytes, int], None], ended_by: Callable[[str], None]
    ) -> None:
        super().__init__(None, kind, None)  # type: ignore[arg-type]
        self._state = state
        self._hear = hear
        self._ended_by = ended_by
        self._stalled: deque[Frame] = deque()
        self.is_open = True

    def send(self, frame: Frame) -> None:
        if not self._state.faults.armed and not self._stalled:
            self._leave(frame, 0)
        elif self._stalled or self._state.faults.peek("stall"):
            self._stalled.append(frame)
            if len(self._stalled) == 1:
                self._state.clock.call_after_ms(STALL_STEP_MS, self._release)
        else:
            self._pass_faults(frame)

    def _release(self) -> None:
        if self._state.faults.peek("stall"):
            self._state.clock.call_after_ms(STALL_STEP_MS, self._release)
            return
        held, self._stalled = self._stalled, deque()
        for frame in held:
            self._pass_faults(frame)

    def _pass_faults(self, frame: Frame) -> None:
        """As the venue's own pump does before it writes."""
        faults = self._state.faults
        if is_dead(self._state, self.kind, "out"):
            return
        if faults.take("cut_frame", socket=self.kind):
            self._end("the connection broke in the middle of a frame")
            return
        slow = faults.peek("slow_socket", socket=self.kind)
        self._leave(frame, 0 if slow is None else len(frame) * 1000 // slow.number("bytes_per_s", 8192))

    def _leave(self, frame: Frame, delay_ms: int) -> None:
        if self.is_open:
            self._hear(frame.encode() if isinstance(frame, str) else frame, delay_ms)

    def abort(self) -> None:
        self._end("connection reset")

    def close_soon(self, code: int) -> None:
        self._end(f"closed by the venue with code {code}")

    def _end(self, reason: str) -> None:
        if self.is_open:
            self.is_open = False
            self._ended_by(reason)


class VirtualVenue(ABC):
    """One venue of the world. Subclasses know how its sockets are served."""

    name: str
    app: VenueApp

    def __init__(self, clock: WorldClock, pair: Pair) -> None:
        self.clock = clock
        self.legs = {product_id(leg): i for i, leg in enumerate(pair) if leg.venue == self.name}
        """Product id -> which leg of the pair it is. The other products' markets stand still: they cost only time."""
        market = self.state.market
        profiles = market.profiles
        profiles.update({product: replace(profile, levels=LEVELS) for product, profile in profiles.items()})
        market.step_ms = STEP_MS
        market.frozen.update(set(self.state.exchange.books) - set(self.legs))
        self._routes = _Routes()
        self.app.add_routes(self._routes)  # type: ignore[arg-type]
        self.app.start()
        described: Any = self.app.descriptor(f"{self.name}.test")
        self.config = {"environment": "local"} | {name: told for name, told in described.items() if name != "accounts"}
        """What a client is told."""
        self.private_key: str = described["accounts"][0][KEY_FIELDS[self.name]]

    @property
    def state(self) -> VenueState:
        return self.app.state

    def request(
        self,
        method: str,
        url: str,
        body: str,
        headers: Mapping[str, str],
        done: Callable[[HttpAnswer | None], None],
    ) -> None:
        """``done`` gets the answer, or None where the connection broke instead."""
        parts = urlsplit(url)
        handler, match_info = self._routes.find(method, parts.path)
        query = dict(parse_qsl(parts.query))
        request = Request(method, parts.path, query, body.encode(), CIMultiDict(headers), match_info)

        def answered(response: web.Response) -> None:
            if request.transport.is_broken:
                done(None)
                return
            wait_s = response.headers.get("Retry-After")
            content = response.body if isinstance(response.body, bytes) else b""
            done(HttpAnswer(response.status, content, None if wait_s is None else int(wait_s) * 1000))

        front_door = self._routes.middlewares[0]
        self.clock.play(front_door(request, handler).__await__(), answered)

    def open(
        self, url: str, hear: Callable[[bytes, int], None], ended_by: Callable[[str], None]
    ) -> VirtualConnection | Refused:
        faults = self.state.faults
        if faults.take("refuse_connections"):
            return Refused(503)
        if faults.take("http_403", request="connect"):
            return Refused(403)
        opened = self._accept(url, hear, ended_by)
        if isinstance(opened, VirtualConnection):
            self.app.connections[opened] = None
        return opened

    def answers_pings(self, connection: VirtualConnection) -> bool:
        dead = any(is_dead(self.state, connection.kind, direction) for direction in ("in", "out"))
        return connection.is_open and not dead and not self.state.faults.peek("pong_lost", socket=connection.kind)

    def receive(self, connection: VirtualConnection, text: str) -> None:
        if connection.is_open and not is_dead(self.state, connection.kind, "in"):
            self.clock.play(self._hear(connection, text).__await__(), lambda _: None)

    async def _hear(self, connection: VirtualConnection, text: str) -> None:
        await self.state.stalled()
        await self._serve(connection, text)

    def close(self, connection: VirtualConnection, *, in_order: bool) -> None:
        """The connection is over, whoever ended it."""
        connection.is_open = False
        if self.app.connections.pop(connection, connection) is None:
            self._over(connection, in_order=in_order)

    @abstractmethod
    def _accept(
        self, url: str, hear: Callable[[bytes, int], None], ended_by: Callable[[str], None]
    ) -> VirtualConnection | Refused:
        """An upgrade that came through the front door."""

    @abstractmethod
    async def _serve(self, connection: VirtualConnection, text: str) -> None: ...

    @abstractmethod
    def _over(self, connection: VirtualConnection, *, in_order: bool) -> None: ...

    # ---- what a judge looks at

    @property
    def account(self) -> str:
        return self.state.default_account(0)

    def positions(self) -> dict[int, Decimal]:
        """Signed base amounts of the account, by leg; none that is zero."""
        held = self.state.account(self.account).positions
        return {leg: x18(held[each].amount) for each, leg in self.legs.items() if each in held and held[each].amount}

    def exposure_usd(self) -> Decimal:
        markets, held = self.state.ledger.markets, self.positions()
        prices = {leg: x18(markets[each].oracle_price) for each, leg in self.legs.items()}
        return sum((abs(qty) * prices[leg] for leg, qty in held.items()), Decimal(0))
