"""One entrance for queries and executes, whichever socket or path they came by (Nado reference 2.1, 2.2)."""

from __future__ import annotations

from dataclasses import dataclass

from hedgewire.simulator.faults import Fault
from hedgewire.simulator.wire.nado import errors
from hedgewire.simulator.wire.nado.errors import WireError
from hedgewire.simulator.wire.nado.executes import EXECUTES
from hedgewire.simulator.wire.nado.limits import execute_weight, query_weight
from hedgewire.simulator.wire.nado.messages import Json, get_object
from hedgewire.simulator.wire.nado.queries import QUERIES
from hedgewire.simulator.wire.nado.state import NadoState


@dataclass(frozen=True, slots=True)
class Reply:
    """What to send back. ``lost`` means: nothing, the connection breaks instead."""

    body: Json
    http_status: int = 200
    lost: bool = False


def _number(fault: Fault, key: str, default: int) -> int:
    return fault.number(key, default)


async def handle(state: NadoState, body: Json, peer: str) -> Reply:
    """Answer a request object: a query has ``type``, an execute is an object with one known key."""
    if isinstance(body.get("type"), str):
        return await _query(state, body, peer)
    names = [key for key in body if key in EXECUTES]
    if len(names) != 1 or not isinstance(body[names[0]], dict):
        state.log.malformed["execute"] += 1
        error = WireError(errors.INVALID_EXECUTE, f"no known execute among {sorted(body)[:5]}")
        return Reply(_failure(error, "execute_unknown", None))
    return await _execute(state, names[0], get_object(body, names[0]))


async def _query(state: NadoState, body: Json, peer: str) -> Reply:
    name = str(body["type"])
    state.log.counts[f"query_{name}"] += 1
    request_type = f"query_{name}"
    try:
        query = QUERIES.get(name)
        if query is None:
            state.log.malformed["query"] += 1
            raise WireError(errors.INVALID_EXECUTE, f"unknown query type {name!r}", http_status=400)
        _raise_injected(state, name, "query")
        state.limits.query.take(peer, query_weight(name, body), state.clock.now_ms())
        data = query(state, body)
        late = state.faults.take("late_reply", request=name)
        if late is not None:
            await state.clock.wait_ms(_number(late, "delay_ms", 500))
        return Reply({"status": "success", "data": data, "request_type": request_type})
    except WireError as error:
        return Reply(_failure(error, request_type, None), error.http_status)


async def _execute(state: NadoState, name: str, body: Json) -> Reply:
    state.log.counts[f"execute_{name}"] += 1
    request_type = f"execute_{name}"
    try:
        if state.faults.take("swallow_request", request=name):
            return Reply({}, lost=True)
        _raise_injected(state, name, "execute")
        if state.faults.peek("maintenance"):
            raise WireError(errors.MAINTENANCE, "the system is under maintenance")
        state.limits.execute.take(_wallet(body), execute_weight(name, body), state.clock.now_ms())
        data = await EXECUTES[name](state, body)
        reply = _success(data, request_type, body)
    except WireError as error:
        state.log.recent_failures.append((request_type, error.code, error.text))
        reply = Reply(_failure(error, request_type, body), error.http_status)
    return await _spoil(state, name, reply)


def _raise_injected(state: NadoState, name: str, family: str) -> None:
    """Faults that answer before anything is done."""
    for request in (name,):
        if state.faults.take("http_429", request=request):
            raise WireError(errors.RATE_LIMIT, "too many requests (injected)", http_status=429)
        before = state.faults.take("http_5xx_before", request=request)
        if before is not None:
            raise WireError(0, "bad gateway (injected before matching)", http_status=_number(before, "status", 502))
    if family == "query":
        unavailable = state.faults.take("query_unavailable", request=name)
        if unavailable is not None:
            raise WireError(0, "unavailable (injected)", http_status=_number(unavailable, "status", 503))


async def _spoil(state: NadoState, name: str, reply: Reply) -> Reply:
    """Faults that lose or delay the reply of an execute that was carried out."""
    if state.faults.take("reply_lost", request=name):
        return Reply(reply.body, lost=True)
    after = state.faults.take("http_5xx_after", request=name)
    if after is not None:
        error = WireError(0, "bad gateway (injected after matching)")
        return Reply(_failure(error, f"execute_{name}", None), _number(after, "status", 502))
    late = state.faults.take("late_reply", request=name)
    if late is not None:
        await state.clock.wait_ms(_number(late, "delay_ms", 500))
    return reply


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


def _failure(error: WireError, request_type: str, body: Json | None) -> Json:
    reply: Json = {
        "status": "failure",
        "error": error.text,
        "error_code": error.code,
        "request_type": request_type,
    }
    return reply if body is None else _echo(reply, body)
