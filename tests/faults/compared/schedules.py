"""Schedules that depend on no clock: a market that stands still, faults by occasion, cues by what is held."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from hedgewire.simulator import fault_actions
from hedgewire.simulator.arming import parse_fault
from hedgewire.simulator.exchange import Exchange
from hedgewire.simulator.market import MAKER, NEVER_S
from hedgewire.simulator.orders import Fill, Order, OrderKind
from hedgewire.simulator.wire.nado.rest import NadoApp

ETH, SOL = 4, 8
SEED = 11
BEAT_MS = 500
HELD_MS = 200
"""From the moment both legs are held to the cue."""
Body = Mapping[str, object]


def fault(name: str, **params: object) -> Body:
    return {"name": name, **params}


@dataclass(frozen=True)
class Schedule:
    """``at_start``: armed before the client comes. ``when_held``: once, when both legs are held."""

    name: str
    at_start: tuple[Body, ...] = ()
    when_held: tuple[Body, ...] = ()
    transport: str = "rest"
    pair: Mapping[str, Any] = field(default_factory=dict)

    @property
    def settings(self) -> dict[str, Any]:
        usual = {
            "target_notional_usd": Decimal(500), "max_position_usd": Decimal(4000), "max_daily_loss_usd": Decimal(100),
            "cycles": 1, "hold_ms": 700, "unwind_maker_wait_ms": 500, "pause_ms": 50, "direction": "BUY_FIRST",
            "sample_ms": 60_000,
        }  # fmt: skip
        return usual | dict(self.pair)


MAKER_FIRST: dict[str, Any] = {"policy": "maker_then_taker", "maker_leg": 0}
SCHEDULES = (
    Schedule("calm"),
    Schedule("calm, orders over the socket, two cycles", transport="ws", pair={"cycles": 2, "direction": "ALTERNATE"}),
    Schedule("quotes that nobody takes", pair=MAKER_FIRST),
    Schedule("entries carried out and not answered", (fault("reply_lost", request="place_order", count=2),)),
    Schedule(
        "a request that never arrives", (fault("swallow_request", request="place_order", product_id=SOL, count=1),)
    ),
    Schedule("carried out and answered with 502", (fault("http_5xx_after", request="place_order", count=2),)),
    Schedule("one leg never fills", (fault("reject_order", product_id=SOL, reason="unhealthy"),)),
    Schedule("a refusal, then none", (fault("reject_order", product_id=ETH, reason="oracle_band", count=1),)),
    Schedule(
        "a quote would have crossed",
        (fault("reject_order", product_id=ETH, reason="post_only_crosses", count=1),),
        pair=MAKER_FIRST,
    ),
    Schedule("levels of a fiftieth: many fills, parts", (fault("thin_book", product_id=SOL, depth_percent=2),)),
    Schedule("all sockets break while the pair is held", when_held=(fault("disconnect", socket="all"),)),
    Schedule(
        "the actions socket breaks while the pair is held",
        when_held=(fault("disconnect", socket="actions"),),
        transport="ws",
    ),
    Schedule("everything is told twice", (fault("duplicate_private", stream="all"),)),
    Schedule("no fill is ever told", (fault("drop_private", stream="fill"),)),
    Schedule("the venue cancels what rests", (fault("cancel_on_accept", product_id=ETH, count=1),), pair=MAKER_FIRST),
    Schedule(
        "too many requests, once", (fault("http_429", request="place_order", product_id=SOL, count=1, retry_after_s=0),)
    ),
    Schedule("exits carried out and not answered", when_held=(fault("reply_lost", request="place_order", count=2),)),
)


def still(nado: NadoApp) -> None:
    """Before the market has moved: no price moves and nobody takes; only a heartbeat says that the books are alive."""
    market = nado.state.market
    market.frozen.update(market.profiles)
    for product_id in (ETH, SOL):
        beat = _Heartbeat(nado.state.exchange, product_id)
        nado.state.clock.every_ms(BEAT_MS, beat.beat)


def stage(nado: NadoApp, schedule: Schedule) -> None:
    """At the venue's first moment."""
    still(nado)
    _post(nado, schedule.at_start)
    state, waiting = nado.state, [schedule.when_held]
    account = state.ledger.open(state.default_account(0))

    def on_event(event: Any) -> None:
        both = all(state.ledger.position(account, each).amount for each in (ETH, SOL))
        if waiting and isinstance(event, Fill) and both:
            cue = waiting.pop()
            state.clock.call_after_ms(HELD_MS, lambda: _post(nado, cue))

    state.exchange.listen(on_event)


def _post(nado: NadoApp, bodies: tuple[Body, ...]) -> None:
    for body in bodies:
        fault_actions.post(nado, parse_fault(body, nado.vocabulary()))


class _Heartbeat:
    """The last bid of a book grows and shrinks again by one increment."""

    def __init__(self, exchange: Exchange, product_id: int) -> None:
        self.exchange = exchange
        self.product_id = product_id
        self.beats = 0
        self.order: Order | None = None

    def beat(self) -> None:
        self.beats += 1
        if self.order is not None:
            self.exchange.cancel(self.order)
            self.order = None
            return
        levels = self.exchange.books[self.product_id].bids.levels(100)
        size = self.exchange.ledger.markets[self.product_id].instrument.size_increment
        self.order = Order(
            f"heartbeat-{self.product_id}-{self.beats}", MAKER, self.product_id, levels[-1][0], size, OrderKind.DEFAULT,
            NEVER_S, background=True,
        )  # fmt: skip
        self.exchange.submit(self.order)
