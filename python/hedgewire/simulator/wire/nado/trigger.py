"""The trigger service: price triggers, TWAP, dependencies (Nado reference 6.6). Orders wait here, signed.

A triggered order enters the exchange with the digest it was signed under; all slices of a TWAP share one digest.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import replace

from hedgewire.simulator.fields import Json
from hedgewire.simulator.fixed import ONE, mul
from hedgewire.simulator.orders import Event, Fill, OrderKind, OrderUpdate
from hedgewire.simulator.wire.nado import errors
from hedgewire.simulator.wire.nado.auth import RECV_WINDOW_MS, check_order_nonce, check_signed
from hedgewire.simulator.wire.nado.errors import WireError
from hedgewire.simulator.wire.nado.executes import MAX_BATCH, parse_order, submit
from hedgewire.simulator.wire.nado.messages import (
    get_bytes32,
    get_flag,
    get_ids,
    get_int,
    get_list,
    get_object,
    get_text,
)
from hedgewire.simulator.wire.nado.state import NadoState
from hedgewire.simulator.wire.nado.trigger_orders import TriggerOrder, row, wanted

CHECK_MS = 100
X6_TO_X18 = 10**12
MAX_PENDING_PER_SUBACCOUNT = 100
MAX_KEPT = 2000
MAX_SLICES = 500
MAX_INTERVAL_S = 3600
MAX_DURATION_S = 86_400
MAX_EXPIRATION_S = 90_000
TRIGGER_EXECUTES = ("place_order", "place_orders", "cancel_orders", "cancel_product_orders", "update_dependency")
TRIGGER_QUERIES = ("list_trigger_orders", "list_twap_executions")
REQUIREMENTS = frozenset(f"{what}_price_{way}" for what in ("oracle", "last", "mid") for way in ("above", "below"))


class TriggerService:
    """Holds signed orders until their condition is met, then submits them to the exchange."""

    def __init__(self, state: NadoState) -> None:
        self.state = state
        self.orders: dict[str, TriggerOrder] = {}
        state.exchange.listen(self._on_event)
        state.on_signer_linked.append(self._on_signer_linked)

    def start(self) -> None:
        self.state.clock.every_ms(CHECK_MS, self.check)

    # --- executes ------------------------------------------------------------------------------------------------

    @staticmethod
    def name_of(family: str, body: Json) -> str:
        """The name of the request in a body; raises when it is not one of the service's."""
        if family == "query":
            kind = get_text(body, "type")
            if kind not in TRIGGER_QUERIES:
                raise WireError(errors.INVALID_EXECUTE, f"unknown trigger query {kind!r:.80}")
            return kind
        names = [name for name in body if name in TRIGGER_EXECUTES]
        if len(names) != 1:
            raise WireError(errors.INVALID_EXECUTE, f"no known trigger execute among {sorted(body)[:5]}")
        return names[0]

    def execute(self, name: str, body: Json) -> object:
        request = get_object(body, name)
        self.state.log.counts[f"trigger_{name}"] += 1
        reply: Json = {"request_type": f"execute_{name}", "signature": request.get("signature") or ""}
        if request.get("id") is not None:
            reply["id"] = request["id"]
        try:
            data = getattr(self, f"_{name}")(request)
        except WireError as error:
            return {**reply, "status": "failure", "error": error.text, "error_code": error.code}
        return {**reply, "status": "success", "data": data} if data is not None else {**reply, "status": "success"}

    def _place_order(self, body: Json) -> object:
        waiting = self._parse(body)
        digest = waiting.order.order_id
        if digest in self.orders or digest in self.state.exchange.seen_ids:
            raise WireError(2013, f"{digest} was used before")
        mine = [t for t in self.orders.values() if t.pending and t.order.owner == waiting.order.owner]
        if len(mine) >= MAX_PENDING_PER_SUBACCOUNT:
            raise WireError(2057, f"{MAX_PENDING_PER_SUBACCOUNT} trigger orders are waiting already")
        self.orders[digest] = waiting
        self._forget_oldest()
        return {"digest": digest}

    def _place_orders(self, body: Json) -> object:
        bodies = get_list(body, "orders")
        if not 1 <= len(bodies) <= MAX_BATCH:
            raise WireError(errors.BATCH_LIMIT, f"{len(bodies)} orders in a batch, 1 to {MAX_BATCH} are allowed")
        results: list[Json] = []
        for item in bodies:
            try:
                placed = self._place_order(get_object({"order": item}, "order"))
                results.append({**get_object({"placed": placed}, "placed"), "error": None})
            except WireError as error:
                results.append({"digest": None, "error": error.text, "error_code": error.code})
                if get_flag(body, "stop_on_failure"):
                    break
        return results

    def _cancel_orders(self, body: Json) -> object:
        tx = get_object(body, "tx")
        sender = check_signed(self.state, "Cancellation", tx, body.get("signature"))
        check_order_nonce(self.state, get_int(tx, "nonce"))
        found = [self.orders.get(get_bytes32({"d": d}, "d")) for d in get_list(tx, "digests")]
        mine = [t for t in found if t is not None and t.pending and t.order.owner == sender]
        if not mine:
            raise WireError(errors.TRIGGER_NOT_FOUND, "none of the digests is a waiting trigger order of the sender")
        self._cancel(mine, "user_requested")
        return None

    def _cancel_product_orders(self, body: Json) -> object:
        tx = get_object(body, "tx")
        sender = check_signed(self.state, "CancellationProducts", tx, body.get("signature"))
        check_order_nonce(self.state, get_int(tx, "nonce"))
        products = get_ids(tx, "productIds")
        waiting = (t for t in self.orders.values() if t.pending and t.order.owner == sender)
        self._cancel([t for t in waiting if not products or t.order.product_id in products], "user_requested")
        return None

    def _update_dependency(self, body: Json) -> object:
        """Orders that wait for one order wait for another instead, as after a replacement (nado-sdk 3.0.0)."""
        tx = get_object(body, "tx")
        sender = check_signed(self.state, "DependencyUpdate", tx, body.get("signature"))
        check_order_nonce(self.state, get_int(tx, "nonce"))
        waiting = list(self._waiting_for(get_bytes32(tx, "oldDigest"), sender))
        if not waiting:
            raise WireError(errors.TRIGGER_NOT_FOUND, "no order of the sender waits for the old digest")
        for trigger in waiting:
            trigger.depends_on = get_bytes32(tx, "newDigest")
        return None

    def _waiting_for(self, digest: str, owner: str) -> Iterator[TriggerOrder]:
        for waiting in self.orders.values():
            if waiting.status == "waiting_dependency" and (waiting.depends_on, waiting.order.owner) == (digest, owner):
                yield waiting

    def _parse(self, body: Json) -> TriggerOrder:
        parsed = parse_order(self.state, body, trigger_service=True)
        order, now_s = parsed.order, self.state.clock.now_s()
        trigger = get_object(body, "trigger")
        if not parsed.trigger_bits:
            raise WireError(errors.NOT_TRIGGER, "the appendix has no trigger bits")
        if order.product_id not in self.state.ledger.markets:
            raise WireError(2016, f"product {order.product_id} is not listed")
        if order.expiration_s <= now_s:
            raise WireError(2004, f"expiration {order.expiration_s} s has passed")
        waiting = TriggerOrder(order, body, now_s, now_s)
        if parsed.trigger_bits == 1:
            self._parse_price(waiting, get_object(trigger, "price_trigger"))
        else:
            self._parse_twap(waiting, get_object(trigger, "time_trigger"), custom=parsed.trigger_bits == 3)
        return waiting

    def _parse_price(self, waiting: TriggerOrder, trigger: Json) -> None:
        requirement = get_object(trigger, "price_requirement")
        names = [name for name, value in requirement.items() if value is not None]
        if len(names) != 1 or names[0] not in REQUIREMENTS:
            raise WireError(errors.INVALID_TRIGGER, f"price_requirement {sorted(requirement)} is not one known key")
        waiting.requirement = (names[0], get_int(requirement, names[0]))
        if trigger.get("dependency") is not None:
            dependency = get_object(trigger, "dependency")
            waiting.depends_on = get_bytes32(dependency, "digest")
            waiting.on_partial_fill = get_flag(dependency, "on_partial_fill") is True
            waiting.status = "waiting_dependency"

    def _parse_twap(self, waiting: TriggerOrder, trigger: Json, *, custom: bool) -> None:
        """TWAP rules 2099 to 2110 of reference 2.6, in that order."""
        order, now_s = waiting.order, self.state.clock.now_s()
        value = order.appendix >> 64
        times, waiting.slippage_x6 = value >> 32, value & 0xFFFFFFFF
        waiting.interval_s = get_int(trigger, "interval")
        amounts = [get_int({"a": a}, "a") for a in get_list(trigger, "amounts")] if custom else []
        checks = (
            (order.kind is not OrderKind.IOC, 2099, "a TWAP must be IOC"),
            (not 1 <= times <= MAX_SLICES, 2100, f"{times} slices, 1 to {MAX_SLICES} are allowed"),
            (not custom and order.amount % max(times, 1) != 0, 2101, "the amount does not divide into the slices"),
            (order.expiration_s > now_s + MAX_EXPIRATION_S, 2102, "the expiration is over 25 h away"),
            (not 0 < waiting.interval_s <= MAX_INTERVAL_S, 2103, f"interval {waiting.interval_s} s is not usable"),
            ((times - 1) * waiting.interval_s > MAX_DURATION_S, 2104, "the TWAP lasts over 24 h"),
            (now_s + (times - 1) * waiting.interval_s > order.expiration_s, 2105, "expires before the last slice"),
            (custom and len(amounts) != times, 2106, f"{len(amounts)} amounts for {times} slices"),
            (
                custom and any(a == 0 or (a > 0) != order.is_buy for a in amounts),
                2107,
                "an amount has no or a wrong sign",
            ),
            (custom and sum(amounts) != order.amount, 2108, "the amounts do not sum to the order"),
            (order.isolated, 2110, "a TWAP cannot be isolated"),
        )
        for failed, code, text in checks:
            if failed:
                raise WireError(code, text)
        waiting.slices = amounts or [order.amount // times] * times
        waiting.next_slice_s = now_s
        waiting.executions = [
            {
                "execution_id": index,
                "scheduled_time": now_s + index * waiting.interval_s,
                "status": "pending",
                "updated_at": now_s,
            }
            for index in range(times)
        ]
        waiting.status = self._twap_status(waiting)

    # --- queries -------------------------------------------------------------------------------------------------

    def query(self, kind: str, body: Json) -> object:
        self.state.log.counts[f"trigger_query_{kind}"] += 1
        request_type = f"query_{kind}"
        try:
            if kind == "list_trigger_orders":
                data: Json = {"orders": self._list(body)}
            else:
                waiting = self.orders.get(get_bytes32(body, "digest"))
                if waiting is None or not waiting.slices:
                    raise WireError(errors.TRIGGER_NOT_FOUND, "no TWAP with this digest")
                data = {"executions": waiting.executions}
        except WireError as error:
            return {"status": "failure", "error": error.text, "error_code": error.code, "request_type": request_type}
        return {"status": "success", "data": data, "request_type": request_type}

    def _list(self, body: Json) -> list[Json]:
        tx = get_object(body, "tx")
        sender = check_signed(self.state, "ListTriggerOrders", tx, body.get("signature"))
        recv_ms, now_ms = get_int(tx, "recvTime"), self.state.clock.now_ms()
        if not now_ms < recv_ms <= now_ms + RECV_WINDOW_MS:
            raise WireError(errors.LATE_RECV, f"recvTime {recv_ms} ms is not within 100 s after {now_ms} ms")
        mine = (t for t in reversed(self.orders.values()) if t.order.owner == sender and wanted(t, body))
        return [row(t) for t in itertools.islice(mine, min(get_int(body, "limit", 100), 500))]

    # --- waiting -------------------------------------------------------------------------------------------------

    def check(self) -> None:
        """Expire, trigger and slice what is due."""
        now_s = self.state.clock.now_s()
        for waiting in [t for t in self.orders.values() if t.pending]:
            if waiting.order.expiration_s <= now_s:
                self._cancel([waiting], "expired")
            elif waiting.slices:
                self._run_slice(waiting, now_s)
            elif waiting.status == "waiting_price" and self._met(waiting):
                self._trigger(waiting)

    def _met(self, waiting: TriggerOrder) -> bool:
        assert waiting.requirement is not None  # price triggers always have one, see _parse_price
        name, threshold = waiting.requirement
        product_id = waiting.order.product_id
        oracle = self.state.ledger.markets[product_id].oracle_price
        if name.startswith("oracle"):
            price = oracle
        elif name.startswith("last"):
            price = self.state.last_trade_price.get(product_id, oracle)
        else:
            bid, bid_size, ask, ask_size = self.state.exchange.quote(product_id)
            if not bid_size or not ask_size:
                return False
            price = (bid + ask) // 2
        return price >= threshold if name.endswith("above") else price <= threshold

    def _trigger(self, waiting: TriggerOrder) -> None:
        order = waiting.order
        if order.reduce_only and order.kind not in (OrderKind.IOC, OrderKind.FOK):
            order.kind = OrderKind.IOC
        reply: Json = {"request_type": "execute_place_order", "signature": order.signature}
        try:
            submit(self.state, order)
            reply |= {"status": "success", "data": {"digest": order.order_id}}
        except WireError as error:
            reply |= {"status": "failure", "error": error.text, "error_code": error.code}
        self._set(waiting, {"triggered": reply})

    def _run_slice(self, waiting: TriggerOrder, now_s: int) -> None:
        if now_s < waiting.next_slice_s:
            return
        execution = waiting.executions[waiting.next_slice]
        part = replace(waiting.order, amount=waiting.slices[waiting.next_slice], price=self._slice_price(waiting))
        self.state.exchange.seen_ids.pop(part.order_id, None)
        try:
            submit(self.state, part)
            outcome: Json = {"status": "success", "data": {"digest": part.order_id}}
            execution["status"] = {"executed": {"executed_time": now_s, "execute_response": outcome}}
        except WireError as error:
            execution["status"] = {"failed": error.text}
        execution["updated_at"] = now_s
        waiting.next_slice += 1
        waiting.next_slice_s += waiting.interval_s
        self._set(waiting, self._twap_status(waiting))

    @staticmethod
    def _twap_status(waiting: TriggerOrder) -> Json:
        total = len(waiting.slices)
        if waiting.next_slice == total:
            done = sum(1 for e in waiting.executions if isinstance(e["status"], dict) and "executed" in e["status"])
            return {"twap_completed": {"executed": done, "total": total}}
        return {"twap_executing": {"current_execution": waiting.next_slice, "total_executions": total}}

    def _slice_price(self, waiting: TriggerOrder) -> int:
        """The limit, or oracle with slippage when that is tighter, on the tick that stays inside it."""
        market, order = self.state.ledger.markets[waiting.order.product_id], waiting.order
        slippage, tick = waiting.slippage_x6 * X6_TO_X18, market.instrument.price_increment
        if order.is_buy:
            price = min(order.price or 2**127, mul(market.oracle_price, ONE + slippage))
            return price // tick * tick
        return -(-max(order.price, mul(market.oracle_price, ONE - slippage)) // tick) * tick

    def _on_event(self, event: Event) -> None:
        """Dependencies: a fill activates what waited for it, a cancel cancels it."""
        if isinstance(event, Fill):
            for waiting in self._waiting_for(event.order.order_id, event.order.owner):
                if event.remaining == 0 or waiting.on_partial_fill:
                    self._set(waiting, "waiting_price")
        elif isinstance(event, OrderUpdate) and event.reason == "cancelled" and not event.order.background:
            self._cancel(self._waiting_for(event.order.order_id, event.order.owner), "dependent_order_cancelled")

    def _on_signer_linked(self, subaccount: str) -> None:
        """What the earlier signer may have signed is not carried out any more (reference 10.2)."""
        mine = [t for t in self.orders.values() if t.pending and t.order.owner == subaccount]
        self._cancel(mine, "linked_signer_changed")

    def _cancel(self, doomed: Iterable[TriggerOrder], reason: str) -> None:
        for waiting in doomed:
            for execution in waiting.executions[waiting.next_slice :]:
                execution["status"] = {"cancelled": reason}
            self._set(waiting, {"cancelled": reason})

    def _set(self, waiting: TriggerOrder, status: object) -> None:
        waiting.status, waiting.updated_at_s = status, self.state.clock.now_s()

    def _forget_oldest(self) -> None:
        for digest in [d for d, t in self.orders.items() if not t.pending][: max(0, len(self.orders) - MAX_KEPT)]:
            del self.orders[digest]
