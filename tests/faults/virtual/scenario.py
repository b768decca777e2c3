"""From a seed to everything that a run does: the strategy's settings, the venue's faults, the network's, the kills."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from random import Random
from typing import Any

from hedgewire.simulator.schedule import Planned, make_schedule

from .world import TRADED

FAULTY_MS = 15_000


@dataclass(frozen=True, slots=True)
class Spell:
    """Weather of one kind from ``at_ms`` to ``until_ms``."""

    at_ms: int
    until_ms: int
    name: str
    value: int


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
    seed: int
    transport: str
    pair: dict[str, Any]
    troubles: tuple[Trouble, ...]

    @property
    def calm_ms(self) -> int:
        """When the last trouble is over."""
        return max((_over_ms(each) for each in self.troubles), default=0)

    def without(self, trouble: Trouble) -> Scenario:
        return replace(self, troubles=tuple(each for each in self.troubles if each is not trouble))

    def describe(self) -> str:
        lines = [f"seed {self.seed}, orders over {self.transport}, {self.pair}"]
        return "\n  ".join([*lines, *(str(each) for each in sorted(self.troubles, key=lambda each: each.at_ms))])


def _over_ms(trouble: Trouble) -> int:
    if isinstance(trouble, Kill):
        return trouble.at_ms + trouble.down_ms
    return trouble.at_ms if isinstance(trouble, Second) else trouble.until_ms or trouble.at_ms


def name_of(trouble: Trouble) -> str:
    return trouble.name if isinstance(trouble, Planned | Spell) else type(trouble).__name__.lower()


def make_scenario(seed: int) -> Scenario:
    random = Random(f"scenario/{seed}")
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
    troubles: list[Trouble] = list(make_schedule(seed, FAULTY_MS, TRADED))
    if random.random() < 0.3:
        troubles.append(_spell(random))
    if random.random() < 0.3:
        troubles.append(Kill(random.randrange(300, 15_000), random.choice((100, 3_000, 20_000))))
    elif random.random() < 0.1:
        troubles.append(Second(random.randrange(10_000)))
    transport = random.choice(("rest", "ws"))
    if random.random() < 0.2:
        troubles.append(_where_it_hurts(random))
    if any(isinstance(each, Kill | Second) for each in troubles):
        # Open: a core that started under coarser increments never learns the finer ones, and stays degraded for ever.
        troubles = [each for each in troubles if name_of(each) != "product_change"]
    return Scenario(seed, transport, pair, tuple(troubles))


def _where_it_hurts(random: Random) -> Trouble:
    """Chance seldom meets the moment between the first orders and their confirmation, or moves a pair that is held."""
    if random.random() < 0.5:
        jump = {"product_id": random.choice(TRADED), "move_bps": random.choice((-600, 600))}
        return Planned(random.randrange(300, 5_000), None, "price_jump", jump)
    at_ms = random.randrange(90, 115)
    if random.random() < 0.5:
        return Spell(at_ms, at_ms + 12_000, "is_refusing", 1)
    return Planned(at_ms, at_ms + 12_000, "query_unavailable", {"request": "query", "status": 503})


def _spell(random: Random) -> Spell:
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
    return Spell(at_ms, at_ms + random.choice((300, 3_000, 15_000)), name, value)
