"""Placing, modifying and cancelling (Paradex reference 2.9): what is answered at once, and what happens afterwards."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from hedgewire.simulator.fields import Json
from hedgewire.simulator.fixed import ONE, mul
from hedgewire.simulator.orders import Reason, Refusal
from hedgewire.simulator.wire.paradex.auth import Session
from hedgewire.simulator.wire.paradex.errors import CANCEL_REASONS, WireError
from hedgewire.simulator.wire.paradex.messages import get_decimal, get_int, get_list, get_object, get_text
from hedgewire.simulator.wire.paradex.order_entry import check_order_signature, check_shape, check_window, read_order
from hedgewire.simulator.wire.paradex.orders import CLOSED, NEW, OPEN, POSITION_STOPS, UNTRIGGERED, OrderDesk, Placed
from hedgewire.simulator.wire.paradex.state import PROCESSING_MS, ParadexState

MAX_BATCH = 10
RETAIL_DELAY_MS = 300
MAX_LEVELS = 1000
QUEUED = "QUEUED_FOR_CANCELLATION"
REFUSED_AT_ONCE = {
    "late_nonce": "INVALID_TIMESTAMP",
    "early_nonce": "INVALID_TIMESTAMP",
    "invalid_nonce": "INVALID_ORDER_SIGNATURE",
    "signer": "INVALID_ORDER_SIGNATURE",
    "min_notional": "VALIDATION_ERROR",
}
REFUSED_LATER = {
    "unhealthy": "NOT_ENOUGH_MARGIN",
    "oracle_band": "PRICE_NOT_AVAILABLE",
    "post_only_crosses": "POST_ONLY_WOULD_CROSS",
    "not_filled": "REMAINING_IOC_CANCEL",
    "does_not_cross": "REMAINING_IOC_CANCEL",
    "reduce_only_increases": "REDUCE_ONLY_WILL_INCREASE",
    "trading_blocked": "MARKET_NOT_OPEN",
}
"""The reasons of the fault ``reject_order``: an answer, or a reason to close what was answered with 201."""


class Executes:
    """Requests that change orders."""

    def __init__(self, state: ParadexState, desk: OrderDesk) -> None:
        self.state = state
        self.desk = desk

    # --- placing -------------------------------------------------------------------------------------------------

    def place(self, session: Session, body: Json, *, connection: int = 0) -> Placed:
        """Take one order: it is NEW when this returns."""
        placed = read_order(self.state, session, body, connection=connection)
        self._check_takeable(session, placed)
        self._queue(session, placed)
        return placed

    def place_batch(self, session: Session, bodies: list[object], *, connection: int = 0) -> list[Placed | WireError]:
        """All orders, or, when a single one does not even read well, none."""
        if not 1 <= len(bodies) <= MAX_BATCH:
            text = f"{len(bodies)} orders in a batch, 1 to {MAX_BATCH} are allowed"
            raise WireError("BATCH_SIZE_OUT_OF_RANGE", text)
        read = [
            read_order(self.state, session, get_object({"order": body}, "order"), connection=connection)
            for body in bodies
        ]
        partial_only = len(read) > 1 and self.state.faults.take("partial_batch") is not None
        results: list[Placed | WireError] = []
        for index, placed in enumerate(read):
            try:
                if partial_only and index:
                    raise WireError("INTERNAL_ERROR", "injected fault partial_batch")
                self._check_takeable(session, placed)
            except WireError as error:
                results.append(error)
                continue
            self._queue(session, placed)
            results.append(placed)
        return results

    def _check_takeable(self, session: Session, placed: Placed) -> None:
        status = self.state.system_status
        if status == "maintenance":
            raise WireError("SERVICE_UNAVAILABLE", "the system is under maintenance", http_status=503)
        if status == "cancel_only":
            raise WireError("SYSTEM_STATUS_CANCEL_ONLY", "only cancels are taken now")
        if status == "post_only" and placed.instruction != "POST_ONLY":
            raise WireError("SYSTEM_STATUS_POST_ONLY", "only POST_ONLY orders are taken now")
        fault = self.state.faults.peek("reject_order", product_id=placed.product_id)
        reason = None if fault is None else fault.text("reason", "unhealthy")
        if reason in REFUSED_AT_ONCE and self.state.faults.take("reject_order", product_id=placed.product_id):
            raise WireError(REFUSED_AT_ONCE[reason], f"{reason} (injected)")
        mine = self.desk.of(session.account)
        if placed.client_id and any(each.client_id == placed.client_id for each in mine):
            raise WireError("DUPLICATED_CLIENT_ID", f"an open order has client_id {placed.client_id!r} already")
        most = self.state.rules.listings[placed.product_id].max_open_orders
        if sum(each.product_id == placed.product_id for each in mine) >= most:
            raise WireError("VALIDATION_ERROR", f"{most} orders are open on this market")

    def _queue(self, session: Session, placed: Placed) -> None:
        if session.is_interactive and self.state.limits.fits(
            self.state.limits.interactive, session.account, self.state.clock.now_ms()
        ):
            placed.flags = (*placed.flags, "INTERACTIVE")
        self.desk.add(placed)
        delay_ms = RETAIL_DELAY_MS if "INTERACTIVE" in placed.flags else PROCESSING_MS
        self.state.soon(partial(self._try, placed), delay_ms)

    def _try(self, placed: Placed) -> None:
        if placed.status != NEW:
            return
        refused = self.state.faults.take("reject_order", product_id=placed.product_id)
        if refused is not None:
            reason = refused.text("reason", "unhealthy")
            self.desk.close(placed, REFUSED_LATER.get(reason, "UNEXPECTED_FAILURE"))
            return
        refused = self.state.faults.take("reject_after_accept", product_id=placed.product_id)
        if refused is not None:
            self.desk.close(placed, refused.text("reason", "NOT_ENOUGH_MARGIN"))
        elif placed.waits_for_trigger:
            self.desk.set(placed, UNTRIGGERED)
        else:
            self.enter(placed)

    def enter(self, placed: Placed) -> None:
        """An order (also one just triggered) reaches the book."""
        size, price, short_of = placed.remaining, placed.price, Reason.DOES_NOT_CROSS
        if placed.type in POSITION_STOPS:
            held = abs(self.state.ledger.position(self.state.account(placed.account), placed.product_id).amount)
            placed.size = min(placed.size, held) if placed.size else held
            size, short_of = placed.size, Reason.REDUCE_ONLY_INCREASES
        if placed.is_market and size:
            price, size, short_of = self._market_terms(placed)
        if size == 0:
            self.desk.close(placed, CANCEL_REASONS[short_of])
            return
        try:
            self.state.exchange.submit(placed.for_book(price, size))
        except Refusal as refusal:
            self.desk.close(placed, CANCEL_REASONS.get(refusal.reason, "UNEXPECTED_FAILURE"))
            return
        if placed.is_market:
            self.desk.close(placed, CANCEL_REASONS[short_of] if placed.remaining else "")
        order = self.state.order(placed.order_id)
        if order is not None and self.state.faults.take("cancel_on_accept", product_id=placed.product_id):
            self.state.exchange.cancel(order, cause=Reason.SYSTEM)

    def _market_terms(self, placed: Placed) -> tuple[int, int, Reason]:
        """Worst price, size and what ends a market order: neither a price band nor the average may be passed."""
        market, listing = self.state.ledger.markets[placed.product_id], self.state.rules.listings[placed.product_id]
        sign = 1 if placed.is_buy else -1
        levels = self.state.exchange.books[placed.product_id].side(is_buy=not placed.is_buy).levels(MAX_LEVELS)
        if not levels:
            return 0, 0, Reason.EMPTY_BOOK
        band = market.instrument.oracle_high if placed.is_buy else market.instrument.oracle_low
        terminal = mul(market.oracle_price, band)
        cap = placed.vwap_price or mul(levels[0][0], ONE + sign * listing.max_slippage)
        left, taken, spent, worst = placed.remaining, 0, 0, levels[0][0]
        for price, size in levels:
            if left == 0 or (price - terminal) * sign > 0:
                break
            quantity = min(left, size)
            if (price - cap) * sign > 0:
                spare = (mul(cap, taken) - spent) * sign
                quantity = min(quantity, max(0, spare) * ONE // ((price - cap) * sign))
            quantity -= quantity % market.instrument.size_increment
            if quantity == 0:
                break
            left, taken, spent, worst = left - quantity, taken + quantity, spent + mul(quantity, price), price
        emptied = taken == sum(size for _, size in levels)
        return worst, taken, Reason.EMPTY_BOOK if emptied else Reason.SLIPPAGE

    # --- modifying -----------------------------------------------------------------------------------------------

    def modify(self, session: Session, order_id: str, body: Json) -> Placed:
        """Take a change of price, size (the whole, filled part included) or trigger price."""
        placed = self._live(session, order_id)
        given = (get_text(body, "market"), get_text(body, "side"), get_text(body, "type"))
        known = (self.state.symbol(placed.product_id), placed.side, placed.type)
        if given != known:
            raise WireError(
                "VALIDATION_ERROR", f"the order is {' '.join(known)}, the change says {' '.join(given):.80}"
            )
        wanted = replace(
            placed,
            size=get_decimal(body, "size"),
            price=placed.price if placed.is_market else get_decimal(body, "price"),
            trigger_price=get_decimal(body, "trigger_price", "0") or placed.trigger_price,
            signed_at_ms=get_int(body, "signature_timestamp"),
        )
        check_window(self.state, wanted)
        check_shape(self.state, wanted)
        if wanted.size <= placed.filled:
            raise WireError("INVALID_ORDER_SIZE", "the new size is not above what is filled already")
        check_order_signature(self.state, session, wanted, body.get("signature"), "ModifyOrder", order_id)
        request_id = self.state.new_id()
        placed.request_info = _request_info(request_id, "PENDING", "")
        self.state.soon(partial(self._change, placed, wanted, request_id))
        return placed

    def _change(self, placed: Placed, wanted: Placed, request_id: str) -> None:
        refused = "" if wanted.size > placed.filled else "INVALID_ORDER_SIZE"  # it has traded meanwhile
        if placed.status not in (OPEN, UNTRIGGERED):
            refused = "ORDER_IS_NOT_OPEN"
        if refused:
            placed.request_info = _request_info(request_id, "REJECTED", refused)
            if placed.status != CLOSED:
                self.desk.set(placed, placed.status)
            return
        before, resting = (placed.size, placed.price, placed.trigger_price), placed.resting
        placed.size, placed.price, placed.trigger_price = wanted.size, wanted.price, wanted.trigger_price
        placed.request_info = _request_info(request_id, "SUCCESS", "")
        if placed.status == UNTRIGGERED:
            self.desk.set(placed, UNTRIGGERED)
            return
        assert resting is not None  # an open order rests
        self.state.exchange.cancel(resting, silently=True)
        try:
            self.state.exchange.submit(placed.for_book(placed.price, placed.remaining))
        except Refusal as refusal:
            placed.size, placed.price, placed.trigger_price = before
            reason = CANCEL_REASONS.get(refusal.reason, "UNEXPECTED_FAILURE")
            placed.request_info = _request_info(request_id, "REJECTED", reason)
            self.enter(placed)  # it is back behind the others at its old price

    # --- cancelling ----------------------------------------------------------------------------------------------

    def _live(self, session: Session, order_id: str) -> Placed:
        placed = self.desk.find(session.account, order_id)
        if placed is None:
            raise WireError("ORDER_ID_NOT_FOUND", f"there is no order {order_id:.40}")
        if placed.status == CLOSED:
            raise WireError("ORDER_IS_CLOSED", f"order {order_id} is closed: {placed.cancel_reason or 'filled'}")
        return placed

    def cancel(self, session: Session, order_id: str) -> Placed:
        return self._queue_cancel(self._live(session, order_id))

    def cancel_by_client_id(self, session: Session, client_id: str, market: str | None = None) -> Placed:
        placed = self.desk.by_client_id(session.account, client_id)
        if placed is None or (market and self.state.symbol(placed.product_id) != market):
            raise WireError("CLIENT_ORDER_ID_NOT_FOUND", f"there is no order with client_id {client_id:.80}")
        return self.cancel(session, placed.order_id)

    def cancel_all(self, session: Session, market: str | None) -> int:
        """Every open order, of one market if given; returns how many."""
        if market is not None and market not in self.state.products:
            raise WireError("MARKET_NOT_FOUND", f"there is no market {market:.80}")
        return len([self._queue_cancel(placed) for placed in self.desk.of(session.account, market)])

    def cancel_batch(self, session: Session, body: Json) -> list[Json]:
        results: list[Json] = []
        for key, shown in (("order_ids", "id"), ("client_order_ids", "client_id")):
            for given in get_list({key: body.get(key) or []}, key):
                name = get_text({shown: given}, shown)
                found = (
                    self.desk.find(session.account, name)
                    if shown == "id"
                    else self.desk.by_client_id(session.account, name)
                )
                if found is None:
                    results.append({shown: name, "status": "NOT_FOUND"})
                    continue
                status = "ALREADY_CLOSED" if found.status == CLOSED else QUEUED
                if status == QUEUED:
                    self._queue_cancel(found)
                row: Json = {"id": found.order_id, "client_id": found.client_id, "account": found.account}
                results.append(row | {"market": self.state.symbol(found.product_id), "status": status})
        return results

    def _queue_cancel(self, placed: Placed) -> Placed:
        delay_ms = RETAIL_DELAY_MS if "INTERACTIVE" in placed.flags else PROCESSING_MS
        self.state.soon(partial(self.cancel_now, placed, Reason.REQUESTED), delay_ms)
        return placed

    def cancel_now(self, placed: Placed, cause: Reason) -> None:
        order = self.state.order(placed.order_id)
        if order is None:
            self.desk.close(placed, CANCEL_REASONS[cause])
        elif self.state.faults.take("cancel_races_fill", product_id=placed.product_id):
            self.state.market.take_resting(order)
        else:
            self.state.exchange.cancel(order, cause=cause)


def _request_info(request_id: str, status: str, message: str) -> Json:
    return {"id": request_id, "request_type": "MODIFY_ORDER", "status": status, "message": message}
