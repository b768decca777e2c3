"""The command: one descriptor line, clean end on a signal, clear refusal of a used port; nothing of the client side."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

SOURCES = Path(__file__).parents[2] / "python"
COMMAND = [sys.executable, "-m", "hedgewire.simulator", "nado"]
ENVIRONMENT = {"PYTHONPATH": str(SOURCES)}


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_descriptor_line_and_clean_end(ending: signal.Signals) -> None:
    command = [*COMMAND, "--port", "0", "--seed", "9", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT) as process:
        assert process.stdout is not None
        descriptor = json.loads(process.stdout.readline())
        process.send_signal(ending)
        assert process.wait(timeout=10) == 0
        assert process.stdout.read() == ""
    assert set(descriptor) == {"venue", "chain_id", "endpoint_address", "endpoints", "accounts"}
    assert descriptor["endpoints"]["control"].endswith("/_sim")
    assert set(descriptor["accounts"][0]) == {"address", "private_key", "subaccount"}


def test_a_port_in_use_is_explained() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [*COMMAND, "--port", port], capture_output=True, text=True, env=ENVIRONMENT, timeout=20, check=False
        )
    assert done.returncode == 1
    assert port in done.stderr
    assert "hint:" in done.stderr


def test_nothing_of_the_client_side_is_imported() -> None:
    program = (
        "import sys, hedgewire.simulator.server as s; "
        "bad=[m for m in sys.modules if m.startswith(('hedgewire._core','hedgewire.venues','hedgewire.nautilus',"
        "'hedgewire.pair','nautilus_trader'))]; print(bad)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=ENVIRONMENT, timeout=20, check=True
    )
    assert done.stdout.strip() == "[]"
