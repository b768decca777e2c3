"""The health of one link: the core's own document, and what only this side can count."""

from __future__ import annotations

from collections import Counter
from typing import Any

from hedgewire.nautilus.rows import SocketState, StreamState

_SOCKETS = ("streams", "actions")


class LinkCounts:
    """Counted since the node was built; everything else is counted by the core since it was opened."""

    def __init__(self) -> None:
        self.resubscriptions = 0
        self.reconciliations = 0
        """Order events by which the engine corrected the cache: what it believed was not so at the venue."""
        self.socket_changes: Counter[tuple[str, str]] = Counter()
        """By socket and the state that it came into."""
        self._confirmed: set[tuple[Any, ...]] = set()

    def on_stream(self, row: tuple[Any, ...]) -> None:
        if row[4] != StreamState.ACTIVE:
            return
        stream = row[1:4]
        self.resubscriptions += stream in self._confirmed
        self._confirmed.add(stream)

    def on_socket(self, row: tuple[Any, ...]) -> None:
        self.socket_changes[_SOCKETS[row[1]], SocketState(row[2]).name.lower()] += 1

    def on_order_event(self, event: Any) -> None:
        self.reconciliations += bool(event.reconciliation)


def least_headroom(document: dict[str, Any]) -> int:
    """What the tightest of the venue's rate limits still admits, in the venue's own weights."""
    return min((0 if limit["penalised_until_ms"] else limit["left"] for limit in document["limits"]), default=0)
