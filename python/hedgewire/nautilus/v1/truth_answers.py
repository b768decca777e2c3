"""Answers to what strategies ask of the venue beyond NautilusTrader's cache (see ``hedgewire.nautilus.truth``)."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

from hedgewire.errors import HedgewireError
from hedgewire.nautilus.rows import Status
from hedgewire.nautilus.truth import OrderFate, OrderQuestion, PositionQuestion, endpoint
from hedgewire.nautilus.v1 import convert
from hedgewire.nautilus.v1.private_rows import PrivateRows


class TruthAnswers(PrivateRows):
    """Registered at the message bus; a question that cannot be answered is answered with *unknown*."""

    def _init_truth_answers(self) -> None:
        self._position_questions: list[PositionQuestion] = []
        self._asking = False
        self._msgbus.register(endpoint=endpoint(self.venue), handler=self._answer_question)

    def _answer_question(self, question: Any) -> None:
        if isinstance(question, PositionQuestion):
            # An answer of the venue is dear: one serves both legs, and none is asked for while one is awaited.
            self._position_questions.append(question)
            if not self._asking:
                self._asking = True
                self.create_task(self._answer_positions(), log_msg="position questions")
        elif isinstance(question, OrderQuestion):
            self.create_task(self._answer_order(question), log_msg="order question")
        else:
            self._log.error(f"a question that is none: {type(question).__name__}")

    async def _answer_positions(self) -> None:
        try:
            while self._position_questions:
                await asyncio.sleep(0)  # both legs are asked about in one go
                questions, self._position_questions = self._position_questions, []
                held = await self._positions()
                for question in questions:
                    question.reply(self._quantity(question, held))
        finally:
            self._asking = False

    async def _positions(self) -> dict[int, int] | None:
        """By number, x18; None: the venue does not say."""
        try:
            rows = await self.position_rows()
        except HedgewireError as error:
            self._log.error(f"positions unknown: {error}")
            return None
        return {number: sum(row[2] for row in rows if row[1] == number) for number in {row[1] for row in rows}}

    def _quantity(self, question: PositionQuestion, held: dict[int, int] | None) -> Decimal | None:
        if held is None:
            return None
        try:
            return convert.decimal_x18(held.get(self.provider.traded(question.instrument_id).number, 0))
        except (HedgewireError, KeyError) as error:
            self._log.error(f"position of {question.instrument_id} unknown: {error}")
            return None

    async def _answer_order(self, question: OrderQuestion) -> None:
        try:
            row = await self.resolve_order(question.client_order_id)
        except HedgewireError as error:
            self._log.error(f"{question.client_order_id}: {error.message}")
            question.reply(OrderFate.UNAVAILABLE, None)
            return
        if row is None:
            # The core alone knows when an order can no longer arrive; it then closes it, and only that is proof.
            order = self._cache.order(question.client_order_id)
            is_over = order is not None and self.told.is_closed(order)
            question.reply(OrderFate.NOT_FOUND if is_over else OrderFate.PENDING, None)
            return
        alive = row[6] in (Status.ACCEPTED, Status.PARTIALLY_FILLED)
        question.reply(OrderFate.OPEN if alive else OrderFate.CLOSED, convert.decimal_x18(row[9]))
