"""Faults at a request: it is answered before it is carried out, or its reply is spoilt afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from hedgewire.simulator.fields import Json
from hedgewire.simulator.replies import LOST, Occasion, Reply, SwallowedError
from hedgewire.simulator.wire.nado.errors import MAINTENANCE, RATE_LIMIT, WireError
from hedgewire.simulator.wire.nado.state import NadoState


def product_of(body: Mapping[str, object]) -> object:
    """The product a request names first, wherever its kind keeps it; ``None`` when it names none."""
    for holder in (body, body.get("place_order"), body.get("tx"), body.get("cancel_tx")):
        if isinstance(holder, Mapping):
            listed = holder.get("productIds") or holder.get("product_ids")
            given = holder.get("product_id", listed[0] if isinstance(listed, list) and listed else None)
            if given is not None:
                return int(given) if isinstance(given, str) and given.isdecimal() else given
    orders = body.get("orders")
    return product_of(orders[0]) if isinstance(orders, list) and orders and isinstance(orders[0], Mapping) else None


def raise_before(state: NadoState, occasion: Occasion) -> None:
    """Raises ``SwallowedError``, or the ``WireError`` to answer with, when a fault bites before the request is done."""
    if not state.faults.armed:
        return
    faults, context = state.faults, occasion.context()
    if faults.take("swallow_request", **context):
        raise SwallowedError
    limited = faults.take("http_429", **context)
    if limited is not None:
        wait_s = limited.params.get("retry_after_s")
        headers = {} if wait_s is None else {"Retry-After": str(wait_s)}
        raise WireError(RATE_LIMIT, "too many requests (injected)", http_status=429, headers=headers)
    blocked = faults.take("http_403", **context)
    if blocked is not None:
        body = {"reason": blocked.text("reason", "ip_query_only"), "blocked": True}
        raise WireError(0, "blocked (injected)", http_status=403, body=body)
    page = faults.take("proxy_page", **context)
    if page is not None:
        status = page.number("status", 502)
        body_text = f"<html><body>error code: {1015 if status == 429 else status}</body></html>"
        raise WireError(0, "a page of the proxy (injected)", http_status=status, body=body_text)
    broken = faults.take("http_5xx_before", **context)
    if broken is not None:
        raise WireError(0, "bad gateway (injected before matching)", http_status=broken.number("status", 502))
    if occasion.family == "execute":
        if faults.take("maintenance", **context):
            raise WireError(MAINTENANCE, "the system is under maintenance")
    else:
        unavailable = faults.take("query_unavailable", **context)
        if unavailable is not None:
            raise WireError(0, "unavailable (injected)", http_status=unavailable.number("status", 503))


async def spoil(state: NadoState, occasion: Occasion, reply: Reply) -> Reply:
    """Lose, replace, delay or cut the reply of a request that was carried out."""
    if not state.faults.armed:
        return reply
    faults, context = state.faults, occasion.context()
    if faults.take("reply_lost", **context):
        return LOST
    after = faults.take("http_5xx_after", **context)
    if after is not None:
        error: Json = {"status": "failure", "error": "bad gateway (injected after matching)", "error_code": 0}
        return Reply(error | {"request_type": f"{occasion.family}_{occasion.name}"}, after.number("status", 502))
    late = faults.take("late_reply", **context)
    if late is not None:
        await state.clock.wait_ms(late.number("delay_ms", 500))
    return replace(reply, garbled=True) if faults.take("garbled_reply", **context) else reply
