"""Questions about positions: one answer of the venue for all that wait, and no answer is never zero."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from fake_core import ETH, SOL, X18, FakeCore, until
from nautilus_trader.model.identifiers import InstrumentId
from nautilus_trader.trading.strategy import Strategy

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


async def test_without_an_answer_both_are_unknown_and_not_flat(make_node: Any) -> None:
    asker = Asker()
    _, core = await make_node(asker)
    core.unavailable.add("positions")
    answers = asker.ask()
    await until(lambda: len(answers) == 2)
    assert answers == [None, None]
