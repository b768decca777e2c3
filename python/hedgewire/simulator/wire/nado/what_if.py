"""``subaccount_info`` with ``txns``: an account as it would be after hypothetical deltas (Nado reference 2.4.2)."""

from __future__ import annotations

import copy
import json

from hedgewire.simulator.accounts import Account, HealthKind
from hedgewire.simulator.fields import Json
from hedgewire.simulator.wire.nado.errors import INVALID_EXECUTE, WireError
from hedgewire.simulator.wire.nado.messages import (
    get_int,
    get_object,
    health_contributions,
    health_json,
    perp_balance,
    spot_balances,
)
from hedgewire.simulator.wire.nado.state import NadoState


def account_with_deltas(state: NadoState, account: Account, txns: str) -> Account:
    """A copy of the account with every ``apply_delta`` of the JSON text applied."""
    try:
        items = json.loads(txns)
    except ValueError as error:
        raise WireError(INVALID_EXECUTE, f"txns is no JSON: {error}") from error
    if not isinstance(items, list):
        raise WireError(INVALID_EXECUTE, "txns must be a JSON list")
    changed = copy.deepcopy(account)
    for item in items:
        delta = get_object(get_object({"txn": item}, "txn"), "apply_delta")
        product_id = get_int(delta, "product_id")
        if product_id == 0:
            changed.quote += get_int(delta, "amount_delta")
            continue
        if product_id not in state.ledger.markets:
            raise WireError(2016, f"product {product_id} is not a listed perpetual")
        position = state.ledger.position(changed, product_id)
        position.amount += get_int(delta, "amount_delta")
        position.v_quote += get_int(delta, "v_quote_delta")
    return changed


def pre_state(state: NadoState, account: Account) -> Json:
    return {
        "healths": [health_json(state.ledger.health(account, kind)) for kind in HealthKind],
        "health_contributions": health_contributions(state.ledger, account),
        "spot_balances": spot_balances(account),
        "perp_balances": [perp_balance(state.ledger, account, p) for p in sorted(state.ledger.markets)],
    }
