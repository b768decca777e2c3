"""Market rows of the core become NautilusTrader data objects. Pure: a row and its instrument in, objects out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nautilus_trader.model.data import (
    Bar,
    BarType,
    FundingRateUpdate,
    IndexPriceUpdate,
    InstrumentStatus,
    MarkPriceUpdate,
    OrderBookDeltas,
    QuoteTick,
    TradeTick,
)
from nautilus_trader.model.enums import AggressorSide, MarketStatusAction
from nautilus_trader.model.identifiers import TradeId

from hedgewire.nautilus.link import Row
from hedgewire.nautilus.v1 import convert
from hedgewire.nautilus.v1.deltas import constructed
from hedgewire.nautilus.v1.providers import Traded
from hedgewire.nautilus.venue_data import VenueLiquidation, VenueOpenInterest

NS_PER_S = 1_000_000_000
SECONDS_PER_HOUR = 3600


def book_deltas(row: Row, traded: Traded) -> OrderBookDeltas | None:
    """BOOK: a snapshot is CLEAR and ADDs, all flagged; the last delta of a group carries F_LAST. None for no change."""
    snapshot, sequence, ts_event, ts_init, levels = row[2:7]
    if traded.lane is not None:
        made = traded.lane.deltas_of(levels, snapshot, sequence, ts_event, ts_init)
    else:
        made = constructed(
            traded.instrument_id,
            (traded.price_precision, traded.size_precision),
            levels,
            snapshot,
            sequence,
            ts_event,
            ts_init,
        )
    return OrderBookDeltas(traded.instrument_id, made) if made else None


def quote(row: Row, traded: Traded) -> QuoteTick | None:
    """QUOTE. None while one side of the book is empty: NautilusTrader has no half quote."""
    bid_price, bid_size, ask_price, ask_size, ts_event, ts_init = row[2:8]
    if not bid_price or not ask_price or not bid_size or not ask_size:
        return None
    return QuoteTick(
        traded.instrument_id,
        convert.price(bid_price, traded.price_precision),
        convert.price(ask_price, traded.price_precision),
        convert.quantity(bid_size, traded.size_precision),
        convert.quantity(ask_size, traded.size_precision),
        ts_event,
        ts_init,
    )


def trade(row: Row, traded: Traded) -> TradeTick | None:
    """TRADE. None for a print of size zero, which NautilusTrader refuses."""
    price, size, aggressor, trade_id, ts_event, ts_init = row[2:8]
    if not size:
        return None
    side = AggressorSide.NO_AGGRESSOR
    if aggressor:
        side = AggressorSide.BUYER if aggressor > 0 else AggressorSide.SELLER
    return TradeTick(
        traded.instrument_id,
        convert.price(price, traded.price_precision),
        convert.quantity(size, traded.size_precision),
        side,
        TradeId(trade_id),
        ts_event,
        ts_init,
    )


def bar(row: Row, traded: Traded, bar_type: BarType) -> Bar:
    """BAR, stamped with its closing time."""
    granularity_s, open_, high, low, close, volume, ts_open, ts_init = row[2:10]
    ts_close = ts_open + granularity_s * NS_PER_S
    prices = [convert.price(value, traded.price_precision) for value in (open_, high, low, close)]
    return Bar(bar_type, *prices, convert.quantity(volume, traded.size_precision), ts_close, max(ts_init, ts_close))


def funding_rate(row: Row, traded: Traded) -> FundingRateUpdate:
    """FUNDING_RATE: the rate for one hour."""
    rate_x18, ts_event, ts_init = row[2:5]
    return FundingRateUpdate(
        instrument_id=traded.instrument_id,
        rate=convert.decimal_x18(rate_x18),
        ts_event=ts_event,
        ts_init=ts_init,
        interval=SECONDS_PER_HOUR // 60,
    )


def reference_prices(row: Row, traded: Traded) -> tuple[MarkPriceUpdate | None, IndexPriceUpdate | None]:
    """REFERENCE_PRICES; a side that the venue does not give is None."""
    mark_x18, index_x18, ts_event, ts_init = row[2:6]
    mark = index = None
    if mark_x18:
        mark = MarkPriceUpdate(
            traded.instrument_id, convert.price_x18(mark_x18, traded.price_precision), ts_event, ts_init
        )
    if index_x18:
        index = IndexPriceUpdate(
            traded.instrument_id, convert.price_x18(index_x18, traded.price_precision), ts_event, ts_init
        )
    return mark, index


_STATUSES = {
    "live": (MarketStatusAction.TRADING, True, True),
    "post_only": (MarketStatusAction.QUOTING, False, True),
    "reduce_only": (MarketStatusAction.PRE_CLOSE, True, False),
}
"""Status -> action, trading, quoting. Anything else is a halt. Positions in a reduce-only market can only be closed."""


def status(row: Row, traded: Traded) -> InstrumentStatus:
    """STATUS; the venue's word for it is the reason."""
    text, ts_event, ts_init = row[2:5]
    action, is_trading, is_quoting = _STATUSES.get(text, (MarketStatusAction.HALT, False, False))
    return InstrumentStatus(
        instrument_id=traded.instrument_id,
        action=action,
        ts_event=ts_event,
        ts_init=ts_init,
        reason=text,
        is_trading=is_trading,
        is_quoting=is_quoting,
    )


def open_interest(row: Row, traded: Traded) -> VenueOpenInterest:
    """OPEN_INTEREST."""
    quantity_x18, ts_event, ts_init = row[2:5]
    return VenueOpenInterest(
        instrument_id=traded.instrument_id,
        quantity=convert.decimal_x18(quantity_x18),
        ts_event=ts_event,
        ts_init=ts_init,
    )


def liquidation(row: Row, traded: Traded) -> VenueLiquidation:
    """LIQUIDATION, which for a spread names two instruments: one of them."""
    quantity_x18, price_x18, ts_event, ts_init = row[2:6]
    return VenueLiquidation(
        instrument_id=traded.instrument_id,
        quantity=convert.decimal_x18(quantity_x18),
        price=convert.decimal_x18(price_x18),
        ts_event=ts_event,
        ts_init=ts_init,
    )


def within(items: Sequence[Any], start_ns: int | None, end_ns: int | None, limit: int) -> list[Any]:
    """Those of ``items`` inside the window, the newest ``limit`` of them (0: all), in their order."""
    kept = [
        item
        for item in items
        if (start_ns is None or item.ts_event >= start_ns) and (end_ns is None or item.ts_event <= end_ns)
    ]
    return kept[-limit:] if limit > 0 else kept
