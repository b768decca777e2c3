"""Archive v1 queries: filters and pages over what ``archive`` remembers (Nado reference 7.1). Newest first."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hedgewire.simulator.clock import SECOND_NS
from hedgewire.simulator.fields import Json
from hedgewire.simulator.fixed import ONE
from hedgewire.simulator.orders import Fill
from hedgewire.simulator.wire.nado.account_events import QuoteMove, move_tx_json
from hedgewire.simulator.wire.nado.archive import event_json, match_json, order_json, tx_json
from hedgewire.simulator.wire.nado.archive_snapshots import SNAPSHOT_QUERIES
from hedgewire.simulator.wire.nado.errors import INVALID_EXECUTE, WireError
from hedgewire.simulator.wire.nado.messages import get_ids, get_int, get_list, get_text
from hedgewire.simulator.wire.nado.state import DEFAULT_NAME
from hedgewire.simulator.wire.nado.streams import candle_json
from hedgewire.simulator.wire.nado.transactions import MAX_LINKS, links_used

if TYPE_CHECKING:
    from hedgewire.simulator.wire.nado.rest import NadoApp

MAX_LIMIT = 500


def _texts(params: Json, key: str) -> set[str] | None:
    if params.get(key) is None:
        return None
    return {str(item).lower() for item in get_list(params, key)}


def _limit(params: Json) -> int:
    limit = get_int(params, "limit", 100)
    if not 0 <= limit <= MAX_LIMIT:
        raise WireError(3001, f"limit={limit} is not within 0 to {MAX_LIMIT}", http_status=400)
    return limit


def _accepts(params: Json, row: Fill | QuoteMove) -> bool:
    """Whether a fill or another account event passes the filters that most queries share."""
    owner, product_id, isolated = (
        (row.owner, row.product_id, row.isolated)
        if isinstance(row, QuoteMove)
        else (row.order.owner, row.order.product_id, row.order.isolated)
    )
    subaccounts, products = _texts(params, "subaccounts"), get_ids(params, "product_ids")
    max_idx, max_time_s = params.get("idx"), params.get("max_time")
    return (
        (subaccounts is None or owner in subaccounts)
        and (not products or product_id in products)
        and (max_idx is None or row.submission_idx <= get_int(params, "idx"))
        and (max_time_s is None or row.timestamp_ns // SECOND_NS <= get_int(params, "max_time"))
        and (params.get("isolated") is None or isolated is params["isolated"])
    )


def matches(app: NadoApp, params: Json) -> object:
    limit = _limit(params)
    chosen = [fill for fill in reversed(app.archive.fills) if _accepts(params, fill)][:limit]
    txs = {fill.submission_idx: tx_json(fill) for fill in chosen}
    return {"matches": [match_json(fill) for fill in chosen], "txs": list(txs.values())}


def orders(app: NadoApp, params: Json) -> object:
    digests, limit = _texts(params, "digests"), _limit(params)
    if digests is not None and (params.get("subaccounts") or params.get("product_ids")):
        raise WireError(3000, "digests cannot be combined with subaccounts or product_ids", http_status=400)
    newest = sorted(app.archive.orders.values(), key=lambda a: a.last.submission_idx, reverse=True)
    chosen = [a for a in newest if digests is None or a.order.order_id in digests]
    return {"orders": [order_json(a) for a in chosen if _accepts(params, a.last)][:limit]}


def events(app: NadoApp, params: Json) -> object:
    bound = params.get("limit")
    limit = 100
    if isinstance(bound, dict):
        limit = min(get_int(bound, "raw", get_int(bound, "txs", 100)), MAX_LIMIT)
    types = _texts(params, "event_types")
    rows: list[Fill | QuoteMove] = []
    if types is None or "match_orders" in types:
        rows += app.archive.fills
    rows += [move for move in app.account_events.moves if types is None or move.kind in types]
    rows.sort(key=lambda row: row.timestamp_ns, reverse=params.get("desc") is not False)
    chosen = [row for row in rows if _accepts(params, row)][:limit]
    listed: list[Json] = []
    txs: dict[int, Json] = {}
    for row in chosen:
        if isinstance(row, QuoteMove):
            listed.append(app.account_events.event_json(row))
            txs.setdefault(row.submission_idx, move_tx_json(row))
        else:
            listed.append(event_json(app.state.ledger, row))
            txs.setdefault(row.submission_idx, tx_json(row))
    return {"events": listed, "txs": list(txs.values())}


def candlesticks(app: NadoApp, params: Json) -> object:
    bars = app.candles.bars(_perp(app, params), get_int(params, "granularity"))
    before_s = get_int(params, "max_time", 2**62)
    rows = [
        {**candle_json(bar), "timestamp": str(bar.start_s), "submission_idx": str(bar.submission_idx)}
        for bar in reversed(bars)
        if bar.start_s <= before_s
    ]
    return {"candlesticks": rows[: _limit(params)]}


def _perp(app: NadoApp, params: Json, product_id: int | None = None) -> int:
    product_id = get_int(params, "product_id") if product_id is None else product_id
    if product_id not in app.state.ledger.markets:
        raise WireError(2016, f"product {product_id} is not a listed perpetual", http_status=400)
    return product_id


def _funding(app: NadoApp, product_id: int) -> Json:
    return {
        "product_id": product_id,
        "funding_rate_x18": str(app.funding.rate_x18(product_id)),
        "update_time": str(app.state.clock.now_s()),
    }


def funding_rate(app: NadoApp, params: Json) -> object:
    return _funding(app, _perp(app, params))


def funding_rates(app: NadoApp, params: Json) -> object:
    return {str(p): _funding(app, _perp(app, params, p)) for p in get_ids(params, "product_ids") or []}


def funding_rate_history(app: NadoApp, params: Json) -> object:
    product_id = _perp(app, params)
    start_s, end_s = get_int(params, "start_time", 0), get_int(params, "end_time", 2**62)
    rows = [
        {"product_id": product_id, "timestamp": str(at_s), "funding_rate_x18": str(rate)}
        for at_s, rate in reversed(app.funding.history.get(product_id, []))
        if start_s <= at_s <= end_s
    ]
    return {"funding_rates": rows[: _limit(params)]}


def _price(app: NadoApp, product_id: int) -> Json:
    market = app.state.ledger.markets[product_id]
    bid, bid_size, ask, ask_size = app.state.exchange.quote(product_id)
    mark = (bid + ask) // 2 if bid_size and ask_size else market.oracle_price
    return {
        "product_id": product_id,
        "index_price_x18": str(market.oracle_price),
        "mark_price_x18": str(mark),
        "update_time": str(app.state.clock.now_s()),
    }


def price(app: NadoApp, params: Json) -> object:
    return _price(app, _perp(app, params))


def perp_prices(app: NadoApp, params: Json) -> object:
    return {str(p): _price(app, _perp(app, params, p)) for p in get_ids(params, "product_ids") or []}


def oracle_price(app: NadoApp, params: Json) -> object:
    now_s = str(app.state.clock.now_s())
    rows = []
    for product_id in get_ids(params, "product_ids") or []:
        oracle = app.state.ledger.markets[_perp(app, params, product_id)].oracle_price
        rows.append({"product_id": product_id, "oracle_price_x18": str(oracle), "update_time": now_s})
    return {"prices": rows}


def subaccounts(app: NadoApp, params: Json) -> object:
    address = params.get("address")
    rows: list[Json] = []
    for index, account in enumerate(app.state.ledger.accounts.values()):
        if account.background or not account.exists:
            continue
        if address is not None and account.account_id[:42] != str(address).lower():
            continue
        name = bytes.fromhex(account.account_id[42:]).rstrip(b"\0").decode("ascii", "replace")
        rows.append(
            {
                "id": str(index),
                "subaccount": account.account_id,
                "address": account.account_id[:42],
                "subaccount_name": name if account.account_id[42:] != DEFAULT_NAME else "default",
                "created_at": str(app.state.started_s),
                "isolated": account.parent is not None,
            }
        )
    return {"subaccounts": rows[: _limit(params)]}


def linked_signer_rate_limit(app: NadoApp, params: Json) -> object:
    subaccount = str(params.get("subaccount", "")).lower()
    used, wait_s = links_used(app.state, subaccount)
    return {
        "remaining_tx": str(MAX_LINKS - used),
        "total_tx_limit": str(MAX_LINKS),
        "wait_time": str(wait_s),
        "signer": app.state.linked_signers.get(subaccount, "0x" + "00" * 20),
    }


def interest_and_funding(app: NadoApp, params: Json) -> object:
    subaccount, products = get_text(params, "subaccount").lower(), get_ids(params, "product_ids")
    newest = [
        row
        for owner, row in reversed(app.archive.payments)
        if owner == subaccount
        and (not products or row["product_id"] in products)
        and get_int(row, "idx") <= get_int(params, "max_idx", 2**62)
    ]
    page, rest = newest[: _limit(params)], newest[_limit(params) :]
    return {"interest_payments": [], "funding_payments": page, "next_idx": str(rest[0]["idx"]) if rest else "0"}


def quote_price(app: NadoApp, params: Json) -> object:
    return {"price_x18": str(ONE)}


def liquidation_feed(app: NadoApp, params: Json) -> object:
    return []


def signatures(app: NadoApp, params: Json) -> object:
    rows = []
    for digest in _texts(params, "digests") or set():
        archived = app.archive.orders.get(digest)
        if archived is not None:
            order = archived.order
            rows.append(
                {
                    "digest": digest,
                    "signature": order.signature,
                    "signer": order.owner[:42],
                    "is_linked": order.owner in app.state.linked_signers,
                }
            )
    return {"signatures": rows}


ArchiveQuery = Callable[["NadoApp", Json], object]

ARCHIVE_QUERIES: dict[str, ArchiveQuery] = {
    "orders": orders,
    "matches": matches,
    "matches_and_liquidations": matches,
    "events": events,
    "candlesticks": candlesticks,
    "edge_candlesticks": candlesticks,
    "funding_rate": funding_rate,
    "funding_rates": funding_rates,
    "funding_rate_history": funding_rate_history,
    "price": price,
    "perp_prices": perp_prices,
    "oracle_price": oracle_price,
    "subaccounts": subaccounts,
    "linked_signer_rate_limit": linked_signer_rate_limit,
    "interest_and_funding": interest_and_funding,
    "quote_price": quote_price,
    "liquidation_feed": liquidation_feed,
    "signatures": signatures,
    **SNAPSHOT_QUERIES,
}


def archive_query(app: NadoApp, body: Json) -> str:
    """The name of the query in ``{"<query>": {params}}``."""
    names = [name for name in body if name in ARCHIVE_QUERIES]
    if len(names) != 1:
        app.state.log.malformed["archive"] += 1
        raise WireError(INVALID_EXECUTE, f"no known archive query among {sorted(body)[:5]}", http_status=400)
    return names[0]


def answer_archive(app: NadoApp, name: str, params: Json) -> object:
    """The bare reply; failures carry an HTTP status of 400 or more."""
    app.state.log.counts[f"archive_{name}"] += 1
    return ARCHIVE_QUERIES[name](app, params)
