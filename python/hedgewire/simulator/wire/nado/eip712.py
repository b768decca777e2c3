"""EIP-712 digests of Nado's signed structs, written from Nado reference 3.1 to 3.3."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from coincurve import PublicKey

from hedgewire.simulator.keys import address_of, keccak256

DOMAIN_TYPE = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
DOMAIN_NAME = "Nado"
DOMAIN_VERSION = "0.0.1"
HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0

TYPES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "Order": (
        ("bytes32", "sender"),
        ("int128", "priceX18"),
        ("int128", "amount"),
        ("uint64", "expiration"),
        ("uint64", "nonce"),
        ("uint128", "appendix"),
    ),
    "Cancellation": (
        ("bytes32", "sender"),
        ("uint32[]", "productIds"),
        ("bytes32[]", "digests"),
        ("uint64", "nonce"),
    ),
    "CancellationProducts": (("bytes32", "sender"), ("uint32[]", "productIds"), ("uint64", "nonce")),
    "StreamAuthentication": (("bytes32", "sender"), ("uint64", "expiration")),
    "LinkSigner": (("bytes32", "sender"), ("bytes32", "signer"), ("uint64", "nonce")),
    "ListTriggerOrders": (("bytes32", "sender"), ("uint64", "recvTime")),
    "WithdrawCollateral": (
        ("bytes32", "sender"),
        ("uint32", "productId"),
        ("uint128", "amount"),
        ("uint64", "nonce"),
    ),
    "WithdrawCollateralV2": (
        ("bytes32", "sender"),
        ("uint32", "productId"),
        ("uint128", "amount"),
        ("uint64", "nonce"),
        ("address", "sendTo"),
        ("uint128", "appendix"),
    ),
    "TransferQuote": (
        ("bytes32", "sender"),
        ("bytes32", "recipient"),
        ("uint128", "amount"),
        ("uint64", "nonce"),
    ),
    "LiquidateSubaccount": (
        ("bytes32", "sender"),
        ("bytes32", "liquidatee"),
        ("uint32", "productId"),
        ("bool", "isEncodedSpread"),
        ("int128", "amount"),
        ("uint64", "nonce"),
    ),
    "MintNlp": (("bytes32", "sender"), ("uint128", "quoteAmount"), ("uint64", "nonce")),
    "BurnNlp": (("bytes32", "sender"), ("uint128", "nlpAmount"), ("uint64", "nonce")),
    "DependencyUpdate": (
        ("bytes32", "sender"),
        ("bytes32", "oldDigest"),
        ("bytes32", "newDigest"),
        ("uint64", "nonce"),
    ),
}


class MalformedField(ValueError):
    """A signed field is absent or does not fit its type."""


def type_string(struct: str) -> str:
    return f"{struct}({','.join(f'{kind} {name}' for kind, name in TYPES[struct])})"


def _word(kind: str, value: object, name: str) -> bytes:
    """One 32-byte word of a struct. Integers may come as numbers or decimal strings, bytes as 0x hex."""
    try:
        if kind.endswith("[]"):
            if not isinstance(value, Sequence) or isinstance(value, str):
                raise ValueError("not a list")
            return keccak256(b"".join(_word(kind[:-2], item, name) for item in value))
        if kind == "bool":
            if not isinstance(value, bool):
                raise ValueError("not a boolean")
            return int(value).to_bytes(32)
        if kind in ("bytes32", "address"):
            width = 32 if kind == "bytes32" else 20
            if not isinstance(value, str) or not value.startswith("0x"):
                raise ValueError("not 0x hex")
            raw = bytes.fromhex(value[2:])
            if len(raw) != width:
                raise ValueError(f"{len(raw)} bytes instead of {width}")
            return raw.rjust(32, b"\0")
        if isinstance(value, bool) or not isinstance(value, int | str):
            raise ValueError("not an integer")
        number = int(value)
        signed, bits = kind.startswith("int"), int(kind.lstrip("uint"))
        low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
        if not low <= number <= high:
            raise ValueError(f"out of range of {kind}")
        return (number % 2**256).to_bytes(32)
    except ValueError as error:
        raise MalformedField(f"{name}={value!r}: {error}") from error


@lru_cache(maxsize=256)
def domain_separator(chain_id: int, verifying_contract: str) -> bytes:
    return keccak256(
        keccak256(DOMAIN_TYPE.encode())
        + keccak256(DOMAIN_NAME.encode())
        + keccak256(DOMAIN_VERSION.encode())
        + chain_id.to_bytes(32)
        + bytes.fromhex(verifying_contract[2:]).rjust(32, b"\0")
    )


@lru_cache(maxsize=64)
def type_hash(struct: str) -> bytes:
    return keccak256(type_string(struct).encode())


def order_contract(product_id: int) -> str:
    """Verifying contract of an order: its product id as a 20-byte address (reference 1.4)."""
    return "0x" + product_id.to_bytes(20).hex()


def digest_of(struct: str, message: Mapping[str, object], chain_id: int, verifying_contract: str) -> bytes:
    """The 32 bytes a client signs; for an order also its id. Raises ``MalformedField``."""
    words = [type_hash(struct)]
    for kind, name in TYPES[struct]:
        if name not in message:
            raise MalformedField(f"{name} is missing")
        words.append(_word(kind, message[name], name))
    return keccak256(b"\x19\x01" + domain_separator(chain_id, verifying_contract) + keccak256(b"".join(words)))


def recover(digest: bytes, signature: bytes) -> str | None:
    """Lower-case address that signed ``digest``, or ``None`` when the 65 bytes are no valid signature."""
    if len(signature) != 65 or signature[64] not in (27, 28):
        return None
    if int.from_bytes(signature[32:64]) > HALF_ORDER:
        return None
    try:
        public = PublicKey.from_signature_and_message(signature[:64] + bytes([signature[64] - 27]), digest, hasher=None)
    except Exception:  # noqa: BLE001 - coincurve raises a bare Exception for a point that is not on the curve
        return None
    return "0x" + address_of(public.format(False)).hex()
