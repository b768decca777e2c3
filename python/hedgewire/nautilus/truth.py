"""How a strategy asks what is true at the venue, beyond what NautilusTrader's cache believes.

The execution client answers at the message bus endpoint :func:`endpoint`, and publishes :class:`LinkNotice` on
:func:`topic`. Nothing here knows a venue. An answer of ``None`` means *unknown*, never zero.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from nautilus_trader.execution.reports import FillReport
from nautilus_trader.model.identifiers import ClientOrderId, InstrumentId, Venue

from hedgewire.nautilus.rows import Outcome


def endpoint(venue: Venue) -> str:
    """Where questions for this venue's execution client are sent."""
    return f"HedgewireTruth.{venue}"


def restart_endpoint(venue: Venue) -> str:
    """Where :class:`EarlierOrder` is sent."""
    return f"HedgewireRestart.{venue}"


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


@dataclass(frozen=True, slots=True)
class EarlierEnd:
    """How an order of an earlier process ended. An empty ``venue_order_id``: it never reached the venue. No fills: it
    was refused, cancelled, or did not arrive; in any case it will not trade any more."""

    venue_order_id: str
    fills: tuple[FillReport, ...]


@dataclass(frozen=True, slots=True)
class EarlierOrder:
    """An order that a process which is gone meant to send: find it, cancel it if it still rests, tell all its fills.

    ``venue_order_id`` is empty when that process did not learn it; the order is then recognised by its exact terms
    among those that are in nobody's journal (``known``: venue ids that belong to other orders). ``sent_ns`` is when it
    was about to be sent. ``reply`` gets None when the venue could not be asked to the end.
    """

    client_order_id: ClientOrderId
    instrument_id: InstrumentId
    is_buy: bool
    quantity: Decimal
    price: Decimal
    sent_ns: int
    venue_order_id: str
    known: frozenset[str]
    reply: Callable[[EarlierEnd | None], None]


@dataclass(frozen=True, slots=True)
class VenueMessage:
    """A signed message that is no order of NautilusTrader's, by the name and with the fields on the venue's page.
    ``reply`` gets what became of it, and the number that the venue gave, or the reason. ``UNKNOWN``: ask the venue what
    it has (:class:`VenueDocument`) before sending anything again."""

    name: str
    fields: Mapping[str, str | int]
    reply: Callable[[Outcome, str], None]


@dataclass(frozen=True, slots=True)
class VenueDocument:
    """A question by the venue's own name. ``reply`` gets its answer as JSON, numbers with a point as ``Decimal``;
    None: there is none."""

    name: str
    params: Mapping[str, str | int]
    reply: Callable[[Any], None]


class Notice(StrEnum):
    SENT = "sent"
    OUTCOME_UNKNOWN = "outcome_unknown"
    LOST = "lost"
    RESTORED = "restored"
    FUNDING = "funding"
    FORCED = "forced"


@dataclass(frozen=True, slots=True)
class LinkNotice:
    """``amount``: funding received (positive) or paid in USD, for ``FUNDING`` only. ``SENT``: the order is about to
    leave, and ``reason`` is the venue's own id of it. Times are ns."""

    notice: Notice
    reason: str
    ts: int
    client_order_id: ClientOrderId | None = None
    instrument_id: InstrumentId | None = None
    amount: Decimal | None = None
