"""One entrance for queries and executes, whichever socket or path they came by (Nado reference 2.1, 2.2)."""

from __future__ import annotations

from hedgewire.simulator.fields import Json
from hedgewire.simulator.replies import LOST, Occasion, Reply, SwallowedError
from hedgewire.simulator.wire.nado import errors
from hedgewire.simulator.wire.nado.errors import WireError
from hedgewire.simulator.wire.nado.executes import EXECUTES
from hedgewire.simulator.wire.nado.injection import product_of, raise_before, spoil
from hedgewire.simulator.wire.nado.limits import execute_weight, query_weight
from hedgewire.simulator.wire.nado.messages import get_object
from hedgewire.simulator.wire.nado.queries import QUERIES
from hedgewire.simulator.wire.nado.state import NadoState


async def handle(state: NadoState, body: Json, peer: str) -> Reply:
    """Answer a request object: a query has ``type``, an execute is an object with one known key."""
    if isinstance(body.get("type"), str):
        return await _query(state, body, peer)
    names = [key for key in body if key in EXECUTES]
    if len(names) != 1 or not isinstance(body[names[0]], dict):
        state.log.malformed["execute"] += 1
        error = WireError(errors.INVALID_EXECUTE, f"no known execute among {sorted(body)[:5]}")
        return _failure(error, "execute_unknown", None)
    return await _execute(state, names[0], get_object(body, names[0]))


async def _query(state: NadoState, body: Json, peer: str) -> Reply:
    name = str(body["type"])
    request_type = f"query_{name}"
    query = QUERIES.get(name)
    if query is None:
        state.log.malformed["query"] += 1
        error = WireError(errors.INVALID_EXECUTE, f"unknown query type {name!r:.80}", http_status=400)
        return _failure(error, request_type, None)
    state.log.counts[request_type] += 1
    occasion = Occasion("query", name, product_of(body))
    try:
        raise_before(state, occasion)
        state.limits.query.take(peer, query_weight(name, body), state.clock.now_ms())
        reply = Reply({"status": "success", "data": query(state, body), "request_type": request_type})
    except WireError as error:
        return _failure(error, request_type, None)
    except SwallowedError:
        return LOST
    return await spoil(state, occasion, reply)


async def _execute(state: NadoState, name: str, body: Json) -> Reply:
    request_type = f"execute_{name}"
    state.log.counts[request_type] += 1
    occasion = Occasion("execute", name, product_of(body))
    try:
        raise_before(state, occasion)
        state.limits.execute.take(_wallet(body), execute_weight(name, body), state.clock.now_ms())
        reply = _success(await EXECUTES[name](state, body), request_type, body)
    except WireError as error:
        state.log.recent_failures.append((request_type, error.code, error.text))
        reply = _failure(error, request_type, body)
    except SwallowedError:
        return LOST
    return await spoil(state, occasion, reply)


def _wallet(body: Json) -> str:
    """The address whose budget a request counts against; unsigned text, so only for counting."""
    for holder in (body.get("tx"), body.get("order"), body.get("cancel_tx"), body):
        if isinstance(holder, dict):
            sender = holder.get("sender")
            if isinstance(sender, str):
                return sender[:42].lower()
    orders = body.get("orders")
    if isinstance(orders, list) and orders and isinstance(orders[0], dict):
        return _wallet(orders[0])
    return "unknown"


def _signature(body: Json) -> object:
    signature = body.get("signature") or body.get("cancel_signature")
    place = body.get("place_order")
    if isinstance(place, dict) and place.get("signature"):
        return place["signature"]
    return signature


def _client_id(body: Json) -> object:
    place = body.get("place_order")
    if body.get("id") is None and isinstance(place, dict):
        return place.get("id")
    return body.get("id")


def _echo(reply: Json, body: Json) -> Json:
    reply["signature"] = _signature(body) or ""
    if _client_id(body) is not None:
        reply["id"] = _client_id(body)
    return reply


def _success(data: object, request_type: str, body: Json) -> Reply:
    reply: Json = {"status": "success", "request_type": request_type}
    if data is not None:
        reply["data"] = data
    return Reply(_echo(reply, body))


def _failure(error: WireError, request_type: str, body: Json | None) -> Reply:
    if error.body is not None:
        return Reply(error.body, error.http_status)
    reply: Json = {
        "status": "failure",
        "error": error.text,
        "error_code": error.code,
        "request_type": request_type,
    }
    return Reply(reply if body is None else _echo(reply, body), error.http_status, error.headers)
