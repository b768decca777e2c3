"""The action sockets (`/v1/ws` serial, `/ws/v2` concurrent) and the subscriptions socket (Nado reference 2.1, 4)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiohttp import web

from hedgewire.simulator import connection as sockets
from hedgewire.simulator.connection import requests
from hedgewire.simulator.fields import Json
from hedgewire.simulator.wire.nado.auth import check_stream_authentication
from hedgewire.simulator.wire.nado.errors import COMPRESSION_REQUIRED, INVALID_SIGNER, WireError
from hedgewire.simulator.wire.nado.gateway import handle
from hedgewire.simulator.wire.nado.messages import get_list, get_object, parse_object
from hedgewire.simulator.wire.nado.streams import StreamKey, parse_stream

if TYPE_CHECKING:
    from hedgewire.simulator.wire.nado.rest import NadoApp

MAX_CONCURRENT = 256
MAX_SUBSCRIPTIONS = 1000
MAX_AUTHENTICATED_PER_WALLET = 5
MARKET_STREAMS = frozenset({"book_depth", "best_bid_offer", "latest_candlestick", "trade"})
ACK_LOST, ACK_WRONG = object(), object()
OTHER_REQUEST = 2**31 - 1


class Connection(sockets.Connection):
    """A socket with its subscriptions and the wallets that authenticated on it."""

    def __init__(self, socket: web.WebSocketResponse, kind: str, transport: asyncio.Transport | None) -> None:
        super().__init__(socket, kind, transport)
        self.keys: dict[StreamKey, None] = {}
        self.wallets: set[str] = set()


async def _open(app: NadoApp, request: web.Request, kind: str) -> Connection:
    return await sockets.open_connection(app, request, kind, Connection)


async def _close(app: NadoApp, closed: Connection) -> None:
    for key in closed.keys:
        app.hub.unsubscribe(key, closed.send)
    await sockets.close_connection(app, closed)


async def actions_serial(app: NadoApp, request: web.Request) -> web.StreamResponse:
    """Replies strictly in the order of the requests, so a taker's speed bump delays what is behind it."""
    connection = await _open(app, request, "actions")
    try:
        async for data in requests(app, connection):
            await _answer(app, connection, data, request.remote or "")
    finally:
        await _close(app, connection)
    return connection.socket


async def actions_concurrent(app: NadoApp, request: web.Request) -> web.StreamResponse:
    """Each request runs by itself; replies leave as they are ready."""
    connection = await _open(app, request, "actions")
    try:
        async for data in requests(app, connection):
            if len(connection.tasks) > MAX_CONCURRENT:
                await _answer(app, connection, data, request.remote or "")
                continue
            task = asyncio.create_task(_answer(app, connection, data, request.remote or ""))
            connection.tasks.add(task)
            task.add_done_callback(connection.tasks.discard)
    finally:
        await _close(app, connection)
    return connection.socket


async def _answer(app: NadoApp, connection: Connection, data: str | bytes, peer: str) -> None:
    try:
        body = parse_object(data)
    except WireError as error:
        app.state.log.malformed["action_socket"] += 1
        connection.send_json({"status": "failure", "error": error.text, "error_code": error.code})
        return
    reply = await handle(app.state, body, peer)
    if reply.lost:
        connection.abort()
    else:
        connection.send(reply.text)


async def subscriptions(app: NadoApp, request: web.Request) -> web.StreamResponse:
    """Only ``method`` messages; refuses an upgrade that does not offer permessage-deflate (error 2080)."""
    if "permessage-deflate" not in request.headers.get("Sec-WebSocket-Extensions", ""):
        app.state.log.counts["subscriptions_refused_2080"] += 1
        return web.json_response(
            {
                "status": "failure",
                "error": "the subscriptions socket requires Sec-WebSocket-Extensions: permessage-deflate",
                "error_code": COMPRESSION_REQUIRED,
            },
            status=400,
        )
    connection = await _open(app, request, "subscriptions")
    app.state.log.counts["subscriptions_opened"] += 1
    try:
        async for data in requests(app, connection):
            _control(app, connection, data)
    finally:
        await _close(app, connection)
    return connection.socket


def _control(app: NadoApp, connection: Connection, data: str | bytes) -> None:
    request_id: object = None
    try:
        body = parse_object(data)
        request_id = body.get("id")
        result = _method(app, connection, body)
        app.state.log.counts[f"stream_{body.get('method')}"] += 1
        if result is ACK_LOST:
            return
        if result is ACK_WRONG:
            result, request_id = None, OTHER_REQUEST
    except WireError as error:
        app.state.log.malformed["subscriptions_socket"] += 1
        failure: Json = {"error": error.text, "error_code": error.code}
        connection.send_json(failure if request_id is None else {**failure, "id": request_id})
        return
    connection.send_json({"result": result, "id": request_id})


def _method(app: NadoApp, connection: Connection, body: Json) -> object:
    match body.get("method"):
        case "subscribe":
            return _subscribe(app, connection, [get_object(body, "stream")])
        case "subscribe_multi":
            streams = [get_object({"stream": s}, "stream") for s in get_list(body, "streams")]
            return _subscribe(app, connection, streams)
        case "unsubscribe":
            _unsubscribe(app, connection, [get_object(body, "stream")])
        case "unsubscribe_multi":
            _unsubscribe(app, connection, [get_object({"stream": s}, "stream") for s in get_list(body, "streams")])
        case "list":
            return [key.to_json() for key in connection.keys]
        case "authenticate":
            _authenticate(app, connection, body)
        case "ping":
            if app.state.faults.peek("pong_lost", socket=connection.kind):
                return ACK_LOST
            pong: Json = {"method": "pong", "server_time": str(app.state.clock.now_ms())}
            if body.get("client_time") is not None:
                pong["client_time"] = body["client_time"]
            return pong
        case "time":
            return {"method": "time", "server_time": str(app.state.clock.now_ms())}
        case unknown:
            raise WireError(2038, f"unknown method {unknown!r}")
    return None


def _authenticate(app: NadoApp, connection: Connection, body: Json) -> None:
    if app.state.faults.take("login_refused"):
        raise WireError(INVALID_SIGNER, "authentication refused (injected)")
    wallet = check_stream_authentication(app.state, get_object(body, "tx"), body.get("signature"))[:42]
    others = sum(
        1 for c in app.connections if isinstance(c, Connection) and c is not connection and wallet in c.wallets
    )
    if others >= MAX_AUTHENTICATED_PER_WALLET:
        raise WireError(1000, f"{wallet} has {others} authenticated connections already")
    connection.wallets.add(wallet)


def _subscribe(app: NadoApp, connection: Connection, wanted: list[Json]) -> object:
    """Subscribe to all of ``wanted`` or to none; returns the result to confirm with."""
    keys = [parse_stream(stream) for stream in wanted]
    if len(connection.keys) + len(keys) > MAX_SUBSCRIPTIONS:
        raise WireError(1000, f"over {MAX_SUBSCRIPTIONS} subscriptions on one connection")
    for key in keys:
        if key.kind == "order_update" and (key.subaccount or "")[:42] not in connection.wallets:
            raise WireError(2028, "order_update needs an authenticated connection of that wallet")
        if key.product_id not in (None, *app.state.exchange.books) and key.kind in MARKET_STREAMS:
            raise WireError(2016, f"product {key.product_id} has no market")
    kinds = tuple(key.kind for key in keys)
    if app.state.faults.take("subscribe_refused", stream=kinds):
        raise WireError(1000, "subscription refused (injected)")
    for key in keys:
        connection.keys[key] = None
        app.hub.subscribe(key, connection.send)
    if app.state.faults.take("subscribe_ack_wrong", stream=kinds):
        return ACK_WRONG
    return ACK_LOST if app.state.faults.take("subscribe_ack_lost", stream=kinds) else None


def _unsubscribe(app: NadoApp, connection: Connection, unwanted: list[Json]) -> None:
    for stream in unwanted:
        key = parse_stream(stream)
        connection.keys.pop(key, None)
        app.hub.unsubscribe(key, connection.send)
