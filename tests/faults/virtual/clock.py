"""The one clock of a virtual world: the venue's own, moved by whoever runs the world."""

from __future__ import annotations

import heapq
from collections.abc import Awaitable, Callable, Generator

from hedgewire.simulator.clock import MS_NS, VenueClock

FAR_NS = 1 << 62


class _Pause(Awaitable[None]):
    """What a handler of the venue waits for: so many milliseconds of the world's time."""

    def __init__(self, delay_ms: int) -> None:
        self.delay_ms = delay_ms

    def __await__(self) -> Generator[int, None, None]:
        yield self.delay_ms


class WorldClock(VenueClock):
    """A paused venue clock whose timers are the world's events; here a handler's wait really takes time."""

    def __init__(self, start_ns: int) -> None:
        super().__init__(paused=True, start_ns=start_ns)
        self._at_ns = start_ns

    def now_ns(self) -> int:
        return self._at_ns

    @property
    def paused(self) -> bool:
        """To the venue it runs: here even a wait takes its time."""
        return False

    @property
    def next_due_ns(self) -> int:
        return self._timers[0][0] if self._timers else FAR_NS

    def run_to(self, target_ns: int) -> None:
        """Move on, and run what is due on the way, in order of time."""
        while self._timers and self._timers[0][0] <= target_ns:
            due_ns, _, callback = heapq.heappop(self._timers)
            self._at_ns = max(self._at_ns, due_ns)
            callback()
        self._at_ns = max(self._at_ns, target_ns)

    async def wait_ms(self, delay_ms: int) -> None:
        if delay_ms > 0:
            await _Pause(delay_ms)

    def play[T](self, handler: Generator[int, None, T], done: Callable[[T], None]) -> None:
        """Run a handler (``coroutine.__await__()``) through its waits; ``done`` gets what it returned."""
        try:
            delay_ms = next(handler)
        except StopIteration as end:
            done(end.value)
        else:
            self.call_at(self.now_ns() + delay_ms * MS_NS, lambda: self.play(handler, done))


class VenueTime(WorldClock):
    """The world's clock as one venue reads it: the same timers, a skew of its own."""

    def __init__(self, world: WorldClock) -> None:
        super().__init__(world.now_ns())
        self._world = world
        self._timers = world._timers
        self._sequence = world._sequence

    def now_ns(self) -> int:
        return self._world.now_ns()
