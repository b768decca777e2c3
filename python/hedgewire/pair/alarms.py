"""Named alarms of a strategy's clock, delivered on the event loop."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any


class Alarms:
    """NautilusTrader's live timers fire on a thread of their own, and neither the engine nor the journal may be touched
    from there. A backtest has no loop: callbacks are called at once. ``run`` calls a callback on the loop."""

    def __init__(self, clock: Any, run: Callable[[Callable[[], None]], None]) -> None:
        self._clock = clock
        self._run = run
        self._loop: asyncio.AbstractEventLoop | None = None
        self._names: dict[str, str] = {}
        self._count = 0

    def set(self, key: str, at_ns: int, callback: Callable[[], None]) -> None:
        """(Re)set an alarm. It gets a name of its own: one that has just fired still occupies its name for a moment."""
        self.clear(key)
        self._count += 1
        name = self._names[key] = f"{key}:{self._count}"

        def fire() -> None:
            if self._names.get(key) == name:
                del self._names[key]
                callback()

        self._clock.set_time_alert_ns(name, max(at_ns, self._clock.timestamp_ns()), self._on_loop(fire))

    def clear(self, key: str) -> None:
        name = self._names.pop(key, None)
        if name is not None and name in self._clock.timer_names:
            self._clock.cancel_timer(name)

    def every(self, name: str, interval_ms: int, callback: Callable[[], None]) -> None:
        self._clock.set_timer(name, timedelta(milliseconds=interval_ms), callback=self._on_loop(callback))

    def _on_loop(self, callback: Callable[[], None]) -> Callable[[Any], None]:
        with contextlib.suppress(RuntimeError):
            self._loop = asyncio.get_running_loop()
        loop = self._loop

        def hop(_event: Any) -> None:
            if loop is None:
                callback()
            else:
                loop.call_soon_threadsafe(self._run, callback)

        return hop
