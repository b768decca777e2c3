"""One 20-level ``book_depth`` frame with typed msgspec in Python: ``msgspec_decode {strings|integers} FRAMES``.

``strings`` stops where msgspec does, at texts; ``integers`` goes as far as we do.
"""

from __future__ import annotations

import sys
from itertools import islice

import msgspec

from bench.servers import books
from bench.work.process import Stopwatch, report


class BookDepth(msgspec.Struct):
    type: str
    min_timestamp: str
    max_timestamp: str
    last_max_timestamp: str
    product_id: int
    bids: list[tuple[str, str]]
    asks: list[tuple[str, str]]


def main() -> None:
    integers, count = sys.argv[1] == "integers", int(sys.argv[2])
    # Without the WebSocket header: 4 bytes for this size.
    frames = [one[4:] for one in islice(books.nado_frames([4], 1_760_000_000_000_000_000), 256)]
    decode = msgspec.json.Decoder(BookDepth).decode
    watch = Stopwatch()
    for number in range(count):
        book = decode(frames[number % 256])
        if integers:
            levels = [(int(price), int(size)) for side in (book.bids, book.asks) for price, size in side]
            stamps = int(book.min_timestamp), int(book.max_timestamp), int(book.last_max_timestamp)
            assert levels
            assert stamps
    report(watch.per_item(count))


if __name__ == "__main__":
    main()
