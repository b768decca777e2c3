"""Continuous funding (Paradex reference 6.7)."""

from __future__ import annotations

from hedgewire.simulator.fields import Json
from hedgewire.simulator.fixed import ONE, div, mul, plain
from hedgewire.simulator.orders import FundingPayment
from hedgewire.simulator.wire.paradex.products import FUNDED, FUNDING_PERIOD_H
from hedgewire.simulator.wire.paradex.state import ParadexState

TICK_MS = 1000
PERIOD_MS = FUNDING_PERIOD_H * 3_600_000
BASE = ONE // 10_000
CLAMP = ONE * 5 // 10_000
MOST = ONE * 2 // 100


class Funding:
    """Every second the index of each market moves by its premium's share of the period."""

    def __init__(self, state: ParadexState) -> None:
        self.state = state
        self.rates: dict[int, int] = {p: BASE for p, each in state.rules.listings.items() if each.kind in FUNDED}
        """For the market's own period, x18."""
        self._last_ms = state.clock.now_ns() // 10**6

    def start(self) -> None:
        self.state.clock.every_ms(TICK_MS, self.tick)

    def tick(self) -> None:
        """Rates, then indexes; a step of the clock counts as the time it took."""
        now_ms = self.state.clock.now_ns() // 10**6
        elapsed_ms, self._last_ms = now_ms - self._last_ms, now_ms
        for product_id in self.rates:
            market = self.state.ledger.markets[product_id]
            rate = self.rates[product_id] = self._rate(product_id)
            self.pay_product(product_id, mul(rate, market.oracle_price) * elapsed_ms // PERIOD_MS)

    def _rate(self, product_id: int) -> int:
        bid, bid_size, ask, ask_size = self.state.exchange.quote(product_id)
        mark, premium = self.state.ledger.markets[product_id].oracle_price, 0
        if bid_size and ask_size:
            premium = div((bid + ask) // 2 - mark, mark)
        raw = premium + max(-CLAMP, min(CLAMP, BASE - premium))
        return max(-MOST, min(MOST, raw))

    def pay_product(self, product_id: int, payment: int) -> None:
        """Longs of one product pay ``payment`` per unit of base; negative: shorts do."""
        market = self.state.ledger.markets[product_id]
        self.state.ledger.pay_funding(product_id, payment)
        stamp_ns = self.state.clock.stamp_ns()
        index, elapsed_s = market.cumulative_funding, TICK_MS // 1000
        paid = FundingPayment(stamp_ns, product_id, payment, market.open_interest, index, elapsed_s)
        self.state.exchange.emit([paid])

    def to_json(self, product_id: int) -> Json:
        market, rate = self.state.ledger.markets[product_id], self.rates[product_id]
        return {
            "market": market.instrument.symbol,
            "funding_index": plain(market.cumulative_funding),
            "funding_premium": plain(mul(rate, market.oracle_price)),
            "funding_rate": plain(rate),
            "funding_rate_8h": plain(rate * 8 // FUNDING_PERIOD_H),
            "funding_period_hours": FUNDING_PERIOD_H,
            "created_at": self.state.clock.now_ms(),
        }
