"""Replies to requests as the faults of requests see them: what is sent, and how it is lost, delayed or cut."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from aiohttp import web

MIN_COMPRESSED_BYTES = 1024


@dataclass(frozen=True, slots=True)
class Reply:
    """What to send back: JSON, or a page as text. ``lost`` means: nothing, the connection breaks instead."""

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
