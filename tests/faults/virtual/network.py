"""What lies between client and venue: latency, order, and what a schedule takes away from both."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Any

from hedgewire.simulator.clock import MS_NS

from .clock import WorldClock
from .venue import HttpAnswer, Refused, VirtualConnection, VirtualVenue

REQUEST_TIMEOUT_MS = 10_000


@dataclass(slots=True)
class Weather:
    """What the network does now."""

    extra_ms: int = 0
    is_refusing: bool = False
    """No new connection comes about."""
    is_mute: bool = False
    """Whatever travels is lost; nothing is closed."""
    lost_replies: int = 0
    lost_requests: int = 0


@dataclass(slots=True)
class _Road:
    """One connection of the client: frames keep their order in each direction."""

    role: int
    attempt: int
    far: VirtualConnection | None = None
    there_ns: int = 0
    back_ns: int = 0


class Network:
    """Carries between one client and its venue. A client that is gone hears nothing; what it had sent still arrives."""

    def __init__(self, venue: VirtualVenue, clock: WorldClock, random: Random, weather: Weather, client: Any) -> None:
        self.venue = venue
        self.clock = clock
        self.random = random
        self.weather = weather
        self.client = client
        self.is_gone = False
        self._roads: dict[tuple[int, int], _Road] = {}

    def carry(self, kind: str, number: int, role: int, url: str, body: str, headers: Sequence[tuple[str, str]]) -> None:
        if role < 0:
            self._request(kind.upper(), number, url, body, dict(headers))
        elif kind == "open":
            road = self._roads[role, number] = _Road(role, number)
            self._there(road, lambda: self._open(road, url))
        elif (road := self._roads.get((role, number))) is None:
            return
        elif kind == "frame":
            self._there(road, lambda: self._hand_over(road, body))
        elif kind == "ping":
            self._there(road, lambda: self._pong(road))
        else:
            self._there(road, lambda: self._close(road, in_order=True))

    def cut(self) -> None:
        """Break every connection, as a lost network does: both ends learn of it."""
        for road in list(self._roads.values()):
            if road.far is not None:
                road.far.abort()

    def vanish(self) -> None:
        """The process is gone; its kernel closes what it had open."""
        self.is_gone = True
        for road in list(self._roads.values()):
            self._close(road, in_order=False)

    # ---- requests

    def _request(self, method: str, number: int, url: str, body: str, headers: Mapping[str, str]) -> None:
        weather = self.weather
        if weather.is_refusing:
            self._later(lambda: self.client.lost(number, "connection refused", False))
            return
        self.clock.call_after_ms(
            REQUEST_TIMEOUT_MS, self._if_here(lambda: self.client.lost(number, "no answer in time", True))
        )
        if weather.is_mute:
            return
        if weather.lost_requests:
            weather.lost_requests -= 1
            self._later(lambda: self.client.lost(number, "connection reset", True))
            return
        lose_reply = weather.lost_replies > 0
        weather.lost_replies -= lose_reply

        def answered(answer: HttpAnswer | None) -> None:
            if weather.is_mute:
                return
            if answer is None or lose_reply:
                self._later(lambda: self.client.lost(number, "connection reset", True))
            else:
                self._later(lambda: self.client.replied(number, answer.status, answer.body, answer.retry_after_ms))

        self.clock.call_at(self._arrival_ns(), lambda: self.venue.request(method, url, body, headers, answered))

    # ---- sockets

    def _open(self, road: _Road, url: str) -> None:
        if self.weather.is_mute:
            return
        far: VirtualConnection | Refused = Refused(None)
        if not self.weather.is_refusing:
            far = self.venue.open(url, partial(self._hear, road), partial(self._end, road))
        if isinstance(far, Refused):
            self._back(road, lambda: self.client.not_opened(road.role, road.attempt, "connection refused", far.status))
        else:
            road.far = far
            self._back(road, lambda: self.client.opened(road.role, road.attempt))

    def _hand_over(self, road: _Road, text: str) -> None:
        if road.far is not None and not self.weather.is_mute:
            self.venue.receive(road.far, text)

    def _pong(self, road: _Road) -> None:
        if road.far is not None and self.venue.answers_pings(road.far) and not self.weather.is_mute:
            self._back(road, lambda: self.client.ponged(road.role, road.attempt))

    def _hear(self, road: _Road, frame: bytes, delay_ms: int) -> None:
        if not self.weather.is_mute:
            self._back(road, lambda: self.client.frame(road.role, road.attempt, frame), delay_ms)

    def _end(self, road: _Road, reason: str) -> None:
        """The venue's end, or the network, has closed it."""
        self._close(road, in_order=False)
        self._back(road, lambda: self.client.ended(road.role, road.attempt, reason))

    def _close(self, road: _Road, *, in_order: bool) -> None:
        self._roads.pop((road.role, road.attempt), None)
        if road.far is not None:
            self.venue.close(road.far, in_order=in_order)

    # ---- latency

    def _arrival_ns(self) -> int:
        return self.clock.now_ns() + (self.weather.extra_ms * MS_NS) + self.random.randrange(1, 4 * MS_NS)

    def _there(self, road: _Road, act: Callable[[], None]) -> None:
        road.there_ns = max(road.there_ns, self._arrival_ns())
        self.clock.call_at(road.there_ns, act)

    def _back(self, road: _Road, act: Callable[[], None], delay_ms: int = 0) -> None:
        road.back_ns = max(road.back_ns, self._arrival_ns()) + delay_ms * MS_NS
        self.clock.call_at(road.back_ns, self._if_here(act))

    def _later(self, act: Callable[[], None]) -> None:
        self.clock.call_at(self._arrival_ns(), self._if_here(act))

    def _if_here(self, act: Callable[[], None]) -> Callable[[], None]:
        return lambda: None if self.is_gone else act()
