"""Frames that make no sense, pushed between real ones: counted and reported, never fatal, never a zero."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import WSMsgType, web
from harness import ETH, Harness

from hedgewire.nautilus.rows import RowKind, SocketState, Stream
from hedgewire.simulator.server import LocalVenue

BBO = {
    "type": "best_bid_offer",
    "timestamp": "1760000080000000000",
    "product_id": ETH,
    "bid_price": "2821900000000000000000",
    "bid_qty": "5000000000000000000",
    "ask_price": "2822000000000000000000",
    "ask_qty": "250000000000000000",
}
MAX_MESSAGE_BYTES = 1024 * 1024

MALFORMED = {
    "no-json": "<html>bad gateway</html>",
    "truncated": json.dumps(BBO)[:-20],
    "empty": "",
    "no-object": "[1, 2, 3]",
    "price-is-null": json.dumps(BBO | {"bid_price": None}),
    "price-is-a-word": json.dumps(BBO | {"bid_price": "a lot"}),
    "price-of-100-digits": json.dumps(BBO | {"bid_price": "9" * 100}),
    "price-as-float": json.dumps(BBO | {"bid_price": 1e300}),
    "price-negative": json.dumps(BBO | {"bid_price": "-2821900000000000000000"}),
    "time-beyond-64-bits": json.dumps(BBO | {"timestamp": "9" * 30}),
    "product-beyond-32-bits": json.dumps(BBO | {"product_id": 2**40}),
    "field-missing": json.dumps({name: value for name, value in BBO.items() if name != "ask_price"}),
    "deeply-nested": "[" * 100_000,
}
UNKNOWN = {"type-unheard-of": json.dumps({"type": "quantum_foam", "timestamp": "1"}), "no-type": '{"hello": "world"}'}


class Meddler:
    """A proxy of the subscriptions socket that can say something of its own."""

    def __init__(self, upstream: str) -> None:
        self._upstream = upstream
        self._client: web.WebSocketResponse | None = None
        self.url = ""

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        client = web.WebSocketResponse(compress=True, max_msg_size=0)
        await client.prepare(request)
        self._client = client
        async with aiohttp.ClientSession() as session, session.ws_connect(self._upstream, compress=15) as venue:

            async def down() -> None:
                async for message in venue:
                    if message.type is WSMsgType.TEXT:
                        await client.send_str(message.data)

            pump = asyncio.create_task(down())
            async for message in client:
                if message.type is WSMsgType.TEXT:
                    await venue.send_str(message.data)
            pump.cancel()
        return client

    async def say(self, frame: str | bytes) -> None:
        assert self._client is not None
        await (self._client.send_str(frame) if isinstance(frame, str) else self._client.send_bytes(frame))


@pytest_asyncio.fixture
async def meddler(venue: LocalVenue) -> AsyncIterator[Meddler]:
    made = Meddler(venue.descriptor["endpoints"]["subscriptions_ws"])  # type: ignore[index]
    app = web.Application()
    app.router.add_get("/", made.serve)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"ws://127.0.0.1:{runner.addresses[0][1]}/"
    yield made
    await runner.cleanup()


@pytest_asyncio.fixture
async def quoted(venue: LocalVenue, meddler: Meddler) -> AsyncIterator[Harness]:
    """Connected through the meddler, with quotes coming in."""
    async with aiohttp.ClientSession() as session:
        harness = Harness(venue, session, subscriptions_ws=meddler.url)
        try:
            reply = await harness.connect()
            assert reply[2] == 0, reply
            harness.client.subscribe(Stream.QUOTES, ETH)
            await harness.wait(lambda row: row[0] == RowKind.QUOTE)
            yield harness
        finally:
            await harness.close()


async def next_quote(harness: Harness) -> None:
    """One that the venue sends from now on, and none without a price before it."""
    start = len(harness.rows)
    await harness.wait(lambda row: row[0] == RowKind.QUOTE, start=start)
    assert all(row[2] > 0 and row[4] > 0 for row in harness.of_kind(RowKind.QUOTE)), harness.of_kind(RowKind.QUOTE)
    assert harness.health()["status"]["websocket"] == "connected"


@pytest.mark.parametrize("frame", MALFORMED.values(), ids=MALFORMED)
@pytest.mark.proves("R003-1.1.6")
async def test_a_malformed_frame_is_counted_and_said(quoted: Harness, meddler: Meddler, frame: str) -> None:
    start = len(quoted.rows)
    await meddler.say(frame)
    notice = await quoted.wait(lambda row: row[0] == RowKind.NOTICE, start=start)
    assert notice[2].startswith(f"malformed frame of {len(frame)} bytes"), notice
    assert quoted.health()["counters"]["malformed"] == 1
    await next_quote(quoted)


@pytest.mark.proves("R000-63")
@pytest.mark.parametrize("frame", UNKNOWN.values(), ids=UNKNOWN)
async def test_an_unknown_message_is_counted(quoted: Harness, meddler: Meddler, frame: str) -> None:
    start = len(quoted.rows)
    await meddler.say(frame)
    await quoted.wait(lambda row: row[0] == RowKind.NOTICE, start=start)
    counters = quoted.health()["counters"]
    assert (counters["unknown"], counters["malformed"]) == (1, 0)
    await next_quote(quoted)


async def test_a_frame_beyond_the_limit_costs_the_socket_and_nothing_else(quoted: Harness, meddler: Meddler) -> None:
    start = len(quoted.rows)
    await meddler.say("7" * (MAX_MESSAGE_BYTES + 1))
    await quoted.wait(lambda row: row[0] == RowKind.SOCKET and row[2] == SocketState.RECONNECTING, start=start)
    await quoted.wait(lambda row: row[0] == RowKind.SOCKET and row[2] == SocketState.AUTHENTICATED, start=start)
    await next_quote(quoted)
