"""The pair strategy inside NautilusTrader. It only translates: engine events become the machine's words, its actions
become orders, timers and questions. Every decision is in :mod:`hedgewire.pair.cycle`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

import msgspec
from nautilus_trader.model.events import OrderFilled
from nautilus_trader.model.identifiers import ClientOrderId, InstrumentId
from nautilus_trader.trading.strategy import Strategy

from hedgewire.journal import JournalError
from hedgewire.nautilus.truth import (
    EarlierOrder,
    LinkNotice,
    Notice,
    OrderFate,
    OrderQuestion,
    PositionQuestion,
    endpoint,
    restart_endpoint,
    topic,
)
from hedgewire.pair import vocabulary as v
from hedgewire.pair.alarms import Alarms
from hedgewire.pair.config import PairStrategyConfig, direction_of, guards, machine_config
from hedgewire.pair.cycle import PairCycle
from hedgewire.pair.meter import Meter
from hedgewire.pair.metrics import row
from hedgewire.pair.progress import PROGRESS_TOPIC, Progress
from hedgewire.pair.record import Record
from hedgewire.pair.recovery import Recovery
from hedgewire.pair.restart import Interrupted, LeftoverError, interrupted, restore_day
from hedgewire.pair.results import Results
from hedgewire.pair.sampling import sample
from hedgewire.pair.summary import cycle_lines, final_lines, left_open
from hedgewire.pair.translate import leg_spec, limit_order, machine_event, why_not_neutral

__all__ = ["PairStrategy", "PairStrategyConfig"]

KEPT_CYCLES = 16


class PairStrategy(Strategy):
    """Runs ``cycles`` cycles, one after the other, each flat before the next; stops at the first halt."""

    def __init__(self, config: PairStrategyConfig) -> None:
        # What the engine finds at a restart is ours, else our closing orders would not close it in its cache.
        claims = [InstrumentId.from_str(text) for text in config.instruments]
        super().__init__(msgspec.structs.replace(config, external_order_claims=claims))
        self.pair = machine_config(config)
        self.guards = guards(config)
        self.legs = tuple(claims)
        self.record: Record | None = None
        self.meter = Meter()
        self.cycles: dict[str, PairCycle] = {}
        self.current: PairCycle | None = None
        self.results = Results()
        self.halted: v.Halt | None = None
        self.stop_mode: v.StopMode | None = None
        self._waiting: deque[tuple[PairCycle, v.Event]] = deque()
        self._stepping = False
        self._finished = False
        self._failed = False
        self._started = 0
        self._session = ""

    # ---- life

    def _while_running(self, callback: Callable[[], None]) -> None:
        if self.is_running:
            self._guarded(callback)

    def _guarded(self, callback: Callable[[], None]) -> None:
        try:
            callback()
        except Exception as error:
            self.log.exception("the strategy failed", error)
            self._fail(f"internal: {type(error).__name__}: {error}")

    def _fail(self, reason: str) -> None:
        """A defect: close what is open. If that fails as well, the run ends after twice an emergency's time."""
        if self._failed:
            return
        self._failed = True
        end_ns = self.clock.timestamp_ns() + 2 * self.pair.emergency_budget_ms * v.NS_PER_MS
        self.alarms.set(f"{self._session}:failed", end_ns, partial(self._give_up, reason))
        self._trip(reason)

    def _give_up(self, reason: str) -> None:
        if self.halted is None:
            self._halt(v.Halt(reason, True, ()))

    def _journal_lost(self, problem: str) -> None:
        self.log.error(problem)
        self._trip(f"journal_lost: {problem}")

    def _trip(self, reason: str) -> None:
        """No new risk; what is open is closed, then the run halts."""
        running = [cycle for cycle in self.cycles.values() if not cycle.state.is_final]
        for cycle in running:
            self._feed(cycle, v.GuardTripped(reason))
        if not running and self.halted is None:
            # Before the first cycle nobody has asked yet what an earlier process left.
            self._halt(v.Halt(reason, self.current is None, ()))

    def on_start(self) -> None:
        self.alarms = Alarms(self.clock, self._while_running)
        self._session = f"{self.id.get_tag()}-{self.clock.timestamp_ms():x}"
        for venue in {leg.venue for leg in self.legs}:
            self.msgbus.subscribe(topic=topic(venue), handler=self._on_notice)
        for leg in self.legs:
            if self.cache.instrument(leg) is None:
                self._finish(f"instrument_unknown: {leg} is not listed")
                return
            self.subscribe_quote_ticks(leg)
            self.subscribe_order_book_deltas(leg)
        problem = why_not_neutral(self.pair.neutral, [self.cache.instrument(leg) for leg in self.legs])
        if problem:
            self._halt(v.Halt(problem, False, ()))
            return
        self.alarms.every("sample", self.config.sample_ms, self._sample)
        try:
            self.record = Record(self.config.journal_path, self.config.instruments, self._journal_lost)
            recovery = Recovery(self.record, self._ask_earlier, self.clock.timestamp_ns, self._recovered)
        except JournalError as error:
            self._journal_lost(str(error))
        else:
            recovery.begin()

    def _ask_earlier(self, question: EarlierOrder) -> None:
        self.msgbus.send(restart_endpoint(question.instrument_id.venue), question)

    def _recovered(self, problem: str) -> None:
        """Every order of an earlier process is accounted for, or ``problem`` says which is not."""
        if self.record is None or self.halted is not None:
            return
        left: Interrupted | None = None
        if not problem:
            try:
                left = interrupted(self.record.journal, self.config.instruments)
                restore_day(self.record.journal, self.guards.daily_loss, left.cycle_id if left is not None else "")
            except (LeftoverError, JournalError) as error:
                problem = str(error)
        if problem:
            self._halt(v.Halt(problem, True, ()))
            return
        if left is None:
            self._next_cycle()
        else:
            self._open_cycle(left.cycle_id, left.direction, left.orders, (v.Resumed(left.fills), *left.funding))

    def on_stop(self) -> None:
        for venue in {leg.venue for leg in self.legs}:
            self.msgbus.unsubscribe(topic=topic(venue), handler=self._on_notice)
        for leg in self.legs:
            self.cancel_all_orders(leg)
        if self.record is not None:
            self.record.close()
            self.record = None

    def request_stop(self, mode: v.StopMode) -> None:
        """End early: after the running cycle, or by closing it now."""
        self.stop_mode = mode
        if self.current is not None and not self.current.state.is_final:
            self._feed(self.current, v.StopRequested(mode))
        else:
            self._finish(f"stopped: {mode}")

    # ---- cycles

    def _next_cycle(self) -> None:
        if self._finished or self.halted is not None:
            return
        if self._started >= self.config.cycles or self.stop_mode is not None:
            self._finish("completed")
            return
        self._started += 1
        self._open_cycle(
            f"{self._session}-{self._started}", direction_of(self.config, self._started), 0, (v.Started(),)
        )

    def _open_cycle(
        self, cycle_id: str, direction: v.Direction, earlier_orders: int, begin: tuple[v.Event, ...]
    ) -> None:
        specs = (leg_spec(self.cache.instrument(self.legs[0])), leg_spec(self.cache.instrument(self.legs[1])))
        self.current = PairCycle(self.pair, specs, direction, self.guards, cycle_id, earlier_orders)
        self.cycles[cycle_id] = self.current
        if len(self.cycles) > KEPT_CYCLES:
            del self.cycles[next(iter(self.cycles))]
        for event in begin:
            self._feed(self.current, event)
        for leg in (0, 1):
            quote = self.cache.quote_tick(self.legs[leg])
            if quote is not None:
                self.on_quote_tick(quote)

    def _finish(self, reason: str) -> None:
        if not self._finished:
            self._finished = True
            for line in final_lines(self.results):
                self.log.info(line)
            self._publish("finished", reason)

    # ---- events in

    def on_quote_tick(self, tick: Any) -> None:
        self._top(tick.instrument_id, tick.bid_price, tick.ask_price, tick.ts_init)

    def on_order_book_deltas(self, deltas: Any) -> None:
        """The synchronised book is a second source of the touch: one silent stream does not blind the strategy."""
        book = self.cache.order_book(deltas.instrument_id)
        quote = self.cache.quote_tick(deltas.instrument_id)
        bid, ask = book.best_bid_price(), book.best_ask_price()
        if bid is None or ask is None or bid >= ask or (quote is not None and deltas.ts_event <= quote.ts_event):
            return
        self._top(deltas.instrument_id, bid, ask, deltas.ts_init)

    def _top(self, instrument_id: InstrumentId, bid: Any, ask: Any, ts_init: int) -> None:
        if instrument_id not in self.legs:
            return
        top = v.BookTop(self.legs.index(instrument_id), bid.as_decimal(), ask.as_decimal(), ts_init)
        for cycle in list(self.cycles.values()):
            if cycle.state not in (v.State.CYCLE_DONE, v.State.HALTED):
                self._feed(cycle, top)

    def on_order_event(self, event: Any) -> None:
        order_id = event.client_order_id.value
        cycle = self.cycles.get(order_id.rpartition("-")[0])
        if cycle is None or order_id not in cycle.desk.orders:
            if isinstance(event, OrderFilled):
                self._position_moved(event.instrument_id, f"a fill of {order_id}, which is none of ours")
            return
        submit, order = cycle.desk.orders[order_id].submit, self.cache.order(event.client_order_id)
        translated = machine_event(event, submit.leg, order)
        if translated is None:
            return
        self.meter.measure(translated, event.ts_event, self.clock.timestamp_ns())
        self._order_told(cycle, order_id, translated, event.ts_event)
        if isinstance(translated, v.Fill):
            self._publish("fill", f"{translated.side} {translated.qty} {event.instrument_id} @ {translated.px}")
            if order.is_closed and order.quantity.as_decimal() < submit.qty:
                # Increments grew under the cycle, and it was sent smaller than it was meant.
                ended = v.OrderCanceled(submit.leg, order_id, order.filled_qty.as_decimal())
                self._order_told(cycle, order_id, ended, event.ts_event)

    def _order_told(self, cycle: PairCycle, order_id: str, event: v.Event, ts_ns: int) -> None:
        if self.record is not None:
            self.record.event(order_id, event, ts_ns)
        self._feed(cycle, event)

    def _on_notice(self, notice: LinkNotice) -> None:
        match notice.notice:
            case Notice.LOST | Notice.RESTORED:
                lost = notice.notice is Notice.LOST
                for cycle in list(self.cycles.values()):
                    self._feed(cycle, v.ConnectionLost(notice.reason) if lost else v.ConnectionRestored())
            case Notice.SENT | Notice.OUTCOME_UNKNOWN if notice.client_order_id is not None:
                self._on_order_notice(notice.client_order_id.value, notice)
            case Notice.FUNDING if notice.instrument_id in self.legs and notice.amount is not None:
                self._on_funding(v.FundingPaid(self.legs.index(notice.instrument_id), notice.amount, notice.ts))
            case Notice.FORCED if notice.instrument_id in self.legs:
                self._position_moved(notice.instrument_id, notice.reason)

    def _position_moved(self, instrument_id: InstrumentId, reason: str) -> None:
        if self.current is not None and instrument_id in self.legs:
            self._feed(self.current, v.PositionMoved(self.legs.index(instrument_id), reason))

    def _on_order_notice(self, order_id: str, notice: LinkNotice) -> None:
        cycle = self.cycles.get(order_id.rpartition("-")[0])
        order = cycle.desk.orders.get(order_id) if cycle is not None else None
        if cycle is None or order is None:
            return
        if notice.notice is Notice.OUTCOME_UNKNOWN:
            self._feed(cycle, v.OrderUnknown(order.submit.leg, order_id))
        elif self.record is not None:
            self.record.sent(order_id, notice.reason, notice.ts)

    def _on_funding(self, payment: v.FundingPaid) -> None:
        """Of the cycle that holds the position; else it counts for the day and the run alone."""
        cycle = self.current
        if cycle is not None and cycle.state.is_final and cycle.desk.is_flat:
            cycle = None
        if self.record is not None and not self.record.funding(cycle.desk.cycle_id if cycle else "", payment):
            return
        if cycle is not None:
            self._feed(cycle, payment)
        else:
            self.results.loose_funding += payment.amount
            self.guards.daily_loss.record(payment.amount, payment.ts)

    # ---- the machine

    def _feed(self, cycle: PairCycle, event: v.Event) -> None:
        """One event at a time: sending an order may answer at once (a denial), in the middle of a step. An answer that
        comes after the stop is not heard: nothing can be remembered any more, so nothing may be sent."""
        if self.record is None:
            return
        self._waiting.append((cycle, event))
        if not self._stepping:
            self._guarded(self._step)

    def _step(self) -> None:
        self._stepping = True
        try:
            while self._waiting:
                target, waiting = self._waiting.popleft()
                before = target.state
                for action in target.step(waiting, self.clock.timestamp_ns()):
                    self._act(target, action)
                if target.state is not before:
                    self._note(target.desk.cycle_id, f"state: {target.state}")
                    self._publish("state", target.state.value)
        finally:
            self._stepping = False

    def _act(self, cycle: PairCycle, action: v.Action) -> None:
        match action:
            case v.Submit():
                self._submit(cycle, action)
            case v.Cancel():
                order = self.cache.order(ClientOrderId(action.order_id))
                if order is not None and not order.is_closed:
                    self.cancel_order(order)
            case v.QueryOrder():
                reply = partial(self._order_answered, cycle, action)
                venue = self.legs[action.leg].venue
                self.msgbus.send(endpoint(venue), OrderQuestion(ClientOrderId(action.order_id), reply))
            case v.QueryPosition():
                leg = self.legs[action.leg]
                self.msgbus.send(
                    endpoint(leg.venue),
                    PositionQuestion(leg, partial(self._position_answered, cycle, action, self.clock.timestamp_ns())),
                )
            case v.SetTimer():
                fire = partial(self._feed, cycle, v.Timer(action.name))
                self.alarms.set(f"{cycle.desk.cycle_id}:{action.name}", action.at_ns, fire)
            case v.CancelTimer():
                self.alarms.clear(f"{cycle.desk.cycle_id}:{action.name}")
            case v.Note():
                self._note(cycle.desk.cycle_id, action.reason)
                self.log.info(f"{cycle.desk.cycle_id}: {action.reason}")
            case v.CycleDone():
                self._cycle_done(action.result)
            case v.Halt():
                self._halt(action)

    def _submit(self, cycle: PairCycle, action: v.Submit) -> None:
        instrument = self.cache.instrument(self.legs[action.leg])
        if self.record is None:
            raise RuntimeError("the journal is closed: nothing may be sent")
        if not self.record.intent(cycle.desk.cycle_id, action, self.clock.timestamp_ns()) and not action.reduce_only:
            self._feed(cycle, v.OrderDenied(action.leg, action.order_id, "the journal cannot remember it"))
            return
        self.submit_order(limit_order(self.order_factory, instrument, action))

    def _order_answered(self, cycle: PairCycle, action: v.QueryOrder, fate: OrderFate, filled: Decimal | None) -> None:
        self._feed(cycle, v.OrderReport(action.leg, action.order_id, v.Lookup(fate.value), filled))

    def _position_answered(
        self, cycle: PairCycle, action: v.QueryPosition, asked_ns: int, quantity: Decimal | None
    ) -> None:
        # As old as the question: an answer that a fill overtook must not pass for the position after that fill.
        self._feed(cycle, v.PositionAudit(action.leg, quantity, asked_ns))

    # ---- results

    def _cycle_done(self, result: v.CycleResult) -> None:
        self._take_result(result)
        if result.reason.startswith("sizing:"):
            # The configured size cannot be traded at all: the next cycle would only say the same again.
            self._publish("halt", result.reason)
            self._finish(f"halted: {result.reason}")
            return
        at_ns = self.clock.timestamp_ns() + self.config.pause_ms * v.NS_PER_MS
        self.alarms.set(f"{self._session}:next", at_ns, self._next_cycle)

    def _take_result(self, result: v.CycleResult) -> None:
        number, is_revised = self.results.take(result)
        if is_revised:
            self._note(result.cycle_id, f"result_revised: {result.outcome}: net {result.net}")
        record = row(number, result, self.results.net(number), self.meter.latencies())
        if self.record is not None:
            self.record.cycle(result, record)
        self._publish("cycle", f"{result.outcome}: {result.reason}", record)
        for line in cycle_lines(self.results):
            self.log.info(line)

    def _halt(self, action: v.Halt) -> None:
        self.halted = action
        if action.result is not None:
            self._take_result(action.result)
        positions = left_open(action)
        self.log.error(f"HALTED {action.reason} ({positions})")
        self._note("", f"halt: {action.reason}; {positions}")
        self._publish("halt", action.reason)
        self._finish(f"halted: {action.reason}")

    def _note(self, cycle_id: str, text: str) -> None:
        if self.record is not None:
            self.record.note(cycle_id, text, self.clock.timestamp_ns())

    def _publish(self, kind: str, text: str, record: dict[str, str] | None = None) -> None:
        number = self._started if self.current is not None else 0
        self.msgbus.publish(PROGRESS_TOPIC, Progress(kind, number, text, self.clock.timestamp_ns(), record), False)

    def _sample(self) -> None:
        quotes = [self.cache.quote_tick(leg) for leg in self.legs]
        if self.current is not None and None not in quotes:
            moment = sample(self.current, self._started, quotes, self.results, self.clock.timestamp_ns())
            self.msgbus.publish(PROGRESS_TOPIC, moment, False)
