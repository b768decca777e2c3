"""A small independent client for tests: signs with the simulator's EIP-712 code, whose vectors are tested apart."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from coincurve import PrivateKey

from hedgewire.simulator.fixed import x18
from hedgewire.simulator.server import LocalVenue
from hedgewire.simulator.wire.nado.eip712 import digest_of, order_contract

POST_ONLY, FOK, IOC, DEFAULT = 1537, 1025, 513, 1
Json = dict[str, Any]


def sign(private_key: str, digest: bytes) -> str:
    raw = PrivateKey(bytes.fromhex(private_key[2:])).sign_recoverable(digest, hasher=None)
    return "0x" + raw[:64].hex() + bytes([raw[64] + 27]).hex()


class NadoTestClient:
    """Talks REST and WebSocket to one local venue as one funded account."""

    def __init__(self, venue: LocalVenue, session: aiohttp.ClientSession, account: int = 0) -> None:
        self.venue = venue
        self.session = session
        self.key = venue.state.keys[account].private_key
        self.sender = str(venue.descriptor["accounts"][account]["subaccount"])  # type: ignore[index]
        self.endpoints: dict[str, str] = venue.descriptor["endpoints"]  # type: ignore[assignment]
        self._counter = itertools.count(account * 1000)

    def nonce(self, ahead_ms: int = 20_000) -> int:
        return ((self.venue.clock.now_ms() + ahead_ms) << 20) + next(self._counter)

    def order(self, product_id: int, price: str, amount: str, appendix: int, **extra: object) -> Json:
        order = {
            "sender": self.sender,
            "priceX18": str(x18(price)),
            "amount": str(x18(amount)),
            "expiration": str(extra.pop("expiration", 4294967295)),
            "nonce": str(extra.pop("nonce", None) or self.nonce()),
            "appendix": str(appendix),
        }
        key = str(extra.pop("key", self.key))
        digest = digest_of("Order", order, self.venue.state.chain_id, order_contract(product_id))
        return {"product_id": product_id, "order": order, "signature": sign(key, digest), **extra}

    def signed(self, struct: str, tx: Json) -> Json:
        digest = digest_of(struct, tx, self.venue.state.chain_id, self.venue.state.endpoint_address)
        return {"tx": tx, "signature": sign(self.key, digest)}

    def cancellation(self, product_ids: list[int], digests: list[str]) -> Json:
        nonce = str(self.nonce())
        tx = {"sender": self.sender, "productIds": product_ids, "digests": digests, "nonce": nonce}
        return self.signed("Cancellation", tx)

    async def post(self, url: str, body: object) -> Json:
        async with self.session.post(url, json=body) as response:
            return await response.json(content_type=None)  # type: ignore[no-any-return]

    async def query(self, kind: str, /, **params: object) -> Json:
        return await self.post(self.endpoints["gateway_v1"] + "/query", {"type": kind, **params})

    async def execute(self, name: str, body: Json) -> Json:
        return await self.post(self.endpoints["gateway_v1"] + "/execute", {name: body})

    async def place(self, product_id: int, price: str, amount: str, appendix: int, **extra: object) -> Json:
        return await self.execute("place_order", self.order(product_id, price, amount, appendix, **extra))

    async def archive(self, name: str, **params: object) -> Json:
        return await self.post(self.endpoints["archive_v1"], {name: params})

    async def control(self, path: str, body: Json) -> Json:
        return await self.post(f"{self.endpoints['control']}/{path}", body)

    async def position(self, product_id: int) -> int:
        info = await self.query("subaccount_info", subaccount=self.sender)
        rows = info["data"]["perp_balances"]
        return next(int(r["balance"]["amount"]) for r in rows if r["product_id"] == product_id)

    @asynccontextmanager
    async def stream(self, *wanted: Json) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
        """An authenticated subscriptions socket with ``wanted`` streams confirmed."""
        url = self.endpoints["subscriptions_ws"]
        async with self.session.ws_connect(url, compress=15) as socket:
            tx = {"sender": self.sender, "expiration": str(self.venue.clock.now_ms() + 30_000)}
            await socket.send_json({"method": "authenticate", "id": 1, **self.signed("StreamAuthentication", tx)})
            assert (await socket.receive_json(timeout=5)) == {"result": None, "id": 1}
            await socket.send_json({"method": "subscribe_multi", "id": 2, "streams": list(wanted)})
            assert (await socket.receive_json(timeout=5)) == {"result": None, "id": 2}
            yield socket

    def private_streams(self, product_id: int | None = None) -> list[Json]:
        kinds = ("order_update", "fill", "position_change")
        return [{"type": kind, "subaccount": self.sender, "product_id": product_id} for kind in kinds]


async def receive_until(socket: aiohttp.ClientWebSocketResponse, **match: object) -> list[Json]:
    """All messages up to and including the first that has the given fields (bounded by a timeout)."""
    seen: list[Json] = []
    while True:
        message = await socket.receive_json(timeout=10)
        seen.append(message)
        if all(message.get(key) == value for key, value in match.items()):
            return seen
