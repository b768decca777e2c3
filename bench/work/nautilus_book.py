"""NautilusTrader's own book: ``apply_deltas`` of 20 changes and a look at the top. ``nautilus_book UPDATES``."""

from __future__ import annotations

import sys
from itertools import islice

from nautilus_trader.model.book import OrderBook
from nautilus_trader.model.data import OrderBookDelta, OrderBookDeltas
from nautilus_trader.model.enums import BookAction, BookType, OrderSide, RecordFlag
from nautilus_trader.model.identifiers import InstrumentId

from bench.servers import books
from bench.work.process import Stopwatch, report
from hedgewire.nautilus.v1 import convert

ETH = InstrumentId.from_str("ETH-PERP.NADO")


def deltas(made: list[books.Change]) -> OrderBookDeltas:
    last = len(made) - 1
    return OrderBookDeltas(
        ETH,
        [
            OrderBookDelta.from_raw(
                ETH,
                BookAction.UPDATE if size else BookAction.DELETE,
                OrderSide.BUY if side > 0 else OrderSide.SELL,
                convert.price_raw(price, 1),
                1,
                convert.quantity_raw(size, 3),
                3,
                0,
                RecordFlag.F_LAST if index == last else 0,
                1,
                1,
                1,
            )
            for index, (side, price, size) in enumerate(made)
        ],
    )


def main() -> None:
    count = int(sys.argv[1])
    book = OrderBook(ETH, BookType.L2_MBP)
    book.apply_deltas(deltas(books.snapshot()))
    updates = [deltas(made) for made in islice(books.changes(3), 256)]
    watch = Stopwatch()
    for number in range(count):
        book.apply_deltas(updates[number % 256])
        book.best_bid_price()
        book.best_ask_price()
    report(watch.per_item(count))


if __name__ == "__main__":
    main()
