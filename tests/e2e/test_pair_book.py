"""The pair strategy reads the book of both legs beside the quotes: real processes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from processes import FLAT, control, held_at, open_orders_at, order_for

from hedgewire.cli.demo_processes import LocalVenueProcess, TradingProcess

SILENCE_S = 60


def run(venue: LocalVenueProcess, run_dir: Path) -> list[dict[str, Any]]:
    with TradingProcess(order_for(venue, run_dir, cycles=2, hold_ms=1_500), run_dir) as process:
        return list(process.lines(SILENCE_S))


@pytest.mark.parametrize(
    "fault",
    [{"name": "book_gap", "count": 6}, {"name": "silent_stream", "stream": "best_bid_offer"}],
    ids=["gap", "no quotes"],
)
def test_cycles_are_whole_with_one_source_of_prices(tmp_path: Path, fault: dict[str, Any]) -> None:
    with LocalVenueProcess(7) as venue:
        control(venue, "/faults", fault)
        lines = run(venue, tmp_path)
        assert not lines[-1]["halted"], lines[-1]
        assert [line["text"] for line in lines if line["kind"] == "cycle"] == ["paired: completed"] * 2
        assert control(venue, "/faults")["fired"][fault["name"]] > 0, "the fault has fired"
        assert (held_at(venue), open_orders_at(venue)) == (FLAT, [])
