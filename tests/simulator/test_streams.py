"""The subscriptions socket and public streams (Nado reference 4): deflate, control messages, depth chain, candles."""

from __future__ import annotations

import asyncio
import json

import aiohttp
import pytest
from nado_client import DEFAULT, IOC, POST_ONLY, NadoTestClient, receive_until

from hedgewire.simulator.fixed import x18
from hedgewire.simulator.server import LocalVenue

ETH = 4


async def test_an_upgrade_without_deflate_is_refused_with_2080(client: NadoTestClient) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await client.session.ws_connect(client.endpoints["subscriptions_ws"], compress=0)
    assert refused.value.status == 400
    url = client.endpoints["subscriptions_ws"].replace("ws://", "http://")
    headers = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
    }
    async with client.session.get(url, headers=headers) as response:
        assert (await response.json())["error_code"] == 2080


async def test_deflate_is_negotiated_and_used(venue: LocalVenue) -> None:
    """Read the raw bytes: the answer accepts the extension and event frames carry RSV1."""
    reader, writer = await asyncio.open_connection("127.0.0.1", venue.port)
    writer.write(
        b"GET /v1/subscribe HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
        b"Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
    )
    head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)).lower()
    assert b"sec-websocket-extensions: permessage-deflate" in head
    payload = b'{"method":"time","id":1}'
    writer.write(bytes([0x81, 0x80 | len(payload), 0, 0, 0, 0]) + payload)
    first = await asyncio.wait_for(reader.readexactly(1), 5)
    assert first[0] & 0x40
    writer.close()


@pytest.mark.proves("R003-071", "R003-036", "R003-038")
async def test_control_messages(client: NadoTestClient) -> None:
    async with client.stream({"type": "trade", "product_id": ETH}, {"type": "all_bbo"}) as socket:
        await socket.send_json({"method": "list", "id": 3})
        listed = await socket.receive_json(timeout=5)
        assert listed == {"result": [{"type": "trade", "product_id": ETH}, {"type": "all_bbo"}], "id": 3}
        await socket.send_json({"method": "ping", "id": 4, "client_time": "9"})
        pong = await socket.receive_json(timeout=5)
        assert pong["result"]["client_time"] == "9"
        await socket.send_json({"method": "unsubscribe", "id": 5, "stream": {"type": "trade", "product_id": ETH}})
        assert (await socket.receive_json(timeout=5)) == {"result": None, "id": 5}
        await socket.send_json({"method": "list", "id": 6})
        assert (await socket.receive_json(timeout=5))["result"] == [{"type": "all_bbo"}]


@pytest.mark.parametrize(
    "stream",
    [
        {"type": "nonsense"},
        {"type": "book_depth"},
        {"type": "book_depth", "product_id": 99},
        {"type": "funding_payment", "product_id": ETH, "subaccount": "0x00"},
        {"type": "latest_candlestick", "product_id": ETH, "granularity": 61},
        {"type": "fill", "subaccount": "0x12"},
    ],
)
async def test_bad_subscriptions_get_an_error_with_their_id(client: NadoTestClient, stream: object) -> None:
    async with client.stream() as socket:
        await socket.send_json({"method": "subscribe", "id": 77, "stream": stream})
        reply = await socket.receive_json(timeout=5)
        assert reply["id"] == 77
        assert "error" in reply


async def test_malformed_frames_are_answered_and_counted(client: NadoTestClient) -> None:
    async with client.stream() as socket:
        for text in ("not json", "[]", '"x"', "[" * 5000):
            await socket.send_str(text)
            assert "error" in await socket.receive_json(timeout=5)
    log = await (await client.session.get(client.endpoints["control"] + "/log")).json()
    assert log["malformed"]["subscriptions_socket"] == 4


@pytest.mark.proves("R003-035")
async def test_order_updates_need_the_wallets_own_signature(client: NadoTestClient, other: NadoTestClient) -> None:
    stream = {"type": "order_update", "subaccount": client.sender}
    async with other.stream() as socket:
        await socket.send_json({"method": "subscribe", "id": 3, "stream": stream})
        assert (await socket.receive_json(timeout=5))["error_code"] == 2028
        tx = {"sender": client.sender, "expiration": str(client.venue.clock.now_ms() + 1000)}
        forged = {"tx": tx, "signature": other.signed("StreamAuthentication", tx)["signature"]}
        await socket.send_json({"method": "authenticate", "id": 4, **forged})
        assert (await socket.receive_json(timeout=5))["error_code"] == 2028


@pytest.mark.proves("R003-071")
async def test_depth_batches_chain_and_rebuild_the_book(venue: LocalVenue, client: NadoTestClient) -> None:
    book = (await client.query("market_liquidity", product_id=ETH, depth=100))["data"]
    sides = {"bids": dict(map(tuple, book["bids"])), "asks": dict(map(tuple, book["asks"]))}
    last_max = None
    async with client.stream({"type": "book_depth", "product_id": ETH}) as socket:
        for _ in range(40):
            venue.clock.step_ms(100)
        end = (await client.query("market_liquidity", product_id=ETH, depth=100))["data"]
        while True:
            try:
                event = await socket.receive_json(timeout=0.5)
            except TimeoutError:
                break
            assert int(event["min_timestamp"]) <= int(event["max_timestamp"])
            assert last_max in (None, event["last_max_timestamp"])
            last_max = event["max_timestamp"]
            if int(event["max_timestamp"]) <= int(book["timestamp"]):
                continue
            for side in ("bids", "asks"):
                for price, size in event[side]:
                    if size == "0":
                        sides[side].pop(price, None)
                    else:
                        sides[side][price] = size
    assert last_max is not None
    assert sides == {"bids": dict(map(tuple, end["bids"])), "asks": dict(map(tuple, end["asks"]))}


async def test_candles_follow_trades_and_reach_the_archive(venue: LocalVenue, client: NadoTestClient) -> None:
    stream = {"type": "latest_candlestick", "product_id": ETH, "granularity": 60}
    async with client.stream(stream) as socket:
        await client.place(ETH, "3550", "0.5", IOC)
        candle = (await receive_until(socket, type="latest_candlestick"))[-1]
    assert candle["volume"] == str(x18("0.5"))
    assert int(candle["timestamp"]) == venue.clock.now_s() // 60 * 60
    bars = (await client.archive("candlesticks", product_id=ETH, granularity=60, limit=5))["candlesticks"]
    assert bars[0]["close_x18"] == candle["close_x18"]


async def test_periodic_streams(venue: LocalVenue, client: NadoTestClient) -> None:
    async with client.stream({"type": "funding_rate", "product_id": None}, {"type": "all_bbo"}) as socket:
        venue.clock.step_ms(20_000)
        seen = await receive_until(socket, type="funding_rate", product_id=8)
    assert {m["product_id"] for m in seen if m["type"] == "funding_rate"} == {2, 4, 8}
    assert set(next(m for m in seen if m["type"] == "all_bbo")["bbos"]) == {"2", "4", "8"}


async def test_background_flow_fills_a_resting_order_within_seconds(venue: LocalVenue, client: NadoTestClient) -> None:
    for product_id in (ETH, 8):
        for side in (1, -1):
            price = (await client.query("market_price", product_id=product_id))["data"]
            at = price["bid_x18"] if side == 1 else price["ask_x18"]
            text = f"{int(at) / 10**18:.2f}"
            before = await client.position(product_id)
            placed = await client.place(product_id, text, "1" if side == 1 else "-1", POST_ONLY)
            assert placed["status"] == "success"
            for _ in range(60):
                venue.clock.step_ms(100)
                if await client.position(product_id) != before:
                    break
            assert await client.position(product_id) != before
            tx = {"sender": client.sender, "productIds": [], "nonce": str(client.nonce())}
            await client.execute("cancel_product_orders", client.signed("CancellationProducts", tx))


async def test_actions_sockets_answer_in_order_and_by_id(client: NadoTestClient) -> None:
    async with client.session.ws_connect(client.endpoints["actions_ws"]) as socket:
        await socket.send_json({"type": "contracts"})
        await socket.send_json({"place_order": client.order(ETH, "3400", "1", DEFAULT, id=1)})
        await socket.send_json({"type": "status"})
        kinds = [(await socket.receive_json(timeout=5))["request_type"] for _ in range(3)]
        assert kinds == ["query_contracts", "execute_place_order", "query_status"]
    async with client.session.ws_connect(client.endpoints["actions_ws_v2"]) as socket:
        for number in (5, 6):
            await socket.send_json({"place_order": client.order(ETH, "3400", "1", DEFAULT, id=number)})
        assert {(await socket.receive_json(timeout=5))["id"] for _ in range(2)} == {5, 6}
        await socket.send_str("{")
        assert json.loads((await socket.receive(timeout=5)).data)["status"] == "failure"


async def test_v2_lets_a_maker_overtake_a_taker_in_its_speed_bump() -> None:
    async with LocalVenue("nado", seed=7) as venue, aiohttp.ClientSession() as session:
        client = NadoTestClient(venue, session)
        for endpoint, expected in (("actions_ws_v2", [2, 1]), ("actions_ws", [1, 2])):
            async with session.ws_connect(client.endpoints[endpoint]) as socket:
                await socket.send_json({"place_order": client.order(ETH, "3550", "0.1", IOC, id=1)})
                await socket.send_json({"place_order": client.order(ETH, "3400", "0.1", POST_ONLY, id=2)})
                assert [(await socket.receive_json(timeout=5))["id"] for _ in range(2)] == expected
