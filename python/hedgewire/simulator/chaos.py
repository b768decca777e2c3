"""Plays schedules of faults on a running local venue: one, or one after the other without end."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

from hedgewire.simulator import fault_actions
from hedgewire.simulator.arming import parse_fault
from hedgewire.simulator.fault_checks import FaultError
from hedgewire.simulator.schedule import Planned, make_schedule

if TYPE_CHECKING:
    from hedgewire.simulator.venue import VenueApp

WINDOW_MS = 60_000


def play(app: VenueApp, schedule: Iterable[Planned]) -> list[Planned]:
    """Arm every fault for its time, from now on; each is removed when its time is over.

    Returns those that were armed: not one that would hold what another fault holds already.
    """
    words, armed = app.vocabulary(), []
    for planned in schedule:
        fault = parse_fault(planned.body() | {"start_in_ms": planned.at_ms}, words)
        try:
            fault_actions.post(app, fault)
        except FaultError:
            continue
        armed.append(planned)
        if planned.until_ms is not None:
            app.state.clock.call_after_ms(planned.until_ms, partial(_end, app, fault.fault_id))
    return armed


def _end(app: VenueApp, fault_id: int) -> None:
    fault_actions.disarm(app, None, fault_id)


class Chaos:
    """A new schedule every minute of venue time, until it is ended; the same seed plays the same ones."""

    def __init__(self, app: VenueApp) -> None:
        self.app = app
        self.seed: int | None = None
        self.window = 0
        self.schedule: list[Planned] = []
        self._run = 0

    def begin(self, seed: int) -> None:
        """Also in place of an earlier one."""
        self.end()
        self.seed, self.window, self._run = seed, 0, self._run + 1
        self._next(self._run)

    def end(self) -> None:
        """Plan nothing more; what is armed stays until its time is over or it is removed."""
        self.seed, self.schedule = None, []

    def _next(self, run: int) -> None:
        if self.seed is None or run != self._run:
            return
        product_ids = list(self.app.state.ledger.markets)
        name = f"{self.seed}/{self.window}"
        self.schedule = play(self.app, make_schedule(name, WINDOW_MS, product_ids, words=self.app.fault_words))
        self.window += 1
        self.app.state.clock.call_after_ms(WINDOW_MS, partial(self._next, run))

    def to_json(self) -> dict[str, object] | None:
        """What is planned for the current minute; None while it rests."""
        if self.seed is None:
            return None
        planned = [{"at_ms": p.at_ms, "until_ms": p.until_ms, **p.body()} for p in self.schedule]
        return {"seed": self.seed, "window": self.window, "schedule": planned}
