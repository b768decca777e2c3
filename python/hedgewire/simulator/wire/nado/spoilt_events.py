"""Faults in the text of an event: cut, absurd, odd, strange or hostile frames."""

from __future__ import annotations

import json

from hedgewire.simulator.fields import Json
from hedgewire.simulator.wire.nado.state import NadoState

STRANGER = "0x" + "5e" * 32
DEEP = "[" * 100_000
HUGE_BYTES = 20 * 1024 * 1024
NOT_UTF8 = b'{"type":"fill","price":"\xff\xfe"}'
NUMERIC = ("price", "amount", "bid_price", "max_timestamp", "rate_x18", "payment_amount", "timestamp", "time")


def to_text(message: Json) -> str:
    return json.dumps(message, separators=(",", ":"))


def spoilt(state: NadoState, message: Json, context: dict[str, object]) -> list[str | bytes]:
    """The frames an event leaves as, after the faults that change its text."""
    faults, text = state.faults, to_text(message)
    if faults.take("garbled_event", **context):
        return [text[: len(text) // 2]]
    if faults.take("absurd_event", **context):
        return [to_text({key: _absurd(value) for key, value in message.items()})]
    if message["type"] == "best_bid_offer" and faults.take("crossed_quote", **context):
        return [to_text({**message, "bid_price": message["ask_price"], "ask_price": message["bid_price"]})]
    odd = faults.take("odd_event", **context)
    if odd is not None:
        return [to_text(_odd(message, odd.text("form", "null_field")))]
    if faults.take("unknown_event", **context):
        return [to_text({**message, "type": "never_heard_of"}), text]
    if "subaccount" in message and faults.take("stranger_event", **context):
        return [to_text(_strangers(message)), text]
    hostile = faults.take("hostile_frame", **context)
    if hostile is not None:
        return [_hostile(hostile.text("form", "deep")), text]
    return [text]


def _absurd(value: object) -> object:
    """A decimal string becomes one of sixty digits, lists likewise; the rest stays."""
    if isinstance(value, list):
        return [_absurd(item) for item in value]
    return "9" * 60 if isinstance(value, str) and value.lstrip("-").isdecimal() else value


def _odd(message: Json, form: str) -> Json:
    """The event with one field as ``form`` says; what reads it must refuse it or know better, never guess."""
    if form == "extra_field":
        return {**message, "never_heard_of": {"nested": [1, None]}}
    if form == "enum":
        return {**message, ("reason" if "reason" in message else "side"): "reconsidered"}
    key = next((name for name in NUMERIC if name in message), "product_id")
    value = message.get(key)
    if form == "number":
        return {**message, key: int(value) if isinstance(value, str) else value}
    return {**message, key: None if form == "null_field" else "1e-8"}


def _strangers(message: Json) -> Json:
    changed: Json = {**message, "subaccount": STRANGER}
    return {**changed, "order_digest": STRANGER} if "order_digest" in message else changed


def _hostile(form: str) -> str | bytes:
    if form == "huge":
        return '{"type":"' + "a" * HUGE_BYTES + '"}'
    return NOT_UTF8 if form == "not_utf8" else DEEP
