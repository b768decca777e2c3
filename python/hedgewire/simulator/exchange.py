"""The exchange of a local venue: validation, price-time matching, cancels. Venue-neutral, integers only.

One call of ``submit`` is one transaction: everything it causes carries one timestamp, and its events leave in the
order of Nado reference 11.5 (trades, taker fills, maker fills, order updates, positions, quote).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from hedgewire.simulator.accounts import QUOTE_PRODUCT, Account, Ledger, Market
from hedgewire.simulator.book import OrderBook
from hedgewire.simulator.clock import SECOND_NS, VenueClock
from hedgewire.simulator.fixed import I128_MAX, mul
from hedgewire.simulator.orders import (
    Event,
    Fill,
    Instrument,
    Order,
    OrderKind,
    OrderUpdate,
    PositionUpdate,
    Quote,
    Reason,
    Refusal,
    SelfTrade,
    Trade,
)
from hedgewire.simulator.rules import Rules

Listener = Callable[[Event], None]
MAX_SEEN_ORDER_IDS = 20_000
"""Enough: what is older than the 100 s of a nonce is refused by its time (Nado reference 3.5)."""
MAX_ISOLATED_CHILDREN = 10


class Transaction:
    """Events of one matching step, grouped so that they can leave in the documented order."""

    def __init__(self, timestamp_ns: int) -> None:
        self.timestamp_ns = timestamp_ns
        self.trades: list[Event] = []
        self.taker_fills: list[Event] = []
        self.maker_fills: list[Event] = []
        self.taker_updates: list[Event] = []
        self.maker_updates: list[Event] = []
        self.moved: dict[tuple[str, int], str] = {}

    def ordered(self) -> list[Event]:
        return [*self.trades, *self.taker_fills, *self.maker_fills, *self.taker_updates, *self.maker_updates]


class Exchange:
    """Order books, open orders and the ledger of one venue."""

    def __init__(self, ledger: Ledger, clock: VenueClock, rules: Rules) -> None:
        self.ledger = ledger
        self.clock = clock
        self.books: dict[int, OrderBook] = {}
        self.open_orders: dict[str, Order] = {}
        self.open_by_owner: dict[str, dict[str, Order]] = {}
        self.seen_ids: dict[str, None] = {}
        self.submission_idx = 0
        self._rules = rules
        self._listeners: list[Listener] = []
        self._last_quote: dict[int, tuple[int, int, int, int]] = {}

    def list_product(self, instrument: Instrument, oracle_price: int) -> None:
        self.ledger.markets[instrument.product_id] = Market(instrument, oracle_price)
        self.books[instrument.product_id] = OrderBook(instrument.product_id)

    def listen(self, listener: Listener) -> None:
        self._listeners.append(listener)

    def emit(self, events: Iterable[Event]) -> None:
        for event in events:
            for listener in self._listeners:
                listener(event)

    # --- placing -----------------------------------------------------------------------------------------------

    def submit(self, order: Order, *, health_checked: bool = False) -> None:
        """Match and rest an order. Raises ``Refusal`` when it is not accepted (no balance changed then)."""
        now_ns = self.clock.stamp_ns()
        target = abs(order.amount) if order.background else self._rules.admit(self, order, now_ns)
        book = self.books[order.product_id]
        self._remember(order)
        reach = self._purge_unusable_makers(book, order, now_ns)
        tx = Transaction(now_ns)
        refuses = self._rules.unmatched_is_refused and not order.background
        if order.kind is OrderKind.IOC and refuses and book.crossable(order, target) == 0:
            self._refuse_after_placing(order, tx, Reason.DOES_NOT_CROSS, "nothing crosses the limit")
        if order.kind is OrderKind.FOK and book.crossable(order, target) < target:
            self._refuse_after_placing(order, tx, Reason.NOT_FILLED, "the book cannot fill the whole order")
        left = target
        if order.kind is not OrderKind.POST_ONLY:
            left -= min(target, reach) - self._match(order, book, min(target, reach), tx)
        meets_itself = left > 0 and reach < target
        if left and order.kind in (OrderKind.DEFAULT, OrderKind.POST_ONLY) and not meets_itself:
            order.placed_at_ns = now_ns
            self.open_orders[order.order_id] = order
            self.open_by_owner.setdefault(order.owner, {})[order.order_id] = order
            book.side(is_buy=order.is_buy).add(order)
            book.touch(is_buy=order.is_buy, price=order.price, timestamp_ns=now_ns)
            tx.taker_updates.append(OrderUpdate(now_ns, order, abs(order.unfilled), "placed"))
        elif meets_itself or (order.unfilled and order.kind is not OrderKind.DEFAULT):
            cause = Reason.SELF_TRADE if meets_itself else Reason.DOES_NOT_CROSS
            tx.taker_updates.append(OrderUpdate(now_ns, order, 0, "cancelled", cause))
        self._publish(tx, (order.product_id,))

    def _refuse_after_placing(self, order: Order, tx: Transaction, reason: Reason, detail: str) -> None:
        tx.taker_updates.append(OrderUpdate(tx.timestamp_ns, order, 0, "cancelled", reason))
        self._publish(tx, (order.product_id,))
        raise Refusal(reason, detail)

    def _remember(self, order: Order) -> None:
        if order.background:
            return
        self.seen_ids[order.order_id] = None
        if len(self.seen_ids) > MAX_SEEN_ORDER_IDS:
            del self.seen_ids[next(iter(self.seen_ids))]

    def _purge_unusable_makers(self, book: OrderBook, taker: Order, now_ns: int) -> int:
        """Cancel what the taker would reach but must not hit: expired orders and, unless it is the taker that goes,
        its owner's own. Returns how much of it can trade before it meets an order for which it goes itself."""
        doomed: list[tuple[Order, Reason]] = []
        whole = reach = abs(taker.unfilled)
        if taker.kind is OrderKind.POST_ONLY:
            return whole
        for maker in book.side(is_buy=not taker.is_buy).orders():
            if reach <= 0 or not book.crosses(taker, maker):
                break
            if maker.expiration_s <= now_ns // SECOND_NS:
                doomed.append((maker, Reason.EXPIRED))
            elif maker.owner != taker.owner:
                reach -= abs(maker.unfilled)
            else:
                if taker.self_trade is not SelfTrade.EXPIRE_TAKER:
                    doomed.append((maker, Reason.SELF_TRADE))
                if taker.self_trade is not SelfTrade.EXPIRE_MAKER:
                    whole -= reach
                    break
        for maker, cause in doomed:
            self._remove(maker, now_ns)
            self.emit([OrderUpdate(now_ns, maker, 0, "cancelled", cause)])
        return whole

    def _match(self, taker: Order, book: OrderBook, target: int, tx: Transaction) -> int:
        makers = book.side(is_buy=not taker.is_buy)
        left = target
        while left:
            maker = makers.best()
            if maker is None or not book.crosses(taker, maker):
                break
            quantity = min(left, abs(maker.unfilled))
            refusal = self._rules.maker_refusal(self, maker, quantity) if not maker.background else None
            if refusal is not None:
                self._remove(maker, tx.timestamp_ns)
                tx.maker_updates.append(OrderUpdate(tx.timestamp_ns, maker, 0, "cancelled", refusal))
                continue
            self._match_pair(taker, maker, quantity, tx)
            left -= quantity
        return left

    def match_with(self, maker: Order, taker: Order) -> None:
        """Fault: ``taker`` takes the whole rest of an open order at its price, before all that rest in front of it."""
        tx = Transaction(self.clock.stamp_ns())
        self._match_pair(taker, maker, abs(maker.unfilled), tx)
        self._publish(tx, (maker.product_id,))

    def _match_pair(self, taker: Order, maker: Order, quantity: int, tx: Transaction) -> None:
        self.submission_idx += 1  # counts matches: one taker, one maker (Nado reference 11.5)
        tx.trades.append(
            Trade(tx.timestamp_ns, taker.product_id, maker.price, quantity, taker.is_buy, self.submission_idx)
        )
        self._fill(taker, quantity, maker.price, tx, is_taker=True)
        self._fill(maker, quantity, maker.price, tx, is_taker=False)
        book = self.books[maker.product_id]
        book.side(is_buy=maker.is_buy).shrink(maker, quantity)
        book.touch(is_buy=maker.is_buy, price=maker.price, timestamp_ns=tx.timestamp_ns)
        if maker.unfilled == 0:
            self._forget_open(maker)

    def _fill(self, order: Order, quantity: int, price: int, tx: Transaction, *, is_taker: bool) -> None:
        base = quantity if order.is_buy else -quantity
        quote = -mul(base, price)
        market = self.ledger.markets[order.product_id]
        account = self.settle_account(order, create_at_ns=tx.timestamp_ns)
        builder_fee = mul(abs(quote), order.builder_rate)
        fee = 0
        if not account.background:
            fee = self._rules.fee(market.instrument, order, quote, is_taker=is_taker) + builder_fee
        before = self.ledger.view(account, order.product_id)
        closed = self.ledger.apply_fill(account, order.product_id, base, quote, fee)
        order.unfilled -= base
        order.filled_quote += abs(quote)
        order.fee_paid += fee
        order.builder_fee_paid += builder_fee
        done = abs(order.amount) - abs(order.unfilled)
        if order.background:
            return
        fill = Fill(
            timestamp_ns=tx.timestamp_ns,
            order=order,
            quantity=quantity,
            remaining=abs(order.unfilled),
            price=price,
            is_taker=is_taker,
            fee=fee,
            quote_change=quote - fee,
            submission_idx=self.submission_idx,
            cumulative_base=done if order.is_buy else -done,
            cumulative_quote=(-1 if order.is_buy else 1) * order.filled_quote - order.fee_paid,
            cumulative_fee=order.fee_paid,
            builder_fee=builder_fee,
            before=before,
            after=self.ledger.view(account, order.product_id),
            closed=closed,
        )
        (tx.taker_fills if is_taker else tx.maker_fills).append(fill)
        update = OrderUpdate(tx.timestamp_ns, order, abs(order.unfilled), "filled")
        (tx.taker_updates if is_taker else tx.maker_updates).append(update)
        tx.moved[(account.account_id, order.product_id)] = "match_orders"
        if account.parent is not None:
            tx.moved[(account.parent, QUOTE_PRODUCT)] = "transfer_quote"

    # --- isolated margin (Nado reference 6.8) --------------------------------------------------------------------

    def isolated_child(self, owner: str, product_id: int) -> Account | None:
        for account in self.ledger.accounts.values():
            if account.parent == owner and account.isolated_product == product_id:
                return account
        return None

    def settle_account(self, order: Order, *, create_at_ns: int | None = None) -> Account:
        """The account whose balance an order changes: its owner's, or the isolated child's.

        With ``create_at_ns`` a missing child is created and the order's margin moved to it.
        """
        owner = self.ledger.open(order.owner)
        if not order.isolated:
            return owner
        child = self.isolated_child(order.owner, order.product_id)
        if create_at_ns is None:
            return child if child is not None else owner
        if child is None:
            used = {a.account_id for a in self.ledger.accounts.values() if a.parent == order.owner}
            slots = (self._rules.child_id(order.owner, order.product_id, slot) for slot in range(MAX_ISOLATED_CHILDREN))
            child = self.ledger.open(next(slot for slot in slots if slot not in used))
            child.parent, child.isolated_product, child.exists = order.owner, order.product_id, True
        if order.isolated_margin:
            self.ledger.transfer(owner, child, order.isolated_margin)
            order.isolated_margin = 0
        return child

    def _close_empty_child(self, account: Account) -> None:
        if account.parent is None or account.isolated_product is None:
            return
        if self.ledger.position(account, account.isolated_product).amount == 0:
            self.ledger.settle(account, account.isolated_product)
            self.ledger.transfer(account, self.ledger.open(account.parent), account.quote)
            del self.ledger.accounts[account.account_id]

    def settle_all(self) -> int:
        """Settle every client position; returns how many. ``v_quote`` no longer shows the entry price then."""
        settled = 0
        for account in list(self.ledger.accounts.values()):
            for product_id in list(account.positions) if not account.background else ():
                self.ledger.settle_pnl(account, product_id)
                stamp_ns = self.clock.stamp_ns()
                for shown in (product_id, QUOTE_PRODUCT):
                    self.emit(self.position_events(account, shown, "settle_pnl", stamp_ns))
                settled += 1
        return settled

    # --- cancelling ----------------------------------------------------------------------------------------------

    def cancel(self, order: Order, *, silently: bool = False, cause: Reason = Reason.REQUESTED) -> int:
        """Cancel an open order; returns the size that was still unfilled. ``silently``: its owner is not told."""
        now_ns = self.clock.stamp_ns()
        remaining = abs(order.unfilled)
        self._remove(order, now_ns)
        tx = Transaction(now_ns)
        if not (order.background or silently):
            tx.taker_updates.append(OrderUpdate(now_ns, order, 0, "cancelled", cause))
        self._publish(tx, (order.product_id,))
        return remaining

    def expire_due(self) -> None:
        """Cancel every order whose expiration (seconds) has come."""
        now_s = self.clock.now_s()
        for order in [o for o in self.open_orders.values() if o.expiration_s <= now_s]:
            self.cancel(order, cause=Reason.EXPIRED)

    def orders_of(self, owner: str, product_ids: Iterable[int] | None = None) -> list[Order]:
        wanted = set(product_ids) if product_ids is not None else None
        orders = self.open_by_owner.get(owner, {}).values()
        return [o for o in orders if wanted is None or o.product_id in wanted]

    def _remove(self, order: Order, now_ns: int) -> None:
        book = self.books[order.product_id]
        book.side(is_buy=order.is_buy).remove(order)
        book.touch(is_buy=order.is_buy, price=order.price, timestamp_ns=now_ns)
        self._forget_open(order)

    def _forget_open(self, order: Order) -> None:
        del self.open_orders[order.order_id]
        owned = self.open_by_owner[order.owner]
        del owned[order.order_id]
        if not owned:
            del self.open_by_owner[order.owner]

    # --- publishing ----------------------------------------------------------------------------------------------

    def quote(self, product_id: int) -> tuple[int, int, int, int]:
        """(bid, bid size, ask, ask size); an empty side is price 0 / i128 maximum with size 0."""
        book = self.books[product_id]
        bid, ask = book.bids.best_price(), book.asks.best_price()
        return (
            bid or 0,
            book.bids.size_at(bid) if bid else 0,
            ask if ask is not None else I128_MAX,
            book.asks.size_at(ask) if ask is not None else 0,
        )

    def position_events(self, account: Account, product_id: int, reason: str, timestamp_ns: int) -> list[Event]:
        shown = account.parent or account.account_id
        isolated = account.parent is not None
        if product_id == QUOTE_PRODUCT:
            return [PositionUpdate(timestamp_ns, shown, QUOTE_PRODUCT, account.quote, 0, isolated, reason)]
        position = self.ledger.position(account, product_id)
        amounts = (position.amount, position.v_quote)
        return [PositionUpdate(timestamp_ns, shown, product_id, *amounts, isolated, reason)]

    def _publish(self, tx: Transaction, product_ids: Iterable[int]) -> None:
        events = tx.ordered()
        for (account_id, product_id), reason in tx.moved.items():
            account = self.ledger.accounts[account_id]
            if not account.background:
                events += self.position_events(account, product_id, reason, tx.timestamp_ns)
                self._close_empty_child(account)
        for product_id in product_ids:
            quote = self.quote(product_id)
            if self._last_quote.get(product_id) != quote:
                self._last_quote[product_id] = quote
                events.append(Quote(tx.timestamp_ns, product_id, *quote))
        self.emit(events)
