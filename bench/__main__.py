"""``python -m bench``: all figures, or with ``--only TEXT`` those whose name has the text.

Writes ``bench-results/latest.json``; with all figures also ``BENCHMARKS.md`` and ``bench/growth.svg``.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import statistics
import sys
from pathlib import Path

from bench import page
from bench.cases import CASES, ROOT, CaseError
from bench.figures import FIGURES, Samples, needed

RESULTS = ROOT / "bench-results" / "latest.json"


def host() -> str:
    """Processor, number of CPUs, system, interpreter: what the figures depend on, and nobody's name."""
    names = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    model = names[0] if names else platform.processor()
    return (
        f"{model}, {os.cpu_count()} CPUs, {platform.system()} {platform.release()}, CPython {platform.python_version()}"
    )


def measure(names: list[str], rounds: int, share: float) -> Samples:
    """Each case once a round, in the same order, so that a case and its peer meet the same neighbours.

    A case that fails is left out, with an error on the terminal: the other figures are not lost with it.
    """
    samples: Samples = {name: [] for name in names}
    failed: set[str] = set()
    for round_ in range(rounds):
        for name in names:
            if round_ >= CASES[name].rounds or name in failed:
                continue
            print(f"round {round_ + 1} of {rounds}: {name}", file=sys.stderr, flush=True)
            try:
                samples[name].append(CASES[name].run(share))
            except CaseError as error:
                print(f"error: {error}", file=sys.stderr, flush=True)
                failed.add(name)
    return {name: taken for name, taken in samples.items() if name not in failed}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--share", type=float, default=1.0, help="of the full size of each case")
    parser.add_argument("--only", default="", help="figures whose name contains this")
    parser.add_argument("--to", type=Path, default=RESULTS)
    wanted = parser.parse_args()
    figures = needed(wanted.only)
    if not figures:
        print(f"error: no figure is called {wanted.only!r}\nhint: see bench/figures.py", file=sys.stderr)
        return 2
    used = {case for figure in figures for case in figure.cases()}
    if figures == list(FIGURES):
        used = set(CASES)
    asked = [name for name in CASES if name in used]
    samples = measure(asked, wanted.rounds, wanted.share)
    whole = len(samples) == len(asked)
    result = {
        "host": host(),
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "figures": [figure.measured(samples) for figure in figures if figure.cases() <= samples.keys()],
    }
    wanted.to.parent.mkdir(parents=True, exist_ok=True)
    wanted.to.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")
    print(page.table(result))
    if whole and figures == list(FIGURES) and wanted.to == RESULTS:
        (ROOT / "BENCHMARKS.md").write_text(page.markdown(result, wanted.rounds, wanted.share))
        medians = {
            name: {field: statistics.median(one[field] for one in taken) for field in taken[0]}
            for name, taken in samples.items()
        }
        page.plot(medians, ROOT / "bench" / "growth.svg")
    return 0 if whole else 1


if __name__ == "__main__":
    sys.exit(main())
