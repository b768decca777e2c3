"""What is compared: everything that crosses the two borders of the client in an order that no network may change.

To the venue: each leg's executes, in their order and with side, size, price and kind. To the strategy: each leg's order
events, in their order and with the size and price of fills. At the end: positions, fills and open orders at the venue,
the journal's sums, the cycles' outcomes and reasons, the faults that bit. Not compared, because two right runs differ
in it: times and ids; how the two legs interleave (they share no connection); questions, which change nothing and are
asked as often as time allows, by the real engine's own checks too.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest
from pairs import fills, x18

from hedgewire.journal import Journal
from hedgewire.pair.strategy import PairStrategy
from hedgewire.simulator.venue import VenueApp
from hedgewire.simulator.wire.nado import gateway
from hedgewire.simulator.wire.nado.appendix import unpack
from hedgewire.simulator.wire.paradex.executes import Executes

Lines = dict[Any, list[str]]


@dataclass
class Course:
    """One run."""

    requests: Lines = field(default_factory=dict)
    """By product."""
    events: Lines = field(default_factory=dict)
    """By instrument."""
    positions: dict[int, Decimal] = field(default_factory=dict)
    traded: dict[int, tuple[Decimal, Decimal]] = field(default_factory=dict)
    """By product: signed base amount, and its value, over all fills of the venue."""
    resting: int = 0
    intents: int = 0
    journalled: dict[str, tuple[Decimal, Decimal]] = field(default_factory=dict)
    outcomes: list[str] = field(default_factory=list)
    bitten: set[str] = field(default_factory=set)

    def close(self, app: VenueApp, strategy: PairStrategy) -> None:
        """Write down what was left."""
        state = app.state
        owner = state.default_account(0)
        held = state.account(owner).positions
        self.positions = {product: x18(each.amount) for product, each in held.items() if each.amount}
        for fill in fills(app):
            _add(self.traded, fill.product_id, fill.qty, fill.price)
        self.resting = len(state.exchange.orders_of(owner))
        assert strategy.record is not None
        journal: Journal = strategy.record.journal
        self.intents = len(journal.intents())
        for known in journal.fills():
            sign = 1 if known.side == "BUY" else -1
            _add(self.journalled, known.instrument, known.qty * sign, known.price)
        self.outcomes = [f"{result.outcome}: {_head(result.reason)}" for result in strategy.results]
        if strategy.halted is not None:
            self.outcomes.append(f"halted: {_head(strategy.halted.reason)}")
        self.bitten = {name for name, count in state.faults.fired.items() if count}


@contextmanager
def witness() -> Iterator[Course]:
    """While entered, whatever any client asks and whatever any pair strategy hears goes into the course."""
    course = Course()
    execute, place, hear = gateway._execute, Executes.place, PairStrategy.on_order_event
    cancels = {name: getattr(Executes, name) for name in ("cancel_by_client_id", "cancel_batch", "cancel_all")}
    order_ids: dict[str, list[str]] = {}

    async def executed(state: Any, name: str, body: Any) -> Any:
        for product_id, text in _request(name, body):
            course.requests.setdefault(product_id, []).append(text)
        return await execute(state, name, body)

    def placed(executes: Executes, session: Any, body: Any, **more: Any) -> Any:
        limits = f"{body['instruction']}{' reduce-only' if 'REDUCE_ONLY' in body.get('flags', ()) else ''}"
        signed = Decimal(body["size"]) * (1 if body["side"] == "BUY" else -1)
        product_id = executes.state.products[body["market"]]
        course.requests.setdefault(product_id, []).append(f"{limits} {signed} @ {Decimal(body['price'])}")
        return place(executes, session, body, **more)

    def cancelling(name: str) -> Any:
        def cancelled(executes: Executes, *given: Any) -> Any:
            course.requests.setdefault(0, []).append(name)
            return cancels[name](executes, *given)

        return cancelled

    def heard(strategy: PairStrategy, event: Any) -> None:
        leg = str(event.instrument_id)
        known = order_ids.setdefault(leg, [])
        if event.client_order_id.value not in known:
            known.append(event.client_order_id.value)
        number = known.index(event.client_order_id.value) + 1
        filled = f" {event.last_qty} @ {event.last_px}" if hasattr(event, "last_qty") else ""
        course.events.setdefault(leg, []).append(f"order {number}: {type(event).__name__}{filled}")
        hear(strategy, event)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gateway, "_execute", executed)
        patch.setattr(Executes, "place", placed)
        for name in cancels:
            patch.setattr(Executes, name, cancelling(name))
        patch.setattr(PairStrategy, "on_order_event", heard)
        yield course


def _request(name: str, body: Any) -> Iterator[tuple[int, str]]:
    if name == "place_order":
        order = body["order"]
        bits = unpack(int(order["appendix"]))
        kind = f"{bits.kind.name}{' reduce-only' if bits.reduce_only else ''}"
        amount, price = (Decimal(order[name]).scaleb(-18) for name in ("amount", "priceX18"))
        yield body["product_id"], f"{kind} {amount} @ {price}"
    elif name == "cancel_orders":
        for product_id in body["tx"]["productIds"]:
            yield product_id, "cancel"
    else:
        yield 0, name


def _add(sums: dict[Any, tuple[Decimal, Decimal]], key: Any, qty: Decimal, price: Decimal) -> None:
    base, value = sums.get(key, (Decimal(0), Decimal(0)))
    sums[key] = base + qty, value + qty * price


def _head(reason: str) -> str:
    return reason.partition(":")[0]
