"""What the local Paradex lists beside perpetuals, in a real node: options and a spot pair."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest
import pytest_asyncio
from nautilus_trader.config import LiveExecEngineConfig
from nautilus_trader.model.enums import BookType, OptionKind, OrderSide, OrderStatus, TimeInForce
from nautilus_trader.model.identifiers import InstrumentId
from nautilus_trader.model.instruments import CryptoOption, CurrencyPair
from nautilus_trader.model.orders import Order
from node_on_nado import until
from node_on_paradex import USDC, Bench, running

from hedgewire.simulator.server import LocalVenue

SPOT = InstrumentId.from_str("ETH-USD.PARADEX")
DATED = InstrumentId.from_str("BTC-USD-29DEC28-100000-C.PARADEX")
ENDLESS = InstrumentId.from_str("BTC-USD-100000-C.PARADEX")


@pytest_asyncio.fixture
async def bench() -> AsyncIterator[Bench]:
    async with LocalVenue("paradex", seed=7, all_products=True) as local, running(local) as made:
        yield made


def at_once(
    bench: Bench, instrument_id: InstrumentId, side: OrderSide, size: str, *, reduce_only: bool = False
) -> Order:
    """Through the other side of the book."""
    instrument, quote = bench.hand.cache.instrument(instrument_id), bench.hand.cache.quote_tick(instrument_id)
    best = quote.ask_price if side == OrderSide.BUY else quote.bid_price
    away = best.as_decimal() / 100 * (1 if side == OrderSide.BUY else -1)
    order = bench.hand.order_factory.limit(
        instrument_id,
        side,
        instrument.make_qty(size),
        instrument.make_price(best.as_decimal() + away),
        time_in_force=TimeInForce.IOC,
        reduce_only=reduce_only,
    )
    bench.hand.submit_order(order)
    return order


async def filled(bench: Bench, order: Order) -> None:
    await until(lambda: order.is_closed, lambda: f"end, only {bench.hand.names(order)}")
    assert order.status == OrderStatus.FILLED, bench.hand.names(order)
    assert [fee.currency for fee in order.commissions()] == [USDC]


async def told(bench: Bench, instrument_id: InstrumentId) -> None:
    """Subscribed to, and there: quotes, a book with two sides."""
    hand = bench.hand
    hand.subscribe_quote_ticks(instrument_id)
    hand.subscribe_order_book_deltas(instrument_id, book_type=BookType.L2_MBP)
    await until(lambda: hand.cache.quote_tick(instrument_id), lambda: f"a quote of {instrument_id}")
    await until(
        lambda: (book := hand.cache.order_book(instrument_id)) and book.best_bid_price() and book.best_ask_price(),
        lambda: f"a book of {instrument_id}",
    )


async def test_what_has_a_type_is_loaded_and_what_has_none_is_left_out(bench: Bench) -> None:
    cache = bench.hand.cache
    option = cache.instrument(DATED)
    assert isinstance(option, CryptoOption)
    assert (option.option_kind, option.strike_price.as_decimal()) == (OptionKind.CALL, 100_000)
    assert (str(option.underlying), str(option.settlement_currency)) == ("BTC", "USDC")
    assert option.expiration_ns == 1_861_689_600 * 10**9
    assert isinstance(cache.instrument(SPOT), CurrencyPair)
    assert cache.instrument(ENDLESS) is None


async def test_a_dated_option_is_traded(bench: Bench) -> None:
    """For less than the least value of an order at the option's own price: the venue counts that of what it is on."""
    await told(bench, DATED)
    await filled(bench, bought := at_once(bench, DATED, OrderSide.BUY, "0.5"))
    assert bought.quantity.as_decimal() == bench.hand.portfolio.net_position(DATED)
    await bench.control("price", symbol=str(DATED.symbol), price="300")
    await until(lambda: bench.hand.cache.quote_tick(DATED).ask_price < 310, lambda: "the new price")
    await filled(bench, at_once(bench, DATED, OrderSide.BUY, "0.02"))  # 6 USD
    await filled(bench, at_once(bench, DATED, OrderSide.SELL, "0.52", reduce_only=True))
    assert bench.hand.portfolio.is_flat(DATED)


@pytest.mark.parametrize("transport", ["rest", "ws"])
async def test_a_spot_pair_is_traded_and_has_no_reduce_only(transport: str) -> None:
    async with (
        LocalVenue("paradex", seed=7, all_products=True) as local,
        running(local, account={"transport": transport}) as bench,
    ):
        hand = bench.hand
        await told(bench, SPOT)
        await filled(bench, at_once(bench, SPOT, OrderSide.BUY, "0.5"))
        assert hand.portfolio.net_position(SPOT) == Decimal("0.5")
        denied = at_once(bench, SPOT, OrderSide.SELL, "0.5", reduce_only=True)
        assert "SPOT_WITHOUT_POSITION" in (await hand.told(denied, "OrderDenied")).reason
        stop = hand.order_factory.stop_market(
            SPOT, OrderSide.SELL, denied.quantity, hand.cache.instrument(SPOT).make_price(denied.price - 100)
        )
        hand.submit_order(stop)
        assert "SPOT_WITHOUT_POSITION" in (await hand.told(stop, "OrderDenied")).reason
        short = at_once(bench, SPOT, OrderSide.SELL, "0.6")  # more of the token than there is
        assert "NOT_ENOUGH_MARGIN" in (await hand.told(short, "OrderRejected")).reason
        await filled(bench, at_once(bench, SPOT, OrderSide.SELL, "0.5"))
        assert hand.portfolio.is_flat(SPOT)


async def test_a_check_of_positions_leaves_what_was_bought_at_spot() -> None:
    """The venue lists no positions of tokens: that is no evidence of being flat."""
    engine = LiveExecEngineConfig(
        reconciliation_startup_delay_secs=0, position_check_interval_secs=0.3, position_check_lookback_mins=1
    )
    async with LocalVenue("paradex", seed=7, all_products=True) as local, running(local, engine=engine) as bench:
        hand = bench.hand
        await told(bench, SPOT)
        await filled(bench, bought := at_once(bench, SPOT, OrderSide.BUY, "0.5"))
        asked = local.state.log.counts["positions"]
        await until(lambda: local.state.log.counts["positions"] > asked + 4, lambda: "checks of positions")
        assert hand.portfolio.net_position(SPOT) == bought.quantity.as_decimal()
        assert hand.cache.orders() == [bought]
