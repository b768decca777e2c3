"""A small independent client for tests: signs with the simulator's Stark code, whose vectors are tested apart."""

from __future__ import annotations

import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import aiohttp

from hedgewire.simulator.server import LocalVenue
from hedgewire.simulator.wire.paradex.stark_curve import sign
from hedgewire.simulator.wire.paradex.typed_data import message_hash

Json = dict[str, Any]
ETH, SOL = "ETH-USD-PERP", "SOL-USD-PERP"


def quantums(text: str) -> int:
    return int(Decimal(text).scaleb(8))


class ParadexTestClient:
    """Talks REST and WebSocket to one local venue as one funded account."""

    def __init__(self, venue: LocalVenue, session: aiohttp.ClientSession, account: int = 0) -> None:
        self.venue = venue
        self.session = session
        key = venue.descriptor["accounts"][account]  # type: ignore[index]
        self.l2_key = int(key["l2_private_key"], 16)
        self.address = str(key["address"])
        self.public_key = venue.state.keys[account].public_key  # type: ignore[attr-defined]
        self.endpoints: dict[str, str] = venue.descriptor["endpoints"]  # type: ignore[assignment]
        self.token = ""
        self.headers: dict[str, str] = {}
        self._ids = itertools.count(1)

    @classmethod
    @asynccontextmanager
    async def session_of(cls, venue: LocalVenue) -> AsyncIterator[ParadexTestClient]:
        async with aiohttp.ClientSession() as session:
            yield cls(venue, session)

    # --- signing -------------------------------------------------------------------------------------------------

    def signature(self, struct: str, values: list[int | str], *, key: int | None = None) -> str:
        chain_id = self.venue.state.chain_id  # type: ignore[attr-defined]
        hashed = message_hash(struct, values, chain_id=chain_id, account=int(self.address, 16))
        return json.dumps([str(part) for part in sign(hashed, key or self.l2_key)], separators=(",", ":"))

    def auth_headers(self, *, key: int | None = None, ahead_s: int = 0) -> dict[str, str]:
        now_s = self.venue.clock.now_ms() // 1000 + ahead_s
        values: list[int | str] = ["POST", "/v1/auth", "", now_s, now_s + 600]
        return {
            "PARADEX-STARKNET-ACCOUNT": self.address,
            "PARADEX-STARKNET-SIGNATURE": self.signature("Request", values, key=key),
            "PARADEX-TIMESTAMP": str(now_s),
            "PARADEX-SIGNATURE-EXPIRATION": str(now_s + 600),
        }

    def order(self, market: str, side: str, size: str, price: str = "0", **extra: object) -> Json:
        order_type = str(extra.pop("type", "MARKET" if price == "0" else "LIMIT"))
        at_ms = int(str(extra.pop("at_ms", None) or self.venue.clock.now_ms()))
        values: list[int | str] = [
            at_ms,
            market,
            1 if side == "BUY" else 2,
            order_type,
            quantums(size),
            0 if order_type.endswith("MARKET") else quantums(price),
        ]
        order_id = str(extra.get("id", ""))
        struct = "ModifyOrder" if order_id else "Order"
        signature = self.signature(struct, [*values, int(order_id)] if order_id else values)
        body: Json = {"market": market, "side": side, "type": order_type, "size": size, "instruction": "GTC"}
        body |= {"signature": signature, "signature_timestamp": at_ms}
        if not order_type.endswith("MARKET"):
            body["price"] = price
        return body | extra

    # --- requests ------------------------------------------------------------------------------------------------

    async def login(self, *, query: str = "") -> str:
        status, body = await self.request("POST", f"/auth/{self.public_key}{query}", headers=self.auth_headers())
        assert status == 200, body
        self.token = body["jwt_token"]
        return self.token

    async def request(
        self, method: str, path: str, body: object = None, *, headers: dict[str, str] | None = None
    ) -> tuple[int, Any]:
        given = {"Authorization": f"Bearer {self.token}"} if self.token and headers is None else headers or {}
        url = self.endpoints["rest"] + path
        async with self.session.request(method, url, json=body, headers=given) as response:
            self.headers = {name.lower(): value for name, value in response.headers.items()}
            text = await response.text()
            return response.status, json.loads(text) if text.startswith(("{", "[")) else text

    async def get(self, path: str) -> Any:
        status, body = await self.request("GET", path)
        assert status == 200, body
        return body

    async def place(self, market: str, side: str, size: str, price: str = "0", **extra: object) -> Json:
        status, body = await self.request("POST", "/orders", self.order(market, side, size, price, **extra))
        assert status == 201, body
        assert body["status"] == "NEW"
        return body  # type: ignore[no-any-return]

    async def placed(self, market: str, side: str, size: str, price: str = "0", **extra: object) -> Json:
        """The order after the venue has tried it."""
        order = await self.place(market, side, size, price, **extra)
        return await self.get(f"/orders/{order['id']}")  # type: ignore[no-any-return]

    async def size(self, market: str) -> str:
        rows = (await self.get("/positions"))["results"]
        return next((str(row["size"]) for row in rows if row["market"] == market), "0")

    async def control(self, path: str, body: Json) -> Json:
        async with self.session.post(f"{self.endpoints['control']}/{path}", json=body) as response:
            return await response.json()  # type: ignore[no-any-return]

    # --- socket --------------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def socket(self, *channels: str, query: str = "") -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
        """An authenticated socket with these channels confirmed."""
        async with self.session.ws_connect(self.endpoints["ws"] + query, compress=15) as socket:
            answer = await self.call(socket, "auth", {"bearer": self.token or await self.login()})
            assert "node_id" in answer["result"]
            for channel in channels:
                assert (await self.call(socket, "subscribe", {"channel": channel}))["result"] == {"channel": channel}
            yield socket

    async def call(self, socket: aiohttp.ClientWebSocketResponse, method: str, params: object) -> Json:
        """Send one request and read on to its answer."""
        request_id = next(self._ids)
        await socket.send_json({"jsonrpc": "2.0", "id": request_id, "method": method, "params": params})
        while True:
            message = await socket.receive(timeout=10)
            if socket.closed or message.type is aiohttp.WSMsgType.ERROR:
                raise ConnectionError(f"{method} had no answer: {message}")
            if message.type is aiohttp.WSMsgType.TEXT:
                answer: Json = json.loads(message.data)
                if answer.get("id") == request_id:
                    return answer

    async def next_push(self, socket: aiohttp.ClientWebSocketResponse, channel: str) -> Json:
        """The payload of the next push on a channel, in JSON."""
        while True:
            message = await socket.receive_json(timeout=10)
            if message.get("params", {}).get("channel") == channel:
                return message["params"]["data"]  # type: ignore[no-any-return]
