"""A local Nado whose gateway acknowledges orders at once, and that remembers when it sent each fill.

``python -m bench.servers.orders {instant|real}`` prints its descriptor as JSON. ``instant``: ``place_order`` is
answered without looking at it, everything else by the local venue behind. ``real``: the local venue alone. ``GET
/stamps`` on the printed ``stamps`` address: by fill, the moment its frame was handed to the socket (monotonic,
nanoseconds).
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any

import aiohttp
from aiohttp import web

from bench.servers.wire import Peer, response
from hedgewire.simulator.server import LocalVenue

PONG = response(b'{"symbol":"ETH-PERP","bid":"3499.9","ask":"3500.1","padding":"%s"}' % (b"x" * 120))
PLACED = response(b'{"status":"success","signature":"0x00","data":null,"request_type":"execute_place_order"}')
_STAMPS: dict[str, int] = {}


def stamp_fills() -> None:
    """Every fill's frame is noted in the moment it goes to its socket."""
    send = web.WebSocketResponse.send_str

    async def stamped(self: Any, data: str, compress: int | None = None) -> None:
        if '"type":"fill"' in data:
            _STAMPS[json.loads(data)["submission_idx"]] = time.monotonic_ns()
        await send(self, data, compress)

    web.WebSocketResponse.send_str = stamped  # type: ignore[method-assign]


class Front:
    """Answers what is measured, and passes on the rest."""

    def __init__(self, behind: str, session: aiohttp.ClientSession) -> None:
        self._behind, self._session = behind, session
        self._tasks: set[asyncio.Task[None]] = set()

    def peer(self) -> Peer:
        return Peer(self._answer, lambda peer, message: None)

    def _answer(self, peer: Peer, method: str, path: str, body: bytes) -> None:
        if path.endswith("/execute") and b"place_order" in body[:64]:
            peer.transport.write(PLACED)
        elif path == "/ping":
            peer.transport.write(PONG)
        elif path == "/stamps":
            peer.transport.write(response(json.dumps(_STAMPS).encode()))
        else:
            task = asyncio.create_task(self._forward(peer, method, path, body))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _forward(self, peer: Peer, method: str, path: str, body: bytes) -> None:
        headers = {"content-type": "application/json"}
        async with self._session.request(method, self._behind + path, data=body, headers=headers) as answer:
            peer.transport.write(response(await answer.read(), f"{answer.status} {answer.reason}"))


async def main() -> None:
    stamp_fills()
    async with LocalVenue("nado", seed=5) as venue, aiohttp.ClientSession() as session:
        described: dict[str, Any] = json.loads(json.dumps(venue.descriptor))
        behind = f"http://127.0.0.1:{venue.port}"
        async with session.post(f"{behind}/_sim/limits", json={"enabled": False}):
            pass
        loop = asyncio.get_running_loop()
        front = await loop.create_server(Front(behind, session).peer, "127.0.0.1", 0)
        port = front.sockets[0].getsockname()[1]
        if sys.argv[1] == "instant":
            described["endpoints"]["gateway_v1"] = f"http://127.0.0.1:{port}/v1"
        described["stamps"] = f"http://127.0.0.1:{port}/stamps"
        described["ping"] = f"http://127.0.0.1:{port}/ping"
        print(json.dumps(described), flush=True)
        await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
