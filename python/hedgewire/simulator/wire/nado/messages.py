"""Nado's JSON shapes: reading requests field by field, writing orders, products and balances (reference 2.3, 2.4)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from hedgewire.simulator.accounts import Account, Health, HealthKind, Ledger
from hedgewire.simulator.fields import FieldReader, Json
from hedgewire.simulator.fixed import ONE, mul
from hedgewire.simulator.orders import Instrument, Order
from hedgewire.simulator.wire.nado.errors import INVALID_EXECUTE, WireError
from hedgewire.simulator.wire.nado.products import SPOTS, SpotListing

HEX32 = re.compile(r"0x[0-9a-fA-F]{64}")
U64_MAX = 2**64 - 1


_fields = FieldReader(lambda text: WireError(INVALID_EXECUTE, text))
parse_object = FieldReader(lambda text: WireError(INVALID_EXECUTE, text, http_status=400)).parse_object
get_object, get_list, get_text = _fields.get_object, _fields.get_list, _fields.get_text
get_int, get_flag = _fields.get_int, _fields.get_flag


def get_ids(body: Mapping[str, object], key: str) -> list[int] | None:
    """A list of product ids; GET queries write it as JSON text or as comma-separated numbers."""
    value = body.get(key)
    if value is None:
        return None
    if isinstance(value, str):
        value = [part for part in value.strip("[]").split(",") if part.strip()]
    if not isinstance(value, list):
        raise WireError(INVALID_EXECUTE, f"{key} must be a list of product ids, got {value!r:.80}")
    return [get_int({"id": item.strip() if isinstance(item, str) else item}, "id") for item in value]


def get_bytes32(body: Mapping[str, object], key: str) -> str:
    """A 32-byte value in lower-case hex."""
    value = get_text(body, key)
    if not HEX32.fullmatch(value):
        raise WireError(INVALID_EXECUTE, f"{key} must be 0x and 64 hex digits, got {value!r:.80}")
    return value.lower()


def order_data(order: Order) -> Json:
    """An open order as every query and cancel reply lists it."""
    data: Json = {
        "product_id": order.product_id,
        "sender": order.owner,
        "price_x18": str(order.price),
        "amount": str(order.amount),
        "expiration": str(order.expiration_s),
        "order_type": order.kind.name.lower(),
        "nonce": str(order.nonce),
        "appendix": str(order.appendix),
        "unfilled_amount": str(order.unfilled),
        "digest": order.order_id,
        "placed_at": order.placed_at_ns // 10**9,
    }
    if order.client_id is not None:
        data["id"] = order.client_id
    return data


def _risk(
    price: int, long_initial: int, short_initial: int, long_maintenance: int, short_maintenance: int
) -> dict[str, str]:
    return {
        "long_weight_initial_x18": str(long_initial),
        "short_weight_initial_x18": str(short_initial),
        "long_weight_maintenance_x18": str(long_maintenance),
        "short_weight_maintenance_x18": str(short_maintenance),
        "price_x18": str(price),
    }


def perp_product(ledger: Ledger, product_id: int) -> Json:
    market = ledger.markets[product_id]
    instrument = market.instrument
    return {
        "product_id": product_id,
        "oracle_price_x18": str(market.oracle_price),
        "risk": _risk(
            market.oracle_price,
            instrument.long_weight_initial,
            instrument.short_weight_initial,
            instrument.long_weight_maintenance,
            instrument.short_weight_maintenance,
        ),
        "state": {
            "cumulative_funding_long_x18": str(market.cumulative_funding),
            "cumulative_funding_short_x18": str(market.cumulative_funding),
            "available_settle": "0",
            "open_interest": str(market.open_interest),
        },
        "book_info": {
            "size_increment": str(instrument.size_increment),
            "price_increment_x18": str(instrument.price_increment),
            "min_size": str(instrument.min_notional),
            "collected_fees": str(market.fees_collected),
        },
    }


def spot_product(ledger: Ledger, spot: SpotListing) -> Json:
    deposits = ledger.deposited if spot.product_id == 0 else 0
    return {
        "product_id": spot.product_id,
        "oracle_price_x18": str(spot.oracle_price),
        "risk": _risk(
            spot.oracle_price,
            spot.weight_initial,
            2 * ONE - spot.weight_initial,
            spot.weight_maintenance,
            2 * ONE - spot.weight_maintenance,
        ),
        "config": {
            "token": spot.token,
            "interest_inflection_util_x18": str(ONE * 8 // 10),
            "interest_floor_x18": str(ONE // 100),
            "interest_small_cap_x18": str(ONE * 4 // 100),
            "interest_large_cap_x18": str(ONE),
            "withdraw_fee_x18": str(spot.withdraw_fee),
            "min_deposit_rate_x18": "0",
        },
        "state": {
            "cumulative_deposits_multiplier_x18": str(ONE),
            "cumulative_borrows_multiplier_x18": str(ONE),
            "total_deposits_normalized": str(deposits),
            "total_borrows_normalized": "0",
        },
        "book_info": {
            "size_increment": "0",
            "price_increment_x18": "0",
            "min_size": "0",
            "collected_fees": "0",
        },
    }


def perp_symbol(instrument: Instrument) -> Json:
    limit = instrument.max_open_interest
    return {
        "type": "perp",
        "product_id": instrument.product_id,
        "symbol": instrument.symbol,
        "price_increment_x18": str(instrument.price_increment),
        "size_increment": str(instrument.size_increment),
        "min_size": str(instrument.min_notional),
        "maker_fee_rate_x18": str(instrument.maker_fee_rate),
        "taker_fee_rate_x18": str(instrument.taker_fee_rate),
        "long_weight_initial_x18": str(instrument.long_weight_initial),
        "long_weight_maintenance_x18": str(instrument.long_weight_maintenance),
        "max_open_interest_x18": None if limit is None else str(limit),
        "trading_status": instrument.status.value,
        "isolated_only": False,
    }


def spot_symbol(spot: SpotListing) -> Json:
    return {
        "type": "spot",
        "product_id": spot.product_id,
        "symbol": spot.symbol,
        "price_increment_x18": "0",
        "size_increment": "0",
        "min_size": "0",
        "maker_fee_rate_x18": "0",
        "taker_fee_rate_x18": "0",
        "long_weight_initial_x18": str(spot.weight_initial),
        "long_weight_maintenance_x18": str(spot.weight_maintenance),
        "max_open_interest_x18": None,
        "trading_status": "not_tradable",
        "isolated_only": False,
    }


def health_json(health: Health) -> Json:
    return {
        "assets": str(health.assets),
        "liabilities": str(health.liabilities),
        "health": str(health.health),
    }


def perp_balance(ledger: Ledger, account: Account, product_id: int) -> Json:
    if product_id not in account.positions:
        balance = {"amount": "0", "v_quote_balance": "0"}
        balance["last_cumulative_funding_x18"] = str(ledger.markets[product_id].cumulative_funding)
        return {"product_id": product_id, "balance": balance}
    view = ledger.view(account, product_id)
    return {
        "product_id": product_id,
        "balance": {
            "amount": str(view.amount),
            "v_quote_balance": str(view.v_quote),
            "last_cumulative_funding_x18": str(view.last_funding),
        },
    }


def spot_balances(account: Account) -> list[Json]:
    amounts = {0: account.quote}
    return [{"product_id": s.product_id, "balance": {"amount": str(amounts.get(s.product_id, 0))}} for s in SPOTS]


def health_contributions(ledger: Ledger, account: Account) -> list[list[str]]:
    """Indexed by product id; an id that is not listed contributes nothing."""
    rows = [["0", "0", "0"] for _ in range(max(ledger.markets) + 1)]
    rows[0] = [str(account.quote)] * 3
    for product_id in account.positions:
        rows[product_id] = [str(ledger.contribution(account, product_id, kind)) for kind in HealthKind]
    return rows


def subaccount_info(ledger: Ledger, account: Account) -> Json:
    product_ids = sorted(ledger.markets)
    return {
        "subaccount": account.account_id,
        "exists": account.exists,
        "healths": [health_json(ledger.health(account, kind)) for kind in HealthKind],
        "health_contributions": health_contributions(ledger, account),
        "spot_count": len(SPOTS),
        "perp_count": len(product_ids),
        "spot_balances": spot_balances(account),
        "perp_balances": [perp_balance(ledger, account, product_id) for product_id in product_ids],
        "spot_products": [spot_product(ledger, spot) for spot in SPOTS],
        "perp_products": [perp_product(ledger, product_id) for product_id in product_ids],
    }


def notional(order: Order) -> int:
    """Quote value of an order at its limit, x18."""
    return mul(abs(order.amount), order.price)
