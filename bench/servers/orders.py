"""A local venue whose gateway acknowledges orders at once, and that remembers when it sent each fill.

``python -m bench.servers.orders {nado|paradex} {instant|real}`` prints its descriptor as JSON. ``instant``: a new order
is answered at once, everything else by the local venue behind. ``real``: the local venue alone. ``GET /stamps`` on the
printed ``stamps`` address: by fill, the moment its frame was handed to the socket (monotonic, nanoseconds).
"""

from __future__ import annotations

import asyncio
import json
import struct
import sys
import time
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from bench.servers.wire import Peer, Request, response
from hedgewire.simulator.server import LocalVenue

PONG = response(b'{"symbol":"ETH-PERP","bid":"3499.9","ask":"3500.1","padding":"%s"}' % (b"x" * 120))
PLACED = response(b'{"status":"success","signature":"0x00","data":null,"request_type":"execute_place_order"}')
GATEWAYS = {"nado": "gateway_v1", "paradex": "rest"}
"""Where each venue takes orders."""
OPEN = json.loads((Path(__file__).parents[2] / "testdata" / "paradex" / "rest_order.json").read_text()) | {
    "status": "OPEN",
    "cancel_reason": "",
}
"""What Paradex says of an order that rests; the rest of it nobody looks at here."""
FILL_TEMPLATE = 21
_STAMPS: dict[str, int] = {}


def fill_in(data: str | bytes) -> str | None:
    """Whose fill a frame of the venue's carries: Nado's submission, Paradex's fill."""
    if isinstance(data, str):
        return str(json.loads(data)["submission_idx"]) if '"type":"fill"' in data else None
    size, template = struct.unpack_from("<HH", data)
    texts = data[8 + size :]
    return texts[1 : 1 + texts[0]].decode() if template == FILL_TEMPLATE else None


def stamp_fills() -> None:
    """Every fill's frame is noted in the moment it goes to its socket."""
    for name in ("send_str", "send_frame"):
        setattr(web.WebSocketResponse, name, _stamped(getattr(web.WebSocketResponse, name)))


def _stamped(send: Any) -> Any:
    async def stamped(self: Any, data: str | bytes, *options: Any) -> None:
        fill = fill_in(data)
        if fill is not None:
            _STAMPS[fill] = time.monotonic_ns()
        await send(self, data, *options)

    return stamped


def placed(request: Request) -> bytes | None:
    """The answer to a new order; None: it is none."""
    if request.path.endswith("/execute") and b"place_order" in request.body[:64]:
        return PLACED
    if request.method == "POST" and request.path.endswith("/orders"):
        order = OPEN | {"client_id": json.loads(request.body)["client_id"]}
        return response(json.dumps(order).encode(), "201 Created")
    return None


class Front:
    """Answers what is measured, and passes on the rest."""

    def __init__(self, behind: str, session: aiohttp.ClientSession) -> None:
        self._behind, self._session = behind, session
        self._tasks: set[asyncio.Task[None]] = set()

    def peer(self) -> Peer:
        return Peer(self._answer, lambda peer, message: None)

    def _answer(self, peer: Peer, request: Request) -> None:
        if request.path == "/ping":
            peer.transport.write(PONG)
        elif request.path == "/stamps":
            peer.transport.write(response(json.dumps(_STAMPS).encode()))
        elif (answer := placed(request)) is not None:
            peer.transport.write(answer)
        else:
            task = asyncio.create_task(self._forward(peer, request))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _forward(self, peer: Peer, request: Request) -> None:
        own = ("host", "content-length", "connection", "accept-encoding")
        headers = {name: value for name, value in request.headers.items() if name not in own}
        url = self._behind + request.path
        async with self._session.request(request.method, url, data=request.body, headers=headers) as answer:
            peer.transport.write(response(await answer.read(), f"{answer.status} {answer.reason}"))


async def main() -> None:
    stamp_fills()
    async with LocalVenue(sys.argv[1], seed=5) as venue, aiohttp.ClientSession() as session:
        described: dict[str, Any] = json.loads(json.dumps(venue.descriptor))
        behind = f"http://127.0.0.1:{venue.port}"
        async with session.post(f"{behind}/_sim/limits", json={"enabled": False}):
            pass
        loop = asyncio.get_running_loop()
        front = await loop.create_server(Front(behind, session).peer, "127.0.0.1", 0)
        port = front.sockets[0].getsockname()[1]
        if sys.argv[2] == "instant":
            described["endpoints"][GATEWAYS[sys.argv[1]]] = f"http://127.0.0.1:{port}/v1"
        described["stamps"] = f"http://127.0.0.1:{port}/stamps"
        described["ping"] = f"http://127.0.0.1:{port}/ping"
        print(json.dumps(described), flush=True)
        await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
