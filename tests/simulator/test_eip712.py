"""The simulator's signature code against the SDK's signing vectors (Nado reference 8)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hedgewire.simulator.wire.nado.eip712 import MalformedField, digest_of, recover

ORDER = {
    "sender": "0x19e7e376e7c213b7e7e7e46cc70a5dd086daff2a64656661756c740000000000",
    "priceX18": "3500000000000000000000",
    "amount": "1000000000000000000",
    "expiration": "4294967295",
    "nonce": "1845493854371840001",
    "appendix": "1537",
}
DIGEST = "9f5b31b7c4db57e190787ed24b300dbe3a75bd8ad09127dcb6585bf62f5f1ba3"
SIGNATURE = (
    "ae0b7693f78407f4ab8a2603cd273933348473688366c45bed7584f437977b58"
    "661d8f4ea9e77557714f2fae462028e921c564865a6640eec1b2b3d5f73427751b"
)
SIGNER = "0x19e7e376e7c213b7e7e7e46cc70a5dd086daff2a"
PRODUCT_4 = "0x" + "4".rjust(40, "0")
VECTORS = Path(__file__).parents[2] / "testdata" / "nado"


def test_the_published_order_vector() -> None:
    digest = digest_of("Order", ORDER, 57073, PRODUCT_4)
    assert digest.hex() == DIGEST
    assert recover(digest, bytes.fromhex(SIGNATURE)) == SIGNER


@pytest.mark.parametrize("field", ORDER)
def test_every_field_is_signed(field: str) -> None:
    changed = {**ORDER, field: "0x" + "11" * 32 if field == "sender" else "7"}
    digest = digest_of("Order", changed, 57073, PRODUCT_4)
    assert recover(digest, bytes.fromhex(SIGNATURE)) != SIGNER


def test_chain_and_product_are_signed() -> None:
    for chain_id, contract in ((763373, PRODUCT_4), (57073, "0x" + "8".rjust(40, "0"))):
        assert recover(digest_of("Order", ORDER, chain_id, contract), bytes.fromhex(SIGNATURE)) != SIGNER


@pytest.mark.parametrize(
    "signature", [b"", b"\0" * 65, b"\xff" * 64 + b"\x1b", bytes.fromhex(SIGNATURE)[:64] + b"\x05"]
)
def test_garbage_recovers_nobody(signature: bytes) -> None:
    assert recover(bytes.fromhex(DIGEST), signature) is None


@pytest.mark.parametrize(
    ("field", "value"),
    [("sender", "0x12"), ("sender", 5), ("amount", str(2**127)), ("nonce", "-1"), ("nonce", 1.5), ("nonce", True)],
)
def test_a_field_that_does_not_fit_is_named(field: str, value: object) -> None:
    with pytest.raises(MalformedField, match=field):
        digest_of("Order", {**ORDER, field: value}, 57073, PRODUCT_4)


def test_all_vectors_of_the_sdk() -> None:
    files = sorted(VECTORS.rglob("*.json"))
    checked = 0
    for path in files:
        content = json.loads(path.read_text())
        for vector in content.get("vectors", []) if isinstance(content, dict) else []:
            typed = vector["typed_data"]
            domain = typed["domain"]
            digest = digest_of(typed["primaryType"], typed["message"], domain["chainId"], domain["verifyingContract"])
            assert "0x" + digest.hex() == vector["digest"], vector["name"]
            assert recover(digest, bytes.fromhex(vector["signature"][2:])) == vector["signer"].lower()
            checked += 1
    assert checked >= 9
