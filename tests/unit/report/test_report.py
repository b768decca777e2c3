"""The picture and the page of a run, read back from what the run wrote."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal as D
from pathlib import Path

import pytest

from hedgewire.journal import FillRecord, Intent, Journal
from hedgewire.report.__main__ import main
from hedgewire.report.run import load
from hedgewire.report.targets import targets

SECOND = 10**9
STATES = [
    (0, "PREFLIGHT"), (1, "BUILD_PLACING"), (2, "BUILD_VERIFY"), (3, "HOLDING"), (5, "UNWIND_WORKING"),
    (6, "CYCLE_DONE"), (7, "PREFLIGHT"), (8, "BUILD_PLACING"), (9, "EMERGENCY"), (10, "HALTED"),
]  # fmt: skip
RECORD = {"iteration": "1", "direction": "BUY_FIRST", "reason": "<b>done</b>", "net_pnl_usd": "-0.123456"}
COLUMNS = "ts_ns,cycle,state,bid_0,ask_0,bid_1,ask_1,position_0,position_1,net_pnl_usd,volume_usd"


@pytest.fixture
def run_dir(tmp_path: Path) -> Path:
    with Journal(tmp_path / "journal.sqlite") as journal:
        for at_s, state in STATES:
            journal.note("c", f"state: {state}", at_s * SECOND)
        for leg, (name, side) in enumerate((("ETH-PERP.NADO", "BUY"), ("SOL-PERP.NADO", "SELL"))):
            journal.intent(Intent(f"c-{leg}", "c", leg, name, side, D(1), "ioc", D(100), False, SECOND))
            journal.fill(
                FillRecord("NADO", f"t{leg}", name, f"c-{leg}", side, D(1), D(100), D("0.1"), leg == 0, 2 * SECOND)
            )
        journal.cycle("c", "paired", RECORD, 6 * SECOND)
    rows = [f"{at_s * SECOND},1,HOLDING,99,101,49,51,1,-2,-0.1,{at_s * 100}" for at_s in range(11)]
    (tmp_path / "samples.csv").write_text("\n".join([COLUMNS, *rows]) + "\n")
    summary = {
        "cycles_paired": 1, "cycles_requested": 2, "cycles_failed": 1, "volume_usd": "200.0000", "fees_usd": "0.2000",
        "net_pnl_usd": "-0.1235", "cost_per_million_usd": "617.5", "cycle_time_p50_s": "6.0000", "halted": True,
        "halt_reason": "net_delta: <too much>", "end_positions": {"ETH-PERP": "0", "SOL-PERP": "0"},
        "duration_s": "10.0", "orders": 2, "fills": 2, "ws_fill_latency_p50_ms": None,
    }  # fmt: skip
    (tmp_path / "summary.json").write_text(json.dumps(summary))
    return tmp_path


def test_phases_come_from_the_journal_and_are_joined(run_dir: Path) -> None:
    run = load(run_dir)
    assert [(span.phase, span.cycle, span.start_s, span.end_s) for span in run.spans] == [
        ("build", 1, 1.0, 3.0), ("hold", 1, 3.0, 5.0), ("unwind", 1, 5.0, 6.0), ("build", 2, 8.0, 9.0),
        ("trouble", 2, 9.0, 10.0),
    ]  # fmt: skip
    assert run.legs == ("ETH-PERP.NADO", "SOL-PERP.NADO")
    assert run.moments[3].values_usd == (D(100), D(-100))


def test_picture_and_page_are_written_and_what_a_venue_said_is_escaped(
    run_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(run_dir)]) == 0
    assert capsys.readouterr().out.startswith("run.png run.html\n")
    assert (run_dir / "run.png").read_bytes().startswith(b"\x89PNG")
    page = (run_dir / "run.html").read_text()
    assert "&lt;b&gt;done&lt;/b&gt;" in page
    assert "net_delta: &lt;too much&gt;" in page
    assert "<b>" not in page
    assert "<td>-0.1235</td>" in page
    assert "http" not in page.replace("http-equiv", "")


CYCLE = {"outcome": "paired", "orders": "4", "total_cycle_time": "6.5", "hold_time_s": "2", "emergency_reason": ""}


@pytest.mark.proves("R003-082")
def test_targets_are_judged_by_what_was_measured(run_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    failed = CYCLE | {"outcome": "failed", "orders": "1"}
    closed_late = CYCLE | {"emergency_reason": "net_delta", "total_cycle_time": "14"}
    run = replace(load(run_dir), cycles=[CYCLE, failed, closed_late, failed | {"orders": "0"}])
    run.summary["order_latency_p50_ms"] = "600.5"
    assert {target.name: (target.value, target.met) for target in targets(run)} == {
        "pairs built": (D("66.7"), False),
        "pairs closed without an emergency": (D("50.0"), False),
        "cycle without its hold, median": (D("4.500"), True),
        "corrections of a position": (D(0), True),
        "fill on the WebSocket, median": (None, None),
        "order and its reply, median": (D("600.5"), False),
        "time in which nothing was in trouble": (D("90.0"), False),
    }


def test_a_corrected_position_misses_its_target_and_the_command_says_so(
    run_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Journal(run_dir / "journal.sqlite") as journal:
        journal.note("c", "position_corrected: ETH-PERP by 0.1", 9 * SECOND)
    assert main([str(run_dir)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "MISSED        corrections of a position: 1, goal ≤ 0" in lines
    assert "not measured  fill on the WebSocket, median: -, goal ≤ 100 ms" in lines
    assert "MISSED" in (run_dir / "run.html").read_text()


def test_a_run_without_a_single_sample_is_still_drawn(run_dir: Path) -> None:
    (run_dir / "samples.csv").write_text(COLUMNS + "\n")
    assert main([str(run_dir)]) == 0


@pytest.mark.parametrize("missing", ["journal.sqlite", "samples.csv", "summary.json"])
def test_a_directory_that_is_no_finished_run_is_named(
    run_dir: Path, missing: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (run_dir / missing).unlink()
    assert main([str(run_dir)]) != 0
    said = capsys.readouterr().err
    assert f"{missing} is missing" in said
    assert "hint:" in said


def test_no_directory_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "hint:" in capsys.readouterr().err
