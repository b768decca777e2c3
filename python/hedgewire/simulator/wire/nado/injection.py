"""Faults at a request in Nado's words."""

from __future__ import annotations

from collections.abc import Mapping

from hedgewire.simulator import replies
from hedgewire.simulator.fields import Json
from hedgewire.simulator.replies import Occasion, Reply
from hedgewire.simulator.wire.nado.errors import MAINTENANCE, RATE_LIMIT, WireError
from hedgewire.simulator.wire.nado.state import NadoState


class _Words:
    """See ``replies.Wording``."""

    def limited(self, headers: Mapping[str, str]) -> Exception:
        return WireError(RATE_LIMIT, "too many requests (injected)", http_status=429, headers=headers)

    def blocked(self, reason: str) -> Exception:
        return WireError(0, "blocked (injected)", http_status=403, body={"reason": reason, "blocked": True})

    def page(self, status: int, text: str) -> Exception:
        return WireError(0, "a page of the proxy (injected)", http_status=status, body=text)

    def failed(self, status: int, text: str) -> Exception:
        return WireError(0, text, http_status=status)

    def maintenance(self) -> Exception:
        return WireError(MAINTENANCE, "the system is under maintenance")

    def failed_after(self, occasion: Occasion, status: int) -> Reply:
        error: Json = {"status": "failure", "error": "bad gateway (injected after matching)", "error_code": 0}
        return Reply(error | {"request_type": f"{occasion.family}_{occasion.name}"}, status)


_WORDS = _Words()


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
    replies.raise_before(state, occasion, _WORDS)


async def spoil(state: NadoState, occasion: Occasion, reply: Reply) -> Reply:
    return await replies.spoil(state, occasion, reply, _WORDS)
