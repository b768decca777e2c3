"""Replies to requests as the faults of requests see them: answered before they are carried out, or spoilt after."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from aiohttp import web

if TYPE_CHECKING:
    from hedgewire.simulator.venue import VenueState

MIN_COMPRESSED_BYTES = 1024


@dataclass(frozen=True, slots=True)
class Reply:
    """What to send back: JSON, a page as text, or (``None``) an empty body. ``lost``: the connection breaks instead."""

    body: object
    http_status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    lost: bool = False
    garbled: bool = False

    @property
    def content_type(self) -> str:
        return "text/html" if isinstance(self.body, str) else "application/json"

    @property
    def text(self) -> str:
        if isinstance(self.body, str):
            return self.body
        if self.body is None:
            return ""
        text = json.dumps(self.body, separators=(",", ":"))
        return text[: len(text) // 2] if self.garbled else text


LOST = Reply(None, lost=True)


class SwallowedError(Exception):
    """A request that vanished before it was carried out."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """A request as faults see it: its family (execute or query), its name, the product it is about."""

    family: str
    name: str
    product_id: object = None

    def context(self) -> dict[str, object]:
        return {"request": (self.name, self.family), "product_id": self.product_id}


def respond(request: web.Request, reply: Reply) -> web.StreamResponse:
    if reply.lost:
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=500)
    response = web.Response(
        text=reply.text, status=reply.http_status, headers=reply.headers, content_type=reply.content_type
    )
    if response.content_length is not None and response.content_length > MIN_COMPRESSED_BYTES:
        response.enable_compression()
    return response


class Wording(Protocol):
    """How one venue says what faults of requests do: exceptions to raise, and one reply."""

    def limited(self, headers: Mapping[str, str]) -> Exception: ...

    def blocked(self, reason: str) -> Exception: ...

    def page(self, status: int, text: str) -> Exception:
        """What stands before the venue answers with a page."""

    def failed(self, status: int, text: str) -> Exception: ...

    def maintenance(self) -> Exception: ...

    def failed_after(self, occasion: Occasion, status: int) -> Reply: ...


def raise_before(state: VenueState, occasion: Occasion, wording: Wording) -> None:
    """Raises ``SwallowedError``, or what to answer with, when a fault bites before the request is carried out."""
    if not state.faults.armed:
        return
    faults, context = state.faults, occasion.context()
    if faults.take("swallow_request", **context):
        raise SwallowedError
    limited = faults.take("http_429", **context)
    if limited is not None:
        wait_s = limited.params.get("retry_after_s")
        raise wording.limited({} if wait_s is None else {"Retry-After": str(wait_s)})
    blocked = faults.take("http_403", **context)
    if blocked is not None:
        raise wording.blocked(blocked.text("reason", "ip_query_only"))
    page = faults.take("proxy_page", **context)
    if page is not None:
        status = page.number("status", 502)
        raise wording.page(status, f"<html><body>error code: {1015 if status == 429 else status}</body></html>")
    broken = faults.take("http_5xx_before", **context)
    if broken is not None:
        raise wording.failed(broken.number("status", 502), "bad gateway (injected before matching)")
    if occasion.family == "execute":
        if faults.take("maintenance", **context):
            raise wording.maintenance()
    else:
        unavailable = faults.take("query_unavailable", **context)
        if unavailable is not None:
            raise wording.failed(unavailable.number("status", 503), "unavailable (injected)")


async def spoil(state: VenueState, occasion: Occasion, reply: Reply, wording: Wording) -> Reply:
    """Lose, replace, delay or cut the reply of a request that was carried out."""
    if not state.faults.armed:
        return reply
    faults, context = state.faults, occasion.context()
    if faults.take("reply_lost", **context):
        return LOST
    after = faults.take("http_5xx_after", **context)
    if after is not None:
        return wording.failed_after(occasion, after.number("status", 502))
    late = faults.take("late_reply", **context)
    if late is not None:
        await state.clock.wait_ms(late.number("delay_ms", 500))
    return replace(reply, garbled=True) if faults.take("garbled_reply", **context) else reply
