"""Two implementations of Nado's signatures, written apart, agree on every message: the core and the local venue."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hedgewire import _core
from hedgewire.simulator.wire.nado.eip712 import TYPES, digest_of, order_contract, recover

CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
EXTREMES = {
    "int128": [-(2**127), -1, 0, 1, 2**127 - 1],
    "uint128": [0, 1, 2**64, 2**128 - 1],
    "uint64": [0, 1, 2**53 + 1, 2**64 - 1],
    "uint32": [0, 1, 2**31, 2**32 - 1],
}

keys = st.one_of(st.sampled_from([1, 2, CURVE_ORDER - 1]), st.integers(1, CURVE_ORDER - 1))
chains = st.one_of(st.sampled_from([0, 57073, 763373, 2**64 - 1]), st.integers(0, 2**64 - 1))


def integers(kind: str) -> st.SearchStrategy[int]:
    extremes = EXTREMES[kind]
    return st.one_of(st.sampled_from(extremes), st.integers(extremes[0], extremes[-1]))


def as_sent(number: int) -> st.SearchStrategy[object]:
    """As text or, where JSON numbers are exact everywhere, as a number."""
    return st.sampled_from([str(number), number]) if -(2**63) <= number < 2**64 else st.just(str(number))


def spelled(raw: bytes) -> st.SearchStrategy[str]:
    """One value has many spellings: digits above 9 in either case."""
    text = raw.hex()
    return st.sampled_from(["0x" + text, "0x" + text.upper(), "0x" + text.title()])


subaccount_names = st.one_of(
    st.sampled_from([b"", b"default", b"twelve bytes", b"\xff" * 12]),
    st.text(st.characters(min_codepoint=0, max_codepoint=127), max_size=12).map(str.encode),
)
subaccounts = st.builds(
    lambda address, name: address + name.ljust(12, b"\0"), st.binary(min_size=20, max_size=20), subaccount_names
)
words = st.one_of(st.sampled_from([b"\0" * 32, b"\xff" * 32]), st.binary(min_size=32, max_size=32), subaccounts)


def field(kind: str, name: str) -> st.SearchStrategy[Any]:
    if kind.endswith("[]"):
        return st.lists(field(kind[:-2], name), max_size=5)
    if kind == "bool":
        return st.booleans()
    if kind == "bytes32":
        return (subaccounts if name == "sender" else words).flatmap(spelled)
    if kind == "address":
        return st.binary(min_size=20, max_size=20).flatmap(spelled)
    return integers(kind).flatmap(as_sent)


@st.composite
def documents(draw: st.DrawFn, struct: str) -> dict[str, Any]:
    if struct == "Order":
        contract = order_contract(draw(integers("uint32")))
    else:
        contract = draw(st.binary(min_size=20, max_size=20).flatmap(spelled))
    return {
        "primary_type": struct,
        "chain_id": draw(chains),
        "verifying_contract": contract,
        "message": {name: draw(field(kind, name)) for kind, name in TYPES[struct]},
    }


def check(document: dict[str, Any], key: int) -> None:
    secret = f"0x{key:064x}"
    signed = json.loads(_core.sign_typed("nado", "{}", secret, json.dumps(document)))
    digest = digest_of(
        document["primary_type"], document["message"], document["chain_id"], document["verifying_contract"]
    )
    assert signed["digest"] == "0x" + digest.hex()
    assert recover(digest, bytes.fromhex(signed["signature"][2:])) == _core.address_of(secret) == signed["signer"]
    again = json.loads(_core.sign_typed("nado", "{}", secret, json.dumps(document)))
    assert again["signature"] == signed["signature"], "the same message, the same signature"


@pytest.mark.proves("R003-013", "R003-041", "R000-55")
@pytest.mark.parametrize("struct", sorted(TYPES))
def test_the_core_signs_what_the_venue_hashes(struct: str) -> None:
    @settings(max_examples=60, deadline=None)
    @given(document=documents(struct), key=keys)
    def agree(document: dict[str, Any], key: int) -> None:
        check(document, key)

    agree()


@settings(max_examples=120, deadline=None)
@given(bit=st.integers(0, 127), others=integers("uint128"), key=keys)
@example(bit=127, others=0, key=1)
def test_every_bit_of_the_appendix_is_in_the_digest(bit: int, others: int, key: int) -> None:
    def document(appendix: int) -> dict[str, Any]:
        message = {
            "sender": "0x" + "19" * 32,
            "priceX18": str(-(2**127)),
            "amount": str(2**127 - 1),
            "expiration": str(2**64 - 1),
            "nonce": str(2**64 - 1),
            "appendix": str(appendix),
        }
        return {
            "primary_type": "Order",
            "chain_id": 57073,
            "verifying_contract": order_contract(4),
            "message": message,
        }

    check(document(others), key)
    secret = f"0x{key:064x}"
    one, other = (
        json.loads(_core.sign_typed("nado", "{}", secret, json.dumps(document(appendix))))["digest"]
        for appendix in (others, others ^ (1 << bit))
    )
    assert one != other


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("amount", str(2**127)),
        ("amount", str(-(2**127) - 1)),
        ("amount", "1.0"),
        ("amount", "1e18"),
        ("amount", "+1"),
        ("amount", "0x10"),
        ("amount", ""),
        ("amount", " 1"),
        ("amount", None),
        ("amount", True),
        ("amount", 1.5),
        ("nonce", str(2**64)),
        ("nonce", 2**64),
        ("nonce", "-1"),
        ("appendix", str(2**128)),
        ("sender", "0x" + "11" * 31),
        ("sender", "0x" + "g1" * 32),
        ("sender", 7),
        ("extra", "1"),
    ],
)
def test_a_message_that_is_not_exact_is_not_signed(name: str, value: object) -> None:
    message: dict[str, object] = {
        "sender": "0x" + "11" * 32,
        "priceX18": "1",
        "amount": "1",
        "expiration": "1",
        "nonce": "1",
        "appendix": "1",
        name: value,
    }
    document = {
        "primary_type": "Order",
        "chain_id": 57073,
        "verifying_contract": order_contract(4),
        "message": message,
    }
    with pytest.raises(ValueError, match="hint:"):
        _core.sign_typed("nado", "{}", f"0x{1:064x}", json.dumps(document))
