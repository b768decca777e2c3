"""Requests for history: always answered, inside the window, oldest first, and empty rather than half."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from fake_core import X18, now_ns
from market_core import FIRST, NUMBER, SPOT, UNLISTED, VENUE, Rig, S, bar_row, rigged, trade_row
from nautilus_trader.core.uuid import UUID4
from nautilus_trader.data import messages
from nautilus_trader.data.messages import DataResponse
from nautilus_trader.model.data import BarType, DataType, OrderBookDeltas, QuoteTick
from nautilus_trader.model.enums import BookAction, RecordFlag
from nautilus_trader.model.identifiers import ClientId, InstrumentId

from hedgewire._core import Levels
from hedgewire.nautilus.rows import RowKind
from hedgewire.nautilus.v1.convert import LIMIT_RAW
from hedgewire.nautilus.v1.data_requests import MAX_ROWS, MAX_TRADES
from hedgewire.nautilus.venue_data import StreamFreshness, VenueHealth, VenueOpenInterest

MINUTES = BarType.from_str("P2-PERP.NADO-1-MINUTE-LAST-EXTERNAL")
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def window(start: datetime | None, end: datetime | None, limit: int) -> dict[str, Any]:
    return {
        "start": start, "end": end, "limit": limit, "client_id": ClientId("NADO"), "venue": VENUE, "callback": None,
        "request_id": UUID4(), "ts_init": 0, "params": {"mark": "this"},
    }  # fmt: skip


def request(
    kind: str,
    instrument_id: InstrumentId = FIRST,
    start: datetime | None = None,
    end: datetime | None = None,
    limit: int = 0,
) -> Any:
    terms = window(start, end, limit)
    made = getattr(messages, f"Request{kind}")
    if kind in ("Instrument", "Instruments"):
        del terms["limit"]
    if kind == "OrderBookSnapshot":
        del terms["start"], terms["end"]
    if kind == "OrderBookDepth":
        terms["depth"] = 10
    if kind == "Instruments":
        return made(**terms)
    return made(instrument_id=instrument_id, **terms)


def bars(bar_type: BarType = MINUTES, **given: Any) -> Any:
    return messages.RequestBars(bar_type=bar_type, **{**window(None, None, 0), **given})


def custom(data_type: DataType, instrument_id: InstrumentId | None = None) -> Any:
    return messages.RequestData(data_type=data_type, instrument_id=instrument_id, **window(None, None, 0))


def forward() -> Any:
    terms = window(None, None, 0)
    for name in ("start", "end", "limit"):
        del terms[name]
    return messages.RequestForwardPrices(underlying="P2", **terms)


ALL: dict[str, Callable[[], Any]] = {
    "_request": lambda: custom(DataType(VenueOpenInterest)),
    "_request_instrument": lambda: request("Instrument"),
    "_request_instruments": lambda: request("Instruments"),
    "_request_quote_ticks": lambda: request("QuoteTicks"),
    "_request_trade_ticks": lambda: request("TradeTicks"),
    "_request_funding_rates": lambda: request("FundingRates"),
    "_request_bars": bars,
    "_request_order_book_deltas": lambda: request("OrderBookDeltas"),
    "_request_order_book_depth": lambda: request("OrderBookDepth"),
    "_request_order_book_snapshot": lambda: request("OrderBookSnapshot"),
    "_request_forward_prices": forward,
}
NEVER_OFFERED = {
    "_request_quote_ticks", "_request_order_book_deltas", "_request_order_book_depth", "_request_forward_prices",
}  # fmt: skip
ABSURD = LIMIT_RAW
QUESTIONS = ("trades", "bars", "funding", "book", "open_interest")
BROKEN = {name: [(kind, NUMBER)] for name, kind in zip(
    QUESTIONS,
    (RowKind.TRADE, RowKind.BAR, RowKind.FUNDING_RATE, RowKind.BOOK, RowKind.OPEN_INTEREST),
    strict=True,
)}  # fmt: skip


async def answer(rig: Rig, hook: str, asked: Any) -> DataResponse:
    """The one response, which must carry the request's own id, window and parameters."""
    await getattr(rig.client, hook)(asked)
    (response,) = rig.answers
    assert (response.correlation_id, response.params) == (asked.id, asked.params)
    if hook not in ("_request_order_book_snapshot", "_request_forward_prices"):
        assert (response.start, response.end) == (asked.start, asked.end)
    rig.answers.clear()
    return response


@pytest.mark.proves("R000-14", "R000-31", "R000-32", "R000-33")
@pytest.mark.parametrize("hook", list(ALL))
async def test_every_request_is_answered_whatever_happens(hook: str) -> None:
    async with rigged() as rig:
        await answer(rig, hook, ALL[hook]())
        assert len(rig.refused) == (hook in NEVER_OFFERED), "one message, and only for what is not offered"
        rig.core.unavailable.update(QUESTIONS)
        await answer(rig, hook, ALL[hook]())
        rig.core.unavailable.clear()
        rig.core.found = BROKEN
        await answer(rig, hook, ALL[hook]())
    async with rigged(connected=False) as rig:
        await answer(rig, hook, ALL[hook]())


async def test_an_unlisted_instrument_gets_an_empty_answer_and_no_question() -> None:
    async with rigged() as rig:
        for kind in ("Instrument", "TradeTicks", "FundingRates", "OrderBookSnapshot"):
            hook = {"Instrument": "instrument", "TradeTicks": "trade_ticks", "FundingRates": "funding_rates",
                    "OrderBookSnapshot": "order_book_snapshot"}[kind]  # fmt: skip
            assert (await answer(rig, f"_request_{hook}", request(kind, UNLISTED))).data == []
        other = BarType.from_str("NONE-PERP.NADO-1-MINUTE-LAST-EXTERNAL")
        assert (await answer(rig, "_request_bars", bars(other))).data == []
        assert rig.core.asked == []


# ---- trades


async def test_trades_oldest_first_inside_the_window() -> None:
    async with rigged() as rig:
        rig.core.found["trades"] = [trade_row(NUMBER, at * S, str(at)) for at in (5, 3, 4, 9)]
        rig.core.found["trades"].append(trade_row(NUMBER, 4 * S, "none", size=0))
        found = (await answer(rig, "_request_trade_ticks", request("TradeTicks", limit=7))).data
        assert [tick.trade_id.value for tick in found] == ["3", "4", "5", "9"]
        assert rig.core.asked == [("trades", NUMBER, 7)]
        start, end = datetime.fromtimestamp(4, UTC), datetime.fromtimestamp(9, UTC)
        found = (await answer(rig, "_request_trade_ticks", request("TradeTicks", start=start, end=end, limit=2))).data
        assert [tick.trade_id.value for tick in found] == ["5", "9"]
        assert rig.core.asked[-1] == ("trades", NUMBER, MAX_TRADES), "bounded, whatever the window"
        await answer(rig, "_request_trade_ticks", request("TradeTicks", limit=1_000_000))
        assert rig.core.asked[-1] == ("trades", NUMBER, MAX_ROWS)


async def test_a_window_that_the_bound_does_not_reach_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hedgewire.nautilus.v1.data_requests.MAX_TRADES", 2)
    said: list[str] = []
    async with rigged() as rig:
        rig.client._cut_short = said.append
        rig.core.found["trades"] = [trade_row(NUMBER, at * S, str(at)) for at in (8, 9)]
        for at, warnings in ((7, 1), (8, 1), (9, 1)):
            moment = datetime.fromtimestamp(at, UTC)
            await answer(rig, "_request_trade_ticks", request("TradeTicks", start=moment))
            assert len(said) == warnings
        await answer(rig, "_request_trade_ticks", request("TradeTicks", end=datetime.fromtimestamp(7, UTC)))
        assert len(said) == 2
        await answer(rig, "_request_bars", bars(start=datetime.now(UTC) - timedelta(days=8)))
        assert len(said) == 3


async def test_a_number_beyond_nautilus_does_not_take_the_process_with_it() -> None:
    async with rigged() as rig:
        rig.core.found["trades"] = [trade_row(NUMBER, S, price=ABSURD)]
        assert (await answer(rig, "_request_trade_ticks", request("TradeTicks"))).data == []


# ---- bars


async def test_bars_of_a_day_are_asked_for_in_one_question_that_reaches_back() -> None:
    async with rigged() as rig:
        start = datetime.now(UTC) - timedelta(days=1)
        await answer(rig, "_request_bars", bars(start=start))
        (asked,) = rig.core.asked
        assert asked[:4] == ("bars", NUMBER, 60, -1) and 1441 <= asked[4] <= 1444
        await answer(rig, "_request_bars", bars(start=start, limit=10))
        assert rig.core.asked[-1][4] == 12, "two more: the newest may be unfinished, the window may cut one"
        end = start + timedelta(minutes=30)
        await answer(rig, "_request_bars", bars(start=start, end=end))
        assert rig.core.asked[-1][3:] == (-(-int(end.timestamp() * 10**6) // 10**6), 32)
        await answer(rig, "_request_bars", bars(start=start - timedelta(days=365)))
        assert rig.core.asked[-1][4] == MAX_ROWS


async def test_an_unfinished_bar_is_no_history() -> None:
    minute = now_ns() // (60 * S) * 60 * S
    async with rigged() as rig:
        rig.core.found["bars"] = [
            bar_row(NUMBER, minute),
            bar_row(NUMBER, minute - 120 * S),
            bar_row(NUMBER, minute - 60 * S),
        ]
        found = (await answer(rig, "_request_bars", bars())).data
        assert [bar.ts_event for bar in found] == [minute - 60 * S, minute]
        (last,) = (await answer(rig, "_request_bars", bars(limit=1))).data
        assert last.ts_event == minute


async def test_internal_bars_are_answered_with_none() -> None:
    """A strategy that asks for history of its tick bars, as NautilusTrader's own examples do, must not hang."""
    async with rigged() as rig:
        ticks = BarType.from_str("P2-PERP.NADO-10-TICK-LAST-INTERNAL")
        assert (await answer(rig, "_request_bars", bars(ticks))).data == []
        assert len(rig.refused) == 1 and rig.core.asked == []


# ---- funding, book, instruments, custom data


async def test_funding_rates_of_a_week() -> None:
    async with rigged() as rig:
        rig.core.found["funding"] = [(RowKind.FUNDING_RATE, NUMBER, X18 // 1000, at * 3600 * S, 1) for at in (2, 1)]
        found = (await answer(rig, "_request_funding_rates", request("FundingRates"))).data
        assert [(rate.rate, rate.ts_event) for rate in found] == [
            (Decimal("0.001"), 3600 * S), (Decimal("0.001"), 7200 * S),
        ]  # fmt: skip
        start = datetime.now(UTC) - timedelta(days=7)
        await answer(rig, "_request_funding_rates", request("FundingRates", start=start))
        _, number, start_s, end_s, limit = rig.core.asked[-1]
        assert (number, start_s, end_s) == (NUMBER, int(start.timestamp()), -1) and 169 <= limit <= 171
        asked = len(rig.core.asked)
        await answer(rig, "_request_funding_rates", request("FundingRates", SPOT))
        assert len(rig.refused) == 1 and len(rig.core.asked) == asked


async def test_a_book_snapshot_is_one_flagged_group() -> None:
    async with rigged() as rig:
        rig.core.found["book"] = [(RowKind.BOOK, NUMBER, True, 9, 8, 7, Levels([1, 29_999, 5, -1, 30_001, 7]))]
        (group,) = (await answer(rig, "_request_order_book_snapshot", request("OrderBookSnapshot", limit=20))).data
        assert isinstance(group, OrderBookDeltas)
        assert [delta.flags for delta in group.deltas] == [
            RecordFlag.F_SNAPSHOT, RecordFlag.F_SNAPSHOT, RecordFlag.F_SNAPSHOT | RecordFlag.F_LAST,
        ]  # fmt: skip
        assert rig.core.asked == [("book", NUMBER, 20)]


async def test_an_empty_book_is_a_group_of_its_own() -> None:
    """Without F_LAST on its CLEAR nobody who waits for the end of a group would hear that the book is empty."""
    async with rigged() as rig:
        rig.core.found["book"] = [(RowKind.BOOK, NUMBER, True, 9, 8, 7, Levels([]))]
        (group,) = (await answer(rig, "_request_order_book_snapshot", request("OrderBookSnapshot", limit=20))).data
        assert [(delta.action, delta.flags) for delta in group.deltas] == [
            (BookAction.CLEAR, RecordFlag.F_SNAPSHOT | RecordFlag.F_LAST)
        ]


async def test_instruments() -> None:
    async with rigged() as rig:
        (one,) = (await answer(rig, "_request_instrument", request("Instrument"))).data
        assert one.id == FIRST
        assert len((await answer(rig, "_request_instruments", request("Instruments"))).data) == 4


async def test_custom_data_on_request_is_what_is_true_now() -> None:
    async with rigged() as rig:
        rig.core.found["open_interest"] = [(RowKind.OPEN_INTEREST, number, X18, 5, 6) for number in (2, 4)]
        (data,) = (await answer(rig, "_request", custom(DataType(VenueOpenInterest), FIRST))).data
        assert (data.data.instrument_id, data.data.quantity) == (FIRST, 1)
        assert len((await answer(rig, "_request", custom(DataType(VenueOpenInterest)))).data) == 2
        for kind in (VenueHealth, StreamFreshness):
            assert (await answer(rig, "_request", custom(DataType(kind)))).data == [], "the health document is broken"
        assert rig.refused == []
        assert (await answer(rig, "_request", custom(DataType(QuoteTick)))).data == []
        assert len(rig.refused) == 1
