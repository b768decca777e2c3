"""The pair strategy in a running node, against a stand-in for the core."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from fake_core import ETH, SOL, FakeCore, until

from hedgewire.journal import SENT, FillRecord, Intent, Journal, OrderEvent
from hedgewire.nautilus.rows import Outcome
from hedgewire.nautilus.truth import LinkNotice, Notice
from hedgewire.nautilus.v1 import earlier_orders
from hedgewire.pair.config import PairStrategyConfig
from hedgewire.pair.progress import PROGRESS_TOPIC
from hedgewire.pair.results import Results
from hedgewire.pair.strategy import PairStrategy


def strategy(tmp_path: Path, **changes: Any) -> PairStrategy:
    fields: dict[str, Any] = {
        "instruments": ("ETH-PERP.NADO", "SOL-PERP.NADO"),
        "target_notional_usd": Decimal(500),
        "max_position_usd": Decimal(2000),
        "max_daily_loss_usd": Decimal(100),
        "journal_path": str(tmp_path / "journal.sqlite"),
        "cycles": 2,
        "hold_ms": 50,
        "pause_ms": 10,
    }
    return PairStrategy(PairStrategyConfig(**(fields | changes)))


@pytest.mark.parametrize("policy", ["ioc", "maker_then_taker"])
async def test_cycles_end_flat_with_every_fill_in_the_journal(make_node: Any, tmp_path: Path, policy: str) -> None:
    pair = strategy(tmp_path, policy=policy)
    _, core = await make_node(pair)
    await until(lambda: pair._finished)
    assert [result.outcome for result in pair.results] == ["paired", "paired"]
    assert core.positions == {ETH: 0, SOL: 0}
    with Journal(tmp_path / "journal.sqlite", readonly=True) as journal:
        assert {fill.trade_id for fill in journal.fills()} == {row[4] for row in core.fills}
        assert len(journal.cycles()) == 2
        assert journal.unresolved() == []


@pytest.mark.parametrize("state", ["BUILD_PLACING", "HOLDING"])
async def test_a_journal_that_cannot_be_written_closes_what_is_open_without_it(
    make_node: Any, tmp_path: Path, state: str
) -> None:
    pair = strategy(tmp_path, hold_ms=300)
    said: list[str] = []
    node, core = await make_node(pair)

    def hear(message: Any) -> None:
        said.append(getattr(message, "text", ""))
        if said[-1] == state:
            assert pair.record is not None
            pair.record.journal._db.execute("PRAGMA query_only = ON")  # refuses like a full or read-only disk

    node.kernel.msgbus.subscribe(PROGRESS_TOPIC, hear)
    await until(lambda: pair._finished)
    assert pair.halted is not None
    assert pair.halted.reason.startswith("guard: journal_lost: journal ")
    assert str(tmp_path / "journal.sqlite") in pair.halted.reason
    assert (pair.halted.dirty, core.positions) == (False, {ETH: 0, SOL: 0})
    assert [result.outcome for result in pair.results] == ["recovered_flat"]
    with Journal(tmp_path / "journal.sqlite", readonly=True) as journal:
        remembered = {intent.order_id for intent in journal.intents()}
    unremembered = [order for order in node.cache.orders() if order.client_order_id.value not in remembered]
    assert unremembered
    assert all(order.is_reduce_only for order in unremembered)


async def test_without_a_journal_nothing_starts(make_node: Any, tmp_path: Path) -> None:
    (tmp_path / "journal.sqlite").mkdir()
    pair = strategy(tmp_path)
    _, core = await make_node(pair)
    await until(lambda: pair._finished)
    assert pair.halted is not None
    assert pair.halted.reason.startswith("journal_lost: journal ")
    assert core.submitted == []


async def test_equal_quantities_of_two_coins_are_refused_before_anything_is_sent(
    make_node: Any, tmp_path: Path
) -> None:
    pair = strategy(tmp_path, neutral="quantity")
    _, core = await make_node(pair)
    await until(lambda: pair._finished)
    assert pair.halted is not None
    assert pair.halted.reason.startswith("not_neutral: equal quantities of ETH and SOL")
    assert core.submitted == []


async def test_a_defect_of_ours_closes_what_is_open(make_node: Any, tmp_path: Path) -> None:
    pair = strategy(tmp_path, hold_ms=60_000, sample_ms=10)
    _, core = await make_node(pair)
    await until(lambda: pair.current is not None and pair.current.state == "HOLDING")
    pair.results = None  # type: ignore[assignment]  # any defect: the next sample stumbles
    await until(lambda: pair._failed)
    pair.results = Results()
    await until(lambda: pair._finished)
    assert pair.halted is not None
    assert pair.halted.reason.startswith("guard: internal: AttributeError")
    assert core.positions == {ETH: 0, SOL: 0}


def leave(path: Path, *cycles: str) -> None:
    """A journal in which each cycle bought 0.15 ETH and never ended."""
    with Journal(path) as journal:
        for cycle_id in cycles:
            qty, price = Decimal("0.15"), Decimal(3000)
            journal.intent(
                Intent(f"{cycle_id}-1", cycle_id, 0, "ETH-PERP.NADO", "BUY", qty, "ioc", price, False, 1)
            )  # fmt: skip
            journal.fill(
                FillRecord(
                    "NADO", f"t{cycle_id}", "ETH-PERP.NADO", f"{cycle_id}-1", "BUY", qty, price, Decimal(1), False, 2
                )
            )  # fmt: skip


@pytest.mark.parametrize(
    ("cycles", "reason"),
    [
        (("a-1",), "leftover_unexplained: ETH-PERP holds 0, the fills in the journal make 0.15"),
        (("a-1", "a-2"), "leftover_of_several: cycles a-1, a-2 are open"),
    ],
)
async def test_what_an_earlier_run_left_and_the_venue_does_not_have_stops_the_start(
    make_node: Any, tmp_path: Path, cycles: tuple[str, ...], reason: str
) -> None:
    leave(tmp_path / "journal.sqlite", *cycles)
    pair = strategy(tmp_path)
    _, core = await make_node(pair)
    await until(lambda: pair._finished)
    assert pair.halted is not None
    assert pair.halted.reason.startswith(reason)
    assert core.submitted == []


async def test_an_order_of_an_earlier_run_that_the_venue_cannot_tell_about_stops_the_start(
    make_node: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(earlier_orders, "BUDGET_S", 2.0)

    def unavailable(core: FakeCore, *_terms: object) -> int:
        return core.reply(next(core.tickets), Outcome.UNAVAILABLE)

    monkeypatch.setattr(FakeCore, "query_order", unavailable)
    with Journal(tmp_path / "journal.sqlite") as journal:
        journal.intent(Intent("a-1-1", "a-1", 0, "ETH-PERP.NADO", "BUY", Decimal(1), "ioc", Decimal(1), False, 1))
        journal.order_event(OrderEvent("a-1-1", SENT, 1, "0xabc"))
    pair = strategy(tmp_path)
    _, core = await make_node(pair)
    await until(lambda: pair._finished)
    assert pair.halted is not None
    assert pair.halted.reason == "unresolved_intent: the venue did not tell what became of a-1-1"
    assert core.submitted == []


async def test_funding_outside_a_cycle_counts_for_the_day_and_the_run(make_node: Any, tmp_path: Path) -> None:
    pair = strategy(tmp_path, cycles=1)
    await make_node(pair)
    await until(lambda: pair._finished)
    before = pair.guards.daily_loss.realised
    notice = LinkNotice(
        Notice.FUNDING, "", pair.clock.timestamp_ns(), instrument_id=pair.legs[0], amount=Decimal("-0.5")
    )  # fmt: skip
    for _ in range(2):  # told twice, paid once
        pair._on_notice(notice)
    assert pair.guards.daily_loss.realised - before == Decimal("-0.5")
    assert pair.record is not None
    assert [payment.cycle_id for payment in pair.record.journal.funding_payments()] == [""]
