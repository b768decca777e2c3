"""Pages of histories, newest first, with cursors that only this venue can have made (Paradex reference 2.0)."""

from __future__ import annotations

import base64
import hmac
from collections import deque
from collections.abc import Callable, Mapping
from hashlib import sha256
from itertools import islice

from hedgewire.simulator.fields import Json
from hedgewire.simulator.wire.paradex.errors import WireError
from hedgewire.simulator.wire.paradex.messages import get_int

KEPT = 5000
DEFAULT_PAGE = 100
MAX_PAGE = 5000
SUFFIX_BYTES = 16


class History:
    """The last rows of one kind, each with the number it has for good."""

    def __init__(self, kept: int = KEPT) -> None:
        self.rows: deque[tuple[int, Json]] = deque(maxlen=kept)
        self._last = 0

    def append(self, row: Json) -> Json:
        self._last += 1
        self.rows.append((self._last, row))
        return row


def page(
    history: History,
    query: Mapping[str, str],
    wanted: Callable[[Json], bool],
    *,
    secret: bytes,
    scope: str,
    time_key: str = "created_at",
    max_page: int = MAX_PAGE,
) -> Json:
    """``page_size``, ``start_at``, ``end_at`` (ms) and ``cursor`` of the query apply; ``scope`` binds cursors to it."""
    body: Json = dict(query)
    size = get_int(body, "page_size", DEFAULT_PAGE)
    start, end = get_int(body, "start_at", 0), get_int(body, "end_at", 2**63)
    if not 1 <= size <= max_page:
        raise WireError("INVALID_REQUEST_PARAMETER", f"page_size={size} is not within 1 to {max_page}")
    direction, number = "n", 2**63
    if query.get("cursor"):
        direction, number = _read(query["cursor"], secret, scope)

    def fits(row: Json) -> bool:
        at_ms = row[time_key]
        assert isinstance(at_ms, int)  # every row has its time
        return start <= at_ms <= end and wanted(row)

    rows = ((n, row) for n, row in (reversed(history.rows) if direction == "n" else history.rows) if fits(row))
    beyond = ((n, row) for n, row in rows if (n < number if direction == "n" else n > number))
    found = list(islice(beyond, size + 1))
    more, found = len(found) > size, found[:size]
    if direction == "p":
        found.reverse()
    older = more if direction == "n" else True
    newer = number != 2**63 if direction == "n" else more
    return {
        "next": _made("n", found[-1][0], secret, scope) if found and older else None,
        "prev": _made("p", found[0][0], secret, scope) if found and newer else None,
        "results": [row for _, row in found],
    }


def _made(direction: str, number: int, secret: bytes, scope: str) -> str:
    text = f"{direction}{number}".encode()
    return base64.urlsafe_b64encode(text + b"." + _suffix(text, secret, scope)).decode()


def _read(cursor: str, secret: bytes, scope: str) -> tuple[str, int]:
    try:
        text, _, suffix = base64.urlsafe_b64decode(cursor).partition(b".")
    except ValueError:
        text, suffix = b"", b""
    if not text or not hmac.compare_digest(suffix, _suffix(text, secret, scope)):
        raise WireError("INVALID_REQUEST_PARAMETER", "the cursor is none that this server gave for this request")
    return text[:1].decode(), int(text[1:])


def _suffix(text: bytes, secret: bytes, scope: str) -> bytes:
    return hmac.digest(secret, scope.encode() + b"\0" + text, sha256)[:SUFFIX_BYTES].hex().encode()
