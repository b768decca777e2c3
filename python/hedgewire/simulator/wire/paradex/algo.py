"""TWAP: an order that trades in equal slices (Paradex reference 2.10)."""

from __future__ import annotations

from dataclasses import dataclass

from hedgewire.simulator.fields import Json
from hedgewire.simulator.fixed import plain
from hedgewire.simulator.wire.paradex.auth import Session
from hedgewire.simulator.wire.paradex.errors import WireError
from hedgewire.simulator.wire.paradex.executes import Executes
from hedgewire.simulator.wire.paradex.messages import get_int, get_text
from hedgewire.simulator.wire.paradex.order_entry import read_order
from hedgewire.simulator.wire.paradex.orders import CLOSED, NEW, OPEN, OrderDesk, Placed
from hedgewire.simulator.wire.paradex.state import ParadexState

STEP_S = 30
MAX_DURATION_S = 86_400
KEPT = 1000


@dataclass(slots=True)
class Twap:
    """The whole (as if it were one order) and its slices."""

    whole: Placed
    duration_s: int
    frequency_s: int
    ends_at_ms: int
    slices: list[Placed]
    started: int = 0

    @property
    def filled(self) -> int:
        return sum(each.filled for each in self.slices)


class AlgoDesk:
    """TWAP orders of all accounts. Their slices are retail orders."""

    def __init__(self, state: ParadexState, desk: OrderDesk, executes: Executes) -> None:
        self.state = state
        self.desk = desk
        self.executes = executes
        self.orders: dict[str, Twap] = {}

    def place(self, session: Session, body: Json) -> Twap:
        if get_text(body, "algo_type") != "TWAP" or get_text(body, "type") != "MARKET":
            raise WireError("VALIDATION_ERROR", "algo_type must be TWAP, type must be MARKET")
        duration_s, frequency_s = get_int(body, "duration_seconds"), get_int(body, "frequency", STEP_S)
        if not STEP_S <= duration_s <= MAX_DURATION_S or duration_s % STEP_S:
            raise WireError("VALIDATION_ERROR", f"duration_seconds={duration_s} is no multiple of {STEP_S} up to a day")
        if not 1 <= frequency_s <= duration_s:
            raise WireError("VALIDATION_ERROR", f"frequency={frequency_s} is not within 1 to {duration_s}")
        whole = read_order(self.state, session, body)
        whole.status = OPEN
        ends_at_ms = whole.created_at_ms + duration_s * 1000
        twap = self.orders[whole.order_id] = Twap(whole, duration_s, frequency_s, ends_at_ms, [])
        if len(self.orders) > KEPT:
            del self.orders[next(iter(self.orders))]
        self._slice(twap)
        return twap

    def _slice(self, twap: Twap) -> None:
        whole, market = twap.whole, self.state.ledger.markets[twap.whole.product_id]
        if whole.status == CLOSED:
            return
        left = whole.size - twap.filled
        slices_left = max(1, twap.duration_s // twap.frequency_s - twap.started)
        size = left if slices_left == 1 else left // slices_left
        size -= size % market.instrument.size_increment
        over = self.state.clock.now_ms() >= twap.ends_at_ms or left == 0
        if over or (size == 0 and slices_left == 1):
            self._end(twap, "" if left == 0 else "EXPIRED")
            return
        twap.started += 1
        if size:
            part = Placed(
                order_id=self.state.new_id(),
                account=whole.account,
                product_id=whole.product_id,
                side=whole.side,
                type="MARKET",
                instruction="IOC",
                size=size,
                price=0,
                trigger_price=0,
                client_id="",
                flags=(*whole.flags, "INTERACTIVE"),
                stp=whole.stp,
                signed_at_ms=whole.signed_at_ms,
                created_at_ms=self.state.clock.now_ms(),
            )
            twap.slices.append(part)
            self.desk.add(part)
            self.state.soon(lambda: self.executes.enter(part) if part.status == NEW else None)
        self.state.clock.call_after_ms(twap.frequency_s * 1000, lambda: self._slice(twap))

    def _end(self, twap: Twap, reason: str) -> None:
        twap.whole.status, twap.whole.cancel_reason = CLOSED, reason
        twap.whole.updated_at_ms = self.state.clock.now_ms()

    def find(self, account: str, algo_id: str) -> Twap:
        twap = self.orders.get(algo_id)
        if twap is None or twap.whole.account != account:
            raise WireError("ALGO_ID_NOT_FOUND", f"there is no algo order {algo_id:.40}", http_status=404)
        return twap

    def cancel(self, account: str, algo_id: str) -> None:
        twap = self.find(account, algo_id)
        if twap.whole.status == CLOSED:
            raise WireError(
                "ORDER_IS_CLOSED", f"algo order {algo_id} has ended: {twap.whole.cancel_reason or 'filled'}"
            )
        self._end(twap, "USER_CANCELED")

    def of(self, account: str, *, closed: bool) -> list[Json]:
        """Newest first."""
        mine = [t for t in reversed(self.orders.values()) if t.whole.account == account]
        return [self.to_json(twap) for twap in mine if (twap.whole.status == CLOSED) is closed]

    def to_json(self, twap: Twap) -> Json:
        filled = twap.filled
        quote = sum(each.filled_quote for each in twap.slices)
        return {
            "id": twap.whole.order_id,
            "account": twap.whole.account,
            "algo_type": "TWAP",
            "market": self.state.symbol(twap.whole.product_id),
            "side": twap.whole.side,
            "size": plain(twap.whole.size),
            "remaining_size": plain(twap.whole.size - filled),
            "avg_fill_price": plain(quote * 10**18 // filled) if filled else "",
            "status": twap.whole.status,
            "cancel_reason": "" if filled == twap.whole.size else twap.whole.cancel_reason,  # the last slice ends late
            "created_at": twap.whole.created_at_ms,
            "last_updated_at": twap.whole.updated_at_ms or twap.whole.created_at_ms,
            "end_at": twap.ends_at_ms,
            "algo_params": {"duration_seconds": twap.duration_s, "frequency": twap.frequency_s},
            "interval_seconds": twap.frequency_s,
        }
