"""Every step of every cycle machine: whether it can be repeated from its events, and whether it kept its limits."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from decimal import Decimal
from types import TracebackType
from typing import Any

from hedgewire.pair import strategy as strategy_module
from hedgewire.pair.cycle import PairCycle
from hedgewire.pair.vocabulary import ZERO, Action, Event, State, Submit

BUILDING = frozenset({State.PREFLIGHT, State.BUILD_PLACING, State.BUILD_WORKING, State.BUILD_COMPLETING})


class _Log:
    def __init__(self, arguments: tuple[Any, ...], guards: Any) -> None:
        self.arguments = arguments
        self.guards = guards
        self.steps: list[tuple[Event, int, list[Action], Any]] = []
        self.cycle: Any = None


class Recording:
    """While entered, cycles that the strategy makes are recorded."""

    def __init__(self) -> None:
        self.logs: list[_Log] = []
        self.lines: list[tuple[int, str]] = []
        self.breaches: list[str] = []

    def say(self, now_ns: int, text: str) -> None:
        self.lines.append((now_ns, text))

    def __enter__(self) -> Recording:
        recording = self

        class Recorded(PairCycle):
            def __init__(
                self, config: Any, legs: Any, direction: Any, guards: Any, cycle_id: str, earlier_orders: int = 0
            ) -> None:
                super().__init__(config, legs, direction, guards, cycle_id, earlier_orders)
                self.log = _Log((config, legs, direction, cycle_id, earlier_orders), copy.deepcopy(guards))
                self.log.cycle = self
                recording.logs.append(self.log)

            def step(self, event: Event, now_ns: int) -> list[Action]:
                # What others told the guard meanwhile (funding between cycles) belongs to the input.
                loss = self.guards.daily_loss
                realised, before = (loss.day, loss.realised), self.state
                actions = super().step(event, now_ns)
                recording.breaches += _breaches(self, before, loss.realised if before in BUILDING else ZERO, actions)
                self.log.steps.append((event, now_ns, list(actions), realised))
                recording.say(now_ns, f"{event} -> {actions}")
                return actions

        self._real, strategy_module.PairCycle = strategy_module.PairCycle, Recorded  # type: ignore[misc]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        strategy_module.PairCycle = self._real  # type: ignore[misc]

    def differences(self) -> Iterable[str]:
        """Replays each log into a fresh machine; yields what came out otherwise."""
        for log in self.logs:
            config, legs, direction, cycle_id, earlier_orders = log.arguments
            guards = log.guards
            fresh = PairCycle(config, legs, direction, guards, cycle_id, earlier_orders)
            for number, (event, now_ns, actions, realised) in enumerate(log.steps):
                guards.daily_loss.day, guards.daily_loss.realised = realised
                if fresh.step(event, now_ns) != actions:
                    yield f"{cycle_id} step {number}: {event} gives other actions"
                    break
            else:
                if fresh.state is not log.cycle.state or fresh.desk.ledger != log.cycle.desk.ledger:
                    yield f"{cycle_id}: ends as {fresh.state}, was {log.cycle.state}"


def _breaches(cycle: PairCycle, before: State, realised: Decimal, actions: list[Action]) -> Iterable[str]:
    """Limits that a step may not leave behind it, computed apart from the guards that keep them."""
    desk, guards = cycle.desk, cycle.guards
    if cycle.state is State.HOLDING and len(desk.books) == len(desk.specs):
        values = [desk.held(leg) * (book.bid + book.ask) / 2 for leg, book in desk.books.items()]
        gross = sum((abs(value) for value in values), ZERO)
        if abs(sum(values, ZERO)) > guards.delta.emergency * gross:
            yield f"net_delta: {desk.cycle_id} holds on with legs of {values} USD"
        if guards.daily_loss.realised + desk.open_result() <= -guards.daily_loss.limit:
            yield f"daily_loss: {desk.cycle_id} holds on with {desk.open_result()} USD open"
    if realised <= -guards.daily_loss.limit and any(isinstance(act, Submit) and not act.reduce_only for act in actions):
        yield f"daily_loss: {desk.cycle_id} takes risk in {before} with {realised} USD lost"
