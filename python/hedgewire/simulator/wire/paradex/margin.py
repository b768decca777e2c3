"""Cross margin of one account: its worth and what it must hold (Paradex reference 6.9). A USDC counts as a USD."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hedgewire.simulator.accounts import Account, HealthKind, Ledger
from hedgewire.simulator.fixed import ONE, mul
from hedgewire.simulator.orders import Instrument, Order


@dataclass(frozen=True, slots=True)
class Margin:
    """All x18. ``collateral`` is the settled balance: what fills, fees and funding have left of deposits."""

    account_value: int
    collateral: int
    initial: int
    maintenance: int

    @property
    def free_collateral(self) -> int:
        return min(self.account_value - self.initial, self.collateral)


def initial_fraction(instrument: Instrument) -> int:
    return ONE - instrument.long_weight_initial


def maintenance_fraction(instrument: Instrument) -> int:
    return ONE - instrument.long_weight_maintenance


def unrealized(ledger: Ledger, account: Account, product_id: int, funding: int) -> int:
    """Profit of a position at the mark price, with the funding that no fill has settled yet."""
    view = ledger.view(account, product_id)
    return mul(view.amount, ledger.markets[product_id].oracle_price) - view.net_entry + funding


def requirement(ledger: Ledger, account: Account, orders: Iterable[Order]) -> tuple[int, int]:
    """Initial (with these open orders) and maintenance margin, x18."""
    by_product: dict[int, list[Order]] = {product_id: [] for product_id in account.positions}
    for order in orders:
        by_product.setdefault(order.product_id, []).append(order)
    initial = maintenance = 0
    for product_id, placed in by_product.items():
        of_initial, of_maintenance = _of_market(ledger, account, product_id, placed)
        initial, maintenance = initial + of_initial, maintenance + of_maintenance
    return initial, maintenance


def _of_market(ledger: Ledger, account: Account, product_id: int, placed: Sequence[Order]) -> tuple[int, int]:
    market = ledger.markets[product_id]
    mark, instrument = market.oracle_price, market.instrument
    position = account.positions.get(product_id)
    held = position.amount if position is not None else 0
    buys = sum(order.unfilled for order in placed if order.is_buy)
    sells = -sum(order.unfilled for order in placed if not order.is_buy)
    exposed = max(0, buys + held, sells - held)
    loss = sum(mul(abs(o.unfilled), max(0, o.price - mark if o.is_buy else mark - o.price)) for o in placed)
    chosen = account.leverage.get(product_id)
    fraction = initial_fraction(instrument) if chosen is None else ONE // chosen
    initial = mul(mul(exposed, mark), fraction + instrument.taker_fee_rate) + loss
    maintenance = mul(mul(abs(held), mark), maintenance_fraction(instrument) + instrument.taker_fee_rate)
    return initial, maintenance


def account_value(ledger: Ledger, account: Account) -> int:
    return ledger.health(account, HealthKind.UNWEIGHTED).health
