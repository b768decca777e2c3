"""Events on their way into frames, JSON or binary, and the faults that spoil them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace

from hedgewire.simulator.connection import Frame
from hedgewire.simulator.fields import Json
from hedgewire.simulator.wire.paradex import sbe
from hedgewire.simulator.wire.paradex.state import ParadexState

STRANGER = "0x" + "5e" * 31
DEEP = "[" * 100_000
HUGE_BYTES = 20 * 1024 * 1024
NOT_UTF8 = b'{"jsonrpc":"2.0","method":"\xff\xfe"}'
NUMERIC = ("price", "size", "bid", "mark_price", "account_value", "funding_rate", "created_at")
NEVER = "never_heard_of"

Render = Callable[[str, int | None], Frame]
"""A frame for a channel's full name and a schema version (``None``: JSON)."""


@dataclass(frozen=True, slots=True)
class Push:
    """One event: its channel's family, its market if it has one, its payload."""

    family: str
    market: str | None
    data: Json
    seq_no: int
    now_us: int

    def render(self, channel: str, version: int | None) -> Frame:
        if version is not None:
            binary = sbe.encode(self.family, self.data, version, now_us=self.now_us, seq_no=self.seq_no)
            if binary is not None:
                return binary
        return envelope(channel, self.data)


def envelope(channel: str, data: Json) -> str:
    message = {"jsonrpc": "2.0", "method": "subscription", "params": {"channel": channel, "data": data}}
    return json.dumps(message, separators=(",", ":"))


def renders(state: ParadexState, push: Push, context: dict[str, object]) -> list[Render]:
    """What an event leaves as, after the faults that change its frames."""
    faults, data = state.faults, push.data
    if not faults.armed:
        return [push.render]
    if faults.take("garbled_event", **context):
        return [lambda channel, version: _half(push.render(channel, version))]
    if faults.take("absurd_event", **context):
        return [replace(push, data={key: _absurd(value) for key, value in data.items()}).render]
    if push.family == "bbo" and faults.take("crossed_quote", **context):
        return [replace(push, data={**data, "bid": data["ask"], "ask": data["bid"]}).render]
    odd = faults.take("odd_event", **context)
    if odd is not None:
        form = odd.text("form", "null_field")
        return [lambda channel, version: _odd(push, channel, version, form)]
    if faults.take("unknown_event", **context):
        return [_unknown(push), push.render]
    if faults.take("unknown_template", **context):
        return [_unknown(push), push.render]
    if "account" in data and faults.take("stranger_event", **context):
        return [replace(push, data=_strangers(data)).render, push.render]
    hostile = faults.take("hostile_frame", **context)
    if hostile is not None:
        form = hostile.text("form", "deep")
        return [lambda channel, version: _hostile(form), push.render]
    return [push.render]


def _half(frame: Frame) -> Frame:
    return frame[: len(frame) // 2]


def _unknown(push: Push) -> Render:
    def render(channel: str, version: int | None) -> Frame:
        return envelope(f"{NEVER}.{channel}", push.data) if version is None else sbe.unknown(version, push.now_us)

    return render


def _absurd(value: object) -> object:
    """A decimal text becomes one of sixty digits, in lists too; ids and the rest stay."""
    if isinstance(value, list):
        return [_absurd(item) for item in value]
    if isinstance(value, dict):
        return {key: _absurd(item) for key, item in value.items()}
    is_decimal = isinstance(value, str) and value.replace(".", "").replace("-", "").isdecimal() and len(value) < 28
    return "9" * 60 if is_decimal else value


def _odd(push: Push, channel: str, version: int | None, form: str) -> Frame:
    """One field as ``form`` says; a binary frame has a longer block, an unknown enumeration or nulls instead."""
    data = push.data
    if form == "enum":
        for key in ("status", "side", "update_type", "trade_type"):
            if key in data:
                return replace(push, data={**data, key: "RECONSIDERED"}).render(channel, version)
    if version is not None:
        frame = push.render(channel, version)
        if isinstance(frame, bytes) and form == "extra_field":
            length = int.from_bytes(frame[:2], "little")
            return (length + 8).to_bytes(2, "little") + frame[2 : 8 + length] + b"\7" * 8 + frame[8 + length :]
        return frame
    if form == "extra_field":
        return envelope(channel, {**data, NEVER: {"nested": [1, None]}})
    key = next((name for name in NUMERIC if name in data), "market")
    value = data.get(key)
    if form == "number" and isinstance(value, str):
        return envelope(channel, {**data, key: 1})
    return envelope(channel, {**data, key: None if form == "null_field" else "1e-8"})


def _strangers(data: Json) -> Json:
    changed: Json = {**data, "account": STRANGER}
    return {**changed, "order_id": "0" * 28} if "order_id" in data else changed


def _hostile(form: str) -> Frame:
    if form == "huge":
        return '{"jsonrpc":"' + "a" * HUGE_BYTES + '"}'
    return NOT_UTF8 if form == "not_utf8" else DEEP
