"""Archive v1 queries about states at a time: products, markets, oracle prices, accounts (Nado reference 7.1).

Product states are the present ones: the local venue keeps no history of them. Market statistics go back a day.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hedgewire.simulator.clock import SECOND_NS
from hedgewire.simulator.fields import Json
from hedgewire.simulator.orders import Fill
from hedgewire.simulator.wire.nado.archive import event_json
from hedgewire.simulator.wire.nado.errors import INVALID_EXECUTE, WireError
from hedgewire.simulator.wire.nado.messages import (
    get_bytes32,
    get_ids,
    get_int,
    get_list,
    get_object,
    perp_product,
    spot_product,
)
from hedgewire.simulator.wire.nado.products import SPOTS
from hedgewire.simulator.wire.nado.snapshots import Record

if TYPE_CHECKING:
    from hedgewire.simulator.wire.nado.rest import NadoApp

MAX_COUNT = 500
MAX_ACCOUNTS = 100


def _snapshot(app: NadoApp, product_id: int) -> Json:
    spots = {spot.product_id: spot for spot in SPOTS}
    if product_id in spots:
        product: Json = {"spot": spot_product(app.state.ledger, spots[product_id])}
    elif product_id in app.state.ledger.markets:
        product = {"perp": perp_product(app.state.ledger, product_id)}
    else:
        raise WireError(2016, f"product {product_id} is not listed", http_status=400)
    idx = str(app.state.exchange.submission_idx)
    return {"product_id": product_id, "submission_idx": idx, "product": product}


def products(app: NadoApp, params: Json) -> object:
    return {"products": [_snapshot(app, get_int(params, "product_id"))], "txs": []}


def product_snapshots(app: NadoApp, params: Json) -> object:
    """Keyed by product, and by time before that when ``max_time`` is a list."""
    times, wanted = params.get("max_time"), get_ids(params, "product_ids") or []
    if isinstance(times, list):
        return {
            str(time_s): {str(p): _snapshot(app, p) for p in wanted} for time_s in get_ids(params, "max_time") or []
        }
    return {str(p): _snapshot(app, p) for p in wanted}


def _records(app: NadoApp, params: Json) -> list[Record]:
    """One record for each step of ``interval`` backwards from its ``max_time``, newest first."""
    interval = get_object(params, "interval")
    count, step_s = get_int(interval, "count"), get_int(interval, "granularity")
    if not 0 < count <= MAX_COUNT or step_s <= 0:
        raise WireError(3003, f"interval of {count} steps of {step_s} s is not usable", http_status=400)
    end_s = get_int(interval, "max_time", app.state.clock.now_s())
    return [app.snapshots.at(end_s - index * step_s) for index in range(count)]


def market_snapshots(app: NadoApp, params: Json) -> object:
    wanted = get_ids(params, "product_ids")
    return {"snapshots": [record.to_json(wanted) for record in _records(app, params)]}


def edge_market_snapshots(app: NadoApp, params: Json) -> object:
    rows = [record.to_json(None) for record in _records(app, params)]
    return {"snapshots": {str(app.state.chain_id): rows}}


def oracle_snapshots(app: NadoApp, params: Json) -> object:
    wanted = get_ids(params, "product_ids")
    rows = []
    for record in _records(app, params):
        prices = {str(p): str(v) for p, v in record.figures["oracle_prices"].items() if not wanted or p in wanted}
        rows.append({"timestamp": record.timestamp_s, "oracle_prices": prices})
    return {"snapshots": rows}


def account_snapshots(app: NadoApp, params: Json) -> object:
    """For each subaccount and time the newest event of each product."""
    subaccounts = [get_bytes32({"subaccount": item}, "subaccount") for item in get_list(params, "subaccounts")]
    times_s = get_ids(params, "timestamps") or []
    if len(subaccounts) * len(times_s) > MAX_ACCOUNTS:
        raise WireError(INVALID_EXECUTE, f"over {MAX_ACCOUNTS} subaccounts times timestamps", http_status=400)
    return {"snapshots": {s: {str(t): _events_at(app, s, t) for t in times_s} for s in subaccounts}}


def _events_at(app: NadoApp, subaccount: str, time_s: int) -> list[Json]:
    newest: dict[int, Fill] = {}
    for fill in app.archive.fills:
        if fill.order.owner == subaccount and fill.timestamp_ns // SECOND_NS <= time_s:
            newest[fill.order.product_id] = fill
    return [event_json(app.state.ledger, fill) for fill in newest.values()]


def linked_signers(app: NadoApp, params: Json) -> object:
    """Addresses are byte arrays here, as the venue's own structs write them (nado-sdk 3.0.0, ``LinkedSigner``)."""
    start, limit = get_int(params, "start_idx", 0), get_int(params, "limit", 100)
    rows = [
        {
            "subaccount": subaccount,
            "linked": list(bytes.fromhex(signer[2:])),
            "submission_idx": idx,
            "update_time": at_s,
        }
        for subaccount, (signer, idx, at_s) in app.state.links.items()
        if idx >= start
    ]
    return {"events": rows[:limit]}


def isolated_subaccounts(app: NadoApp, params: Json) -> object:
    """Open isolated children; ``subaccount`` may be hex or, as nado-sdk 3.0.0 sends it, an array of bytes."""
    given = params.get("subaccount")
    if isinstance(given, list) and all(isinstance(byte, int) and 0 <= byte < 256 for byte in given):
        given = "0x" + bytes(given).hex()
    rows = [
        {
            "subaccount": account.parent,
            "product_id": account.isolated_product,
            "submission_idx": app.state.exchange.submission_idx,
            "update_time": app.state.clock.now_s(),
            "isolated_subaccount": account.account_id,
            "status": 0,
        }
        for account in app.state.ledger.accounts.values()
        if account.parent is not None and given in (None, account.parent)
    ]
    return {"isolated_subaccounts": rows[: get_int(params, "limit", 100)]}


def tx_hashes(app: NadoApp, params: Json) -> object:
    """Nothing is settled on a chain, so no transaction has a hash."""
    return {"tx_hashes": [None for _ in get_list(params, "idxs")]}


SNAPSHOT_QUERIES = {
    "products": products,
    "product_snapshots": product_snapshots,
    "market_snapshots": market_snapshots,
    "edge_market_snapshots": edge_market_snapshots,
    "oracle_snapshots": oracle_snapshots,
    "account_snapshots": account_snapshots,
    "linked_signers": linked_signers,
    "isolated_subaccounts": isolated_subaccounts,
    "tx_hashes": tx_hashes,
}
