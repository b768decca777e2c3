"""Faults at a request in Paradex's words."""

from __future__ import annotations

from collections.abc import Mapping

from hedgewire.simulator import replies
from hedgewire.simulator.replies import Occasion, Reply
from hedgewire.simulator.wire.paradex.errors import WireError
from hedgewire.simulator.wire.paradex.limits import too_many
from hedgewire.simulator.wire.paradex.state import ParadexState


class _Words:
    """See ``replies.Wording``."""

    def limited(self, headers: Mapping[str, str]) -> Exception:
        return too_many(headers)

    def blocked(self, reason: str) -> Exception:
        return WireError("GEO_IP_BLOCK", f"blocked: {reason} (injected)", http_status=403)

    def page(self, status: int, text: str) -> Exception:
        return WireError("", "a page of the proxy (injected)", http_status=status, body=text)

    def failed(self, status: int, text: str) -> Exception:
        return WireError("INTERNAL_ERROR", text, http_status=status)

    def maintenance(self) -> Exception:
        return WireError("SERVICE_UNAVAILABLE", "the system is under maintenance", http_status=503)

    def failed_after(self, occasion: Occasion, status: int) -> Reply:
        text = "bad gateway (injected after matching)"
        return Reply({"error": "INTERNAL_ERROR", "message": text, "data": None}, status)


_WORDS = _Words()


def raise_before(state: ParadexState, occasion: Occasion) -> None:
    replies.raise_before(state, occasion, _WORDS)


async def spoil(state: ParadexState, occasion: Occasion, reply: Reply) -> Reply:
    return await replies.spoil(state, occasion, reply, _WORDS)
