"""The Stark code of the local Paradex against what the venue's own client made (testdata/paradex)."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from hedgewire.simulator.wire.paradex import keys, stark_curve
from hedgewire.simulator.wire.paradex.typed_data import domain_hash, felt, message_hash

VECTORS = Path(__file__).parents[2] / "testdata" / "paradex"
SIGNING = json.loads((VECTORS / "signing.json").read_text())
ENVIRONMENTS = list(SIGNING["environments"])


def number(text: str) -> int:
    return int(text, 16)


def messages(environment: str) -> list[tuple[str, dict[str, Any]]]:
    vectors = SIGNING["environments"][environment]
    known = ("vector_2", "vector_3", "vector_4", "vector_5", "vector_6", "vector_7", "vector_8", "vector_9")
    return [(name, vector) for name, vector in vectors.items() if name.startswith(known)]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_hashes_and_signatures_of_every_kind_are_the_clients(environment: str) -> None:
    chain_id = SIGNING["environments"][environment]["config"]["starknet_chain_id"]
    found = messages(environment)
    assert len(found) == 8
    for name, vector in found:
        data = vector["typed_data"]
        struct = data["primaryType"]
        values = [data["message"][field["name"]] for field in data["types"][struct]]
        values = [int(value) if str(value).isdecimal() else value for value in values]
        account = number(vector["signing_account_address"])
        hashed = message_hash(struct, values, chain_id=chain_id, account=account)
        assert (hex(domain_hash(chain_id)), hex(hashed)) == (vector["domain_hash"], vector["message_hash"]), name
        key = number(vector["public_key"])
        for made in ("signature_sdk_seed32", "signature_no_seed"):
            r, s = number(vector[made]["r_hex"]), number(vector[made]["s_hex"])
            assert stark_curve.verify(hashed, r, s, key), name
            for wrong in (
                (hashed ^ 1, r, s, key),
                (hashed, r ^ 1, s, key),
                (hashed, r, s ^ 1, key),
                (hashed, s, r, key),
            ):
                assert not stark_curve.verify(*wrong), name
        plain = vector["signature_no_seed"]
        assert stark_curve.sign(hashed, number(vector["private_key"])) == (
            number(plain["r_hex"]),
            number(plain["s_hex"]),
        )


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_keys_and_addresses_follow_as_the_client_derives_them(environment: str) -> None:
    vectors = SIGNING["environments"][environment]
    config, vector = vectors["config"], vectors["vector_1_l2_key_derivation"]
    assert "0x" + keys.l2_key_digest(int(config["l1_chain_id"])).hex() == vector["digest"]
    assert hex(keys.grind(number(vector["seed_r"]))) == vector["l2_private_key"]
    assert hex(stark_curve.public_key(number(vector["l2_private_key"]))) == vector["l2_public_key"]
    hashes = (number(config["paraclear_account_hash"]), number(config["paraclear_account_proxy_hash"]))
    assert hex(keys.account_address(number(vector["l2_public_key"]), *hashes)) == vector["l2_address"]


def test_a_seed_with_leading_zeros_loses_them_as_in_the_client() -> None:
    for vector in json.loads((VECTORS / "key_derivation.json").read_text())["grinds"]:
        assert hex(keys.grind(number(vector["seed"]))) == vector["shortest"]


def test_what_is_signed_verifies_and_nothing_else_does() -> None:
    draw = random.Random(1)
    for _ in range(10):
        key, hashed = draw.randrange(1, stark_curve.ORDER), draw.randrange(stark_curve.SIGNABLE)
        public = stark_curve.public_key(key)
        r, s = stark_curve.sign(hashed, key)
        assert stark_curve.verify(hashed, r, s, public)
        assert not stark_curve.verify(hashed, r, s, stark_curve.public_key(key % 1000 + 1))


@pytest.mark.parametrize("r_s", [(0, 1), (1, 0), (stark_curve.ORDER, 1), (1, stark_curve.ORDER), (2**251, 1)])
def test_numbers_out_of_range_are_no_signature(r_s: tuple[int, int]) -> None:
    assert not stark_curve.verify(1, *r_s, stark_curve.public_key(1))
    assert not stark_curve.verify(1, 1, 1, 0)
    assert not stark_curve.verify(1, 1, 1, stark_curve.PRIME)


def test_short_strings_are_short_and_ascii() -> None:
    assert felt("ETH-USD-PERP") == 0x4554482D5553442D50455250
    for wrong in ("x" * 32, "Ä", stark_curve.PRIME):
        with pytest.raises(ValueError, match="is no"):
            felt(wrong)
