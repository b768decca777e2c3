"""Faults of the process and of what is around it: suspended, stalled, ended, failing; with real processes."""

from __future__ import annotations

import signal
import time
from pathlib import Path
from typing import Any

import pytest
from bench_rig import assert_true_books, at, lines_of, run_on, texts
from processes import FLAT, held_at, open_orders_at, order_for

from hedgewire.cli import demo_processes
from hedgewire.cli.demo_processes import LocalVenueProcess, TradingProcess

SUSPENDED_S = 7.0


class Sabotaged(TradingProcess):
    """A trading process with a fault built in."""

    def __init__(self, order: dict[str, Any], run_dir: Path, fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
        with monkeypatch.context() as patch:
            script = str(Path(__file__).parent / "sabotaged.py")
            popen = demo_processes.subprocess.Popen
            patch.setattr(
                demo_processes.subprocess,
                "Popen",
                lambda command, **options: popen([command[0], script, fault], **options),
            )
            super().__init__(order, run_dir)


@pytest.mark.parametrize("moment", ["BUILD_PLACING", "HOLDING", "UNWIND_WORKING"])
def test_process_suspended_wakes_and_ends_flat(tmp_path: Path, moment: str) -> None:
    """Seconds without a word from us: sockets fill, replies are late, deadlines have passed when it wakes."""
    with LocalVenueProcess(7) as venue:
        order = order_for(venue, tmp_path, policy="maker_then_taker", hold_ms=1_000, cycles=1)
        with TradingProcess(order, tmp_path) as process:

            def suspend() -> None:
                process.process.send_signal(signal.SIGSTOP)
                time.sleep(SUSPENDED_S)  # this is the fault itself
                process.process.send_signal(signal.SIGCONT)

            lines = lines_of(process, at("state", moment), suspend)
        assert lines[-1]["kind"] == "end", lines[-1]
        assert_true_books(venue, tmp_path)


def test_loop_stall_with_data_coming_ends_flat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with LocalVenueProcess(7) as venue:
        order = order_for(venue, tmp_path, hold_ms=500, cycles=2)
        with Sabotaged(order, tmp_path, "loop_stall", monkeypatch) as process:
            lines = lines_of(process)
        assert not lines[-1]["halted"], lines[-1]
        assert_true_books(venue, tmp_path)


def test_callback_error_stops_and_the_next_start_closes_what_is_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with LocalVenueProcess(7) as venue:
        order = order_for(venue, tmp_path, hold_ms=5_000, cycles=1)
        with Sabotaged(order, tmp_path, "callback_error", monkeypatch) as process:
            lines_of(process)
        assert open_orders_at(venue) == []
        assert "sabotage: a callback failed" in (tmp_path / "node.log").read_text()
        lines = run_on(order | {"hold_ms": 100}, tmp_path)
        assert not lines[-1]["halted"], lines[-1]
        assert_true_books(venue, tmp_path)


@pytest.mark.parametrize("moment", ["BUILD_PLACING", "HOLDING", "UNWIND_WORKING"])
def test_terminate_leaves_no_order_and_the_next_start_goes_on(tmp_path: Path, moment: str) -> None:
    with LocalVenueProcess(7) as venue:
        order = order_for(venue, tmp_path, policy="maker_then_taker", hold_ms=3_000, cycles=1)
        with TradingProcess(order, tmp_path) as process:
            lines_of(process, at("state", moment), lambda: process.process.send_signal(signal.SIGTERM))
            assert process.process.wait(20) == 0
        assert open_orders_at(venue) == []
        lines = run_on(order | {"hold_ms": 100}, tmp_path)
        assert not lines[-1]["halted"], lines[-1]
        assert_true_books(venue, tmp_path)


def test_second_client_on_the_account_does_not_trade_and_the_first_ends_flat(tmp_path: Path) -> None:
    """Two processes with one key: the second sees a position that its own fills do not explain."""
    with LocalVenueProcess(7) as venue:
        dirs = [tmp_path / "one", tmp_path / "two"]
        for place in dirs:
            place.mkdir()
        orders = [order_for(venue, place, hold_ms=120_000, cycles=2) for place in dirs]
        with TradingProcess(orders[0], dirs[0]) as first:
            second: list[Any] = []

            def start_the_second() -> None:
                second.extend(run_on(orders[1], dirs[1]))
                first._tell("flatten")

            first_lines = lines_of(first, at("state", "HOLDING"), start_the_second)
        assert second[-1]["halt_reason"].startswith("not_flat_at_start"), second[-1]
        assert not texts(second, "fill"), "it traded nothing"
        assert first_lines[-1]["kind"] == "end"
        assert (held_at(venue), open_orders_at(venue)) == (FLAT, [])
