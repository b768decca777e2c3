"""Levels of a book become NautilusTrader's deltas, through its public constructors."""

from __future__ import annotations

from collections.abc import Iterable

from nautilus_trader.model.data import OrderBookDelta
from nautilus_trader.model.enums import BookAction, OrderSide, RecordFlag
from nautilus_trader.model.identifiers import InstrumentId

from hedgewire.nautilus.v1 import convert

_LAST, _SNAPSHOT = int(RecordFlag.F_LAST), int(RecordFlag.F_SNAPSHOT)
_ADD, _UPDATE, _DELETE = int(BookAction.ADD), int(BookAction.UPDATE), int(BookAction.DELETE)
_BUY, _SELL = int(OrderSide.BUY), int(OrderSide.SELL)


def constructed(
    instrument_id: InstrumentId,
    precisions: tuple[int, int],
    levels: Iterable[int],
    snapshot: bool,
    sequence: int,
    ts_event: int,
    ts_init: int,
) -> list[OrderBookDelta]:
    """``levels``: (side, price, size) * n as mantissas of ``precisions`` (price, size). A snapshot is CLEAR and ADDs,
    all flagged; the last delta carries F_LAST. Raises ``ValueError`` for a level that NautilusTrader cannot hold."""
    numbers = list(levels)
    left = len(numbers) // 3
    # NautilusTrader adds no level of size zero.
    flags, size_least = (_SNAPSHOT, 1) if snapshot else (0, 0)
    made: list[OrderBookDelta] = []
    if snapshot:
        clear_flags = flags if left else flags | _LAST
        made.append(OrderBookDelta(instrument_id, BookAction.CLEAR, None, clear_flags, sequence, ts_event, ts_init))
    price_precision, size_precision = precisions
    price_unit, size_unit = convert.RAW_UNITS[price_precision], convert.RAW_UNITS[size_precision]
    price_most, size_most = convert.LARGEST[price_precision], convert.LARGEST[size_precision]
    each = iter(numbers)
    # Raw integers straight into the delta cost a third of Price, Quantity, BookOrder.
    for side, price, size in zip(each, each, each, strict=True):
        left -= 1
        if not (0 < price <= price_most and size_least <= size <= size_most):
            raise ValueError(f"level {price} x {size} cannot be held\nhint: the row is dropped; see the log")
        made.append(
            OrderBookDelta.from_raw(
                instrument_id,
                _ADD if snapshot else _UPDATE if size else _DELETE,
                _BUY if side > 0 else _SELL,
                price * price_unit,
                price_precision,
                size * size_unit,
                size_precision,
                0,
                flags if left else flags | _LAST,
                sequence,
                ts_event,
                ts_init,
            )
        )
    return made
