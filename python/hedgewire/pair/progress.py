"""What a running strategy tells whoever watches: published on the message bus of its own process, never outside."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

PROGRESS_TOPIC = "hedgewire.pair.progress"


@dataclass(frozen=True, slots=True)
class Progress:
    """``kind``: state, fill, cycle, halt or finished. ``record``: the metrics row of a cycle. ``ts_ns``: when."""

    kind: str
    cycle: int
    text: str
    ts_ns: int
    record: dict[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """One moment of a run: tops of both legs (quote per base), positions (base), running result and volume (USD)."""

    ts_ns: int
    cycle: int
    state: str
    bids: tuple[Decimal, Decimal]
    asks: tuple[Decimal, Decimal]
    positions: tuple[Decimal, Decimal]
    net_pnl_usd: Decimal
    volume_usd: Decimal
