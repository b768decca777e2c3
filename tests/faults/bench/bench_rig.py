"""A trading process that is maltreated at a chosen moment, and the one after it that finds what it left."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from processes import FLAT, control, held_at, open_orders_at, venue_fills

from hedgewire.cli.demo_processes import LocalVenueProcess, TradingProcess
from hedgewire.journal import Journal

SILENCE_S = 60
Line = dict[str, Any]


def at(kind: str, text: str = "") -> Callable[[Line], bool]:
    return lambda line: line["kind"] == kind and str(line.get("text", "")).startswith(text)


def lines_of(
    process: TradingProcess, moment: Callable[[Line], bool] | None = None, act: Callable[[], None] | None = None
) -> list[Line]:
    """All lines to the end; ``act`` once, when the first line of that moment comes."""
    found = []
    for line in process.lines(SILENCE_S):
        found.append(line)
        if moment is not None and act is not None and moment(line):
            moment = None
            act()
    assert moment is None, f"the moment never came: {[line.get('text') for line in found if line['kind'] != 'sample']}"
    return found


def run_on(order: dict[str, Any], run_dir: Path) -> list[Line]:
    """A trading process that nobody touches, to its end."""
    with TradingProcess(order, run_dir) as process:
        return lines_of(process)


def texts(lines: list[Line], kind: str) -> list[str]:
    return [line["text"] for line in lines if line["kind"] == kind]


def assert_true_books(venue: LocalVenueProcess, run_dir: Path) -> None:
    """Flat at the venue, nothing open, nothing sent twice, and the journal has every fill that the venue has."""
    assert (held_at(venue), open_orders_at(venue)) == (FLAT, [])
    log = control(venue, "/log")
    assert log["repeated_digests"] == []
    with Journal(run_dir / "journal.sqlite", readonly=True) as journal:
        ours = {fill.trade_id: fill.qty if fill.side == "BUY" else -fill.qty for fill in journal.fills()}
        assert ours == venue_fills(venue)
        assert journal.unresolved() == []
        assert len(log["order_digests"]) <= len(journal.intents())
