"""The first thing a strategy does: ask the venue about every order an earlier process may have sent."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from decimal import Decimal

from nautilus_trader.model.enums import LiquiditySide, OrderSide
from nautilus_trader.model.identifiers import ClientOrderId, InstrumentId

from hedgewire.journal import SENT, UnresolvedIntent
from hedgewire.nautilus.truth import EarlierEnd, EarlierOrder
from hedgewire.pair import vocabulary as v
from hedgewire.pair.record import Record


class Recovery:
    """One question after the other. ``done`` is called with an empty text, or with the reason why nothing may start."""

    def __init__(
        self,
        record: Record,
        ask: Callable[[EarlierOrder], None],
        now_ns: Callable[[], int],
        done: Callable[[str], None],
    ) -> None:
        self._record = record
        self._ask = ask
        self._now_ns = now_ns
        self._done = done
        self._open: deque[UnresolvedIntent] = deque(record.journal.unresolved())
        self._known = {event.detail for event in record.journal.order_events() if event.status == SENT}

    def begin(self) -> None:
        if not self._open:
            self._done("")
            return
        asked = self._open.popleft()
        intent = asked.intent
        if intent.instrument not in self._record.instruments:
            self._done(f"leftover_of_another_pair: {intent.order_id} in the journal is of {intent.instrument}")
            return
        self._record.note(intent.cycle_id, f"unresolved_intent: {intent.order_id}: asking the venue", self._now_ns())
        self._ask(
            EarlierOrder(
                ClientOrderId(intent.order_id), InstrumentId.from_str(intent.instrument), intent.side == v.Side.BUY,
                intent.qty, intent.price, intent.ts_ns, asked.venue_order_id, frozenset(self._known),
                lambda end: self._answered(asked, end),
            )
        )  # fmt: skip

    def _answered(self, asked: UnresolvedIntent, end: EarlierEnd | None) -> None:
        intent = asked.intent
        if end is None:
            self._done(f"unresolved_intent: the venue did not tell what became of {intent.order_id}")
            return
        filled = v.ZERO
        for report in end.fills:
            fill = v.Fill(
                intent.leg, intent.order_id, report.trade_id.value,
                v.Side.BUY if report.order_side == OrderSide.BUY else v.Side.SELL,
                report.last_qty.as_decimal(), report.last_px.as_decimal(), report.commission.as_decimal(),
                report.liquidity_side == LiquiditySide.MAKER, report.ts_event,
            )  # fmt: skip
            self._record.fill(fill)
            filled += Decimal(fill.qty)
        self._known.add(end.venue_order_id)
        self._record.earlier_end(intent.order_id, end.venue_order_id, filled, intent.qty, self._now_ns())
        self.begin()
