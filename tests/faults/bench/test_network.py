"""Faults between the client and the venue that no venue can play."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from hedgewire.cli.demo_processes import LocalVenueProcess
from hedgewire.cli.exit_codes import ExitCode

NODE = Path(__file__).parents[2] / "e2e" / "plain_node.py"
NOWHERE = "venue.invalid"
"""A name that no resolver may know (RFC 2606)."""


def test_dns_failure_is_an_address_that_cannot_be_reached_and_nothing_is_sent() -> None:
    with LocalVenueProcess(7) as venue:
        described: dict[str, Any] = venue.descriptor
        unknown = {"gateway_v1": f"https://{NOWHERE}/v1"}
        order = {"venue": "nado", "endpoints": described["endpoints"], "key": described["accounts"][0]["private_key"]}
        order["both"] = {"endpoints": described["endpoints"] | unknown, "connect_timeout_s": 3.0}
        ended = subprocess.run(
            [sys.executable, str(NODE), json.dumps(order)], capture_output=True, text=True, timeout=60, check=False
        )
        assert ended.returncode == ExitCode.VENUE_UNREACHABLE, ended
        assert NOWHERE in ended.stderr
        assert "hint: " in ended.stderr
        assert venue._control("/log")["order_digests"] == {}
