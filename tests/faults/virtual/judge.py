"""What must hold after any run, whatever went wrong in it. A problem is ``name: what was seen``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

from hedgewire.journal import Journal
from hedgewire.pair.ending import open_positions
from hedgewire.pair.vocabulary import Fill, OpenPosition, OrderDenied, OrderRejected, Side

from .process import LEGS

if TYPE_CHECKING:
    from .run import Remains
    from .scenario import Scenario

PRODUCT_OF = {LEGS[0]: 4, LEGS[1]: 8}


def judge(remains: Remains, scenario: Scenario) -> list[str]:
    return list(_problems(remains, scenario))


def outcome(remains: Remains) -> str:
    """One word or two for the summary."""
    process = remains.process
    if process is None:
        return "never started"
    strategy = process.strategy
    if strategy.halted is not None:
        return f"halted{' dirty' if strategy.halted.dirty else ''}: {strategy.halted.reason.split(':')[0]}"
    if not strategy._finished:
        return "unfinished"
    return ", ".join(sorted({result.outcome.value for result in strategy.results})) or "nothing traded"


def _lies(remains: Remains) -> Iterator[str]:
    """A refusal needs positive evidence: an order that was told as refused has no fill, in no life of the process."""
    events = [event for log in remains.recording.logs for event, _, _, _ in log.steps]
    refused = {event.order_id for event in events if isinstance(event, OrderRejected | OrderDenied)}
    filled = {event.order_id for event in events if isinstance(event, Fill)}
    if refused & filled:
        yield f"false_refusal: {sorted(refused & filled)} were told as refused and have fills"


def _by_product(positions: Iterable[OpenPosition]) -> dict[int, Decimal]:
    return {PRODUCT_OF[LEGS[held.leg]]: held.qty for held in positions if held.qty}


def _problems(remains: Remains, scenario: Scenario) -> Iterator[str]:
    yield from (f"exception: {failure}" for failure in remains.failures)
    process = remains.process
    if process is None or not process.strategy._finished:
        yield f"unfinished: {outcome(remains)}"
        return
    halted = process.strategy.halted
    at_venue = remains.world.venue.positions()
    with Journal(remains.journal, readonly=True) as journal:
        fills = journal.fills()
        intents = len(list(journal.intents()))
        unresolved = [each.intent.order_id for each in journal.unresolved()]
    ours: dict[int, Decimal] = {}
    for fill in fills:
        product = PRODUCT_OF[fill.instrument]
        ours[product] = ours.get(product, Decimal(0)) + fill.qty * Side(fill.side).sign
    ours = {product: qty for product, qty in ours.items() if qty}
    if ours != at_venue:
        yield f"positions: our fills make {ours}, the venue has {at_venue}"
    cached = {
        PRODUCT_OF[str(position.instrument_id)]: Decimal(str(position.signed_decimal_qty()))
        for position in process.cache.positions_open()
    }
    if remains.world.lives == 1 and cached != at_venue:
        yield f"cache: NautilusTrader has {cached}, the venue {at_venue}"
    digests = remains.world.venue.state.log.digests
    twice = {digest: count for digest, count in digests.items() if count > 1}
    if twice or len(digests) > intents:
        yield f"sent_twice: {intents} intents, {len(digests)} orders received, repeated: {twice}"
    cycle = process.strategy.current
    if cycle is not None and cycle.desk.live:
        yield f"unknown_for_ever: {sorted(order.submit.order_id for order in cycle.desk.live.values())}"
    if unresolved:
        yield f"unresolved: {unresolved} in the journal of a run that {outcome(remains)}"
    if halted is None:
        if at_venue:
            yield f"not_flat: {at_venue} after a run that {outcome(remains)}"
    elif not halted.dirty:
        if at_venue:
            yield f"halt_not_flat: halted as flat ({halted.reason}) with {at_venue}"
    elif process.strategy.current is None:
        yield f"halt_nameless: halted ({halted.reason}) without a cycle, the venue has {at_venue}"
    else:
        # What was named at the halt may since have been closed: the machine goes on trying, and its word counts.
        named = _by_product(open_positions(process.strategy.current))
        if named != at_venue:
            yield f"halt_wrong: halted ({halted.reason}) and names {named}, the venue has {at_venue}"
        first = _by_product(halted.open_positions)
        if not set(first) >= set(at_venue):
            yield f"halt_silent: halted ({halted.reason}) naming {first}, the venue has {at_venue}"
    if remains.most_exposure_usd > scenario.pair["max_position_usd"] * Decimal("1.02"):
        yield f"exposure: {remains.most_exposure_usd} USD at the venue, {scenario.pair['max_position_usd']} allowed"
    resting = [
        order.order_id for order in remains.world.venue.state.exchange.open_orders.values() if not order.background
    ]
    if resting:
        yield f"resting: {resting} at the venue after the end"
    yield from _lies(remains)
    yield from (f"replay: {difference}" for difference in remains.recording.differences())
