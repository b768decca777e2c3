"""Everything can be tried offline: the demo in a network that has nothing but itself."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

HEDGEWIRE = Path(sys.executable).parent / "hedgewire"
ALONE = ("unshare", "--map-root-user", "--net", "--")
"""A network of its own, in which even the loopback interface is down."""
# SIOCSIFFLAGS with IFF_UP: the interface's name, then the flags.
LOOPBACK_THEN_RUN = """
import fcntl, os, socket, struct, sys
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
    fcntl.ioctl(control, 0x8914, struct.pack("16sH14x", b"lo", 1))
os.execv(sys.argv[1], sys.argv[1:])
"""


def can_be_alone() -> bool:
    try:
        return subprocess.run([*ALONE, "true"], capture_output=True, timeout=10).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


@pytest.mark.proves("R001-10")
@pytest.mark.skipif(not can_be_alone(), reason="this machine lets nobody make a network of their own")
def test_two_venues_are_traded_in_a_network_with_nothing_else_in_it(tmp_path: Path) -> None:
    options = ("--pair", "eth:nado,eth:paradex", "--cycles", "1", "--out", str(tmp_path), "--json")
    run = subprocess.run(
        [*ALONE, sys.executable, "-c", LOOPBACK_THEN_RUN, str(HEDGEWIRE), "demo", *options],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    summary = json.loads(run.stdout)
    assert summary["cycles_paired"] == 1
    assert set(summary["end_positions"].values()) == {"0"}
