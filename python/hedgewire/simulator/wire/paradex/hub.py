"""What the exchange does becomes rows and pushes, through the faults that may hold, repeat or lose them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from hedgewire.simulator.accounts import QUOTE_PRODUCT
from hedgewire.simulator.candles import CandleStore
from hedgewire.simulator.connection import Frame
from hedgewire.simulator.fields import Json
from hedgewire.simulator.fixed import plain
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
from hedgewire.simulator.wire.paradex.archive import Archive
from hedgewire.simulator.wire.paradex.book_feeds import BookFeed
from hedgewire.simulator.wire.paradex.funding import Funding
from hedgewire.simulator.wire.paradex.messages import shown
from hedgewire.simulator.wire.paradex.orders import OrderDesk, Placed
from hedgewire.simulator.wire.paradex.positions import PositionBook
from hedgewire.simulator.wire.paradex.products import SETTLEMENT, Kind
from hedgewire.simulator.wire.paradex.spoilt_events import Push, Render, renders
from hedgewire.simulator.wire.paradex.state import ParadexState
from hedgewire.simulator.wire.paradex.streams import Channel, DayFigures, bbo_json, names_for, summary_json
from hedgewire.simulator.wire.paradex.trigger import Triggers

BOOK_MS = 50
SUMMARY_MS = 1000
COMPARISON_MS = 1000
REORDER_FLUSH_MS = 500
FORCED = {"liquidate_subaccount": "LIQUIDATION", "deleverage": "UNWIND_TRANSFER"}
RESOLUTIONS_MIN = (1, 3, 5, 15, 30, 60)


class Subscriber:
    """Whoever subscribed; a socket, or a test."""

    account: str | None = None
    """Whose private events it may see."""
    version: int | None = None
    """Of the binary schema; ``None``: JSON."""

    def send(self, frame: Frame) -> None:
        raise NotImplementedError


class Hub:
    """Subscriptions by channel name, and the one listener of the exchange."""

    def __init__(
        self,
        state: ParadexState,
        desk: OrderDesk,
        positions: PositionBook,
        archive: Archive,
        funding: Funding,
        triggers: Triggers,
    ) -> None:
        self.state = state
        self.desk = desk
        self.positions = positions
        self.archive = archive
        self.funding = funding
        self.triggers = triggers
        self.candles = CandleStore(tuple(60 * minutes for minutes in RESOLUTIONS_MIN))
        self.days: dict[int, DayFigures] = {product_id: DayFigures() for product_id in state.ledger.markets}
        self.subscribers: dict[str, dict[Subscriber, Channel]] = {}
        self.books: dict[str, BookFeed] = {}
        self._ticks = 0
        self._held_back: list[Callable[[], None]] = []
        self._held_books: dict[str, Json] = {}
        self._balances = {a.account_id: a.quote for a in state.ledger.accounts.values()}
        state.exchange.listen(self.on_event)
        desk.listeners.append(self.on_order)

    def start(self) -> None:
        clock = self.state.clock
        clock.every_ms(BOOK_MS, self.publish_books)
        clock.every_ms(SUMMARY_MS, self.publish_summaries)
        clock.every_ms(COMPARISON_MS, self.publish_comparison)

    def subscribe(self, channel: Channel, subscriber: Subscriber) -> None:
        self.subscribers.setdefault(channel.name, {})[subscriber] = channel
        if channel.family == "order_book":
            feed = self.books.get(channel.name)
            if feed is None:
                feed = self.books[channel.name] = BookFeed(self.state, channel)
            push = self._push("order_book", channel.market, feed.snapshot())
            subscriber.send(push.render(channel.name, subscriber.version))

    def unsubscribe(self, name: str, subscriber: Subscriber) -> None:
        held = self.subscribers.get(name)
        if held is not None:
            held.pop(subscriber, None)
            if not held:
                del self.subscribers[name]
                self.books.pop(name, None)

    # --- events --------------------------------------------------------------------------------------------------

    def on_event(self, event: Event) -> None:
        match event:
            case Trade():
                self._book_changed(event.product_id)
                self.state.last_trade_price[event.product_id] = event.price
                self.days[event.product_id].count(event.price, event.quantity)
                for _ in self.candles.add(event):
                    pass
                side = "BUY" if event.is_taker_buyer else "SELL"
                row = self.archive.trade(event.product_id, side, event.quantity, event.price, "FILL")
                self._public("trades", event.product_id, row)
            case Quote():
                self._book_changed(event.product_id)
                self._public("bbo", event.product_id, bbo_json(self.state, event))
            case Fill():
                placed = self.desk.on_fill(event)
                row = self.archive.fill(event, placed.client_id if placed is not None else "")
                self._private("fills", event.order.product_id, event.order.owner, row)
            case OrderUpdate():
                self.desk.on_update(event)
            case Liquidation():
                self._forced(event.liquidatee, event.product_id, -event.amount, event.price, "LIQUIDATION")
                side, size = "SELL" if event.amount > 0 else "BUY", abs(event.amount)
                row = self.archive.trade(event.product_id, side, size, event.price, "LIQUIDATION")
                self._public("trades", event.product_id, row)
            case PositionUpdate():
                self._position(event)
            case FundingPayment():
                row = self.funding.to_json(event.product_id)
                self.archive.funding[str(row["market"])].append(row)
                self._public("funding_data", event.product_id, row)

    def on_order(self, placed: Placed) -> None:
        self._private("orders", placed.product_id, placed.account, self.desk.show(placed))

    def _position(self, event: PositionUpdate) -> None:
        if event.product_id == QUOTE_PRODUCT:
            moved = event.amount - self._balances.get(event.account, 0)
            self._balances[event.account] = event.amount
            self._private("account", None, event.account, self.positions.account_json(event.account))
            if event.reason in ("deposit_collateral", "withdraw_collateral"):
                self._private("transfers", None, event.account, self.archive.transfer(event.account, moved))
            return
        held = self.positions.held.get((event.account, event.product_id))
        moved = event.amount - (held.amount if held is not None else 0)
        if moved:
            price = self.state.ledger.markets[event.product_id].oracle_price
            self._forced(event.account, event.product_id, moved, price, FORCED.get(event.reason, "SETTLE_MARKET"))
        self.triggers.position_changed(event.account, event.product_id)
        row = self.positions.to_json(event.account, event.product_id)
        if self.state.kind(event.product_id) is not Kind.SPOT:
            self._private("positions", event.product_id, event.account, row)
        self._private("account", None, event.account, self.positions.account_json(event.account))
        fill = self.archive.last_fill.get((event.account, event.product_id))
        if fill is not None:
            self._private("balance_events", None, event.account, self._balance_event(event.account, row, fill))

    def _forced(self, account: str, product_id: int, base: int, price: int, fill_type: str) -> None:
        row = self.archive.forced(account, product_id, base, price, fill_type)
        self._private("fills", product_id, account, row)

    def _balance_event(self, account: str, position: Json, fill: Json) -> Json:
        settled = shown(self.positions.margin(account).collateral)
        return {
            "type": "TRADE",
            "status": "COMPLETED",
            "account": account,
            "market": position["market"],
            "fill_id": fill["id"],
            "fees": fill["fee"],
            "realized_pnl": fill["realized_pnl"],
            "realized_funding": fill["realized_funding"],
            "funding_index": position["cached_funding_index"],
            "settlement_asset_name": SETTLEMENT,
            "settlement_asset_address": "",
            "settlement_asset_price": "1",
            "settlement_asset_balance_before": "",
            "settlement_asset_balance_after": settled,
            "created_at": self.state.clock.now_ms(),
        }

    # --- periodic channels ---------------------------------------------------------------------------------------

    def _book_changed(self, product_id: int) -> None:
        """Every change has its number; channels without an interval show each."""
        self.state.book_seq[product_id] += 1
        for name, feed in list(self.books.items()):
            if feed.product_id == product_id and feed.channel.interval_ms == 0:
                self._publish_book(name, feed)

    def publish_books(self) -> None:
        self._ticks += 1
        for product_id, book in self.state.exchange.books.items():
            if book.drain_touched() is not None:
                self._book_changed(product_id)
        for name, feed in list(self.books.items()):
            interval_ms = feed.channel.interval_ms
            if interval_ms and self._ticks * BOOK_MS % interval_ms == 0:
                self._publish_book(name, feed)

    def _publish_book(self, name: str, feed: BookFeed) -> None:
        message = feed.changes()
        if message is not None:
            for each in self._disordered(name, feed, message):
                self._deliver([name], self._push("order_book", feed.channel.market, each), feed.product_id)

    def _disordered(self, name: str, feed: BookFeed, message: Json) -> list[Json]:
        """The messages to send in place of one, after the faults of their sequence."""
        faults, product_id = self.state.faults, feed.product_id
        held = self._held_books.pop(name, None)
        if not faults.armed:
            return [message] if held is None else [message, held]
        if faults.take("book_gap", product_id=product_id):
            return []
        if held is None and faults.take("book_reorder", product_id=product_id):
            self._held_books[name] = message
            return []
        if faults.take("book_restart", product_id=product_id):
            message = {**message, "seq_no": 1}
        sent = [message, message] if faults.take("book_repeat", product_id=product_id) else [message]
        return sent if held is None else [*sent, held]

    def summary(self, product_id: int) -> Json:
        return summary_json(self.state, product_id, self.funding.rates.get(product_id, 0), self.days[product_id])

    def publish_summaries(self) -> None:
        if any(name.startswith("markets_summary") for name in self.subscribers):
            for product_id in self.state.ledger.markets:
                self._public("markets_summary", product_id, self.summary(product_id))

    def publish_comparison(self) -> None:
        for name in [name for name in self.subscribers if name.startswith("funding_rate_comparison")]:
            for product_id, rate in self.funding.rates.items():
                symbol = self.state.symbol(product_id)
                row: Json = {"symbol": symbol, "hourly_funding_rate": plain(rate // 8), "source": "PARADEX"}
                self._deliver([name], self._push("funding_rate_comparison", symbol, row), product_id)

    # --- delivery ------------------------------------------------------------------------------------------------

    def _push(self, family: str, market: str | None, data: Json) -> Push:
        given = data.get("seq_no")
        of_book = self.state.book_seq.get(self.state.products.get(market or "", 0), 0)
        seq_no = given if isinstance(given, int) else of_book
        return Push(family, market, data, seq_no, self.state.clock.now_ns() // 1000)

    def _public(self, family: str, product_id: int, data: Json) -> None:
        market = self.state.symbol(product_id)
        self._deliver(names_for(family, market), self._push(family, market, data), product_id)

    def _deliver(self, names: Iterable[str], push: Push, product_id: int) -> None:
        live = [name for name in names if name in self.subscribers]
        if not live:
            return
        context: dict[str, object] = {"stream": push.family, "product_id": product_id}
        if not self.state.faults.take("silent_stream", **context):
            for render in renders(self.state, push, context):
                self._send(live, render, push, None)

    def _private(self, family: str, product_id: int | None, account: str, data: Json) -> None:
        market = None if product_id is None else self.state.symbol(product_id)
        push = self._push(family, market, data)
        names = [
            name
            for name in names_for(family, market)
            if any(subscriber.account == account for subscriber in self.subscribers.get(name, ()))
        ]
        if not names:
            return
        faults = self.state.faults
        if not faults.armed and not self._held_back:
            self._send(names, push.render, push, account)
            return
        context: dict[str, object] = {"stream": family, "product_id": product_id}
        if faults.take("silent_stream", **context) or faults.take("drop_private", **context):
            return
        rendered = renders(self.state, push, context)

        def send() -> None:
            for render in rendered:
                self._send(names, render, push, account)

        delay = faults.take("delay_private", **context)
        if delay is not None:
            self.state.clock.call_after_ms(delay.number("delay_ms", 500), send)
            return
        if not self._held_back and faults.take("reorder_private", **context):
            self._held_back.append(send)
            self.state.clock.call_after_ms(REORDER_FLUSH_MS, self._flush_held_back)
            return
        send()
        self._flush_held_back()
        if faults.take("duplicate_private", **context):
            send()

    def _flush_held_back(self) -> None:
        held, self._held_back = self._held_back, []
        for send in held:
            send()

    def _send(self, names: Iterable[str], render: Render, push: Push, account: str | None) -> None:
        frames: dict[tuple[str, int | None], Frame] = {}
        for name in names:
            for subscriber, channel in list(self.subscribers.get(name, {}).items()):
                if account is not None and subscriber.account != account:
                    continue
                if channel.markets is not None and push.market not in channel.markets:
                    continue
                key = (name, subscriber.version)
                if key not in frames:
                    frames[key] = render(*key)
                subscriber.send(frames[key])
