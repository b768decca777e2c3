"""What a run of the demo is worth: its exit code, and the summary it is read from."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from hedgewire.cli.demo import _verdict
from hedgewire.cli.demo_summary import summarise
from hedgewire.journal import FundingRecord, Journal

FLAT = {"ETH-PERP": "0", "SOL-PERP": "0"}
END: dict[str, Any] = {
    "halted": False, "halt_reason": "", "ws_fill_latency_p50_ms": None, "order_latency_p50_ms": None,
    "resident_mb": 300,
}  # fmt: skip


def summary(run_dir: Path, *outcomes: str, positions: dict[str, str] = FLAT, **end: Any) -> dict[str, Any]:
    with Journal(run_dir / "journal.sqlite") as journal:
        for number, outcome in enumerate(outcomes):
            record = {"outcome": outcome, "reason": "why", "net_pnl_usd": "-0.25", "total_cycle_time": "3"}
            journal.cycle(f"c{number}", outcome, record, number)
        journal.funding(FundingRecord("NADO", "ETH-PERP.NADO", "c0", Decimal("0.10"), 1))
        journal.funding(FundingRecord("NADO", "ETH-PERP.NADO", "", Decimal("-0.05"), 2))
    return summarise(run_dir, 5, END | end, positions, 12.3)


def test_a_pair_was_held_and_the_account_is_flat(tmp_path: Path) -> None:
    assert _verdict(summary(tmp_path, "paired", "recovered_flat")) == 0


@pytest.mark.parametrize(
    ("outcomes", "said"),
    [(("skipped", "recovered_flat"), "recovered_flat: why"), ((), "none was started")],
)
def test_no_cycle_held_a_pair_is_a_no_with_its_reason(
    tmp_path: Path, outcomes: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _verdict(summary(tmp_path, *outcomes)) == 1
    assert capsys.readouterr().err == f"no cycle held a pair: {said}\n"


def test_a_halt_and_an_open_position_are_more_than_a_no(tmp_path: Path) -> None:
    assert _verdict(summary(tmp_path / "a", "paired", halted=True, halt_reason="net_delta: x")) == 5
    assert _verdict(summary(tmp_path / "b", "skipped", positions=FLAT | {"ETH-PERP": "0.15"})) == 5


def test_funding_outside_a_cycle_is_in_the_net_result_once(tmp_path: Path) -> None:
    found = summary(tmp_path, "paired", "paired")
    assert (found["funding_usd"], found["net_pnl_usd"]) == ("0.0500", "-0.5500")
