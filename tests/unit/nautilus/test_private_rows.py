"""Rows of the private streams against a stand-in for the core: what is told once, and what is told last."""

from __future__ import annotations

import time
from typing import Any

import pytest
from fake_core import X18, FakeCore, until
from nautilus_trader.model.enums import OrderSide, OrderStatus
from nautilus_trader.model.identifiers import InstrumentId
from nautilus_trader.trading.strategy import Strategy

from hedgewire.nautilus.rows import Outcome
from hedgewire.nautilus.truth import LinkNotice, Notice, topic
from hedgewire.venues.nado import NADO_VENUE

ETH_PERP = InstrumentId.from_str("ETH-PERP.NADO")


class Quiet(Strategy):
    """Sends what the test says and keeps what it hears."""

    def __init__(self) -> None:
        super().__init__()
        self.fills: list[Any] = []
        self.notices: list[LinkNotice] = []

    def on_start(self) -> None:
        self.msgbus.subscribe(topic(NADO_VENUE), self.notices.append)

    def on_order_filled(self, event: Any) -> None:
        self.fills.append(event)

    def bid(self, size: str) -> Any:
        instrument = self.cache.instrument(ETH_PERP)
        order = self.order_factory.limit(
            ETH_PERP, OrderSide.BUY, instrument.make_qty(size), instrument.make_price("2990")
        )
        self.submit_order(order)
        return order


def silence(_core: FakeCore, _ticket: int, _order: tuple[Any, ...]) -> None:
    """No answer to this order."""


@pytest.mark.proves("R000-40")
async def test_a_trade_that_is_told_twice_at_once_counts_once(make_node: Any) -> None:
    """The second copy is looked at before the engine has applied the first. Counted twice, the order would pass for
    filled whole, and a cancel of the half that still rests would never be sent."""
    hand = Quiet()
    _, core = await make_node(hand)
    order = hand.bid("1")
    await until(lambda: order.status == OrderStatus.ACCEPTED)
    trade = core.fill(core.submitted[-1][0], X18 // 2, 2990 * X18, taker=False, show=False)
    core.emit(trade, trade)
    await until(lambda: hand.fills)
    hand.cancel_order(order)
    await until(lambda: order.is_closed)
    assert (order.status, str(order.filled_qty)) == (OrderStatus.CANCELED, "0.500")
    assert [str(fill.last_qty) for fill in hand.fills] == ["0.500"]


async def test_what_the_core_says_while_it_closes_is_heard(make_node: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reply that will never be read makes the outcome unknown: strategy and journal must learn it."""
    hand = Quiet()
    node, core = await make_node(hand)
    core.script = [silence]
    order = hand.bid("1")
    await until(lambda: order.status == OrderStatus.SUBMITTED)
    close, number = core.close, core.submitted[-1][0]
    (execution,) = node.kernel.exec_engine._clients.values()
    (ticket,) = execution._commands

    def close_with_a_word() -> None:
        core.outcome(ticket, number, Outcome.UNKNOWN, reason="the client was closed")
        close()

    monkeypatch.setattr(core, "close", close_with_a_word)
    await node.stop_async()
    (notice,) = [notice for notice in hand.notices if notice.notice is Notice.OUTCOME_UNKNOWN]
    assert (notice.client_order_id, notice.reason) == (order.client_order_id, "the client was closed")


@pytest.mark.proves("R000-39")
@pytest.mark.parametrize("minutes", [None, 90])
async def test_the_start_looks_back_as_far_as_is_configured(make_node: Any, minutes: int | None) -> None:
    before_s = int(time.time())
    _, core = await make_node(reconciliation_lookback_mins=minutes)
    if minutes is None:
        assert core.asked_since_s == {"orders": -1, "fills": -1}, "as far as the venue remembers"
        return
    for what, since_s in core.asked_since_s.items():
        assert 0 <= since_s - (before_s - 60 * minutes) <= 60, what
    assert set(core.asked_since_s) == {"orders", "fills"}
