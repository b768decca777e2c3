"""Takes over accounts whose maintenance health is negative."""

from __future__ import annotations

from hedgewire.simulator.accounts import Account, HealthKind
from hedgewire.simulator.exchange import Exchange
from hedgewire.simulator.fixed import ONE, mul
from hedgewire.simulator.market import TAKER
from hedgewire.simulator.orders import Liquidation, Reason


def liquidate_unhealthy(exchange: Exchange) -> list[Liquidation]:
    """Cancel the orders of every account below maintenance and move its positions to the background taker."""
    events: list[Liquidation] = []
    for account in list(exchange.ledger.accounts.values()):
        if account.background or not account.positions:
            continue
        if exchange.ledger.health(account, HealthKind.MAINTENANCE).health < 0:
            events += liquidate(exchange, account)
    return events


def liquidate(exchange: Exchange, account: Account, share: int = ONE) -> list[Liquidation]:
    """Whatever its health: cancel its orders, take a share (x18) of each position over, between oracle and maintenance
    price."""
    for order in exchange.orders_of(account.account_id):
        exchange.cancel(order, cause=Reason.LIQUIDATED)
    liquidator, events = exchange.ledger.open(TAKER), []
    for product_id, position in list(account.positions.items()):
        if position.amount == 0:
            continue
        stamp_ns = exchange.clock.stamp_ns()
        market = exchange.ledger.markets[product_id]
        instrument = market.instrument
        part = mul(abs(position.amount), share)
        size = abs(position.amount) if share == ONE else part - part % instrument.size_increment
        amount = size if position.amount > 0 else -size
        if amount == 0:
            continue
        weight = instrument.long_weight_maintenance if amount > 0 else instrument.short_weight_maintenance
        price = (market.oracle_price + mul(market.oracle_price, weight)) // 2
        quote = mul(amount, price)
        exchange.ledger.apply_fill(account, product_id, -amount, quote, 0)
        exchange.ledger.apply_fill(liquidator, product_id, amount, -quote, 0)
        event = Liquidation(stamp_ns, product_id, TAKER, account.account_id, amount, price)
        events.append(event)
        exchange.emit([event])
        exchange.emit(exchange.position_events(account, product_id, "liquidate_subaccount", stamp_ns))
    return events
