"""The health of links in Prometheus's text format. Base units: seconds; counters end in ``_total``."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hedgewire.nautilus.health import LinkCounts

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
Labels = dict[str, object]

_COUNTERS = {
    "frames": ("frames", "Messages received over WebSockets."),
    "malformed": ("malformed_messages", "Messages and answers that could not be read."),
    "unknown": ("unknown_messages", "Messages of a kind that is not known."),
    "gaps": ("book_gaps", "Gaps in the differences of books."),
    "resnapshots": ("book_resnapshots", "Books that were fetched anew."),
    "book_audits": ("book_audits", "Books that were compared with the venue's own."),
    "book_differences": ("book_differences", "Comparisons in which a book differed."),
    "duplicate_fills": ("duplicate_fills", "Fills that were told more than once."),
    "foreign_fills": ("foreign_fills", "Fills of orders that were not sent from here."),
    "dropped_rows": ("dropped_rows", "Rows that gave way to newer ones because the node was behind."),
    "stale_streams": ("stale_streams", "Streams that fell silent and were opened again."),
    "limited": ("rate_limit_waits", "Requests that waited for a rate limit here."),
    "throttled": ("throttled_requests", "Requests that the venue refused for its rate limit."),
    "catch_ups": ("catch_ups", "Private states fetched after a connection."),
}
"""Name in the core's document: name and meaning here."""


class Exposition:
    """Samples by metric: all of one metric stand together, after its help and its type."""

    def __init__(self) -> None:
        self._metrics: dict[str, tuple[str, str, list[str]]] = {}

    def add(self, name: str, kind: str, meaning: str, value: int | Decimal | None, labels: Labels) -> None:
        """``None``: not measured yet, so not said."""
        samples = self._metrics.setdefault(f"hedgewire_{name}", (kind, meaning, []))[2]
        if value is not None:
            text = ",".join(f'{label}="{_escaped(str(of))}"' for label, of in labels.items())
            samples.append(f"hedgewire_{name}{{{text}}} {value}")

    def text(self) -> str:
        lines: list[str] = []
        for name, (kind, meaning, samples) in self._metrics.items():
            lines += (f"# HELP {name} {meaning}", f"# TYPE {name} {kind}", *samples)
        return "\n".join(lines) + "\n"


def expose(
    into: Exposition, client: str, document: dict[str, Any], counts: LinkCounts, symbols: dict[int, str]
) -> None:
    """``document``: the core's; ``symbols``: instruments by the venue's numbers."""
    own: Labels = {"client": client}
    _expose_connection(into, own, document, counts)
    for stream in document["streams"]:
        instrument = symbols.get(stream["instrument"], "")
        labels = own | {"stream": stream["stream"], "instrument": instrument, "param": stream["param"]}
        is_active = int(stream["state"] == "active")
        into.add("stream_active", "gauge", "1 while the venue has confirmed the stream.", is_active, labels)
        age = _seconds(stream["age_ms"])
        into.add("stream_age_seconds", "gauge", "Time since the last message of the stream.", age, labels)
    for name, (metric, meaning) in _COUNTERS.items():
        into.add(f"{metric}_total", "counter", meaning, document["counters"][name], own)
    meaning = "Streams that the venue confirmed again, after a reconnection or silence."
    into.add("resubscriptions_total", "counter", meaning, counts.resubscriptions, own)
    meaning = "Order events by which the engine corrected its cache from the venue's reports."
    into.add("reconciliation_differences_total", "counter", meaning, counts.reconciliations, own)
    into.add("books_wanted", "gauge", "Books that are subscribed to.", document["books"]["wanted"], own)
    into.add("books_live", "gauge", "Books that are in step with the venue.", document["books"]["live"], own)
    meaning = "Orders and cancels of which the venue has not yet said what became of them."
    into.add("unresolved_outcomes", "gauge", meaning, document["unresolved"], own)
    for road in ("rest", "order"):
        latency = document["latencies"][f"{road}_ms"]
        for percentile in ("50", "90", "99"):
            meaning = f"Percentiles of the latest 256 {road} round trips."
            value = _seconds(latency[f"p{percentile}"])
            into.add(f"{road}_latency_seconds", "gauge", meaning, value, own | {"percentile": percentile})
    for limit in document["limits"]:
        labels = own | {"limit": limit["name"], "window_seconds": _seconds(limit["window_ms"])}
        meaning = "Weight that a rate limit of the venue still admits within its window."
        into.add("rate_limit_headroom", "gauge", meaning, limit["left"], labels)
        is_penalised = int(limit["penalised_until_ms"] is not None)
        into.add("rate_limit_penalised", "gauge", "1 while the venue admits nothing.", is_penalised, labels)


def _expose_connection(into: Exposition, own: Labels, document: dict[str, Any], counts: LinkCounts) -> None:
    status = document["status"]
    usable = {"websocket": status["websocket"] == "connected", "rest": status["rest"] == "available"}
    for road, is_usable in usable.items():
        into.add("usable", "gauge", "1 while this road to the venue works.", int(is_usable), own | {"road": road})
    for socket in document["sockets"]:
        labels = own | {"socket": socket["socket"]}
        state = labels | {"state": socket["state"].lower()}
        into.add("socket_state", "gauge", "1 for the state that the socket is in.", 1, state)
        meaning = "Time in that state."
        into.add("socket_state_seconds", "gauge", meaning, _seconds(socket["since_ms"]), labels)
        into.add("reconnects_total", "counter", "Connections after the first.", socket["reconnects"], labels)
        meaning = "Time that the last recovery took."
        into.add("socket_recovery_seconds", "gauge", meaning, _seconds(socket["recovery_time_ms"]), labels)
    for (name, into_state), times in sorted(counts.socket_changes.items()):
        meaning = "How often a socket came into a state."
        into.add("socket_state_changes_total", "counter", meaning, times, own | {"socket": name, "state": into_state})


def _seconds(ms: int | None) -> Decimal | None:
    return None if ms is None else Decimal(ms) / 1000


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
