"""The facts of a running cycle and its only hands: books, orders, ledger, audits, timers.

Rules that hold whatever the phase decides live here: one working order per leg; an order is settled only when its
terminal cumulative fill is known *and* applied; an unknown outcome is queried, never resent; ids are never reused;
a position audit counts only when nothing happened on the leg since it was asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from .audits import Audit
from .ledger import Ledger
from .orders import Purpose, WorkingOrder
from .pricing import is_sane, mid_price
from .sizing import next_part
from .vocabulary import (
    NS_PER_MS,
    ZERO,
    Action,
    BookTop,
    Cancel,
    CancelTimer,
    Fill,
    LegSpec,
    Lookup,
    Note,
    OrderKind,
    OrderReport,
    PairConfig,
    PositionAudit,
    QueryOrder,
    QueryPosition,
    SetTimer,
    Side,
    SmallExit,
    Submit,
)

TIMER_TOLERANCE_MS = 5


@dataclass(slots=True)
class Desk:
    cycle_id: str
    config: PairConfig
    specs: tuple[LegSpec, LegSpec]
    earlier_orders: int = 0  # of this cycle, sent by a process that is gone: their ids are taken
    now_ns: int = 0
    connected: bool = True
    ledger: Ledger = field(default_factory=Ledger)
    books: dict[int, BookTop] = field(default_factory=dict)
    orders: dict[str, WorkingOrder] = field(default_factory=dict)
    live: dict[int, WorkingOrder] = field(default_factory=dict)
    audits: tuple[Audit, Audit] = field(default_factory=lambda: (Audit(), Audit()))
    small_exit: dict[int, SmallExit] = field(default_factory=dict)
    deadlines: dict[str, int] = field(default_factory=dict)
    expired: set[str] = field(default_factory=set)
    foreign: str = ""
    doubtful: set[int] = field(default_factory=set)  # legs with an order held absent: audit before the next entry
    suspect: set[int] = field(default_factory=set)  # legs whose last exit was refused: look before the next
    actions: list[Action] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.small_exit = {leg: spec.small_exit for leg, spec in enumerate(self.specs)}

    # ------------------------------------------------------------------------------------------------ timers

    def set_timer(self, name: str, after_ms: int) -> None:
        self.expired.discard(name)
        self.deadlines[name] = self.now_ns + after_ms * NS_PER_MS
        self.actions.append(SetTimer(name, self.deadlines[name]))

    def clear_timer(self, name: str) -> None:
        self.expired.discard(name)
        if self.deadlines.pop(name, None) is not None:
            self.actions.append(CancelTimer(name))

    def has_timer(self, name: str) -> bool:
        return name in self.deadlines or name in self.expired

    def fire(self, named: str | None) -> None:
        """Expire every deadline that has passed; a lost timer is caught up by any event.

        A named timer may be early by a little. One that is much too early belongs to a deadline that has meanwhile been
        handled and set anew, and is ignored.
        """
        early = self.now_ns + TIMER_TOLERANCE_MS * NS_PER_MS
        for name in [n for n, at in self.deadlines.items() if at <= (early if n == named else self.now_ns)]:
            del self.deadlines[name]
            kind, _, leg = name.partition(":")
            if kind == "order":
                self._query(self.live.get(int(leg)))
            elif kind == "audit":
                self.audits[int(leg)].give_up()
                if int(leg) not in self.live:  # with an order working no answer would count; the phase asks later
                    self.request_audit(int(leg))
            else:
                self.expired.add(name)

    # ------------------------------------------------------------------------------------------------- books

    def on_book(self, book: BookTop) -> None:
        """An insane top (crossed, empty, not a number) is not taken over; the previous one ages instead."""
        if is_sane(book.bid, book.ask):
            self.books[book.leg] = book

    def is_fresh(self, leg: int) -> bool:
        book = self.books.get(leg)
        return book is not None and self.now_ns - book.ts <= self.config.book_max_age_ms * NS_PER_MS

    def mid(self, leg: int) -> Decimal | None:
        book = self.books.get(leg)
        return None if book is None else mid_price(book.bid, book.ask)

    def held(self, leg: int) -> Decimal:
        return self.ledger.position(leg)

    @property
    def is_flat(self) -> bool:
        return self.held(0) == 0 and self.held(1) == 0

    def values_usd(self) -> tuple[Decimal, ...]:
        """Signed leg values at mid; a leg that is held has been traded, so its book was seen."""
        return tuple(self.held(leg) * (self.mid(leg) or ZERO) for leg in (0, 1))

    def marks(self) -> dict[int, Decimal]:
        """Mid of every leg, the last traded price where no book was seen; a leg with neither has no mark."""
        found = {fill.leg: fill.px for fill in self.ledger.fills}
        return found | {leg: mid_price(book.bid, book.ask) for leg, book in self.books.items()}

    def open_result(self) -> Decimal:
        """Net result of this cycle with what is held valued at its mark."""
        return self.ledger.net(self.marks())

    # ------------------------------------------------------------------------------------------------ orders

    def submit(
        self,
        leg: int,
        side: Side,
        qty: Decimal,
        kind: OrderKind,
        price: Decimal,
        purpose: Purpose,
        reduce_only: bool = False,
        is_part: bool = False,
    ) -> WorkingOrder:
        if leg in self.live:
            raise AssertionError(f"leg {leg} has working order {self.live[leg].submit.order_id}; a second is forbidden")
        order_id = f"{self.cycle_id}-{self.earlier_orders + len(self.orders) + 1}"
        book = self.books[leg]
        touch = book.ask if side is Side.BUY else book.bid
        order = WorkingOrder(
            Submit(leg, order_id, side, qty, kind, price, reduce_only), purpose, self.now_ns, touch, is_part
        )
        self.orders[order_id] = self.live[leg] = order
        self.taint(leg)
        self.actions.append(order.submit)
        self.set_timer(f"order:{leg}", self.config.ioc_confirm_ms)
        return order

    def take(
        self, leg: int, side: Side, qty: Decimal, price: Decimal, purpose: Purpose, reduce_only: bool = False
    ) -> WorkingOrder:
        """An IOC for the quantity, or for the next part of it."""
        part = next_part(qty, price, self.specs[leg].lot, self.config.part_notional)
        return self.submit(leg, side, part, OrderKind.IOC, price, purpose, reduce_only, part < qty)

    def flows(self, leg: int) -> bool:
        """True when the last order of the leg was a part and filled whole: its successor is no new attempt."""
        last = next((order for order in reversed(self.orders.values()) if order.submit.leg == leg), None)
        if last is None or not last.is_part:
            return False
        return self.ledger.order_filled(last.submit.order_id) >= last.submit.qty

    def cancel(self, leg: int) -> None:
        """Cancel what rests on the leg, once; the order stays working until its end is proven."""
        order = self.live.get(leg)
        if order is None or order.cancel_sent or order.terminal or order.submit.kind is OrderKind.IOC:
            return
        order.cancel_sent = True
        self.actions.append(Cancel(leg, order.submit.order_id))
        self.set_timer(f"order:{leg}", self.config.query_retry_ms)

    def on_ack(self, order_id: str) -> None:
        order = self.orders.get(order_id)
        if order is None or order.settled:
            return
        order.acked = True
        if order.submit.kind is OrderKind.POST_ONLY and not order.cancel_sent and not order.terminal:
            self.clear_timer(f"order:{order.submit.leg}")

    def on_refused(self, order_id: str, reason: str) -> None:
        order = self.orders.get(order_id)
        if order is None or order.settled:
            return
        order.refused = reason or "refused"
        if order.submit.reduce_only:
            self.suspect.add(order.submit.leg)
        order.terminal = True
        # A refusal is positive evidence of no fill; if fills say otherwise they win and the venue is asked.
        order.terminal_filled = self.ledger.order_filled(order_id)
        self._settle_if_proven(order)

    def on_closed(self, order_id: str, filled: Decimal | None) -> None:
        order = self.orders.get(order_id)
        if order is None or order.settled:
            return
        order.terminal = order.acked = True
        order.learn_filled(filled)
        self._settle_if_proven(order)
        if not order.settled:
            self._query(order)

    def on_unknown(self, order_id: str) -> None:
        order = self.orders.get(order_id)
        if order is not None and not order.settled:
            self._query(order)

    def on_report(self, report: OrderReport) -> None:
        order = self.orders.get(report.order_id)
        if order is None or order.settled:
            return
        if report.status is Lookup.OPEN:
            order.acked = True
            order.absences = 0
            if order.cancel_sent:
                self.actions.append(Cancel(order.submit.leg, report.order_id))  # the cancel was lost: repeating is safe
        elif report.status is Lookup.CLOSED:
            order.terminal = order.acked = True
            order.learn_filled(report.filled_qty)
        elif report.status is Lookup.PENDING:
            order.silences = 0  # the venue does answer; the order may still arrive
        elif report.status is Lookup.NOT_FOUND:
            order.absences += 1
            if order.absences >= self.config.absence_proofs:
                order.terminal = True
                self.doubtful.add(report.leg)
                order.learn_filled(self.ledger.order_filled(report.order_id))
                self.actions.append(Note(f"order_absent: {report.order_id} not found {order.absences} times"))
        self._settle_if_proven(order)
        if not order.settled and (order.cancel_sent or not order.rests):
            self.set_timer(f"order:{order.submit.leg}", self.config.query_retry_ms)

    def on_fill(self, fill: Fill) -> bool:
        """Apply a fill to the ledger once; false for a duplicate."""
        if not self.ledger.apply(fill):
            return False
        self.taint(fill.leg)
        order = self.orders.get(fill.order_id)
        if order is None:
            self.foreign = fill.trade_id
            self.actions.append(Note(f"foreign_fill: {fill.trade_id} of unknown order {fill.order_id}"))
            return True
        order.acked = True
        order.first_fill_ns = order.first_fill_ns or self.now_ns
        order.last_fill_ns = self.now_ns
        if order.settled:
            self.actions.append(Note(f"late_fill: {fill.trade_id} after the end of {fill.order_id}"))
        else:
            self._settle_if_proven(order)
        return True

    def _settle_if_proven(self, order: WorkingOrder) -> None:
        if not order.is_proven(self.ledger.order_filled(order.submit.order_id)):
            return
        order.settled = True
        leg = order.submit.leg
        if self.live.get(leg) is order:
            del self.live[leg]
            self.clear_timer(f"order:{leg}")
        self.taint(leg)

    def _query(self, order: WorkingOrder | None) -> None:
        if order is None or order.settled:
            return
        order.silences += 1
        self.actions.append(QueryOrder(order.submit.leg, order.submit.order_id))
        # Forever, but ever more slowly: an unresolved order is never forgotten.
        backoff = 2 ** min(max(order.silences - self.config.max_queries, 0), 5)
        self.set_timer(f"order:{order.submit.leg}", self.config.query_retry_ms * backoff)

    def query_live(self) -> None:
        for order in list(self.live.values()):
            self._query(order)

    def unresolved(self) -> WorkingOrder | None:
        """An order whose outcome stayed unknown: the venue has been silent, or has not decided, for too long."""
        for order in self.live.values():
            old = self.now_ns - order.sent_ns > self.config.doubt_budget_ms * NS_PER_MS
            if (old or order.silences > self.config.max_queries) and not order.rests:
                return order
        return None

    # ------------------------------------------------------------------------------------------------ audits

    def taint(self, leg: int) -> None:
        """Something happened on the leg: what the venue said before no longer counts."""
        self.audits[leg].taint(self.now_ns)

    def reset_audits(self) -> None:
        for audit in self.audits:
            audit.taint(self.now_ns)
            audit.unknowns = 0

    def request_audit(self, leg: int) -> None:
        if self.audits[leg].ask(self.now_ns):
            self.actions.append(QueryPosition(leg))
            self.set_timer(f"audit:{leg}", self.config.audit_retry_ms)

    def on_audit(self, event: PositionAudit) -> None:
        audit = self.audits[event.leg]
        if event.leg in self.live:
            return  # what works may or may not be in the answer; the timer asks again
        audit.take(event.ts, event.qty, self.held(event.leg))
        if audit.confirmed:
            self._trust(event.leg)

    def _trust(self, leg: int) -> None:
        """The venue and the ledger agree on the leg: every doubt about it is over."""
        self.suspect.discard(leg)
        self.doubtful.discard(leg)
        self.clear_timer(f"audit:{leg}")

    def ensure_audits(self) -> bool:
        """Ask for what is not confirmed; true when the venue agrees with the ledger on both legs."""
        for leg in (0, 1):
            if leg not in self.live and not self.audits[leg].confirmed and not self.has_timer(f"audit:{leg}"):
                self.request_audit(leg)
        return all(audit.confirmed for audit in self.audits)

    def proven_mismatch(self) -> int | None:
        for leg, audit in enumerate(self.audits):
            if audit.mismatches >= self.config.mismatch_proofs:
                return leg
        return None

    def may_exit(self, leg: int) -> bool:
        """False while the venue's view of the leg is in doubt: a disagreement or a refusal is looked into first.

        Silence does not forbid it: a reduce-only order cannot make an unknown position worse.
        """
        audit = self.audits[leg]
        in_doubt = audit.mismatches > 0 or (leg in self.suspect and audit.unknowns < self.config.mismatch_proofs)
        return not in_doubt

    def audits_exhausted(self) -> bool:
        return any(audit.unknowns >= self.config.max_audits for audit in self.audits)

    def adopt(self, leg: int) -> None:
        """Take over the venue's repeatedly proven position as a recorded correction."""
        value = self.audits[leg].value
        if value is None:
            raise AssertionError(f"leg {leg}: there is no audited position to adopt")
        closed = {order_id for order_id, order in self.orders.items() if order.submit.leg == leg and order.settled}
        change = self.ledger.correct(leg, value, closed, self.now_ns)
        self.actions.append(Note(f"position_corrected: {self.specs[leg].name} by {change.qty} to {value}"))
        self.audits[leg].adopt()
        self._trust(leg)
