"""The one clock of a local venue: real time, or paused and stepped by control calls.

All timestamps are nanoseconds since the epoch. Everything periodic (market, funding, batches) is a timer on
this clock, so that stepping it runs hours of venue life in milliseconds and in a fixed order.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from collections.abc import Callable

MS_NS = 1_000_000
SECOND_NS = 1_000_000_000
RUNS_PER_STEP = 600
EXACT_PERIOD_NS = 3600 * SECOND_NS

TimerCallback = Callable[[], None]


class VenueClock:
    """Engine time. ``stamp_ns`` is strictly increasing, ``now_ns`` is the reading that does not consume a tick."""

    def __init__(self, *, paused: bool = False, start_ns: int | None = None) -> None:
        self._offset_ns = 0
        self._paused_at_ns: int | None = None
        if start_ns is not None:
            self._offset_ns = start_ns - time.time_ns()
        if paused:
            self._paused_at_ns = start_ns if start_ns is not None else time.time_ns()
        self._last_stamp_ns = 0
        self._sequence = itertools.count()
        self._timers: list[tuple[int, int, TimerCallback]] = []
        self._wake = asyncio.Event()
        self._skew_ns = 0
        self._step_target_ns = 0
        self._stretch_ns = 0

    @property
    def paused(self) -> bool:
        return self._paused_at_ns is not None

    def now_ns(self) -> int:
        """Current venue time in nanoseconds."""
        if self._paused_at_ns is not None:
            return self._paused_at_ns
        return time.time_ns() + self._offset_ns

    def now_ms(self) -> int:
        """Venue time as clients see it, in milliseconds; includes an injected skew."""
        return (self.now_ns() + self._skew_ns) // MS_NS

    def now_s(self) -> int:
        """Venue time in whole seconds."""
        return self.now_ns() // SECOND_NS

    def stamp_ns(self) -> int:
        """A fresh event timestamp, larger than every one given before."""
        self._last_stamp_ns = max(self.now_ns(), self._last_stamp_ns + 1)
        return self._last_stamp_ns

    def add_skew_ms(self, skew_ms: int) -> None:
        """Fault: report (and judge request times by) a clock that is off by ``skew_ms`` more."""
        self._skew_ns += skew_ms * MS_NS

    def pause(self) -> None:
        if self._paused_at_ns is None:
            self._paused_at_ns = self.now_ns()

    def resume(self) -> None:
        if self._paused_at_ns is not None:
            self._offset_ns = self._paused_at_ns - time.time_ns()
            self._paused_at_ns = None
            self._wake.set()

    def step_ms(self, step_ms: int) -> None:
        """Advance a paused clock by ``step_ms`` and run every timer that falls due, in order of time.

        In a long step the frequent timers (walk, depth batches, samples) run more rarely, ``RUNS_PER_STEP`` times at
        most, so that a day of funding takes a moment; hourly ones and one-shot timers keep their exact times.
        """
        if self._paused_at_ns is None:
            raise ValueError(f"cannot step a running clock by {step_ms} ms; hint: pause it first")
        if step_ms < 0:
            raise ValueError(f"step_ms={step_ms} is negative; hint: venue time only moves forward")
        target_ns = self._step_target_ns = self._paused_at_ns + step_ms * MS_NS
        self._stretch_ns = step_ms * MS_NS // RUNS_PER_STEP
        while self._timers and self._timers[0][0] <= target_ns:
            due_ns, _, callback = heapq.heappop(self._timers)
            self._paused_at_ns = max(self._paused_at_ns, due_ns)
            callback()
        self._paused_at_ns = target_ns
        self._stretch_ns = 0

    def call_at(self, due_ns: int, callback: TimerCallback) -> None:
        """Run ``callback`` once when venue time reaches ``due_ns``."""
        heapq.heappush(self._timers, (due_ns, next(self._sequence), callback))
        self._wake.set()

    def call_after_ms(self, delay_ms: int, callback: TimerCallback) -> None:
        self.call_at(self.now_ns() + delay_ms * MS_NS, callback)

    def every_ms(self, period_ms: int, callback: TimerCallback, *, first_due_ns: int | None = None) -> None:
        """Run ``callback`` every ``period_ms``; late periods of a busy process are skipped, not bunched."""
        period_ns = period_ms * MS_NS
        due_ns = first_due_ns if first_due_ns is not None else self.now_ns() + period_ns

        def run() -> None:
            nonlocal due_ns
            callback()
            if self._stretch_ns > period_ns and period_ns < EXACT_PERIOD_NS:
                due_ns = min(due_ns + self._stretch_ns, max(due_ns + period_ns, self._step_target_ns))
            else:
                due_ns += period_ns
            behind_ns = self.now_ns() - due_ns
            if behind_ns > 0 and not self.paused:
                due_ns += (behind_ns // period_ns) * period_ns
            self.call_at(due_ns, run)

        self.call_at(due_ns, run)

    async def wait_ms(self, delay_ms: int) -> None:
        """Wait venue time. A paused clock does not wait: with stepped time latency is not modelled."""
        if delay_ms <= 0 or self.paused:
            return
        done = asyncio.get_running_loop().create_future()
        self.call_after_ms(delay_ms, lambda: None if done.done() else done.set_result(None))
        await done

    async def run(self) -> None:
        """Drive the timers in real time until cancelled."""
        while True:
            self._wake.clear()
            if self.paused:
                await self._wake.wait()
                continue
            timeout_s: float | None = None
            if self._timers:
                wait_ns = self._timers[0][0] - self.now_ns()
                if wait_ns <= 0:
                    _, _, callback = heapq.heappop(self._timers)
                    callback()
                    if not self._timers or self._timers[0][0] > self.now_ns():
                        continue
                    await asyncio.sleep(0)
                    continue
                timeout_s = wait_ns / SECOND_NS
            try:
                await asyncio.wait_for(self._wake.wait(), timeout_s)
            except TimeoutError:
                continue
