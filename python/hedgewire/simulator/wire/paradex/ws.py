"""The socket: JSON-RPC for control and orders, channels in JSON or binary (Paradex reference 5)."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from aiohttp import WSMsgType, web

from hedgewire.simulator import connection as sockets
from hedgewire.simulator.connection import requests
from hedgewire.simulator.fields import Json
from hedgewire.simulator.orders import Reason
from hedgewire.simulator.replies import Occasion, Reply
from hedgewire.simulator.wire.paradex import auth, sbe
from hedgewire.simulator.wire.paradex.auth import Session
from hedgewire.simulator.wire.paradex.errors import WireError
from hedgewire.simulator.wire.paradex.executes import QUEUED
from hedgewire.simulator.wire.paradex.hub import Subscriber
from hedgewire.simulator.wire.paradex.messages import get_flag, get_list, get_text
from hedgewire.simulator.wire.paradex.orders import Placed
from hedgewire.simulator.wire.paradex.streams import Channel, parse_channel

if TYPE_CHECKING:
    from hedgewire.simulator.wire.paradex.rest import ParadexApp

PING_MS = 55_000
PONG_MS = 5_000
HEARTBEAT_MS = 20_000
INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS, PARSE_ERROR = -32600, -32601, -32602, -32700
METHOD_ERROR, MALFORMED_BEARER, INVALID_BEARER, DENIED, RATE_LIMITED = 100, 40110, 40111, 40300, 42901
NORMAL_CLOSURE = 1000
ORDER_METHODS = {
    "order.create": "place_order",
    "order.create_batch": "place_orders",
    "order.modify": "modify_order",
    "order.cancel": "cancel_order",
    "order.cancel_batch": "cancel_orders",
    "order.cancel_all": "cancel_all_orders",
    "order.cancel_on_disconnect": "arm_cancel_on_disconnect",
}
"""With the names by which faults know them; the same as over REST."""


class RpcError(Exception):
    """An error to answer with; ``data`` is the detail."""

    def __init__(self, code: int, message: str, data: str = "") -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.data = data


class Connection(sockets.Connection, Subscriber):
    """A socket with its session, its channels and what happens to its orders when it breaks."""

    bytes_are = WSMsgType.BINARY
    most_queued = 2000
    _numbers = itertools.count(1)

    def __init__(self, socket: web.WebSocketResponse, kind: str, transport: asyncio.Transport | None) -> None:
        super().__init__(socket, kind, transport)
        self.number = next(self._numbers)
        self.session: Session | None = None
        self.channels: dict[str, Channel] = {}
        self.cancels_on_disconnect = False
        self.ended = asyncio.Event()
        self.ponged_after_ping = True

    def ponged(self) -> None:
        self.ponged_after_ping = True


async def serve(app: ParadexApp, request: web.Request) -> web.StreamResponse:
    """One connection; a schema that is not served is refused with 400 instead of an upgrade."""
    try:
        app.state.limits.take(app.state.limits.connects, request.remote or "", app.state.clock.now_ms())
    except WireError as error:
        return web.json_response(error.body, status=error.http_status, headers=error.headers)
    version = _wanted_schema(app, request)
    if version == 0:
        body = {"error": "INVALID_REQUEST_PARAMETER", "message": "schema is not served", "data": None}
        return web.json_response(body, status=400)
    connection = await sockets.open_connection(app, request, "actions", Connection)
    connection.version = version
    app.state.log.counts["connections_opened"] += 1
    _keep_alive(app, connection)
    if version is not None:
        _heartbeat(app, connection)
    try:
        async for data in requests(app, connection):
            await _answer(app, connection, data)
    finally:
        over(app, connection, in_order=connection.socket.close_code == NORMAL_CLOSURE)
        await sockets.close_connection(app, connection)
    return connection.socket


def over(app: ParadexApp, connection: Connection, *, in_order: bool) -> None:
    """What a connection's end takes with it."""
    for name in connection.channels:
        app.hub.unsubscribe(name, connection)
    if connection.cancels_on_disconnect and not in_order:
        cancel_orders_of(app, connection, None)
    connection.ended.set()


def _wanted_schema(app: ParadexApp, request: web.Request) -> int | None:
    """``None``: JSON; 0: one that is not served."""
    schema, version = request.query.get("sbeSchemaId"), request.query.get("sbeSchemaVersion", "")
    if schema is None:
        return None
    wanted = int(version) if version.isdecimal() and len(version) < 4 else 0
    fault = app.state.faults.peek("schema_refused")
    most = max(sbe.VERSIONS) if fault is None else fault.number("most", 0)
    return wanted if schema == str(sbe.SCHEMA_ID) and wanted in sbe.VERSIONS and wanted <= most else 0


def _keep_alive(app: ParadexApp, connection: Connection) -> None:
    """A ping every 55 s; whoever does not answer within 5 s is gone. A stepped clock leaves no time to answer."""
    clock = app.state.clock

    def check() -> None:
        if not (connection.ended.is_set() or connection.ponged_after_ping or clock.paused):
            connection.abort()

    def ping() -> None:
        if connection.ended.is_set():
            return
        connection.ponged_after_ping = False
        task = asyncio.create_task(_ping(connection))
        connection.tasks.add(task)
        task.add_done_callback(connection.tasks.discard)
        clock.call_after_ms(PONG_MS, check)
        clock.call_after_ms(PING_MS, ping)

    clock.call_after_ms(PING_MS, ping)


async def _ping(connection: Connection) -> None:
    try:
        await connection.socket.ping()
    except ConnectionError:
        return


def _heartbeat(app: ParadexApp, connection: Connection) -> None:
    def beat() -> None:
        if not connection.ended.is_set() and connection.version is not None:
            connection.send(sbe.heartbeat(connection.version, app.state.clock.now_ns() // 1000))
            app.state.clock.call_after_ms(HEARTBEAT_MS, beat)

    app.state.clock.call_after_ms(HEARTBEAT_MS, beat)


def cancel_orders_of(app: ParadexApp, connection: Connection, product_id: object) -> list[Placed]:
    """Open orders that came by a connection (which others belong to it is unknown)."""
    mine = [placed for placed in app.desk.open.values() if placed.connection == connection.number]
    doomed = [placed for placed in mine if product_id in (None, placed.product_id)]
    for placed in doomed:
        app.executes.cancel_now(placed, Reason.REQUESTED)
    return doomed


# --- requests --------------------------------------------------------------------------------------------------------


async def _answer(app: ParadexApp, connection: Connection, data: str | bytes) -> None:
    received_ns = app.state.clock.now_ns()
    request_id: object = 0
    answer: Json | None
    try:
        body = _parse(data)
        request_id = body.get("id", 0)
        method = body.get("method")
        app.state.log.counts[f"rpc_{method}"] += 1
        if method in ORDER_METHODS:
            answer = await _order_method(app, connection, str(method), body)
        else:
            result = _control_method(app, connection, method, _params(body))
            answer = None if result is None else {"result": result}
    except RpcError as error:
        app.state.log.malformed["rpc"] += error.code <= INVALID_REQUEST
        answer = _error(error)
    if answer is None:
        return
    now_us, received_us = app.state.clock.now_ns() // 1000, received_ns // 1000
    stamps = {"usIn": received_us, "usDiff": now_us - received_us, "usOut": now_us}
    connection.send_json({"jsonrpc": "2.0", "id": request_id, **answer, **stamps})


def _parse(data: str | bytes) -> Json:
    try:
        body = json.loads(data)
    except (ValueError, RecursionError):
        raise RpcError(PARSE_ERROR, "parse error") from None
    if not isinstance(body, dict) or body.get("jsonrpc") != "2.0" or not isinstance(body.get("method"), str):
        raise RpcError(INVALID_REQUEST, "invalid request")
    return body


def _params(body: Json) -> Json:
    params = body.get("params", {})
    if not isinstance(params, dict):
        raise RpcError(INVALID_PARAMS, "invalid params", "an object is needed")
    return params


def _error(error: RpcError) -> Json:
    shown: Json = {"code": error.code, "message": error.message}
    return {"error": shown | {"data": error.data} if error.data else shown}


def _control_method(app: ParadexApp, connection: Connection, method: object, params: Json) -> Json | None:
    match method:
        case "auth":
            return _authenticate(app, connection, params)
        case "subscribe":
            return _subscribe(app, connection, params)
        case "unsubscribe":
            name = str(params.get("channel"))
            if connection.channels.pop(name, None) is None:
                raise RpcError(INVALID_REQUEST, "invalid unsubscribe request", "not subscribed")
            app.hub.unsubscribe(name, connection)
            return {"channel": name}
        case "modify_subscription":
            return _rescope(app, connection, params)
    raise RpcError(METHOD_NOT_FOUND, "method does not exist", str(method)[:80])


def _authenticate(app: ParadexApp, connection: Connection, params: Json) -> Json:
    if app.state.faults.take("login_refused"):
        raise RpcError(INVALID_BEARER, "invalid bearer token", "refused (injected)")
    token = params.get("bearer")
    if not isinstance(token, str) or token.count(".") != 2:
        raise RpcError(MALFORMED_BEARER, "malformed bearer token")
    try:
        connection.session = auth.read_token(app.state, token)
    except WireError as error:
        raise RpcError(INVALID_BEARER, "invalid bearer token", error.text) from None
    connection.account = connection.session.account
    return {"node_id": f"local-{app.state.seed}"}


def _channel(app: ParadexApp, params: Json) -> Channel:
    """The channel a request names: in full, or by a base asset, or with the markets it is scoped to."""
    name = params.get("channel")
    if name in ("bbo", "trades") and isinstance(params.get("base_asset"), str):
        return Channel(f"{name}", f"{name}", markets=frozenset())  # options only, and none is listed here
    channel = parse_channel(name, app.state) if isinstance(name, str) else None
    if channel is None:
        raise RpcError(INVALID_REQUEST, "invalid subscribe request", "invalid channel")
    if name == "markets_summary" and isinstance(params.get("markets"), list):
        return replace(channel, markets=frozenset(map(str, get_list(params, "markets"))))
    return channel


def _subscribe(app: ParadexApp, connection: Connection, params: Json) -> Json | None:
    """``None``: the confirmation is lost (a fault)."""
    channel, faults = _channel(app, params), app.state.faults
    if channel.is_private and connection.session is None:
        raise RpcError(DENIED, "permission denied", f"{channel.name} needs auth")
    if channel.name in connection.channels:
        raise RpcError(INVALID_REQUEST, "invalid subscribe request", "already subscribed")
    if faults.take("subscribe_refused", stream=channel.family):
        raise RpcError(INVALID_REQUEST, "invalid subscribe request", "refused (injected)")
    connection.channels[channel.name] = channel
    app.state.soon(lambda: _begin(app, connection, channel))
    if faults.take("subscribe_ack_lost", stream=channel.family):
        return None
    wrong = faults.take("subscribe_ack_wrong", stream=channel.family) is not None
    return {"channel": f"{channel.name}.other" if wrong else channel.name}


def _begin(app: ParadexApp, connection: Connection, channel: Channel) -> None:
    """Events follow the confirmation."""
    if not connection.ended.is_set() and connection.channels.get(channel.name) is channel:
        app.hub.subscribe(channel, connection)


def _rescope(app: ParadexApp, connection: Connection, params: Json) -> Json:
    held = connection.channels.get("markets_summary")
    if params.get("channel") != "markets_summary" or held is None or held.markets is None:
        raise RpcError(INVALID_REQUEST, "invalid modify request", "no scoped markets_summary")
    add = [str(each) for each in get_list({"add": params.get("add") or []}, "add")]
    remove = [str(each) for each in get_list({"remove": params.get("remove") or []}, "remove")]
    channel = replace(held, markets=(held.markets | frozenset(add)) - frozenset(remove))
    connection.channels[channel.name] = channel
    app.hub.subscribe(channel, connection)
    return {"channel": channel.name, "add": add, "remove": remove}


# --- orders ----------------------------------------------------------------------------------------------------------


async def _order_method(app: ParadexApp, connection: Connection, method: str, body: Json) -> Json | None:
    """An order request through the faults of requests; ``None``: the connection broke instead of an answer."""
    session = connection.session
    if session is None:
        raise RpcError(DENIED, "permission denied", f"{method} needs auth")
    params = body.get("params") or {}
    market = params.get("market") if isinstance(params, dict) else None
    placed = app.desk.open.get(str(params.get("id"))) if isinstance(params, dict) else None
    product_id = placed.product_id if placed is not None else app.state.products.get(str(market))

    def act() -> Reply:
        app.state.limits.take(app.state.limits.orders, session.account, app.state.clock.now_ms())
        return Reply({"result": _METHODS[method](app, connection, session, params)})

    reply = await app.answered(Occasion("execute", ORDER_METHODS[method], product_id), act)
    if reply.lost:
        connection.abort()
        return None
    if reply.garbled:
        connection.send(reply.text)
        return None
    if reply.http_status == 429:
        return _error(RpcError(RATE_LIMITED, "rate limit exceeded"))
    answer = reply.body if isinstance(reply.body, dict) else {"error": "INTERNAL_ERROR", "message": str(reply.body)}
    if "result" in answer:
        return answer
    return _error(RpcError(METHOD_ERROR, str(answer.get("error")), str(answer.get("message"))))


def _created(app: ParadexApp, placed: Placed) -> Json:
    created_at, received_at = placed.created_at_ms, app.state.clock.now_ns()
    return {"order": app.desk.show(placed), "created_at": created_at, "received_at": received_at}


def _object(params: object) -> Json:
    if not isinstance(params, dict):
        raise WireError("VALIDATION_ERROR", "params must be an object")
    return params


def _create(app: ParadexApp, connection: Connection, session: Session, params: object) -> Json:
    return _created(app, app.executes.place(session, _object(params), connection=connection.number))


def _create_batch(app: ParadexApp, connection: Connection, session: Session, params: object) -> Json:
    bodies = params if isinstance(params, list) else get_list(_object(params), "orders")
    results = app.executes.place_batch(session, bodies, connection=connection.number)
    return {
        "results": [
            _created(app, each) if isinstance(each, Placed) else {"error": f"{each.name}: {each.text}"}
            for each in results
        ]
    }


def _modify(app: ParadexApp, connection: Connection, session: Session, params: object) -> Json:
    body = _object(params)
    return {"order": app.desk.show(app.executes.modify(session, get_text(body, "id"), body))}


def _cancel(app: ParadexApp, connection: Connection, session: Session, params: object) -> Json:
    body = _object(params)
    if body.get("id"):
        placed = app.executes.cancel(session, get_text(body, "id"))
    else:
        placed = app.executes.cancel_by_client_id(session, get_text(body, "client_id"), get_text(body, "market", ""))
    return {"order_id": placed.order_id, "status": QUEUED}


def _cancel_batch(app: ParadexApp, connection: Connection, session: Session, params: object) -> Json:
    return {"results": app.executes.cancel_batch(session, _object(params))}


def _cancel_all(app: ParadexApp, connection: Connection, session: Session, params: object) -> Json:
    app.executes.cancel_all(session, get_text(_object(params), "market", "") or None)
    return {"status": "ok"}


def _arm(app: ParadexApp, connection: Connection, session: Session, params: object) -> Json:
    connection.cancels_on_disconnect = get_flag(_object(params), "enabled") is True
    return {"enabled": connection.cancels_on_disconnect}


_METHODS: dict[str, Callable[[ParadexApp, Connection, Session, object], Json]] = {
    "order.create": _create,
    "order.create_batch": _create_batch,
    "order.modify": _modify,
    "order.cancel": _cancel,
    "order.cancel_batch": _cancel_batch,
    "order.cancel_all": _cancel_all,
    "order.cancel_on_disconnect": _arm,
}
