"""A venue for the pair machine on injected time: honest by default, faulty on demand, itself exactly accountable."""

from __future__ import annotations

import heapq
from collections import deque
from dataclasses import dataclass, field
from decimal import Decimal

from hedgewire.pair.cycle import PairCycle
from hedgewire.pair.guards import DailyLoss, DeltaLimits, Guards
from hedgewire.pair.vocabulary import (
    NS_PER_MS,
    Action,
    BookTop,
    Cancel,
    CancelRejected,
    CancelTimer,
    CycleDone,
    Direction,
    Event,
    Fill,
    Halt,
    LegSpec,
    Lookup,
    Note,
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderKind,
    OrderRejected,
    OrderReport,
    OrderSubmitted,
    OrderUnknown,
    PairConfig,
    PositionAudit,
    QueryOrder,
    QueryPosition,
    SetTimer,
    Side,
    SmallExit,
    Started,
    State,
    Submit,
    Timer,
)

D = Decimal
ONE, NONE = D(1), D(0)
START_NS = 1_700_000_000 * 10**9
ETH = LegSpec("ETH", D("0.1"), D("0.001"), min_notional=D(100), maker_rate=D("0.0001"), taker_rate=D("0.00035"))
SOL = LegSpec("SOL", D("0.01"), D("0.1"), min_notional=D(100), maker_rate=D("0.0001"), taker_rate=D("0.00035"))
LEGS = (ETH, SOL)


@dataclass
class Plan:
    """What happens to one order. ``fill`` is the share that trades; ``reply`` what the client hears of it."""

    fill: D = ONE
    reply: str = "full"  # full | silent | unknown | absent | reject | post_only_reject
    fill_delay_ms: int = 5
    duplicates: int = 0
    cancel: str = "ok"  # ok | race | lost | no_quantity


@dataclass
class VenueOrder:
    submit: Submit
    plan: Plan
    filled: D = NONE
    open: bool = True
    exists: bool = True
    trades: list[Fill] = field(default_factory=list)


def make_guards(max_position: str = "100000", max_loss: str = "1000", delta: DeltaLimits | None = None) -> Guards:
    return Guards(D(max_position), DailyLoss(D(max_loss)), delta or DeltaLimits())


class World:
    """Venue, clock and machine. ``plans`` are used up by orders in turn; afterwards orders simply fill."""

    def __init__(
        self,
        config: PairConfig | None = None,
        direction: Direction = Direction.BUY_FIRST,
        plans: tuple[Plan, ...] = (),
        legs: tuple[LegSpec, LegSpec] = LEGS,
        guards: Guards | None = None,
        clips: bool = True,
        earlier_orders: int = 0,
    ) -> None:
        self.config = config or PairConfig(target_notional=D(500))
        self.cycle = PairCycle(self.config, legs, direction, guards or make_guards(), "c1", earlier_orders)
        self.legs, self.clips = legs, clips
        self.now_ns = START_NS
        self.plans: deque[Plan] = deque(plans)
        self.resting_fill = True  # post-only orders trade at once by their plan
        self.books = {0: (D("2756.9"), D("2757.0")), 1: (D("115.85"), D("115.86"))}
        self.position = {0: D(0), 1: D(0)}
        self.orders: dict[str, VenueOrder] = {}
        self.audits: deque[str] = deque()  # "none" | "lost" per next audit; empty: honest
        self.lookups: deque[str] = deque()  # "unavailable" | "pending" | "lost" per next lookup
        self.queue: list[tuple[int, int, Event, int]] = []
        self.timers: dict[str, int] = {}
        self.log: list[Action] = []
        self.delivered: dict[str, Fill] = {}
        self.feeding = True
        self.private_up = True
        self._count = 0

    # ---------------------------------------------------------------------------------------------- driving

    def start(self) -> World:
        for leg in (0, 1):
            self.give(BookTop(leg, *self.books[leg], self.now_ns))
        self.give(Started())
        return self

    def give(self, event: Event) -> list[Action]:
        if isinstance(event, Fill):
            self.delivered[event.trade_id] = event
        actions = self.cycle.step(event, self.now_ns)
        self.log += actions
        for action in actions:
            self._obey(action)
        return actions

    def run(self, limit_ms: int = 300_000) -> World:
        """Until the machine is final and nothing is on its way, or the time is over."""
        end = self.now_ns + limit_ms * NS_PER_MS
        while self.queue and self.queue[0][0] <= end:
            if self.state.is_final and not self._busy():
                break
            self.next_event()
        return self

    def run_until(self, state: State, limit_ms: int = 300_000) -> World:
        end = self.now_ns + limit_ms * NS_PER_MS
        while self.state is not state and self.queue and self.queue[0][0] <= end:
            self.next_event()
        assert self.state is state, (self.state, self.notes)
        return self

    def advance(self, ms: int) -> None:
        end = self.now_ns + ms * NS_PER_MS
        while self.queue and self.queue[0][0] <= end:
            self.next_event()
        self.now_ns = end

    def next_event(self) -> None:
        at_ns, _, event, version = heapq.heappop(self.queue)
        if isinstance(event, Timer) and self.timers.get(event.name) != version:
            return
        self.now_ns = max(self.now_ns, at_ns)
        if isinstance(event, Timer):
            del self.timers[event.name]
        if self.feeding:
            for leg in (0, 1):
                self.give(BookTop(leg, *self.books[leg], self.now_ns))
        self.give(event)

    def move(self, leg: int, bid: str, ask: str) -> None:
        self.books[leg] = (D(bid), D(ask))
        self.give(BookTop(leg, *self.books[leg], self.now_ns))

    def _busy(self) -> bool:
        return any(not isinstance(event, Timer) for _, _, event, _ in self.queue)

    def later(self, ms: int, event: Event, version: int = 0) -> None:
        self._count += 1
        heapq.heappush(self.queue, (self.now_ns + ms * NS_PER_MS, self._count, event, version))

    # ------------------------------------------------------------------------------------------------ venue

    def _obey(self, action: Action) -> None:
        match action:
            case Submit():
                self._accept(action)
            case Cancel():
                self._cancel(self.orders[action.order_id])
            case QueryOrder():
                self._look_up(self.orders[action.order_id])
            case QueryPosition():
                self._audit(action.leg)
            case SetTimer():
                self._count += 1
                self.timers[action.name] = self._count
                heapq.heappush(self.queue, (action.at_ns, self._count, Timer(action.name), self._count))
            case CancelTimer():
                self.timers.pop(action.name, None)
            case _:
                pass

    def _accept(self, submit: Submit) -> None:
        assert submit.order_id not in self.orders, f"{submit.order_id} was sent twice"
        plan = self.plans.popleft() if self.plans else Plan()
        order = self.orders[submit.order_id] = VenueOrder(submit, plan)
        leg, held = submit.leg, self.position[submit.leg]
        self.give_later_submitted(submit)
        refusal = self._refusal(submit, held)
        if plan.reply in ("reject", "post_only_reject") or refusal:
            order.open = order.exists = False
            crossed = plan.reply == "post_only_reject"
            self.later(3, OrderRejected(leg, submit.order_id, refusal or plan.reply, crossed))
            return
        if plan.reply == "absent":
            order.open = order.exists = False
            self.later(3, OrderUnknown(leg, submit.order_id))
            return
        if plan.reply == "unknown":
            self.later(3, OrderUnknown(leg, submit.order_id))
        if plan.reply == "full":
            self.later(2, OrderAccepted(leg, submit.order_id))
        if submit.kind is OrderKind.IOC or self.resting_fill:
            self.trade(order, plan.fill)
        if submit.kind is OrderKind.IOC and order.open:
            order.open = False
            if plan.reply == "full":
                self.later(plan.fill_delay_ms + 1, OrderExpired(leg, submit.order_id, order.filled))

    def _refusal(self, submit: Submit, held: D) -> str:
        if submit.qty * submit.price < self.legs[submit.leg].min_notional:
            return "2094 order size too small"
        if submit.reduce_only and submit.kind is not OrderKind.IOC:
            return "2067 reduce only must take"
        if submit.reduce_only and held * submit.side.sign >= 0:
            return "2064 reduce only increases position"
        if submit.reduce_only and submit.qty > abs(held) and not self.clips:
            return "2064 reduce only increases position"
        return ""

    def give_later_submitted(self, submit: Submit) -> None:
        self.later(1, OrderSubmitted(submit.leg, submit.order_id))

    def trade(self, order: VenueOrder, share: D) -> None:
        """Execute a share of what is left of an order; the client hears of it by the order's plan."""
        submit, leg = order.submit, order.submit.leg
        left = submit.qty - order.filled
        if submit.reduce_only:
            left = min(left, abs(self.position[leg])) if self.position[leg] * submit.side.sign < 0 else D(0)
        lot = self.legs[leg].lot
        qty = (left * share / lot).to_integral_value(rounding="ROUND_FLOOR") * lot
        if qty > 0 and order.open:
            bid, ask = self.books[leg]
            taker = submit.kind is OrderKind.IOC
            touch = ask if submit.side is Side.BUY else bid
            px = touch if taker else submit.price
            spec = self.legs[leg]
            self._count += 1
            fee = qty * px * (spec.taker_rate if taker else spec.maker_rate)
            fill = Fill(leg, submit.order_id, f"t{self._count}", submit.side, qty, px, fee, not taker, self.now_ns)
            order.filled += qty
            order.trades.append(fill)
            self.position[leg] += qty * submit.side.sign
            if order.plan.reply != "silent" and self.private_up:
                for copy in range(1 + order.plan.duplicates):
                    self.later(order.plan.fill_delay_ms + 3 * copy, fill)
        if order.filled >= submit.qty:
            order.open = False

    def _cancel(self, order: VenueOrder) -> None:
        leg, order_id, how = order.submit.leg, order.submit.order_id, order.plan.cancel
        if how == "lost":
            order.plan.cancel = "ok"
            return
        if how == "race":
            self.trade(order, D(1))
            order.plan.cancel = "ok"
        if not order.open:
            self.later(2, CancelRejected(leg, order_id, "not found"))
            return
        order.open = False
        quantity = None if how == "no_quantity" else order.filled
        self.later(2, OrderCanceled(leg, order_id, quantity))

    def _look_up(self, order: VenueOrder) -> None:
        leg, order_id = order.submit.leg, order.submit.order_id
        how = self.lookups.popleft() if self.lookups else ""
        if how == "lost":
            return
        if how == "unavailable":
            self.later(4, OrderReport(leg, order_id, Lookup.UNAVAILABLE))
        elif how == "pending" and not order.exists:
            self.later(4, OrderReport(leg, order_id, Lookup.PENDING))
        elif not order.exists:
            self.later(4, OrderReport(leg, order_id, Lookup.NOT_FOUND))
        else:
            for fill in order.trades:
                self.later(4, fill)
            status = Lookup.OPEN if order.open else Lookup.CLOSED
            self.later(5, OrderReport(leg, order_id, status, order.filled))

    def _audit(self, leg: int) -> None:
        how = self.audits.popleft() if self.audits else ""
        if how == "lost":
            return
        self.later(4, PositionAudit(leg, None if how == "none" else self.position[leg], self.now_ns))

    # ---------------------------------------------------------------------------------------------- looking

    @property
    def state(self) -> State:
        return self.cycle.state

    @property
    def submits(self) -> list[Submit]:
        return [action for action in self.log if isinstance(action, Submit)]

    @property
    def notes(self) -> list[str]:
        return [action.reason for action in self.log if isinstance(action, Note)]

    @property
    def done(self) -> CycleDone:
        return next(action for action in reversed(self.log) if isinstance(action, CycleDone))

    @property
    def halts(self) -> list[Halt]:
        return [action for action in self.log if isinstance(action, Halt)]

    def noted(self, prefix: str) -> bool:
        return any(note.startswith(prefix) for note in self.notes)

    @property
    def is_flat(self) -> bool:
        return self.position == {0: D(0), 1: D(0)}


NO_MINIMUM = (
    LegSpec("ETH", D("0.1"), D("0.001"), taker_rate=D("0.00035"), small_exit=SmallExit.ALLOWED),
    LegSpec("SOL", D("0.01"), D("0.1"), taker_rate=D("0.00035"), small_exit=SmallExit.ALLOWED),
)
