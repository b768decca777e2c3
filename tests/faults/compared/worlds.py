"""One schedule in each of the two worlds."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

from pairs import PAIRS
from realtime_play import running_node, until
from virtual.loop import VirtualLoop
from virtual.process import Process
from virtual.run import prepare
from virtual.venue import LEVELS
from virtual.world import World

from hedgewire.cli.demo_legs import Pair
from hedgewire.pair.config import PairStrategyConfig
from hedgewire.pair.strategy import PairStrategy
from hedgewire.simulator.server import LocalVenue

from .course import Course, witness
from .schedules import SEED, Schedule, stage

PATIENCE_S = 60.0
BUILD_MAKER_WAIT_MS = 500


def _shorten(strategy: PairStrategy) -> None:
    strategy.pair = replace(strategy.pair, build_maker_wait_ms=BUILD_MAKER_WAIT_MS)


def _is_over(strategy: PairStrategy) -> bool:
    return strategy._finished and (strategy.current is None or not strategy.current.desk.live)


def in_virtual_time(schedule: Schedule, venue: str, run_dir: Path) -> Course:
    prepare()
    world = World(SEED, PAIRS[venue])
    app = world.venues[venue].app
    stage(app, PAIRS[venue], schedule)
    loop = VirtualLoop(world)
    with witness() as course:
        process = Process(world, loop, run_dir / "virtual.sqlite", schedule.transport, "sbe", schedule.settings)
        _shorten(process.strategy)

        async def life() -> None:
            await process.begin()
            async with asyncio.timeout(PATIENCE_S):
                while not _is_over(process.strategy):  # noqa: ASYNC110  its own clock, not ours
                    await asyncio.sleep(0.1)

        loop.run_until_complete(life())
        course.close(app, process.strategy)
        process.die()
    for task in asyncio.all_tasks(loop):
        task._log_destroy_pending = False  # type: ignore[attr-defined]  # the process is gone, not stopped
    loop.close()
    return course


def in_real_time(schedule: Schedule, venue: str, run_dir: Path) -> Course:
    return asyncio.run(_really(schedule, PAIRS[venue], run_dir))


async def _really(schedule: Schedule, pair: Pair, run_dir: Path) -> Course:
    venue = LocalVenue(pair[0].venue, seed=SEED)
    profiles = venue.state.market.profiles
    profiles.update({product: replace(profile, levels=LEVELS) for product, profile in profiles.items()})
    settings: dict[str, Any] = {
        "instruments": tuple(leg.instrument for leg in pair),
        "journal_path": str(run_dir / "real.sqlite"),
        **schedule.settings,
    }
    strategy = PairStrategy(PairStrategyConfig(**settings))
    _shorten(strategy)
    with witness() as course:
        async with venue:
            stage(venue.app, pair, schedule)
            async with running_node([venue], strategy, transport=schedule.transport):
                assert await until(lambda: _is_over(strategy), PATIENCE_S), strategy.current
                course.close(venue.app, strategy)
    return course
