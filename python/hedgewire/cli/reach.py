"""Reaching a venue and comparing clocks, for ``hedgewire doctor``: one bounded GET, no credentials, nothing sent."""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import urlsplit

from hedgewire.cli.checks import Finding, Status

TIME_PATH = "/time"
"""Nado reference 1.5: `/time` answers a bare JSON number, epoch milliseconds, beside (not below) `/v1`."""
TIMEOUT_S = 5.0
SKEW_WARN_MS = 250
SKEW_FAIL_MS = 1_000
"""An order's recv_time must lie after the server's now (Nado reference 3); a second of skew eats its usual margin."""


class TimeAnswer(NamedTuple):
    """What the venue's clock said, and our own clock (ms) around the question."""

    server_ms: int
    sent_ms: int
    received_ms: int


def gateways() -> dict[str, str]:
    """The gateway that the core would trade at, by environment. Raises ``HedgewireError`` without the extension."""
    from hedgewire.cli.venue import venue_facts

    environments = venue_facts("nado")["environments"]
    return {name: facts["endpoints"]["gateway_v1"] for name, facts in environments.items()}


def ask_time(url: str, timeout_s: float = TIMEOUT_S, now_ms: Callable[[], int] | None = None) -> TimeAnswer:
    """GET the venue's time. Raises ``OSError``, ``HTTPException`` or ``ValueError`` (an answer that is no time)."""
    clock = now_ms or (lambda: time.time_ns() // 1_000_000)
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{url!r} is not an http or https address")
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname, parts.port, timeout=timeout_s)
    try:
        connection.connect()
        sent_ms = clock()
        connection.request("GET", TIME_PATH)
        response = connection.getresponse()
        body = response.read(64)
        received_ms = clock()
    finally:
        connection.close()
    if response.status != 200:
        raise ValueError(f"{TIME_PATH} answered HTTP {response.status}")
    return TimeAnswer(int(body), sent_ms, received_ms)


def check_endpoint(name: str, url: str, required: bool, ask: Callable[[str], TimeAnswer] = ask_time) -> list[Finding]:
    """Is the gateway there, and do our clocks agree? Unreachable is a failure only when ``required``."""
    try:
        answer = ask(url)
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
