"""From a seed to everything that a run does: the pair, the strategy's settings, the venues' faults, the network's, the
kills."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from random import Random
from typing import Any

from pairs import PAIRS, PlannedAt, pair_of_seed, product_id, schedule_of, venue_of

from hedgewire.cli.demo_legs import Pair, venues_of
from hedgewire.simulator.schedule import Planned

FAULTY_MS = 15_000
FIRST_ORDERS_MS = {"nado": (90, 115), "paradex": (110, 150), "both": (190, 260)}
"""When the first orders of a run leave, and are confirmed."""


@dataclass(frozen=True, slots=True)
class Spell:
    """Weather of one kind from ``at_ms`` to ``until_ms``, on the way to one venue, or everywhere."""

    at_ms: int
    until_ms: int
    name: str
    value: int
    venue: str = ""


@dataclass(frozen=True, slots=True)
class Kill:
    """The process dies at ``at_ms`` and is started again ``down_ms`` later."""

    at_ms: int
    down_ms: int


@dataclass(frozen=True, slots=True)
class Second:
    """From ``at_ms`` on another process, with a journal of its own, trades the same pair with the same key."""

    at_ms: int


Trouble = Planned | Spell | Kill | Second


@dataclass(frozen=True, slots=True)
class Scenario:
    """``name``: of the pair. ``transport``: of orders; ``encoding``: of streams, where the venue has a choice."""

    seed: int
    transport: str
    pair: dict[str, Any]
    troubles: tuple[Trouble, ...]
    name: str = "nado"
    encoding: str = "sbe"

    @property
    def legs(self) -> Pair:
        return PAIRS[self.name]

    @property
    def calm_ms(self) -> int:
        """When the last trouble is over."""
        return max((_over_ms(each) for each in self.troubles), default=0)

    def faults_of(self, venue: str) -> list[Planned]:
        planned = [each for each in self.troubles if isinstance(each, Planned)]
        return [each for each in planned if venue_of(each, self.legs) == venue]

    def without(self, trouble: Trouble) -> Scenario:
        return replace(self, troubles=tuple(each for each in self.troubles if each is not trouble))

    def describe(self) -> str:
        lines = [f"seed {self.seed}, {self.name}, orders over {self.transport}, {self.encoding}, {self.pair}"]
        return "\n  ".join([*lines, *(str(each) for each in sorted(self.troubles, key=lambda each: each.at_ms))])


def _over_ms(trouble: Trouble) -> int:
    if isinstance(trouble, Kill):
        return trouble.at_ms + trouble.down_ms
    return trouble.at_ms if isinstance(trouble, Second) else trouble.until_ms or trouble.at_ms


def name_of(trouble: Trouble) -> str:
    return trouble.name if isinstance(trouble, Planned | Spell) else type(trouble).__name__.lower()


def make_scenario(seed: int, name: str | None = None) -> Scenario:
    """``name``: of the pair; the seed draws it if none is given. All else that it draws is the same for every pair."""
    name = pair_of_seed(seed) if name is None else name
    legs, random = PAIRS[name], Random(f"scenario/{seed}")
    pair = {
        "target_notional_usd": Decimal(random.choice((220, 500, 1500))),
        "max_position_usd": Decimal(random.choice((800, 4000, 4000))),
        "max_daily_loss_usd": Decimal(random.choice((5, 100))),
        "cycles": random.choice((1, 2, 3)),
        "policy": random.choice(("ioc", "maker_then_taker")),
        "maker_leg": random.choice((0, 1)),
        "direction": random.choice(("BUY_FIRST", "SELL_FIRST")),
        "hold_ms": random.choice((500, 5_000)),
        "sample_ms": 60_000,
    }
    troubles: list[Trouble] = list(schedule_of(seed, legs, FAULTY_MS))
    if random.random() < 0.3:
        troubles.append(_spell(random, legs))
    if random.random() < 0.3:
        troubles.append(Kill(random.randrange(300, 15_000), random.choice((100, 3_000, 20_000))))
    elif random.random() < 0.1:
        troubles.append(Second(random.randrange(10_000)))
    transport = random.choice(("rest", "ws"))
    if random.random() < 0.2:
        troubles.append(_where_it_hurts(random, legs, *FIRST_ORDERS_MS[name]))
    return Scenario(seed, transport, pair, tuple(troubles), name, random.choice(("sbe", "json")))


def _one_of(random: Random, venues: Sequence[str]) -> str:
    return venues[0] if len(venues) == 1 else random.choice(venues)


def _where_it_hurts(random: Random, legs: Pair, first_ms: int, last_ms: int) -> Trouble:
    """Chance seldom meets the moment between the first orders and their confirmation, or moves a pair that is held."""
    if random.random() < 0.5:
        leg = random.choice(legs)
        jump = {"product_id": product_id(leg), "move_bps": random.choice((-600, 600))}
        return PlannedAt(random.randrange(300, 5_000), None, "price_jump", jump, leg.venue)
    at_ms = random.randrange(first_ms, last_ms)
    if random.random() < 0.5:
        return Spell(at_ms, at_ms + 12_000, "is_refusing", 1, _one_of(random, ["", *venues_of(legs)[1:]]))
    unavailable = {"request": "query", "status": 503}
    return PlannedAt(at_ms, at_ms + 12_000, "query_unavailable", unavailable, _one_of(random, venues_of(legs)))


def _spell(random: Random, legs: Pair) -> Spell:
    at_ms = random.randrange(12_000)
    name, value = random.choice(
        (
            ("extra_ms", 50),
            ("extra_ms", 1_500),
            ("is_refusing", 1),
            ("is_mute", 1),
            ("lost_replies", 2),
            ("lost_requests", 2),
        )
    )
    length_ms, venues = random.choice((300, 3_000, 15_000)), venues_of(legs)
    return Spell(at_ms, at_ms + length_ms, name, value, "" if len(venues) == 1 else random.choice(("", *venues)))
