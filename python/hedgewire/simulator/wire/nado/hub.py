"""Delivers exchange events to subscribers, through the faults that may hold, repeat or lose them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from hedgewire.simulator.candles import Candle, CandleStore
from hedgewire.simulator.fields import Json
from hedgewire.simulator.orders import (
    Event,
    Fill,
    FundingPayment,
    Liquidation,
    OrderUpdate,
    PositionUpdate,
    Quote,
    Trade,
)
from hedgewire.simulator.wire.nado import streams
from hedgewire.simulator.wire.nado.funding import Funding
from hedgewire.simulator.wire.nado.spoilt_events import spoilt, to_text
from hedgewire.simulator.wire.nado.state import NadoState
from hedgewire.simulator.wire.nado.streams import StreamKey

BATCH_MS = 50
ALL_BBO_MS = 1000
FUNDING_RATE_MS = 20_000
REORDER_FLUSH_MS = 500

Send = Callable[[str | bytes], None]


class Hub:
    """Subscriptions by stream key. A subscriber is the function that queues one text frame for it."""

    def __init__(self, state: NadoState, candles: CandleStore, funding: Funding) -> None:
        self.state = state
        self.candles = candles
        self.funding = funding
        self.subscribers: dict[StreamKey, dict[Send, None]] = {}
        self._last_batch_ns: dict[int, int] = {}
        self._held_back: tuple[list[StreamKey], list[str | bytes]] | None = None
        self._held_batches: dict[int, Json] = {}
        state.exchange.listen(self.on_event)

    def start(self) -> None:
        clock = self.state.clock
        clock.every_ms(BATCH_MS, self.publish_depth)
        clock.every_ms(ALL_BBO_MS, self.publish_all_bbo)
        clock.every_ms(FUNDING_RATE_MS, self.publish_funding_rates)

    def subscribe(self, key: StreamKey, send: Send) -> None:
        self.subscribers.setdefault(key, {})[send] = None

    def unsubscribe(self, key: StreamKey, send: Send) -> None:
        held = self.subscribers.get(key)
        if held is not None:
            held.pop(send, None)
            if not held:
                del self.subscribers[key]

    def on_event(self, event: Event) -> None:
        match event:
            case Trade():
                self.state.last_trade_price[event.product_id] = event.price
                self._public("trade", event.product_id, streams.trade_json(event))
                for candle in self.candles.add(event):
                    self._candle(candle)
            case Quote():
                self._public("best_bid_offer", event.product_id, streams.quote_json(event))
            case Fill():
                self._private("fill", event.order.product_id, event.order.owner, streams.fill_json(event))
            case OrderUpdate():
                if not event.order.background:
                    update = streams.order_update_json(event)
                    self._private("order_update", event.order.product_id, event.order.owner, update)
            case PositionUpdate():
                self._private("position_change", event.product_id, event.account, streams.position_json(event))
            case FundingPayment():
                self._public("funding_payment", event.product_id, streams.funding_payment_json(event))
            case Liquidation():
                self._public("liquidation", event.product_id, streams.liquidation_json(event))

    # --- periodic streams ----------------------------------------------------------------------------------------

    def publish_depth(self) -> None:
        """One batch per changed product; the three timestamps chain from batch to batch."""
        for product_id, book in self.state.exchange.books.items():
            batch = book.drain_touched()
            if batch is None:
                continue
            bids, asks, min_ns, max_ns = batch
            last_max_ns = self._last_batch_ns.get(product_id, min_ns - 1)
            self._last_batch_ns[product_id] = max_ns
            if StreamKey("book_depth", product_id) not in self.subscribers:
                continue
            batch_json: Json = {
                "type": "book_depth",
                "min_timestamp": str(min_ns),
                "max_timestamp": str(max_ns),
                "last_max_timestamp": str(last_max_ns),
                "product_id": product_id,
                "bids": [[str(price), str(size)] for price, size in bids],
                "asks": [[str(price), str(size)] for price, size in asks],
            }
            for message in self._disordered(product_id, batch_json):
                self._public("book_depth", product_id, message)

    def _disordered(self, product_id: int, batch: Json) -> list[Json]:
        """The depth batches to send in place of one, after the faults of their sequence."""
        faults = self.state.faults
        held = self._held_batches.pop(product_id, None)
        if not faults.armed:
            return [batch] if held is None else [batch, held]
        if faults.take("book_gap", product_id=product_id):
            return []
        if held is None and faults.take("book_reorder", product_id=product_id):
            self._held_batches[product_id] = batch
            return []
        if faults.take("book_restart", product_id=product_id):
            batch = {**batch, "last_max_timestamp": "0"}
        sent = [batch, batch] if faults.take("book_repeat", product_id=product_id) else [batch]
        return sent if held is None else [*sent, held]

    def publish_all_bbo(self) -> None:
        key = StreamKey("all_bbo")
        if key not in self.subscribers:
            return
        bbos = {}
        for product_id in self.state.exchange.books:
            bid, _, ask, _ = self.state.exchange.quote(product_id)
            bbos[str(product_id)] = {"bid": str(bid), "ask": str(ask)}
        self._deliver([key], {"type": "all_bbo", "time": str(self.state.clock.now_ms()), "bbos": bbos})

    def publish_funding_rates(self) -> None:
        now_ns = self.state.clock.stamp_ns()
        for product_id in self.state.exchange.books:
            rate = self.funding.rate_x18(product_id)
            self._public("funding_rate", product_id, streams.funding_rate_json(now_ns, product_id, rate))

    def _candle(self, candle: Candle) -> None:
        key = StreamKey("latest_candlestick", candle.product_id, None, candle.granularity_s)
        if key in self.subscribers:
            self._deliver(
                [key], {"type": "latest_candlestick", **streams.candle_json(candle), "timestamp": str(candle.start_s)}
            )

    # --- delivery ------------------------------------------------------------------------------------------------

    def _public(self, kind: str, product_id: int, message: Json) -> None:
        self._deliver([StreamKey(kind, product_id), StreamKey(kind)], message)

    def _deliver(self, keys: Iterable[StreamKey], message: Json) -> None:
        live = [key for key in keys if key in self.subscribers]
        if not live:
            return
        if not self.state.faults.armed:
            self._send(live, to_text(message))
            return
        context = {"stream": message["type"], "product_id": message.get("product_id")}
        if not self.state.faults.take("silent_stream", **context):
            for text in spoilt(self.state, message, context):
                self._send(live, text)

    def _send(self, keys: Iterable[StreamKey], text: str | bytes) -> None:
        for key in keys:
            for send in list(self.subscribers.get(key, ())):
                send(text)

    def _private(self, kind: str, product_id: int, subaccount: str, message: Json) -> None:
        keys = [StreamKey(kind, product_id, subaccount), StreamKey(kind, None, subaccount)]
        keys = [key for key in keys if key in self.subscribers]
        if not keys or not self.state.account(subaccount).exists:
            return
        faults = self.state.faults
        if not faults.armed:
            self._send(keys, to_text(message))
            self._flush_held_back()
            return
        context: dict[str, object] = {"stream": kind, "product_id": product_id}
        if faults.take("silent_stream", **context) or faults.take("drop_private", **context):
            return
        texts = spoilt(self.state, message, context)
        delay = faults.take("delay_private", **context)
        if delay is not None:
            self.state.clock.call_after_ms(delay.number("delay_ms", 500), lambda: self._send_all(keys, texts))
            return
        if self._held_back is None and faults.take("reorder_private", **context):
            self._held_back = (keys, texts)
            self.state.clock.call_after_ms(REORDER_FLUSH_MS, self._flush_held_back)
            return
        self._send_all(keys, texts)
        self._flush_held_back()
        if faults.take("duplicate_private", **context):
            self._send_all(keys, texts)

    def _send_all(self, keys: list[StreamKey], texts: list[str | bytes]) -> None:
        for text in texts:
            self._send(keys, text)

    def _flush_held_back(self) -> None:
        if self._held_back is not None:
            keys, texts = self._held_back
            self._held_back = None
            self._send_all(keys, texts)
