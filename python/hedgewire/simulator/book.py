"""One limit order book with price-time priority."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator

from hedgewire.simulator.orders import Order

Level = tuple[int, int]


class BookSide:
    """Orders of one side: price levels in order, orders of a level in order of arrival."""

    def __init__(self, *, is_buy: bool) -> None:
        self.is_buy = is_buy
        self._keys: list[int] = []
        self._levels: dict[int, dict[str, Order]] = {}
        self._sizes: dict[int, int] = {}

    def _key(self, price: int) -> int:
        return -price if self.is_buy else price

    def add(self, order: Order) -> None:
        level = self._levels.get(order.price)
        if level is None:
            level = self._levels[order.price] = {}
            self._sizes[order.price] = 0
            insort(self._keys, self._key(order.price))
        level[order.order_id] = order
        self._sizes[order.price] += abs(order.unfilled)

    def shrink(self, order: Order, quantity: int) -> None:
        """Account for ``quantity`` having left the level; the order goes when nothing of it remains."""
        self._sizes[order.price] -= quantity
        if order.unfilled == 0:
            self._drop(order)

    def remove(self, order: Order) -> None:
        self._sizes[order.price] -= abs(order.unfilled)
        self._drop(order)

    def _drop(self, order: Order) -> None:
        level = self._levels[order.price]
        del level[order.order_id]
        if not level:
            del self._levels[order.price]
            del self._sizes[order.price]
            key = self._key(order.price)
            del self._keys[bisect_left(self._keys, key)]

    def best(self) -> Order | None:
        if not self._keys:
            return None
        return next(iter(self._levels[abs(self._keys[0])].values()))

    def best_price(self) -> int | None:
        return abs(self._keys[0]) if self._keys else None

    def size_at(self, price: int) -> int:
        return self._sizes.get(price, 0)

    def levels(self, depth: int) -> list[Level]:
        """The best ``depth`` levels as (price, size), best first."""
        return [(abs(key), self._sizes[abs(key)]) for key in self._keys[:depth]]

    def orders(self) -> Iterator[Order]:
        """Every order in matching order."""
        for key in self._keys:
            yield from self._levels[abs(key)].values()


class OrderBook:
    """Both sides, plus the record of levels touched since it was last drained (for depth batches)."""

    def __init__(self, product_id: int) -> None:
        self.product_id = product_id
        self.bids = BookSide(is_buy=True)
        self.asks = BookSide(is_buy=False)
        self.touched_bids: set[int] = set()
        self.touched_asks: set[int] = set()
        self.touched_min_ns = 0
        self.touched_max_ns = 0

    def side(self, *, is_buy: bool) -> BookSide:
        return self.bids if is_buy else self.asks

    def touch(self, *, is_buy: bool, price: int, timestamp_ns: int) -> None:
        (self.touched_bids if is_buy else self.touched_asks).add(price)
        if self.touched_min_ns == 0:
            self.touched_min_ns = timestamp_ns
        self.touched_max_ns = timestamp_ns

    def drain_touched(self) -> tuple[list[Level], list[Level], int, int] | None:
        """Touched levels with their present size (0 = gone) and the first and last time; ``None`` if quiet."""
        if self.touched_max_ns == 0:
            return None
        bids = [(price, self.bids.size_at(price)) for price in sorted(self.touched_bids, reverse=True)]
        asks = [(price, self.asks.size_at(price)) for price in sorted(self.touched_asks)]
        batch = (bids, asks, self.touched_min_ns, self.touched_max_ns)
        self.touched_bids.clear()
        self.touched_asks.clear()
        self.touched_min_ns = self.touched_max_ns = 0
        return batch

    @staticmethod
    def crosses(taker: Order, maker: Order) -> bool:
        return maker.price <= taker.price if taker.is_buy else maker.price >= taker.price

    def crossable(self, taker: Order, wanted: int) -> int:
        """How much of ``wanted`` the book can give this taker at its limit, its owner's own orders left out."""
        found = 0
        for maker in self.side(is_buy=not taker.is_buy).orders():
            if found >= wanted or not self.crosses(taker, maker):
                break
            if maker.owner != taker.owner:
                found += abs(maker.unfilled)
        return min(found, wanted)
