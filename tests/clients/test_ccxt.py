"""ccxt trades on the local Nado; what it understood is compared with what the venue itself holds."""

from __future__ import annotations

import asyncio
from typing import Any

import ccxt.pro
import pytest

from hedgewire.simulator.fixed import ONE, plain, x18
from hedgewire.simulator.server import LocalVenue

ETH = "ETH/USDT0:USDT0"
ETH_ID = 4
WAIT_S = 20


def best(venue: LocalVenue) -> tuple[float, float]:
    """Bid and ask of ETH-PERP; ccxt speaks floats."""
    bid, _, ask, _ = venue.state.exchange.quote(ETH_ID)
    return bid / ONE, ask / ONE


def held(venue: LocalVenue, sender: str) -> int:
    return venue.state.ledger.position(venue.state.account(sender), ETH_ID).amount


async def buy_now(venue: LocalVenue, exchange: ccxt.pro.nado, amount: float = 1) -> Any:
    return await exchange.create_order(ETH, "limit", "buy", amount, best(venue)[1] + 5, {"timeInForce": "IOC"})


@pytest.mark.proves("R003-013")
async def test_it_reads_the_markets_as_they_are_listed(venue: LocalVenue, exchange: ccxt.pro.nado) -> None:
    markets = await exchange.load_markets()
    instrument = venue.state.ledger.markets[ETH_ID].instrument
    assert {"BTC/USDT0:USDT0", ETH, "SOL/USDT0:USDT0"} <= set(markets)
    assert x18(str(markets[ETH]["precision"]["price"])) == instrument.price_increment
    assert x18(str(markets[ETH]["precision"]["amount"])) == instrument.size_increment
    assert (await exchange.fetch_status())["status"] == "ok"
    assert abs(await exchange.fetch_time() - venue.clock.now_ms()) < 5000
    assert (await exchange.fetch_balance())["USDT0"]["total"] == 100_000


@pytest.mark.parametrize(
    "name",
    ["ticker", "order_book", "trades", "ohlcv", "funding_rate", "open_interest", "funding_history"],
)
async def test_it_reads_one_market(venue: LocalVenue, exchange: ccxt.pro.nado, name: str) -> None:
    await exchange.load_markets()
    await buy_now(venue, exchange)
    answer = await getattr(exchange, f"fetch_{name}")(ETH)
    assert answer is not None
    if name == "order_book":
        assert answer["bids"][0][0] < answer["asks"][0][0]


@pytest.mark.parametrize("name", ["tickers", "funding_rates", "open_interests", "currencies"])
async def test_it_reads_all_markets(exchange: ccxt.pro.nado, name: str) -> None:
    assert len(await getattr(exchange, f"fetch_{name}")()) >= 3


@pytest.mark.proves("R003-013")
@pytest.mark.parametrize(
    ("params", "rests"),
    [({}, True), ({"postOnly": True}, True), ({"timeInForce": "IOC"}, False), ({"timeInForce": "FOK"}, False)],
)
async def test_the_four_order_types(
    venue: LocalVenue, exchange: ccxt.pro.nado, sender: str, params: dict[str, Any], rests: bool
) -> None:
    await exchange.load_markets()
    bid, ask = best(venue)
    order = await exchange.create_order(ETH, "limit", "buy", 1, bid - 5 if rests else ask + 5, params)
    assert held(venue, sender) == (0 if rests else ONE)
    assert (venue.state.order(order["id"]) is not None) == rests
    assert [o["id"] for o in await exchange.fetch_open_orders(ETH)] == ([order["id"]] if rests else [])


@pytest.mark.proves("R003-013")
async def test_it_edits_cancels_and_cancels_all(venue: LocalVenue, exchange: ccxt.pro.nado, sender: str) -> None:
    await exchange.load_markets()
    bid, _ = best(venue)
    first = await exchange.create_order(ETH, "limit", "buy", 1, bid - 5)
    edited = await exchange.edit_order(first["id"], ETH, "limit", "buy", 1, bid - 6)
    assert venue.state.order(first["id"]) is None
    assert (await exchange.fetch_order(edited["id"], ETH))["status"] == "open"
    await exchange.cancel_order(edited["id"], ETH)
    with pytest.raises(ccxt.OrderNotFound):
        await exchange.cancel_order(edited["id"], ETH)
    for step in range(3):
        await exchange.create_order(ETH, "limit", "buy", 1, bid - 10 - step)
    await exchange.cancel_all_orders(ETH)
    assert venue.state.exchange.orders_of(sender) == []


async def test_refusals_arrive_as_its_own_errors(venue: LocalVenue, exchange: ccxt.pro.nado) -> None:
    await exchange.load_markets()
    bid, ask = best(venue)
    with pytest.raises(ccxt.OrderImmediatelyFillable):
        await exchange.create_order(ETH, "limit", "buy", 1, ask + 5, {"postOnly": True})
    with pytest.raises(ccxt.OrderNotFillable):
        await exchange.create_order(ETH, "limit", "buy", 1, bid - 5, {"timeInForce": "FOK"})
    with pytest.raises(ccxt.InsufficientFunds):
        await exchange.create_order(ETH, "limit", "buy", 5000, bid - 5)


@pytest.mark.proves("R003-013")
async def test_its_trades_and_position_are_the_venues(venue: LocalVenue, exchange: ccxt.pro.nado, sender: str) -> None:
    await exchange.load_markets()
    order = await buy_now(venue, exchange)
    trades = await exchange.fetch_my_trades(ETH)
    assert {trade["order"] for trade in trades} == {order["id"]}
    assert sum(trade["amount"] for trade in trades) == 1
    (position,) = await exchange.fetch_positions([ETH])
    assert (position["side"], str(position["contracts"])) == ("long", "1.0")
    assert plain(held(venue, sender)) == "1"
    assert [o["id"] for o in await exchange.fetch_closed_orders(ETH)] == [order["id"]]


async def test_trigger_orders_wait_and_are_cancelled(venue: LocalVenue, exchange: ccxt.pro.nado) -> None:
    await exchange.load_markets()
    _, ask = best(venue)
    trigger = {"triggerPrice": round(ask * 1.1, 1), "triggerDirection": "ascending"}
    order = await exchange.create_order(ETH, "limit", "buy", 1, ask + 3, trigger)
    waiting = await exchange.fetch_open_orders(ETH, None, None, {"trigger": True})
    assert [o["id"] for o in waiting] == [order["id"]]
    await exchange.cancel_order(order["id"], ETH, {"trigger": True})
    gone = await exchange.fetch_canceled_orders(ETH)
    assert [o["id"] for o in gone] == [order["id"]]


@pytest.mark.proves("R003-013")
@pytest.mark.parametrize("name", ["ticker", "order_book", "trades", "ohlcv"])
async def test_it_watches_a_market(exchange: ccxt.pro.nado, name: str) -> None:
    await exchange.load_markets()
    answer = await asyncio.wait_for(getattr(exchange, f"watch_{name}")(ETH), WAIT_S)
    assert answer


@pytest.mark.proves("R003-013")
@pytest.mark.parametrize("name", ["orders", "my_trades", "positions"])
async def test_it_watches_its_own_account(venue: LocalVenue, exchange: ccxt.pro.nado, name: str) -> None:
    await exchange.load_markets()
    wanted = ETH if name != "positions" else [ETH]
    watching = asyncio.create_task(getattr(exchange, f"watch_{name}")(wanted))
    async with asyncio.timeout(WAIT_S):
        while not watching.done():
            await buy_now(venue, exchange, 0.1)
    (row, *_) = await watching
    assert row["symbol"] == ETH


async def test_it_trades_over_the_action_socket(venue: LocalVenue, exchange: ccxt.pro.nado, sender: str) -> None:
    await exchange.load_markets()
    bid, _ = best(venue)
    order = await exchange.create_order_ws(ETH, "limit", "buy", 1, bid - 5)
    edited = await exchange.edit_order_ws(order["id"], ETH, "limit", "buy", 1, bid - 6)
    assert venue.state.order(edited["id"]) is not None
    await exchange.cancel_order_ws(edited["id"], ETH)
    assert venue.state.exchange.orders_of(sender) == []


async def test_it_lists_what_was_deposited(exchange: ccxt.pro.nado) -> None:
    (deposit,) = await exchange.fetch_deposits()
    assert (deposit["currency"], deposit["amount"]) == ("USDT0", 100_000)
    assert await exchange.fetch_withdrawals() == []
