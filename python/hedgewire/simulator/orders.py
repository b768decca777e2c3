"""Orders, instruments and events of the venue-neutral exchange model."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, IntEnum


class OrderKind(IntEnum):
    """How an order treats the book when it arrives."""

    DEFAULT = 0
    IOC = 1
    FOK = 2
    POST_ONLY = 3


class SelfTrade(Enum):
    """Which order goes when orders of one account would meet; the taker's wish counts."""

    EXPIRE_MAKER = "EXPIRE_MAKER"
    EXPIRE_TAKER = "EXPIRE_TAKER"
    EXPIRE_BOTH = "EXPIRE_BOTH"


class TradingStatus(Enum):
    LIVE = "live"
    POST_ONLY = "post_only"
    NOT_TRADABLE = "not_tradable"
    REDUCE_ONLY = "reduce_only"


class Reason(Enum):
    """Why the exchange refused or cancelled an order; the wire layer gives each its venue's code."""

    PRICE_INCREMENT = "price_increment"
    SIZE_INCREMENT = "size_increment"
    ZERO_AMOUNT = "zero_amount"
    EXPIRED = "expired"
    MAX_ORDERS = "max_orders"
    UNHEALTHY = "unhealthy"
    UNHEALTHY_AT_MATCH = "unhealthy_at_match"
    ORACLE_BAND = "oracle_band"
    POST_ONLY_CROSSES = "post_only_crosses"
    DUPLICATE = "duplicate"
    PRODUCT = "product"
    NOT_FOUND = "not_found"
    NOT_FILLED = "not_filled"
    DOES_NOT_CROSS = "does_not_cross"
    INVALID_PRICE = "invalid_price"
    REDUCE_ONLY_INCREASES = "reduce_only_increases"
    REDUCE_ONLY_NOT_TAKER = "reduce_only_not_taker"
    TRADING_BLOCKED = "trading_blocked"
    OPEN_INTEREST = "open_interest"
    MIN_NOTIONAL = "min_notional"
    NO_DEPOSIT = "no_deposit"
    ISOLATED_REDUCE_ONLY = "isolated_reduce_only"
    ISOLATED_LIMIT = "isolated_limit"
    ISOLATED_SENDER = "isolated_sender"
    SELF_TRADE = "self_trade"
    POSITION_LIMIT = "position_limit"
    MAX_SIZE = "max_size"
    SLIPPAGE = "slippage"
    EMPTY_BOOK = "empty_book"
    REQUESTED = "requested"
    LIQUIDATED = "liquidated"
    DELEVERAGED = "deleveraged"
    SYSTEM = "system"


class Refusal(Exception):
    """The exchange refused a request; nothing changed."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(f"{reason.value}: {detail}")
        self.reason = reason
        self.detail = detail


@dataclass(slots=True)
class Instrument:
    """A listed perpetual; prices, sizes, weights and fee rates are x18 integers."""

    product_id: int
    symbol: str
    price_increment: int
    size_increment: int
    min_notional: int
    long_weight_initial: int
    long_weight_maintenance: int
    short_weight_initial: int
    short_weight_maintenance: int
    maker_fee_rate: int
    taker_fee_rate: int
    max_open_interest: int | None
    oracle_low: int
    oracle_high: int
    status: TradingStatus = TradingStatus.LIVE


@dataclass(slots=True)
class Order:
    """One order; ``amount`` and ``unfilled`` are signed (negative sells), x18."""

    order_id: str
    owner: str
    product_id: int
    price: int
    amount: int
    kind: OrderKind
    expiration_s: int
    nonce: int = 0
    appendix: int = 0
    client_id: int | None = None
    reduce_only: bool = False
    isolated: bool = False
    isolated_margin: int = 0
    self_trade: SelfTrade = SelfTrade.EXPIRE_MAKER
    fee_exempt: bool = False
    builder_rate: int = 0
    signature: str = ""
    background: bool = False
    unfilled: int = 0
    placed_at_ns: int = 0
    filled_quote: int = 0
    fee_paid: int = 0
    builder_fee_paid: int = 0

    def __post_init__(self) -> None:
        self.unfilled = self.amount

    @property
    def is_buy(self) -> bool:
        return self.amount > 0


@dataclass(frozen=True, slots=True)
class Trade:
    """One match as the public sees it."""

    timestamp_ns: int
    product_id: int
    price: int
    quantity: int
    is_taker_buyer: bool
    submission_idx: int


@dataclass(frozen=True, slots=True)
class BalanceView:
    """A position as it was at one moment; ``net_entry`` is what its amount cost, signed, fees left out."""

    amount: int
    v_quote: int
    last_funding: int
    net_entry: int = 0


@dataclass(frozen=True, slots=True)
class ClosedPart:
    """The part of a position that a fill closed: size, what it had cost, profit before fees (x18)."""

    amount: int = 0
    net_entry: int = 0
    realized: int = 0


@dataclass(frozen=True, slots=True)
class Fill:
    """One side of one match; ``quantity`` and ``remaining`` are positive.

    ``fee`` is all that was taken (negative for a rebate); ``builder_fee`` is the builder's part of it.
    """

    timestamp_ns: int
    order: Order
    quantity: int
    remaining: int
    price: int
    is_taker: bool
    fee: int
    quote_change: int
    submission_idx: int
    cumulative_base: int
    cumulative_quote: int
    cumulative_fee: int
    builder_fee: int
    before: BalanceView
    after: BalanceView
    closed: ClosedPart


@dataclass(frozen=True, slots=True)
class OrderUpdate:
    """State change of one order: ``placed``, ``filled`` or ``cancelled``; ``remaining`` (unsigned) rests."""

    timestamp_ns: int
    order: Order
    remaining: int
    reason: str
    cause: Reason | None = None
    """Why it was cancelled."""


@dataclass(frozen=True, slots=True)
class PositionUpdate:
    """New totals of one balance of one account."""

    timestamp_ns: int
    account: str
    product_id: int
    amount: int
    v_quote: int
    isolated: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Quote:
    """Best bid and ask; a missing side has size 0."""

    timestamp_ns: int
    product_id: int
    bid_price: int
    bid_quantity: int
    ask_price: int
    ask_quantity: int


@dataclass(frozen=True, slots=True)
class FundingPayment:
    """An hourly payment per unit of base, x18."""

    timestamp_ns: int
    product_id: int
    payment: int
    open_interest: int
    cumulative: int
    dt_s: int


@dataclass(frozen=True, slots=True)
class Liquidation:
    timestamp_ns: int
    product_id: int
    liquidator: str
    liquidatee: str
    amount: int
    price: int


Event = Trade | Fill | OrderUpdate | PositionUpdate | Quote | FundingPayment | Liquidation


@dataclass(slots=True)
class Outcome:
    """What a submitted order did."""

    order: Order
    events: list[Event] = field(default_factory=list)
