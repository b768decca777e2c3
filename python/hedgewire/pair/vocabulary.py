"""The words of the pair strategy: legs, configuration, events in, actions out.

Everything is a frozen value. Times are integer nanoseconds since the epoch (``*_ns``), durations are integer
milliseconds (``*_ms``), prices are quote per base, quantities are base units, money is the quote currency (USD).
Numbers are :class:`~decimal.Decimal`; a quantity of ``None`` means *unknown* and is never treated as zero.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

ZERO = Decimal(0)
NS_PER_MS = 1_000_000


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
    """How a cycle ended: it held a pair, it sent nothing or filled nothing, or it was brought back flat."""

    PAIRED = "paired"
    SKIPPED = "skipped"
    RECOVERED_FLAT = "recovered_flat"


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
    # Prices.
    slippage_cap_bps: Decimal = Decimal(10)
    emergency_slippage_bps: Decimal = Decimal(100)
    reprice_ticks: int = 1
    max_reprices: int = 3
    max_expected_cost_bps: Decimal | None = None
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


# --------------------------------------------------------------------------------------------------- events (in)


@dataclass(frozen=True, slots=True)
class Started:
    """Begin the cycle."""


@dataclass(frozen=True, slots=True)
class BookTop:
    """Best bid and ask of a leg; ``ts`` is when it was received (ns)."""

    leg: int
    bid: Decimal
    ask: Decimal
    ts: int


@dataclass(frozen=True, slots=True)
class OrderSubmitted:
    """The order left this process."""

    leg: int
    order_id: str


@dataclass(frozen=True, slots=True)
class OrderAccepted:
    leg: int
    order_id: str


@dataclass(frozen=True, slots=True)
class OrderRejected:
    """The venue refused the order: positive evidence that it never existed. ``post_only``: it would have crossed."""

    leg: int
    order_id: str
    reason: str
    post_only: bool = False


@dataclass(frozen=True, slots=True)
class OrderDenied:
    """Refused before it was sent (risk engine)."""

    leg: int
    order_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class OrderCanceled:
    """Terminal. ``filled_qty`` is the venue's cumulative fill; ``None`` (unknown) makes the machine ask."""

    leg: int
    order_id: str
    filled_qty: Decimal | None = None


@dataclass(frozen=True, slots=True)
class OrderExpired:
    """Terminal, e.g. the unfilled rest of an IOC. ``filled_qty`` as for :class:`OrderCanceled`."""

    leg: int
    order_id: str
    filled_qty: Decimal | None = None


@dataclass(frozen=True, slots=True)
class OrderUnknown:
    """The outcome of a submit or cancel is not known (time-out, 5xx, connection lost after sending)."""

    leg: int
    order_id: str


@dataclass(frozen=True, slots=True)
class CancelRejected:
    """A cancel was refused (already closed, not found). Says nothing about fills: the machine asks."""

    leg: int
    order_id: str
    reason: str


class Lookup(StrEnum):
    OPEN = "open"
    CLOSED = "closed"
    NOT_FOUND = "not_found"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class OrderReport:
    """Answer to :class:`QueryOrder`. ``filled_qty`` is cumulative and may be ``None`` when the venue does not say."""

    leg: int
    order_id: str
    status: Lookup
    filled_qty: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Fill:
    """One execution. ``fee`` is what the venue charged (negative: rebate), ``ts`` the venue's time (ns)."""

    leg: int
    order_id: str
    trade_id: str
    side: Side
    qty: Decimal
    px: Decimal
    fee: Decimal
    is_maker: bool
    ts: int


@dataclass(frozen=True, slots=True)
class PositionAudit:
    """Answer to :class:`QueryPosition`: the venue's signed position, or ``None`` when it could not be learned."""

    leg: int
    qty: Decimal | None
    ts: int


@dataclass(frozen=True, slots=True)
class FundingPaid:
    """A funding payment as the venue reported it (positive: received)."""

    leg: int
    amount: Decimal
    ts: int


@dataclass(frozen=True, slots=True)
class Timer:
    name: str


@dataclass(frozen=True, slots=True)
class ConnectionLost:
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ConnectionRestored:
    pass


@dataclass(frozen=True, slots=True)
class StopRequested:
    mode: StopMode


@dataclass(frozen=True, slots=True)
class GuardTripped:
    """A guard outside the machine demands that all exposure is closed at once."""

    reason: str


Event = (
    Started
    | BookTop
    | OrderSubmitted
    | OrderAccepted
    | OrderRejected
    | OrderDenied
    | OrderCanceled
    | OrderExpired
    | OrderUnknown
    | CancelRejected
    | OrderReport
    | Fill
    | PositionAudit
    | FundingPaid
    | Timer
    | ConnectionLost
    | ConnectionRestored
    | StopRequested
    | GuardTripped
)


# -------------------------------------------------------------------------------------------------- actions (out)


@dataclass(frozen=True, slots=True)
class Submit:
    """Journal the intent, then send the order. ``price`` is always set: an IOC carries its slippage cap in it."""

    leg: int
    order_id: str
    side: Side
    qty: Decimal
    kind: OrderKind
    price: Decimal
    reduce_only: bool


@dataclass(frozen=True, slots=True)
class Cancel:
    leg: int
    order_id: str


@dataclass(frozen=True, slots=True)
class QueryOrder:
    """Ask the venue about one order and answer with :class:`OrderReport` (missing fills first, as :class:`Fill`)."""

    leg: int
    order_id: str


@dataclass(frozen=True, slots=True)
class QueryPosition:
    """Ask the venue for the leg's position and answer with :class:`PositionAudit`, ``None`` on any failure."""

    leg: int


@dataclass(frozen=True, slots=True)
class SetTimer:
    """(Re)set the named timer; a later one of the same name replaces it."""

    name: str
    at_ns: int


@dataclass(frozen=True, slots=True)
class CancelTimer:
    name: str


@dataclass(frozen=True, slots=True)
class Note:
    """Something the log and the journal should remember, with a stable reason code first."""

    reason: str


@dataclass(frozen=True, slots=True)
class OpenPosition:
    """What is held on a leg. ``confirmed`` is false when the venue has not agreed with it."""

    leg: int
    name: str
    qty: Decimal
    confirmed: bool


@dataclass(frozen=True, slots=True)
class LegResult:
    """One leg of a finished cycle; prices are volume-weighted over real fills, ``None`` when nothing filled."""

    name: str
    entry_side: Side
    entry_qty: Decimal
    entry_price: Decimal | None
    entry_time_ns: int | None
    entry_order_to_fill_ms: int | None
    entry_all_maker: bool
    exit_qty: Decimal
    exit_price: Decimal | None
    exit_time_ns: int | None
    exit_order_to_fill_ms: int | None
    exit_all_maker: bool
    gross: Decimal
    fees: Decimal
    volume: Decimal
    maker_volume: Decimal
    fee_saved: Decimal


@dataclass(frozen=True, slots=True)
class CycleResult:
    """Everything measured in one cycle. Money is USD; ``net = gross - fees + funding``."""

    cycle_id: str
    direction: Direction
    outcome: Outcome
    reason: str
    legs: tuple[LegResult, LegResult]
    started_ns: int
    ended_ns: int
    built_ns: int | None
    unwind_started_ns: int | None
    gross: Decimal
    fees: Decimal
    funding: Decimal
    net: Decimal
    volume: Decimal
    repricing_count: int
    orders: int
    fills: int
    reconciliation_ms: int
    emergency_reason: str = ""
    emergency_ms: int = 0
    fallback_reason: str = ""
    slippage_bps: tuple[Decimal | None, Decimal | None] = field(default=(None, None))


@dataclass(frozen=True, slots=True)
class CycleDone:
    result: CycleResult


@dataclass(frozen=True, slots=True)
class Halt:
    """Stop trading. ``dirty``: exposure may remain; ``open_positions`` names all of it (empty only if proven flat)."""

    reason: str
    dirty: bool
    open_positions: tuple[OpenPosition, ...]
    result: CycleResult | None = None


Action = Submit | Cancel | QueryOrder | QueryPosition | SetTimer | CancelTimer | Note | CycleDone | Halt
