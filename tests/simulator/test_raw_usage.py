"""Ways to talk HTTP and WebSocket that clients in the field use and our own does not."""

from __future__ import annotations

import asyncio
import gzip
import json
import zlib
from typing import Any

import aiohttp
import pytest
from nado_client import DEFAULT, POST_ONLY, Json, NadoTestClient, receive_until

from hedgewire.simulator.server import LocalVenue

ETH = 4
BATCH = 50


async def post_raw(client: NadoTestClient, path: str, data: bytes, **headers: str) -> Json:
    async with client.session.post(client.endpoints["gateway_v1"] + path, data=data, headers=headers) as response:
        assert response.status == 200
        return await response.json(content_type=None)  # type: ignore[no-any-return]


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
async def test_compressed_requests(client: NadoTestClient, encoding: str) -> None:
    compress = gzip.compress if encoding == "gzip" else zlib.compress
    body = compress(json.dumps({"place_order": client.order(ETH, "3400", "1", POST_ONLY)}).encode())
    headers = {"Content-Encoding": encoding, "Content-Type": "application/json"}
    assert (await post_raw(client, "/execute", body, **headers))["status"] == "success"


@pytest.mark.parametrize("content_type", ["text/plain", "application/octet-stream", "application/json; charset=utf-8"])
async def test_the_content_type_does_not_matter(client: NadoTestClient, content_type: str) -> None:
    reply = await post_raw(client, "/query", b'{"type":"status"}', **{"Content-Type": content_type})
    assert reply["data"] == "active"


@pytest.mark.parametrize("accepted", ["gzip", "deflate", "identity"])
async def test_large_replies_come_compressed_when_the_client_accepts_it(client: NadoTestClient, accepted: str) -> None:
    url, headers = client.endpoints["gateway_v1"] + "/query?type=all_products", {"Accept-Encoding": accepted}
    async with client.session.get(url, headers=headers) as response:
        assert response.headers.get("Content-Encoding", "identity") == accepted
        assert (await response.json())["status"] == "success"


async def test_one_connection_carries_many_requests(client: NadoTestClient) -> None:
    port = client.venue.port
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    request = b"GET /v1/query?type=status HTTP/1.1\r\nHost: venue\r\n\r\n"
    writer.write(request * 5)
    answers = b""
    while answers.count(b'"active"') < 5:
        answers += await asyncio.wait_for(reader.read(65536), 5)
    writer.close()
    assert answers.count(b"HTTP/1.1 200 OK") == 5


async def test_hexadecimal_is_accepted_in_any_case_and_answered_in_lower(client: NadoTestClient) -> None:
    body = client.order(ETH, "3400", "1", DEFAULT)
    body["order"]["sender"] = "0x" + body["order"]["sender"][2:].upper()
    body["signature"] = "0x" + body["signature"][2:].upper()
    digest = (await client.execute("place_order", body))["data"]["digest"]
    assert digest == digest.lower()
    upper = "0x" + digest[2:].upper()
    assert (await client.query("order", product_id=ETH, digest=upper))["data"]["digest"] == digest
    cancel = client.cancellation([ETH], [upper])
    assert (await client.execute("cancel_orders", cancel))["data"]["cancelled_orders"][0]["digest"] == digest


async def test_integers_may_be_numbers_or_text(client: NadoTestClient) -> None:
    body = client.order(ETH, "3400", "1", DEFAULT)
    body["order"] |= {key: int(body["order"][key]) for key in ("nonce", "expiration", "appendix")}
    body["product_id"] = str(ETH)
    assert (await client.execute("place_order", body))["status"] == "success"
    assert (await client.query("market_price", product_id="4"))["data"]["product_id"] == ETH


async def test_batches_up_to_fifty_and_no_further(client: NadoTestClient) -> None:
    await client.control("limits", {"enabled": False})
    orders = [client.order(ETH, "3400", "1", POST_ONLY) for _ in range(BATCH)]
    placed = (await client.execute("place_orders", {"orders": orders}))["data"]
    digests = [item["digest"] for item in placed]
    assert len(set(digests)) == BATCH
    cancelled = await client.execute("cancel_orders", client.cancellation([ETH] * BATCH, digests))
    assert len(cancelled["data"]["cancelled_orders"]) == BATCH
    orders = [client.order(ETH, "3400", "1", POST_ONLY) for _ in range(BATCH + 1)]
    assert (await client.execute("place_orders", {"orders": orders}))["error_code"] == 2072


async def test_a_ping_that_is_no_json_is_answered_and_the_socket_lives(client: NadoTestClient) -> None:
    async with client.stream() as socket:
        for text in ("ping", "", "[1]", '{"method":', "\x00"):
            await socket.send_str(text)
            assert "error" in await socket.receive_json(timeout=5)
        await socket.send_json({"method": "ping", "id": 9, "client_time": "5"})
        assert (await socket.receive_json(timeout=5))["result"]["client_time"] == "5"


@pytest.mark.proves("R003-038")
async def test_ping_frames_are_answered_with_their_payload(client: NadoTestClient) -> None:
    for name in ("actions_ws", "actions_ws_v2", "subscriptions_ws"):
        async with client.session.ws_connect(client.endpoints[name], compress=15, autoping=False) as socket:
            await socket.ping(b"hedge")
            answer = await socket.receive(timeout=5)
            assert (answer.type, answer.data) == (aiohttp.WSMsgType.PONG, b"hedge")


async def test_many_subscriptions_in_flight_are_confirmed_in_order(client: NadoTestClient) -> None:
    streams: list[dict[str, Any]] = [
        {"type": kind, "product_id": product_id}
        for product_id in (2, 4, 8)
        for kind in ("trade", "best_bid_offer", "book_depth", "funding_rate")
    ]
    async with client.stream() as socket:
        for number, stream in enumerate(streams, start=100):
            await socket.send_json({"method": "subscribe", "id": number, "stream": stream})
        seen = await receive_until(socket, id=99 + len(streams))
        assert [message["id"] for message in seen] == list(range(100, 100 + len(streams)))
        await socket.send_json({"method": "list", "id": 7})
        assert (await receive_until(socket, id=7))[-1]["result"] == streams


async def test_binary_frames_are_read_like_text(client: NadoTestClient) -> None:
    async with client.session.ws_connect(client.endpoints["actions_ws"]) as socket:
        await socket.send_bytes(b'{"type":"status"}')
        assert (await socket.receive_json(timeout=5))["data"] == "active"


async def test_an_order_may_name_a_builder_who_takes_his_part(client: NadoTestClient) -> None:
    builder = (4500 << 48) | (10 << 38)
    assert (await client.place(ETH, "3550", "1", 513 | builder))["status"] == "success"
    plain = (await client.place(ETH, "3550", "1", 513))["data"]["digest"]
    matches = (await client.archive("matches", subaccounts=[client.sender]))["matches"]
    quote = {m["digest"] == plain: abs(int(m["quote_filled"]) + int(m["fee"])) for m in matches}
    fees = {m["digest"] == plain: int(m["fee"]) for m in matches}
    parts = {m["digest"] == plain: int(m["builder_fee"]) for m in matches}
    assert parts == {True: 0, False: quote[False] // 10_000}
    assert quote[True] == quote[False]
    assert fees[False] - fees[True] == parts[False]
    assert (await client.place(ETH, "3550", "1", 513 | 10 << 38))["error_code"] == 2038


@pytest.mark.parametrize(
    ("endpoint", "path"),
    [
        ("archive_v2", "/symbols?product_type=option"),
        ("archive_v2", "/symbols?product_ids=x"),
        ("archive_v2", "/trades?ticker_id=ETH-PERP_USDT0&limit=-1"),
        ("gateway_v1", "/symbols?product_ids=x"),
        ("gateway_v2", "/orderbook?ticker_id=ETH-PERP_USDT0&depth=x"),
        ("gateway_v1", "/query?type=market_price&product_id=x"),
    ],
)
async def test_bad_parameters_of_get_routes_are_answered(client: NadoTestClient, endpoint: str, path: str) -> None:
    async with client.session.get(client.endpoints[endpoint] + path) as response:
        assert response.status < 500
        assert "error" in await response.json()


@pytest.mark.parametrize("limit", [-1000, 10**9, "x", None])
async def test_the_limit_of_a_page_cannot_earn_budget(client: NadoTestClient, limit: object) -> None:
    url, spent = client.endpoints["archive_v1"], []
    for _ in range(250):
        async with client.session.post(url, json={"matches": {"limit": limit}}) as response:
            spent.append(response.status)
    assert 429 in spent


@pytest.mark.proves("R003-003")
async def test_the_same_seed_and_steps_send_the_same_bytes() -> None:
    first, again, other = [await frames_of(seed) for seed in (11, 11, 12)]
    assert len(first) > 100
    assert first == again
    assert first != other


async def frames_of(seed: int) -> list[str]:
    """Every frame of a scripted session: all streams, orders between steps of a paused clock."""
    async with (
        LocalVenue("nado", seed=seed, paused=True, start_ns=1_760_000_000 * 10**9) as venue,
        aiohttp.ClientSession() as session,
    ):
        client = NadoTestClient(venue, session)
        public: list[Json] = [
            {"type": kind, "product_id": product_id}
            for product_id in (2, 4, 8)
            for kind in ("trade", "best_bid_offer", "book_depth", "funding_rate", "funding_payment")
        ]
        candles: list[Json] = [
            {"type": "latest_candlestick", "product_id": ETH, "granularity": 60},
            {"type": "all_bbo"},
        ]
        frames: list[str] = []
        async with client.stream(*public, *candles, *client.private_streams()) as socket:
            for step in range(8):
                await client.place(ETH, "3600" if step % 2 else "3300", "1" if step % 2 else "-1", 513)
                await client.place(8, "140", "5", POST_ONLY)
                venue.clock.step_ms(1700)
            venue.clock.step_ms(3_600_000)
            await socket.send_json({"method": "list", "id": 99})
            while '"id":99}' not in (text := await socket.receive_str(timeout=10)):
                frames.append(text)
        return frames
