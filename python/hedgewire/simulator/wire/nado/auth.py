"""Who signed a request, and whether it came in time (Nado reference 3.3, 3.5, 4.2)."""

from __future__ import annotations

from hedgewire.simulator.fields import Json
from hedgewire.simulator.wire.nado import errors
from hedgewire.simulator.wire.nado.eip712 import MalformedField, digest_of, order_contract, recover
from hedgewire.simulator.wire.nado.errors import WireError
from hedgewire.simulator.wire.nado.messages import get_bytes32, get_int
from hedgewire.simulator.wire.nado.state import NadoState

RECV_WINDOW_MS = 100_000


def signed_digest(state: NadoState, struct: str, message: Json, product_id: int | None = None) -> bytes:
    """Digest of a signed struct: orders under their product's contract, everything else under the endpoint."""
    contract = state.endpoint_address if product_id is None else order_contract(product_id)
    try:
        return digest_of(struct, message, state.chain_id, contract)
    except MalformedField as error:
        raise WireError(errors.INVALID_EXECUTE, f"{struct}: {error}") from error


def check_signature(state: NadoState, sender: str, digest: bytes, signature: object) -> str:
    """The recovered signer; raises 2027/2034/2028 unless it is the sender's owner or linked signer."""
    if not isinstance(signature, str) or not signature.startswith("0x"):
        raise WireError(errors.SIGNATURE_LENGTH, "the signature must be 0x hex")
    try:
        raw = bytes.fromhex(signature[2:])
    except ValueError as error:
        raise WireError(errors.SIGNATURE_LENGTH, f"the signature is no hex: {error}") from error
    if len(raw) != 65:
        raise WireError(errors.SIGNATURE_LENGTH, f"the signature has {len(raw)} bytes instead of 65")
    if raw[64] not in (27, 28):
        raise WireError(errors.SIGNATURE_V, f"the recovery byte is {raw[64]} instead of 27 or 28")
    signer = recover(digest, raw)
    if signer is None or signer not in state.signers_of(sender):
        raise WireError(
            errors.INVALID_SIGNER,
            f"the signature recovers to {signer}, neither the owner nor the linked signer of {sender}",
        )
    return signer


def check_order_nonce(state: NadoState, nonce: int) -> None:
    """``nonce >> 20`` is the last millisecond the request may execute; at most 100 s ahead."""
    recv_time_ms = nonce >> 20
    now_ms = state.clock.now_ms()
    if recv_time_ms <= now_ms:
        raise WireError(errors.LATE_RECV, f"recv_time {recv_time_ms} ms is not after venue time {now_ms} ms")
    if recv_time_ms > now_ms + RECV_WINDOW_MS:
        raise WireError(errors.EARLY_RECV, f"recv_time {recv_time_ms} ms is over 100 s after {now_ms} ms")


def check_tx_nonce(state: NadoState, sender: str, nonce: int) -> None:
    """Other executes carry exactly the address's counter. The caller advances it on success."""
    expected = state.tx_nonces.get(sender[:42], 0)
    if nonce != expected:
        raise WireError(errors.INVALID_NONCE, f"nonce {nonce}, expected {expected}")


def check_signed(state: NadoState, struct: str, tx: Json, signature: object) -> str:
    """Verify a non-order struct; returns its sender."""
    sender = get_bytes32(tx, "sender")
    check_signature(state, sender, signed_digest(state, struct, tx), signature)
    return sender


def check_stream_authentication(state: NadoState, tx: Json, signature: object) -> str:
    """Subscription login: the expiration is in milliseconds, in the future, at most 100 s ahead."""
    sender = check_signed(state, "StreamAuthentication", tx, signature)
    expiration_ms = get_int(tx, "expiration")
    now_ms = state.clock.now_ms()
    if expiration_ms <= now_ms:
        raise WireError(errors.LATE_RECV, f"expiration {expiration_ms} ms is not after venue time {now_ms} ms")
    if expiration_ms > now_ms + RECV_WINDOW_MS:
        raise WireError(errors.EARLY_RECV, f"expiration {expiration_ms} ms is over 100 s after {now_ms} ms")
    return sender
