"""Whether the data that arrived is what the venue sent: every value against the venue's own record.

Each check raises ``AssertionError`` and otherwise says what it has proven.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from itertools import pairwise
from typing import Any

from nautilus_trader.model.enums import AggressorSide, BookAction, MarketStatusAction, OrderSide, RecordFlag

from conformance.bench import X18, Bench, x18
from conformance.card import DataCard
from conformance.session import Session

Level = tuple[int, int]


def wants_complaint(card: DataCard, session: Session) -> str:
    """Empty when enough of everything has arrived and all of it is right."""
    for want in card.wants:
        came = want.of(session)
        if len(came) < want.count:
            return f"{len(came)} of {want.count} {want.kind.__name__}"
        try:
            want.check(came, session)
        except AssertionError as error:
            return f"{want.kind.__name__}: {error}"
    return ""


def check_nothing_came(card: DataCard, session: Session) -> None:
    for want in card.wants:
        assert not want.of(session), f"{want.kind.__name__} arrived although the venue does not offer it"


def arrival(items: list[Any], session: Session) -> str:
    return ""


def _in_order(came: Iterable[Any], sent: Iterable[Any], what: str) -> None:
    """All of it was sent, in that order; some of what was sent may not have been asked for."""
    remaining = iter(sent)
    for item in came:
        assert item in remaining, f"the venue never sent this {what}, or earlier: {item}"


def _ascending(items: list[Any]) -> None:
    times = [item.ts_event for item in items]
    assert times == sorted(times), f"out of order in time: {times}"
    assert all(item.ts_init >= item.ts_event > 0 for item in items), "received before it happened"


def instruments(items: list[Any], session: Session) -> str:
    """Symbols, increments and minimum of all that the venue lists."""
    listed = [market.instrument for market in session.bench.local.state.ledger.markets.values()]
    came = {item.id.symbol.value: item for item in items}
    assert set(came) == {one.symbol for one in listed}, set(came)
    for one in listed:
        _same_terms(came[one.symbol], one)
    return "symbols, increments and minimum order values equal the venue's"


def instrument(items: list[Any], session: Session) -> str:
    wanted = session.bench.parameters.instrument_id
    assert {item.id for item in items} == {wanted}, items
    _same_terms(items[-1], session.bench.local.state.ledger.markets[session.bench.parameters.number].instrument)
    return "increments and minimum order value equal the venue's"


def _same_terms(item: Any, listed: Any) -> None:
    assert (x18(item.price_increment), x18(item.size_increment)) == (listed.price_increment, listed.size_increment)
    assert item.price_increment.precision == item.price_precision, item
    assert x18(item.min_notional.as_decimal()) == listed.min_notional, item


def quotes(items: list[Any], session: Session) -> str:
    sent = [
        (quote.bid_price, quote.bid_quantity, quote.ask_price, quote.ask_quantity) for quote in session.bench.quotes
    ]
    came = [(x18(tick.bid_price), x18(tick.bid_size), x18(tick.ask_price), x18(tick.ask_size)) for tick in items]
    _in_order(came, sent, "quote")
    _ascending(items)
    assert all(bid < ask for bid, _, ask, _ in came), "crossed"
    return "prices and sizes equal the venue's, in its order; bid below ask"


def trades(items: list[Any], session: Session) -> str:
    sent = [(trade.price, trade.quantity, trade.is_taker_buyer) for trade in session.bench.trades]
    came = [(x18(tick.price), x18(tick.size), tick.aggressor_side == AggressorSide.BUYER) for tick in items]
    _in_order(came, sent, "trade")
    _ascending(items)
    assert len({tick.trade_id for tick in items}) == len(items), "a trade id twice"
    return "prices, sizes and aggressors equal the venue's, in its order; no trade id twice"


def _sides(bench: Bench, depth: int) -> tuple[list[Level], list[Level]]:
    book = bench.local.state.exchange.books[bench.parameters.number]
    return list(book.bids.levels(depth)), list(book.asks.levels(depth))


def _levels(levels: Iterable[Any], depth: int) -> list[Level]:
    return [(x18(level.price), x18(level.size())) for level in list(levels)[:depth]]


def deltas(items: list[Any], session: Session) -> str:
    """The first group is a snapshot; every group ends with F_LAST and nothing else carries it; both sides change."""
    for index, group in enumerate(items):
        ends = [bool(delta.flags & RecordFlag.F_LAST) for delta in group.deltas]
        assert ends == [False] * (len(ends) - 1) + [True], f"F_LAST at {ends}"
        snapshot = [bool(delta.flags & RecordFlag.F_SNAPSHOT) for delta in group.deltas]
        assert all(snapshot) if index == 0 else len(set(snapshot)) == 1, f"group {index}: F_SNAPSHOT at {snapshot}"
    assert items[0].deltas[0].action == BookAction.CLEAR, items[0].deltas[0]
    _ascending(items)
    # A snapshot may be of the very state that the last message was of.
    steps = [(after.sequence - before.sequence, _is_snapshot(after)) for before, after in pairwise(items)]
    assert all(step > 0 or (step == 0 and whole) for step, whole in steps), [one.sequence for one in items]
    later = {delta.order.side for group in items[1:] for delta in group.deltas if delta.action != BookAction.CLEAR}
    assert later == {OrderSide.BUY, OrderSide.SELL}, f"only {later} changed"
    return "a snapshot first; F_SNAPSHOT and F_LAST where they belong; both sides change"


def _is_snapshot(group: Any) -> bool:
    return bool(group.deltas[0].flags & RecordFlag.F_SNAPSHOT)


def managed_book(items: list[Any], session: Session) -> str:
    """The tester's own book, built from the deltas of a market that now stands still."""
    (book,) = session.tester._books.values()
    depth = min(20, session.bench.parameters.book_levels)
    came = (_levels(book.bids(), depth), _levels(book.asks(), depth))
    wanted = _sides(session.bench, depth)
    assert came == wanted, f"{came} is not the venue's book {wanted}"
    return f"{depth} levels a side equal the venue's book"


def interval_book(items: list[Any], session: Session) -> str:
    depth = session.tester.config.book_depth
    came = (_levels(items[-1].bids(), depth), _levels(items[-1].asks(), depth))
    wanted = _sides(session.bench, depth)
    assert came == wanted, f"{came} is not the venue's book {wanted}"
    return "levels equal the venue's book"


def depth10(items: list[Any], session: Session) -> str:
    for item in items:
        assert all(before.price > after.price for before, after in pairwise(_real(item.bids))), "bids out of order"
        assert all(before.price < after.price for before, after in pairwise(_real(item.asks))), "asks out of order"
    last = items[-1]
    came = tuple([(x18(order.price), x18(order.size)) for order in _real(side)] for side in (last.bids, last.asks))
    assert came == _sides(session.bench, 10), f"{came} is not the venue's book {_sides(session.bench, 10)}"
    return "levels in order; ten levels a side equal the venue's book"


def _real(orders: Iterable[Any]) -> list[Any]:
    return [order for order in orders if order.size > 0]


def snapshot(items: list[Any], session: Session) -> str:
    (group,) = items
    came: dict[OrderSide, list[Level]] = {OrderSide.BUY: [], OrderSide.SELL: []}
    for delta in group.deltas:
        assert delta.flags & RecordFlag.F_SNAPSHOT, delta
        if delta.action != BookAction.CLEAR:
            came[delta.order.side].append((x18(delta.order.price), x18(delta.order.size)))
    wanted = _sides(session.bench, max(map(len, came.values())))
    assert (came[OrderSide.BUY], came[OrderSide.SELL]) == wanted, f"{came} is not the venue's book {wanted}"
    return "levels equal the venue's book; all flagged F_SNAPSHOT"


def bars(items: list[Any], session: Session) -> str:
    """Every bar made again from the venue's own trades."""
    _ascending(items)
    for bar in items:
        end_s = bar.ts_event // 10**9
        inside = [trade for trade in session.bench.trades if end_s - 60 <= trade.timestamp_ns // 10**9 < end_s]
        assert inside, f"{bar}: the venue had no trade in it"
        prices = [trade.price for trade in inside]
        wanted = (prices[0], max(prices), min(prices), prices[-1], sum(trade.quantity for trade in inside))
        came = tuple(x18(value) for value in (bar.open, bar.high, bar.low, bar.close, bar.volume))
        assert came == wanted, f"{bar}: from the venue's trades {wanted}"
    assert len({bar.ts_event for bar in items}) == len(items), "a bar twice"
    return "open, high, low, close and volume equal those made from the venue's trades"


def index_prices(items: list[Any], session: Session) -> str:
    _, index = session.bench.parameters.reference_prices(session.bench.local)
    _close_to(items[-1], index)
    return "equals the venue's"


def mark_prices(items: list[Any], session: Session) -> str:
    mark, _ = session.bench.parameters.reference_prices(session.bench.local)
    _close_to(items[-1], mark)
    return "equals the venue's"


def _close_to(update: Any, wanted: Decimal) -> None:
    """Equal at the instrument's price precision."""
    unit = Decimal(1).scaleb(-update.value.precision)
    assert update.value.as_decimal() == wanted.quantize(unit), f"{update} is not {wanted}"


def funding_rates(items: list[Any], session: Session) -> str:
    wanted = session.bench.parameters.funding_rate(session.bench.local)
    assert abs(items[-1].rate - wanted) <= Decimal(1) / X18, f"{items[-1].rate} is not {wanted}"
    return "equals the venue's hourly rate to the last unit of x18"


def funding_history(items: list[Any], session: Session) -> str:
    sent = session.bench.parameters.funding_history(session.bench.local)
    _ascending(items)
    came = [(item.ts_event // 10**9, item.rate) for item in items]
    begins = next((index for index, (at, _) in enumerate(sent) if at == came[0][0]), 0)
    sent = sent[begins : begins + len(came)]
    assert len(came) == len(sent), f"{came} is not {sent}"
    for (at, rate), (sent_at, sent_rate) in zip(came, sent, strict=True):
        assert at == sent_at and abs(rate - sent_rate) <= Decimal(1) / X18, f"{came} is not {sent}"
    return "none missing, each rate equals the venue's to the last unit of x18"


def halted(items: list[Any], session: Session) -> str:
    assert items[-1].action == MarketStatusAction.HALT, items[-1]
    assert items[0].action == MarketStatusAction.TRADING, items[0]
    return "trading first, a halt when the venue halts"
