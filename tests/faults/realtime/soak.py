"""Schedules of faults in real time, one after the other: ``soak.py --seeds 1000`` or, for one, ``soak.py --seed 17``.
Each seed draws what it is played on: Nado, Paradex, or one coin at both.

Results are appended to ``results.jsonl`` in ``--out``; what is there already is not played again. Exit code 1 when any
schedule left a problem; each is shrunk to the fewest faults that still leave one.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(1, str(Path(__file__).parents[1]))

from pairs import PAIRS, pair_of_seed, schedule_of
from realtime_play import FAULTS_MS, Verdict, play_seed

PER_PROCESS = 25
"""Seeds that one process plays: NautilusTrader keeps something of every node."""
RESULTS = "results.jsonl"


def known(out: Path) -> dict[int, dict[str, Any]]:
    path = out / RESULTS
    rows = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    return {row["seed"]: row for row in rows}


async def play_here(seeds: list[int], pair: str | None, out: Path) -> None:
    """One JSON line for each seed, as it ends."""
    for seed in seeds:
        verdict = await play_seed(seed, out / f"seed-{seed}", pair=pair)
        print(verdict.to_json(), flush=True)


async def shrink(seed: int, pair: str | None, out: Path) -> Verdict | None:
    """Leave out one fault after the other while a problem remains; None when it does not come again."""
    name = pair or pair_of_seed(seed)
    schedule = schedule_of(seed, PAIRS[name], FAULTS_MS)
    smallest: Verdict | None = None
    for index in reversed(range(len(schedule) + 1)):
        tried = schedule if index == len(schedule) else schedule[:index] + schedule[index + 1 :]
        verdict = await play_seed(seed, out / f"shrink-{seed}", pair=name, schedule=tried)
        if verdict.problems:
            schedule, smallest = tried, verdict
        elif index == len(schedule):
            return None
    return smallest


def spread(seeds: list[int], pair: str | None, out: Path, workers: int) -> None:
    """Play the seeds in ``workers`` processes at a time, and append what each says."""
    size = max(1, min(PER_PROCESS, -(-len(seeds) // workers)))
    batches = [seeds[start : start + size] for start in range(0, len(seeds), size)]
    running: list[subprocess.Popen[str]] = []
    with (out / RESULTS).open("a") as results:
        while batches or running:
            while batches and len(running) < workers:
                batch = ",".join(map(str, batches.pop(0)))
                command = [sys.executable, __file__, "--play", batch, "--out", str(out)]
                command += ["--venue", pair] if pair else []
                errors = (out / "stderr").open("a")
                running.append(subprocess.Popen(command, stdout=results, stderr=errors, text=True))
            for process in [process for process in running if process.poll() is not None]:
                running.remove(process)
            time.sleep(0.1)


def summary(rows: list[dict[str, Any]]) -> str:
    """For each pair of venues: faults that were met x how their schedules ended."""
    mine = {pair: [row for row in rows if row["pair"] == pair] for pair in PAIRS}
    return "\n\n".join(_of_pair(pair, rows) for pair, rows in mine.items() if rows)


def _of_pair(pair: str, rows: list[dict[str, Any]]) -> str:
    table: dict[str, Counter[str]] = defaultdict(Counter)
    outcomes: Counter[str] = Counter()
    for row in rows:
        outcome = "PROBLEM" if row["problems"] else row["outcome"].split()[0]
        outcomes[outcome] += 1
        for name in row["fired"]:
            table[name][outcome] += 1
    columns = sorted(outcomes)
    lines = [
        f"{pair}: {len(rows)} schedules: {dict(outcomes)}",
        f"{'fault':<22}" + "".join(f"{name:>12}" for name in columns),
    ]
    lines += [
        f"{name:<22}" + "".join(f"{met[column]:>12}" for column in columns) for name, met in sorted(table.items())
    ]
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1_000, help="how many, from --first on")
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--seed", type=int, help="only this one, and say everything")
    parser.add_argument("--venue", choices=list(PAIRS), help="of every seed, in place of what it draws")
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--out", type=Path, default=Path("target/soak-realtime"))
    parser.add_argument("--shrink", action="store_true", help="shrink what failed")
    parser.add_argument("--play", help=argparse.SUPPRESS)
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    if given.play:
        asyncio.run(play_here([int(seed) for seed in given.play.split(",")], given.venue, given.out))
        return 0
    if given.seed is not None:
        verdict = asyncio.run(
            play_seed(given.seed, given.out / f"seed-{given.seed}", pair=given.venue, log_to=given.out)
        )
        print(json.dumps(json.loads(verdict.to_json()), indent=2))
        return 1 if verdict.problems else 0
    wanted = range(given.first, given.first + given.seeds)
    done = known(given.out)
    spread([seed for seed in wanted if seed not in done], given.venue, given.out, given.workers)
    rows = [row for seed, row in sorted(known(given.out).items()) if seed in wanted]
    print(summary(rows))
    failed = [row for row in rows if row["problems"]]
    for row in failed:
        again = f"{sys.executable} {__file__} --seed {row['seed']} --venue {row['pair']}"
        print(f"seed {row['seed']}: {row['problems']}\n  again: {again}")
        smallest = asyncio.run(shrink(row["seed"], row["pair"], given.out)) if given.shrink else None
        if smallest is not None:
            print(f"  enough: {smallest.schedule}")
    missing = sorted(set(wanted) - {row["seed"] for row in rows})
    if missing:
        print(f"no result of {missing[:20]}: see {given.out}/stderr")
    return 1 if failed or missing else 0


if __name__ == "__main__":
    sys.exit(main())
