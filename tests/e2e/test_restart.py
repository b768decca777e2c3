"""A trading process killed in the middle of a cycle, and the next one that finds its journal: real processes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from processes import FLAT, control, held_at, open_orders_at, order_for, venue_fills

from hedgewire.cli.demo_processes import LocalVenueProcess, TradingProcess
from hedgewire.journal import Journal
from hedgewire.pair.terms import plain

SILENCE_S = 60


def run_until(order: dict[str, Any], run_dir: Path, is_time: Callable[[dict[str, Any]], bool]) -> None:
    """Start the trading process and kill it, without any warning, when the line comes."""
    with TradingProcess(order, run_dir) as process:
        for line in process.lines(SILENCE_S):
            if is_time(line):
                process.process.kill()
                return
        raise AssertionError("the process ended before it could be killed")


def run_to_the_end(order: dict[str, Any], run_dir: Path) -> list[dict[str, Any]]:
    with TradingProcess(order, run_dir) as process:
        return list(process.lines(SILENCE_S))


def check_journal(run_dir: Path, venue: LocalVenueProcess) -> Journal:
    """Fill by fill what the venue has; every intent resolved; every cycle flat by itself."""
    journal = Journal(run_dir / "journal.sqlite", readonly=True)
    signed = {fill.trade_id: fill.qty if fill.side == "BUY" else -fill.qty for fill in journal.fills()}
    assert signed == venue_fills(venue)
    assert len(journal.fills()) == len(signed)
    assert journal.unresolved() == []
    log = control(venue, "/log")
    assert log["repeated_digests"] == []
    return journal


def at(kind: str, text: str = "") -> Callable[[dict[str, Any]], bool]:
    return lambda line: line["kind"] == kind and line["text"].startswith(text)


# Right after the intents, with one leg filled, with a pair held, with quotes resting.
@pytest.mark.proves("R003-010")
@pytest.mark.parametrize(
    ("policy", "moment"),
    [("ioc", "state BUILD_PLACING"), ("maker_then_taker", "fill"), ("ioc", "state HOLDING"),
     ("maker_then_taker", "state UNWIND_WORKING")],
)  # fmt: skip
def test_a_killed_process_is_followed_by_one_that_closes_what_it_left(tmp_path: Path, policy: str, moment: str) -> None:
    with LocalVenueProcess(7) as venue:
        order = order_for(venue, tmp_path, policy=policy, hold_ms=3_000, cycles=1)
        run_until(order, tmp_path, at(*moment.split()))
        lines = run_to_the_end(order | {"hold_ms": 100}, tmp_path)
        assert lines[-1]["kind"] == "end", lines[-1]
        assert not lines[-1]["halted"], lines[-1]
        assert (held_at(venue), open_orders_at(venue)) == (FLAT, [])
        log = (tmp_path / "node.log").read_text(encoding="utf-8")
        assert "Residual Position" not in log, "NautilusTrader's cache is flat as well"
        with check_journal(tmp_path, venue) as journal:
            first = journal.intents()[0].cycle_id
            outcomes = {row["cycle_id"]: row["outcome"] for row in journal.cycles()}
            interrupted = [text for cycle_id, text, _ in journal.notes() if "interrupted" in text and cycle_id == first]
    # A killed cycle that had traded is the one that was closed; its own row in the journal says so.
    if interrupted:
        assert outcomes[first] == "recovered_flat"
    assert list(outcomes.values())[-1] == "paired"


@pytest.mark.proves("R003-010", "R003-057")
def test_fills_that_the_killed_process_never_heard_of_are_found(tmp_path: Path) -> None:
    """The private stream is silent, so the journal of the killed process has intents and not one fill."""
    with LocalVenueProcess(7) as venue:
        order = order_for(venue, tmp_path, hold_ms=3_000, cycles=1)
        control(venue, "/faults", {"name": "drop_private"})
        control(venue, "/faults", {"name": "reply_lost", "request": "place_order"})

        def both_traded(line: dict[str, Any]) -> bool:
            if at("state", "BUILD_PLACING")(line):
                control(venue, "/faults", {"name": "query_unavailable"})
            return all(held_at(venue).values())

        run_until(order, tmp_path, both_traded)
        with Journal(tmp_path / "journal.sqlite", readonly=True) as journal:
            before = (len(journal.unresolved()), journal.fills())
        control(venue, "/faults", {}, method="DELETE")
        lines = run_to_the_end(order | {"hold_ms": 100}, tmp_path)
        assert before == (2, [])
        assert not lines[-1]["halted"], lines[-1]
        assert (held_at(venue), open_orders_at(venue)) == (FLAT, [])
        with check_journal(tmp_path, venue) as journal:
            assert [row["outcome"] for row in journal.cycles()] == ["recovered_flat", "paired"]
            recovered = journal.cycles()[0]
    assert abs(Decimal(recovered["gross_pnl_usd"])) < 5, "the entry that was found counts"


@pytest.mark.proves("R003-010")
def test_a_position_that_the_journal_does_not_explain_stops_the_start(tmp_path: Path) -> None:
    """With another journal nothing is explained, with a journal that claims more not all of it: neither trades."""
    with LocalVenueProcess(7) as venue:
        order = order_for(venue, tmp_path, hold_ms=20_000, cycles=1)
        run_until(order, tmp_path, at("state", "HOLDING"))
        held, sent = held_at(venue), control(venue, "/log")["order_digests"]
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        end = run_to_the_end(order | {"run_dir": str(elsewhere)}, elsewhere)[-1]
        # Whichever leg's position is answered first.
        assert end["halt_reason"] in [f"not_flat_at_start: {leg} holds {plain(amount)}" for leg, amount in held.items()]

        with Journal(tmp_path / "journal.sqlite") as journal:
            real = next(fill for fill in journal.fills() if fill.instrument == "ETH-PERP.NADO")
            journal.fill(replace(real, trade_id="never", qty=Decimal("0.05")))
        end = run_to_the_end(order, tmp_path)[-1]
        claimed = held["ETH-PERP"] + Decimal("0.05") * (1 if real.side == "BUY" else -1)
        assert end["halt_reason"] == (
            f"leftover_unexplained: ETH-PERP holds {plain(held['ETH-PERP'])}, "
            f"the fills in the journal make {plain(claimed)}"
        )
        assert (held_at(venue), control(venue, "/log")["order_digests"]) == (held, sent)
