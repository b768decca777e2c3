"""How a strategy asks what is true at the venue, beyond what NautilusTrader's cache believes.

The execution client answers at the message bus endpoint :func:`endpoint`, and publishes :class:`LinkNotice` on
:func:`topic`. Nothing here knows a venue. An answer of ``None`` means *unknown*, never zero.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from nautilus_trader.model.identifiers import ClientOrderId, InstrumentId, Venue


def endpoint(venue: Venue) -> str:
    """Where questions for this venue's execution client are sent."""
    return f"HedgewireTruth.{venue}"


def topic(venue: Venue) -> str:
    """Where this venue's notices are published."""
    return f"hedgewire.link.{venue}"


@dataclass(frozen=True, slots=True)
class PositionQuestion:
    """``reply`` gets the venue's signed position in base units, or None when it could not be learned."""

    instrument_id: InstrumentId
    reply: Callable[[Decimal | None], None]


class OrderFate(StrEnum):
    """``NOT_FOUND`` is proof; ``PENDING``: not found, but it is still valid and may arrive."""

    OPEN = "open"
    CLOSED = "closed"
    PENDING = "pending"
    NOT_FOUND = "not_found"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class OrderQuestion:
    """``reply`` gets the order's fate and its cumulative fill (None: the venue did not say). Its missing fills are
    applied as ``OrderFilled`` events before the reply."""

    client_order_id: ClientOrderId
    reply: Callable[[OrderFate, Decimal | None], None]


class Notice(StrEnum):
    OUTCOME_UNKNOWN = "outcome_unknown"
    LOST = "lost"
    RESTORED = "restored"
    FUNDING = "funding"


@dataclass(frozen=True, slots=True)
class LinkNotice:
    """``amount``: funding received (positive) or paid in USD, for ``FUNDING`` only. Times are ns."""

    notice: Notice
    reason: str
    ts: int
    client_order_id: ClientOrderId | None = None
    instrument_id: InstrumentId | None = None
    amount: Decimal | None = None
