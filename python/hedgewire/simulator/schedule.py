"""From a seed to a schedule of faults: the same list for virtual and for real time, for chaos and for soak runs.

Everything is drawn from ``random.Random(seed)``; times are milliseconds from the schedule's beginning. Each kind occurs
at most once in a schedule, and nothing is armed beyond its end: what follows is calm.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from hedgewire.simulator.faults import CATALOGUE, HOSTILE_FORMS, MARKET_STATUSES, ODD_FORMS, REFUSALS, Bites

MOST_FAULTS = 6
ACCOUNT_REQUESTS = ("place_order", "cancel_orders", "execute", "query", "all")
QUESTIONS = ("query", "subaccount_info", "order", "subaccount_orders", "archive_matches", "archive_orders", "status")
PRIVATE_STREAMS = ("fill", "order_update", "position_change", "all")
STREAMS = (*PRIVATE_STREAMS, "best_bid_offer")
SOCKETS = ("actions", "subscriptions", "all")
HTTP_STATUSES = (500, 502, 503, 504)

Params = dict[str, object]
Draw = Callable[[Random, Sequence[int]], Params]


@dataclass(frozen=True, slots=True)
class Planned:
    """A fault of the catalogue from ``at_ms`` to ``until_ms``; None: it acts at once."""

    at_ms: int
    until_ms: int | None
    name: str
    params: Mapping[str, object]

    def body(self) -> Params:
        """As ``POST /_sim/faults`` takes it."""
        return {"name": self.name, **self.params}


def make_schedule(
    seed: int | str, duration_ms: int, product_ids: Sequence[int], names: Collection[str] = ()
) -> list[Planned]:
    """Up to ``MOST_FAULTS`` faults within ``duration_ms``, in order of time, only of ``names`` if given."""
    random = Random(f"schedule/{seed}")
    known = [name for name in CATALOGUE if not names or name in names]
    chosen = random.sample(known, min(len(known), random.randint(1, MOST_FAULTS)))
    planned = [_plan(name, random, duration_ms, product_ids) for name in chosen]
    return sorted(planned, key=lambda each: (each.at_ms, each.name))


def _plan(name: str, random: Random, duration_ms: int, product_ids: Sequence[int]) -> Planned:
    at_ms = random.randrange(duration_ms * 3 // 4)
    params = DRAWS[name](random, product_ids) if name in DRAWS else {}
    kind = CATALOGUE[name]
    if "product_id" in kind.parameters and random.random() < 0.5:
        params["product_id"] = random.choice(product_ids)
    if kind.bites is Bites.AT_ONCE:
        return Planned(at_ms, None, name, params)
    if kind.bites is Bites.ON_OCCASION:
        params |= _occasions(random)
    return Planned(at_ms, random.randint(at_ms + 1, duration_ms), name, params)


def _occasions(random: Random) -> Params:
    """A few in a row, now or later, or one in some without end."""
    if random.random() < 0.7:
        return {"after": random.choice((0, 0, 0, 1, 2, 5)), "count": random.choice((1, 1, 1, 2, 5))}
    return {"probability": random.choice((0.05, 0.2, 0.5, 1))}


def _of(**choices: Sequence[object]) -> Draw:
    """Each parameter one of its choices."""
    return lambda random, _products: {key: random.choice(values) for key, values in choices.items()}


def _hand(random: Random, product_ids: Sequence[int]) -> Params:
    return {"product_id": random.choice(product_ids), "amount": random.choice(("0.2", "-0.2", "3", "-3"))}


DRAWS: dict[str, Draw] = {
    "disconnect": _of(socket=SOCKETS),
    "close_socket": _of(socket=SOCKETS, code=(1000, 1001, 1008, 1011, 1012)),
    "cut_frame": _of(socket=SOCKETS),
    "half_open": _of(socket=SOCKETS, direction=("both", "in", "out")),
    "pong_lost": _of(socket=SOCKETS),
    "slow_socket": _of(socket=SOCKETS, bytes_per_s=(500, 8192, 100_000)),
    "http_429": _of(request=ACCOUNT_REQUESTS, retry_after_s=(0, 1)),
    "http_403": _of(request=(*ACCOUNT_REQUESTS, "connect")),
    "http_5xx_before": _of(request=ACCOUNT_REQUESTS, status=HTTP_STATUSES),
    "http_5xx_after": _of(request=ACCOUNT_REQUESTS, status=HTTP_STATUSES),
    "proxy_page": _of(request=ACCOUNT_REQUESTS, status=(*HTTP_STATUSES, 429)),
    "query_unavailable": _of(request=QUESTIONS, status=HTTP_STATUSES),
    "swallow_request": _of(request=ACCOUNT_REQUESTS),
    "reply_lost": _of(request=ACCOUNT_REQUESTS),
    "late_reply": _of(request=ACCOUNT_REQUESTS, delay_ms=(20, 300, 2_000)),
    "garbled_reply": _of(request=ACCOUNT_REQUESTS),
    "silent_stream": _of(stream=STREAMS),
    "drop_private": _of(stream=PRIVATE_STREAMS),
    "delay_private": _of(stream=PRIVATE_STREAMS, delay_ms=(20, 300, 2_000)),
    "duplicate_private": _of(stream=PRIVATE_STREAMS),
    "reorder_private": _of(stream=PRIVATE_STREAMS),
    "stranger_event": _of(stream=PRIVATE_STREAMS),
    "garbled_event": _of(stream=STREAMS),
    "unknown_event": _of(stream=STREAMS),
    "absurd_event": _of(stream=STREAMS),
    "odd_event": _of(stream=STREAMS, form=ODD_FORMS),
    "hostile_frame": _of(stream=STREAMS, form=HOSTILE_FORMS),
    "subscribe_ack_lost": _of(stream=STREAMS),
    "subscribe_ack_wrong": _of(stream=STREAMS),
    "subscribe_refused": _of(stream=STREAMS),
    "maintenance": _of(request=("execute", "place_order", "cancel_orders")),
    "market_halt": _of(status=MARKET_STATUSES),
    "reject_order": _of(reason=tuple(REFUSALS)),
    "price_jump": _of(move_bps=(-500, -100, -20, 20, 100, 500)),
    "thin_book": _of(depth_percent=(1, 2, 10)),
    "drained_book": _of(side=("asks", "bids")),
    "funding_now": _of(rate_bps=(-50, -5, 5, 50)),
    "deleverage": _of(percent=(10, 50, 100)),
    "clock_skew": _of(skew_ms=(-6_000, -2_000, 2_000, 6_000)),
    "clock_jump": _of(jump_ms=(-3_000, -500, 500, 3_000)),
    "manual_trade": _hand,
}
"""What the parameters of a kind may be; kinds that are not here have none, or only a product."""
