"""Request budgets: query weight per address of the peer, execute weight per wallet (Nado reference 2.4, 2.5, 6.11)."""

from __future__ import annotations

from collections import deque

from hedgewire.simulator.fields import Json
from hedgewire.simulator.wire.nado.errors import RATE_LIMIT, WireError
from hedgewire.simulator.wire.nado.messages import get_list

SHORT_MS = 10_000
LONG_MS = 60_000
MAX_TRACKED = 1000

QUERY_WEIGHTS: dict[str, int] = {
    "nonces": 2,
    "subaccount_orders": 2,
    "isolated_positions": 10,
    "all_products": 5,
    "edge_all_products": 5,
    "symbols": 2,
    "max_order_size": 5,
    "max_withdrawable": 5,
    "max_nlp_mintable": 20,
    "max_nlp_burnable": 20,
    "fee_rates": 2,
    "linked_signer": 5,
    "health_groups": 2,
    "insurance": 2,
    "nlp_pool_info": 20,
    "nlp_locked_balances": 20,
}


def query_weight(name: str, body: Json) -> int:
    if name == "orders":
        ids = body.get("product_ids")
        return 2 * max(1, len(ids)) if isinstance(ids, list) else 2
    if name == "market_prices":
        ids = body.get("product_ids")
        return max(1, len(ids)) if isinstance(ids, list) else 1
    if name == "subaccount_info":
        if body.get("txns") is None:
            return 2
        return 15 if body.get("pre_state") == "true" else 10
    return QUERY_WEIGHTS.get(name, 1)


def archive_weight(name: str, params: Json) -> int:
    """Archive queries cost by what they return (Nado reference 7.1)."""
    limit, subaccounts = params.get("limit"), max(1, _length(params, "subaccounts"))
    rows = max(0, limit) if isinstance(limit, int) else 100
    if name == "orders":
        return 2 + rows * subaccounts // 20
    if name in ("matches", "matches_and_liquidations", "events"):
        return 2 + rows * subaccounts // 10
    if name in ("candlesticks", "edge_candlesticks"):
        return 1 + rows // 20
    if name == "signatures":
        return 2 + _length(params, "digests") // 10
    if name == "tx_hashes":
        return 2 * max(1, _length(params, "idxs"))
    return {"product_snapshots": 10, "interest_and_funding": 5}.get(name, 2)


def _length(body: Json, key: str) -> int:
    value = body.get(key)
    return len(value) if isinstance(value, list) else 0


def execute_weight(name: str, body: Json) -> int:
    """Weight of an execute; malformed ones count 1 and fail later."""
    tx = body.get("tx")
    tx = tx if isinstance(tx, dict) else {}
    if name == "place_order":
        return 20 if body.get("spot_leverage") is False else 1
    if name == "place_orders":
        return sum(execute_weight("place_order", o) for o in get_list(body, "orders") if isinstance(o, dict))
    if name == "cancel_orders":
        return max(1, _length(tx, "digests"))
    if name == "cancel_product_orders":
        return 5 * _length(tx, "productIds") or 50
    if name == "cancel_and_place":
        cancel = body.get("cancel_tx")
        return 1 + max(1, _length(cancel, "digests") if isinstance(cancel, dict) else 1)
    return {"link_signer": 30, "liquidate_subaccount": 20}.get(name, 10)


class Budget:
    """Two sliding windows of request weight per caller."""

    def __init__(self, per_minute: int, per_10_s: int) -> None:
        self.per_minute = per_minute
        self.per_10_s = per_10_s
        self.enabled = True
        self._spent: dict[str, deque[tuple[int, int]]] = {}

    def take(self, caller: str, weight: int, now_ms: int) -> None:
        """Spend ``weight``; raises error 1000 with HTTP status 429 when a window is full."""
        if not self.enabled:
            return
        if caller not in self._spent and len(self._spent) >= MAX_TRACKED:
            del self._spent[next(iter(self._spent))]
        spent = self._spent.setdefault(caller, deque())
        while spent and spent[0][0] <= now_ms - LONG_MS:
            spent.popleft()
        minute = sum(w for _, w in spent)
        short = sum(w for at_ms, w in spent if at_ms > now_ms - SHORT_MS)
        if minute + weight > self.per_minute or short + weight > self.per_10_s:
            raise WireError(
                RATE_LIMIT,
                f"weight {weight} exceeds the budget: {minute}/{self.per_minute} per minute, "
                f"{short}/{self.per_10_s} per 10 s",
                http_status=429,
            )
        spent.append((now_ms, weight))


class Limits:
    """The budgets of one venue (archive has its own of the same size)."""

    def __init__(self) -> None:
        self.query = Budget(2400, 400)
        self.archive = Budget(2400, 400)
        self.execute = Budget(600, 100)

    @property
    def enabled(self) -> bool:
        return self.query.enabled

    def enable(self, enabled: bool) -> None:
        for budget in (self.query, self.archive, self.execute):
            budget.enabled = enabled
