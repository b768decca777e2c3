"""An event loop that never waits: when nothing is ready, the world runs on until something is."""

from __future__ import annotations

import asyncio
import select
from collections.abc import Callable
from typing import Any, Protocol

from .clock import FAR_NS


class Mover(Protocol):
    def now_ns(self) -> int: ...

    def advance(self, until_ns: int, is_awaited: Callable[[], bool]) -> None:
        """Move on to ``until_ns``, or until what is awaited has come."""


class VirtualLoop(asyncio.BaseEventLoop):
    def __init__(self, world: Mover) -> None:
        super().__init__()
        self._world = world
        self._start_ns = world.now_ns()
        self._readers: dict[int, Callable[[], None]] = {}
        self._poll = select.poll()
        self._selector = self
        self._clock_resolution = 1e-6
        self._ready: Any

    def time(self) -> float:
        return (self._world.now_ns() - self._start_ns) / 1e9

    def add_reader(self, fd: Any, callback: Any, *args: Any) -> None:
        self._readers[fd] = callback
        self._poll.register(fd, select.POLLIN)

    def remove_reader(self, fd: Any) -> bool:
        if self._readers.pop(fd, None) is None:
            return False
        self._poll.unregister(fd)
        return True

    def select(self, timeout_s: float | None) -> list[Any]:
        """Where a loop of the real world would sleep."""
        if timeout_s is None or timeout_s > 0:
            until_ns = FAR_NS if timeout_s is None else self._world.now_ns() + round(timeout_s * 1e9)
            self._world.advance(until_ns, lambda: bool(self._ready) or self._read())
        else:
            self._read()
        return []

    def _read(self) -> bool:
        for fd, _ in self._poll.poll(0):
            self.call_soon(self._readers[fd])
        return bool(self._ready)

    def _process_events(self, events: list[Any]) -> None:
        pass

    def _write_to_self(self) -> None:
        pass
