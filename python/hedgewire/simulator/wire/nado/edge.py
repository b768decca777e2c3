"""The edge cache: cached forms of public queries, ping and time (Nado reference 2.4.5)."""

from __future__ import annotations

from hedgewire.simulator.wire.nado.errors import INVALID_EXECUTE, WireError
from hedgewire.simulator.wire.nado.messages import Json, get_text
from hedgewire.simulator.wire.nado.queries import QUERIES
from hedgewire.simulator.wire.nado.state import NadoState

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


def answer_edge(state: NadoState, body: Json) -> object:
    kind = get_text(body, "type")
    if kind in ("ping", "time"):
        reply: Json = {"status": "success", "method": "pong" if kind == "ping" else "time"}
        reply["server_time"] = str(state.clock.now_ms())
        for echoed in ("id", "client_time"):
            if body.get(echoed) is not None:
                reply[echoed] = body[echoed]
        return reply
    if kind == "cached_bbo_history":
        data: Json = {"interval_ms": body.get("interval_ms", 500), "limit": body.get("limit", 100), "history": []}
        return {"status": "success", "data": data, "request_type": f"query_{kind}"}
    query = CACHED.get(kind)
    if query is None:
        raise WireError(INVALID_EXECUTE, f"unknown edge query {kind!r}", http_status=400)
    if kind == "cached_prices" and body.get("product_ids") is None:
        body = {**body, "product_ids": sorted(state.ledger.markets)}
    return {"status": "success", "data": QUERIES[query](state, body), "request_type": f"query_{kind}"}
