"""The guards in a real trading node: real sockets, real orders, and the local venue as the witness of what arrived."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from processes import FLAT, control, held_at, open_orders_at, order_for

from hedgewire.cli.demo_processes import LocalVenueProcess, TradingProcess
from hedgewire.journal import Journal
from hedgewire.journal.store import FillRecord, Intent

SILENCE_S = 40
RUN_BUDGET_S = 90
BEFORE_START = "before the node starts"


@dataclass(frozen=True)
class Run:
    """What the trading process said and journalled, and what the venue saw."""

    lines: list[dict[str, Any]]
    intents: list[Intent]
    fills: list[FillRecord]
    digests: dict[str, int]
    venue_positions: dict[str, Decimal]

    def texts(self, kind: str) -> list[str]:
        return [line["text"] for line in self.lines if line["kind"] == kind]

    @property
    def end(self) -> dict[str, Any]:
        return self.lines[-1]

    @property
    def journal_positions(self) -> dict[str, Decimal]:
        held = dict(FLAT)
        for fill in self.fills:
            held[fill.instrument.removesuffix(".NADO")] += fill.qty if fill.side.upper() == "BUY" else -fill.qty
        return held


def trade(
    run_dir: Path,
    *,
    on_state: Callable[[LocalVenueProcess, str], None] = lambda _venue, _state: None,
    on_process: Callable[[int, str], None] = lambda _pid, _state: None,
    **limits: Any,
) -> Run:
    """Run the node against a fresh local venue until it has ended; ``limits`` change the order it is given."""
    with LocalVenueProcess(7) as venue:
        lines = []
        deadline = time.monotonic() + RUN_BUDGET_S
        on_state(venue, BEFORE_START)
        with TradingProcess(order_for(venue, run_dir, **limits), run_dir) as process:
            for line in process.lines(SILENCE_S):
                assert time.monotonic() < deadline, "the node did not come to an end"
                lines.append(line)
                if line["kind"] == "state":
                    on_state(venue, line["text"])
                    on_process(process.process.pid, line["text"])
        digests = control(venue, "/log")["order_digests"]
        assert open_orders_at(venue) == []
        held = held_at(venue)
    with Journal(run_dir / "journal.sqlite", readonly=True) as journal:
        return Run(lines, journal.intents(), journal.fills(), digests, held)


def cycle_numbers(run: Run) -> set[str]:
    return {intent.cycle_id.rpartition("-")[2] for intent in run.intents}


@pytest.mark.proves("R003-007", "R003-075")
def test_max_position_below_one_cycle_lets_no_order_reach_the_venue(tmp_path: Path) -> None:
    """Two legs of about 500 USD against 900 USD for both together."""
    run = trade(tmp_path, max_position_usd="900")
    cycles = run.texts("cycle")
    assert len(cycles) == 3
    assert all(text.startswith("skipped: max_position: ") and "MAX_POSITION 900" in text for text in cycles), cycles
    assert run.digests == {}
    assert run.intents == []
    assert run.venue_positions == FLAT


@pytest.mark.proves("R003-007", "R003-020", "R003-3.3.1")
def test_max_daily_loss_closes_the_pair_and_no_second_cycle_orders(tmp_path: Path) -> None:
    """Taker fees and spread of one entry (about 0.40 USD) are above the limit of 0.10 USD."""
    run = trade(tmp_path, max_daily_loss_usd="0.1", hold_ms=20_000)
    assert run.end["halted"]
    assert run.end["halt_reason"].startswith("max_daily_loss: ")
    assert "MAX_DAILY_LOSS 0.1" in run.end["halt_reason"]
    assert "EMERGENCY" in run.texts("state")
    assert cycle_numbers(run) == {"1"}
    assert len(run.digests) == len(run.intents)
    assert run.fills
    assert run.journal_positions == run.venue_positions == FLAT


@pytest.mark.proves("R003-3.3.2", "R003-084")
def test_a_net_delta_above_two_percent_closes_both_legs_before_the_hold_ends(tmp_path: Path) -> None:
    """ETH rises by a tenth while the pair is held: the long leg outweighs the short one by almost 5 % of gross."""

    def jump(venue: LocalVenueProcess, state: str) -> None:
        if state == "HOLDING":
            control(venue, "/price", {"symbol": "ETH-PERP", "price": "3850"})

    run = trade(tmp_path, on_state=jump, hold_ms=30_000)
    assert run.end["halted"]
    assert run.end["halt_reason"].startswith("net_delta: ")
    states = run.texts("state")
    assert states.index("HOLDING") < states.index("EMERGENCY")
    assert cycle_numbers(run) == {"1"}
    exits = run.intents[2:]
    assert {intent.leg for intent in exits} == {0, 1}
    (record,) = [line["record"] for line in run.lines if line["kind"] == "cycle"]
    assert 0 < int(record["emergency_ms"]) < 10_000
    assert all(intent.reduce_only and intent.kind == "ioc" for intent in exits), exits
    assert len(run.digests) == len(run.intents)
    assert run.journal_positions == run.venue_positions == FLAT


def test_a_leg_that_never_fills_stops_the_session_after_three_cycles(tmp_path: Path) -> None:
    """SOL is not tradable: each cycle ends flat again, and the breaker refuses the fourth."""

    def halt_sol(venue: LocalVenueProcess, state: str) -> None:
        if state == BEFORE_START:
            control(venue, "/halt", {"symbol": "SOL-PERP"})

    run = trade(tmp_path, on_state=halt_sol, cycles=5)
    assert run.end["halted"]
    assert run.end["halt_reason"].startswith("failure_breaker: 3 failed cycles"), run.end
    assert cycle_numbers(run) == {"1", "2", "3"}
    assert [text.partition(":")[0] for text in run.texts("cycle")[:3]] == ["recovered_flat"] * 3
    assert {fill.instrument for fill in run.fills} == {"ETH-PERP.NADO"}
    assert run.journal_positions == run.venue_positions == FLAT


@pytest.mark.proves("R003-3.3.5")
def test_what_an_emergency_could_not_close_is_closed_afterwards_before_the_process_ends(tmp_path: Path) -> None:
    """A pair is held, and the venue refuses orders for as long as the emergency lasts."""

    def refuse(venue: LocalVenueProcess, state: str) -> None:
        if state == "HOLDING":
            control(venue, "/faults", {"name": "http_403", "request": "place_order", "count": 10_000})
        elif state == "HALTED_DIRTY":
            control(venue, "/faults", {}, method="DELETE")

    run = trade(tmp_path, on_state=refuse, cycles=1, hold_ms=2_000)
    assert run.end["halted"]
    assert run.end["halt_reason"].startswith("unwind_exhausted: ")
    assert "HALTED_DIRTY" in run.texts("state")
    assert run.journal_positions == run.venue_positions == FLAT


@pytest.mark.parametrize("full_at", ["BUILD_PLACING", "HOLDING"])
def test_a_disk_that_is_full_closes_the_pair_without_the_journal_and_the_process_lives(
    tmp_path: Path, full_at: str
) -> None:
    """Not a byte more into any file: journal, samples, log and stderr all fail; only the pipe to us is left."""

    def fill_disk(pid: int, state: str) -> None:
        if state == full_at:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, 0))

    run = trade(tmp_path, on_process=fill_disk, hold_ms=1_000)
    assert run.end["kind"] == "end"
    assert run.end["halt_reason"].startswith(f"guard: journal_lost: journal {tmp_path}/journal.sqlite: cannot record ")
    assert run.texts("halt") == [run.end["halt_reason"]]
    assert [text.partition(":")[0] for text in run.texts("cycle")] == ["recovered_flat"]
    if full_at == "HOLDING":  # sooner, the run may end before another sample is due
        assert any(text.startswith("samples.csv ends here: ") for text in run.texts("warning"))
    assert run.venue_positions == FLAT
    assert len(run.digests) > len(run.intents), "what closed the pair is not in the journal"
