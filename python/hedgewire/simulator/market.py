"""Seeded background market: prices that walk, makers that re-quote, takers that cross the book.

The walk is integer arithmetic on x18 prices; every random choice comes from one ``random.Random(seed)``, so the same
seed and the same steps give the same market. Background accounts have no margin and pay no fee.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from hedgewire.simulator.clock import VenueClock
from hedgewire.simulator.exchange import Exchange
from hedgewire.simulator.fixed import mul, truncated_division
from hedgewire.simulator.orders import Order, OrderKind

STEP_MS = 100
PPB = 10**9
NEVER_S = 2**32 - 1
MAKER = "background-maker"
TAKER = "background-taker"


@dataclass(frozen=True, slots=True)
class MarketProfile:
    """How one market behaves. ``walk_ppb`` bounds a step of the price, ``lot`` is the usual size of a level (x18)."""

    product_id: int
    start_price: int
    walk_ppb: int
    lot: int
    half_spread_ticks: int = 1
    levels: int = 25
    takers_per_100_steps: int = 12


class BackgroundMarket:
    """Makers and takers of all products; ``step`` advances everything by one tick of the walk."""

    def __init__(self, exchange: Exchange, clock: VenueClock, profiles: list[MarketProfile], seed: int) -> None:
        self.exchange = exchange
        self.clock = clock
        self.profiles = {profile.product_id: profile for profile in profiles}
        self.random = Random(f"market/{seed}")
        self.frozen: set[int] = set()
        self.takers_enabled = True
        self.step_ms = STEP_MS
        self.depth_percent: dict[int, int] = {}
        self.drained: set[tuple[int, bool]] = set()
        self.drift_ppb: dict[int, int] = {}
        self._orders: dict[tuple[int, bool], dict[int, Order]] = {}
        self._next_id = 0
        for account_id in (MAKER, TAKER):
            account = exchange.ledger.open(account_id)
            account.background = account.exists = True

    def start(self) -> None:
        for product_id in self.profiles:
            self._requote(product_id)
        self.clock.every_ms(self.step_ms, self.step)

    def step(self) -> None:
        common = self._noise(PPB)
        for product_id, profile in self.profiles.items():
            own = self._noise(PPB)
            takes = self.random.randrange(100) < profile.takers_per_100_steps
            if product_id in self.frozen:
                continue
            move_ppb = truncated_division((common * 7 + own * 5) * profile.walk_ppb, 10 * PPB)
            market = self.exchange.ledger.markets[product_id]
            move_ppb += self.drift_ppb.get(product_id, 0)
            market.oracle_price += truncated_division(market.oracle_price * move_ppb, PPB)
            self._requote(product_id)
            if takes and self.takers_enabled:
                self._take(product_id)

    def set_price(self, product_id: int, price: int) -> None:
        """Control: move the reference price at once; quotes follow immediately."""
        self.exchange.ledger.markets[product_id].oracle_price = price
        self._requote(product_id)

    def set_depth(self, product_id: int, percent: int) -> None:
        """Control: scale every level's size and lay both ladders anew."""
        if not 1 <= percent <= 10_000:
            raise ValueError(f"depth_percent={percent} is not within 1 to 10000")
        self.depth_percent[product_id] = percent
        self.lay_anew(product_id)

    def drain(self, product_id: int, side: str) -> None:
        """Control: take away all background ``bids`` or ``asks``, or restore both with ``none``."""
        if side not in ("bids", "asks", "none"):
            raise ValueError(f"drain={side!r} is none of bids, asks, none")
        self.drained -= {(product_id, True), (product_id, False)}
        if side != "none":
            self.drained.add((product_id, side == "bids"))
        self._requote(product_id)

    def lay_anew(self, product_id: int) -> None:
        """Take both ladders away and quote again, with the sizes and increments of now."""
        self._withdraw(product_id)
        self._requote(product_id)

    def _withdraw(self, product_id: int) -> None:
        for is_buy in (True, False):
            for order in self._orders.pop((product_id, is_buy), {}).values():
                if order.order_id in self.exchange.open_orders:
                    self.exchange.cancel(order)

    def _noise(self, bound: int) -> int:
        """A bell-shaped integer in [-bound, bound]."""
        return sum(self.random.randint(-bound, bound) for _ in range(3)) // 3

    def _requote(self, product_id: int) -> None:
        for is_buy in (True, False):
            self._cancel_stale(product_id, is_buy)
        for is_buy in (True, False):
            self._fill_ladder(product_id, is_buy)

    def _ladder_prices(self, product_id: int, is_buy: bool) -> list[int]:
        profile = self.profiles[product_id]
        market = self.exchange.ledger.markets[product_id]
        tick = market.instrument.price_increment
        if (product_id, is_buy) in self.drained:
            return []
        below = market.oracle_price // tick
        if is_buy:
            first = below - profile.half_spread_ticks + 1
            return [(first - i) * tick for i in range(profile.levels)]
        first = below + profile.half_spread_ticks
        return [(first + i) * tick for i in range(profile.levels)]

    def _cancel_stale(self, product_id: int, is_buy: bool) -> None:
        live = self._orders.setdefault((product_id, is_buy), {})
        wanted = set(self._ladder_prices(product_id, is_buy))
        for price in [p for p in live if p not in wanted]:
            order = live.pop(price)
            if order.order_id in self.exchange.open_orders:
                self.exchange.cancel(order)

    def _fill_ladder(self, product_id: int, is_buy: bool) -> None:
        profile = self.profiles[product_id]
        live = self._orders[(product_id, is_buy)]
        for depth, price in enumerate(self._ladder_prices(product_id, is_buy)):
            order = live.get(price)
            if order is not None and order.order_id in self.exchange.open_orders:
                if abs(order.unfilled) * 2 >= abs(order.amount):
                    continue
                self.exchange.cancel(order)
            size = profile.lot * (60 + self.random.randrange(80)) * (4 + min(depth, 12)) // 400
            live[price] = self._send(product_id, is_buy, price, self._sized(product_id, size), OrderKind.DEFAULT)

    def _sized(self, product_id: int, size: int) -> int:
        increment = self.exchange.ledger.markets[product_id].instrument.size_increment
        size = size * self.depth_percent.get(product_id, 100) // 100
        return max(increment, size // increment * increment)

    def _take(self, product_id: int) -> None:
        """Cross the best level: usually a part of it, sometimes all of it and a little of the next."""
        is_buy = bool(self.random.randrange(2))
        book = self.exchange.books[product_id]
        side = book.side(is_buy=not is_buy)
        percent = self.random.choice((15, 30, 60, 100, 130))
        levels = side.levels(2)
        if not levels:
            return
        size = self._sized_exactly(product_id, levels[0][1] * percent // 100)
        if size:
            self._send(product_id, is_buy, levels[-1][0], size, OrderKind.IOC)

    def take_resting(self, order: Order) -> None:
        """Somebody takes the whole rest of an open order, at its price and before all others."""
        taker = self._order(order.product_id, not order.is_buy, order.price, abs(order.unfilled), OrderKind.IOC)
        self.exchange.match_with(order, taker)

    def _sized_exactly(self, product_id: int, size: int) -> int:
        increment = self.exchange.ledger.markets[product_id].instrument.size_increment
        return size // increment * increment

    def _send(self, product_id: int, is_buy: bool, price: int, size: int, kind: OrderKind) -> Order:
        order = self._order(product_id, is_buy, price, size, kind)
        self.exchange.submit(order)
        return order

    def _order(self, product_id: int, is_buy: bool, price: int, size: int, kind: OrderKind) -> Order:
        self._next_id += 1
        return Order(
            order_id=f"background-{self._next_id}",
            owner=MAKER if kind is OrderKind.DEFAULT else TAKER,
            product_id=product_id,
            price=price,
            amount=size if is_buy else -size,
            kind=kind,
            expiration_s=NEVER_S,
            background=True,
        )

    def notional_depth(self, product_id: int) -> int:
        """Quote value of both ladders (control state and tests)."""
        book = self.exchange.books[product_id]
        levels = book.bids.levels(100) + book.asks.levels(100)
        return sum(mul(price, size) for price, size in levels)
