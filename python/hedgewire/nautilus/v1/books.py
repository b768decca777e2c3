"""The ten best levels of a book, for those who subscribe to depth."""

from __future__ import annotations

from nautilus_trader.model.book import OrderBook
from nautilus_trader.model.data import BookOrder, OrderBookDepth10
from nautilus_trader.model.enums import OrderSide
from nautilus_trader.model.objects import Price, Quantity

from hedgewire.nautilus.v1.providers import Traded

DEPTH = 10


def depth10(book: OrderBook, traded: Traded, sequence: int, ts_event: int, ts_init: int) -> OrderBookDepth10:
    """The best ten levels of each side; missing ones are padded with size zero, as the type demands ten."""
    pad_price, pad_size = Price(0, traded.price_precision), Quantity(0, traded.size_precision)
    sides: list[list[BookOrder]] = []
    counts: list[list[int]] = []
    for side, levels in ((OrderSide.BUY, book.bids()), (OrderSide.SELL, book.asks())):
        orders = [order for level in levels[:DEPTH] for order in level.orders()][:DEPTH]
        counts.append([1] * len(orders) + [0] * (DEPTH - len(orders)))
        sides.append(
            [BookOrder(side, order.price, order.size, 0) for order in orders]
            + [BookOrder(side, pad_price, pad_size, 0) for _ in range(DEPTH - len(orders))]
        )
    return OrderBookDepth10(
        traded.instrument_id, sides[0], sides[1], counts[0], counts[1], 0, sequence, ts_event, ts_init
    )
