"""ccxt, unmodified, against the local Paradex: it asks for schema 3, signs in hex, subscribes without ids."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import ccxt.pro
import pytest
import pytest_asyncio

from hedgewire.simulator.server import LocalVenue

ETH = "ETH/USD:USDC"


@pytest_asyncio.fixture
async def paradex() -> AsyncIterator[LocalVenue]:
    async with LocalVenue("paradex", seed=11) as local:
        yield local


def connect(venue: LocalVenue, credentials: dict[str, Any]) -> ccxt.pro.paradex:
    exchange = ccxt.pro.paradex({**credentials, "enableRateLimit": False})
    endpoints = venue.descriptor["endpoints"]
    assert isinstance(endpoints, dict)
    exchange.urls["api"] = {"v1": endpoints["rest"], "v2": endpoints["rest_v2"], "ws": endpoints["ws"]}
    return exchange


def by_ethereum_key(venue: LocalVenue) -> dict[str, Any]:
    key = venue.state.keys[0]
    return {"walletAddress": key.l1_address, "privateKey": key.l1_private_key}


def by_stark_key(venue: LocalVenue) -> dict[str, Any]:
    key = venue.state.keys[0]
    account = {"privateKey": key.l2_private_key, "publicKey": key.public_key, "address": key.address}
    return {"options": {"paradexAccount": account}}


@pytest_asyncio.fixture
async def exchange(paradex: LocalVenue) -> AsyncIterator[ccxt.pro.paradex]:
    client = connect(paradex, by_ethereum_key(paradex))
    try:
        yield client
    finally:
        await client.close()


async def settled(exchange: ccxt.pro.paradex, order_id: str, status: str) -> Any:
    """The order once the venue has tried it; NEW is open too in ccxt's words."""
    async with asyncio.timeout(10):
        while (order := await exchange.fetch_order(order_id))["status"] != status or order["info"]["status"] == "NEW":
            pass
    return order


@pytest.mark.parametrize("credentials", [by_ethereum_key, by_stark_key])
async def test_it_trades_with_either_key(paradex: LocalVenue, credentials: Any) -> None:
    client = connect(paradex, credentials(paradex))
    try:
        bought = await client.create_order(ETH, "market", "buy", 0.5)
        assert (await settled(client, bought["id"], "closed"))["filled"] == 0.5
        (position,) = await client.fetch_positions()
        assert (position["contracts"], position["side"]) == (0.5, "long")
        (trade,) = await client.fetch_my_trades(ETH)
        assert (trade["order"], trade["takerOrMaker"], trade["fee"]["currency"]) == (bought["id"], "taker", "USDC")
        assert (await client.fetch_balance())["USDC"]["total"] < 100_000
    finally:
        await client.close()


async def test_it_rests_edits_and_cancels(exchange: ccxt.pro.paradex) -> None:
    params = {"postOnly": True, "clientOrderId": "c1"}
    order = await exchange.create_order(ETH, "limit", "sell", 0.5, 3600, params)
    assert (await settled(exchange, order["id"], "open"))["clientOrderId"] == "c1"
    await exchange.edit_order(order["id"], ETH, "limit", "sell", 0.6, 3610)
    async with asyncio.timeout(10):
        while (await exchange.fetch_order(order["id"]))["price"] != 3610:
            pass
    await exchange.cancel_order(order["id"])
    await settled(exchange, order["id"], "canceled")
    batch = [{"symbol": ETH, "type": "limit", "side": "buy", "amount": 0.1, "price": 3300 + n} for n in range(2)]
    for each in await exchange.create_orders(batch):
        await settled(exchange, each["id"], "open")
    await exchange.cancel_all_orders(ETH)
    async with asyncio.timeout(10):
        while await exchange.fetch_open_orders(ETH):
            pass


async def test_stops_are_taken(exchange: ccxt.pro.paradex) -> None:
    stop = await exchange.create_order(ETH, "limit", "sell", 0.5, 3300, {"triggerPrice": 3310, "reduceOnly": True})
    profit = await exchange.create_order(ETH, "market", "sell", 0.5, None, {"takeProfitPrice": 3900})
    for order in (stop, profit):
        assert (await settled(exchange, order["id"], "open"))["info"]["status"] == "UNTRIGGERED"


async def test_refusals_arrive_as_its_own_errors(exchange: ccxt.pro.paradex) -> None:
    with pytest.raises(ccxt.InvalidOrder, match="ORDER_ID_NOT_FOUND"):
        await exchange.cancel_order("17")
    with pytest.raises(ccxt.ExchangeError, match="margin_type must be CROSS"):
        await exchange.set_margin_mode("isolated", ETH, {"leverage": 5})


PUBLIC = {
    "ticker": lambda x: x.fetch_ticker(ETH),
    "tickers": lambda x: x.fetch_tickers(),
    "order book": lambda x: x.fetch_order_book(ETH, 10),
    "status": lambda x: x.fetch_status(),
    "time": lambda x: x.fetch_time(),
    "open interest": lambda x: x.fetch_open_interest(ETH),
    "leverage": lambda x: x.fetch_leverage(ETH),
    "margin mode": lambda x: x.fetch_margin_mode(ETH),
}


@pytest.mark.parametrize("name", PUBLIC)
async def test_it_reads(exchange: ccxt.pro.paradex, name: str) -> None:
    assert await PUBLIC[name](exchange)


@pytest.mark.parametrize("sbe", [True, False], ids=["sbe", "json"])
async def test_it_watches(paradex: LocalVenue, exchange: ccxt.pro.paradex, sbe: bool) -> None:
    exchange.options["sbe"] = sbe
    async with asyncio.timeout(20):
        book = await exchange.watch_order_book(ETH)
        assert book["bids"][0][0] < book["asks"][0][0]
        assert (await exchange.watch_trades(ETH))[0]["symbol"] == ETH
        assert (await exchange.watch_ticker(ETH))["bid"]
        orders = asyncio.create_task(exchange.watch_orders())
        while not any("orders.ALL" in connection.channels for connection in paradex.app.connections):
            await exchange.fetch_time()
        bought = await exchange.create_order(ETH, "market", "buy", 0.1)
        assert (await orders)[-1]["id"] == bought["id"]
