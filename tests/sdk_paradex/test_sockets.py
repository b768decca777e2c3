"""The unmodified SDK's socket client in JSON and in binary mode: channels, orders, cancel on disconnect."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from conftest import ETH, SOL, connect, order
from paradex_py import Paradex
from paradex_py.api.ws_client import ParadexWebsocketChannel as Channel
from paradex_py.api.ws_client import WsRpcError
from test_trading import closed

CHANNELS: dict[Channel, dict[str, str]] = {
    Channel.ORDERS: {"market": "ALL"},
    Channel.FILLS: {"market": "ALL"},
    Channel.POSITIONS: {},
    Channel.ACCOUNT: {},
    Channel.BBO: {"market": ETH},
    Channel.TRADES: {"market": "ALL"},
    Channel.ORDER_BOOK: {"market": ETH},
    Channel.MARKETS_SUMMARY: {"market": "ALL"},
    Channel.FUNDING_DATA: {"market": "ALL"},
    Channel.BALANCE_EVENTS: {},
}


Data = dict[str, Any]


class Heard:
    """What came on each channel, and a way to wait for it."""

    def __init__(self) -> None:
        self.events: dict[Channel, list[dict[str, Any]]] = {channel: [] for channel in CHANNELS}
        self._more = asyncio.Condition()

    async def take(self, channel: Channel, message: dict[str, Any]) -> None:
        async with self._more:
            self.events[channel].append(message["params"]["data"])
            self._more.notify_all()

    async def first(
        self, channel: Channel, good: Callable[[dict[str, Any]], bool] = lambda data: True
    ) -> dict[str, Any]:
        async with asyncio.timeout(15), self._more:
            while True:
                for data in self.events[channel]:
                    if good(data):
                        return data
                await self._more.wait()


@asynccontextmanager
async def listening(venue: dict[str, Any], *, sbe: bool) -> AsyncIterator[tuple[Paradex, Heard]]:
    client, heard = connect(venue, 1, ws_sbe_enabled=sbe), Heard()
    assert await client.ws_client.connect()
    for channel, params in CHANNELS.items():
        await client.ws_client.subscribe(channel, heard.take, dict(params))
    yield client, heard
    await client.ws_client.close()


@pytest.mark.parametrize("sbe", [False, True], ids=["json", "sbe"])
async def test_it_trades_and_hears_of_it(venue: dict[str, Any], sbe: bool) -> None:
    order_id, remaining = ("order_id", "size_open") if sbe else ("id", "remaining_size")
    async with listening(venue, sbe=sbe) as (client, heard):
        answer = await client.ws_client.submit_order(order(ETH, "BUY", "0.5", client_id="m"))
        bought = answer["order"]["id"]
        done = await heard.first(Channel.ORDERS, lambda data: data[order_id] == bought and data["status"] == "CLOSED")
        fill = await heard.first(Channel.FILLS, lambda data: data["order_id"] == bought)
        assert (float(done[remaining]), float(fill["size"]), fill["liquidity"]) == (0.0, 0.5, "TAKER")
        position = await heard.first(Channel.POSITIONS, lambda data: data["market"] == ETH and data["status"] == "OPEN")
        assert (float(position["size"]), position["side"]) == (0.5, "LONG")
        answer = await client.ws_client.submit_order(order(ETH, "SELL", "0.5", reduce_only=True))
        flat = await heard.first(Channel.POSITIONS, lambda data: data["market"] == ETH and data["status"] == "CLOSED")
        assert float(flat["size"]) == 0
        for channel in CHANNELS:
            assert await heard.first(channel)
        book, quote = await heard.first(Channel.ORDER_BOOK), await heard.first(Channel.BBO)
        if sbe:
            assert (book["pkg_type"], len(book["bids"]), len(book["asks"])) == ("SNAPSHOT", 15, 15)
            assert float(quote["bid_price"]) < float(quote["ask_price"])
            assert len((await heard.first(Channel.TRADES))["trade_id_str"]) == 28
        else:
            assert (book["update_type"], len(book["inserts"])) == ("s", 30)
            assert float(quote["bid"]) < float(quote["ask"])


@pytest.mark.parametrize("sbe", [False, True], ids=["json", "sbe"])
async def test_orders_over_the_socket_are_changed_and_cancelled(venue: dict[str, Any], sbe: bool) -> None:
    order_id = "order_id" if sbe else "id"
    async with listening(venue, sbe=sbe) as (client, heard):
        ws = client.ws_client
        placed = await ws.submit_orders_batch(
            [order(SOL, "BUY", "1", str(140 + n), client_id=f"w{n}") for n in range(4)]
        )
        ids = [row["order"]["id"] for row in placed["results"]]
        for each in ids:
            await heard.first(
                Channel.ORDERS, lambda data, each=each: data[order_id] == each and data["status"] == "OPEN"
            )
        await ws.modify_order(ids[0], order(SOL, "BUY", "2", "141", order_id=ids[0]))
        changed = await heard.first(Channel.ORDERS, lambda data: data[order_id] == ids[0] and float(data["size"]) == 2)
        assert changed["request_info"]["status"] == "SUCCESS"
        assert (await ws.cancel_order(ids[0]))["status"] == "QUEUED_FOR_CANCELLATION"
        assert (await ws.cancel_order_by_client_id("w1", SOL))["order_id"] == ids[1]
        answer = await ws.cancel_orders_batch([ids[2], "17"])
        assert [row["status"] for row in answer["results"]] == ["QUEUED_FOR_CANCELLATION", "NOT_FOUND"]
        assert await ws.cancel_all_orders(SOL) == {"status": "ok"}
        for each in ids:
            gone = await heard.first(
                Channel.ORDERS, lambda d, each=each: d[order_id] == each and d["status"] == "CLOSED"
            )
            assert gone["cancel_reason"] == "USER_CANCELED"
        with pytest.raises(WsRpcError, match="ORDER_IS_CLOSED"):
            await ws.cancel_order(ids[0])


async def test_cancel_on_disconnect(venue: dict[str, Any]) -> None:
    client = connect(venue, 1, disable_reconnect=True)
    assert await client.ws_client.connect()
    assert await client.ws_client.cancel_on_disconnect(True) == {"enabled": True}
    answer = await client.ws_client.submit_order(order(SOL, "BUY", "1", "140"))
    socket = client.ws_client.ws
    socket.transport.abort()
    await socket.wait_closed()
    assert closed(client, answer["order"]["id"])["cancel_reason"] == "USER_CANCELED"
