"""Everything of one run: the clock, the venues, the networks, and the client process while there is one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import Any

from hedgewire import _core
from hedgewire.cli.demo_legs import Pair, venues_of
from hedgewire.simulator.clock import MS_NS

from .clock import FAR_NS, VenueTime, WorldClock
from .nado import VirtualNado
from .network import Network, Weather
from .paradex import VirtualParadex
from .venue import VirtualVenue

START_NS = 1_800_000_000 * 10**9
TICK_MS = 10
VENUES: dict[str, Callable[[int, WorldClock, Pair], VirtualVenue]] = {"nado": VirtualNado, "paradex": VirtualParadex}


@dataclass(eq=False, slots=True)
class Lane:
    """One client of the world: its core, its network, and NautilusTrader's clock, which a process has only once."""

    client: Any
    network: Network
    timers: Any

    def next_timer_ns(self) -> int:
        timers = self.timers
        return min((timers.next_time_ns(name) for name in timers.timer_names), default=FAR_NS)


class World:
    def __init__(self, seed: int, pair: Pair) -> None:
        self.seed = seed
        self.pair = pair
        self.clock = WorldClock(START_NS)
        self.venues = {name: VENUES[name](seed, VenueTime(self.clock), pair) for name in venues_of(pair)}
        self.weathers = {name: Weather() for name in self.venues}
        self.random = Random(f"network/{seed}")
        self.lanes: list[Lane] = []
        self.clients = 0
        """So many there were."""

    def now_ns(self) -> int:
        return self.clock.now_ns()

    def positions(self) -> dict[int, Decimal]:
        """By leg, as the venues' own books have them; none that is zero."""
        return {leg: qty for venue in self.venues.values() for leg, qty in venue.positions().items()}

    def exposure_usd(self) -> Decimal:
        return sum((venue.exposure_usd() for venue in self.venues.values()), Decimal(0))

    # ---- processes

    def open_client(self, timers: Any, venue: str, config_json: str, private_key: str | None) -> Any:
        """In the place of the core's real client; ``timers`` is the clock of its process."""
        self.clients += 1
        seed = self.seed * 1000 + self.clients
        client = _core.SteppedClient(venue, config_json, private_key, self.now_ns(), seed, TICK_MS)
        network = Network(self.venues[venue], self.clock, self.random, self.weathers[venue], client)
        self.lanes.append(Lane(client, network, timers))
        return client

    def kill(self, timers: Any) -> None:
        """The process with this clock ends here, whatever it was doing."""
        for lane in [lane for lane in self.lanes if lane.timers is timers]:
            lane.network.vanish()
            self.lanes.remove(lane)

    # ---- time

    def advance(self, until_ns: int, is_awaited: Callable[[], bool]) -> None:
        while not is_awaited():
            target_ns = min(until_ns, self.clock.next_due_ns)
            for lane in self.lanes:
                target_ns = min(target_ns, lane.next_timer_ns())
            if len(self.lanes) > 1:  # in step: none runs ahead of the others by more than a tick
                target_ns = min(target_ns, self.now_ns() + TICK_MS * MS_NS)
            reached_ns = min([target_ns, *(lane.client.advance(target_ns) for lane in self.lanes)])
            outgoing = [(lane.network, carried) for lane in self.lanes for carried in lane.client.outgoing()]
            if outgoing or reached_ns < target_ns:
                self.clock.run_to(reached_ns)
                for network, carried in outgoing:
                    network.carry(*carried)
                continue
            self.clock.run_to(target_ns)
            for lane in list(self.lanes):
                for handler in lane.timers.advance_time(target_ns):
                    handler.handle()
            if target_ns >= until_ns:
                return
