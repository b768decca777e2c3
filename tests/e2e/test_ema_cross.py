"""A strategy that ships with NautilusTrader, unchanged, on the local Nado: what it believes is what the venue has.

Prices and quantities are compared to the last unit of x18, money to the last unit that NautilusTrader's currency keeps.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from nautilus_trader.examples.strategies.ema_cross import EMACross, EMACrossConfig
from nautilus_trader.model.data import BarType
from nautilus_trader.model.identifiers import Venue
from nautilus_trader.model.objects import Currency
from node_on_nado import ETH, ETH_ID, running, until

from hedgewire.simulator.accounts import HealthKind
from hedgewire.simulator.server import LocalVenue

TICK_BARS = BarType.from_str("ETH-PERP.NADO-4-TICK-LAST-INTERNAL")
FILLED_ORDERS = 50
ONE = 10**18
USDT0 = Currency.from_str("USDT0")
HALF_A_UNIT = Decimal("0.5").scaleb(-8)
"""USDT0 has eight decimals in NautilusTrader (convert.CURRENCY_PRECISION)."""


def lively(venue: LocalVenue) -> None:
    """Takers in every step of the market: enough prints for tick bars within seconds."""
    profiles = venue.state.market.profiles
    profiles[ETH_ID] = replace(profiles[ETH_ID], takers_per_100_steps=100)


def x18(value: Any) -> int:
    """A NautilusTrader number with 18 decimals; exact or the test fails."""
    scaled = value.as_decimal() * ONE
    assert scaled == int(scaled)
    return int(scaled)


@pytest.mark.proves("R002-35")
async def test_ema_cross_trades_until_fifty_orders_are_filled(venue: LocalVenue) -> None:
    lively(venue)
    strategy = EMACross(
        EMACrossConfig(
            instrument_id=ETH,
            bar_type=TICK_BARS,
            trade_size=Decimal("0.5"),
            fast_ema_period=2,
            slow_ema_period=3,
            close_positions_on_stop=False,
        )
    )
    async with running(venue, prepare=lambda node: node.trader.add_strategy(strategy)) as bench:

        def filled() -> list[Any]:
            return [order for order in bench.cache.orders(strategy_id=strategy.id) if order.status.name == "FILLED"]

        for dozen in range(10, FILLED_ORDERS + 1, 10):
            await until(lambda dozen=dozen: len(filled()) >= dozen, lambda: f"{len(filled())} filled orders")
        strategy.stop()
        await until(lambda: not bench.cache.orders_inflight() and not bench.cache.orders_open(), "the last outcomes")
        await bench.other.control("liquidity", {"freeze": True})

        theirs: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
        for fill in bench.venue.app.archive.fills:
            if fill.order.owner == bench.other.sender:
                theirs[fill.order.order_id].append((fill.quantity, fill.price, fill.fee))
        orders = bench.cache.orders(strategy_id=strategy.id)
        assert {order.venue_order_id.value for order in filled()} <= set(theirs)
        assert set(theirs) <= {order.venue_order_id.value for order in orders if order.venue_order_id}
        for order in orders:
            ours = [event for event in order.events if type(event).__name__ == "OrderFilled"]
            found = theirs.get(order.venue_order_id.value, []) if order.venue_order_id else []
            assert sorted((x18(event.last_qty), x18(event.last_px)) for event in ours) == sorted(
                (quantity, price) for quantity, price, _ in found
            )
            assert sum(x18(event.last_qty) for event in ours) == x18(order.filled_qty)
            fees = sum(event.commission.as_decimal() for event in ours)
            assert abs(fees - Decimal(sum(fee for _, _, fee in found)) / ONE) <= len(ours) * HALF_A_UNIT

        position = sum((one.signed_decimal_qty() for one in bench.cache.positions_open(instrument_id=ETH)), Decimal(0))
        assert position == await bench.position()
        account = bench.cache.account_for_venue(Venue("NADO"))
        assert account is not None

        def equity() -> Decimal:
            ledger = bench.venue.state.ledger
            return Decimal(ledger.health(ledger.accounts[bench.other.sender], HealthKind.UNWEIGHTED).health) / ONE

        await until(
            lambda: abs(account.balance_total(USDT0).as_decimal() - equity()) <= HALF_A_UNIT,
            lambda: f"the venue's equity {equity()}; {account.balance_total(USDT0)}",
        )
