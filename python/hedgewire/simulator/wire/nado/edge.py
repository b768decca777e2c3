"""The edge cache: cached forms of public queries, ping and time (Nado reference 2.4.5)."""

from __future__ import annotations

from collections import deque

from hedgewire.simulator.fields import Json
from hedgewire.simulator.wire.nado.errors import INVALID_EXECUTE, WireError
from hedgewire.simulator.wire.nado.messages import get_ids, get_int, get_text
from hedgewire.simulator.wire.nado.queries import QUERIES
from hedgewire.simulator.wire.nado.state import NadoState

SAMPLE_MS = 500
KEPT = 3600
CACHED = {
    "cached_prices": "market_prices",
    "cached_symbols": "symbols",
    "cached_contracts": "contracts",
    "cached_status": "status",
    "cached_all_products": "all_products",
    "cached_edge_all_products": "edge_all_products",
    "cached_health_groups": "health_groups",
    "cached_nlp_pool_info": "nlp_pool_info",
}


class BboHistory:
    """Best bid and ask of every product, twice a second for the last half hour."""

    def __init__(self, state: NadoState) -> None:
        self.state = state
        self.rows: deque[tuple[int, dict[int, tuple[int, int]]]] = deque(maxlen=KEPT)

    def start(self) -> None:
        self.state.clock.every_ms(SAMPLE_MS, self.sample)

    def sample(self) -> None:
        quotes = {product_id: self.state.exchange.quote(product_id) for product_id in self.state.exchange.books}
        self.rows.append((self.state.clock.now_ms(), {p: (bid, ask) for p, (bid, _, ask, _) in quotes.items()}))

    def answer(self, body: Json) -> Json:
        """Newest first, one row for each product and interval."""
        interval_ms, limit = get_int(body, "interval_ms", SAMPLE_MS), get_int(body, "limit", 100)
        if interval_ms < SAMPLE_MS or not 0 <= limit <= KEPT:
            raise WireError(
                INVALID_EXECUTE, f"interval_ms={interval_ms}, limit={limit} are not usable", http_status=400
            )
        wanted, next_ms = get_ids(body, "product_ids"), get_int(body, "max_time_ms", 2**62)
        history: list[Json] = []
        for at_ms, quotes in reversed(self.rows):
            if at_ms > next_ms or len(history) >= limit:
                continue
            next_ms = at_ms - interval_ms
            history += [
                {"product_id": p, "timestamp": str(at_ms), "bid": str(bid), "ask": str(ask)}
                for p, (bid, ask) in quotes.items()
                if not wanted or p in wanted
            ]
        return {"interval_ms": interval_ms, "limit": limit, "history": history[:limit]}


def answer_edge(state: NadoState, history: BboHistory, body: Json) -> object:
    kind = get_text(body, "type")
    if kind in ("ping", "time"):
        reply: Json = {"status": "success", "method": "pong" if kind == "ping" else "time"}
        reply["server_time"] = str(state.clock.now_ms())
        for echoed in ("id", "client_time"):
            if body.get(echoed) is not None:
                reply[echoed] = body[echoed]
        return reply
    if kind == "cached_bbo_history":
        return {"status": "success", "data": history.answer(body), "request_type": f"query_{kind}"}
    query = CACHED.get(kind)
    if query is None:
        raise WireError(INVALID_EXECUTE, f"unknown edge query {kind!r}", http_status=400)
    if kind == "cached_prices" and body.get("product_ids") is None:
        body = {**body, "product_ids": sorted(state.ledger.markets)}
    return {"status": "success", "data": QUERIES[query](state, body), "request_type": f"query_{kind}"}
