"""The local Nado without sockets: its own handlers, called with what they would have read from one."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from aiohttp import web

from hedgewire.simulator.connection import is_dead
from hedgewire.simulator.venue import STALL_STEP_MS
from hedgewire.simulator.wire.nado import ws
from hedgewire.simulator.wire.nado.endpoints import endpoints
from hedgewire.simulator.wire.nado.rest import NadoApp
from hedgewire.simulator.wire.nado.state import NadoState, default_subaccount

from .clock import WorldClock

HOST = "venue.test"
PEER = "192.0.2.1"
LEVELS = 6
"""Of each side of a book: a quarter of the usual, which halves the time of a seed."""
STEP_MS = 200
"""Of the market: twice the usual, which takes a quarter of the rest."""
KIND_OF_PATH = {"/v1/subscribe": "subscriptions", "/v1/ws": "actions", "/ws/v2": "actions"}


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    status: int
    body: bytes
    retry_after_ms: int | None = None


class _Transport:
    """Where a handler breaks its connection."""

    def __init__(self) -> None:
        self.is_broken = False

    def abort(self) -> None:
        self.is_broken = True


@dataclass
class _Request:
    """As much of a web request as the venue's handlers look at."""

    method: str
    path: str
    query: Mapping[str, str]
    body: bytes
    headers: Mapping[str, str]
    transport: _Transport = field(default_factory=_Transport)
    remote: str = PEER

    async def read(self) -> bytes:
        return self.body


class _Routes:
    """Takes the routes that an application would take."""

    def __init__(self) -> None:
        self.middlewares: list[Any] = []
        self.handlers: dict[tuple[str, str], Any] = {}
        self.router = self

    def add_get(self, path: str, handler: Any) -> None:
        self.handlers["GET", path] = handler

    def add_post(self, path: str, handler: Any) -> None:
        self.handlers["POST", path] = handler


class VirtualConnection(ws.Connection):
    """The venue's end of a socket. ``hear`` (with milliseconds of delay) and ``ended`` are the network's."""

    def __init__(
        self, kind: str, state: NadoState, hear: Callable[[bytes, int], None], ended: Callable[[str], None]
    ) -> None:
        super().__init__(None, kind, None)  # type: ignore[arg-type]
        self._state = state
        self._hear = hear
        self._ended = ended
        self._stalled: deque[str | bytes] = deque()
        self.is_open = True

    def send(self, text: str | bytes) -> None:
        if not self._state.faults.armed and not self._stalled:
            self._leave(text, 0)
        elif self._stalled or self._state.faults.peek("stall"):
            self._stalled.append(text)
            if len(self._stalled) == 1:
                self._state.clock.call_after_ms(STALL_STEP_MS, self._release)
        else:
            self._pass_faults(text)

    def _release(self) -> None:
        if self._state.faults.peek("stall"):
            self._state.clock.call_after_ms(STALL_STEP_MS, self._release)
            return
        held, self._stalled = self._stalled, deque()
        for text in held:
            self._pass_faults(text)

    def _pass_faults(self, text: str | bytes) -> None:
        """As the venue's own pump does before it writes."""
        faults = self._state.faults
        if is_dead(self._state, self.kind, "out"):
            return
        if faults.take("cut_frame", socket=self.kind):
            self._end("the connection broke in the middle of a frame")
            return
        slow = faults.peek("slow_socket", socket=self.kind)
        self._leave(text, 0 if slow is None else len(text) * 1000 // slow.number("bytes_per_s", 8192))

    def _leave(self, text: str | bytes, delay_ms: int) -> None:
        if self.is_open:
            self._hear(text.encode() if isinstance(text, str) else text, delay_ms)

    def abort(self) -> None:
        self._end("connection reset")

    def close_soon(self, code: int) -> None:
        self._end(f"closed by the venue with code {code}")

    def _end(self, reason: str) -> None:
        if self.is_open:
            self.is_open = False
            self._ended(reason)


class VirtualVenue:
    def __init__(self, seed: int, clock: WorldClock) -> None:
        self.clock = clock
        self.state = NadoState(seed, clock)
        profiles = self.state.market.profiles
        profiles.update({product: replace(profile, levels=LEVELS) for product, profile in profiles.items()})
        self.state.market.step_ms = STEP_MS
        self.nado = NadoApp(self.state)
        self._routes = _Routes()
        self.nado.add_routes(self._routes)  # type: ignore[arg-type]
        self.nado.start()

    @property
    def config(self) -> dict[str, object]:
        """What a client is told."""
        return {
            "environment": "local",
            "chain_id": self.state.chain_id,
            "endpoint_address": self.state.endpoint_address,
            "endpoints": endpoints(HOST),
        }

    def request(
        self, method: str, url: str, body: str, headers: Mapping[str, str], done: Callable[[HttpAnswer | None], None]
    ) -> None:
        """``done`` gets the answer, or None where the connection broke instead."""
        parts = urlsplit(url)
        request = _Request(method, parts.path, dict(parse_qsl(parts.query)), body.encode(), headers)
        handler = self._routes.handlers[method, parts.path]

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
        self, url: str, hear: Callable[[bytes, int], None], ended: Callable[[str], None]
    ) -> VirtualConnection | None:
        """None: refused."""
        faults = self.state.faults
        if faults.take("refuse_connections") or faults.take("http_403", request="connect"):
            return None
        kind = KIND_OF_PATH[urlsplit(url).path]
        if faults.take("deflate_refused") and kind == "subscriptions":
            return None  # the real client gives such a connection up before its first frame
        connection = VirtualConnection(kind, self.state, hear, ended)
        self.nado.connections[connection] = None
        return connection

    def answers_pings(self, connection: VirtualConnection) -> bool:
        dead = any(is_dead(self.state, connection.kind, direction) for direction in ("in", "out"))
        return connection.is_open and not dead and not self.state.faults.peek("pong_lost", socket=connection.kind)

    def receive(self, connection: VirtualConnection, text: str) -> None:
        if connection.is_open and not is_dead(self.state, connection.kind, "in"):
            self.clock.play(self._serve(connection, text).__await__(), lambda _: None)

    async def _serve(self, connection: VirtualConnection, text: str) -> None:
        await self.state.stalled()
        if connection.kind == "subscriptions":
            ws._control(self.nado, connection, text)
        else:
            await ws._answer(self.nado, connection, text, PEER)

    def close(self, connection: VirtualConnection) -> None:
        """The connection is over, whoever ended it."""
        connection.is_open = False
        if self.nado.connections.pop(connection, connection) is None:
            for key in connection.keys:
                self.nado.hub.unsubscribe(key, connection.send)

    # ---- what a judge looks at

    @property
    def subaccount(self) -> str:
        return default_subaccount(self.state.keys[0].address)

    def positions(self) -> dict[int, Decimal]:
        """Signed base amounts of the account, by product; none that is zero."""
        held = self.state.account(self.subaccount).positions
        return {product: Decimal(each.amount).scaleb(-18) for product, each in held.items() if each.amount}

    def exposure_usd(self) -> Decimal:
        markets = self.state.ledger.markets
        prices = {product: Decimal(markets[product].oracle_price).scaleb(-18) for product in self.positions()}
        return sum((abs(qty) * prices[product] for product, qty in self.positions().items()), Decimal(0))
