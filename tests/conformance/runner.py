"""Runs one card and says how it went."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import aiohttp

from conformance.bench import Bench
from conformance.card import DataCard, ExecCard, Flow, ListingCard, pattern, sentence
from conformance.judge import book_complaints, check_orders, flow_complaints
from conformance.parameters import VenueParameters
from conformance.received import check_nothing_came, wants_complaint
from conformance.session import Session, execution, market_data, until
from hedgewire.nautilus.secrets import forget
from hedgewire.simulator.server import LocalVenue

SEED = 7
PASSED, NOT_OFFERED, FAILED = "passed", "not offered", "failed"
RESULT = "result"
"""Name of the test property that carries a card's id, verdict and evidence."""

UNSUBSCRIBED = "no market data channel stays open at the venue"


@dataclass(frozen=True, slots=True)
class Result:
    """``evidence``: what was seen, or for a card not offered, the reason given."""

    verdict: str
    evidence: str


@asynccontextmanager
async def bench_of(parameters: VenueParameters, history_s: int) -> AsyncIterator[Bench]:
    """A fresh local venue with a past of so many seconds, which ends now."""
    start_ns = time.time_ns() - history_s * 10**9
    local_venue = LocalVenue(parameters.name, seed=SEED, paused=True, start_ns=start_ns)
    async with local_venue as local, aiohttp.ClientSession() as http:
        bench = Bench(parameters, local, http)
        try:
            await bench.to_now()
            yield bench
        finally:
            forget(bench.key)


async def run(card: ExecCard | DataCard | ListingCard, parameters: VenueParameters) -> Result:
    """Raises ``AssertionError`` when the card fails."""
    async with bench_of(parameters, parameters.history_s if isinstance(card, DataCard) else 1) as bench:
        match card:
            case ExecCard() if not card.needs or card.needs in parameters.capabilities:
                return Result(PASSED, _story(await _run_orders(card, bench)))
            case ExecCard() if card.refused:
                session = await _run_orders(replace(card, flows=card.refused), bench)
                return Result(NOT_OFFERED, _reasons(session))
            case ExecCard():
                return await _run_refused(card, bench)
            case DataCard():
                return await _run_data(card, bench)
            case ListingCard():
                return await _run_listing(card, bench)


# ---- execution


async def _run_orders(card: ExecCard, bench: Bench) -> Session:
    size = bench.parameters.size
    position = None if card.position is None else card.position * size
    if card.prior is not None:
        async with execution(bench, card.prior) as session:
            await _agreed(session, position, card.resting)
            session.tester.stop()
            known = _identities(session)
    async with execution(bench, card.tester, card.before) as session:
        for words, act in card.acts:
            await until(lambda words=words: _has_begun(session, card.flows[0], words), lambda: _seen(session))
            await act(session)
        await _settled(session, card, position, card.resting, stopped=False)
        session.tester.stop()
        await _settled(session, card, card.position_after * size, card.resting_after, stopped=True)
        check_orders(session, card)
        if card.prior is not None:
            assert _identities(session) == known
        for operation, count in card.requests.items():
            assert bench.requests(operation) == count, f"{operation}: {bench.requests(operation)} requests"
        await until(lambda: not bench.public_streams(), lambda: f"still subscribed: {bench.public_streams()}")
        fired = bench.local.state.faults.fired
        assert all(fired[name] for name in bench.armed), f"armed {bench.armed}, fired {fired}"
        return session


def _identities(session: Session) -> dict[Any, Any]:
    """What must be the same after a restart, by venue order id: the client order id of what may still trade, too."""
    return {
        order.venue_order_id: (order.status, order.quantity, order.filled_qty, order.trade_ids)
        + ((order.client_order_id,) if order.is_open else ())
        for order in session.orders()
    }


def _has_begun(session: Session, flow: Flow, words: str) -> bool:
    if not words:
        return True
    own = [order for order in session.orders() if flow.is_of(order)]
    return bool(own) and pattern(words).match(sentence(session.events_of(own[0]))) is not None


def _seen(session: Session) -> str:
    return "; ".join(f"{order.side.name} {sentence(session.events_of(order))}" for order in session.orders())


async def _agreed(session: Session, position: Decimal | None, resting: int) -> None:
    await until(
        lambda: not book_complaints(session, position, resting),
        lambda: "\n".join(book_complaints(session, position, resting)),
    )


async def _settled(session: Session, card: ExecCard, position: Decimal | None, resting: int, *, stopped: bool) -> None:
    def complaints() -> list[str]:
        return flow_complaints(session, card.flows, stopped) + book_complaints(session, position, resting)

    await until(lambda: not complaints(), lambda: "\n".join(complaints()))


async def _run_refused(card: ExecCard, bench: Bench) -> Result:
    """Without the capability: every order the tester makes is denied with a reason, and the venue never hears of it."""
    async with execution(bench, card.tester) as session:
        await until(lambda: any(order.is_closed for order in session.orders()), lambda: _seen(session))
        session.tester.stop()
        await until(lambda: all(order.is_closed for order in session.orders()), lambda: _seen(session))
        for order in session.orders():
            said = sentence(session.events_of(order))
            assert said == "initialized denied ", f"{order!r}: {said}"
        assert bench.placed() == 0, "the venue was asked although the order was denied"
        return Result(NOT_OFFERED, _reasons(session))


def _reasons(session: Session) -> str:
    """Why the node's orders were refused: by the adapter, with a code that says that the venue does not have it."""
    reasons = dict.fromkeys(event.reason for event in session.events if hasattr(event, "reason"))
    assert reasons and all(reason.startswith("UNSUPPORTED_") for reason in reasons), list(reasons)
    return "; ".join(reasons)


def _story(session: Session) -> str:
    """One line an order; repeated words are said once, so that the page does not change with the market."""
    lines: dict[str, None] = {}
    for order in session.orders():
        words = re.sub(r"((?:\w+ ){1,2}?)\1+", r"\1", sentence(session.events_of(order)))
        lines[f"{order.side.name} {order.order_type.name}: {words.strip()}"] = None
    return "; ".join(lines) or UNSUBSCRIBED


# ---- data


async def _run_data(card: DataCard, bench: Bench) -> Result:
    offered = not card.needs or card.needs in bench.parameters.capabilities
    async with market_data(bench, card.tester, card.before) as session:
        for act in card.acts:
            await act(session)
        if not offered and not card.ignored:
            await until(lambda: session.refusals, lambda: "a message that the venue does not offer it")
            await until(lambda: not session.tester.has_pending_requests(), lambda: "an answer to the request")
            check_nothing_came(card, session)
            (reason,) = session.refusals
            return Result(NOT_OFFERED, f"the venue does not offer {reason}")
        await until(lambda: not wants_complaint(card, session), lambda: wants_complaint(card, session))
        await until(lambda: not session.tester.has_pending_requests(), lambda: "an answer to the request")
        assert not session.refusals, session.refusals
        evidence = "; ".join(filter(None, (want.check(want.of(session), session) for want in card.wants)))
        session.tester.stop()
        await until(lambda: not bench.public_streams(), lambda: f"still subscribed: {bench.public_streams()}")
        return Result(PASSED, evidence or UNSUBSCRIBED) if offered else Result(NOT_OFFERED, card.ignored)


async def _run_listing(card: ListingCard, bench: Bench) -> Result:
    async with market_data(bench, {"request_instruments": True}) as session:
        kinds = {type(instrument).__name__ for instrument in session.cache.instruments()}
        assert kinds, "the venue lists nothing"
        assert not kinds & card.kinds, f"{kinds & card.kinds} are listed: this card needs its expectations"
        return Result(NOT_OFFERED, f"the venue lists {', '.join(sorted(kinds))} only")
