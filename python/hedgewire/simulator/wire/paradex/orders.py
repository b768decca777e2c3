"""Orders as Paradex shows them, from taken to closed (Paradex reference 2.9, 6.5), beside what the book has of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from hedgewire.simulator.fields import Json
from hedgewire.simulator.fixed import div, mul, plain
from hedgewire.simulator.orders import Fill, Order, OrderKind, OrderUpdate, Reason, SelfTrade
from hedgewire.simulator.wire.paradex.errors import CANCEL_REASONS
from hedgewire.simulator.wire.paradex.messages import empty_or
from hedgewire.simulator.wire.paradex.state import ParadexState

KEPT_CLOSED = 5000
STOPS = ("STOP_LIMIT", "STOP_MARKET")
POSITION_STOPS = ("STOP_LOSS_LIMIT", "STOP_LOSS_MARKET", "TAKE_PROFIT_LIMIT", "TAKE_PROFIT_MARKET")
TYPES = ("LIMIT", "MARKET", *STOPS, *POSITION_STOPS)
INSTRUCTIONS = ("GTC", "IOC", "POST_ONLY", "RPI")
FLAGS = (
    "REDUCE_ONLY",
    "STOP_CONDITION_BELOW_TRIGGER",
    "STOP_CONDITION_ABOVE_TRIGGER",
    "INTERACTIVE",
    "TARGET_STRATEGY_VWAP",
    "MMP",
)
NEW, UNTRIGGERED, OPEN, CLOSED = "NEW", "UNTRIGGERED", "OPEN", "CLOSED"


@dataclass(slots=True)
class Placed:
    """One order; sizes and prices x18, times ms."""

    order_id: str
    account: str
    product_id: int
    side: str
    type: str
    instruction: str
    size: int
    price: int
    trigger_price: int
    client_id: str
    flags: tuple[str, ...]
    stp: SelfTrade
    signed_at_ms: int
    created_at_ms: int
    vwap_price: int = 0
    connection: int = 0
    """The connection it came by; 0: REST."""
    status: str = NEW
    cancel_reason: str = ""
    filled: int = 0
    filled_quote: int = 0
    updated_at_ms: int = 0
    seq_no: int = 0
    request_info: Json | None = None
    resting: Order | None = None

    @property
    def is_buy(self) -> bool:
        return self.side == "BUY"

    @property
    def is_market(self) -> bool:
        return self.type.endswith("MARKET")

    @property
    def waits_for_trigger(self) -> bool:
        return self.type not in ("LIMIT", "MARKET")

    @property
    def remaining(self) -> int:
        return self.size - self.filled

    @property
    def kind(self) -> OrderKind:
        if self.is_market or self.instruction == "IOC":
            return OrderKind.IOC
        return OrderKind.POST_ONLY if self.instruction in ("POST_ONLY", "RPI") else OrderKind.DEFAULT

    def for_book(self, price: int, size: int) -> Order:
        """A new order of the exchange for what is to trade now."""
        self.resting = Order(
            order_id=self.order_id,
            owner=self.account,
            product_id=self.product_id,
            price=price,
            amount=size if self.is_buy else -size,
            kind=self.kind,
            expiration_s=2**62,
            reduce_only="REDUCE_ONLY" in self.flags,
            self_trade=self.stp,
            fee_exempt="INTERACTIVE" in self.flags,
        )
        return self.resting

    def to_json(self, symbol: str, now_ms: int) -> Json:
        shown: Json = {
            "id": self.order_id,
            "account": self.account,
            "market": symbol,
            "side": self.side,
            "type": self.type,
            "instruction": self.instruction,
            "size": plain(self.size),
            "remaining_size": plain(self.remaining),
            "price": plain(self.price),
            "trigger_price": plain(self.trigger_price),
            "status": self.status,
            "cancel_reason": self.cancel_reason,
            "avg_fill_price": empty_or(div(self.filled_quote, self.filled) if self.filled else None),
            "client_id": self.client_id,
            "flags": list(self.flags),
            "stp": self.stp.value,
            "timestamp": self.signed_at_ms,
            "created_at": self.created_at_ms,
            "last_updated_at": self.updated_at_ms,
            "received_at": self.created_at_ms,
            "published_at": now_ms,
            "seq_no": self.seq_no,
        }
        return shown if self.request_info is None else shown | {"request_info": self.request_info}


@dataclass(slots=True)
class OrderDesk:
    """All orders of clients: the open ones, and the last closed ones in the order of their closing."""

    state: ParadexState
    open: dict[str, Placed] = field(default_factory=dict)
    closed: dict[str, Placed] = field(default_factory=dict)
    listeners: list[Callable[[Placed], None]] = field(default_factory=list)

    def add(self, placed: Placed) -> None:
        self.open[placed.order_id] = placed
        self._touch(placed)

    def find(self, account: str, order_id: str) -> Placed | None:
        placed = self.open.get(order_id) or self.closed.get(order_id)
        return placed if placed is not None and placed.account == account else None

    def of(self, account: str, market: str | None = None) -> list[Placed]:
        """Open orders, oldest first."""
        product_id = self.state.products.get(market or "")
        wanted = [p for p in self.open.values() if p.account == account]
        return [p for p in wanted if market is None or p.product_id == product_id]

    def by_client_id(self, account: str, client_id: str) -> Placed | None:
        """The open order of that name, else the last closed one."""
        for placed in (*self.open.values(), *reversed(self.closed.values())):
            if (placed.account, placed.client_id) == (account, client_id):
                return placed
        return None

    def notice_vanished(self) -> None:
        """An open order that left the book without a word is closed, and nobody is told (a fault)."""
        for placed in [each for each in self.open.values() if each.status == OPEN]:
            if self.state.order(placed.order_id) is None:
                listeners, self.listeners = self.listeners, []
                self.close(placed, CANCEL_REASONS[Reason.SYSTEM])
                self.listeners = listeners

    def show(self, placed: Placed) -> Json:
        return placed.to_json(self.state.symbol(placed.product_id), self.state.clock.now_ms())

    def set(self, placed: Placed, status: str) -> Placed:
        placed.status = status
        self._touch(placed)
        for listener in self.listeners:
            listener(placed)
        return placed

    def close(self, placed: Placed, reason: str) -> Placed:
        """An order ends; an empty reason means that all of it was filled."""
        if placed.status == CLOSED:
            return placed
        placed.cancel_reason = reason
        del self.open[placed.order_id]
        self.closed[placed.order_id] = placed
        if len(self.closed) > KEPT_CLOSED:
            del self.closed[next(iter(self.closed))]
        return self.set(placed, CLOSED)

    def on_fill(self, fill: Fill) -> Placed | None:
        placed = self.open.get(fill.order.order_id)
        if placed is not None:
            placed.filled += fill.quantity
            placed.filled_quote += mul(fill.quantity, fill.price)
        return placed

    def on_update(self, update: OrderUpdate) -> Placed | None:
        """What became of an order in the book; ``None`` when it is none of a client."""
        placed = self.open.get(update.order.order_id)
        if placed is None or placed.resting is not update.order:
            return None
        if update.reason == "cancelled":
            return self.close(placed, CANCEL_REASONS[update.cause or Reason.REQUESTED])
        return self.close(placed, "") if placed.remaining == 0 else self.set(placed, OPEN)

    def _touch(self, placed: Placed) -> None:
        placed.updated_at_ms = self.state.clock.now_ms()
        placed.seq_no = self.state.clock.stamp_ns()
