"""Questions about positions: one answer of the venue for all that wait, and no answer is never zero."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

import pytest
from fake_core import ETH, SOL, X18, FakeCore, until
from nautilus_trader.model.identifiers import InstrumentId
from nautilus_trader.trading.strategy import Strategy

from hedgewire.nautilus.rows import Outcome, RowKind
from hedgewire.nautilus.truth import PositionQuestion, endpoint
from hedgewire.venues.nado import NADO_VENUE

LEGS = tuple(InstrumentId.from_str(f"{symbol}.NADO") for symbol in ("ETH-PERP", "SOL-PERP"))


class Asker(Strategy):
    """Asks about both legs at once, as the pair's audits do."""

    def ask(self) -> list[Decimal | None]:
        answers: list[Decimal | None] = []
        for leg in LEGS:
            self.msgbus.send(endpoint=endpoint(NADO_VENUE), msg=PositionQuestion(leg, answers.append))
        return answers


async def test_both_legs_share_one_answer_and_the_next_question_gets_a_new_one(
    make_node: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asker = Asker()
    _, core = await make_node(asker)
    asked: list[int] = []
    query = FakeCore.query_positions
    monkeypatch.setattr(FakeCore, "query_positions", lambda self: asked.append(1) or query(self))
    core.positions = {ETH: X18 // 2, SOL: -3 * X18}
    answers = asker.ask()
    await until(lambda: len(answers) == 2)
    assert (answers, len(asked)) == ([Decimal("0.5"), Decimal(-3)], 1)
    core.positions = {ETH: 0, SOL: 0}
    answers = asker.ask()
    await until(lambda: len(answers) == 2)
    assert (answers, len(asked)) == ([Decimal(0), Decimal(0)], 2)


async def test_while_the_venue_is_slow_questions_wait_for_one_that_is_asked_after_them(
    make_node: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asker = Asker()
    _, core = await make_node(asker)
    core.positions = {ETH: X18, SOL: 0}
    slow: list[int] = []
    monkeypatch.setattr(FakeCore, "query_positions", lambda self: slow.append(next(self.tickets)) or slow[-1])
    first = asker.ask()
    await until(lambda: len(slow) == 1)
    later = [asker.ask() for _ in range(3)]
    await asyncio.sleep(0)
    assert len(slow) == 1, "none beside it"
    monkeypatch.undo()
    rows = [(RowKind.POSITION, ETH, 2 * X18, 1, False, "", 0, 0)]
    core.reply(slow[0], Outcome.FOUND, rows)
    await until(lambda: all(len(answers) == 2 for answers in later))
    assert first == [Decimal(2), Decimal(0)]
    assert later == [[Decimal(1), Decimal(0)]] * 3


async def test_without_an_answer_both_are_unknown_and_not_flat(make_node: Any) -> None:
    asker = Asker()
    _, core = await make_node(asker)
    core.unavailable.add("positions")
    answers = asker.ask()
    await until(lambda: len(answers) == 2)
    assert answers == [None, None]
