"""Everything of one run: the clock, the venue, the network, and the client process while there is one."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from hedgewire import _core

from .clock import FAR_NS, WorldClock
from .network import Network, Weather
from .venue import VirtualVenue

START_NS = 1_800_000_000 * 10**9
TICK_MS = 10
TRADED = (4, 8)
"""Products whose markets move; the others' would only cost time."""


class World:
    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.clock = WorldClock(START_NS)
        self.venue = VirtualVenue(seed, self.clock)
        self.venue.state.market.frozen.update(set(self.venue.state.exchange.books) - set(TRADED))
        self.random = Random(f"network/{seed}")
        self.weather = Weather()
        self.client: Any = None
        self.network: Network | None = None
        self.lives = 0
        self.timers: Any = None
        """NautilusTrader's clock of the running process."""

    def now_ns(self) -> int:
        return self.clock.now_ns()

    # ---- the process

    def open_client(self, venue: str, config_json: str, private_key: str | None) -> Any:
        """In the place of the core's real client."""
        self.lives += 1
        seed = self.seed * 1000 + self.lives
        client = _core.SteppedClient(venue, config_json, private_key, self.now_ns(), seed, TICK_MS)
        self.client = client
        self.network = Network(self.venue, self.clock, self.random, self.weather, client)
        return client

    def kill(self) -> None:
        """The process ends here, whatever it was doing."""
        if self.network is not None:
            self.network.vanish()
        self.client = self.network = self.timers = None

    # ---- time

    def advance(self, until_ns: int, is_awaited: Callable[[], bool]) -> None:
        while not is_awaited():
            target_ns = min(until_ns, self.clock.next_due_ns, self._next_timer_ns())
            reached_ns = target_ns
            if self.client is not None and self.network is not None:
                reached_ns = self.client.advance(target_ns)
                outgoing = self.client.outgoing()
                if outgoing or reached_ns < target_ns:
                    self.clock.run_to(reached_ns)
                    for carried in outgoing:
                        self.network.carry(*carried)
                    continue
            self.clock.run_to(target_ns)
            if self.timers is not None:
                for handler in self.timers.advance_time(target_ns):
                    handler.handle()
            if target_ns >= until_ns:
                return

    def _next_timer_ns(self) -> int:
        timers = self.timers
        return (
            FAR_NS
            if timers is None
            else min((timers.next_time_ns(name) for name in timers.timer_names), default=FAR_NS)
        )
