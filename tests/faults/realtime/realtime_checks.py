"""What must hold after (and during) any schedule of faults, with the venues themselves as witnesses."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from nautilus_trader.live.node import TradingNode
from nautilus_trader.model.identifiers import InstrumentId
from pairs import VenueFill, fills, product_id, x18

from hedgewire.cli.demo_legs import Leg, Pair
from hedgewire.journal import SENT, Journal
from hedgewire.pair.ledger import Ledger
from hedgewire.pair.restart import LeftoverError, interrupted
from hedgewire.pair.strategy import PairStrategy
from hedgewire.pair.vocabulary import Fill, Side, plain
from hedgewire.simulator.server import LocalVenue

WATCH_S = 0.02
REFUSED = ("rejected", "denied", "absent")
OTHERS_TRADED = ("manual_trade", "liquidate", "deleverage")
"""Faults that change the position without an order of ours."""


@dataclass(frozen=True)
class Venues:
    """The local venues of a pair."""

    pair: Pair
    local: dict[str, LocalVenue]

    @property
    def instruments(self) -> list[str]:
        """By leg."""
        return [leg.instrument for leg in self.pair]

    def positions(self) -> dict[str, Decimal]:
        """By instrument, as the venues' own books have them."""
        return {leg.instrument: self._held(leg) for leg in self.pair}

    def _held(self, leg: Leg) -> Decimal:
        state = self.local[leg.venue].state
        return x18(state.ledger.position(state.ledger.open(state.default_account(0)), product_id(leg)).amount)

    def exposure_usd(self) -> Decimal:
        prices = [x18(self.local[leg.venue].state.ledger.markets[product_id(leg)].oracle_price) for leg in self.pair]
        return sum((abs(self._held(leg)) * price for leg, price in zip(self.pair, prices, strict=True)), Decimal(0))

    def fired(self) -> Counter[str]:
        return sum((local.state.faults.fired for local in self.local.values()), Counter[str]())

    def received(self) -> dict[str, int]:
        """Orders that came, by the name that their sender knows them by, and how often."""
        return {name: count for local in self.local.values() for name, count in local.state.log.digests.items()}

    def fills(self) -> list[VenueFill]:
        """Of orders that our client sent: what somebody traded by hand is not ours."""
        ours = self.received()
        return [fill for local in self.local.values() for fill in fills(local.app) if fill.order in ours]

    def others_traded(self) -> bool:
        fired = self.fired()
        return any(fired[name] for name in OTHERS_TRADED)


@dataclass
class Watch:
    """Looks at the venues' positions all the time: exposure may never pass the limit."""

    venues: Venues
    strategy: PairStrategy
    most_usd: Decimal = Decimal(0)
    problems: list[str] = field(default_factory=list)

    async def run(self) -> None:
        while True:
            self.most_usd = max(self.most_usd, self.venues.exposure_usd())
            limit = self.strategy.config.max_position_usd
            others = self.venues.others_traded() or self.venues.fired()["price_jump"]
            if self.most_usd > limit and not others and not self.problems:
                self.problems.append(f"exposure {self.most_usd:.2f} USD passed the limit {limit}")
            await asyncio.sleep(WATCH_S)


@dataclass(frozen=True)
class Ended:
    venues: Venues
    node: TradingNode
    strategy: PairStrategy
    watch: Watch


def problems_of(end: Ended) -> list[str]:
    """Everything that does not hold (yet)."""
    if end.strategy.record is None:
        return ["the strategy has stopped before it was judged"]
    journal = end.strategy.record.journal
    return [
        *_fills(end, journal),
        *_positions(end, journal),
        *_orders(end, journal),
        *_refusals(end, journal),
        *_halt(end),
        *_replay(end, journal),
    ]


def _signed(journal: Journal) -> dict[str, Decimal]:
    return {fill.trade_id: fill.qty * Side(fill.side).sign for fill in journal.fills()}


def _fills(end: Ended, journal: Journal) -> Iterator[str]:
    ours, theirs = _signed(journal), {fill.trade_id: fill.qty for fill in end.venues.fills()}
    if len(ours) != len(journal.fills()):
        yield "a fill is in the journal twice"
    for name, missing in (("journal", theirs.keys() - ours.keys()), ("venue", ours.keys() - theirs.keys())):
        if missing:
            yield f"fills that the {name} does not have: {sorted(missing)[:5]}"
    wrong = [key for key in ours.keys() & theirs.keys() if ours[key] != theirs[key]]
    if wrong:
        yield f"fills of another size: {wrong[:5]}"


def _positions(end: Ended, journal: Journal) -> Iterator[str]:
    held = end.venues.positions()
    for name, amount in held.items():
        journalled = sum(
            (fill.qty * Side(fill.side).sign for fill in journal.fills() if fill.instrument == name), Decimal(0)
        )
        if journalled != amount and not end.venues.others_traded():
            yield f"{name}: the venue holds {amount}, our fills make {journalled}"
        found = end.node.cache.positions_open(instrument_id=InstrumentId.from_str(name))
        believed = sum((position.signed_decimal_qty() for position in found), Decimal(0))
        if believed != amount:
            yield f"{name}: the venue holds {amount}, the node believes {believed}"


def _orders(end: Ended, journal: Journal) -> Iterator[str]:
    received = end.venues.received()
    repeated = [name for name, times in received.items() if times > 1]
    if repeated:
        yield f"orders that were sent twice: {repeated[:3]}"
    intents = {intent.order_id for intent in journal.intents()}
    if len(received) > len(intents):
        yield f"{len(received)} orders reached the venue, {len(intents)} were intended"
    unknown = [(left.intent.order_id, left.last_status) for left in journal.unresolved()]
    if unknown:
        yield f"orders that are unknown: {unknown[:5]}"
    cache = end.node.cache
    working = [order.client_order_id.value for order in (*cache.orders_open(), *cache.orders_inflight())]
    if working:
        yield f"orders that still work in the node: {working[:5]}"
    states = [local.state for local in end.venues.local.values()]
    resting = [order for state in states for order in state.exchange.orders_of(state.default_account(0))]
    if resting:
        yield f"orders that rest at the venue: {[order.order_id for order in resting][:3]}"


def _refusals(end: Ended, journal: Journal) -> Iterator[str]:
    """A refusal needs evidence: what was told as one never traded."""
    events = journal.order_events()
    refused = {event.order_id for event in events if event.status in REFUSED}
    names = {event.detail: event.order_id for event in events if event.status == SENT and event.order_id in refused}
    traded = {names[fill.order] for fill in end.venues.fills() if fill.order in names}
    if traded:
        yield f"told as refused, and traded: {sorted(traded)[:3]}"


def _halt(end: Ended) -> Iterator[str]:
    """Flat, or halted with a reason that says exactly what is open."""
    held = {name: amount for name, amount in end.venues.positions().items() if amount}
    halted = end.strategy.halted
    if not held:
        return
    if halted is None or not halted.reason:
        yield f"open at the end, and nothing said so: {held}"
        return
    named = {name: f"{_bare(name)} holds {plain(amount)}" for name, amount in held.items()}
    if all(text in halted.reason for text in named.values()):
        return
    instruments = end.venues.instruments
    said = {instruments[open_.leg]: open_.qty for open_ in halted.open_positions if open_.qty}
    current = end.strategy.current  # it goes on closing after it has halted, and says so
    now = {} if current is None else {name: current.desk.held(leg) for leg, name in enumerate(instruments)}
    if held not in (said, {name: amount for name, amount in now.items() if amount}):
        yield f"open at the end: {held}; the halt ({halted.reason}) says {said}, the strategy now {now}"


def _bare(instrument: str) -> str:
    """Without its venue."""
    return instrument.rpartition(".")[0]


def _replay(end: Ended, journal: Journal) -> Iterator[str]:
    """The journal alone leads to the results that the running strategy has, and to the cycle that is still open."""
    cycle_of = {intent.order_id: intent.cycle_id for intent in journal.intents()}
    ledgers: dict[str, Ledger] = {}
    for fill in journal.fills():
        leg = end.venues.instruments.index(fill.instrument)
        ledgers.setdefault(cycle_of[fill.order_id], Ledger()).apply(
            Fill(
                leg, fill.order_id, fill.trade_id, Side(fill.side), fill.qty, fill.price, fill.fee, fill.is_maker,
                fill.ts_ns,
            )
        )  # fmt: skip
    for result in end.strategy.results:
        ledger = ledgers.get(result.cycle_id, Ledger())
        same = (ledger.volume, ledger.fees, len(ledger.fills)) == (result.volume, result.fees, result.fills)
        if not same:
            yield (
                f"{result.cycle_id}: the journal makes volume {ledger.volume} fees {ledger.fees} in "
                f"{len(ledger.fills)} fills, the result {result.volume} {result.fees} {result.fills}"
            )
    if end.venues.others_traded():
        return
    try:
        left: Any = interrupted(journal, end.strategy.config.instruments)
    except LeftoverError as error:
        yield f"a restart could not go on: {error}"
        return
    if left is not None and not any(end.venues.positions().values()) and end.strategy.halted is None:
        yield f"a restart would find {left.cycle_id} open, though everything is flat"
