"""Reading orders: shape, market rules, signature (Paradex reference 2.9, 4.1). Nothing is placed here."""

from __future__ import annotations

from hedgewire.simulator.fields import Json
from hedgewire.simulator.fixed import mul, plain
from hedgewire.simulator.orders import SelfTrade
from hedgewire.simulator.wire.paradex.auth import Session, parse_signature, signed_by
from hedgewire.simulator.wire.paradex.errors import WireError
from hedgewire.simulator.wire.paradex.messages import get_decimal, get_int, get_list, get_text, quantums
from hedgewire.simulator.wire.paradex.orders import FLAGS, INSTRUCTIONS, POSITION_STOPS, TYPES, Placed
from hedgewire.simulator.wire.paradex.products import Kind
from hedgewire.simulator.wire.paradex.state import ParadexState
from hedgewire.simulator.wire.paradex.typed_data import message_hash

DEFAULT_WINDOW_MS = 300_000
MIN_WINDOW_MS = 10
MAX_AHEAD_MS = 300_000
MAX_CLIENT_ID = 64
ABOVE, BELOW = "STOP_CONDITION_ABOVE_TRIGGER", "STOP_CONDITION_BELOW_TRIGGER"


def one_of(body: Json, key: str, allowed: tuple[str, ...], default: str | None = None) -> str:
    value = get_text(body, key, default) or (default or "")
    if value not in allowed:
        raise WireError("VALIDATION_ERROR", f"{key}={value!r:.80} is none of {', '.join(allowed)}")
    return value


def read_order(state: ParadexState, session: Session, body: Json, *, connection: int = 0) -> Placed:
    """An order from the body of a request, signature verified; raises ``WireError``."""
    symbol = get_text(body, "market")
    product_id = state.products.get(symbol)
    if product_id is None:
        raise WireError("MARKET_NOT_FOUND", f"there is no market {symbol!r:.80}")
    if body.get("on_behalf_of_account") not in (None, "", session.account):
        raise WireError("ISOLATED_MARKET_ACCOUNT_MISMATCH", "isolated accounts are gone since v1.170.0")
    client_id = get_text(body, "client_id", "")
    if len(client_id) > MAX_CLIENT_ID:
        raise WireError("VALIDATION_ERROR", f"client_id has {len(client_id)} letters, {MAX_CLIENT_ID} are allowed")
    given = get_list({"flags": body.get("flags") or []}, "flags")
    flags = tuple(one_of({"flags": flag}, "flags", FLAGS) for flag in given)
    order_type = one_of(body, "type", TYPES)
    now_ms = state.clock.now_ms()
    placed = Placed(
        order_id=state.new_id(),
        account=session.account,
        product_id=product_id,
        side=one_of(body, "side", ("BUY", "SELL")),
        type=order_type,
        instruction=one_of(body, "instruction", INSTRUCTIONS, "GTC"),
        size=get_decimal(body, "size"),
        price=0 if order_type.endswith("MARKET") else get_decimal(body, "price"),
        trigger_price=get_decimal(body, "trigger_price", "0"),
        client_id=client_id,
        flags=flags,
        stp=SelfTrade(one_of(body, "stp", tuple(each.value for each in SelfTrade), "EXPIRE_TAKER")),
        signed_at_ms=get_int(body, "signature_timestamp"),
        created_at_ms=now_ms,
        vwap_price=get_decimal(body, "vwap_price", "0"),
        connection=connection,
    )
    if placed.instruction == "RPI" and session.account not in state.rpi_accounts:
        raise WireError("RPI_ACCOUNT_NOT_WHITELISTED", f"{session.account} may not place RPI orders")
    check_window(state, placed, get_int(body, "recv_window", DEFAULT_WINDOW_MS))
    check_shape(state, placed)
    check_order_signature(state, session, placed, body.get("signature"), "Order")
    return placed


def check_order_signature(
    state: ParadexState, session: Session, placed: Placed, signature: object, struct: str, order_id: str = ""
) -> None:
    """Raises ``INVALID_ORDER_SIGNATURE`` unless a key of the account signed exactly these values."""
    values: list[int | str] = [
        placed.signed_at_ms,
        state.symbol(placed.product_id),
        1 if placed.is_buy else 2,
        placed.type,
        quantums(placed.size),
        quantums(placed.price),
    ]
    if order_id:
        values.append(int(order_id))
    members = parse_signature(signature, "INVALID_ORDER_SIGNATURE")
    hashed = message_hash(struct, values, chain_id=state.chain_id, account=int(session.account, 16))
    state.log.saw_digest(placed.client_id if placed.client_id and not order_id else hex(hashed))
    keys = [session.signer, *(key for key in state.signers[session.account] if key != session.signer)]
    if not any(signed_by(state, session.account, hashed, members, key) for key in keys):
        raise WireError("INVALID_ORDER_SIGNATURE", f"no key of {session.account} signed {struct} {hashed:#x}")


def check_window(state: ParadexState, placed: Placed, window_ms: int = DEFAULT_WINDOW_MS) -> None:
    """Raises ``WireError`` unless the order was signed within the window, which for a change is the default one."""
    if window_ms < MIN_WINDOW_MS:
        raise WireError("VALIDATION_ERROR", f"recv_window={window_ms} ms is below {MIN_WINDOW_MS}")
    age_ms = state.clock.now_ms() - placed.signed_at_ms
    if not -MAX_AHEAD_MS <= age_ms <= window_ms:
        raise WireError("INVALID_TIMESTAMP", f"signed {age_ms} ms ago, the window is {window_ms} ms")


def check_shape(state: ParadexState, placed: Placed) -> None:
    """Steps, least and most size (which codes these have is unknown, but none is taken)."""
    instrument = state.ledger.markets[placed.product_id].instrument
    whole_position = placed.type in POSITION_STOPS and placed.size == 0
    if not placed.is_market and (placed.price <= 0 or placed.price % instrument.price_increment):
        tick = plain(instrument.price_increment)
        raise WireError("VALIDATION_ERROR", f"price {plain(placed.price)} is no multiple of {tick}")
    if placed.size % instrument.size_increment or (placed.size <= 0 and not whole_position):
        step = plain(instrument.size_increment)
        raise WireError("INVALID_ORDER_SIZE", f"size {plain(placed.size)} is no multiple of {step}")
    most = state.rules.listings[placed.product_id].max_order_size
    if placed.size > most:
        raise WireError("INVALID_ORDER_SIZE", f"size {plain(placed.size)} is above {plain(most)}")
    if placed.waits_for_trigger and placed.trigger_price <= 0:
        raise WireError("VALIDATION_ERROR", f"{placed.type} needs a trigger_price")
    if placed.type in POSITION_STOPS and "REDUCE_ONLY" not in placed.flags:
        raise WireError("VALIDATION_ERROR", f"{placed.type} must be REDUCE_ONLY")
    listing = state.rules.listings[placed.product_id]
    if listing.kind is Kind.SPOT and ("REDUCE_ONLY" in placed.flags or placed.waits_for_trigger):
        raise WireError("VALIDATION_ERROR", "spot orders are neither reduce-only nor triggered")
    price = placed.price or state.ledger.markets[placed.product_id].oracle_price
    if listing.right:  # an option's least value counts at the price of what it is on
        price = state.ledger.markets[state.products[f"{listing.base}-USD-PERP"]].oracle_price
    if not whole_position and "REDUCE_ONLY" not in placed.flags and mul(placed.size, price) < instrument.min_notional:
        least = plain(instrument.min_notional)
        raise WireError("VALIDATION_ERROR", f"order value {plain(mul(placed.size, price))} is below {least}")
