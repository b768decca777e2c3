"""The demo's pair: which coin, at which local venue. Two coins (``eth:nado,sol:nado``), or one at two venues."""

from __future__ import annotations

from dataclasses import dataclass

from hedgewire.errors import ConfigError

SOURCE = "--pair"
COINS = ("btc", "eth", "sol")
SYMBOLS = {"nado": "{}-PERP", "paradex": "{}-USD-PERP"}
"""Local venue -> how it names a coin's perpetual."""
HINT = "two of COIN:VENUE, e.g. eth:nado,eth:paradex"


@dataclass(frozen=True, slots=True)
class Leg:
    coin: str
    venue: str

    @property
    def symbol(self) -> str:
        return SYMBOLS[self.venue].format(self.coin.upper())

    @property
    def instrument(self) -> str:
        """Its id in NautilusTrader."""
        return f"{self.symbol}.{self.venue.upper()}"


Pair = tuple[Leg, Leg]


def parse_pair(text: str) -> Pair:
    """Raises ``ConfigError`` for what is no pair of two different markets that the local venues have."""
    legs = []
    for piece in text.lower().split(","):
        coin, _, venue = (part.strip() for part in piece.partition(":"))
        for what, name, known in (("coin", coin, COINS), ("local venue", venue, tuple(SYMBOLS))):
            if name not in known:
                raise ConfigError(f"unknown {what}", name or piece, SOURCE, f"one of {', '.join(known)}; {HINT}")
        legs.append(Leg(coin, venue))
    if len(legs) != 2 or legs[0] == legs[1]:
        raise ConfigError("not a pair of different markets", text, SOURCE, HINT)
    return legs[0], legs[1]


def venues_of(pair: Pair) -> list[str]:
    """Each once, the first leg's first."""
    return list(dict.fromkeys(leg.venue for leg in pair))


def neutral_of(pair: Pair) -> str:
    """One coin is hedged by units, two by value."""
    return "quantity" if pair[0].coin == pair[1].coin else "notional"
