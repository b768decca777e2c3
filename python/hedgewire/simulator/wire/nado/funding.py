"""Hourly funding, expiry and liquidation ticks of the local Nado (Nado reference 6.9)."""

from __future__ import annotations

from hedgewire.simulator.clock import SECOND_NS
from hedgewire.simulator.fixed import ONE, div, mul, truncated_division
from hedgewire.simulator.liquidation import liquidate_unhealthy
from hedgewire.simulator.orders import FundingPayment
from hedgewire.simulator.wire.nado.state import NadoState

HOUR_S = 3600
DAY_S = 86_400
CAP = ONE * 2 // 100
SAMPLE_MS = 1000
BASE_RATE = ONE // 10_000


class Funding:
    """Averages the premium of the mid price over the oracle and pays it every full hour."""

    def __init__(self, state: NadoState) -> None:
        self.state = state
        self._premium_sum: dict[int, int] = {}
        self._samples: dict[int, int] = {}
        self.history: dict[int, list[tuple[int, int]]] = {}

    def start(self) -> None:
        clock = self.state.clock
        clock.every_ms(SAMPLE_MS, self.sample)
        next_hour_ns = (clock.now_s() // HOUR_S + 1) * HOUR_S * SECOND_NS
        clock.every_ms(HOUR_S * 1000, self.pay, first_due_ns=next_hour_ns)

    def sample(self) -> None:
        """Once a second: premium sample, expiries, liquidations."""
        for product_id, market in self.state.ledger.markets.items():
            bid, bid_size, ask, ask_size = self.state.exchange.quote(product_id)
            if bid_size and ask_size:
                premium = (bid + ask) // 2 - market.oracle_price
                self._premium_sum[product_id] = self._premium_sum.get(product_id, 0) + premium
                self._samples[product_id] = self._samples.get(product_id, 0) + 1
        self.state.exchange.expire_due()
        liquidate_unhealthy(self.state.exchange)

    def premium(self, product_id: int) -> int:
        """Average premium in quote per unit plus a base rate of 1 bp a day, capped at 2 % of the oracle price."""
        oracle = self.state.ledger.markets[product_id].oracle_price
        samples = self._samples.get(product_id, 0)
        average = truncated_division(self._premium_sum.get(product_id, 0), samples) if samples else 0
        cap = mul(oracle, CAP)
        return max(-cap, min(cap, average + mul(oracle, BASE_RATE)))

    def rate_x18(self, product_id: int) -> int:
        """The 24 h funding rate."""
        return div(self.premium(product_id), self.state.ledger.markets[product_id].oracle_price)

    def pay(self) -> None:
        """Move both cumulative indexes by one hour of the average premium."""
        for product_id in self.state.ledger.markets:
            payment = truncated_division(self.premium(product_id) * HOUR_S, DAY_S)
            history = self.history.setdefault(product_id, [])
            history.append((self.state.clock.now_s(), self.rate_x18(product_id)))
            del history[:-500]
            self._premium_sum[product_id] = self._samples[product_id] = 0
            self.pay_product(product_id, payment)

    def pay_product(self, product_id: int, payment: int) -> None:
        """Longs of one product pay ``payment`` per unit of base; negative: shorts do."""
        market = self.state.ledger.markets[product_id]
        self.state.ledger.pay_funding(product_id, payment)
        stamp_ns = self.state.clock.stamp_ns()
        paid = FundingPayment(stamp_ns, product_id, payment, market.open_interest, market.cumulative_funding, HOUR_S)
        self.state.exchange.emit([paid])
