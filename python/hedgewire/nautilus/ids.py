"""Client order ids as the venue's 64-bit numbers, and back.

The number is a hash of the text, so the same order has the same number in every process; what it stands for is kept in
a map that is rebuilt from the cache at start. A replacement (modify) is a new order at the venue and gets a new number.
"""

from __future__ import annotations

from hashlib import blake2b

from nautilus_trader.model.identifiers import ClientOrderId, VenueOrderId


def number_of(client_order_id: ClientOrderId, revision: int = 0) -> int:
    """A number in [1, 2**62): zero means *none* on the wire, and the venue's parsers take signed 64-bit integers."""
    text = client_order_id.value if revision == 0 else f"{client_order_id.value}#{revision}"
    digest = blake2b(text.encode(), digest_size=8, person=b"hedgewire-order").digest()
    return (int.from_bytes(digest, "big") >> 2) or 1


class OrderIds:
    """Both directions, and the venue's ids. Grows with the orders of a session, as the cache does."""

    def __init__(self) -> None:
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
        return self._by_venue_id.get(venue_order_id) or (self._by_number.get(number) if number else None)

    def venue_id(self, client_order_id: ClientOrderId) -> str | None:
        return self._venue_id.get(client_order_id)

    def venue_order_id(self, client_order_id: ClientOrderId) -> VenueOrderId | None:
        text = self._venue_id.get(client_order_id)
        return VenueOrderId(text) if text else None

    def number(self, client_order_id: ClientOrderId) -> int:
        """0 when unknown: the wire's word for *none*."""
        return self._number.get(client_order_id, 0)
