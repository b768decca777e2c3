"""What a stranger types wrong: a clear end, nothing sent."""

import json
import subprocess
import sys
from pathlib import Path


def test_a_size_below_the_minimum_notional_stops_at_once_and_sends_nothing(tmp_path: Path) -> None:
    run = tmp_path / "run"
    command = [sys.executable, "-m", "hedgewire.cli", "demo", "--size", "50", "--cycles", "3", "--out", str(run)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    summary = json.loads((run / "summary.json").read_text())
    assert done.returncode == 5, done.stdout + done.stderr
    assert summary["orders"] == 0
    assert summary["halt_reason"].startswith("sizing: no lots")
    assert "hint:" in summary["halt_reason"]
