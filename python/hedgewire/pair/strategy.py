"""The pair strategy inside NautilusTrader. It only translates: engine events become the machine's words, its actions
become orders, timers and questions. Every decision is in :mod:`hedgewire.pair.cycle`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from nautilus_trader.model.enums import OrderSide, TimeInForce
from nautilus_trader.model.identifiers import ClientOrderId, InstrumentId
from nautilus_trader.trading.strategy import Strategy

from hedgewire.journal import FillRecord, Intent, Journal, OrderEvent
from hedgewire.nautilus.truth import LinkNotice, Notice, OrderFate, OrderQuestion, PositionQuestion, endpoint, topic
from hedgewire.pair import vocabulary as v
from hedgewire.pair.config import ALTERNATE, PairStrategyConfig
from hedgewire.pair.cycle import PairCycle
from hedgewire.pair.guards import DailyLoss, DeltaLimits, FailureBreaker, Guards
from hedgewire.pair.metrics import Latencies, row
from hedgewire.pair.progress import PROGRESS_TOPIC, Progress, Sample
from hedgewire.pair.translate import leg_spec, machine_event, percentile

KEPT_CYCLES = 16
LATENCIES_MAX = 10_000


class PairStrategy(Strategy):
    """Runs ``cycles`` cycles, one after the other, each flat before the next; stops at the first halt."""

    def __init__(self, config: PairStrategyConfig) -> None:
        super().__init__(config)
        self.pair = v.PairConfig(
            target_notional=config.target_notional_usd,
            build_policy=v.BuildPolicy(config.policy),
            maker_leg=config.maker_leg,
            hold_ms=config.hold_ms,
            unwind_maker_wait_ms=config.unwind_maker_wait_ms,
            slippage_cap_bps=config.slippage_cap_bps,
        )
        self.guards = Guards(
            config.max_position_usd,
            DailyLoss(config.max_daily_loss_usd),
            DeltaLimits(config.delta_warn, config.delta_block, config.delta_emergency),
            FailureBreaker(config.max_failures),
        )
        self.legs = tuple(InstrumentId.from_str(text) for text in config.instruments)
        self.journal: Journal | None = None
        self.cycles: dict[str, PairCycle] = {}
        self.current: PairCycle | None = None
        self.results: list[v.CycleResult] = []
        self.halted: v.Halt | None = None
        self.stop_mode: v.StopMode | None = None
        self.fill_latencies_ms: deque[Decimal] = deque(maxlen=LATENCIES_MAX)
        self.order_latencies_ms: deque[Decimal] = deque(maxlen=LATENCIES_MAX)
        self._sent_ns: dict[str, int] = {}
        self._waiting: deque[tuple[PairCycle, v.Event]] = deque()
        self._timers: dict[str, str] = {}
        self._alerts = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stepping = False
        self._finished = False
        self._started = 0
        self._session = ""
        self._net = Decimal(0)

    # ---- life

    def _on_loop(self, callback: Callable[[], None]) -> Callable[[Any], None]:
        """A timer's callback on the event loop: NautilusTrader's live timers fire on a thread of their own, and
        neither the engine nor the journal may be touched from there. A backtest has no loop: called at once."""
        with contextlib.suppress(RuntimeError):
            self._loop = asyncio.get_running_loop()
        loop = self._loop

        def hop(_event: Any) -> None:
            if loop is None:
                callback()
            else:
                loop.call_soon_threadsafe(self._guarded, callback)

        return hop

    def _guarded(self, callback: Callable[[], None]) -> None:
        if not self.is_running:
            return
        try:
            callback()
        except Exception as error:
            self.log.exception("the strategy failed", error)
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        self._publish("halt", f"internal: {type(error).__name__}: {error}")
        self._finish(f"halted: internal: {error}")

    def on_start(self) -> None:
        self.journal = Journal(self.config.journal_path)
        self._session = f"{self.id.get_tag()}-{self.clock.timestamp_ms():x}"
        for unresolved in self.journal.unresolved():
            self._note("", f"unresolved_intent: {unresolved.intent.order_id} last {unresolved.last_status}")
        for venue in {leg.venue for leg in self.legs}:
            self.msgbus.subscribe(topic=topic(venue), handler=self._on_notice)
        for leg in self.legs:
            if self.cache.instrument(leg) is None:
                self._finish(f"instrument_unknown: {leg} is not listed")
                return
            self.subscribe_quote_ticks(leg)
        self.clock.set_timer(
            "sample", timedelta(milliseconds=self.config.sample_ms), callback=self._on_loop(self._sample)
        )
        self._next_cycle()

    def on_stop(self) -> None:
        for venue in {leg.venue for leg in self.legs}:
            self.msgbus.unsubscribe(topic=topic(venue), handler=self._on_notice)
        for leg in self.legs:
            self.cancel_all_orders(leg)
        if self.journal is not None:
            self.journal.close()
            self.journal = None

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
        cycle_id = f"{self._session}-{self._started}"
        specs = (leg_spec(self.cache.instrument(self.legs[0])), leg_spec(self.cache.instrument(self.legs[1])))
        self.current = PairCycle(self.pair, specs, self._direction(), self.guards, cycle_id)
        self.cycles[cycle_id] = self.current
        if len(self.cycles) > KEPT_CYCLES:
            del self.cycles[next(iter(self.cycles))]
        self._feed(self.current, v.Started())
        for leg in (0, 1):
            quote = self.cache.quote_tick(self.legs[leg])
            if quote is not None:
                self._book(quote)

    def _direction(self) -> v.Direction:
        if self.config.direction == ALTERNATE:
            return v.Direction.BUY_FIRST if self._started % 2 else v.Direction.SELL_FIRST
        return v.Direction(self.config.direction)

    def _finish(self, reason: str) -> None:
        if not self._finished:
            self._finished = True
            self._publish("finished", reason)

    # ---- events in

    def on_quote_tick(self, tick: Any) -> None:
        self._book(tick)

    def _book(self, tick: Any) -> None:
        for leg, instrument_id in enumerate(self.legs):
            if instrument_id == tick.instrument_id:
                top = v.BookTop(leg, tick.bid_price.as_decimal(), tick.ask_price.as_decimal(), tick.ts_init)
                for cycle in list(self.cycles.values()):
                    if cycle.state not in (v.State.CYCLE_DONE, v.State.HALTED):
                        self._feed(cycle, top)

    def on_order_event(self, event: Any) -> None:
        order_id = event.client_order_id.value
        cycle = self.cycles.get(order_id.rpartition("-")[0])
        if cycle is None or order_id not in cycle.desk.orders:
            return
        leg = cycle.desk.orders[order_id].submit.leg
        translated = machine_event(event, leg, self.cache.order(event.client_order_id))
        if translated is None:
            return
        self._measure(event, translated)
        self._record(event, translated)
        self._feed(cycle, translated)

    def _measure(self, event: Any, translated: v.Event) -> None:
        """Latencies that were really measured: venue time to here for fills, sent to acknowledged for orders."""
        if isinstance(translated, v.Fill):
            self.fill_latencies_ms.append(Decimal(max(0, self.clock.timestamp_ns() - event.ts_event)) / v.NS_PER_MS)
        elif isinstance(translated, v.OrderSubmitted):
            self._sent_ns[translated.order_id] = event.ts_event
        elif isinstance(translated, v.OrderAccepted):
            sent = self._sent_ns.pop(translated.order_id, None)
            if sent is not None:
                self.order_latencies_ms.append(Decimal(max(0, self.clock.timestamp_ns() - sent)) / v.NS_PER_MS)

    def _record(self, event: Any, translated: v.Event) -> None:
        if self.journal is None:
            return
        if isinstance(translated, v.Fill):
            self.journal.fill(
                FillRecord(
                    str(event.instrument_id.venue), translated.trade_id, str(event.instrument_id), translated.order_id,
                    translated.side.value, translated.qty, translated.px, translated.fee, translated.is_maker,
                    translated.ts,
                )
            )  # fmt: skip
            self._publish("fill", f"{translated.side} {translated.qty} {event.instrument_id} @ {translated.px}")
            return
        name = type(translated).__name__.removeprefix("Order").lower()
        filled = getattr(translated, "filled_qty", None)
        reason = str(getattr(translated, "reason", ""))
        self.journal.order_event(OrderEvent(event.client_order_id.value, name, event.ts_event, reason, filled))

    def _on_notice(self, notice: LinkNotice) -> None:
        for cycle in list(self.cycles.values()):
            if notice.notice is Notice.LOST:
                self._feed(cycle, v.ConnectionLost(notice.reason))
            elif notice.notice is Notice.RESTORED:
                self._feed(cycle, v.ConnectionRestored())
            elif notice.notice is Notice.OUTCOME_UNKNOWN and notice.client_order_id is not None:
                order = cycle.desk.orders.get(notice.client_order_id.value)
                if order is not None:
                    self._feed(cycle, v.OrderUnknown(order.submit.leg, notice.client_order_id.value))

    # ---- the machine

    def _feed(self, cycle: PairCycle, event: v.Event) -> None:
        """One event at a time: sending an order may answer at once (a denial), in the middle of a step."""
        self._waiting.append((cycle, event))
        if self._stepping:
            return
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
                self._set_timer(cycle, action)
            case v.CancelTimer():
                self._clear_timer(f"{cycle.desk.cycle_id}:{action.name}")
            case v.Note():
                self._note(cycle.desk.cycle_id, action.reason)
                self.log.info(f"{cycle.desk.cycle_id}: {action.reason}")
            case v.CycleDone():
                self._cycle_done(action.result)
            case v.Halt():
                self._halt(action)

    def _submit(self, cycle: PairCycle, action: v.Submit) -> None:
        instrument = self.cache.instrument(self.legs[action.leg])
        if self.journal is None:
            raise RuntimeError("the journal is closed: nothing may be sent")
        self.journal.intent(
            Intent(
                action.order_id, cycle.desk.cycle_id, action.leg, str(instrument.id), action.side.value, action.qty,
                action.kind.value, action.price, action.reduce_only, self.clock.timestamp_ns(),
            )
        )  # fmt: skip
        post_only = action.kind is v.OrderKind.POST_ONLY
        order = self.order_factory.limit(
            instrument_id=instrument.id,
            order_side=OrderSide.BUY if action.side is v.Side.BUY else OrderSide.SELL,
            quantity=instrument.make_qty(action.qty),
            price=instrument.make_price(action.price),
            time_in_force=TimeInForce.GTC if post_only else TimeInForce.IOC,
            post_only=post_only,
            reduce_only=action.reduce_only,
            client_order_id=ClientOrderId(action.order_id),
        )
        self.submit_order(order)

    def _set_timer(self, cycle: PairCycle, action: v.SetTimer) -> None:
        """Each timer gets a name of its own: an alert that has just fired still occupies its name for a moment."""
        key = f"{cycle.desk.cycle_id}:{action.name}"
        self._clear_timer(key)
        self._alerts += 1
        name = self._timers[key] = f"{key}:{self._alerts}"

        def fire() -> None:
            if self._timers.get(key) == name:
                del self._timers[key]
                self._feed(cycle, v.Timer(action.name))

        self.clock.set_time_alert_ns(name, max(action.at_ns, self.clock.timestamp_ns()), self._on_loop(fire))

    def _clear_timer(self, key: str) -> None:
        name = self._timers.pop(key, None)
        if name is not None and name in self.clock.timer_names:
            self.clock.cancel_timer(name)

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
        self.clock.set_time_alert_ns(
            name=f"{self._session}:next:{self._started}",
            alert_time_ns=self.clock.timestamp_ns() + self.config.pause_ms * v.NS_PER_MS,
            callback=self._on_loop(self._next_cycle),
        )

    def _take_result(self, result: v.CycleResult) -> None:
        if any(known.cycle_id == result.cycle_id for known in self.results):
            self.results = [known for known in self.results if known.cycle_id != result.cycle_id]
            self._note(result.cycle_id, f"result_revised: net {result.net}")
        self.results.append(result)
        self._net = sum((known.net for known in self.results), Decimal(0))
        record = row(len(self.results), result, self._net, self.latencies())
        if self.journal is not None and result.cycle_id not in {known["cycle_id"] for known in self.journal.cycles()}:
            self.journal.cycle(result.cycle_id, result.outcome.value, record, result.ended_ns)
        self._publish("cycle", f"{result.outcome}: {result.reason}", record)

    def latencies(self) -> Latencies:
        """Medians so far; None where nothing was measured."""
        fills = percentile(self.fill_latencies_ms, 50)
        return Latencies(fills, percentile(self.order_latencies_ms, 50), fills)

    def _halt(self, action: v.Halt) -> None:
        self.halted = action
        if action.result is not None:
            self._take_result(action.result)
        positions = ", ".join(f"{held.name} {held.qty}" for held in action.open_positions) or "flat"
        self.log.error(f"HALTED {action.reason} ({positions})")
        self._note("", f"halt: {action.reason}; {positions}")
        self._publish("halt", action.reason)
        self._finish(f"halted: {action.reason}")

    def _note(self, cycle_id: str, text: str) -> None:
        if self.journal is not None:
            self.journal.note(cycle_id, text, self.clock.timestamp_ns())

    def _publish(self, kind: str, text: str, record: dict[str, str] | None = None) -> None:
        number = self._started if self.current is not None else 0
        self.msgbus.publish(PROGRESS_TOPIC, Progress(kind, number, text, self.clock.timestamp_ns(), record), False)

    def _sample(self) -> None:
        """What the picture of the run is drawn from: tops, positions and the running result."""
        quotes = [self.cache.quote_tick(leg) for leg in self.legs]
        cycle = self.current
        if cycle is None or any(quote is None for quote in quotes):
            return
        open_result = Decimal(0) if cycle.state.is_final else cycle.desk.open_result()
        open_volume = (
            Decimal(0)
            if cycle.state.is_final
            else sum((fill.qty * fill.px for fill in cycle.desk.ledger.fills), Decimal(0))
        )
        sample = Sample(
            ts_ns=self.clock.timestamp_ns(),
            cycle=self._started,
            state=cycle.state.value,
            bids=(quotes[0].bid_price.as_decimal(), quotes[1].bid_price.as_decimal()),
            asks=(quotes[0].ask_price.as_decimal(), quotes[1].ask_price.as_decimal()),
            positions=(cycle.desk.held(0), cycle.desk.held(1)),
            net_pnl_usd=self._net + open_result,
            volume_usd=sum((done.volume for done in self.results), Decimal(0)) + open_volume,
        )
        self.msgbus.publish(PROGRESS_TOPIC, sample, False)
