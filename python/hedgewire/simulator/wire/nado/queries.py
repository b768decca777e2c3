"""Queries of the gateway (Nado reference 2.4). Each returns the ``data`` of the reply."""

from __future__ import annotations

from collections.abc import Callable

from hedgewire.simulator.accounts import Account, HealthKind
from hedgewire.simulator.fields import Json
from hedgewire.simulator.fixed import ONE, mul
from hedgewire.simulator.wire.nado import errors
from hedgewire.simulator.wire.nado.errors import WireError
from hedgewire.simulator.wire.nado.messages import (
    get_bytes32,
    get_flag,
    get_ids,
    get_int,
    get_text,
    health_json,
    order_data,
    perp_balance,
    perp_product,
    perp_symbol,
    spot_balances,
    spot_product,
    spot_symbol,
    subaccount_info,
)
from hedgewire.simulator.wire.nado.products import HEALTH_GROUPS, SPOTS
from hedgewire.simulator.wire.nado.state import NadoState
from hedgewire.simulator.wire.nado.transactions import transfer_fee
from hedgewire.simulator.wire.nado.what_if import account_with_deltas, pre_state

MAX_DEPTH = 100
I128_SENTINEL = str(2**127 - 1)
ZERO_ADDRESS = "0x" + "00" * 20


def status(state: NadoState, body: Json) -> object:
    fault = state.faults.take("engine_status")
    if fault is not None:
        return fault.text("status", "syncing")
    return "stopping" if state.faults.peek("maintenance") else "active"


def contracts(state: NadoState, body: Json) -> object:
    return {"chain_id": str(state.chain_id), "endpoint_addr": state.endpoint_address}


def nonces(state: NadoState, body: Json) -> object:
    address = get_text(body, "address").lower()[:42]
    suggestion = (state.clock.now_ms() + 100_000) << 20
    return {"tx_nonce": str(state.tx_nonces.get(address, 0)), "order_nonce": str(suggestion)}


def order(state: NadoState, body: Json) -> object:
    digest, product_id = get_bytes32(body, "digest"), get_int(body, "product_id")
    found = state.order(digest)
    if found is None or found.product_id != product_id:
        raise WireError(errors.ORDER_NOT_FOUND, f"no open order {digest} on product {product_id}")
    return order_data(found)


def _require_product(state: NadoState, product_id: int) -> None:
    if product_id not in state.ledger.markets and product_id not in {s.product_id for s in SPOTS}:
        raise WireError(2016, f"product {product_id} is not listed")


def orders(state: NadoState, body: Json) -> object:
    sender = get_bytes32(body, "sender")
    rows = []
    for product_id in get_ids(body, "product_ids") or []:
        _require_product(state, product_id)
        listed = state.exchange.orders_of(sender, (product_id,))
        rows.append({"product_id": product_id, "orders": [order_data(o) for o in listed]})
    return {"sender": sender, "product_orders": rows}


def subaccount_orders(state: NadoState, body: Json) -> object:
    sender, product_id = get_bytes32(body, "sender"), get_int(body, "product_id")
    _require_product(state, product_id)
    listed = state.exchange.orders_of(sender, (product_id,))
    return {"sender": sender, "product_id": product_id, "orders": [order_data(o) for o in listed]}


def subaccount(state: NadoState, body: Json) -> object:
    account = state.account(get_bytes32(body, "subaccount"))
    if body.get("txns") is None:
        return subaccount_info(state.ledger, account)
    changed = account_with_deltas(state, account, get_text(body, "txns"))
    info = subaccount_info(state.ledger, changed)
    if get_flag(body, "pre_state"):
        info["pre_state"] = pre_state(state, account)
    return info


def _isolated_children(state: NadoState, parent: str) -> list[Account]:
    return [a for a in state.ledger.accounts.values() if a.parent == parent]


def isolated_positions(state: NadoState, body: Json) -> object:
    rows = []
    for child in _isolated_children(state, get_bytes32(body, "subaccount")):
        product_id = child.isolated_product
        assert product_id is not None  # set together with the parent, see Exchange.settle_account
        rows.append(
            {
                "subaccount": child.account_id,
                "quote_balance": spot_balances(child)[0],
                "base_balance": perp_balance(state.ledger, child, product_id),
                "quote_product": spot_product(state.ledger, SPOTS[0]),
                "base_product": perp_product(state.ledger, product_id),
                "quote_healths": [str(child.quote)] * 3,
                "base_healths": [str(state.ledger.contribution(child, product_id, kind)) for kind in HealthKind],
                "healths": [health_json(state.ledger.health(child, kind)) for kind in HealthKind],
            }
        )
    return {"isolated_positions": rows}


def market_liquidity(state: NadoState, body: Json) -> object:
    """The book now; with the fault stale_snapshot, as the question before this one saw it."""
    product_id = get_int(body, "product_id")
    snapshot = _liquidity(state, body, product_id)
    stale = state.faults.take("stale_snapshot", product_id=product_id)
    earlier = state.last_snapshot.get(product_id, snapshot)
    state.last_snapshot[product_id] = snapshot
    return earlier if stale else snapshot


def _liquidity(state: NadoState, body: Json, product_id: int) -> Json:
    _require_product(state, product_id)
    depth = min(max(get_int(body, "depth", MAX_DEPTH), 0), MAX_DEPTH)
    book = state.exchange.books.get(product_id)
    return {
        "bids": [[str(p), str(s)] for p, s in book.bids.levels(depth)] if book else [],
        "asks": [[str(p), str(s)] for p, s in book.asks.levels(depth)] if book else [],
        "product_id": product_id,
        "timestamp": str(state.clock.stamp_ns()),
    }


def price_of(state: NadoState, product_id: int) -> Json:
    _require_product(state, product_id)
    if product_id not in state.exchange.books:
        return {"product_id": product_id, "bid_x18": "0", "ask_x18": I128_SENTINEL}
    bid, _, ask, _ = state.exchange.quote(product_id)
    return {"product_id": product_id, "bid_x18": str(bid), "ask_x18": str(ask)}


def market_price(state: NadoState, body: Json) -> object:
    return price_of(state, get_int(body, "product_id"))


def market_prices(state: NadoState, body: Json) -> object:
    return {"market_prices": [price_of(state, p) for p in get_ids(body, "product_ids") or []]}


def all_products(state: NadoState, body: Json) -> object:
    return {
        "spot_products": [spot_product(state.ledger, spot) for spot in SPOTS],
        "perp_products": [perp_product(state.ledger, product_id) for product_id in sorted(state.ledger.markets)],
    }


def edge_all_products(state: NadoState, body: Json) -> object:
    return {"edge_all_products": {str(state.chain_id): all_products(state, body)}}


def symbol_rows(state: NadoState, body: Json) -> list[Json]:
    rows = [spot_symbol(spot) for spot in SPOTS]
    rows += [perp_symbol(state.ledger.markets[product_id].instrument) for product_id in sorted(state.ledger.markets)]
    wanted, kind = get_ids(body, "product_ids"), body.get("product_type")
    if kind not in (None, "spot", "perp"):
        raise WireError(2061, f"product_type={kind!r} is neither spot nor perp")
    return [r for r in rows if (not wanted or r["product_id"] in wanted) and kind in (None, r["type"])]


def symbols(state: NadoState, body: Json) -> object:
    return {"symbols": {str(row["symbol"]): row for row in symbol_rows(state, body)}}


def max_order_size(state: NadoState, body: Json) -> object:
    """Largest multiple of the size increment whose fill at ``price_x18`` keeps initial health non-negative."""
    product_id, price = get_int(body, "product_id"), get_int(body, "price_x18")
    direction = get_text(body, "direction")
    if product_id not in state.ledger.markets:
        raise WireError(2016, f"product {product_id} is not a listed perpetual")
    if direction not in ("long", "short") or price <= 0:
        raise WireError(errors.INVALID_EXECUTE, f"direction={direction!r}, price_x18={price} are not usable")
    account, sign = state.account(get_bytes32(body, "sender")), 1 if direction == "long" else -1
    position = state.ledger.view(account, product_id) if product_id in account.positions else None
    held = position.amount if position else 0
    if get_flag(body, "reduce_only"):
        return {"max_order_size": str(max(0, -sign * held))}
    increment = state.ledger.markets[product_id].instrument.size_increment

    def affordable(lots: int) -> bool:
        base = sign * lots * increment
        after = state.ledger.health(
            account, HealthKind.INITIAL, product_id=product_id, base=base, quote=-mul(base, price)
        )
        return after.health >= 0

    low, high = 0, 1
    while affordable(high) and high < 10**12:
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if affordable(middle) else (low, middle)
    return {"max_order_size": str(low * increment)}


def max_withdrawable(state: NadoState, body: Json) -> object:
    account = state.account(get_bytes32(body, "sender"))
    if get_int(body, "product_id") != 0:
        return {"max_withdrawable": "0"}
    free = min(state.ledger.health(account, HealthKind.INITIAL).health, account.quote) - SPOTS[0].withdraw_fee
    data: Json = {"max_withdrawable": str(max(0, free))}
    if get_flag(body, "dynamic_fee"):
        data["fee_x18"] = str(SPOTS[0].withdraw_fee)
    return data


def dynamic_fee_quote(state: NadoState, body: Json) -> object:
    """Fee of a V2 withdrawal or transfer (nado-sdk 3.0.0). Nothing presses here: the fee is its cap."""
    kind, sender = get_text(body, "kind"), get_bytes32(body, "sender")
    if kind == "withdrawal":
        fee = SPOTS[0].withdraw_fee
    elif kind == "transfer_quote":
        fee = transfer_fee(sender, sender if body.get("recipient") is None else get_bytes32(body, "recipient"))
    else:
        raise WireError(errors.INVALID_EXECUTE, f"kind={kind!r:.40} is neither withdrawal nor transfer_quote")
    return {"required_fee_x18": str(fee), "fee_cap_x18": str(fee), "pressure_x18": "0"}


def fee_rates(state: NadoState, body: Json) -> object:
    get_bytes32(body, "sender")
    size = max(state.ledger.markets) + 1
    taker, maker, withdraw = ["0"] * size, ["0"] * size, ["0"] * size
    for product_id, market in state.ledger.markets.items():
        taker[product_id] = str(market.instrument.taker_fee_rate)
        maker[product_id] = str(market.instrument.maker_fee_rate)
    for spot in SPOTS:
        withdraw[spot.product_id] = str(spot.withdraw_fee)
    return {
        "taker_fee_rates_x18": taker,
        "maker_fee_rates_x18": maker,
        "liquidation_sequencer_fee": str(ONE),
        "health_check_sequencer_fee": str(ONE),
        "taker_sequencer_fee": "0",
        "withdraw_sequencer_fees": withdraw,
        "fee_tier": 0,
    }


def linked_signer(state: NadoState, body: Json) -> object:
    return {"linked_signer": state.linked_signers.get(get_bytes32(body, "subaccount"), ZERO_ADDRESS)}


def health_groups(state: NadoState, body: Json) -> object:
    return {"health_groups": [list(group) for group in HEALTH_GROUPS]}


def insurance(state: NadoState, body: Json) -> object:
    return {"insurance": str(1_000_000 * ONE)}


def max_nlp_mintable(state: NadoState, body: Json) -> object:
    return {"max_quote_amount": "0"}


def max_nlp_burnable(state: NadoState, body: Json) -> object:
    return {"max_nlp_amount": "0"}


def nlp_pool_info(state: NadoState, body: Json) -> object:
    return {"nlp_pools": []}


def nlp_locked_balances(state: NadoState, body: Json) -> object:
    empty = {"product_id": 11, "balance": {"amount": "0"}}
    return {"balance_locked": empty, "balance_unlocked": empty, "locked_balances": []}


def validate_order(state: NadoState, body: Json) -> object:
    return {"product_id": get_int(body, "product_id"), "order": get_text(body, "order"), "valid": True}


Query = Callable[[NadoState, Json], object]

QUERIES: dict[str, Query] = {
    "status": status,
    "contracts": contracts,
    "nonces": nonces,
    "order": order,
    "orders": orders,
    "subaccount_orders": subaccount_orders,
    "subaccount_info": subaccount,
    "isolated_positions": isolated_positions,
    "market_liquidity": market_liquidity,
    "market_price": market_price,
    "market_prices": market_prices,
    "all_products": all_products,
    "edge_all_products": edge_all_products,
    "symbols": symbols,
    "max_order_size": max_order_size,
    "max_withdrawable": max_withdrawable,
    "dynamic_fee_quote": dynamic_fee_quote,
    "max_nlp_mintable": max_nlp_mintable,
    "max_nlp_burnable": max_nlp_burnable,
    "fee_rates": fee_rates,
    "linked_signer": linked_signer,
    "health_groups": health_groups,
    "insurance": insurance,
    "nlp_pool_info": nlp_pool_info,
    "nlp_locked_balances": nlp_locked_balances,
    "validate_order": validate_order,
}
