"""Properties of the exchange model itself: conservation, priority, order kinds, fees (Nado reference 6)."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hedgewire.simulator.accounts import Ledger
from hedgewire.simulator.clock import VenueClock
from hedgewire.simulator.exchange import Exchange
from hedgewire.simulator.fixed import mul, x18
from hedgewire.simulator.orders import Event, Fill, Order, OrderKind, OrderUpdate, Reason, Refusal, SelfTrade
from hedgewire.simulator.wire.nado.products import perps
from hedgewire.simulator.wire.nado.rules import NadoRules, fee_of, metered_quote

ETH = 4
START_NS = 1_760_000_000_000_000_000
OWNERS = ("alice", "bob", "carol")


def new_exchange() -> tuple[Exchange, list[Event]]:
    ledger = Ledger()
    exchange = Exchange(ledger, VenueClock(paused=True, start_ns=START_NS), NadoRules())
    for instrument, profile in perps():
        exchange.list_product(instrument, profile.start_price)
    for owner in OWNERS:
        ledger.deposit(owner, x18("100000"))
    events: list[Event] = []
    exchange.listen(events.append)
    return exchange, events


def an_order(
    number: int, owner: str, ticks: int, lots: int, kind: OrderKind = OrderKind.DEFAULT, **extra: bool
) -> Order:
    return Order(
        order_id=f"o{number}",
        owner=owner,
        product_id=ETH,
        price=x18("3500") + ticks * x18("0.1"),
        amount=lots * x18("0.1"),
        kind=kind,
        expiration_s=2**32,
        reduce_only=extra.get("reduce_only", False),
    )


@dataclass(frozen=True)
class Step:
    owner: str
    ticks: int
    lots: int
    kind: OrderKind
    reduce_only: bool
    cancels: int | None


STEPS = st.lists(
    st.builds(
        Step,
        owner=st.sampled_from(OWNERS),
        ticks=st.integers(-4, 4),
        lots=st.integers(-30, 30),
        kind=st.sampled_from(OrderKind),
        reduce_only=st.booleans(),
        cancels=st.one_of(st.none(), st.integers(0, 40)),
    ),
    max_size=40,
)


@settings(max_examples=150, deadline=None)
@given(STEPS)
def test_nothing_is_created_and_the_book_never_crosses(steps: list[Step]) -> None:
    exchange, events = new_exchange()
    ledger, book = exchange.ledger, exchange.books[ETH]
    for number, step in enumerate(steps):
        if step.cancels is not None and f"o{step.cancels}" in exchange.open_orders:
            exchange.cancel(exchange.open_orders[f"o{step.cancels}"])
        order = an_order(number, step.owner, step.ticks, step.lots, step.kind, reduce_only=step.reduce_only)
        before = {o: ledger.view(ledger.open(o), ETH).amount for o in OWNERS}
        try:
            exchange.submit(order)
        except Refusal:
            assert before == {o: ledger.view(ledger.open(o), ETH).amount for o in OWNERS}
        views = [ledger.view(account, ETH) for account in ledger.accounts.values()]
        market = ledger.markets[ETH]
        assert sum(v.amount for v in views) == 0
        assert sum(v.v_quote for v in views) + market.fees_collected == 0
        assert market.open_interest == sum(v.amount for v in views if v.amount > 0)
        bid, ask = book.bids.best_price(), book.asks.best_price()
        assert bid is None or ask is None or bid < ask
        for side in (book.bids, book.asks):
            for price, size in side.levels(100):
                assert size == sum(abs(o.unfilled) for o in side.orders() if o.price == price) > 0
    for fill in (e for e in events if isinstance(e, Fill)):
        limit = fill.order.price
        assert fill.price <= limit if fill.order.is_buy else fill.price >= limit
        assert fill.quantity + fill.remaining <= abs(fill.order.amount)


def test_price_first_then_time() -> None:
    exchange, events = new_exchange()
    for number, (owner, ticks) in enumerate([("alice", 2), ("bob", 1), ("carol", 1), ("alice", 1)]):
        exchange.submit(an_order(number, owner, ticks, -10))
    exchange.ledger.deposit("dave", x18("100000"))
    exchange.submit(an_order(9, "dave", 5, 25))
    makers = [(e.order.order_id, e.quantity) for e in events if isinstance(e, Fill) and not e.is_taker]
    assert makers == [("o1", x18("1")), ("o2", x18("1")), ("o3", x18("0.5"))]


def test_fok_fills_whole_or_not_at_all() -> None:
    exchange, events = new_exchange()
    exchange.submit(an_order(1, "alice", 0, -10))
    with pytest.raises(Refusal) as refused:
        exchange.submit(an_order(2, "bob", 0, 11, OrderKind.FOK))
    assert refused.value.reason is Reason.NOT_FILLED
    assert not [e for e in events if isinstance(e, Fill)]
    exchange.submit(an_order(3, "bob", 0, 10, OrderKind.FOK))
    assert exchange.ledger.view(exchange.ledger.open("bob"), ETH).amount == x18("1")


def test_ioc_cancels_its_remainder() -> None:
    exchange, events = new_exchange()
    exchange.submit(an_order(1, "alice", 0, -10))
    exchange.submit(an_order(2, "bob", 0, 30, OrderKind.IOC))
    reasons = [(e.reason, e.remaining) for e in events if isinstance(e, OrderUpdate) and e.order.order_id == "o2"]
    assert reasons == [("filled", x18("2")), ("cancelled", 0)]
    assert not exchange.open_orders


def test_reduce_only_is_clipped_to_the_position() -> None:
    exchange, _ = new_exchange()
    exchange.submit(an_order(1, "alice", 0, -10))
    exchange.submit(an_order(2, "bob", 0, 10))
    exchange.submit(an_order(3, "carol", 0, 50))
    exchange.submit(an_order(4, "bob", 0, -50, OrderKind.IOC, reduce_only=True))
    assert exchange.ledger.view(exchange.ledger.open("bob"), ETH).amount == 0


def test_fee_of_the_published_match() -> None:
    """The sample of reference 6.3: a maker bought 0.736 at 27544 with 2 bp."""
    quote = -mul(x18("0.736"), x18("27544"))
    assert fee_of(quote, x18("0.0002")) == 4_055_287_857_571_514_302


def test_buys_pay_slightly_more_than_sells() -> None:
    """The archive example of reference 7.1: a taker bought 1 at 3500 with 3.5 bp."""
    assert fee_of(-x18("3500"), x18("0.00035")) == 1_225_428_900_115_040_264
    assert fee_of(x18("3500"), x18("0.00035")) == x18("1.225")
    assert fee_of(x18("3500"), -x18("0.0001")) < 0


@pytest.mark.parametrize(
    ("already", "quote", "metered"),
    [
        ("0", "40", "100"),
        ("40", "40", "0"),
        ("40", "100", "40"),
        ("0", "250", "250"),
        ("100", "10", "10"),
        ("0", "-40", "-100"),
    ],
)
def test_takers_pay_for_the_minimum_notional_once(already: str, quote: str, metered: str) -> None:
    found = metered_quote(quote=x18(quote), already_filled_quote=x18(already), min_notional=x18("100"), is_taker=True)
    assert found == x18(metered)
    maker = metered_quote(quote=x18(quote), already_filled_quote=x18(already), min_notional=x18("100"), is_taker=False)
    assert maker == x18(quote)


@pytest.mark.parametrize(
    ("mode", "traded", "own_rests"),
    [
        (SelfTrade.EXPIRE_MAKER, 3, False),
        (SelfTrade.EXPIRE_TAKER, 1, True),
        (SelfTrade.EXPIRE_BOTH, 1, False),
    ],
)
def test_orders_of_one_account_never_meet(mode: SelfTrade, traded: int, own_rests: bool) -> None:
    """In front of the own order one lot is for sale, behind it two."""
    exchange, events = new_exchange()
    exchange.submit(an_order(1, "bob", 1, -1))
    exchange.submit(an_order(2, "alice", 2, -2))
    exchange.submit(an_order(3, "bob", 3, -2))
    taker = an_order(4, "alice", 3, 3)
    taker.self_trade = mode
    exchange.submit(taker)
    fills = [event for event in events if isinstance(event, Fill) and event.order is taker]
    assert sum(fill.quantity for fill in fills) == traded * x18("0.1")
    assert ("o2" in exchange.open_orders) is own_rests
    assert "o4" not in exchange.open_orders
    ended = [event for event in events if isinstance(event, OrderUpdate) and event.reason == "cancelled"]
    gone = {SelfTrade.EXPIRE_MAKER: {"o2"}, SelfTrade.EXPIRE_TAKER: {"o4"}, SelfTrade.EXPIRE_BOTH: {"o2", "o4"}}
    assert {update.order.order_id for update in ended} == gone[mode]
    assert {update.cause for update in ended} == {Reason.SELF_TRADE}
