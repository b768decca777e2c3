"""Many seeds in several processes, resumable, with a summary of faults hit x outcomes."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .run import Result, play, play_seed, shrink
from .scenario import make_scenario, name_of

CHUNK = 20


@dataclass
class Tally:
    """What was seen so far. Kept as JSON, so that a later call goes on behind the last seed."""

    next_seed: int = 0
    played: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    hits: Counter[str] = field(default_factory=Counter)
    """``fault | outcome``: how often a fault that bit in a run met its outcome."""
    failed: dict[int, list[str]] = field(default_factory=dict)

    def add(self, seed: int, outcome: str, fired: dict[str, int], problems: list[str]) -> None:
        self.played += 1
        self.outcomes[outcome] += 1
        self.hits.update(f"{name} | {outcome}" for name, count in fired.items() if count)
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
        return cls(read["next_seed"], read["played"], Counter(read["outcomes"]), Counter(read["hits"]), failed)

    def table(self) -> str:
        """Faults down, outcomes across (their first words), counts of runs."""
        columns = [name for name, _ in self.outcomes.most_common()]
        faults = sorted({key.split(" | ")[0] for key in self.hits})
        lines = [f"{count:7}  {name}" for name, count in self.outcomes.most_common()]
        lines.append("\nfault" + " " * 17 + "".join(f"{number:>8}" for number in range(1, len(columns) + 1)))
        for fault in faults:
            lines.append(f"{fault:22}" + "".join(f"{self.hits[f'{fault} | {column}'] or '':>8}" for column in columns))
        lines += [f"column {number}: {name}" for number, name in enumerate(columns, start=1)]
        return "\n".join(lines)


Told = tuple[int, str, dict[str, int], list[str]]


def play_chunk(first: int, count: int) -> list[Told]:
    return [_told(seed, play_seed(seed)) for seed in range(first, first + count)]


def _told(seed: int, result: Result) -> Told:
    fired = dict(result.fired) | {name_of(each): 1 for each in result.scenario.troubles if name_of(each) in SPELLS}
    return seed, result.outcome, fired, result.problems


SPELLS = frozenset({"extra_ms", "is_refusing", "is_mute", "lost_replies", "lost_requests"})


def soak(tally: Tally, count: int, workers: int, deadline: float, kept: Callable[[Tally], None]) -> None:
    """Plays seeds from ``tally.next_seed`` on until ``count`` are played or the monotonic ``deadline`` has passed."""
    end = tally.next_seed + count
    with ProcessPoolExecutor(workers) as pool:
        for told in _in_order(pool, tally.next_seed, end, workers, deadline):
            for each in told:
                tally.add(*each)
            tally.next_seed += len(told)
            kept(tally)


def _in_order(pool: ProcessPoolExecutor, first: int, end: int, workers: int, deadline: float) -> Iterator[list[Told]]:
    waiting: list[Future[list[Told]]] = []
    while waiting or (first < end and time.monotonic() < deadline):
        while len(waiting) < 2 * workers and first < end and time.monotonic() < deadline:
            waiting.append(pool.submit(play_chunk, first, min(CHUNK, end - first)))
            first += CHUNK
        if not waiting:
            return
        wait(waiting[:1], return_when=FIRST_COMPLETED)
        yield waiting.pop(0).result()


def explain(seed: int) -> str:
    """One seed: how it ended; where it failed, with the shortest schedule that still does."""
    result = play(make_scenario(seed))
    lines = [f"seed {seed}: {result.outcome} after {result.elapsed_ms} ms of its time, trace {result.trace}"]
    if result.problems:
        lines += [f"  {problem}" for problem in result.problems]
        smallest = shrink(result.scenario)
        lines += ["shortest schedule that fails:", f"  {smallest.scenario.describe()}"]
        lines += [f"  {problem}" for problem in smallest.problems]
    else:
        lines.append(f"  {result.scenario.describe()}")
    return "\n".join(lines)
