"""Questions that are asked again and again while somebody wants the answer: for what a venue does not push."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Hashable, Mapping
from enum import Enum
from typing import Any

from hedgewire.nautilus.v1.data_wants import Wants


class Poll(Enum):
    REFERENCE_PRICES = "mark and index prices"
    STATUS = "instrument statuses"
    OPEN_INTEREST = "open interest"
    HEALTH = "venue health"


Question = Callable[[Collection[Any]], Awaitable[str]]
"""Asks on behalf of these consumers and hands out the answer. Returns why there was none, or an empty string."""


class Polls:
    """One task a poll, alive while it has consumers and the client is connected."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, questions: Mapping[Poll, Question], interval_s: float, log: Any
    ) -> None:
        self._loop = loop
        self._questions = questions
        self._interval_s = interval_s
        self._log = log
        self._wants: Wants[Poll] = Wants()
        self._tasks: dict[Poll, asyncio.Task[None]] = {}

    def want(self, poll: Poll, consumer: Hashable) -> None:
        """A new consumer gets the next answer at once."""
        if self._wants.add(poll, consumer):
            self._restart(poll)

    def unwant(self, poll: Poll, consumer: Hashable) -> None:
        if self._wants.drop(poll, consumer):
            self._tasks.pop(poll).cancel()

    def wanted(self, poll: Poll) -> Collection[Any]:
        return self._wants.of(poll)

    def resume(self) -> None:
        for poll in self._wants:
            self._restart(poll)

    async def pause(self) -> None:
        tasks, self._tasks = list(self._tasks.values()), {}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _restart(self, poll: Poll) -> None:
        running = self._tasks.get(poll)
        if running is not None:
            running.cancel()
        self._tasks[poll] = self._loop.create_task(self._ask_for_ever(poll))

    async def _ask_for_ever(self, poll: Poll) -> None:
        silent_because = ""
        while True:
            try:
                reason = await self._questions[poll](self._wants.of(poll))
            except Exception as error:  # noqa: BLE001  said, and asked again; a bad answer must not end the poll
                reason = str(error) or repr(error)
            if reason and not silent_because:
                self._log.warning(f"no {poll.value}: {reason} (asked every {self._interval_s:g} s)")
            elif silent_because and not reason:
                self._log.info(f"{poll.value} again")
            silent_because = reason
            await asyncio.sleep(self._interval_s)
