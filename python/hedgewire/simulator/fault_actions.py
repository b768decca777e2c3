"""Arms faults on a running local venue, and does what some of them do at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hedgewire.simulator import fault_effects
from hedgewire.simulator.arming import Fault
from hedgewire.simulator.fault_checks import FaultError
from hedgewire.simulator.faults import CATALOGUE, Bites
from hedgewire.simulator.orders import Reason

if TYPE_CHECKING:
    from hedgewire.simulator.venue import VenueApp

GOING_AWAY = 1001


def post(app: VenueApp, fault: Fault) -> dict[str, object]:
    """Arm a fault, now or after its ``start_in_ms``; returns what happened. Raises ``FaultError`` when one like it
    holds the same market, account or clock already."""
    plan = app.state.faults
    if fault.name in fault_effects.LASTING:
        _refuse_a_second(fault, [*plan.armed, *plan.waiting.values()])
    plan.number(fault)
    if not fault.start_in_ms:
        return _begin(app, fault)
    plan.waiting[fault.fault_id] = fault

    def start() -> None:
        if plan.waiting.pop(fault.fault_id, None) is not None:
            _begin(app, fault)

    app.state.clock.call_after_ms(fault.start_in_ms, start)
    return fault.to_json()


def disarm(app: VenueApp, name: str | None, fault_id: int | None) -> int:
    """Remove faults and undo what they hold; returns how many went."""
    plan = app.state.faults
    removed = plan.disarm(name, fault_id)
    kept = {fault.fault_id for fault in plan.armed}
    for number in [number for number in plan.undo if number not in kept]:
        plan.undo.pop(number)()
    return removed


def _refuse_a_second(fault: Fault, others: list[Fault]) -> None:
    product_id = fault.params.get("product_id")
    for other in others:
        shared = None in (product_id, other.params.get("product_id")) or product_id == other.params.get("product_id")
        if other.name == fault.name and shared:
            raise FaultError(f"fault {fault.name} is armed already as {other.fault_id}; hint: DELETE that one first")


def _begin(app: VenueApp, fault: Fault) -> dict[str, object]:
    if fault.kind.bites is Bites.AT_ONCE:
        done = _act(app, fault)
        app.state.faults.fired[fault.name] += sum(len(found) for found in done.values())
        return {what: len(found) if what == "disconnected" else found for what, found in done.items()}
    app.state.faults.armed.append(fault)
    lasting = fault_effects.LASTING.get(fault.name)
    undo = lasting(app, fault) if lasting is not None else app.lasting_fault(fault)
    if undo is not None:
        app.state.faults.undo[fault.fault_id] = undo
    if fault.kind.bites is Bites.WHILE_ARMED:
        app.state.faults.fired[fault.name] += 1
    return fault.to_json()


def _act(app: VenueApp, fault: Fault) -> dict[str, list[str]]:
    """What a fault at once did, by what was hit."""
    if fault.name not in CATALOGUE:
        return {"hit": app.fault_at_once(fault)}
    if fault.name in fault_effects.AT_ONCE:
        return {"hit": fault_effects.AT_ONCE[fault.name](app, fault)}
    if fault.name in ("unsolicited_cancel", "vanish_orders"):
        return {"cancelled": _cancel(app, fault, silently=fault.name == "vanish_orders")}
    doomed = [c for c in app.connections if fault.text("socket", "all") in ("all", c.kind)]
    for connection in doomed:
        if fault.name == "close_socket":
            connection.close_soon(fault.number("code", GOING_AWAY))
        else:
            connection.abort()
    return {"disconnected": [connection.kind for connection in doomed]}


def _cancel(app: VenueApp, fault: Fault, *, silently: bool) -> list[str]:
    product_id, digest = fault.params.get("product_id"), fault.params.get("digest")
    exchange = app.state.exchange
    doomed = [
        order
        for order in exchange.open_orders.values()
        if not order.background and product_id in (None, order.product_id) and digest in (None, order.order_id)
    ]
    for order in doomed:
        exchange.cancel(order, silently=silently, cause=Reason.SYSTEM)
    return [order.order_id for order in doomed]
