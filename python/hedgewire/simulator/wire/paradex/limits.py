"""Request budgets: buckets that refill continuously, and the headers that tell of them (Paradex reference 7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hedgewire.simulator.clock import MS_NS
from hedgewire.simulator.wire.paradex.errors import WireError

MAX_TRACKED = 1000
SECOND_MS = 1000
MINUTE_MS = 60 * SECOND_MS


@dataclass(slots=True)
class _Bucket:
    spent: int
    """In units of 1 / window: a request costs ``window_ms``."""
    at_ms: int


class Budget:
    """``limit`` requests within ``window_ms``, for each caller; what is spent comes back evenly."""

    def __init__(self, limit: int, window_ms: int) -> None:
        self.limit = limit
        self.window_ms = window_ms
        self._buckets: dict[str, _Bucket] = {}

    def _now(self, caller: str, now_ms: int) -> _Bucket:
        bucket = self._buckets.get(caller)
        if bucket is None:
            if len(self._buckets) >= MAX_TRACKED:
                del self._buckets[next(iter(self._buckets))]
            bucket = self._buckets[caller] = _Bucket(0, now_ms)
        bucket.spent = max(0, bucket.spent - self.limit * max(0, now_ms - bucket.at_ms))
        bucket.at_ms = now_ms
        return bucket

    def has(self, caller: str, now_ms: int) -> bool:
        return self._now(caller, now_ms).spent + self.window_ms <= self.limit * self.window_ms

    def spend(self, caller: str, now_ms: int) -> None:
        self._now(caller, now_ms).spent += self.window_ms

    def headers(self, caller: str, now_ms: int) -> dict[str, str]:
        spent = self._now(caller, now_ms).spent
        remaining = max(0, self.limit - -(-spent // self.window_ms))
        return {
            "x-ratelimit-limit": str(self.limit),
            "x-ratelimit-remaining": str(remaining),
            "x-ratelimit-reset": str((now_ms + spent // self.limit) // SECOND_MS + 1),
            "x-ratelimit-window": str(self.window_ms // SECOND_MS),
        }


class Limits:
    """The budgets of one venue. Orders over REST and over WebSocket share one."""

    def __init__(self) -> None:
        self.enabled = True
        self.public = (Budget(1500, MINUTE_MS),)
        self.connects = (Budget(20, SECOND_MS), Budget(600, MINUTE_MS))
        self.login = (Budget(600, MINUTE_MS),)
        self.orders = (Budget(800, SECOND_MS), Budget(17_250, MINUTE_MS))
        self.private = (Budget(120, SECOND_MS), Budget(600, MINUTE_MS))
        self.by_address = (Budget(1500, MINUTE_MS),)
        """All private requests of one address, whoever's they are."""
        self.interactive = (
            Budget(3, SECOND_MS),
            Budget(30, MINUTE_MS),
            Budget(300, 60 * MINUTE_MS),
            Budget(1000, 24 * 60 * MINUTE_MS),
        )

    def enable(self, enabled: bool) -> None:
        self.enabled = enabled

    def fits(self, budgets: tuple[Budget, ...], caller: str, now_ms: int) -> bool:
        """Spend one request of every budget, if all have it."""
        if self.enabled and not all(budget.has(caller, now_ms) for budget in budgets):
            return False
        for budget in budgets:
            budget.spend(caller, now_ms)
        return True

    def take(self, budgets: tuple[Budget, ...], caller: str, now_ms: int) -> Mapping[str, str]:
        """The headers of a request that is within its budgets; raises the 429 of one that is not."""
        fits = self.fits(budgets, caller, now_ms)
        scarce = min(budgets, key=lambda budget: int(budget.headers(caller, now_ms)["x-ratelimit-remaining"]))
        headers = scarce.headers(caller, now_ms)
        if not fits:
            raise too_many(headers | {"Retry-After": str(int(headers["x-ratelimit-reset"]) - now_ms // SECOND_MS)})
        return headers


def too_many(headers: Mapping[str, str]) -> WireError:
    text = "rate limit exceeded"
    return WireError("RATE_LIMIT", text, http_status=429, headers=headers, body={"message": text})


def request_headers(started_ns: int, now_ns: int) -> dict[str, str]:
    """What every response carries besides."""
    spent_ms = (now_ns - started_ns) // MS_NS
    return {"Paradigm-Request-Received": str(started_ns), "Paradigm-Request-Duration": f"{spent_ms}ms"}
