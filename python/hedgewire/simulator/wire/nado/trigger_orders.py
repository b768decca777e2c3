"""One order that waits at the trigger service, and how a listing finds and shows it (Nado reference 6.6)."""

from __future__ import annotations

from dataclasses import dataclass, field

from hedgewire.simulator.fields import Json
from hedgewire.simulator.orders import Order
from hedgewire.simulator.wire.nado.messages import get_ids, get_int, get_list, get_object


@dataclass(slots=True)
class TriggerOrder:
    """One waiting order. ``status`` is the wire form: a word, or an object with one key."""

    order: Order
    body: Json
    placed_at_s: int
    updated_at_s: int
    requirement: tuple[str, int] | None = None
    depends_on: str | None = None
    on_partial_fill: bool = False
    slices: list[int] = field(default_factory=list)
    interval_s: int = 0
    slippage_x6: int = 0
    next_slice: int = 0
    next_slice_s: int = 0
    executions: list[Json] = field(default_factory=list)
    status: object = "waiting_price"

    @property
    def status_name(self) -> str:
        return self.status if isinstance(self.status, str) else str(next(iter(get_object({"s": self.status}, "s"))))

    @property
    def pending(self) -> bool:
        return self.status in ("waiting_price", "waiting_dependency") or (
            isinstance(self.status, dict) and "twap_executing" in self.status
        )


def wanted(waiting: TriggerOrder, body: Json) -> bool:
    """Whether a listing asks for this order; absent and empty filters ask for all."""
    products, newest_s = get_ids(body, "product_ids"), body.get("max_update_time")
    kind = "time_trigger" if waiting.slices else "price_trigger"
    return (
        (not products or waiting.order.product_id in products)
        and (newest_s is None or waiting.updated_at_s <= get_int(body, "max_update_time"))
        and body.get("reduce_only") in (None, waiting.order.reduce_only)
        and all(
            not body.get(key) or value in get_list(body, key)
            for key, value in (
                ("digests", waiting.order.order_id),
                ("status_types", waiting.status_name),
                ("trigger_types", kind),
            )
        )
    )


def row(waiting: TriggerOrder) -> Json:
    shown = {key: waiting.body.get(key) for key in ("signature", "product_id", "trigger", "spot_leverage")}
    order: Json = {**shown, "order": waiting.body["order"], "digest": waiting.order.order_id}
    order["borrow_margin"], order["id"] = waiting.body.get("borrow_margin"), waiting.order.client_id
    return {
        "order": order,
        "status": waiting.status,
        "placed_at": waiting.placed_at_s,
        "updated_at": waiting.updated_at_s,
    }
