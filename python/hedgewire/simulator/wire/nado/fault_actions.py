"""Arms faults on a running local Nado, and does what some of them do at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hedgewire.simulator.faults import Bites, Fault, Vocabulary
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
    """Arm a fault, now or after its ``start_in_ms``; returns what happened."""
    plan = nado.state.faults
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
    removed = nado.state.faults.disarm(name, fault_id)
    _follow_skew(nado)
    return removed


def _begin(nado: NadoApp, fault: Fault) -> Json:
    if fault.kind.bites is Bites.AT_ONCE:
        return _act(nado, fault)
    nado.state.faults.armed.append(fault)
    _follow_skew(nado)
    return fault.to_json()


def _act(nado: NadoApp, fault: Fault) -> Json:
    if fault.name == "unsolicited_cancel":
        cancelled = _cancel(nado, fault)
        nado.state.faults.fired[fault.name] += len(cancelled)
        return {"cancelled": cancelled}
    doomed = [c for c in nado.connections if fault.text("socket", "all") in ("all", c.kind)]
    for connection in doomed:
        if fault.name == "close_socket":
            connection.close_soon(fault.number("code", GOING_AWAY))
        else:
            connection.abort()
    nado.state.faults.fired[fault.name] += len(doomed)
    return {"disconnected": len(doomed)}


def _cancel(nado: NadoApp, fault: Fault) -> list[str]:
    product_id, digest = fault.params.get("product_id"), fault.params.get("digest")
    exchange = nado.state.exchange
    doomed = [
        order
        for order in exchange.open_orders.values()
        if not order.background and product_id in (None, order.product_id) and digest in (None, order.order_id)
    ]
    for order in doomed:
        exchange.cancel(order)
    return [order.order_id for order in doomed]


def _follow_skew(nado: NadoApp) -> None:
    skew = nado.state.faults.peek("clock_skew")
    nado.state.clock.set_skew_ms(0 if skew is None else skew.number("skew_ms", 0))
