"""Schedules that depend on no clock: a market that stands still, faults by occasion, cues by what is held."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from pairs import product_id

from hedgewire.cli.demo_legs import Pair
from hedgewire.simulator import fault_actions
from hedgewire.simulator.arming import parse_fault
from hedgewire.simulator.exchange import Exchange
from hedgewire.simulator.market import MAKER, NEVER_S
from hedgewire.simulator.orders import Fill, Order, OrderKind
from hedgewire.simulator.schedule import WORDS
from hedgewire.simulator.venue import VenueApp

SEED = 11
BEAT_MS = 500
HELD_MS = 200
"""From the moment both legs are held to the cue."""
Body = Mapping[str, object]


FILLS = "the stream that tells of fills"


def fault(name: str, **params: object) -> Body:
    """``leg`` and ``FILLS`` become what the venue calls them."""
    return {"name": name, **params}


def _in_words_of(pair: Pair, body: Body) -> Body:
    named = dict(body)
    if "leg" in named:
        named["product_id"] = product_id(pair[int(str(named.pop("leg")))])
    if named.get("stream") == FILLS:
        named["stream"] = WORDS[pair[0].venue].private_streams[0]
    return named


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
    Schedule("a request that never arrives", (fault("swallow_request", request="place_order", leg=1, count=1),)),
    Schedule("carried out and answered with 502", (fault("http_5xx_after", request="place_order", count=2),)),
    Schedule("one leg never fills", (fault("reject_order", leg=1, reason="unhealthy"),)),
    Schedule("a refusal, then none", (fault("reject_order", leg=0, reason="oracle_band", count=1),)),
    Schedule(
        "a quote would have crossed",
        (fault("reject_order", leg=0, reason="post_only_crosses", count=1),),
        pair=MAKER_FIRST,
    ),
    Schedule("levels of a fiftieth: many fills, parts", (fault("thin_book", leg=1, depth_percent=2),)),
    Schedule("all sockets break while the pair is held", when_held=(fault("disconnect", socket="all"),)),
    Schedule(
        "the actions socket breaks while the pair is held",
        when_held=(fault("disconnect", socket="actions"),),
        transport="ws",
    ),
    Schedule("everything is told twice", (fault("duplicate_private", stream="all"),)),
    Schedule("no fill is ever told", (fault("drop_private", stream=FILLS),)),
    Schedule("the venue cancels what rests", (fault("cancel_on_accept", leg=0, count=1),), pair=MAKER_FIRST),
    Schedule("too many requests, once", (fault("http_429", request="place_order", leg=1, count=1, retry_after_s=0),)),
    Schedule("exits carried out and not answered", when_held=(fault("reply_lost", request="place_order", count=2),)),
)
ON_PARADEX = (
    *(
        schedule
        for schedule in SCHEDULES
        if schedule.name
        in (
            "calm",
            "calm, orders over the socket, two cycles",
            "quotes that nobody takes",
            "entries carried out and not answered",
            "one leg never fills",
            "all sockets break while the pair is held",
            "everything is told twice",
            "no fill is ever told",
        )
    ),
    Schedule("201, then a refusal", (fault("reject_after_accept", leg=0, reason="NOT_ENOUGH_MARGIN", count=1),)),
    Schedule("every token expires while the pair is held", when_held=(fault("expire_tokens"),)),
)


def still(app: VenueApp, pair: Pair) -> None:
    """Before the market has moved: no price moves and nobody takes; only a heartbeat says that the books are alive."""
    market = app.state.market
    market.frozen.update(market.profiles)
    for leg in pair:
        beat = _Heartbeat(app.state.exchange, product_id(leg))
        app.state.clock.every_ms(BEAT_MS, beat.beat)


def stage(app: VenueApp, pair: Pair, schedule: Schedule) -> None:
    """At the venue's first moment."""
    still(app, pair)
    _post(app, pair, schedule.at_start)
    state, waiting = app.state, [schedule.when_held]
    account = state.ledger.open(state.default_account(0))

    def on_event(event: Any) -> None:
        both = all(state.ledger.position(account, each).amount for each in map(product_id, pair))
        if waiting and isinstance(event, Fill) and both:
            cue = waiting.pop()
            state.clock.call_after_ms(HELD_MS, lambda: _post(app, pair, cue))

    state.exchange.listen(on_event)


def _post(app: VenueApp, pair: Pair, bodies: tuple[Body, ...]) -> None:
    for body in bodies:
        fault_actions.post(app, parse_fault(_in_words_of(pair, body), app.vocabulary()))


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
