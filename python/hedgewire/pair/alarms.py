"""Named alarms of a strategy's clock, delivered on the event loop."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any
from weakref import WeakMethod


@dataclass(frozen=True, slots=True)
class _Alarm:
    number: int
    name: str
    """The clock's, not ours."""
    callback: Callable[[], None]
    repeats: bool


class Alarms:
    """NautilusTrader's live timers fire on a thread of their own, and neither the engine nor the journal may be touched
    from there. A backtest has no loop: callbacks are called at once. ``run`` calls a callback on the loop.

    The clock remembers the last callback of every name it was ever given, out of the garbage collector's sight. So its
    names are used again, and what it is given holds this object weakly."""

    def __init__(self, clock: Any, run: Callable[[Callable[[], None]], None]) -> None:
        self._clock = clock
        self._run = run
        self._loop: asyncio.AbstractEventLoop | None = None
        self._numbers = itertools.count()
        self._alarms: dict[str, _Alarm] = {}

    def set(self, key: str, at_ns: int, callback: Callable[[], None]) -> None:
        """(Re)set an alarm."""
        name, ring = self._take(key, callback, repeats=False)
        self._clock.set_time_alert_ns(name, max(at_ns, self._clock.timestamp_ns()), ring)

    def every(self, key: str, interval_ms: int, callback: Callable[[], None]) -> None:
        name, ring = self._take(key, callback, repeats=True)
        self._clock.set_timer(name, timedelta(milliseconds=interval_ms), callback=ring)

    def clear(self, key: str) -> None:
        alarm = self._alarms.pop(key, None)
        if alarm is not None and alarm.name in self._clock.timer_names:
            self._clock.cancel_timer(alarm.name)

    def _take(self, key: str, callback: Callable[[], None], repeats: bool) -> tuple[str, Callable[[Any], None]]:
        """A name that the clock has free (one that has just fired still occupies its own for a moment)."""
        self.clear(key)
        with contextlib.suppress(RuntimeError):
            self._loop = asyncio.get_running_loop()
        taken = set(self._clock.timer_names)
        name = next(name for name in (f"alarm-{slot}" for slot in itertools.count()) if name not in taken)
        alarm = self._alarms[key] = _Alarm(next(self._numbers), name, callback, repeats)
        return name, partial(_ring, WeakMethod(self._rang), key, alarm.number)

    def _rang(self, key: str, number: int) -> None:
        fire = partial(self._fire, key, number)
        if self._loop is None:
            fire()
        else:
            self._loop.call_soon_threadsafe(self._run, fire)

    def _fire(self, key: str, number: int) -> None:
        alarm = self._alarms.get(key)
        if alarm is None or alarm.number != number:
            return  # cleared or set anew while it was on its way
        if not alarm.repeats:
            del self._alarms[key]
        alarm.callback()


def _ring(rang: WeakMethod[Callable[[str, int], None]], key: str, number: int, _event: Any) -> None:
    method = rang()
    if method is not None:
        method(key, number)
