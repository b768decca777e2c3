"""Runs the plain node as a process on a local venue, and says how it ended and what the venue was asked to do."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from hedgewire.cli.exit_codes import ExitCode
from hedgewire.simulator.server import LocalVenue

NODE = Path(__file__).parent / "plain_node.py"
KEYS = {"nado": "private_key", "paradex": "l2_private_key"}
CHANGES = {
    "nado": ("place_", "cancel_", "burn_", "withdraw_", "transfer_", "link_"),
    "paradex": ("place_", "modify_", "cancel_"),
}
"""How the names of the requests begin in the venue's log that change something."""
END_TIMEOUT_S = 60


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str
    executes: dict[str, int]
    malformed: dict[str, int]


async def run_node(venue: LocalVenue, *, environ: dict[str, str] | None = None, **order: Any) -> Ended:
    """The plain node as a process against ``venue``, to its end; and what the venue was asked to execute."""
    described: dict[str, Any] = venue.descriptor
    name = described["venue"]
    argument = {"venue": name, "endpoints": described["endpoints"], "key": described["accounts"][0][KEYS[name]]} | order
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(NODE), json.dumps(argument), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=os.environ | (environ or {}),
    )  # fmt: skip
    try:
        async with asyncio.timeout(END_TIMEOUT_S):
            out, err = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    async with aiohttp.ClientSession() as session, session.get(f"{described['endpoints']['control']}/log") as answer:
        log = await answer.json()
    executes = {asked: count for asked, count in log["requests"].items() if asked.startswith(CHANGES[name])}
    assert process.returncode is not None
    return Ended(process.returncode, out.decode(), err.decode(), executes | log["order_digests"], log["malformed"])


def assert_refused(ended: Ended, code: ExitCode, *says: str) -> None:
    """Two lines on stderr that hold every word of ``says``; the exit code; and the venue executed nothing."""
    assert ended.code == code, ended
    lines = ended.err.splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("error: "))
    assert lines[at + 1].startswith("hint: "), ended
    for word in says:
        assert word in f"{lines[at]}\n{lines[at + 1]}"
    assert "Traceback" not in ended.out + ended.err
    assert "destroyed" not in ended.err
    assert ended.executes == {}
