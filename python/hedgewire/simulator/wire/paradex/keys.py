"""Funded accounts of the local Paradex: an Ethereum key, and what follows from it (Paradex reference 3.5)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from coincurve import PrivateKey

from hedgewire.simulator.keys import derive_key, keccak256
from hedgewire.simulator.wire.paradex.products import ACCOUNT_HASH, L1_CHAIN_ID, PROXY_HASH
from hedgewire.simulator.wire.paradex.stark_curve import ORDER, pedersen_array, public_key
from hedgewire.simulator.wire.paradex.typed_data import felt, starknet_keccak

ADDRESS_BOUND = 2**251 - 256
_DOMAIN = "EIP712Domain(string name,string version,uint256 chainId)"


@dataclass(frozen=True, slots=True)
class FundedAccount:
    """A test account of a local venue, all in hex; worthless anywhere else."""

    l1_private_key: str
    l1_address: str
    l2_private_key: str
    public_key: str
    address: str


def l2_key_digest(chain_id: int) -> bytes:
    """The EIP-712 digest that an Ethereum key signs to make its Stark key."""

    def word(text: str) -> bytes:
        return keccak256(text.encode())

    domain = keccak256(word(_DOMAIN) + word("Paradex") + word("1") + chain_id.to_bytes(32))
    return keccak256(b"\x19\x01" + domain + keccak256(word("Constant(string action)") + word("STARK Key")))


def grind(seed: int) -> int:
    """The private key of the first half of a signature, as the venue's Python client makes it: leading zeros go."""
    bound = 2**256 - 2**256 % ORDER
    data = seed.to_bytes(max(1, -(-seed.bit_length() // 8)))
    for index in range(256):
        hashed = int.from_bytes(hashlib.sha256(data + bytes([index])).digest())
        if hashed < bound:
            return hashed % ORDER
    raise AssertionError("no hash is below the bound")


def account_address(key: int, account_hash: int, proxy_hash: int) -> int:
    """Address of the account contract of a public key."""
    calldata = pedersen_array([account_hash, starknet_keccak("initialize"), 2, key, 0])
    # a call to initialize(key, 0): selector, number of arguments, arguments
    return pedersen_array([felt("STARKNET_CONTRACT_ADDRESS"), 0, key, proxy_hash, calldata]) % ADDRESS_BOUND


def funded_account(seed: int, index: int) -> FundedAccount:
    key = derive_key("paradex", seed, index)
    signature = PrivateKey(bytes.fromhex(key.private_key[2:])).sign_recoverable(l2_key_digest(L1_CHAIN_ID), hasher=None)
    l2_key = grind(int.from_bytes(signature[:32]))
    public = public_key(l2_key)
    address = account_address(public, ACCOUNT_HASH, PROXY_HASH)
    return FundedAccount(key.private_key, key.address, hex(l2_key), hex(public), hex(address))
