"""The terms of the pair: sides, phases, legs and the operator's configuration. Units as in :mod:`.vocabulary`."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

ZERO = Decimal(0)
NS_PER_MS = 1_000_000


def plain(value: Decimal) -> str:
    """A quantity as a person writes it: no exponent, no zeros behind the last digit that counts."""
    return format(value.normalize(), "f")


class ConfigError(ValueError):
    """A configuration value cannot be used. The message names the field, the value and a hint."""


class Side(StrEnum):
    BUY = "BUY"
    SELL = "SELL"

    @property
    def sign(self) -> int:
        return 1 if self is Side.BUY else -1

    @property
    def opposite(self) -> Side:
        return Side.SELL if self is Side.BUY else Side.BUY


class Direction(StrEnum):
    """Which way the pair is opened: ``BUY_FIRST`` is long leg 0 and short leg 1, ``SELL_FIRST`` the mirror."""

    BUY_FIRST = "BUY_FIRST"
    SELL_FIRST = "SELL_FIRST"

    def entry_side(self, leg: int) -> Side:
        long = (leg == 0) is (self is Direction.BUY_FIRST)
        return Side.BUY if long else Side.SELL

    @property
    def flipped(self) -> Direction:
        return Direction.SELL_FIRST if self is Direction.BUY_FIRST else Direction.BUY_FIRST


class OrderKind(StrEnum):
    POST_ONLY = "post_only"
    IOC = "ioc"


class BuildPolicy(StrEnum):
    IOC = "ioc"
    MAKER_THEN_TAKER = "maker_then_taker"


class Neutral(StrEnum):
    """In what the legs are to be equal."""

    NOTIONAL = "notional"
    """Value in USD: two coins."""
    QUANTITY = "quantity"
    """Units: one coin in two places."""


class StopMode(StrEnum):
    FINISH_CYCLE = "finish_cycle"
    FLATTEN = "flatten"


class SmallExit(StrEnum):
    """How a venue lets one close a position whose value is below its minimum order value.

    ``ALLOWED``: the minimum does not apply to closing orders. ``CLIP``: it applies to the order's own quantity, but a
    reduce-only IOC is clipped to the position, so the order may name more than is held (Nado reference 5.3, 6.8).
    ``TOP_UP``: neither; the position is first grown to a closable size and then closed in one order.
    """

    ALLOWED = "allowed"
    CLIP = "clip"
    TOP_UP = "top_up"


class State(StrEnum):
    IDLE = "IDLE"
    PREFLIGHT = "PREFLIGHT"
    RESUMING = "RESUMING"
    PAUSED = "PAUSED"
    BUILD_PLACING = "BUILD_PLACING"
    BUILD_WORKING = "BUILD_WORKING"
    BUILD_COMPLETING = "BUILD_COMPLETING"
    BUILD_VERIFY = "BUILD_VERIFY"
    HOLDING = "HOLDING"
    UNWIND_WORKING = "UNWIND_WORKING"
    UNWIND_COMPLETING = "UNWIND_COMPLETING"
    UNWIND_VERIFY = "UNWIND_VERIFY"
    RECONCILING = "RECONCILING"
    EMERGENCY = "EMERGENCY"
    CYCLE_DONE = "CYCLE_DONE"
    HALTED = "HALTED"
    HALTED_DIRTY = "HALTED_DIRTY"

    @property
    def is_final(self) -> bool:
        return self in (State.CYCLE_DONE, State.HALTED, State.HALTED_DIRTY)


class Outcome(StrEnum):
    """How a cycle ended: it held a pair, it sent nothing or filled nothing, it was brought back flat, or it
    was given up with something that may still be open. The last one is revised when that is closed later."""

    PAIRED = "paired"
    SKIPPED = "skipped"
    RECOVERED_FLAT = "recovered_flat"
    HALTED_OPEN = "halted_open"


@dataclass(frozen=True, slots=True)
class LegSpec:
    """What the machine must know of one instrument; every value is read from the venue, none is assumed."""

    name: str
    tick: Decimal
    lot: Decimal
    min_qty: Decimal = ZERO
    min_notional: Decimal = ZERO
    maker_rate: Decimal = ZERO
    taker_rate: Decimal = ZERO
    small_exit: SmallExit = SmallExit.CLIP

    def __post_init__(self) -> None:
        for label, value in (("tick", self.tick), ("lot", self.lot)):
            if not value.is_finite() or value <= 0:
                raise ConfigError(
                    f"leg {self.name}: {label} is {value}, must be positive. hint: read it from the venue"
                )
        for label, value in (("min_qty", self.min_qty), ("min_notional", self.min_notional)):
            if not value.is_finite() or value < 0:
                raise ConfigError(f"leg {self.name}: {label} is {value}, must not be negative. hint: use 0 for none")


@dataclass(frozen=True, slots=True)
class PairConfig:
    """Everything the operator decides about a cycle. ``target_notional`` is USD per leg; rates ``*_bps`` are 1e-4."""

    target_notional: Decimal
    build_policy: BuildPolicy = BuildPolicy.IOC
    maker_leg: int = 0
    maker_fallback_taker: bool = True
    hold_ms: int = 5_000
    # How far the sizer may leave the target to balance the legs, and how unequal the legs may stay (fractions).
    max_target_deviation: Decimal = Decimal("0.10")
    max_imbalance: Decimal = Decimal("0.03")
    neutral: Neutral = Neutral.NOTIONAL
    # Prices.
    slippage_cap_bps: Decimal = Decimal(10)
    emergency_slippage_bps: Decimal = Decimal(100)
    reprice_ticks: int = 1
    max_reprices: int = 3
    max_expected_cost_bps: Decimal | None = None
    # Takers above this value (USD; 0.2 ETH at 3000) go out in parts, each sent when the one before has filled whole.
    part_notional: Decimal = Decimal(600)
    # Times. The totals are never restarted by a re-price.
    book_max_age_ms: int = 5_000
    preflight_timeout_ms: int = 10_000
    ioc_confirm_ms: int = 5_000
    build_maker_wait_ms: int = 3_000
    build_budget_ms: int = 30_000
    unwind_maker_wait_ms: int = 3_000
    one_leg_grace_ms: int = 1_000
    unwind_budget_ms: int = 30_000
    emergency_budget_ms: int = 10_000
    emergency_retry_ms: int = 500
    emergency_retry_max_ms: int = 30_000
    taker_retry_ms: int = 250
    query_retry_ms: int = 1_000
    audit_retry_ms: int = 1_000
    disconnect_budget_ms: int = 30_000
    # Longer than any venue's receive window: until that is over, an order without an outcome may still arrive.
    doubt_budget_ms: int = 60_000
    # Attempts.
    max_completions: int = 3
    max_taker_attempts: int = 4
    max_queries: int = 5
    absence_proofs: int = 2
    max_audits: int = 5
    mismatch_proofs: int = 2

    def __post_init__(self) -> None:
        if not self.target_notional.is_finite() or self.target_notional <= 0:
            raise ConfigError(f"target_notional is {self.target_notional}, must be positive. hint: USD per leg")
        if not self.part_notional.is_finite() or self.part_notional <= 0:
            raise ConfigError(f"part_notional is {self.part_notional}, must be positive. hint: USD an order, e.g. 600")
        if self.maker_leg not in (0, 1):
            raise ConfigError(f"maker_leg is {self.maker_leg}, must be 0 or 1. hint: the leg that is quoted passively")
        for label in self.__dataclass_fields__:
            value = getattr(self, label)
            if isinstance(value, Decimal) and not value.is_finite():
                raise ConfigError(f"{label} is {value}, must be a number. hint: remove the line for the default")
            if label.endswith("_ms") and (type(value) is not int or value < 0):
                raise ConfigError(f"{label} is {value!r}, must be whole milliseconds >= 0. hint: 3000 is 3 s")
            if label.endswith("_bps") and value is not None and value < 0:
                raise ConfigError(f"{label} is {value}, must not be negative. hint: 10 bps is 0.1 %")
            if label.startswith("max_") and isinstance(value, int) and value < 0:
                raise ConfigError(f"{label} is {value}, must not be negative. hint: remove the line for the default")
        if self.absence_proofs < 1 or self.mismatch_proofs < 1 or self.max_queries < 1 or self.max_audits < 1:
            raise ConfigError("absence_proofs, mismatch_proofs, max_queries, max_audits must be >= 1. hint: raise it")
        for label in ("max_target_deviation", "max_imbalance"):
            if not ZERO <= getattr(self, label) < 1:
                raise ConfigError(f"{label} is {getattr(self, label)}, must be in [0, 1). hint: 0.05 is 5 %")
