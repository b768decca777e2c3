"""Answers to what strategies ask of the venue beyond NautilusTrader's cache (see ``hedgewire.nautilus.truth``)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from hedgewire.errors import HedgewireError
from hedgewire.nautilus.link import Row
from hedgewire.nautilus.rows import Outcome, RowKind, Status
from hedgewire.nautilus.truth import (
    OrderFate,
    OrderQuestion,
    PositionQuestion,
    VenueDocument,
    VenueMessage,
    endpoint,
)
from hedgewire.nautilus.v1 import convert
from hedgewire.nautilus.v1.order_terms import VenueRules
from hedgewire.nautilus.v1.private_rows import PrivateRows


class TruthAnswers(PrivateRows):
    """Registered at the message bus; a question that cannot be answered is answered with *unknown*."""

    _rules: VenueRules
    _awaited: dict[int, Callable[[Row], None]]

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
        elif isinstance(question, VenueMessage):
            self._send_message(question)
        elif isinstance(question, VenueDocument):
            self.create_task(self._answer_document(question), log_msg=f"venue document {question.name}")
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

    def _send_message(self, message: VenueMessage) -> None:
        """Once, whatever becomes of it."""
        if message.name not in self._rules.messages:
            known = ", ".join(sorted(self._rules.messages)) or "none"
            message.reply(Outcome.REFUSED_HERE, f"MESSAGE_UNKNOWN: {message.name}; the venue's own messages: {known}")
            return
        try:
            if self.link.core is None:
                raise ValueError("not connected")
            ticket = self.link.core.account_message(message.name, json.dumps(dict(message.fields), default=str))
        except (ValueError, OverflowError, RuntimeError) as error:
            message.reply(Outcome.REFUSED_HERE, f"REFUSED: {error}")
            return

        def conclude(row: Row) -> None:
            outcome, number, code, reason = Outcome(row[3]), row[4], row[5], row[6]
            text = f"{code}: {reason}" if code else str(reason)
            message.reply(outcome, number if outcome is Outcome.ACCEPTED else text)

        self._awaited[ticket] = conclude

    async def _answer_document(self, question: VenueDocument) -> None:
        params = json.dumps(dict(question.params), default=str)
        reply = await self.link.ask(lambda core: int(core.query_document(question.name, params)))
        documents = [row[2] for row in reply.rows if row[0] == RowKind.DOCUMENT]
        if not reply.ok or not documents:
            self._log.error(f"{question.name}: {reply.outcome.name} {reply.reason}")
            question.reply(None)
            return
        question.reply(json.loads(documents[0], parse_float=Decimal))
