"""One of the demo's processes dies: the run is still reported, and what is open is said, or that nobody knows."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

MARKS = {"trading process": b"hedgewire.cli.demo_node", "venue": b"hedgewire.simulator"}


def _child(parent: int, mark: bytes) -> int:
    """The child of ``parent`` that runs this module."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii").split()
    return next(int(pid) for pid in children if mark in Path(f"/proc/{pid}/cmdline").read_bytes())


def _run(run_dir: Path, victim: str) -> tuple[int, dict[str, Any], str]:
    """A demo of which one child is killed with both legs held: exit code, summary, stderr."""
    with subprocess.Popen(
        [sys.executable, "-m", "hedgewire.cli", "demo", "--json", "--hold-ms", "60000", "--out", str(run_dir)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        said, fills = "", 0
        for line in process.stderr:
            said += line
            fills += ": fill " in line
            if fills == 2:
                break
        os.kill(_child(process.pid, MARKS[victim]), signal.SIGKILL)
        said += process.stderr.read()
        code = process.wait(60)
    return code, json.loads((run_dir / "summary.json").read_text()), said


@pytest.mark.parametrize("victim", MARKS)
def test_a_dead_process_leaves_a_whole_report_that_says_what_is_open(tmp_path: Path, victim: str) -> None:
    code, summary, said = _run(tmp_path, victim)
    assert code == 5, said
    assert summary["halted"]
    assert Decimal(summary["journal_positions"]["ETH-PERP"]) != 0
    if victim == "venue":
        assert summary["end_positions"] is None
        assert summary["last_reason"].startswith("halted_open: ")
        assert (
            "positions at the end: UNKNOWN: the venue does not answer; by the fills in the journal: ETH-PERP " in said
        )
    else:
        assert summary["halt_reason"].startswith("process_ended: ")
        assert summary["end_positions"] == summary["journal_positions"]
        assert "positions at the end: OPEN: ETH-PERP " in said
    with (tmp_path / "cycles.csv").open() as file:
        assert [row["outcome"] for row in csv.DictReader(file)] == (["halted_open"] if victim == "venue" else [])
    assert (tmp_path / "run.png").stat().st_size > 30_000
