"""Compare measured coverage with the floors below, from coverage/tarpaulin-report.json and coverage/python.json.

Exit 0 when every area reaches its floor, 1 when one does not, 2 when a report is missing or empty: no data is no
success. What the other report says is printed all the same.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]


class Measured(NamedTuple):
    """Lines of one file: path from the root, how many could run, how many did."""

    path: str
    coverable: int
    covered: int


FLOORS_PERCENT = {
    "rust/core/src/": 90,
    "rust/net/src/": 90,
    "python/hedgewire/nautilus/": 90,
    "python/hedgewire/": 85,
}


WORST_SHOWN = 10


def rust(report: Path) -> list[Measured]:
    """Files of a cargo-tarpaulin JSON report."""
    files = []
    for entry in json.loads(report.read_text(encoding="utf-8"))["files"]:
        path = Path(*entry["path"])
        if path.is_relative_to(ROOT):
            files.append(Measured(path.relative_to(ROOT).as_posix(), entry["coverable"], entry["covered"]))
    return files


def python(report: Path) -> list[Measured]:
    """Files of a coverage.py JSON report."""
    files = json.loads(report.read_text(encoding="utf-8"))["files"]
    return [
        Measured(Path(path).as_posix(), entry["summary"]["num_statements"], entry["summary"]["covered_lines"])
        for path, entry in files.items()
    ]


def judge(files: Iterable[Measured]) -> int:
    """Print one line an area and return the exit code."""
    files = list(files)
    code = 0
    for area, floor in FLOORS_PERCENT.items():
        inside = [file for file in files if file.path.startswith(area)]
        coverable = sum(file.coverable for file in inside)
        if coverable == 0:
            print(f"error: no coverage data for {area}", file=sys.stderr)
            code = 2
            continue
        covered = sum(file.covered for file in inside)
        good = covered * 100 >= floor * coverable
        code = code if good else max(code, 1)
        print(f"{'ok  ' if good else 'fail'}  {area:28} {covered * 100 / coverable:5.1f} %  (floor {floor} %)")
        if not good:
            for file in sorted(inside, key=lambda file: file.covered - file.coverable)[:WORST_SHOWN]:
                print(f"      {file.coverable - file.covered:5} of {file.coverable:5} lines not reached  {file.path}")
    return code


def main() -> int:
    """Read both reports and judge them."""
    folder = ROOT / "coverage"
    files: list[Measured] = []
    for read, report in ((rust, folder / "tarpaulin-report.json"), (python, folder / "python.json")):
        try:
            files += read(report)
        except (OSError, KeyError, ValueError) as error:
            print(f"error: a coverage report cannot be read: {error}\nhint: run 'make coverage'", file=sys.stderr)
    return judge(files)


if __name__ == "__main__":
    sys.exit(main())
