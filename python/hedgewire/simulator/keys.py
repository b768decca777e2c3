"""Key pairs of the funded accounts, derived from the seed (the same seed gives the same keys)."""

from __future__ import annotations

from dataclasses import dataclass

from coincurve import PrivateKey
from Crypto.Hash import keccak

SECP256K1_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def keccak256(data: bytes) -> bytes:
    """Keccak-256 as Ethereum uses it (not SHA3-256)."""
    return keccak.new(digest_bits=256, data=data).digest()


@dataclass(frozen=True, slots=True)
class FundedKey:
    """A test key of a local venue; worthless anywhere else."""

    private_key: str
    address: str


def address_of(public_key: bytes) -> bytes:
    """20-byte address of an uncompressed public key (65 bytes, leading 0x04)."""
    return keccak256(public_key[1:])[-20:]


def derive_key(venue: str, seed: int, index: int) -> FundedKey:
    material = keccak256(f"local venue {venue} / seed {seed} / account {index}".encode())
    secret = (int.from_bytes(material) % (SECP256K1_ORDER - 1)) + 1
    key = PrivateKey(secret.to_bytes(32))
    return FundedKey("0x" + secret.to_bytes(32).hex(), "0x" + address_of(key.public_key.format(False)).hex())
