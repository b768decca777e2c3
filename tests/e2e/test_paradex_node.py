"""A real TradingNode against the local Paradex: queued orders, refusals after the answer, fees and balances in USDC."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio
from nautilus_trader.model.data import DataType
from nautilus_trader.model.enums import OrderSide, OrderStatus, OrderType, TimeInForce, TriggerType
from nautilus_trader.model.identifiers import ClientId
from node_on_nado import until
from node_on_paradex import ETH, USDC, Bench, running

from hedgewire.nautilus import link
from hedgewire.nautilus.rows import Outcome
from hedgewire.nautilus.truth import Notice, VenueDocument, VenueMessage, endpoint
from hedgewire.nautilus.venue_data import VenueHealth, VenueLiquidation, VenueOpenInterest
from hedgewire.simulator.server import LocalVenue
from hedgewire.venues.paradex import (
    PARADEX,
    PARADEX_VENUE,
)


@pytest_asyncio.fixture
async def bench() -> AsyncIterator[Bench]:
    async with LocalVenue("paradex", seed=7) as local, running(local) as made:
        yield made


@pytest.mark.parametrize(
    ("data", "account"),
    [({}, {}), ({"encoding": "json", "book_feed": "every"}, {}), ({}, {"transport": "ws"}), ({}, {"key": "l1"})],
    ids=["binary", "json", "socket", "l1"],
)
async def test_a_node_trades_in_every_configuration(data: dict[str, Any], account: dict[str, Any]) -> None:
    async with LocalVenue("paradex", seed=7) as local, running(local, data, account) as bench:
        resting = bench.hand.buy("50", post_only=True)
        await bench.hand.told(resting, "OrderAccepted")
        bench.hand.cancel_order(resting)
        await bench.hand.told(resting, "OrderCanceled")
        await check_fill(bench)


async def check_fill(bench: Bench) -> None:
    """An order through the ask: its events, its fee and the balance are as they should be."""
    order = bench.hand.buy("-5", time_in_force=TimeInForce.IOC)
    await until(lambda: order.is_closed, lambda: f"end, only {bench.hand.names(order)}")
    assert order.status == OrderStatus.FILLED
    assert bench.hand.names(order)[:4] == ["OrderInitialized", "OrderSubmitted", "OrderAccepted", "OrderFilled"]
    fees = order.commissions()
    assert [fee.currency for fee in fees] == [USDC]
    account = bench.node.cache.account_for_venue(PARADEX_VENUE)
    # The balance is asked for after a fill.
    await until(lambda: account.balance_total(USDC).as_decimal() != 100_000, lambda: f"cost, {account.balances()}")
    assert not [one for one in bench.hand.notices if one.notice is Notice.FORCED]  # the position is our own order's


async def test_a_refusal_after_the_answer_is_a_rejection(bench: Bench) -> None:
    """The venue answers 201 with an order that is NEW, and closes it at its risk check (Paradex reference 6.5, 8.3)."""
    await bench.control("faults", name="reject_after_accept", reason="NOT_ENOUGH_MARGIN", count=1)
    order = bench.hand.buy("50")
    rejected = await bench.hand.told(order, "OrderRejected")
    assert "NOT_ENOUGH_MARGIN" in rejected.reason
    assert not rejected.due_post_only
    assert bench.hand.names(order) == ["OrderInitialized", "OrderSubmitted", "OrderRejected"]


async def test_an_order_that_rested_and_is_taken_away_was_not_rejected(bench: Bench) -> None:
    """The venue's reason would refuse a new order; this one had been accepted."""
    order = bench.hand.buy("50", post_only=True)
    await bench.hand.told(order, "OrderAccepted")
    await bench.control("faults", name="unsolicited_cancel")
    await bench.hand.told(order, "OrderCanceled")
    assert "OrderRejected" not in bench.hand.names(order)
    assert order.status == OrderStatus.CANCELED


async def test_an_order_carries_what_only_this_venue_has(bench: Bench) -> None:
    params = {"instruction": "RPI", "stp": "EXPIRE_MAKER", "recv_window_ms": 5_000}
    order = bench.hand.buy("50", params=params, post_only=True)
    await bench.hand.told(order, "OrderAccepted")
    (held,) = bench.local.app.desk.open.values()  # type: ignore[attr-defined]
    assert (held.instruction, held.stp.value) == ("RPI", "EXPIRE_MAKER")
    assert held.client_id == order.venue_order_id.value
    bench.hand.cancel_order(order)
    await bench.hand.told(order, "OrderCanceled")


@pytest.mark.parametrize(
    ("params", "hint"),
    [
        ({"instruction": "RPI"}, "submit it with post_only"),
        ({"instructions": "RPI"}, "did you mean instruction?"),
        ({"stp": "CANCEL_BOTH"}, "stp must be one of: EXPIRE_TAKER, EXPIRE_MAKER, EXPIRE_BOTH"),
    ],
)
async def test_parameters_that_cannot_be_are_denied(bench: Bench, params: dict[str, Any], hint: str) -> None:
    order = bench.hand.buy("50", params=params)
    denied = await bench.hand.told(order, "OrderDenied")
    assert denied.reason.startswith("ORDER_PARAMS: ") and denied.reason.endswith(f"hint: {hint}")
    assert not bench.local.app.desk.open  # type: ignore[attr-defined]


@pytest.mark.parametrize("transport", ["rest", "ws"])
async def test_a_market_order_of_the_venue_is_bounded_by_our_price(transport: str) -> None:
    account = {"market_orders": "native", "transport": transport}
    async with LocalVenue("paradex", seed=7) as local, running(local, account=account) as bench:
        hand = bench.hand
        instrument = hand.cache.instrument(ETH)
        order = hand.order_factory.market(ETH, OrderSide.BUY, instrument.make_qty("0.5"))
        hand.submit_order(order)
        await until(lambda: order.is_closed, lambda: f"end, only {hand.names(order)}")
        assert (order.status, order.filled_qty.as_decimal()) == (OrderStatus.FILLED, Decimal("0.5"))
        (placed,) = bench.local.app.desk.closed.values()  # type: ignore[attr-defined]
        assert (placed.type, placed.price) == ("MARKET", 0)
        assert Decimal(placed.vwap_price).scaleb(-18) >= order.avg_px
        capped = hand.order_factory.market(ETH, OrderSide.SELL, instrument.make_qty("0.5"), reduce_only=True)
        hand.submit_order(capped, params={"market_orders": "capped"})
        await until(lambda: capped.is_closed, lambda: f"end, only {hand.names(capped)}")
        assert capped.status == OrderStatus.FILLED
        assert [placed.type for placed in bench.local.app.desk.closed.values()] == ["MARKET", "LIMIT"]  # type: ignore[attr-defined]


async def test_a_pair_that_follows_the_position_ends_with_it(bench: Bench) -> None:
    """Of a take-profit and a stop-loss the one that trades closes the position, and the venue ends the other."""
    hand = bench.hand
    await check_fill(bench)
    instrument, quote = hand.cache.instrument(ETH), hand.cache.quote_tick(ETH)
    size, follows = instrument.make_qty("0.5"), {"follows_position": True}
    loss = hand.order_factory.stop_market(
        ETH, OrderSide.SELL, size, instrument.make_price(quote.bid_price - 2), reduce_only=True
    )
    profit = hand.order_factory.limit_if_touched(
        ETH,
        OrderSide.SELL,
        size,
        instrument.make_price(quote.bid_price + 300),
        instrument.make_price(quote.bid_price + 300),
        reduce_only=True,
    )
    for order in (loss, profit):
        hand.submit_order(order, params=follows)
        await hand.told(order, "OrderAccepted")
    types = [placed.type for placed in bench.local.app.desk.open.values()]  # type: ignore[attr-defined]
    assert types == ["STOP_LOSS_LIMIT", "TAKE_PROFIT_LIMIT"]
    await bench.control("price", product_id=2, drift_ppb=-50_000)
    await hand.told(profit, "OrderCanceled")
    await until(lambda: loss.is_closed, lambda: f"end, only {hand.names(loss)}")
    assert loss.status == OrderStatus.FILLED
    assert hand.portfolio.is_flat(ETH)


async def test_what_follows_a_position_trades_no_more_than_is_held(bench: Bench) -> None:
    hand = bench.hand
    await check_fill(bench)
    instrument, quote = hand.cache.instrument(ETH), hand.cache.quote_tick(ETH)
    loss = hand.order_factory.stop_market(
        ETH, OrderSide.SELL, instrument.make_qty("0.8"), instrument.make_price(quote.bid_price - 2), reduce_only=True
    )
    hand.submit_order(loss, params={"follows_position": True, "market_orders": "native"})
    await hand.told(loss, "OrderAccepted")
    await bench.control("price", product_id=2, drift_ppb=-50_000)
    await until(lambda: loss.is_closed, lambda: f"end, only {hand.names(loss)}")
    # What the venue cut off is cancelled.
    assert (loss.status, loss.filled_qty.as_decimal()) == (OrderStatus.CANCELED, Decimal("0.5"))
    assert hand.portfolio.is_flat(ETH)
    (_, placed) = bench.local.app.desk.closed.values()  # type: ignore[attr-defined]
    assert (placed.type, placed.cancel_reason) == ("STOP_LOSS_MARKET", "")


async def test_a_twap_trades_in_orders_of_its_own(bench: Bench) -> None:
    """What the venue trades for us arrives once, as orders that nobody here sent; a cancel ends the rest."""
    hand, replies, documents = bench.hand, [], []

    async def send(name: str, **fields: Any) -> tuple[Outcome, str]:
        before = len(replies)
        message = VenueMessage(name, fields, lambda outcome, text: replies.append((outcome, text)))
        hand.msgbus.send(endpoint(PARADEX_VENUE), message)
        await until(lambda: len(replies) > before, lambda: f"what became of {name}")
        return replies[-1]

    async def ask(name: str, **params: Any) -> Any:
        before = len(documents)
        hand.msgbus.send(endpoint(PARADEX_VENUE), VenueDocument(name, params, documents.append))
        await until(lambda: len(documents) > before, lambda: f"the answer to {name}")
        return documents[-1]

    outcome, text = await send("place_twap", market="ETH-USD-PERP", side="BUY", size="3", duration_s=31)
    assert (outcome, text.partition(":")[0]) == (Outcome.REFUSED_HERE, "TWAP_FIELDS")
    outcome, text = await send("withdraw", amount="1")
    assert outcome is Outcome.REFUSED_HERE and "cancel_twap, place_twap" in text
    placed = {"market": "ETH-USD-PERP", "side": "BUY", "size": "3", "duration_s": 30, "interval_s": 1}
    outcome, number = await send("place_twap", **placed)
    assert outcome is Outcome.ACCEPTED
    assert [row["id"] for row in (await ask("algo/orders"))["results"]] == [number]
    await until(lambda: len(hand.cache.orders_closed(instrument_id=ETH)) >= 2, lambda: f"{hand.cache.orders()}")
    assert (await send("cancel_twap", id=number))[0] is Outcome.ACCEPTED
    ended = await ask("algo/orders/{algo_id}", algo_id=number)
    assert (ended["status"], ended["cancel_reason"]) == ("CLOSED", "USER_CANCELED")
    traded = Decimal(ended["size"]) - Decimal(ended["remaining_size"])
    assert 0 < traded < 3
    await until(lambda: hand.portfolio.net_position(ETH) == traded, lambda: f"{traded}, {hand.cache.positions()}")
    slices = hand.cache.orders_closed(instrument_id=ETH)
    assert sum(order.filled_qty.as_decimal() for order in slices) == traded
    assert {(order.order_type, order.status) for order in slices} == {(OrderType.MARKET, OrderStatus.FILLED)}
    assert (await send("cancel_twap", id="17"))[0] is Outcome.REJECTED


async def test_a_stop_is_known_again_after_a_restart_and_is_one_order() -> None:
    async with LocalVenue("paradex", seed=7) as local:
        async with running(local) as bench:
            hand = bench.hand
            instrument, quote = hand.cache.instrument(ETH), hand.cache.quote_tick(ETH)
            stop = hand.order_factory.stop_market(
                ETH, OrderSide.SELL, instrument.make_qty("0.5"), instrument.make_price(quote.bid_price - 100)
            )
            hand.submit_order(stop)
            await hand.told(stop, "OrderAccepted")
        link._LINKS.clear()  # a restart is a new process
        async with running(local) as bench:
            await until(lambda: bench.node.cache.orders_open(), lambda: "the stop")
            (known,) = bench.node.cache.orders_open()
            assert (known.client_order_id, known.order_type) == (stop.client_order_id, OrderType.STOP_MARKET)
            assert (known.trigger_price, known.trigger_type) == (stop.trigger_price, TriggerType.MARK_PRICE)
            bench.hand.cancel_order(known)
            await until(lambda: known.is_closed, lambda: f"end of {known}")
            assert known.status == OrderStatus.CANCELED


async def test_a_stop_that_the_mark_price_reaches_trades(bench: Bench) -> None:
    hand = bench.hand
    await until(lambda: hand.cache.quote_tick(ETH), lambda: "a quote")
    instrument, quote = hand.cache.instrument(ETH), hand.cache.quote_tick(ETH)
    level = instrument.make_price(quote.bid_price - 2)
    stop = hand.order_factory.stop_market(ETH, OrderSide.SELL, instrument.make_qty("0.5"), level)
    hand.submit_order(stop)
    await hand.told(stop, "OrderAccepted")
    await bench.control("price", product_id=2, drift_ppb=-50_000)
    await until(lambda: stop.is_closed, lambda: f"end, only {hand.names(stop)}")
    assert stop.status == OrderStatus.FILLED
    assert hand.names(stop)[:4] == ["OrderInitialized", "OrderSubmitted", "OrderAccepted", "OrderFilled"]


async def test_open_interest_and_health_as_custom_data() -> None:
    async with LocalVenue("paradex", seed=7) as local, running(local, {"reference_poll_s": 0.2}) as bench:
        hand = bench.hand
        await until(lambda: hand.is_running, lambda: "a running strategy")
        hand.subscribe_data(DataType(VenueOpenInterest), instrument_id=ETH)
        hand.subscribe_data(DataType(VenueHealth), client_id=ClientId(PARADEX))
        await until(lambda: len({type(one) for one in hand.given}) == 2, lambda: f"both kinds, {hand.given}")
        interest = next(one for one in hand.given if isinstance(one, VenueOpenInterest))
        assert interest.instrument_id == ETH and interest.quantity == 0  # nobody holds any yet
        health = next(one for one in hand.given if isinstance(one, VenueHealth))
        assert (health.websocket, health.rest) == ("connected", "available")
        await check_fill(bench)
        await until(lambda: held(hand.given) == Decimal("0.5"), lambda: f"the open interest of the fill, {hand.given}")


@pytest.mark.parametrize("encoding", ["sbe", "json"])
async def test_liquidations_as_custom_data(encoding: str) -> None:
    async with LocalVenue("paradex", seed=7) as local, running(local, {"encoding": encoding}) as bench:
        hand = bench.hand
        await until(lambda: hand.is_running, lambda: "a running strategy")
        hand.subscribe_data(DataType(VenueLiquidation), instrument_id=ETH)
        hand.subscribe_trade_ticks(ETH)  # the same channel at the venue
        await until(lambda: "trades.ETH-USD-PERP" in local.app.hub.subscribers, lambda: "the channel")  # type: ignore[attr-defined]
        await check_fill(bench)
        assert not [one for one in hand.given if isinstance(one, VenueLiquidation)]
        await bench.control("faults", name="liquidate")
        await until(lambda: any(isinstance(one, VenueLiquidation) for one in hand.given), lambda: "a liquidation")
        (told,) = [one for one in hand.given if isinstance(one, VenueLiquidation)]
        assert (told.instrument_id, told.quantity) == (ETH, Decimal("-0.5"))
        assert 0 < told.price < hand.cache.quote_tick(ETH).ask_price.as_decimal()


def held(given: list[Any]) -> Decimal:
    """The open interest that was told last."""
    return next(one.quantity for one in reversed(given) if isinstance(one, VenueOpenInterest))
