"""Market data of a plain user strategy in a real node, against the local Nado."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio
from nautilus_trader.model.data import (
    Bar,
    BarType,
    DataType,
    FundingRateUpdate,
    IndexPriceUpdate,
    InstrumentStatus,
    MarkPriceUpdate,
    OrderBookDeltas,
    OrderBookDepth10,
    QuoteTick,
    TradeTick,
)
from nautilus_trader.model.enums import BookType, MarketStatusAction, RecordFlag
from nautilus_trader.model.identifiers import ClientId
from nautilus_trader.model.instruments import CryptoPerpetual
from nautilus_trader.trading.strategy import Strategy
from node_on_nado import ETH, ETH_ID, Bench, running, until

from hedgewire.nautilus.venue_data import StreamFreshness, VenueHealth, VenueLiquidation, VenueOpenInterest
from hedgewire.simulator.server import LocalVenue

NADO = ClientId("NADO")
MINUTE_BARS = BarType.from_str("ETH-PERP.NADO-1-MINUTE-LAST-EXTERNAL")


class Reader(Strategy):
    """A user's strategy: it keeps what it is given, by type."""

    def __init__(self, subscribe: Callable[[Strategy], None]) -> None:
        super().__init__()
        self.given: dict[type, list[Any]] = defaultdict(list)
        self.answered: list[Any] = []
        self._subscribe = subscribe

    def on_start(self) -> None:
        self._subscribe(self)

    def keep(self, data: Any) -> None:
        self.given[type(data)].append(data)

    on_instrument = on_quote_tick = on_trade_tick = on_bar = keep
    on_order_book_deltas = on_order_book_depth = on_mark_price = on_index_price = keep
    on_funding_rate = on_instrument_status = on_data = on_historical_data = keep


def everything(strategy: Strategy) -> None:
    strategy.subscribe_order_book_deltas(ETH, managed=True)
    strategy.subscribe_order_book_depth(ETH)
    strategy.subscribe_quote_ticks(ETH)
    strategy.subscribe_trade_ticks(ETH)
    strategy.subscribe_bars(MINUTE_BARS)
    strategy.subscribe_mark_prices(ETH)
    strategy.subscribe_index_prices(ETH)
    strategy.subscribe_funding_rates(ETH)
    strategy.subscribe_instrument(ETH)
    strategy.subscribe_instrument_status(ETH)
    strategy.subscribe_data(DataType(VenueOpenInterest), instrument_id=ETH)
    strategy.subscribe_data(DataType(VenueLiquidation), client_id=NADO)
    strategy.subscribe_data(DataType(VenueHealth), client_id=NADO)
    strategy.subscribe_data(DataType(StreamFreshness), client_id=NADO)


def reading(reader: Reader) -> Any:
    def prepare(node: Any) -> None:
        node.trader.add_strategy(reader)

    return prepare


@pytest_asyncio.fixture
async def read(venue: LocalVenue) -> AsyncIterator[tuple[Bench, Reader]]:
    reader = Reader(everything)
    async with running(venue, prepare=reading(reader)) as bench:
        yield bench, reader


async def next_minute(bench: Bench) -> None:
    """The venue's clock jumps into its next minute and goes on."""
    await bench.other.control("clock", {"step_ms": 60_000})
    await bench.other.control("clock", {"resume": True})


@pytest.mark.proves("R003-1.1.2", "R003-1.1.4", "R000-19", "R000-20", "R000-21")
async def test_a_plain_strategy_sees_the_whole_market(read: tuple[Bench, Reader]) -> None:
    bench, reader = read
    given = reader.given
    for kind in (OrderBookDeltas, OrderBookDepth10, QuoteTick, TradeTick, MarkPriceUpdate, IndexPriceUpdate,
                 CryptoPerpetual, InstrumentStatus, VenueOpenInterest, VenueHealth, StreamFreshness):  # fmt: skip
        await until(lambda kind=kind: given[kind], kind.__name__)
    await next_minute(bench)
    await until(lambda: given[Bar], "a bar")
    await until(lambda: given[FundingRateUpdate], "a funding rate")

    market = bench.venue.state.ledger.markets[ETH_ID]
    quote, trade, bar = given[QuoteTick][0], given[TradeTick][0], given[Bar][0]
    assert quote.bid_price < quote.ask_price and quote.bid_size > 0
    assert trade.size > 0 and 1 <= len(trade.trade_id.value) <= 36
    assert bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high and bar.volume > 0
    assert bar.bar_type == MINUTE_BARS and bar.ts_event % 60_000_000_000 == 0
    depth = given[OrderBookDepth10][-1]
    bids, asks = [order.price for order in depth.bids], [order.price for order in depth.asks]
    assert bids == sorted(bids, reverse=True) and asks == sorted(asks) and bids[0] < asks[0]
    instrument = given[CryptoPerpetual][0]
    assert (instrument.price_increment.as_decimal(), instrument.size_increment.as_decimal()) == (
        Decimal(market.instrument.price_increment) / 10**18,
        Decimal(market.instrument.size_increment) / 10**18,
    )
    assert given[FundingRateUpdate][0].interval == 60
    assert given[InstrumentStatus][0].action == MarketStatusAction.TRADING
    assert given[VenueHealth][0].websocket == "connected"
    assert {"Book", "Quotes", "Trades"} <= {one.stream for one in given[StreamFreshness] if one.instrument == str(ETH)}


def flags_are_right(groups: list[OrderBookDeltas]) -> None:
    """CLEAR and ADDs of a snapshot carry F_SNAPSHOT; exactly the last delta of a group carries F_LAST."""
    for group in groups:
        deltas = group.deltas
        is_snapshot = deltas[0].is_clear
        assert all(bool(delta.flags & RecordFlag.F_SNAPSHOT) == is_snapshot for delta in deltas)
        assert [bool(delta.flags & RecordFlag.F_LAST) for delta in deltas] == [False] * (len(deltas) - 1) + [True]


async def venues_book(bench: Bench) -> tuple[dict[Decimal, Decimal], dict[Decimal, Decimal]]:
    data = (await bench.other.query("market_liquidity", product_id=ETH_ID, depth=100))["data"]
    sides = [
        {Decimal(price) / 10**18: Decimal(size) / 10**18 for price, size in data[side]} for side in ("bids", "asks")
    ]
    return sides[0], sides[1]


def nodes_book(bench: Bench) -> tuple[dict[Decimal, Decimal], dict[Decimal, Decimal]]:
    """The managed book; by price there is one order a level."""
    book = bench.cache.order_book(ETH)
    orders = [[level.orders()[0] for level in side] for side in (book.bids(), book.asks())]
    sides = [{order.price.as_decimal(): order.size.as_decimal() for order in side} for side in orders]
    return sides[0], sides[1]


async def equals_the_venues_book(bench: Bench) -> None:
    """With the market standing still, the managed book becomes the venue's own, level by level."""
    await bench.other.control("liquidity", {"freeze": True})
    theirs = await venues_book(bench)
    assert len(theirs[0]) >= 10 and len(theirs[1]) >= 10
    await until(lambda: nodes_book(bench) == theirs, f"the venue's book {theirs}")
    assert nodes_book(bench) == await venues_book(bench)
    await bench.other.control("liquidity", {"freeze": False})


@pytest.mark.proves("R002-31", "R002-32", "R003-023")
async def test_the_managed_book_is_the_venues_after_gap_burst_and_reconnection(venue: LocalVenue) -> None:
    reader = Reader(lambda strategy: strategy.subscribe_order_book_deltas(ETH, book_type=BookType.L2_MBP, managed=True))
    async with running(venue, prepare=reading(reader)) as bench:
        groups = reader.given[OrderBookDeltas]

        def snapshots() -> int:
            return sum(group.deltas[0].is_clear for group in groups)

        await until(lambda: len(groups) > 3, "book changes")
        await equals_the_venues_book(bench)
        seen = snapshots()
        await bench.fault("book_gap", product_id=ETH_ID, count=1)
        await until(lambda: snapshots() > seen, "a snapshot after the gap")
        await equals_the_venues_book(bench)

        for _ in range(40):
            for percent in (30, 300):
                await bench.other.control("liquidity", {"product_id": ETH_ID, "depth_percent": percent})
        await equals_the_venues_book(bench)

        seen = snapshots()
        await bench.fault("disconnect", socket="subscriptions")
        await until(lambda: snapshots() > seen, "a snapshot after the reconnection")
        await equals_the_venues_book(bench)
        flags_are_right(groups)
        assert seen >= 2
