"""The words of the pair strategy: legs, configuration, events in, actions out.

Everything is a frozen value. Times are integer nanoseconds since the epoch (``*_ns``), durations are integer
milliseconds (``*_ms``), prices are quote per base, quantities are base units, money is the quote currency (USD).
Numbers are :class:`~decimal.Decimal`; a quantity of ``None`` means *unknown* and is never treated as zero.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from .terms import (
    NS_PER_MS,
    ZERO,
    BuildPolicy,
    ConfigError,
    Direction,
    LegSpec,
    Neutral,
    OrderKind,
    Outcome,
    PairConfig,
    Side,
    SmallExit,
    State,
    StopMode,
    plain,
)

# The words of `terms` are part of the vocabulary: other files import them from here.
__all__ = [
    "NS_PER_MS",
    "ZERO",
    "BuildPolicy",
    "ConfigError",
    "Direction",
    "LegSpec",
    "Neutral",
    "OrderKind",
    "Outcome",
    "PairConfig",
    "Side",
    "SmallExit",
    "State",
    "StopMode",
    "plain",
]

# --------------------------------------------------------------------------------------------------- events (in)


@dataclass(frozen=True, slots=True)
class Started:
    """Begin the cycle."""


@dataclass(frozen=True, slots=True)
class Resumed:
    """Begin with what an earlier process left of this cycle: its fills, all of them, oldest first."""

    fills: tuple[Fill, ...]


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
    """``NOT_FOUND`` is proof: the order does not exist and cannot arrive any more. ``PENDING``: it may still."""

    OPEN = "open"
    CLOSED = "closed"
    PENDING = "pending"
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
class PositionMoved:
    """Somebody else changed the leg's position: the venue (liquidation, deleveraging), or an order that is not of this
    pair. By how much is for the venue to say."""

    leg: int
    reason: str


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
    | Resumed
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
    | PositionMoved
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
