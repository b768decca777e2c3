"""Many seeds in several processes, resumable, with a summary of faults hit x outcomes for each pair of venues."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from pairs import PAIRS

from .run import Result, play, play_seed, shrink
from .scenario import make_scenario, name_of

CHUNK = 20


@dataclass
class Tally:
    """What was seen so far. Kept as JSON, so that a later call goes on behind the last seed. ``pair``: what all seeds
    are played on; None: each seed draws it."""

    pair: str | None = None
    next_seed: int = 0
    played: int = 0
    hits: Counter[str] = field(default_factory=Counter)
    """``pair | fault | outcome``: how often a fault that bit in a run met its outcome; without a fault: all runs."""
    failed: dict[int, list[str]] = field(default_factory=dict)

    def add(self, seed: int, pair: str, outcome: str, fired: Mapping[str, int], problems: list[str]) -> None:
        self.played += 1
        met = [name for name, count in fired.items() if count]
        self.hits.update(f"{pair} | {name} | {outcome}" for name in (ALL, *met))
        if problems:
            self.failed[seed] = problems

    def save(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_suffix(".new").write_text(json.dumps(self.__dict__, indent=1))
        path.with_suffix(".new").replace(path)

    @classmethod
    def load(cls, path: Path) -> Tally:
        read: dict[str, Any] = json.loads(path.read_text())
        failed = {int(seed): problems for seed, problems in read["failed"].items()}
        return cls(read["pair"], read["next_seed"], read["played"], Counter(read["hits"]), failed)

    def table(self) -> str:
        """For each pair: faults down, outcomes across (their first words), counts of runs."""
        return "\n\n".join(
            self._of_pair(pair) for pair in PAIRS if any(key.startswith(f"{pair} | ") for key in self.hits)
        )

    def _of_pair(self, pair: str) -> str:
        mine = {tuple(key.split(" | ")[1:]): count for key, count in self.hits.items() if key.startswith(f"{pair} | ")}
        outcomes = Counter({outcome: count for (fault, outcome), count in mine.items() if fault == ALL}).most_common()
        lines = [f"{pair}: {sum(count for _, count in outcomes)} runs"]
        lines += [f"{count:7}  {number}: {outcome}" for number, (outcome, count) in enumerate(outcomes, start=1)]
        lines.append(f"{'fault':22}" + "".join(f"{number:>8}" for number in range(1, len(outcomes) + 1)))
        for fault in sorted({fault for fault, _ in mine} - {ALL}):
            lines.append(f"{fault:22}" + "".join(f"{mine.get((fault, each)) or '':>8}" for each, _ in outcomes))
        return "\n".join(lines)

    def again(self, seed: int) -> str:
        """The line that plays a seed again."""
        return f".venv/bin/python tools/soak --seed {seed}" + (f" --venue {self.pair}" if self.pair else "")


ALL = "*"
Told = tuple[int, str, str, dict[str, int], list[str]]


def play_chunk(first: int, count: int, pair: str | None) -> list[Told]:
    return [_told(play_seed(seed, pair)) for seed in range(first, first + count)]


def _told(result: Result) -> Told:
    scenario = result.scenario
    fired = dict(result.fired) | {name_of(each): 1 for each in scenario.troubles if name_of(each) in SPELLS}
    return scenario.seed, scenario.name, result.outcome, fired, result.problems


SPELLS = frozenset({"extra_ms", "is_refusing", "is_mute", "lost_replies", "lost_requests"})


def soak(tally: Tally, count: int, workers: int, deadline: float, kept: Callable[[Tally], None]) -> None:
    """Plays seeds from ``tally.next_seed`` on until ``count`` are played or the monotonic ``deadline`` has passed."""
    end = tally.next_seed + count
    with ProcessPoolExecutor(workers) as pool:
        for told in _in_order(pool, partial(play_chunk, pair=tally.pair), tally.next_seed, end, workers, deadline):
            for each in told:
                tally.add(*each)
            tally.next_seed += len(told)
            kept(tally)


def _in_order(
    pool: ProcessPoolExecutor,
    play_some: Callable[[int, int], list[Told]],
    first: int,
    end: int,
    workers: int,
    deadline: float,
) -> Iterator[list[Told]]:
    waiting: list[Future[list[Told]]] = []
    while waiting or (first < end and time.monotonic() < deadline):
        while len(waiting) < 2 * workers and first < end and time.monotonic() < deadline:
            waiting.append(pool.submit(play_some, first, min(CHUNK, end - first)))
            first += CHUNK
        if not waiting:
            return
        wait(waiting[:1], return_when=FIRST_COMPLETED)
        yield waiting.pop(0).result()


def explain(seed: int, pair: str | None) -> str:
    """One seed: how it ended; where it failed, with the shortest schedule that still does."""
    result = play(make_scenario(seed, pair))
    lines = [f"seed {seed}: {result.outcome} after {result.elapsed_ms} ms of its time, trace {result.trace}"]
    if result.problems:
        lines += [f"  {problem}" for problem in result.problems]
        smallest = shrink(result.scenario)
        lines += ["shortest schedule that fails:", f"  {smallest.scenario.describe()}"]
        lines += [f"  {problem}" for problem in smallest.problems]
    else:
        lines.append(f"  {result.scenario.describe()}")
    return "\n".join(lines)
