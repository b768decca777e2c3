"""Faults under the journal: a torn record, a full disk, a place that cannot be written."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest
from bench_rig import assert_true_books, at, lines_of, run_on
from processes import FLAT, control, held_at, open_orders_at, order_for

from hedgewire.cli.demo_processes import LocalVenueProcess, TradingProcess
from hedgewire.journal import Journal, JournalError

TORN_BYTES = 700


@pytest.mark.parametrize("moment", ["state BUILD_PLACING", "fill", "state HOLDING"])
def test_torn_journal_of_a_killed_process_is_read_up_to_the_tear(tmp_path: Path, moment: str) -> None:
    """The last record is gone with its end: the venue is asked, and what is open is closed."""
    with LocalVenueProcess(7) as venue:
        order = order_for(venue, tmp_path, hold_ms=5_000, cycles=1)
        with TradingProcess(order, tmp_path) as process:
            lines_of(process, at(*moment.split()), process.process.kill)
        log = tmp_path / "journal.sqlite-wal"
        log.write_bytes(log.read_bytes()[:-TORN_BYTES])
        lines = run_on(order | {"hold_ms": 100}, tmp_path)
        assert not lines[-1]["halted"], lines[-1]
        assert_true_books(venue, tmp_path)


def test_disk_full_closes_what_is_open_and_the_next_start_leaves_it_to_a_person(
    tmp_path: Path,
) -> None:
    """No room while a pair is held: what closes it is not remembered, and the next process finds less than it knows."""
    with LocalVenueProcess(7) as venue:
        order = order_for(venue, tmp_path, hold_ms=1_000, cycles=1)
        with TradingProcess(order, tmp_path) as process:

            def fill_up() -> None:
                size = (tmp_path / "journal.sqlite-wal").stat().st_size
                _, most = resource.prlimit(process.process.pid, resource.RLIMIT_FSIZE)
                resource.prlimit(process.process.pid, resource.RLIMIT_FSIZE, (size, most))

            lines = lines_of(process, at("state", "HOLDING"), fill_up)
        assert "journal_lost" in lines[-1]["halt_reason"], lines[-1]
        assert (held_at(venue), open_orders_at(venue)) == (FLAT, [])
        sent = control(venue, "/log")["order_digests"]
        lines = run_on(order | {"hold_ms": 100}, tmp_path)
        assert "leftover_unexplained" in lines[-1]["halt_reason"], lines[-1]
        assert control(venue, "/log")["order_digests"] == sent


def test_read_only_place_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a directory")
    with pytest.raises(JournalError, match="hint: check the path"):
        Journal(tmp_path / "file" / "journal.sqlite")
