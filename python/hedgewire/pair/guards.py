"""Limits that stop trading. Each answers with a decision that says what, how much and against which limit.

Pair reference 1.8 and vectors V4-V6; requirement X4: net delta is judged in USD, as a share of gross exposure.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import IntEnum

from .vocabulary import ZERO, ConfigError

NS_PER_DAY = 86_400 * 1_000_000_000


class Level(IntEnum):
    """Ordered by severity. BLOCK: no new risk now. HALT: no new cycle. EMERGENCY: close everything."""

    OK = 0
    WARN = 1
    BLOCK = 2
    HALT = 3
    EMERGENCY = 4


@dataclass(frozen=True, slots=True)
class Decision:
    level: Level
    code: str
    message: str

    @property
    def allows_new_risk(self) -> bool:
        return self.level <= Level.WARN


ALLOWED = Decision(Level.OK, "ok", "within limits")


def worst(*decisions: Decision) -> Decision:
    """The most severe of several decisions; the first of equals."""
    return max(decisions, key=lambda decision: decision.level)


def check_position(held: Decimal, added: Decimal, limit: Decimal, unit: str = "USD") -> Decision:
    """MAX_POSITION: what is held plus what is ordered may reach the limit but not pass it (vector V4)."""
    total = abs(held) + abs(added)
    if total > limit:
        text = f"position {held} + order {added} = {total} {unit} is above MAX_POSITION {limit}. hint: lower the size"
        return Decision(Level.BLOCK, "max_position", text)
    return ALLOWED


@dataclass(slots=True)
class DailyLoss:
    """MAX_DAILY_LOSS in USD with a reset at UTC midnight; the reset always precedes the test (vectors V5, V6).

    Only what was realised is reset: the result of open positions is carried into the new day. ``day`` and
    ``realised`` are plain values so that a restart can restore them from the journal.
    """

    limit: Decimal
    day: int = -1
    realised: Decimal = ZERO

    def __post_init__(self) -> None:
        if not self.limit.is_finite() or self.limit <= 0:
            raise ConfigError(f"MAX_DAILY_LOSS is {self.limit}, must be positive. hint: USD per UTC day, e.g. 5")

    def roll(self, now_ns: int) -> None:
        day = now_ns // NS_PER_DAY
        if day > self.day:
            self.day = day
            self.realised = ZERO

    def record(self, net: Decimal, now_ns: int) -> None:
        """Add a realised result (after fees and funding)."""
        self.roll(now_ns)
        self.realised += net

    def check(self, now_ns: int, open_result: Decimal = ZERO) -> Decision:
        self.roll(now_ns)
        total = self.realised + open_result
        if total > -self.limit:
            return ALLOWED
        text = (
            f"result today {total} USD has reached MAX_DAILY_LOSS {self.limit}. hint: trading resumes at UTC midnight"
        )
        return Decision(Level.HALT, "max_daily_loss", text)


@dataclass(frozen=True, slots=True)
class DeltaLimits:
    """Shares of gross exposure at which a net exposure warns, blocks new risk, or closes everything (X4)."""

    warn: Decimal = Decimal("0.01")
    block: Decimal = Decimal("0.02")
    emergency: Decimal = Decimal("0.02")

    def __post_init__(self) -> None:
        known = all(value.is_finite() for value in (self.warn, self.block, self.emergency))
        if not known or not ZERO < self.warn <= self.block or not self.warn <= self.emergency:
            raise ConfigError(
                f"net delta limits warn {self.warn}, block {self.block}, emergency {self.emergency} "
                "must be positive and not below warn. hint: 0.01, 0.02, 0.02"
            )


def check_delta(values_usd: tuple[Decimal, ...], limits: DeltaLimits) -> Decision:
    """Judge signed leg values in USD. Evaluate it on settled legs only: a pair being built is unequal by nature."""
    gross = sum((abs(value) for value in values_usd), ZERO)
    if gross == 0:
        return ALLOWED
    net = sum(values_usd, ZERO)
    share = abs(net) / gross
    text = f"net delta {net} USD is {share:.4%} of gross {gross} USD"
    if share > limits.emergency:
        return Decision(Level.EMERGENCY, "net_delta", f"{text}, above emergency {limits.emergency:%}")
    if share > limits.block:
        return Decision(Level.BLOCK, "net_delta", f"{text}, above block {limits.block:%}")
    if share > limits.warn:
        return Decision(Level.WARN, "net_delta", f"{text}, above warn {limits.warn:%}")
    return ALLOWED


@dataclass(slots=True)
class FailureBreaker:
    """Stops after so many failed cycles in a row (the missing counter behind the 43-minute loop, evidence E4)."""

    limit: int = 3
    failures: int = 0

    def record(self, ok: bool) -> None:
        self.failures = 0 if ok else self.failures + 1

    def check(self) -> Decision:
        if self.failures < self.limit:
            return ALLOWED
        text = f"{self.failures} failed cycles in a row, limit {self.limit}. hint: read the reasons in the journal"
        return Decision(Level.HALT, "failure_breaker", text)


@dataclass(slots=True)
class Guards:
    """All guards of a session, shared by its cycles. ``max_position_usd`` bounds the sum of both legs' values."""

    max_position_usd: Decimal
    daily_loss: DailyLoss
    delta: DeltaLimits = field(default_factory=DeltaLimits)
    breaker: FailureBreaker = field(default_factory=FailureBreaker)

    def __post_init__(self) -> None:
        if not self.max_position_usd.is_finite() or self.max_position_usd <= 0:
            raise ConfigError(
                f"MAX_POSITION is {self.max_position_usd}, must be positive. hint: USD, both legs together"
            )

    def before_cycle(self, now_ns: int, planned_usd: Decimal) -> Decision:
        return worst(
            self.daily_loss.check(now_ns),
            self.breaker.check(),
            check_position(ZERO, planned_usd, self.max_position_usd),
        )

    def before_order(self, now_ns: int, gross_usd: Decimal, order_usd: Decimal, open_result: Decimal) -> Decision:
        """Before *every* order that adds risk, not after the first fill (defect B21)."""
        return worst(
            self.daily_loss.check(now_ns, open_result), check_position(gross_usd, order_usd, self.max_position_usd)
        )

    def while_open(self, now_ns: int, values_usd: tuple[Decimal, ...], open_result: Decimal) -> Decision:
        """While exposure is held and no order works: a daily loss closes it, so does a net delta beyond its limit."""
        loss = self.daily_loss.check(now_ns, open_result)
        if loss.level is Level.HALT:
            return Decision(Level.EMERGENCY, loss.code, loss.message)
        return check_delta(values_usd, self.delta)

    def record_cycle(self, now_ns: int, net: Decimal, ok: bool) -> None:
        self.daily_loss.record(net, now_ns)
        self.breaker.record(ok)
