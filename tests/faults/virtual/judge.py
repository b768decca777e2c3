"""What must hold after any run, whatever went wrong in it. A problem is ``name: what was seen``."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

from hedgewire.journal import SENT, Journal
from hedgewire.pair.ending import open_positions
from hedgewire.pair.strategy import PairStrategy
from hedgewire.pair.vocabulary import CycleDone, Fill, Halt, OrderDenied, OrderRejected, PositionAudit, Side, State

if TYPE_CHECKING:
    from .run import Remains, Seat
    from .scenario import Scenario

ZERO = Decimal(0)
Held = dict[int, Decimal]
"""By leg."""


def judge(remains: Remains, scenario: Scenario) -> list[str]:
    return list(_problems(remains, scenario))


def outcome(remains: Remains) -> str:
    """One word or two for the summary."""
    process = remains.seats[0].process
    if process is None:
        return "never started"
    strategy = process.strategy
    if strategy.halted is not None:
        return f"halted{' dirty' if strategy.halted.dirty else ''}: {strategy.halted.reason.split(':')[0]}"
    if not strategy._finished:
        return "unfinished"
    return ", ".join(sorted({result.outcome.value for result in strategy.results})) or "nothing traded"


def _problems(remains: Remains, scenario: Scenario) -> Iterator[str]:
    yield from (f"exception: {failure}" for failure in remains.failures)
    for seat in remains.seats:
        yield from _of_process(remains, seat)
    yield from _of_account(remains, scenario)
    yield from _lies(remains)
    yield from _unproven(remains)
    yield from remains.recording.breaches[:3]
    yield from (f"replay: {difference}" for difference in remains.recording.differences())


# ---- one process


def _of_process(remains: Remains, seat: Seat) -> Iterator[str]:
    process = seat.process
    if process is None or not process.strategy._finished:
        yield f"unfinished: {outcome(remains)}"
        return
    strategy, end = process.strategy, outcome(remains)
    with Journal(seat.journal, readonly=True) as journal:
        unresolved = [each.intent.order_id for each in journal.unresolved()]
        orders = {event.detail for event in journal.order_events() if event.status == SENT}
    if unresolved:
        yield f"unresolved: {unresolved} in the journal of a run that {end}"
    if strategy.current is not None and strategy.current.desk.live:
        live = sorted(order.submit.order_id for order in strategy.current.desk.live.values())
        yield f"unknown_for_ever: {live}"
    yield from _of_position(remains, strategy, orders, end)
    if not remains.history.of_others(orders):
        corrected = [note for cycle in strategy.cycles.values() for note in cycle.desk.ledger.corrections]
        yield from (f"corrected: {each.qty} of leg {each.leg}, and nobody else has traded" for each in corrected)
    if strategy.current is not None and strategy.current.supervised and strategy.current.state is State.HALTED_DIRTY:
        yield f"never_closed: {open_positions(strategy.current)} long after the last trouble, after a run that {end}"
    legs = _legs(remains)
    cached = {
        legs[str(position.instrument_id)]: Decimal(str(position.signed_decimal_qty()))
        for position in process.cache.positions_open()
    }
    # What others did reaches NautilusTrader's cache through its live engine only: the real-time schedules look there.
    if seat.lives == 1 and not remains.history.of_others(orders) and cached != remains.world.positions():
        yield f"cache: NautilusTrader has {cached}, the venue {remains.world.positions()}"


def _legs(remains: Remains) -> dict[str, int]:
    """By the name that the journal and NautilusTrader have for the instrument."""
    return {leg.instrument: number for number, leg in enumerate(remains.world.pair)}


def _of_position(remains: Remains, strategy: PairStrategy, orders: set[str], end: str) -> Iterator[str]:
    """What it says is open must be the position as the venue had it when it was last asked, and its own fills since."""
    halted = strategy.halted
    if halted is not None and halted.dirty and strategy.current is None:
        held = remains.world.positions()
        yield f"halt_nameless: halted ({halted.reason}) without a cycle, the venue has {held}"
        return
    name = "not_flat" if halted is None else "halt_wrong" if halted.dirty else "halt_not_flat"
    for leg in range(len(remains.world.pair)):
        said = _said(strategy, leg)
        if said is None:
            continue
        possible = remains.history.as_seen(leg, orders, *_last_look(strategy, leg))
        if said not in possible:
            yield f"{name}: leg {leg}: {said} is said to be open, it was {possible}, after a run that {end}"
    if halted is not None and halted.dirty and not remains.history.of_others(orders):
        named = {held.leg for held in halted.open_positions}
        if not named >= set(remains.world.positions()):
            yield f"halt_silent: {end} naming legs {named}, the venue has {remains.world.positions()}"


def _said(strategy: PairStrategy, leg: int) -> Decimal | None:
    """What is open on a leg by the strategy's word; None: it says that it does not know."""
    halted, cycle = strategy.halted, strategy.current
    if halted is None or not halted.dirty or cycle is None:
        return ZERO
    # What was named at the halt may since have been closed: a machine that goes on trying is asked again.
    for held in open_positions(cycle) if cycle.supervised else halted.open_positions:
        if held.leg == leg:
            return held.qty if held.confirmed or cycle.supervised else None
    return ZERO


def _last_look(strategy: PairStrategy, leg: int) -> tuple[int, int]:
    """When the venue was last asked for the leg's position, and when that was answered (ns). A machine that has halted
    and does not supervise what is open looks no more, whatever else it is told."""
    look, cycle = (0, 0), strategy.current
    for event, now_ns, actions, _ in cycle.log.steps if cycle is not None else ():  # type: ignore[attr-defined]
        if isinstance(event, PositionAudit) and event.leg == leg and event.qty is not None:
            look = event.ts, now_ns
        if cycle is not None and not cycle.supervised and any(isinstance(action, Halt) for action in actions):
            break
    return look


# ---- the account


def _of_account(remains: Remains, scenario: Scenario) -> Iterator[str]:
    legs, venues = _legs(remains), remains.world.venues.values()
    ours: Held = {}
    intents = 0
    registered: set[str] = set()
    for seat in remains.seats:
        if not seat.lives:
            continue
        with Journal(seat.journal, readonly=True) as journal:
            registered |= {event.detail for event in journal.order_events() if event.status == SENT}
            intents += len(list(journal.intents()))
            for fill in journal.fills():
                leg = legs[fill.instrument]
                ours[leg] = ours.get(leg, ZERO) + fill.qty * Side(fill.side).sign
    ours = {leg: qty for leg, qty in ours.items() if qty}
    received = {name: count for venue in venues for name, count in venue.state.log.digests.items()}
    if ours != remains.history.traded(received):
        yield f"positions: our fills make {ours}, at the venue our orders made {remains.history.traded(received)}"
    twice = {name: count for name, count in received.items() if count > 1}
    if twice or len(received) > intents:
        yield f"sent_twice: {intents} intents, {len(received)} orders received, repeated: {twice}"
    if all(seat.lives < 2 for seat in remains.seats) and set(received) - registered:
        yield f"unregistered: {sorted(set(received) - registered)} were sent before their ids were known"
    alone = len(remains.seats) == 1 and not remains.history.of_others(received)
    if alone and remains.most_exposure_usd > scenario.pair["max_position_usd"] * Decimal("1.02"):
        yield f"exposure: {remains.most_exposure_usd} USD at the venue, {scenario.pair['max_position_usd']} allowed"
    books = [venue.state.exchange.open_orders for venue in venues]
    resting = [order.order_id for orders in books for order in orders.values() if not order.background]
    if resting:
        yield f"resting: {resting} at the venue after the end"


def _unproven(remains: Remains) -> Iterator[str]:
    """Nothing is called flat that the venue has not called so after the last fill."""
    for log in remains.recording.logs:
        traded: dict[int, int] = {}
        looked: dict[int, int] = {}
        for event, now_ns, actions, _ in log.steps:
            if isinstance(event, Fill):
                traded[event.leg] = now_ns
            elif isinstance(event, PositionAudit) and event.qty == 0:
                looked[event.leg] = event.ts
            if any(isinstance(act, CycleDone) or (isinstance(act, Halt) and not act.dirty) for act in actions):
                blind = [leg for leg, traded_ns in traded.items() if looked.get(leg, 0) < traded_ns]
                if blind:
                    yield f"flat_unproven: {log.cycle.desk.cycle_id} ends without a look at legs {blind}"


def _lies(remains: Remains) -> Iterator[str]:
    """A refusal needs positive evidence: an order that was told as refused has no fill, in no life of the process."""
    events = [event for log in remains.recording.logs for event, _, _, _ in log.steps]
    refused = {event.order_id for event in events if isinstance(event, OrderRejected | OrderDenied)}
    filled = {event.order_id for event in events if isinstance(event, Fill)}
    if refused & filled:
        yield f"false_refusal: {sorted(refused & filled)} were told as refused and have fills"
