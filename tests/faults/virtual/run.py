"""Plays a scenario to its end and hands the remains to the judge."""

from __future__ import annotations

import asyncio
import gc
import hashlib
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache, partial
from pathlib import Path
from typing import Any

from nautilus_trader.common.component import init_logging, is_logging_initialized

from hedgewire.errors import HedgewireError
from hedgewire.pair.vocabulary import State
from hedgewire.simulator import chaos
from hedgewire.simulator.orders import Fill

from . import judge
from .history import History
from .loop import VirtualLoop
from .process import Process
from .recording import Recording
from .scenario import Kill, Scenario, Second, Spell, make_scenario
from .world import START_NS, World

PATIENCE_MS = 900_000
"""Of the world's time, for the strategy to end after the last trouble."""
CALM_MS = 3_000
CLOSING_MS = 45_000
"""For what is open after a halt: half as long again as the longest pause between two attempts."""
RESTART_MS = 5_000


@dataclass
class Result:
    scenario: Scenario
    problems: list[str]
    outcome: str
    fired: Counter[str]
    elapsed_ms: int
    trace: str
    """The same for the same seed, whatever machine it runs on."""


@dataclass
class Seat:
    """Where a trading process runs, dies, and is started again."""

    journal: Path
    begin_ns: int
    closed_by_ns: int
    process: Process | None = None
    lives: int = 0

    def kill(self) -> None:
        """The process ends here, whatever it was doing."""
        if self.process is not None:
            self.process.die()

    def is_over(self, now_ns: int) -> bool:
        """Ended, and no order left of which the end is not known: a halt does not excuse from finding out. A halt with
        something open goes on closing it, and has time for that when the last trouble is over."""
        if self.process is None:
            return False
        strategy, cycle = self.process.strategy, self.process.strategy.current
        if not strategy._finished or cycle is None or cycle.desk.live:
            return strategy._finished and cycle is None
        return cycle.state is not State.HALTED_DIRTY or not cycle.supervised or now_ns > self.closed_by_ns


@dataclass
class Remains:
    """What a run leaves to be judged."""

    world: World
    seats: list[Seat]
    recording: Recording
    history: History
    most_exposure_usd: Decimal = Decimal(0)
    failures: list[str] = field(default_factory=list)


def play(scenario: Scenario, directory: Path | None = None) -> Result:
    """``directory``: where the journal stays; None: in memory-backed storage, thrown away."""
    prepare()
    if directory is None:
        memory = Path("/dev/shm")
        with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as made:
            try:
                return play(scenario, Path(made))
            finally:
                gc.collect()  # engine, strategy and loop hold each other, and descriptors with them
    world = World(scenario.seed, scenario.legs)
    kills = sorted((each for each in scenario.troubles if isinstance(each, Kill)), key=lambda each: each.at_ms)
    closed_by_ns = START_NS + (scenario.calm_ms + CLOSING_MS) * 10**6
    seats = [Seat(directory / "journal.sqlite", START_NS, closed_by_ns)]
    if not kills:
        seconds = [each for each in scenario.troubles if isinstance(each, Second)]
        seats += [Seat(directory / "second.sqlite", START_NS + each.at_ms * 10**6, closed_by_ns) for each in seconds]
    remains = Remains(world, seats, Recording(), History(world.venues.values()))
    with remains.recording:
        _watch(remains)
        _plan(world, scenario)
        first = seats[0]
        for kill in kills:
            _live(remains, scenario, START_NS + kill.at_ms * 10**6)
            if first.is_over(world.now_ns()):
                break
            first.kill()
            world.advance(world.now_ns() + kill.down_ms * 10**6, lambda: False)
        else:
            _live(remains, scenario, None)
        problems = judge.judge(remains, scenario)
    trace = hashlib.blake2b(repr(remains.recording.lines).encode(), digest_size=8).hexdigest()
    fired: Counter[str] = Counter(kill=max(0, first.lives - 1), second=len(seats) - 1)
    for venue in world.venues.values():
        fired += venue.state.faults.fired
    result = Result(scenario, problems, judge.outcome(remains), fired, (world.now_ns() - START_NS) // 10**6, trace)
    for seat in seats:
        seat.kill()
    return result


def play_seed(seed: int, pair: str | None = None) -> Result:
    return play(make_scenario(seed, pair))


def shrink(scenario: Scenario) -> Result:
    """The same failure with as few troubles as can be: each is left out in turn while it still fails."""
    result = play(scenario)
    again = True
    while again and result.problems:
        again = False
        for trouble in result.scenario.troubles:
            smaller = play(result.scenario.without(trouble))
            if {each.split(":")[0] for each in smaller.problems} & {each.split(":")[0] for each in result.problems}:
                result, again = smaller, True
                break
    return result


def _live(remains: Remains, scenario: Scenario, until_ns: int | None) -> None:
    """One life of each process, to its end or to ``until_ns``."""
    loop = VirtualLoop(remains.world)
    loop.set_exception_handler(
        lambda _loop, context: remains.failures.append(f"loop: {context.get('exception') or context}")
    )

    async def lives() -> None:
        tasks = [loop.create_task(_life(remains, seat, loop, scenario)) for seat in remains.seats]
        left_s = None if until_ns is None else max(0.0, (until_ns - remains.world.now_ns()) / 1e9)
        await asyncio.wait(tasks, timeout=left_s)
        for task in tasks:
            if task.done():
                task.result()

    loop.run_until_complete(lives())
    for task in asyncio.all_tasks(loop):
        task._log_destroy_pending = False  # type: ignore[attr-defined]  # the process is gone, not stopped
    loop.close()


async def _life(remains: Remains, seat: Seat, loop: VirtualLoop, scenario: Scenario) -> None:
    """From a start to the end. A start that the venue does not allow is tried again."""
    world = remains.world
    await asyncio.sleep(max(0, seat.begin_ns - world.now_ns()) / 1e9)
    deadline_ns = world.now_ns() + PATIENCE_MS * 10**6
    while world.now_ns() < deadline_ns:
        seat.lives += 1
        process = seat.process = Process(
            world, loop, seat.journal, scenario.transport, scenario.encoding, scenario.pair
        )
        try:
            await process.begin()
        except HedgewireError as error:
            remains.recording.say(world.now_ns(), f"not started: {error.message}")
            seat.kill()
            seat.process = None
            await asyncio.sleep(RESTART_MS / 1000)
            continue
        while not seat.is_over(world.now_ns()) and world.now_ns() < deadline_ns:  # noqa: ASYNC110  its own clock, not ours
            await asyncio.sleep(0.5)
        await asyncio.sleep(CALM_MS / 1000)
        return


def _watch(remains: Remains) -> None:
    world = remains.world

    def note(account: str, event: Any) -> None:
        if isinstance(event, Fill) and event.order.owner == account:
            remains.most_exposure_usd = max(remains.most_exposure_usd, world.exposure_usd())

    for venue in world.venues.values():
        venue.state.exchange.listen(partial(note, venue.account))


def _plan(world: World, scenario: Scenario) -> None:
    for name, venue in world.venues.items():
        chaos.play(venue.app, scenario.faults_of(name))
    for spell in (each for each in scenario.troubles if isinstance(each, Spell)):
        for weather in [weather for name, weather in world.weathers.items() if spell.venue in ("", name)]:
            kind = type(getattr(weather, spell.name))
            world.clock.call_after_ms(spell.at_ms, partial(setattr, weather, spell.name, kind(spell.value)))
            world.clock.call_after_ms(spell.until_ms, partial(setattr, weather, spell.name, kind(0)))


@cache
def prepare() -> Any:
    """Once a process. What is imported by now need not be looked at after every run."""
    gc.freeze()
    return None if is_logging_initialized() else init_logging(bypass=True)
