"""Whoever ends the demo, and however: nothing is left running, and what was open is closed first where possible."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

WAIT_S = 60.0


def _descendants(run_dir: Path) -> list[int]:
    """Processes whose environment carries the mark of this run."""
    mark = f"HEDGEWIRE_TEST_RUN={run_dir}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if mark in (entry / "environ").read_bytes().split(b"\0"):
                    found.append(int(entry.name))
    return found


def _gone(run_dir: Path) -> bool:
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        if not _descendants(run_dir):
            return True
        time.sleep(0.05)  # processes of others have no event to wait for
    return False


@contextlib.contextmanager
def _demo(run_dir: Path) -> Iterator[subprocess.Popen[str]]:
    def foreground() -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)

    process = subprocess.Popen(
        [sys.executable, "-m", "hedgewire.cli", "demo", "--cycles", "50", "--hold-ms", "500", "--out", str(run_dir)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "HEDGEWIRE_TEST_RUN": str(run_dir)},
        preexec_fn=foreground,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        for left in _descendants(run_dir):
            with contextlib.suppress(ProcessLookupError):
                os.kill(left, signal.SIGKILL)


def _until_filled(process: subprocess.Popen[str]) -> None:
    assert process.stderr is not None
    for line in process.stderr:
        if ": fill " in line:
            return
    raise AssertionError("the demo ended before its first fill")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_first_signal_closes_everything_and_leaves_a_whole_run(tmp_path: Path, number: int) -> None:
    run_dir = tmp_path / "run"
    with _demo(run_dir) as process:
        _until_filled(process)
        process.send_signal(number)
        _, errors = process.communicate(timeout=WAIT_S)
    summary = json.loads((run_dir / "summary.json").read_text(encoding="utf-8"))
    assert all(Decimal(held) == 0 for held in summary["end_positions"].values()), summary
    assert process.returncode in (0, 1)
    assert "Traceback" not in errors
    assert _gone(run_dir)


def test_a_killed_demo_takes_its_children_along_and_they_close_first(tmp_path: Path) -> None:
    run_dir = tmp_path / "run"
    with _demo(run_dir) as process:
        _until_filled(process)
        process.kill()
        process.wait()
        assert _gone(run_dir), [Path(f"/proc/{pid}/cmdline").read_bytes() for pid in _descendants(run_dir)]
    with contextlib.closing(sqlite3.connect(run_dir / "journal.sqlite")) as journal:
        fills = journal.execute("SELECT instrument, side, qty FROM fills").fetchall()
    held: dict[str, Decimal] = {}
    for instrument, side, qty in fills:
        held[instrument] = held.get(instrument, Decimal(0)) + (Decimal(qty) if side == "BUY" else -Decimal(qty))
    assert fills
    assert not any(held.values()), held


@pytest.mark.parametrize("after_s", [0.4, 0.7, 1.0, 1.5])
def test_ctrl_c_while_the_venue_starts_leaves_nothing_running(tmp_path: Path, after_s: float) -> None:
    run_dir = tmp_path / "run"
    with _demo(run_dir) as process:
        time.sleep(after_s)  # some moment of the start: which one is the point
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=WAIT_S)
        assert process.returncode != 0
        assert "BrokenPipe" not in errors
        assert _gone(run_dir)
