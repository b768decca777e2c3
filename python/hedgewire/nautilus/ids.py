"""Client order ids as the venue's 64-bit numbers, and back.

An id in NautilusTrader's own form (``O-20261121-160928-001-000-7``) is packed into its number and read back from it, so
that an order found at the venue is recognised by a process that has never heard of it. Any other id is hashed: the same
number in every process, recognised through the cache. A replacement (modify) is a new order at the venue and gets the
next revision's number.

Packed, from the highest of 62 bits: 1, trader check (4), revision (3), strategy tag (10), seconds since 2025 (29: until
2042), count (15).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from hashlib import blake2b

from nautilus_trader.model.identifiers import ClientOrderId, VenueOrderId

PACKED = 1 << 61
EPOCH = datetime(2025, 1, 1, tzinfo=UTC)
CHECK_BITS, REVISION_BITS, STRATEGY_BITS, SECONDS_BITS, COUNT_BITS = 4, 3, 10, 29, 15
_DEFAULT_FORM = re.compile(r"O-([0-9]{8}-[0-9]{6})-([^-]+)-([0-9]{3})-([1-9][0-9]*)")
_MOMENT = "%Y%m%d-%H%M%S"


def number_of(client_order_id: ClientOrderId, revision: int = 0) -> int:
    """A number in [1, 2**62): zero means *none* on the wire, and the venue's parsers take signed 64-bit integers."""
    packed = _pack(client_order_id.value, revision)
    if packed is not None:
        return packed
    text = client_order_id.value if revision == 0 else f"{client_order_id.value}#{revision}"
    return int.from_bytes(_digest(text), "big") >> 3 or 1  # below PACKED


def client_order_id_of(number: int, trader_tag: str) -> ClientOrderId | None:
    """The id that was packed into a number by a trader with this tag; None for any other number."""
    if not PACKED <= number < 2 * PACKED:
        return None
    rest, count = divmod(number - PACKED, 1 << COUNT_BITS)
    rest, seconds = divmod(rest, 1 << SECONDS_BITS)
    rest, strategy = divmod(rest, 1 << STRATEGY_BITS)
    check, revision = divmod(rest, 1 << REVISION_BITS)
    if check != _trader_check(trader_tag):
        return None
    moment = (EPOCH + timedelta(seconds=seconds)).strftime(_MOMENT)
    text = f"O-{moment}-{trader_tag}-{strategy:03d}-{count}"
    return ClientOrderId(text) if _pack(text, revision) == number else None


def _pack(text: str, revision: int) -> int | None:
    match = _DEFAULT_FORM.fullmatch(text)
    if match is None or revision >= 1 << REVISION_BITS:
        return None
    try:
        moment = datetime.strptime(match[1], _MOMENT).replace(tzinfo=UTC)
    except ValueError:
        return None
    seconds, strategy, count = int((moment - EPOCH).total_seconds()), int(match[3]), int(match[4])
    if not 0 <= seconds < 1 << SECONDS_BITS or count >= 1 << COUNT_BITS:
        return None
    packed = _trader_check(match[2]) << REVISION_BITS | revision
    packed = (packed << STRATEGY_BITS | strategy) << SECONDS_BITS | seconds
    return PACKED | packed << COUNT_BITS | count


def _trader_check(trader_tag: str) -> int:
    return _digest(trader_tag)[0] >> (8 - CHECK_BITS)


def _digest(text: str) -> bytes:
    return blake2b(text.encode(), digest_size=8, person=b"hedgewire-order").digest()


class OrderIds:
    """Both directions, and the venue's ids. Grows with the orders of a session, as the cache does."""

    def __init__(self, trader_tag: str = "") -> None:
        self._trader_tag = trader_tag
        self._by_number: dict[int, ClientOrderId] = {}
        self._by_venue_id: dict[str, ClientOrderId] = {}
        self._number: dict[ClientOrderId, int] = {}
        self._venue_id: dict[ClientOrderId, str] = {}
        self._revision: dict[ClientOrderId, int] = {}

    def assign(self, client_order_id: ClientOrderId) -> int:
        """The number of an order, new or known. Raises ``ValueError`` if two orders of this session share one."""
        number = self._number.get(client_order_id)
        if number is None:
            number = self._claim(client_order_id, number_of(client_order_id))
        return number

    def next_revision(self, client_order_id: ClientOrderId) -> int:
        """A fresh number for a replacement; the older ones keep pointing to the same order."""
        revision = self._revision.get(client_order_id, 0) + 1
        self._revision[client_order_id] = revision
        return self._claim(client_order_id, number_of(client_order_id, revision))

    def _claim(self, client_order_id: ClientOrderId, number: int) -> int:
        owner = self._by_number.setdefault(number, client_order_id)
        if owner != client_order_id:
            raise ValueError(f"orders {owner} and {client_order_id} share the number {number}. hint: rename one")
        self._number[client_order_id] = number
        return number

    def bind(self, client_order_id: ClientOrderId, venue_order_id: str) -> None:
        """Learn the venue's id; the latest one is the order's current one."""
        if not venue_order_id:
            return  # rows of orders that were never sent carry none
        self._venue_id[client_order_id] = venue_order_id
        self._by_venue_id[venue_order_id] = client_order_id

    def alias(self, client_order_id: ClientOrderId, venue_order_id: str) -> None:
        """Rows with this venue id are the order's too, but its current id stays (a replacement on its way)."""
        self._by_venue_id[venue_order_id] = client_order_id

    def find(self, number: int, venue_order_id: str) -> ClientOrderId | None:
        """Whose row is this? By the venue's id first: it is unique, a number may come back from an older session."""
        return (
            self._by_venue_id.get(venue_order_id)
            or (self._by_number.get(number) if number else None)
            or client_order_id_of(number, self._trader_tag)
        )

    def venue_id(self, client_order_id: ClientOrderId) -> str | None:
        return self._venue_id.get(client_order_id)

    def venue_order_id(self, client_order_id: ClientOrderId) -> VenueOrderId | None:
        text = self._venue_id.get(client_order_id)
        return VenueOrderId(text) if text else None

    def number(self, client_order_id: ClientOrderId) -> int:
        """0 when unknown: the wire's word for *none*."""
        return self._number.get(client_order_id, 0)
