"""Data cards D01 to D72."""

from __future__ import annotations

from typing import Any

from nautilus_trader.model.book import OrderBook
from nautilus_trader.model.data import (
    Bar,
    BarType,
    FundingRateUpdate,
    IndexPriceUpdate,
    InstrumentClose,
    InstrumentStatus,
    MarkPriceUpdate,
    OptionGreeks,
    OrderBookDeltas,
    OrderBookDepth10,
    QuoteTick,
    TradeTick,
)
from nautilus_trader.model.instruments import Instrument

from conformance import received
from conformance.acts import arrived, ask_greeks, freeze, halt, listening, load_one, step
from conformance.card import DataCard, ListingCard, Want
from conformance.parameters import VenueParameters

OPTIONS = frozenset({"OptionContract", "CryptoOption", "OptionSpread", "BinaryOption"})


def _live(id: str, title: str, switch: str, kind: type, check: Any, count: int = 1, **more: Any) -> DataCard:
    wants = (Want(kind=kind, count=count, check=check),)
    return DataCard(**{"id": id, "title": title, "tester": {switch: True}, "wants": wants} | more)


def _past(id: str, title: str, switch: str, kind: type, check: Any, count: int = 1, **more: Any) -> DataCard:
    wants = (Want(kind=kind, count=count, history=True, check=check),)
    return DataCard(**{"id": id, "title": title, "tester": {switch: True}, "wants": wants} | more)


def cards(venue: VenueParameters) -> list[DataCard | ListingCard]:
    minutes = [BarType.from_str(f"{venue.instrument_id}-1-MINUTE-LAST-EXTERNAL")]
    still = (arrived(3), freeze)
    ignored = "one that is given changes nothing"
    books = {"subscribe_book_deltas": True, "manage_book": True}
    interval = {"subscribe_book_at_interval": True, "book_depth": 10, "book_interval_ms": 100}
    everything = {
        f"subscribe_{name}": True
        for name in ("book_deltas", "book_depth", "quotes", "trades", "mark_prices", "index_prices", "funding_rates")
    }
    kinds = (OrderBookDeltas, OrderBookDepth10, QuoteTick, TradeTick, MarkPriceUpdate, IndexPriceUpdate)
    any_data = tuple(Want(kind=kind, check=received.arrival) for kind in kinds)
    return [
        _live("D01", "all instruments on request", "request_instruments", Instrument, received.instruments),
        _live("D02", "instrument by subscription", "subscribe_instrument", Instrument, received.instrument),
        DataCard(
            id="D03",
            title="one instrument loaded by its id",
            tester={},
            wants=(Want(kind=Instrument, check=received.instrument),),
            acts=(load_one,),
        ),
        _live("D10", "book deltas", "subscribe_book_deltas", OrderBookDeltas, received.deltas, 8, needs="stream:book"),
        _live(
            "D11", "book at an interval", "", OrderBook, received.interval_book, 3,
            tester=interval, needs="stream:book", acts=still,
        ),
        _live(
            "D12", "ten levels a side", "subscribe_book_depth", OrderBookDepth10, received.depth10, 3,
            needs="stream:book", acts=still,
        ),
        _past(
            "D13", "book snapshot on request", "request_book_snapshot", OrderBookDeltas, received.snapshot,
            before=(freeze,),
        ),
        _live(
            "D14", "book kept from deltas", "", OrderBookDeltas, received.managed_book, 3,
            tester=books, needs="stream:book", acts=still,
        ),
        _past(
            "D15", "book deltas of the past", "request_book_deltas", OrderBookDeltas, received.arrival,
            needs="history:book_deltas",
        ),
        _live("D20", "quotes", "subscribe_quotes", QuoteTick, received.quotes, 5, needs="stream:quotes"),
        _past("D21", "quotes of the past", "request_quotes", QuoteTick, received.arrival, needs="history:quotes"),
        _live("D30", "trades", "subscribe_trades", TradeTick, received.trades, 3, needs="stream:trades"),
        _past("D31", "trades of the past", "request_trades", TradeTick, received.trades, 30),
        _live(
            "D40", "bars of the venue", "", Bar, received.bars,
            tester={"bar_types": minutes, "subscribe_bars": True}, needs="stream:bars", acts=(listening, step(125)),
        ),
        _past(
            "D41", "bars of the past", "", Bar, received.bars, 10, tester={"bar_types": minutes, "request_bars": True}
        ),
        _live(
            "D50", "mark prices", "subscribe_mark_prices", MarkPriceUpdate, received.mark_prices, 3, acts=still
        ),
        _live(
            "D51", "index prices", "subscribe_index_prices", IndexPriceUpdate, received.index_prices, 3, acts=still
        ),
        _live(
            "D52", "funding rates", "subscribe_funding_rates", FundingRateUpdate, received.funding_rates,
            needs="stream:funding_rate", acts=(listening, freeze, step(3600), step(60)),
        ),
        _past(
            "D53", "funding rates of the past", "request_funding_rates", FundingRateUpdate, received.funding_history, 2
        ),
        _live(
            "D60", "trading status", "subscribe_instrument_status", InstrumentStatus, received.halted, 2,
            acts=(arrived(1), halt),
        ),
        _live(
            "D61", "instrument close", "subscribe_instrument_close", InstrumentClose, received.arrival,
            needs="instrument_close",
        ),
        DataCard(
            id="D62",
            title="option greeks",
            tester={},
            wants=(Want(kind=OptionGreeks, check=received.arrival),),
            needs="option_greeks",
            acts=(ask_greeks,),
        ),
        ListingCard(id="D63", title="option chain slices", kinds=OPTIONS),
        DataCard(id="D70", title="everything unsubscribed on stop", tester=everything, wants=any_data),
        _live(
            "D71", "the adapter's own subscription parameters", "", QuoteTick, received.quotes, 5,
            tester={"subscribe_quotes": True, "subscribe_params": {"hedgewire": "any"}}, needs="subscribe_params",
            ignored=f"the venue's streams take no parameters of the adapter; {ignored}",
        ),
        _past(
            "D72", "the adapter's own request parameters", "", TradeTick, received.trades, 30,
            tester={"request_trades": True, "request_params": {"hedgewire": "any"}}, needs="request_params",
            ignored=f"the venue's requests take no parameters of the adapter; {ignored}",
        ),
    ]  # fmt: skip
