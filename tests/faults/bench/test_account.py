"""Somebody else moves the position while a real node holds a pair for long: it does not wait out the hold."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from bench_rig import at, lines_of
from processes import FLAT, control, held_at, open_orders_at, order_for

from hedgewire.cli.demo_processes import LocalVenueProcess, TradingProcess

HOLD_MS = 120_000


@pytest.mark.parametrize(
    "fault",
    [
        {"name": "manual_trade", "product_id": 4, "amount": "0.2"},
        {"name": "deleverage", "product_id": 4, "percent": 50},
        {"name": "liquidate"},
    ],
    ids=lambda fault: str(fault["name"]),
)
def test_a_position_that_others_move_is_found_and_closed_in_seconds(tmp_path: Path, fault: dict[str, Any]) -> None:
    with LocalVenueProcess(7) as venue:
        order = order_for(venue, tmp_path, hold_ms=HOLD_MS, cycles=2)
        with TradingProcess(order, tmp_path) as process:
            began = time.monotonic()
            lines = lines_of(process, at("state", "HOLDING"), lambda: control(venue, "/faults", fault) and None)
            assert time.monotonic() - began < HOLD_MS / 2000, "well before the end of the hold"
        assert "position_mismatch" in lines[-1]["halt_reason"], lines[-1]
        assert (held_at(venue), open_orders_at(venue)) == (FLAT, [])
