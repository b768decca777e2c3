"""The journal remembers intents before anything else, each fill once, and never changes a row."""

from __future__ import annotations

import sqlite3
from decimal import Decimal
from pathlib import Path

import pytest

from hedgewire.journal import SENT, FillRecord, FundingRecord, Intent, Journal, JournalError, OrderEvent


def intent(order_id: str = "c1-1", qty: str = "0.185") -> Intent:
    return Intent(order_id, "c1", 0, "ETH-PERP", "BUY", Decimal(qty), "ioc", Decimal("2759.7"), False, 7)


def fill(trade_id: str = "t1", qty: str = "0.1", order_id: str = "c1-1") -> FillRecord:
    number = Decimal
    return FillRecord(
        "NADO", trade_id, "ETH-PERP", order_id, "BUY", number(qty), number("2757"), number("0.09"), False, 8
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run" / "journal.sqlite"


def test_an_intent_survives_without_any_closing(path: Path) -> None:
    journal = Journal(path)
    journal.intent(intent())
    # The first connection is still open and uncommitted work would be lost to a second one.
    with Journal(path, readonly=True) as other:
        assert [found.intent for found in other.unresolved()] == [intent()]
    journal.close()


def test_the_same_order_id_is_never_recorded_twice(path: Path) -> None:
    with Journal(path) as journal:
        journal.intent(intent())
        with pytest.raises(JournalError, match=r"c1-1.*hint:"):
            journal.intent(intent())


def test_a_fill_is_recorded_once_by_trade_id(path: Path) -> None:
    """Regression B11: the same trade arrived by stream and by query and was written twice."""
    with Journal(path) as journal:
        assert journal.fill(fill())
        assert not journal.fill(fill())
        assert journal.fill(fill("t2"))
        assert [found.trade_id for found in journal.fills()] == ["t1", "t2"]


@pytest.mark.parametrize("status", ["filled", "canceled", "rejected", "denied", "expired", "absent"])
def test_a_terminal_event_resolves_an_intent(path: Path, status: str) -> None:
    with Journal(path) as journal:
        journal.intent(intent())
        journal.order_event(OrderEvent("c1-1", "accepted", 8))
        assert journal.unresolved()[0].last_status == "accepted"
        journal.order_event(OrderEvent("c1-1", status, 9, "why", Decimal("0.1")))
        assert journal.unresolved() == []
        assert journal.order_events("c1-1")[-1].filled_qty == Decimal("0.1")


def test_an_unknown_outcome_stays_unresolved_with_its_partial_fill(path: Path) -> None:
    with Journal(path) as journal:
        journal.intent(intent())
        journal.order_event(OrderEvent("c1-1", "unknown", 8))
        journal.fill(fill(qty="0.1"))
        (found,) = journal.unresolved()
        assert (found.filled, found.last_status) == (Decimal("0.1"), "unknown")
        journal.fill(fill("t2", qty="0.085"))
        assert journal.unresolved() == []


def test_the_venue_id_of_an_order_is_remembered_for_the_restart(path: Path) -> None:
    with Journal(path) as journal:
        journal.intent(intent())
        assert journal.unresolved()[0].venue_order_id == ""
        journal.order_event(OrderEvent("c1-1", SENT, 8, "0xabc"))
        journal.order_event(OrderEvent("c1-1", "accepted", 9))
        assert journal.unresolved()[0].venue_order_id == "0xabc"


def test_a_funding_payment_is_recorded_once(path: Path) -> None:
    payment = FundingRecord("NADO", "ETH-PERP", "c1", Decimal("-0.12"), 5)
    with Journal(path) as journal:
        assert journal.funding(payment)
        assert not journal.funding(payment)
        assert journal.funding_payments() == [payment]


def test_a_journal_of_the_first_version_is_read_and_continued(path: Path) -> None:
    with Journal(path) as journal:
        journal.intent(intent())
    with sqlite3.connect(path) as raw:
        raw.execute("DROP TABLE funding")
        raw.execute("PRAGMA user_version = 1")
    with Journal(path) as journal:
        assert journal.unresolved()[0].intent == intent()
        assert journal.funding_payments() == []


def test_rows_cannot_be_changed_or_deleted(path: Path) -> None:
    with Journal(path) as journal:
        journal.intent(intent())
        journal.fill(fill())
    with sqlite3.connect(path) as raw:
        for statement in ("UPDATE intents SET qty = '9'", "DELETE FROM fills"):
            with pytest.raises(sqlite3.DatabaseError, match="append-only"):
                raw.execute(statement)


def test_cycles_and_notes_come_back_in_order(path: Path) -> None:
    with Journal(path) as journal:
        journal.cycle("c1", "paired", {"net_pnl_usd": "-0.45"}, 1)
        journal.cycle("c2", "skipped", {"net_pnl_usd": "0"}, 2)
        journal.note("c2", "stale_book", 3)
    with Journal(path, readonly=True) as journal:
        assert [row["net_pnl_usd"] for row in journal.cycles()] == ["-0.45", "0"]
        assert journal.notes() == [("c2", "stale_book", 3)]


def test_the_newest_result_of_a_cycle_counts_in_its_first_place(path: Path) -> None:
    with Journal(path) as journal:
        journal.cycle("c1", "halted_open", {"outcome": "halted_open"}, 1)
        journal.cycle("c2", "skipped", {"outcome": "skipped"}, 2)
        journal.cycle("c1", "recovered_flat", {"outcome": "recovered_flat"}, 3)
        assert [row["outcome"] for row in journal.cycles()] == ["recovered_flat", "skipped"]
        assert journal.finished_cycles()[0] == ("c1", {"outcome": "recovered_flat"}, 3)


def test_a_journal_of_the_second_version_keeps_its_results_and_takes_revised_ones(path: Path) -> None:
    with Journal(path) as journal:
        journal.cycle("c1", "paired", {"outcome": "paired"}, 1)
    with sqlite3.connect(path) as raw:
        raw.execute("CREATE UNIQUE INDEX once ON cycles (cycle_id)")  # as the second version's table refused it
        raw.execute("PRAGMA user_version = 2")
    with Journal(path) as journal:
        assert journal.cycles() == [{"outcome": "paired"}]
        journal.cycle("c1", "recovered_flat", {"outcome": "recovered_flat"}, 2)
        assert journal.cycles() == [{"outcome": "recovered_flat"}]
    with sqlite3.connect(path) as raw, pytest.raises(sqlite3.DatabaseError, match="append-only"):
        raw.execute("DELETE FROM cycles")


def test_numbers_are_kept_digit_by_digit(path: Path) -> None:
    exact = "0.100000000000000000000000000000000001"
    with Journal(path) as journal:
        journal.intent(intent(qty=exact))
        assert str(journal.intents()[0].qty) == exact


def test_bad_input_is_refused_with_a_hint(path: Path, tmp_path: Path) -> None:
    with pytest.raises(JournalError, match=r"does not exist.*hint:"):
        Journal(tmp_path / "missing.sqlite", readonly=True)
    (tmp_path / "text.sqlite").write_text("this is no database, and long enough to be read as a page header" * 20)
    with pytest.raises(JournalError, match=r"cannot open.*hint:"):
        Journal(tmp_path / "text.sqlite")
    with Journal(path) as journal, pytest.raises(JournalError, match="not a finite Decimal"):
        journal.intent(intent(qty="NaN"))


def test_a_newer_journal_is_not_touched(path: Path) -> None:
    Journal(path).close()
    with sqlite3.connect(path) as raw:
        raw.execute("PRAGMA user_version = 99")
    with pytest.raises(JournalError, match="version 99"):
        Journal(path)
