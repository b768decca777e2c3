"""Books kept by the data client: depth snapshots for those who want ten levels, a full one for who joins late."""

from __future__ import annotations

from nautilus_trader.model.book import OrderBook
from nautilus_trader.model.data import BookOrder, OrderBookDelta, OrderBookDeltas, OrderBookDepth10
from nautilus_trader.model.enums import BookAction, OrderSide, RecordFlag
from nautilus_trader.model.objects import Price, Quantity

from hedgewire.nautilus.v1.providers import Traded

DEPTH = 10
_SNAPSHOT = int(RecordFlag.F_SNAPSHOT)
_LAST = int(RecordFlag.F_LAST)


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


def full_snapshot(book: OrderBook, ts_init: int) -> OrderBookDeltas | None:
    """What a late subscriber has missed; None while the book is still empty (its snapshot is on the way)."""
    orders = [
        BookOrder(side, order.price, order.size, 0)
        for side, levels in ((OrderSide.BUY, book.bids()), (OrderSide.SELL, book.asks()))
        for level in levels
        for order in level.orders()
    ]
    if not orders:
        return None
    instrument_id, sequence, ts_event = book.instrument_id, book.sequence, book.ts_last
    deltas = [OrderBookDelta(instrument_id, BookAction.CLEAR, None, _SNAPSHOT, sequence, ts_event, ts_init)]
    for index, order in enumerate(orders):
        flags = _SNAPSHOT | _LAST if index == len(orders) - 1 else _SNAPSHOT
        deltas.append(OrderBookDelta(instrument_id, BookAction.ADD, order, flags, sequence, ts_event, ts_init))
    return OrderBookDeltas(instrument_id, deltas)
