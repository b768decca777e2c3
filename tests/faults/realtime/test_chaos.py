"""Lost sockets and requests that time out, in the middle of orders, in a real node over real sockets: what is left
equals the venue. Processes that are killed: ``tests/faults/bench/test_killed.py``."""

from __future__ import annotations

from pathlib import Path

import pytest
from pairs import PAIRS
from realtime_play import play_seed

from hedgewire.simulator.schedule import Planned

pytestmark = pytest.mark.xdist_group("schedules in real time")

SEED = 4
TIMED_OUT_MS = 12_000
"""Longer than a request is waited for."""
LOST_SOCKETS = [Planned(at_ms, None, "disconnect", {"socket": "all"}) for at_ms in (300, 900, 1_500)]
TIME_OUTS = [
    Planned(300, 2_400, "late_reply", {"request": "place_order", "delay_ms": TIMED_OUT_MS, "count": 1}),
    Planned(500, 2_400, "late_reply", {"request": "query", "delay_ms": TIMED_OUT_MS, "count": 1}),
]


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("transport", ["rest", "ws"])
@pytest.mark.proves("R001-30")
async def test_lost_sockets(tmp_path: Path, transport: str, pair: str) -> None:
    verdict = await play_seed(SEED, tmp_path, pair=pair, transport=transport, schedule=LOST_SOCKETS)
    assert verdict.problems == []
    assert verdict.fired["disconnect"]
    assert verdict.cycles, "it traded"


@pytest.mark.parametrize("pair", ["nado", "paradex"])
@pytest.mark.proves("R001-31")
async def test_requests_that_time_out(tmp_path: Path, pair: str) -> None:
    verdict = await play_seed(SEED, tmp_path, pair=pair, schedule=TIME_OUTS)
    assert verdict.problems == []
    assert verdict.fired["late_reply"] >= 1
    assert verdict.cycles, "it traded"
