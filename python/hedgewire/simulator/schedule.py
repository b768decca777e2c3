"""From a seed to a schedule of faults: the same list for virtual and for real time, for chaos and for soak runs.

Everything is drawn from ``random.Random(seed)``; times are milliseconds from the schedule's beginning. Each kind occurs
at most once in a schedule, and nothing is armed beyond its end: what follows is calm.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from hedgewire.simulator.faults import ALONE, CATALOGUE, HOSTILE_FORMS, MARKET_STATUSES, ODD_FORMS, REFUSALS, Bites

MOST_FAULTS = 6
HTTP_STATUSES = (500, 502, 503, 504)

Params = dict[str, object]


@dataclass(frozen=True, slots=True)
class Words:
    """The names of one venue's requests, streams and sockets that are drawn from."""

    venue: str
    account_requests: tuple[str, ...]
    questions: tuple[str, ...]
    private_streams: tuple[str, ...]
    streams: tuple[str, ...]
    sockets: tuple[str, ...]


WORDS = {
    words.venue: words
    for words in (
        Words(
            venue="nado",
            account_requests=("place_order", "cancel_orders", "execute", "query", "all"),
            questions=(
                "query",
                "subaccount_info",
                "order",
                "subaccount_orders",
                "archive_matches",
                "archive_orders",
                "status",
            ),
            private_streams=("fill", "order_update", "position_change", "all"),
            streams=("fill", "order_update", "position_change", "all", "best_bid_offer"),
            sockets=("actions", "subscriptions", "all"),
        ),
        Words(
            venue="paradex",
            account_requests=("place_order", "cancel_order", "execute", "query", "all"),
            questions=("query", "positions", "order", "orders", "fills", "orders_history", "status"),
            private_streams=("fills", "orders", "positions", "all"),
            streams=("fills", "orders", "positions", "all", "bbo"),
            sockets=("actions", "all"),
        ),
    )
}
Draw = Callable[[Random, Sequence[int], Words], Params]


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
    seed: int | str,
    duration_ms: int,
    product_ids: Sequence[int],
    names: Collection[str] = (),
    words: Words = WORDS["nado"],
) -> list[Planned]:
    """Up to ``MOST_FAULTS`` faults within ``duration_ms``, in order of time, only of ``names`` if given."""
    random = Random(f"schedule/{seed}")
    known = [name for name in (*CATALOGUE, *ALONE[words.venue]) if not names or name in names]
    chosen = random.sample(known, min(len(known), random.randint(1, MOST_FAULTS)))
    planned = [_plan(name, random, duration_ms, product_ids, words) for name in chosen]
    return sorted(planned, key=lambda each: (each.at_ms, each.name))


def _plan(name: str, random: Random, duration_ms: int, product_ids: Sequence[int], words: Words) -> Planned:
    at_ms = random.randrange(duration_ms * 3 // 4)
    params = DRAWS[name](random, product_ids, words) if name in DRAWS else {}
    kind = CATALOGUE.get(name) or ALONE[words.venue][name]
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


def _of(**choices: Sequence[object] | str) -> Draw:
    """Each parameter one of its choices; a text names those of the venue's words."""

    def draw(random: Random, product_ids: Sequence[int], words: Words) -> Params:
        found: Params = {}
        for key, values in choices.items():
            found[key] = random.choice(getattr(words, values) if isinstance(values, str) else values)
        return found

    return draw


def _maintained(random: Random, product_ids: Sequence[int], words: Words) -> Params:
    place, cancel, *_ = words.account_requests
    return {"request": random.choice(("execute", place, cancel))}


def _connecting(random: Random, product_ids: Sequence[int], words: Words) -> Params:
    return {"request": random.choice((*words.account_requests, "connect"))}


def _hand(random: Random, product_ids: Sequence[int], words: Words) -> Params:
    return {"product_id": random.choice(product_ids), "amount": random.choice(("0.2", "-0.2", "3", "-3"))}


DRAWS: dict[str, Draw] = {
    "disconnect": _of(socket="sockets"),
    "close_socket": _of(socket="sockets", code=(1000, 1001, 1008, 1011, 1012)),
    "cut_frame": _of(socket="sockets"),
    "half_open": _of(socket="sockets", direction=("both", "in", "out")),
    "pong_lost": _of(socket="sockets"),
    "slow_socket": _of(socket="sockets", bytes_per_s=(500, 8192, 100_000)),
    "http_429": _of(request="account_requests", retry_after_s=(0, 1)),
    "http_403": _connecting,
    "http_5xx_before": _of(request="account_requests", status=HTTP_STATUSES),
    "http_5xx_after": _of(request="account_requests", status=HTTP_STATUSES),
    "proxy_page": _of(request="account_requests", status=(*HTTP_STATUSES, 429)),
    "query_unavailable": _of(request="questions", status=HTTP_STATUSES),
    "swallow_request": _of(request="account_requests"),
    "reply_lost": _of(request="account_requests"),
    "late_reply": _of(request="account_requests", delay_ms=(20, 300, 2_000)),
    "garbled_reply": _of(request="account_requests"),
    "silent_stream": _of(stream="streams"),
    "drop_private": _of(stream="private_streams"),
    "delay_private": _of(stream="private_streams", delay_ms=(20, 300, 2_000)),
    "duplicate_private": _of(stream="private_streams"),
    "reorder_private": _of(stream="private_streams"),
    "stranger_event": _of(stream="private_streams"),
    "garbled_event": _of(stream="streams"),
    "unknown_event": _of(stream="streams"),
    "absurd_event": _of(stream="streams"),
    "odd_event": _of(stream="streams", form=ODD_FORMS),
    "hostile_frame": _of(stream="streams", form=HOSTILE_FORMS),
    "subscribe_ack_lost": _of(stream="streams"),
    "subscribe_ack_wrong": _of(stream="streams"),
    "subscribe_refused": _of(stream="streams"),
    "maintenance": _maintained,
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
    "schema_refused": _of(most=(0, 1, 2)),
    "reject_after_accept": _of(reason=("NOT_ENOUGH_MARGIN", "POST_ONLY_WOULD_CROSS", "UNEXPECTED_FAILURE")),
    "system_status": _of(status=("maintenance", "cancel_only", "post_only")),
    "token_refused": _of(request="account_requests"),
    "short_tokens": _of(life_s=(1, 5, 30)),
    "unknown_template": _of(stream="streams"),
}
"""What the parameters of a kind may be; kinds that are not here have none, or only a product."""
