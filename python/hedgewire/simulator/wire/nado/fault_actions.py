"""Arms faults on a running local Nado, and does what some of them do at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hedgewire.simulator.arming import Fault
from hedgewire.simulator.fault_checks import FaultError, Vocabulary
from hedgewire.simulator.faults import Bites
from hedgewire.simulator.wire.nado import fault_effects
from hedgewire.simulator.wire.nado.archive_queries import ARCHIVE_QUERIES
from hedgewire.simulator.wire.nado.executes import EXECUTES
from hedgewire.simulator.wire.nado.messages import Json
from hedgewire.simulator.wire.nado.queries import QUERIES
from hedgewire.simulator.wire.nado.streams import STREAMS
from hedgewire.simulator.wire.nado.trigger import TRIGGER_EXECUTES, TRIGGER_QUERIES

if TYPE_CHECKING:
    from hedgewire.simulator.wire.nado.rest import NadoApp

GOING_AWAY = 1001


def vocabulary(nado: NadoApp) -> Vocabulary:
    """What ``request``, ``stream`` and ``product_id`` of a fault may be."""
    requests = {*EXECUTES, *QUERIES, *(f"archive_{name}" for name in ARCHIVE_QUERIES)}
    requests |= {f"trigger_{name}" for name in (*TRIGGER_EXECUTES, *TRIGGER_QUERIES)}
    return Vocabulary(requests, STREAMS, nado.state.ledger.markets)


def post(nado: NadoApp, fault: Fault) -> Json:
    """Arm a fault, now or after its ``start_in_ms``; returns what happened. Raises ``FaultError`` when one like it
    holds the same market, account or clock already."""
    plan = nado.state.faults
    if fault.name in fault_effects.LASTING:
        _refuse_a_second(fault, [*plan.armed, *plan.waiting.values()])
    plan.number(fault)
    if not fault.start_in_ms:
        return _begin(nado, fault)
    plan.waiting[fault.fault_id] = fault

    def start() -> None:
        if plan.waiting.pop(fault.fault_id, None) is not None:
            _begin(nado, fault)

    nado.state.clock.call_after_ms(fault.start_in_ms, start)
    return fault.to_json()


def disarm(nado: NadoApp, name: str | None, fault_id: int | None) -> int:
    """Remove faults and undo what they hold; returns how many went."""
    plan = nado.state.faults
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


def _begin(nado: NadoApp, fault: Fault) -> Json:
    if fault.kind.bites is Bites.AT_ONCE:
        done = _act(nado, fault)
        nado.state.faults.fired[fault.name] += sum(len(found) for found in done.values())
        return {what: len(found) if what == "disconnected" else found for what, found in done.items()}
    nado.state.faults.armed.append(fault)
    lasting = fault_effects.LASTING.get(fault.name)
    if lasting is not None:
        nado.state.faults.undo[fault.fault_id] = lasting(nado, fault)
    if fault.kind.bites is Bites.WHILE_ARMED:
        nado.state.faults.fired[fault.name] += 1
    return fault.to_json()


def _act(nado: NadoApp, fault: Fault) -> dict[str, list[str]]:
    """What a fault at once did, by what was hit."""
    if fault.name in fault_effects.AT_ONCE:
        return {"hit": fault_effects.AT_ONCE[fault.name](nado, fault)}
    if fault.name in ("unsolicited_cancel", "vanish_orders"):
        return {"cancelled": _cancel(nado, fault, silently=fault.name == "vanish_orders")}
    doomed = [c for c in nado.connections if fault.text("socket", "all") in ("all", c.kind)]
    for connection in doomed:
        if fault.name == "close_socket":
            connection.close_soon(fault.number("code", GOING_AWAY))
        else:
            connection.abort()
    return {"disconnected": [connection.kind for connection in doomed]}


def _cancel(nado: NadoApp, fault: Fault, *, silently: bool) -> list[str]:
    product_id, digest = fault.params.get("product_id"), fault.params.get("digest")
    exchange = nado.state.exchange
    doomed = [
        order
        for order in exchange.open_orders.values()
        if not order.background and product_id in (None, order.product_id) and digest in (None, order.order_id)
    ]
    for order in doomed:
        exchange.cancel(order, silently=silently)
    return [order.order_id for order in doomed]
