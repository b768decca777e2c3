"""What the next process makes of a journal: what it asks about, which cycle it resumes, what the day has cost."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal as D
from pathlib import Path
from typing import Any

import pytest
from nautilus_trader.core.uuid import UUID4
from nautilus_trader.execution.reports import FillReport
from nautilus_trader.model.enums import LiquiditySide, OrderSide
from nautilus_trader.model.identifiers import AccountId, InstrumentId, TradeId, VenueOrderId
from nautilus_trader.model.objects import Money, Price, Quantity

from hedgewire.journal import FundingRecord, OrderEvent
from hedgewire.nautilus.truth import EarlierEnd, EarlierOrder
from hedgewire.pair import vocabulary as v
from hedgewire.pair.guards import DailyLoss, Level
from hedgewire.pair.record import Record
from hedgewire.pair.recovery import Recovery
from hedgewire.pair.restart import LeftoverError, interrupted, restore_day

PAIR = ("ETH-PERP.NADO", "SOL-PERP.NADO")
DAY_NS = 86_400 * 10**9
TODAY_NS = 20_000 * DAY_NS


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Record]:
    made = Record(tmp_path / "journal.sqlite", PAIR, pytest.fail)
    yield made
    made.close()


def intent(record: Record, order_id: str, leg: int, side: v.Side, qty: str, reduce_only: bool = False) -> None:
    cycle_id = order_id.rpartition("-")[0]
    submit = v.Submit(leg, order_id, side, D(qty), v.OrderKind.IOC, D("100"), reduce_only)
    record.intent(cycle_id, submit, TODAY_NS)


def fill(record: Record, order_id: str, leg: int, side: v.Side, qty: str) -> None:
    record.event(order_id, v.Fill(leg, order_id, f"t{order_id}", side, D(qty), D("100"), D("0.01"), False, 5), 5)


def ended(record: Record, cycle_id: str, net: str, ts_ns: int = TODAY_NS) -> None:
    record.journal.cycle(cycle_id, "paired", {"net_pnl_usd": net}, ts_ns)


def whole_cycle(record: Record, cycle_id: str) -> None:
    for number, (leg, side) in enumerate([(0, v.Side.BUY), (1, v.Side.SELL), (0, v.Side.SELL), (1, v.Side.BUY)], 1):
        intent(record, f"{cycle_id}-{number}", leg, side, "1")
        fill(record, f"{cycle_id}-{number}", leg, side, "1")


# ------------------------------------------------------------------------------------------------ which cycle is open


def test_a_finished_flat_cycle_is_not_resumed(record: Record) -> None:
    whole_cycle(record, "s-1")
    ended(record, "s-1", "-0.5")
    assert interrupted(record.journal, PAIR) is None


@pytest.mark.proves("R003-010")
def test_a_cycle_with_one_leg_is_resumed_with_its_fills_and_its_used_ids(record: Record) -> None:
    whole_cycle(record, "s-1")
    ended(record, "s-1", "-0.5")
    intent(record, "s-2-1", 0, v.Side.SELL, "1")
    intent(record, "s-2-2", 1, v.Side.BUY, "1")
    fill(record, "s-2-1", 0, v.Side.SELL, "0.4")
    record.funding("s-2", v.FundingPaid(0, D("0.02"), 6))
    found = interrupted(record.journal, PAIR)
    assert found is not None
    assert (found.cycle_id, found.direction, found.orders) == ("s-2", v.Direction.SELL_FIRST, 2)
    assert [(f.leg, f.side, f.qty) for f in found.fills] == [(0, v.Side.SELL, D("0.4"))]
    assert found.funding == (v.FundingPaid(0, D("0.02"), 6),)


def test_a_flat_cycle_that_traded_and_has_no_result_is_resumed_for_its_result(record: Record) -> None:
    whole_cycle(record, "s-1")
    found = interrupted(record.journal, PAIR)
    assert found is not None
    assert len(found.fills) == 4


def test_a_cycle_that_sent_and_traded_nothing_needs_nothing(record: Record) -> None:
    intent(record, "s-1-1", 0, v.Side.BUY, "1")
    assert interrupted(record.journal, PAIR) is None


def test_two_open_cycles_are_for_a_person(record: Record) -> None:
    for order_id in ("s-1-1", "s-2-1"):
        intent(record, order_id, 0, v.Side.BUY, "1")
        fill(record, order_id, 0, v.Side.BUY, "1")
    with pytest.raises(LeftoverError, match=r"leftover_of_several: cycles s-1, s-2 .*hint:"):
        interrupted(record.journal, PAIR)


def test_the_leftover_of_another_pair_is_for_the_configuration_that_made_it(record: Record) -> None:
    intent(record, "s-1-1", 0, v.Side.BUY, "1")
    fill(record, "s-1-1", 0, v.Side.BUY, "1")
    with pytest.raises(LeftoverError, match=r"leftover_of_another_pair: .*ETH-PERP.NADO.*hint:"):
        interrupted(record.journal, ("BTC-PERP.NADO", "SOL-PERP.NADO"))


# ------------------------------------------------------------------------------------------------------- the day


@pytest.mark.proves("R003-2.2.7", "R003-055")
def test_a_restart_does_not_give_the_day_a_second_loss(record: Record) -> None:
    """Yesterday does not count, today's cycles and loose funding do, the cycle still open does when it ends."""
    ended(record, "s-1", "-50", TODAY_NS - 1)
    ended(record, "s-2", "-3")
    ended(record, "s-3", "-90")
    record.journal.funding(FundingRecord("NADO", PAIR[0], "", D("-1.5"), TODAY_NS + 7))
    record.journal.funding(FundingRecord("NADO", PAIR[0], "s-2", D("-1"), TODAY_NS + 8))
    daily = DailyLoss(D(5))
    restore_day(record.journal, daily, still_open="s-3")
    assert daily.realised == D("-4.5")
    assert daily.check(TODAY_NS + 9).level is Level.OK
    assert daily.check(TODAY_NS + 9, D("-0.5")).level is Level.HALT


# ------------------------------------------------------------------------------------------------ asking the venue


def report(order_id: str, qty: str, trade: str = "t") -> FillReport:
    return FillReport(
        AccountId("NADO-default"), InstrumentId.from_str(PAIR[0]), VenueOrderId("0x1"), TradeId(trade), OrderSide.BUY,
        Quantity.from_str(qty), Price.from_str("100.0"), Money("0.01", _usd()), LiquiditySide.TAKER, UUID4(), 7, 7,
    )  # fmt: skip


def _usd() -> Any:
    from nautilus_trader.model.currencies import USDT

    return USDT


class Venue:
    """Answers questions with what a test says, one after the other."""

    def __init__(self, record: Record, *answers: EarlierEnd | None) -> None:
        self.asked: list[EarlierOrder] = []
        self.ends: list[str] = []
        self._answers = list(answers)
        Recovery(record, self.ask, lambda: 9, self.ends.append).begin()

    def ask(self, question: EarlierOrder) -> None:
        self.asked.append(question)
        question.reply(self._answers.pop(0))


@pytest.mark.proves("R003-010")
def test_every_unresolved_intent_is_asked_about_and_its_fills_are_recorded_once(record: Record) -> None:
    intent(record, "s-1-1", 0, v.Side.BUY, "1")
    intent(record, "s-1-2", 0, v.Side.BUY, "2")
    record.sent("s-1-1", "0x1", 5)
    fill(record, "s-1-1", 0, v.Side.BUY, "0.4")
    known = report("s-1-1", "0.4", "ts-1-1")
    venue = Venue(record, EarlierEnd("0x1", (known, report("s-1-1", "0.6", "new"))), EarlierEnd("", ()))
    assert venue.ends == [""]
    first, second = venue.asked
    assert (first.client_order_id.value, first.venue_order_id, first.is_buy, first.quantity) == (
        "s-1-1", "0x1", True, D(1),
    )  # fmt: skip
    assert (second.venue_order_id, second.known) == ("", {"0x1"})
    assert [(f.trade_id, f.qty) for f in record.journal.fills()] == [("ts-1-1", D("0.4")), ("new", D("0.6"))]
    assert record.journal.unresolved() == []
    assert [event.status for event in record.journal.order_events()] == ["sent", "filled", "absent"]


def test_an_order_that_filled_in_part_is_over_with_that_part(record: Record) -> None:
    intent(record, "s-1-1", 0, v.Side.BUY, "1")
    Venue(record, EarlierEnd("0x1", (report("s-1-1", "0.3"),)))
    last = record.journal.order_events()[-1]
    assert (last.status, last.filled_qty) == ("canceled", D("0.3"))


def test_an_order_that_stays_unknown_stops_the_start_by_name(record: Record) -> None:
    intent(record, "s-1-1", 0, v.Side.BUY, "1")
    assert Venue(record, None).ends == ["unresolved_intent: the venue did not tell what became of s-1-1"]
    assert record.journal.unresolved()


def test_an_intent_of_another_instrument_is_not_asked_about(record: Record) -> None:
    intent(record, "s-1-1", 0, v.Side.BUY, "1")
    record.instruments = ("BTC-PERP.NADO", "SOL-PERP.NADO")
    venue = Venue(record)
    assert venue.asked == []
    assert venue.ends[0].startswith("leftover_of_another_pair: s-1-1")


def test_what_is_settled_needs_no_question(record: Record) -> None:
    intent(record, "s-1-1", 0, v.Side.BUY, "1")
    record.journal.order_event(OrderEvent("s-1-1", "expired", 6))
    assert (Venue(record).asked, Venue(record).ends) == ([], [""])
