"""Executes: placing and cancelling orders (Nado reference 2.5). Account executes are in ``transactions``."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from hedgewire.simulator.faults import REFUSALS
from hedgewire.simulator.fields import Json
from hedgewire.simulator.orders import Order, OrderKind, Refusal
from hedgewire.simulator.wire.nado import errors, transactions
from hedgewire.simulator.wire.nado.appendix import unpack
from hedgewire.simulator.wire.nado.auth import check_order_nonce, check_signature, check_signed, signed_digest
from hedgewire.simulator.wire.nado.errors import WireError, from_refusal
from hedgewire.simulator.wire.nado.messages import (
    U64_MAX,
    get_bytes32,
    get_flag,
    get_ids,
    get_int,
    get_list,
    get_object,
    order_data,
)
from hedgewire.simulator.wire.nado.state import NadoState

MAX_BATCH = 50
SPEED_BUMP_MS = 30
BATCH_PENALTY_MS = 50
EXPIRATION_RESERVED_BITS = 0b111 << 58


@dataclass(frozen=True, slots=True)
class ParsedOrder:
    """A place_order body whose signature was verified; not yet submitted."""

    order: Order
    trigger_bits: int


def parse_order(state: NadoState, body: Json, *, trigger_service: bool = False) -> ParsedOrder:
    """Verify the shape, signature, nonce window and appendix of one place_order body."""
    fields = get_object(body, "order")
    sender = get_bytes32(fields, "sender")
    product_id = get_int(body, "product_id")
    if not 0 <= product_id < 2**32:
        raise WireError(errors.INVALID_EXECUTE, f"product_id={product_id} is no u32")
    digest = signed_digest(state, "Order", fields, product_id)
    digest_hex = "0x" + digest.hex()
    state.log.saw_digest(digest_hex)
    check_signature(state, sender, digest, body.get("signature"))
    nonce = get_int(fields, "nonce")
    if not trigger_service:
        check_order_nonce(state, nonce)
    appendix = get_int(fields, "appendix")
    bits = unpack(appendix)
    if bits.version != 1:
        raise WireError(errors.ORDER_VERSION, f"appendix version {bits.version}, expected 1")
    if bits.reserved:
        raise WireError(errors.INVALID_EXECUTE, f"appendix {appendix} uses reserved bits")
    if bits.trigger and not trigger_service:
        raise WireError(errors.INVALID_TRIGGER, "trigger orders go to the trigger service")
    if bits.builder_rate and not bits.builder_id:
        raise WireError(errors.INVALID_EXECUTE, f"appendix has builder rate {bits.builder_rate} but no builder")
    expiration_s = get_int(fields, "expiration")
    if expiration_s & EXPIRATION_RESERVED_BITS:
        raise WireError(errors.EXPIRATION_BITS, f"expiration {expiration_s} uses reserved bits")
    client_id = body.get("id")
    if client_id is not None and (isinstance(client_id, bool) or not isinstance(client_id, int)):
        raise WireError(errors.INVALID_EXECUTE, f"id={client_id!r} is no number")
    if client_id is not None and not 0 <= client_id <= U64_MAX:
        raise WireError(errors.INVALID_EXECUTE, f"id={client_id} is no u64")
    order = Order(
        order_id=digest_hex,
        owner=sender,
        product_id=product_id,
        price=get_int(fields, "priceX18"),
        amount=get_int(fields, "amount"),
        kind=bits.kind,
        expiration_s=expiration_s,
        nonce=nonce,
        appendix=appendix,
        client_id=client_id,
        reduce_only=bits.reduce_only,
        isolated=bits.isolated,
        isolated_margin=bits.isolated_margin,
        builder_rate=bits.builder_rate_x18,
        signature=str(body.get("signature")),
    )
    return ParsedOrder(order, bits.trigger)


def submit(state: NadoState, order: Order) -> None:
    refused = state.faults.take("reject_order", product_id=order.product_id)
    if refused is not None:
        reason = refused.text("reason", "unhealthy")
        raise WireError(REFUSALS[reason], f"{reason} (injected)")
    try:
        state.exchange.submit(order)
    except Refusal as refusal:
        raise from_refusal(refusal) from refusal
    if state.order(order.order_id) and state.faults.take("cancel_on_accept", product_id=order.product_id):
        state.exchange.cancel(order)


async def _speed_bump(state: NadoState, order: Order) -> None:
    if order.kind is not OrderKind.POST_ONLY:
        await state.clock.wait_ms(SPEED_BUMP_MS)


async def place_order(state: NadoState, body: Json) -> object:
    order = parse_order(state, body).order
    await _speed_bump(state, order)
    submit(state, order)
    return {"digest": order.order_id}


async def place_orders(state: NadoState, body: Json) -> object:
    """Each order succeeds or fails by itself; the reply is a bare list in request order."""
    bodies = get_list(body, "orders")
    if not 1 <= len(bodies) <= MAX_BATCH:
        raise WireError(errors.BATCH_LIMIT, f"{len(bodies)} orders in a batch, 1 to {MAX_BATCH} are allowed")
    parsed: list[ParsedOrder | WireError] = []
    for item in bodies:
        try:
            parsed.append(parse_order(state, get_object({"order": item}, "order")))
        except WireError as error:
            parsed.append(error)
    if len({p.order.owner for p in parsed if isinstance(p, ParsedOrder)}) > 1:
        raise WireError(errors.BATCH_SENDER_MISMATCH, "all orders of a batch need one sender")
    await state.clock.wait_ms(BATCH_PENALTY_MS)
    results: list[Json] = []
    stop = get_flag(body, "stop_on_failure") is True
    partial = len(parsed) > 1 and state.faults.take("partial_batch") is not None
    for index, item in enumerate(parsed):
        try:
            if isinstance(item, WireError):
                raise item
            if partial and index:
                raise WireError(2006, "injected fault partial_batch")
            submit(state, item.order)
            results.append({"digest": item.order.order_id, "error": None})
        except WireError as error:
            results.append({"digest": None, "error": error.text, "error_code": error.code})
            if stop:
                break
    return results


def _cancel_one(state: NadoState, order: Order) -> Json:
    data = order_data(order)
    state.exchange.cancel(order)
    return data


def verify_cancel_orders(state: NadoState, tx: Json, signature: object) -> tuple[str, list[str]]:
    """Signature, nonce and shape of a Cancellation; returns sender and digests."""
    digests = [get_bytes32({"digest": item}, "digest") for item in get_list(tx, "digests")]
    product_ids = get_ids(tx, "productIds") or []
    sender = check_signed(state, "Cancellation", tx, signature)
    check_order_nonce(state, get_int(tx, "nonce"))
    if len(product_ids) != len(digests):
        raise WireError(errors.MISMATCHED_LENGTHS, f"{len(product_ids)} product ids for {len(digests)} digests")
    return sender, digests


def _open_orders_of(state: NadoState, sender: str, digests: list[str]) -> list[Order]:
    found: list[Order] = []
    for digest in digests:
        order = state.order(digest)
        if order is not None and state.faults.take("cancel_races_fill", product_id=order.product_id):
            state.market.take_resting(order)
            order = None
        if order is None:
            continue
        if order.owner != sender:
            raise WireError(errors.UNAUTHORIZED_CANCEL, f"{digest} belongs to another subaccount")
        found.append(order)
    if not found:
        raise WireError(errors.ORDER_NOT_FOUND, f"no open order with digest {', '.join(digests)}")
    return found


def _check_unfilled(orders: list[Order], body: Mapping[str, object]) -> None:
    if body.get("required_unfilled_amount") is None:
        return
    required = abs(get_int(body, "required_unfilled_amount"))
    for order in orders:
        if abs(order.unfilled) != required:
            raise WireError(
                errors.ORDER_NOT_FOUND,
                f"{order.order_id} has {abs(order.unfilled)} unfilled, the cancel requires {required}",
            )


async def cancel_orders(state: NadoState, body: Json) -> object:
    sender, digests = verify_cancel_orders(state, get_object(body, "tx"), body.get("signature"))
    orders = _open_orders_of(state, sender, digests)
    _check_unfilled(orders, body)
    return {"cancelled_orders": [_cancel_one(state, order) for order in orders]}


async def cancel_product_orders(state: NadoState, body: Json) -> object:
    """Cancel all orders of the listed products; an empty list means every product."""
    tx = get_object(body, "tx")
    sender = check_signed(state, "CancellationProducts", tx, body.get("signature"))
    check_order_nonce(state, get_int(tx, "nonce"))
    product_ids = get_ids(tx, "productIds") or []
    unknown = [p for p in product_ids if p not in state.ledger.markets]
    if unknown:
        raise WireError(errors.INVALID_PRODUCT_IDS, f"unknown product ids {unknown}")
    orders = state.exchange.orders_of(sender, product_ids or None)
    return {"cancelled_orders": [_cancel_one(state, order) for order in orders]}


async def cancel_and_place(state: NadoState, body: Json) -> object:
    """Cancel, then place; nothing is placed when the cancel is refused."""
    cancel_tx, place = get_object(body, "cancel_tx"), get_object(body, "place_order")
    sender, digests = verify_cancel_orders(state, cancel_tx, body.get("cancel_signature"))
    order = parse_order(state, place).order
    if order.owner != sender:
        raise WireError(errors.DIFFERENT_SENDER, "cancel and place come from different senders")
    await _speed_bump(state, order)
    targets = _open_orders_of(state, sender, digests)
    _check_unfilled(targets, body)
    was_filled = any(target.unfilled != target.amount for target in targets)
    for target in targets:
        state.exchange.cancel(target)
    if was_filled and get_flag(body, "place_requires_unfilled"):
        raise WireError(errors.ORDER_NOT_FOUND, "the cancelled order had been partly filled")
    submit(state, order)
    return {"digest": order.order_id}


Execute = Callable[[NadoState, Json], Awaitable[object]]

EXECUTES: dict[str, Execute] = {
    "place_order": place_order,
    "place_orders": place_orders,
    "cancel_orders": cancel_orders,
    "cancel_product_orders": cancel_product_orders,
    "cancel_and_place": cancel_and_place,
    **transactions.TRANSACTIONS,
}
