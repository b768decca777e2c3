"""Typed data of revision 0 as Paradex has it signed (Paradex reference 3.6, 4.1): Pedersen hashes of short strings."""

from __future__ import annotations

from functools import lru_cache

from hedgewire.simulator.keys import keccak256
from hedgewire.simulator.wire.paradex.stark_curve import PRIME, pedersen, pedersen_array

DOMAIN_TYPE = "StarkNetDomain(name:felt,chainId:felt,version:felt)"
TYPES = {
    "Constant": "Constant(action:felt)",
    "Request": "Request(method:felt,path:felt,body:felt,timestamp:felt,expiration:felt)",
    "Order": "Order(timestamp:felt,market:felt,side:felt,orderType:felt,size:felt,price:felt)",
    "ModifyOrder": "ModifyOrder(timestamp:felt,market:felt,side:felt,orderType:felt,size:felt,price:felt,id:felt)",
}
KECCAK_BITS = 250
MAX_SHORT_STRING = 31


def starknet_keccak(text: str) -> int:
    return int.from_bytes(keccak256(text.encode())) & ((1 << KECCAK_BITS) - 1)


def felt(value: int | str) -> int:
    """A number as it is, a text as a short string; raises ``ValueError`` for what is no field element."""
    if isinstance(value, int):
        encoded = value
    elif len(value) > MAX_SHORT_STRING or not value.isascii():
        raise ValueError(f"{value!r:.80} is no short string of up to {MAX_SHORT_STRING} ASCII letters")
    else:
        encoded = int.from_bytes(value.encode())
    if not 0 <= encoded < PRIME:
        raise ValueError(f"{value!r:.80} is no field element")
    return encoded


@lru_cache(8)
def domain_hash(chain_id: str) -> int:
    return pedersen_array([starknet_keccak(DOMAIN_TYPE), felt("Paradex"), felt(chain_id), 1])


@lru_cache(16)
def _type_prefix(name: str) -> int:
    return pedersen(0, starknet_keccak(TYPES[name]))


@lru_cache(64)
def _message_prefix(chain_id: str, account: int) -> int:
    return pedersen(pedersen(pedersen(0, felt("StarkNet Message")), domain_hash(chain_id)), account)


def message_hash(name: str, values: list[int | str], *, chain_id: str, account: int) -> int:
    """What is signed: ``values`` in the order of the type's fields, by ``account`` (its address)."""
    struct = pedersen_array([felt(value) for value in values], _type_prefix(name), len(values) + 1)
    return pedersen_array([struct], _message_prefix(chain_id, account), 4)
