"""Subscriptions: wishes and their consumers, before and after connecting, many at once, and what nobody offers."""

from __future__ import annotations

import asyncio
import inspect
from typing import Any

import pytest
from fake_core import X18, now_ns
from market_core import FIRST, NUMBER, SPOT, UNLISTED, VENUE, Rig, S, bar_row, rigged
from nautilus_trader.core.uuid import UUID4
from nautilus_trader.data import messages
from nautilus_trader.live.data_client import LiveMarketDataClient
from nautilus_trader.model.data import (
    Bar,
    BarType,
    CustomData,
    DataType,
    IndexPriceUpdate,
    InstrumentStatus,
    MarkPriceUpdate,
    OrderBookDelta,
    OrderBookDeltas,
    OrderBookDepth10,
    QuoteTick,
)
from nautilus_trader.model.enums import BookType, MarketStatusAction
from nautilus_trader.model.identifiers import ClientId, InstrumentId
from nautilus_trader.model.instruments import CryptoPerpetual

from hedgewire._core import Levels
from hedgewire.nautilus.rows import Outcome, RowKind, Stream
from hedgewire.nautilus.v1.data import VenueDataClient
from hedgewire.nautilus.venue_data import StreamFreshness, VenueHealth, VenueLiquidation, VenueOpenInterest

MINUTES = BarType.from_str("P2-PERP.NADO-1-MINUTE-LAST-EXTERNAL")
HOOKS = [name for name, _ in inspect.getmembers(LiveMarketDataClient, inspect.iscoroutinefunction) if name[0] == "_"]


def book(kind: str, data_type: type = OrderBookDelta, book_type: BookType = BookType.L2_MBP) -> Any:
    return messages.SubscribeOrderBook(
        instrument_id=FIRST, book_data_type=data_type, book_type=book_type, client_id=None, venue=VENUE,
        command_id=UUID4(), ts_init=0,
    ) if kind == "on" else messages.UnsubscribeOrderBook(
        instrument_id=FIRST, book_data_type=data_type, client_id=None, venue=VENUE, command_id=UUID4(), ts_init=0,
    )  # fmt: skip


def on(kind: str, instrument_id: InstrumentId = FIRST) -> Any:
    return getattr(messages, f"Subscribe{kind}")(instrument_id, None, VENUE, UUID4(), 0)


def off(kind: str, instrument_id: InstrumentId = FIRST) -> Any:
    return getattr(messages, f"Unsubscribe{kind}")(instrument_id, None, VENUE, UUID4(), 0)


def bars(kind: str, bar_type: BarType = MINUTES) -> Any:
    return getattr(messages, f"{kind}Bars")(bar_type, None, VENUE, UUID4(), 0)


def custom(kind: str, data_type: DataType, instrument_id: InstrumentId | None = None) -> Any:
    return getattr(messages, f"{kind}Data")(data_type, instrument_id, ClientId("NADO"), VENUE, UUID4(), 0)


@pytest.mark.proves("R000-30", "R000-34", "R000-52", "R000-11", "R000-15", "R001-13")
def test_every_hook_of_the_installed_base_class_is_ours_and_no_other() -> None:
    """A hook that a later NautilusTrader adds, renames or drops turns this red."""
    assert len(HOOKS) == 41
    ours = {name for cls in VenueDataClient.__mro__ if cls.__module__.startswith("hedgewire") for name in vars(cls)}
    assert set(HOOKS) <= ours
    families = ("_subscribe", "_unsubscribe", "_request")
    extra = {
        name
        for name in ours
        if name.startswith(families) and inspect.iscoroutinefunction(getattr(VenueDataClient, name, None))
    }
    assert extra <= set(HOOKS), "coroutines that nobody calls"
    for name in HOOKS:
        mine, base = (inspect.signature(getattr(cls, name)) for cls in (VenueDataClient, LiveMarketDataClient))
        assert list(mine.parameters) == list(base.parameters), name


SHARED = [
    (Stream.QUOTES, "_subscribe_quote_ticks", on("QuoteTicks"), "_unsubscribe_quote_ticks", off("QuoteTicks")),
    (Stream.TRADES, "_subscribe_trade_ticks", on("TradeTicks"), "_unsubscribe_trade_ticks", off("TradeTicks")),
    (
        Stream.FUNDING_RATE,
        "_subscribe_funding_rates",
        on("FundingRates"),
        "_unsubscribe_funding_rates",
        off("FundingRates"),
    ),
    (Stream.BOOK, "_subscribe_order_book_deltas", book("on"), "_unsubscribe_order_book_deltas", book("off")),
    (Stream.BARS, "_subscribe_bars", bars("Subscribe"), "_unsubscribe_bars", bars("Unsubscribe")),
]


@pytest.mark.proves("R000-04", "R000-05", "R000-06", "R000-07", "R000-09", "R000-10", "R000-16", "R000-24", "R000-25")
@pytest.mark.parametrize(
    ("stream", "subscribe", "wish", "unsubscribe", "end"), SHARED, ids=[row[0].name for row in SHARED]
)
async def test_twice_on_is_one_and_off_is_off(
    stream: Stream, subscribe: str, wish: Any, unsubscribe: str, end: Any
) -> None:
    key = (stream, NUMBER, 60 if stream is Stream.BARS else 0)
    async with rigged() as rig:
        await getattr(rig.client, unsubscribe)(end)
        assert rig.core.unsubscribed == [], "never subscribed"
        await getattr(rig.client, subscribe)(wish)
        await getattr(rig.client, subscribe)(wish)
        assert rig.core.subscribed == [key]
        await getattr(rig.client, unsubscribe)(end)
        await getattr(rig.client, unsubscribe)(end)
        assert rig.core.unsubscribed == [key]


@pytest.mark.proves("R000-08", "R000-26")
async def test_two_consumers_share_a_book_and_the_second_one_gets_a_snapshot() -> None:
    key = (Stream.BOOK, NUMBER, 0)
    async with rigged() as rig:
        await rig.client._subscribe_order_book_deltas(book("on"))
        await rig.client._subscribe_order_book_depth(book("on", OrderBookDepth10))
        assert rig.core.subscribed == [key, key], "a repeated wish makes the core send a snapshot"
        rig.link.dispatch((RowKind.BOOK, NUMBER, False, 1, 1, 1, Levels([1, 29_999, 5])))
        assert (len(rig.of(OrderBookDeltas)), rig.of(OrderBookDepth10)) == (1, []), "no depth before the snapshot"
        rig.link.dispatch((RowKind.BOOK, NUMBER, True, 2, 2, 2, Levels([1, 29_999, 5, -1, 30_001, 7])))
        (depth,) = rig.of(OrderBookDepth10)
        assert (str(depth.bids[0].price), str(depth.asks[0].size)) == ("2999.9", "0.007")
        await rig.client._unsubscribe_order_book_deltas(book("off"))
        rig.link.dispatch((RowKind.BOOK, NUMBER, False, 3, 3, 3, Levels([1, 29_999, 0])))
        assert (len(rig.of(OrderBookDeltas)), len(rig.of(OrderBookDepth10))) == (2, 2)
        assert rig.core.unsubscribed == []
        await rig.client._unsubscribe_order_book_depth(book("off", OrderBookDepth10))
        assert rig.core.unsubscribed == [key]


async def test_a_book_by_order_is_not_offered() -> None:
    async with rigged() as rig:
        await rig.client._subscribe_order_book_deltas(book("on", book_type=BookType.L3_MBO))
        assert rig.core.subscribed == [] and len(rig.refused) == 1


@pytest.mark.proves("R000-59")
async def test_a_wish_before_connecting_is_asked_for_on_connecting_and_again_on_reconnecting() -> None:
    async with rigged(connected=False) as rig:
        await rig.client._subscribe_quote_ticks(on("QuoteTicks"))
        await rig.client._subscribe_trade_ticks(on("TradeTicks"))
        await rig.client._unsubscribe_trade_ticks(off("TradeTicks"))
        await rig.client._subscribe_quote_ticks(on("QuoteTicks", UNLISTED))
        await rig.client._subscribe_mark_prices(on("MarkPrices"))
        await rig.connect()
        assert rig.core.subscribed == [(Stream.QUOTES, NUMBER, 0)]
        await rig.until(lambda: ("prices", [NUMBER]) in rig.core.asked)
        await rig.client._disconnect()
        rig.core.reopen()
        await rig.connect()
        assert rig.core.subscribed == [(Stream.QUOTES, NUMBER, 0)] * 2


async def test_an_unlisted_instrument_is_said_and_not_asked_for() -> None:
    async with rigged() as rig:
        await rig.client._subscribe_quote_ticks(on("QuoteTicks", UNLISTED))
        await rig.client._unsubscribe_quote_ticks(off("QuoteTicks", UNLISTED))
        await rig.client._subscribe_mark_prices(on("MarkPrices", UNLISTED))
        await rig.client._subscribe_instrument_status(on("InstrumentStatus", UNLISTED))
        await rig.client._subscribe_instrument(on("Instrument", UNLISTED))
        assert rig.core.subscribed == [] and rig.core.asked == []


async def test_a_refused_stream_is_an_error_and_can_be_asked_for_again() -> None:
    async with rigged() as rig:
        rig.core.acks[Stream.QUOTES, NUMBER] = (Outcome.REJECTED, "STREAM_REFUSED")
        for _ in range(2):
            with pytest.raises(RuntimeError, match="refuses QUOTES of P2-PERP"):
                await rig.client._subscribe_quote_ticks(on("QuoteTicks"))
        assert len(rig.core.subscribed) == 2
        rig.core.acks[Stream.TRADES, NUMBER] = (Outcome.UNKNOWN, "STREAM_UNCONFIRMED")
        with pytest.raises(RuntimeError, match="asked again by the core"):
            await rig.client._subscribe_trade_ticks(on("TradeTicks"))
        await rig.client._unsubscribe_trade_ticks(off("TradeTicks"))
        assert rig.core.unsubscribed == [(Stream.TRADES, NUMBER, 0)], "the core still wants it"


async def test_five_hundred_instruments_at_once() -> None:
    """Through the base class's own entry points, as NautilusTrader's engine calls them."""
    async with rigged(500) as rig:
        assert len(rig.of(CryptoPerpetual)) == 500
        ids = [InstrumentId.from_str(f"P{2 * index}-PERP.NADO") for index in range(1, 501)]
        for instrument_id in ids:
            rig.client.subscribe_quote_ticks(on("QuoteTicks", instrument_id))
            rig.client.subscribe_trade_ticks(on("TradeTicks", instrument_id))
            rig.client.subscribe_mark_prices(on("MarkPrices", instrument_id))
            rig.client.subscribe_instrument_status(on("InstrumentStatus", instrument_id))
        await rig.until(lambda: len(rig.core.subscribed) == 1000 and rig.core.asked)
        assert len(set(rig.core.subscribed)) == 1000
        await rig.until(lambda: len(rig.core.asked) == 2)
        assert {asked[0] for asked in rig.core.asked} == {"prices", "statuses"}, "one question for all of them"
        assert len(next(asked for asked in rig.core.asked if asked[0] == "prices")[1]) == 500
        for instrument_id in ids:
            rig.client.unsubscribe_quote_ticks(off("QuoteTicks", instrument_id))
        await rig.until(lambda: len(rig.core.unsubscribed) == 500)


# ---- bars


async def test_a_bar_comes_when_the_next_one_begins_and_never_twice() -> None:
    start = now_ns() // (60 * S) * 60 * S
    week, days = (
        BarType.from_str("P2-PERP.NADO-1-WEEK-LAST-EXTERNAL"),
        BarType.from_str("P2-PERP.NADO-7-DAY-LAST-EXTERNAL"),
    )
    async with rigged() as rig:
        await rig.client._subscribe_bars(bars("Subscribe"))
        rig.link.dispatch(bar_row(NUMBER, start, close=30_001))
        rig.link.dispatch(bar_row(NUMBER, start, close=30_002))
        assert rig.of(Bar) == []
        rig.link.dispatch(bar_row(NUMBER, start + 60 * S))
        (bar,) = rig.of(Bar)
        assert (str(bar.close), bar.ts_event, str(bar.volume)) == ("3000.2", start + 60 * S, "0.012")
        rig.link.dispatch(bar_row(NUMBER, start, close=1))
        rig.link.dispatch(bar_row(NUMBER, start + 60 * S))
        assert len(rig.of(Bar)) == 1
        for bar_type in (week, days):
            await rig.client._subscribe_bars(bars("Subscribe", bar_type))
        assert rig.core.subscribed.count((Stream.BARS, NUMBER, 604_800)) == 1
        rig.link.dispatch(bar_row(NUMBER, 0, seconds=604_800))
        rig.link.dispatch(bar_row(NUMBER, 604_800 * S, seconds=604_800))
        assert {one.bar_type for one in rig.of(Bar)} == {MINUTES, week, days}


async def test_a_bar_without_a_successor_comes_after_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hedgewire.nautilus.v1.data_rows.BAR_GRACE_S", 0.0)
    async with rigged() as rig:
        await rig.client._subscribe_bars(bars("Subscribe"))
        rig.link.dispatch(bar_row(NUMBER, 60 * S))
        await rig.until(lambda: len(rig.of(Bar)) == 1)
        rig.link.dispatch(bar_row(NUMBER, 60 * S, close=1))
        rig.link.dispatch(bar_row(NUMBER, 120 * S))
        await rig.until(lambda: len(rig.of(Bar)) == 2)
        assert [one.ts_event for one in rig.of(Bar)] == [120 * S, 180 * S]


@pytest.mark.parametrize("text", ["100-TICK-LAST-EXTERNAL", "1-MINUTE-BID-EXTERNAL", "1-MINUTE-LAST-INTERNAL"])
async def test_bars_that_no_venue_has_are_refused_with_one_message(text: str) -> None:
    async with rigged() as rig:
        await rig.client._subscribe_bars(bars("Subscribe", BarType.from_str(f"P2-PERP.NADO-{text}")))
        assert rig.core.subscribed == [] and len(rig.refused) == 1


# ---- polled


@pytest.mark.proves("R000-29")
async def test_mark_and_index_prices_go_to_those_who_want_them() -> None:
    async with rigged() as rig:
        rig.core.found["prices"] = [(RowKind.REFERENCE_PRICES, NUMBER, 3000 * X18, None, 5, 6)]
        await rig.client._subscribe_index_prices(on("IndexPrices"))
        await rig.until(lambda: rig.core.asked)
        await rig.client._subscribe_mark_prices(on("MarkPrices"))
        await rig.until(lambda: rig.of(MarkPriceUpdate))
        assert str(rig.of(MarkPriceUpdate)[0].value) == "3000.0"
        assert rig.of(IndexPriceUpdate) == [], "what the venue did not send is not zero"
        await rig.client._subscribe_mark_prices(on("MarkPrices", SPOT))
        assert len(rig.refused) == 1
        rig.core.found["prices"] = [(RowKind.REFERENCE_PRICES, NUMBER, 3000 * X18, 3000 * X18, 5, 6)]
        await rig.client._unsubscribe_mark_prices(off("MarkPrices"))
        rig.given.clear()
        await rig.client._ask_reference_prices([("index", FIRST)])
        assert [type(one) for one in rig.given] == [IndexPriceUpdate]
        await rig.client._unsubscribe_index_prices(off("IndexPrices"))
        rig.given.clear()
        await rig.client._ask_reference_prices([("index", FIRST)])
        assert rig.given == []


@pytest.mark.proves("R000-17", "R000-27")
async def test_a_status_comes_once_and_then_when_it_changes() -> None:
    words = {
        "live": (MarketStatusAction.TRADING, True, True),
        "post_only": (MarketStatusAction.QUOTING, False, True),
        "reduce_only": (MarketStatusAction.PRE_CLOSE, True, False),
        "halted": (MarketStatusAction.HALT, False, False),
    }
    async with rigged() as rig:
        for word, expected in words.items():
            rig.core.found["statuses"] = [(RowKind.STATUS, number, word, 5, 6) for number in (NUMBER, 4)]
            await rig.client._subscribe_instrument_status(on("InstrumentStatus"))
            await rig.client._ask_statuses(())
            update = rig.of(InstrumentStatus)[-1]
            assert (update.action, update.is_trading, update.is_quoting) == expected
            assert (update.reason, update.instrument_id) == (word, FIRST)
        await rig.client._ask_statuses(())
        assert len(rig.of(InstrumentStatus)) == len(words)


async def test_a_poll_without_an_answer_goes_on() -> None:
    async with rigged(poll_s=0.0) as rig:
        rig.core.unavailable.add("prices")
        await rig.client._subscribe_mark_prices(on("MarkPrices"))
        await rig.until(lambda: len(rig.core.asked) > 3)
        assert rig.of(MarkPriceUpdate) == []
        rig.core.found["prices"] = [(RowKind.REFERENCE_PRICES, 99, X18, None, 5, 6)]
        rig.core.unavailable.clear()
        seen = len(rig.core.asked)
        await rig.until(lambda: len(rig.core.asked) > seen + 2)
        rig.core.found["prices"] = [(RowKind.REFERENCE_PRICES, NUMBER, X18, X18, 5, 6)]
        await rig.until(lambda: rig.of(MarkPriceUpdate))
        await rig.client._unsubscribe_mark_prices(off("MarkPrices"))
        seen = len(rig.core.asked)
        for _ in range(20):
            await asyncio.sleep(0)
        assert len(rig.core.asked) == seen


# ---- custom data

HEALTHY = {
    "status": {"websocket": "connected", "rest": "available"},
    "sockets": [{"reconnects": 2}, {"reconnects": 1}],
    "streams": [{"stream": "Book", "instrument": NUMBER, "param": 0, "state": "active", "age_ms": 7},
                {"stream": "Orders", "instrument": None, "param": 0, "state": "pending", "age_ms": None}],
    "books": {"wanted": 2, "live": 1},
    "counters": dict.fromkeys(("gaps", "resnapshots", "malformed", "unknown", "stale_streams", "dropped_rows"), 4),
    "latencies": {"rest_ms": {"p50": 9}, "order_ms": {"p50": None}},
    "unresolved": 0,
    "limits": [{"left": 40, "penalised_until_ms": None}, {"left": 5, "penalised_until_ms": None}],
}  # fmt: skip


def published(rig: Rig, kind: type) -> list[Any]:
    return [one.data for one in rig.of(CustomData) if type(one.data) is kind]


@pytest.mark.proves("R000-12", "R000-13", "R000-22")
async def test_open_interest_of_one_instrument_and_of_all() -> None:
    rows = [(RowKind.OPEN_INTEREST, number, number * X18 + 1, 5, 6) for number in (2, 4, 6)]
    one, every = (
        custom("Subscribe", DataType(VenueOpenInterest), FIRST),
        custom("Subscribe", DataType(VenueOpenInterest)),
    )
    async with rigged() as rig:
        rig.core.found["open_interest"] = rows
        await rig.client._subscribe(one)
        await rig.until(lambda: published(rig, VenueOpenInterest))
        assert [str(data.quantity) for data in published(rig, VenueOpenInterest)] == ["2.000000000000000001"]
        await rig.client._subscribe(every)
        await rig.until(lambda: len(published(rig, VenueOpenInterest)) == 4)
        assert {data_type.data_type for data_type in rig.of(CustomData)} == {DataType(VenueOpenInterest)}
        await rig.client._unsubscribe(custom("Unsubscribe", DataType(VenueOpenInterest), FIRST))
        await rig.client._unsubscribe(custom("Unsubscribe", DataType(VenueOpenInterest)))
        rig.given.clear()
        await rig.client._ask_open_interest(())
        assert rig.given == []


@pytest.mark.proves("R000-23")
async def test_liquidations() -> None:
    async with rigged() as rig:
        await rig.client._subscribe(custom("Subscribe", DataType(VenueLiquidation)))
        assert rig.core.subscribed == [(Stream.LIQUIDATIONS, -1, 0)]
        rig.link.dispatch((RowKind.LIQUIDATION, (2, 4, 99), -X18, 3000 * X18, 5, 6))
        found = published(rig, VenueLiquidation)
        assert [(str(one.instrument_id), one.quantity, one.price) for one in found] == [
            ("P2-PERP.NADO", -1, 3000), ("P4-PERP.NADO", -1, 3000),
        ]  # fmt: skip
        await rig.client._unsubscribe(custom("Unsubscribe", DataType(VenueLiquidation)))
        assert rig.core.unsubscribed == [(Stream.LIQUIDATIONS, -1, 0)]


@pytest.mark.proves("R000-23")
async def test_liquidations_among_trades() -> None:
    """Two consumers share the channel, and each is told what it asked for; all of a venue's are not offered."""
    async with rigged() as rig:
        rig.client._liquidation_stream = Stream.TRADES
        await rig.client._subscribe(custom("Subscribe", DataType(VenueLiquidation)))
        assert rig.core.subscribed == [] and "so name one" in rig.refused[0]
        await rig.client._want(Stream.TRADES, FIRST, "trades")
        await rig.client._subscribe(custom("Subscribe", DataType(VenueLiquidation), FIRST))
        (asked,) = rig.core.subscribed
        for number in (asked[1], asked[1] + 2):
            rig.link.dispatch((RowKind.LIQUIDATION, (number,), -X18, 3000 * X18, 5, 6))
        assert [one.instrument_id for one in published(rig, VenueLiquidation)] == [FIRST]
        await rig.client._unwant(Stream.TRADES, FIRST, "trades")
        assert rig.core.unsubscribed == []
        await rig.client._unsubscribe(custom("Unsubscribe", DataType(VenueLiquidation), FIRST))
        assert rig.core.unsubscribed == [asked]


async def test_health_and_freshness() -> None:
    async with rigged() as rig:
        rig.core.healthy = HEALTHY
        await rig.client._subscribe(custom("Subscribe", DataType(VenueHealth)))
        await rig.until(lambda: published(rig, VenueHealth))
        (health,) = published(rig, VenueHealth)
        assert (health.websocket, health.reconnects, health.gaps, health.rest_p50_ms) == ("connected", 3, 4, 9)
        assert (health.rate_limit_headroom, health.resubscriptions, health.reconciliations) == (5, 0, 0)
        assert health.order_p50_ms is None and published(rig, StreamFreshness) == []
        await rig.client._subscribe(custom("Subscribe", DataType(StreamFreshness)))
        await rig.until(lambda: published(rig, StreamFreshness))
        assert [(one.stream, one.instrument, one.age_ms) for one in published(rig, StreamFreshness)] == [
            ("Book", "P2-PERP.NADO", 7), ("Orders", "", None),
        ]  # fmt: skip


# ---- not offered

REFUSED = [
    ("_subscribe_instrument_close", on("InstrumentClose")),
    ("_unsubscribe_instrument_close", off("InstrumentClose")),
    ("_subscribe_option_greeks", on("OptionGreeks")),
    ("_unsubscribe_option_greeks", off("OptionGreeks")),
    ("_subscribe", custom("Subscribe", DataType(QuoteTick))),
]


@pytest.mark.proves("R000-18", "R000-28")
@pytest.mark.parametrize(("hook", "wish"), REFUSED, ids=[row[0] for row in REFUSED])
async def test_what_the_venue_does_not_offer_is_said_once(hook: str, wish: Any) -> None:
    async with rigged() as rig:
        rig.given.clear()
        await getattr(rig.client, hook)(wish)
        assert len(rig.refused) == 1 and rig.given == [] and rig.core.subscribed == []


async def test_instruments_are_given_at_once() -> None:
    async with rigged() as rig:
        rig.given.clear()
        await rig.client._subscribe_instrument(on("Instrument"))
        assert [one.id for one in rig.given] == [FIRST]
        await rig.client._subscribe_instruments(messages.SubscribeInstruments(None, VENUE, UUID4(), 0))
        assert len(rig.given) == 1 + 4
        await rig.client._unsubscribe_instrument(off("Instrument"))
        await rig.client._unsubscribe_instruments(messages.UnsubscribeInstruments(None, VENUE, UUID4(), 0))


async def test_disconnecting_leaves_no_task_and_no_timer() -> None:
    loop = asyncio.get_running_loop()
    async with rigged(poll_s=0.0) as rig:
        await rig.client._subscribe_bars(bars("Subscribe"))
        rig.link.dispatch(bar_row(NUMBER, now_ns() // (60 * S) * 60 * S))
        await rig.client._subscribe_mark_prices(on("MarkPrices"))
        await rig.client._subscribe_instrument_status(on("InstrumentStatus"))
        await rig.until(lambda: len(rig.core.asked) > 4)
        (open_bar,) = rig.client._open_bars.values()
        await rig.client._disconnect()
        assert asyncio.all_tasks(loop) == {asyncio.current_task()}
        assert open_bar.timer.cancelled() and rig.of(Bar) == []
