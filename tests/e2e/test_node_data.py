"""Market data of a plain user strategy in a real node, against the local Nado."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pandas as pd
import pytest
import pytest_asyncio
from nado_client import IOC, NadoTestClient
from nautilus_trader.live.node import TradingNode
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
from nautilus_trader.model.identifiers import ClientId, InstrumentId
from nautilus_trader.model.instruments import CryptoPerpetual
from nautilus_trader.persistence.catalog import ParquetDataCatalog
from nautilus_trader.trading.strategy import Strategy
from node_on_nado import ETH, ETH_ID, Bench, node_config, running, until

from hedgewire.nautilus.venue_data import StreamFreshness, VenueHealth, VenueLiquidation, VenueOpenInterest
from hedgewire.simulator.server import LocalVenue
from hedgewire.venues.nado import NadoLiveDataClientFactory

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
    """What is polled is polled quickly, so that the tests need not wait for it."""

    def prepare(node: Any) -> None:
        node.trader.add_strategy(reader)
        node.kernel.data_engine._clients[NADO]._polls._interval_s = 0.2

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


@pytest.mark.proves("R003-1.1.2", "R003-1.1.4", "R000-19", "R000-20", "R000-21", "R002-33")
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


async def test_custom_data_of_a_running_node_goes_to_a_catalog_and_back(
    read: tuple[Bench, Reader], tmp_path: Path
) -> None:
    _, reader = read
    await until(lambda: all(reader.given[kind] for kind in (VenueOpenInterest, VenueHealth, StreamFreshness)), "data")
    catalog = ParquetDataCatalog(str(tmp_path))
    for kind in (VenueOpenInterest, VenueHealth, StreamFreshness):
        given = list(reader.given[kind])
        catalog.write_data(given)
        assert [found.data.to_dict() for found in catalog.custom_data(kind)] == [one.to_dict() for one in given]


async def test_open_interest_and_trading_status_follow_the_venue(read: tuple[Bench, Reader]) -> None:
    bench, reader = read
    given = reader.given
    await until(lambda: given[VenueOpenInterest] and given[InstrumentStatus], "open interest and status")
    order = bench.hand.ioc("2")
    bench.hand.submit_order(order)
    await bench.told(order, "OrderFilled")

    def venues() -> Decimal:
        return Decimal(bench.venue.state.ledger.markets[ETH_ID].open_interest) / 10**18

    await until(lambda: given[VenueOpenInterest][-1].quantity == venues() >= 2, "the venue's open interest")
    for status, action in (("reduce_only", MarketStatusAction.PRE_CLOSE), ("not_tradable", MarketStatusAction.HALT)):
        await bench.other.control("halt", {"product_id": ETH_ID, "status": status})
        await until(lambda action=action: given[InstrumentStatus][-1].action == action, status)
    await bench.other.control("halt", {"product_id": ETH_ID, "status": "live"})
    await until(lambda: given[InstrumentStatus][-1].action == MarketStatusAction.TRADING, "trading again")
    assert len(given[InstrumentStatus]) == 4, "changes only"


def in_units(*values_x18: int) -> list[Decimal]:
    return [Decimal(value) / 10**18 for value in values_x18]


@asynccontextmanager
async def venue_with_a_past(past_s: int) -> AsyncIterator[LocalVenue]:
    """A venue whose market has been trading for some time when the node comes."""
    async with LocalVenue("nado", seed=7, paused=True, start_ns=time.time_ns() - past_s * 10**9) as local:
        for _ in range(past_s // 10):
            local.clock.step_ms(10_000)
        local.clock.step_ms((time.time_ns() - local.clock.now_ns()) // 10**6)
        local.clock.resume()
        yield local


@pytest.mark.proves("R000-31")
async def test_history_is_answered_with_what_the_venue_keeps() -> None:
    answered: list[Any] = []
    reader = Reader(lambda strategy: None)
    async with venue_with_a_past(420) as venue, running(venue, prepare=reading(reader)) as bench:
        candles = [bar for bar in bench.venue.app.candles.bars(ETH_ID, 60)][-5:-1]
        archive = list(bench.venue.app.archive.trades[ETH_ID])
        assert len(archive) > 500, "more than one page"
        day = bench.node.kernel.clock.utc_now() - pd.Timedelta(days=1)
        reader.request_trade_ticks(ETH, start=day, callback=answered.append)
        reader.request_bars(MINUTE_BARS, start=day, callback=answered.append)
        reader.request_funding_rates(ETH, start=day, callback=answered.append)
        reader.request_order_book_snapshot(ETH, limit=10, callback=answered.append)
        reader.request_instrument(ETH, callback=answered.append)
        reader.request_quote_ticks(ETH, start=day, callback=answered.append)
        await until(lambda: len(answered) == 6, "all answers")

        ticks = reader.given[TradeTick]
        assert [tick.ts_event for tick in ticks] == sorted(tick.ts_event for tick in ticks)
        ours = Counter((tick.trade_id.value, tick.price.as_decimal(), tick.size.as_decimal()) for tick in ticks)
        theirs = Counter((str(one.submission_idx), *in_units(one.price, one.quantity)) for one in archive)
        assert {trade: ours[trade] for trade in theirs} == theirs, "each once, also where two pages meet"

        bars = {bar.ts_event // 10**9 - 60: bar for bar in reader.given[Bar]}
        for candle in candles:
            bar = bars[candle.start_s]
            values = [value.as_decimal() for value in (bar.open, bar.high, bar.low, bar.close, bar.volume)]
            assert values == in_units(candle.open, candle.high, candle.low, candle.close, candle.volume)
        (book,) = reader.given[OrderBookDeltas]
        flags_are_right([book])
        assert len(book.deltas) == 1 + 2 * 10


@pytest.mark.proves("R000-23")
async def test_somebody_elses_liquidation_is_data(read: tuple[Bench, Reader]) -> None:
    bench, reader = read
    stranger = NadoTestClient(bench.venue, bench.other.session, account=1)
    await bench.other.control("liquidity", {"product_id": ETH_ID, "depth_percent": 10_000})
    ask = reader.cache.quote_tick(ETH).ask_price
    answer = await stranger.place(ETH_ID, str(ask + 5), "900", IOC)
    assert answer["status"] == "success", answer
    await bench.other.control("price", {"product_id": ETH_ID, "price": "3300"})
    await until(lambda: reader.given[VenueLiquidation], "a liquidation")
    (liquidation,) = reader.given[VenueLiquidation]
    assert (liquidation.instrument_id, liquidation.quantity) == (ETH, 900)
    assert 0 < liquidation.price < 3300


MANY = 500


@asynccontextmanager
async def node_without_account(venue: LocalVenue, reader: Reader) -> AsyncIterator[TradingNode]:
    """A node that only reads: no key, no execution client."""
    config = msgspec.structs.replace(node_config(venue, "unused"), exec_clients={})
    node = TradingNode(config, loop=asyncio.get_running_loop())
    node.add_data_client_factory("NADO", NadoLiveDataClientFactory)
    node.trader.add_strategy(reader)
    node.build()
    task = asyncio.create_task(node.run_async())
    try:
        await until(lambda: node.trader.is_running or task.done(), "running node")
        yield node
    finally:
        await node.stop_async()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_five_hundred_instruments_on_the_wire() -> None:
    """A venue that lists 500 more: all of them are subscribed at once, and every one of them is confirmed."""
    async with LocalVenue("nado", seed=7) as venue:
        template = venue.state.ledger.markets[ETH_ID].instrument
        for index in range(MANY):
            listing = replace(template, product_id=1000 + 2 * index, symbol=f"MANY{index}-PERP")
            venue.state.exchange.list_product(listing, template.price_increment * 30_000)
        ids = [InstrumentId.from_str(f"MANY{index}-PERP.NADO") for index in range(MANY)]

        def subscribe(strategy: Strategy) -> None:
            for instrument_id in ids:
                strategy.subscribe_trade_ticks(instrument_id)
                strategy.subscribe_instrument_status(instrument_id)
                strategy.subscribe_mark_prices(instrument_id)

        reader = Reader(subscribe)
        async with node_without_account(venue, reader) as node:
            assert len(node.cache.instrument_ids()) >= MANY + 3
            await until(lambda: len(reader.given[InstrumentStatus]) == MANY, "a status of each")
            await until(
                lambda: len({one.instrument_id for one in reader.given[MarkPriceUpdate]}) == MANY, "mark prices"
            )

            client: Any = node.kernel.data_engine._clients[NADO]

            def confirmed() -> int:
                streams = json.loads(client.link.core.health())["streams"]
                return sum(one["stream"] == "Trades" and one["state"] == "active" for one in streams)

            await until(lambda: confirmed() == MANY, "all confirmed")
            for instrument_id in ids:
                reader.unsubscribe_trade_ticks(instrument_id)
            await until(lambda: confirmed() == 0, "all left")
