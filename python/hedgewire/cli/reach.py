"""Reaching a venue and comparing clocks, for ``hedgewire doctor``: one bounded GET, no credentials, nothing sent."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import urlsplit

from hedgewire.cli.checks import Finding, Status

TIMEOUT_S = 5.0
SKEW_WARN_MS = 250
SKEW_FAIL_MS = 1_000
"""An order's recv_time must lie after the server's now (Nado reference 3); a second of skew eats its usual margin."""


class VenueClock(NamedTuple):
    """Which of a venue's endpoints tells the time, at which path of its host, and how the answer is read (ms)."""

    endpoint: str
    path: str
    read: Callable[[bytes], int]


CLOCKS = {
    "nado": VenueClock("gateway_v1", "/time", int),
    "paradex": VenueClock("rest", "/v1/system/time", lambda body: int(json.loads(body)["server_time"])),
}
"""Nado reference 1.5 (a bare number, beside and not below `/v1`), Paradex reference 2.1."""


class TimeAnswer(NamedTuple):
    """What the venue's clock said, and our own clock (ms) around the question."""

    server_ms: int
    sent_ms: int
    received_ms: int


class Gateway(NamedTuple):
    """A venue in one environment, as the core would trade there."""

    venue: str
    environment: str
    url: str


def gateways() -> list[Gateway]:
    """Raises ``HedgewireError`` without the extension."""
    from hedgewire.cli.venue import venue_facts

    return [
        Gateway(venue, environment, facts["endpoints"][clock.endpoint])
        for venue, clock in CLOCKS.items()
        for environment, facts in venue_facts(venue)["environments"].items()
    ]


def ask_time(
    url: str, venue: str = "nado", timeout_s: float = TIMEOUT_S, now_ms: Callable[[], int] | None = None
) -> TimeAnswer:
    """GET the venue's time. Raises ``OSError``, ``HTTPException`` or ``ValueError`` (an answer that is no time)."""
    clock = now_ms or (lambda: time.time_ns() // 1_000_000)
    _, path, read = CLOCKS[venue]
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{url!r} is not an http or https address")
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname, parts.port, timeout=timeout_s)
    try:
        connection.connect()
        sent_ms = clock()
        connection.request("GET", path)
        response = connection.getresponse()
        body = response.read(64)
        received_ms = clock()
    finally:
        connection.close()
    if response.status != 200:
        raise ValueError(f"{path} answered HTTP {response.status}")
    try:
        return TimeAnswer(read(body), sent_ms, received_ms)
    except (KeyError, TypeError):
        raise ValueError(f"{path} answered {body!r}, which is no time") from None


def check_endpoint(
    name: str, url: str, venue: str, required: bool, ask: Callable[[str, str], TimeAnswer] = ask_time
) -> list[Finding]:
    """Is the gateway there, and do our clocks agree? Unreachable is a failure only when ``required``."""
    try:
        answer = ask(url, venue)
    except (OSError, http.client.HTTPException, ValueError) as error:
        status = Status.FAIL if required else Status.WARN
        hint = (
            "check the address and that it is running" if required else "only needed to trade there; check the network"
        )
        return [Finding(f"{name} endpoint", status, f"{url}: {error}", hint)]
    round_trip_ms = answer.received_ms - answer.sent_ms
    reached = Finding(f"{name} endpoint", Status.OK, f"{url} answered in {round_trip_ms} ms")
    return [reached, judge_clock(f"{name} clock", answer)]


def judge_clock(name: str, answer: TimeAnswer) -> Finding:
    """Compare clocks. The answer was made somewhere in the round trip, so half of it is uncertainty, not skew."""
    half_trip_ms = (answer.received_ms - answer.sent_ms) // 2
    skew_ms = answer.sent_ms + half_trip_ms - answer.server_ms
    certain_ms = max(0, abs(skew_ms) - half_trip_ms)
    detail = f"ours is {abs(skew_ms)} ms {'ahead' if skew_ms > 0 else 'behind'} (± {half_trip_ms} ms)"
    hint = "synchronise this machine's clock (NTP)"
    if certain_ms >= SKEW_FAIL_MS:
        return Finding(name, Status.FAIL, detail, hint)
    if certain_ms >= SKEW_WARN_MS:
        return Finding(name, Status.WARN, detail, hint)
    return Finding(name, Status.OK, detail)
