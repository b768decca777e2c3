"""Channels: which exist, what their names say, and the payloads that no other module has (Paradex reference 5.3)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from hedgewire.simulator.fields import Json
from hedgewire.simulator.fixed import ONE, div, mul, plain, x18
from hedgewire.simulator.orders import Quote
from hedgewire.simulator.wire.paradex.messages import shown
from hedgewire.simulator.wire.paradex.state import ParadexState

PRIVATE = frozenset(
    {
        "account",
        "balance_events",
        "orders",
        "fills",
        "positions",
        "funding_payments",
        "transaction",
        "transfers",
        "tradebusts",
        "rfq",
        "block_trades",
        "mmp",
    }
)
BY_MARKET = frozenset(
    {"bbo", "trades", "markets_summary", "markets", "funding_data", "orders", "fills", "funding_payments"}
)
PUBLIC = (BY_MARKET - PRIVATE) | {"order_book", "funding_rate_comparison"}
STREAMS = PUBLIC | PRIVATE
BARE = frozenset({"markets_summary", "markets", "funding_data"})
"""Channels by market that also go by their bare name, for all markets."""
_BOOK = re.compile(r"order_book\.([^.]+)\.(snapshot|deltas|interactive)(?:@15@(50|100|200|400)ms(?:@([0-9_]+))?)?")
_COMPARISON = re.compile(r"funding_rate_comparison\.ALL@(500|1000)ms")
TICKS = (*(f"0_{'0' * n}1" for n in range(6, -1, -1)), "0_0000005", "1", "10", "100")


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel by its full name; ``market`` ``None`` means every market."""

    name: str
    family: str
    market: str | None = None
    feed: str = ""
    interval_ms: int = 0
    """0: at every change."""
    tick: int = 0
    markets: frozenset[str] | None = None
    """Only these, where a subscription is scoped."""

    @property
    def is_private(self) -> bool:
        return self.family in PRIVATE


def parse_channel(name: str, state: ParadexState) -> Channel | None:
    """``None`` for a name that no channel has."""
    family, _, rest = name.partition(".")
    book = _BOOK.fullmatch(name)
    if book is not None:
        market, feed, interval, tick = book.groups()
        known = market in state.products and (tick is None or tick in TICKS)
        if not known or (interval is None and feed != "deltas"):
            return None
        tick_x18 = x18(tick.replace("_", ".")) if tick else 0
        return Channel(name, "order_book", market, feed, int(interval or 0), tick_x18)
    if _COMPARISON.fullmatch(name):
        return Channel(name, "funding_rate_comparison")
    if family in BY_MARKET:
        if rest == "ALL" or (not rest and family in BARE):
            return Channel(name, family)
        return Channel(name, family, rest) if rest in state.products else None
    return Channel(name, family) if name in PRIVATE else None


def names_for(family: str, market: str | None) -> list[str]:
    """The names under which an event of a market may have subscribers."""
    if family not in BY_MARKET or market is None:
        return [family]
    return [f"{family}.{market}", f"{family}.ALL", family]


def bbo_json(state: ParadexState, event: Quote) -> Json:
    """Empty texts for a side that is empty."""
    bid, ask = event.bid_quantity > 0, event.ask_quantity > 0
    return {
        "market": state.symbol(event.product_id),
        "seq_no": state.book_seq[event.product_id],
        "bid": plain(event.bid_price) if bid else "",
        "bid_size": plain(event.bid_quantity) if bid else "",
        "ask": plain(event.ask_price) if ask else "",
        "ask_size": plain(event.ask_quantity) if ask else "",
        "last_updated_at": state.clock.now_ms(),
    }


def summary_json(state: ParadexState, product_id: int, funding_rate: int, day: DayFigures) -> Json:
    market = state.ledger.markets[product_id]
    bid, bid_size, ask, ask_size = state.exchange.quote(product_id)
    last = state.last_trade_price.get(product_id)
    mark = shown(market.oracle_price)
    return {
        "symbol": market.instrument.symbol,
        "created_at": state.clock.now_ms(),
        "mark_price": mark,
        "underlying_price": mark,
        "external_fair_price": mark,
        "last_traded_price": "" if last is None else plain(last),
        "bid": plain(bid) if bid_size else "",
        "bid_size": plain(bid_size) if bid_size else "",
        "ask": plain(ask) if ask_size else "",
        "ask_size": plain(ask_size) if ask_size else "",
        "volume_24h": shown(day.volume),
        "total_volume": shown(day.volume),
        "open_interest": plain(market.open_interest),
        "price_change_rate_24h": "" if not day.first_price or last is None else shown(div(last, day.first_price) - ONE),
        "funding_rate": plain(funding_rate),
        "future_funding_rate": "",
    }


@dataclass(slots=True)
class DayFigures:
    """Of one market since the venue started, in place of a day."""

    volume: int = 0
    """In USD, x18."""
    first_price: int | None = None

    def count(self, price: int, quantity: int) -> None:
        self.volume += mul(price, quantity)
        if self.first_price is None:
            self.first_price = price
