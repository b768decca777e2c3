"""The STARK curve: points, Pedersen hash, ECDSA. Plain Python: nothing of the client judges its own signatures.

Constants are StarkWare's published ones, for ``y^2 = x^3 + x + b`` over ``2^251 + 17 * 2^192 + 1``. Not constant in
time: the keys here are worthless. A verification takes about a millisecond once the tables of its public key are made.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from functools import cache, lru_cache

PRIME = 2**251 + 17 * 2**192 + 1
ORDER = 0x800000000000010FFFFFFFFFFFFFFFFB781126DCAE7B2321E66A241ADC64D2F
BETA = 0x6F21413EFBE40DE150E596D72F7A8C5609AD26C15C915C1F4CDFCB99CEE9E89

Point = tuple[int, int]
Jacobian = tuple[int, int, int]

GENERATOR: Point = (
    0x1EF15C18599971B7BECED415A40F0C7DEACFD9B0D1819E03D723D8BC943CFCA,
    0x5668060AA49730B7BE4801DF46EC62DE53ECD11ABE43A32873000C36E8DC1F,
)
SHIFT: Point = (
    0x49EE3EBA8C1600700EE1B87EB599F16716B0B1022947733551FDE4050CA6804,
    0x3CA0CFE4B3BC6DDF346D49D06EA0ED34E621062C0E056C1D0405D266E10268A,
)
PEDERSEN: tuple[Point, Point, Point, Point] = (
    (
        0x234287DCBAFFE7F969C748655FCA9E58FA8120B6D56EB0C1080D17957EBE47B,
        0x3B056F100F96FB21E889527D41F4E39940135DD7A6C94CC6ED0268EE89E5615,
    ),
    (
        0x4FA56F376C83DB33F9DAB2656558F3399099EC1DE5E3018B7A6932DBA8AA378,
        0x3FA0984C931C9E38113E0C0E47E4401562761F92A7A23B45168F4E80FF5B54D,
    ),
    (
        0x4BA4CC166BE8DEC764910F75B45F74B40C690C74709E90F3AA372F0BD2D6997,
        0x40301CF5C1751F4B971E46C4EDE85FCAC5C59A5CE5AE7C48151F27B24B219C,
    ),
    (
        0x54302DCB0E6CC1C6E44CCA8F61A63BB2CA65048D53FB325D36FF12C49A58202,
        0x1B77B3E37D13504B348046268D8AE25CE98AD783C25561A879DCC77E99C2426,
    ),
)
LOW_BITS = 248
WINDOW = 6
MASK = (1 << WINDOW) - 1
INFINITY: Jacobian = (1, 1, 0)
KEPT_KEYS = 64
SIGNABLE = 2**251
"""Hashes, r and the inverse of s are below this (StarkWare's rule)."""

Tables = tuple[tuple[Point, ...], ...]


def _double(point: Jacobian) -> Jacobian:
    x, y, z = point
    if z == 0:
        return INFINITY
    squared_y = y * y % PRIME
    s = 4 * x * squared_y % PRIME
    z2 = z * z % PRIME
    slope = (3 * x * x + z2 * z2) % PRIME
    new_x = (slope * slope - 2 * s) % PRIME
    return new_x, (slope * (s - new_x) - 8 * squared_y * squared_y) % PRIME, 2 * y * z % PRIME


def _add(left: Jacobian, right: Point) -> Jacobian:
    x1, y1, z1 = left
    x2, y2 = right
    if z1 == 0:
        return x2, y2, 1
    z2 = z1 * z1 % PRIME
    h = (x2 * z2 - x1) % PRIME
    slope = (y2 * z1 * z2 - y1) % PRIME
    if h == 0:
        return INFINITY if slope else _double(left)
    h2 = h * h % PRIME
    h3 = h2 * h % PRIME
    v = x1 * h2 % PRIME
    new_x = (slope * slope - h3 - 2 * v) % PRIME
    return new_x, (slope * (v - new_x) - y1 * h3) % PRIME, z1 * h % PRIME


def _affine(points: Sequence[Jacobian]) -> list[Point]:
    """All of them with a single inversion; none may be the point at infinity."""
    products, running = [], 1
    for _, _, z in points:
        products.append(running)
        running = running * z % PRIME
    inverse = pow(running, -1, PRIME)
    found: list[Point] = []
    for (x, y, z), before in zip(reversed(points), reversed(products), strict=True):
        z_inverse = inverse * before % PRIME
        inverse = inverse * z % PRIME
        z2 = z_inverse * z_inverse % PRIME
        found.append((x * z2 % PRIME, y * z2 * z_inverse % PRIME))
    return found[::-1]


def _tables(base: Point, bits: int) -> Tables:
    """For each window of ``WINDOW`` bits, what its values 1 to ``MASK`` contribute."""
    rows: list[Jacobian] = []
    windows = -(-bits // WINDOW)
    start = base
    for _ in range(windows):
        multiple: Jacobian = (*start, 1)
        rows.append(multiple)
        for _ in range(MASK - 1):
            multiple = _add(multiple, start)
            rows.append(multiple)
        (start,) = _affine([_add(multiple, start)])
    flat = _affine(rows)
    return tuple(tuple(flat[i * MASK : (i + 1) * MASK]) for i in range(windows))


def _accumulate(sum_: Jacobian, tables: Tables, scalar: int) -> Jacobian:
    for table in tables:
        if scalar == 0:
            break
        digit = scalar & MASK
        if digit:
            sum_ = _add(sum_, table[digit - 1])
        scalar >>= WINDOW
    return sum_


@cache
def _generator_tables() -> Tables:
    return _tables(GENERATOR, 252)


@cache
def _pedersen_tables() -> tuple[Tables, ...]:
    return tuple(_tables(point, bits) for point, bits in zip(PEDERSEN, (LOW_BITS, 4, LOW_BITS, 4), strict=True))


@lru_cache(KEPT_KEYS)
def _key_tables(public_key: int) -> Tables | None:
    """Tables of one of the two points with this x; ``None`` when there is none."""
    y = square_root((public_key**3 + public_key + BETA) % PRIME)
    return None if y is None else _tables((public_key, y), 252)


def square_root(value: int) -> int | None:
    """A square root modulo the prime (Tonelli and Shanks; the prime is 1 modulo 2^192), or ``None``."""
    if value == 0:
        return 0
    if pow(value, (PRIME - 1) // 2, PRIME) != 1:
        return None
    odd, twos = PRIME - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    factor, root, rest, order = pow(3, odd, PRIME), pow(value, (odd + 1) // 2, PRIME), pow(value, odd, PRIME), twos
    while rest != 1:
        power, exponent = rest, 0
        while power != 1:
            power, exponent = power * power % PRIME, exponent + 1
        step = pow(factor, 1 << (order - exponent - 1), PRIME)
        factor = step * step % PRIME
        root, rest, order = root * step % PRIME, rest * factor % PRIME, exponent
    return root


def pedersen(left: int, right: int) -> int:
    """Hash of two field elements; raises ``ValueError`` when one is none."""
    sum_: Jacobian = (*SHIFT, 1)
    tables = _pedersen_tables()
    for element, low, high in ((left, tables[0], tables[1]), (right, tables[2], tables[3])):
        if not 0 <= element < PRIME:
            raise ValueError(f"{element:#x} is no field element")
        sum_ = _accumulate(sum_, low, element & ((1 << LOW_BITS) - 1))
        sum_ = _accumulate(sum_, high, element >> LOW_BITS)
    return _affine([sum_])[0][0]


def pedersen_array(elements: Sequence[int], start: int = 0, length: int | None = None) -> int:
    """The elements folded from ``start``, then their number (``length`` counts those already in ``start``)."""
    hashed = start
    for element in elements:
        hashed = pedersen(hashed, element)
    return pedersen(hashed, len(elements) if length is None else length)


def public_key(private_key: int) -> int:
    """The x coordinate that Paradex calls the public key."""
    return _affine([_accumulate(INFINITY, _generator_tables(), private_key)])[0][0]


def verify(message_hash: int, r: int, s: int, key: int) -> bool:
    """Whether the signature is one of the key with this x, whichever of its two points is meant."""
    if not (0 < r < SIGNABLE and 0 < s < ORDER and 0 <= message_hash < SIGNABLE and 0 < key < PRIME):
        return False
    tables = _key_tables(key)
    w = pow(s, -1, ORDER)
    if tables is None or w >= SIGNABLE:
        return False
    from_message = _accumulate(INFINITY, _generator_tables(), message_hash * w % ORDER)
    from_key = _accumulate(INFINITY, tables, r * w % ORDER)
    ((x, y),) = _affine([from_key])
    sums = [_add(from_message, point) for point in ((x, y), (x, PRIME - y))]
    return any(point[0] == r for point in _affine([each for each in sums if each[2]]))


def sign(message_hash: int, private_key: int) -> tuple[int, int]:
    """Deterministic (RFC 6979 with SHA-256), for the accounts of tests and of demonstrations."""
    for nonce in _nonces(message_hash, private_key):
        r = _affine([_accumulate(INFINITY, _generator_tables(), nonce)])[0][0]
        if not 0 < r < SIGNABLE or (message_hash + r * private_key) % ORDER == 0:
            continue
        s = pow(nonce, -1, ORDER) * (message_hash + r * private_key) % ORDER
        if pow(s, -1, ORDER) < SIGNABLE:
            return r, s
    raise AssertionError("nonces do not end")


def _nonces(message_hash: int, private_key: int) -> Sequence[int]:
    found: list[int] = []
    key, value = b"\0" * 32, b"\1" * 32
    seed = private_key.to_bytes(32) + message_hash.to_bytes(32)
    for separator in (b"\0", b"\1"):
        key = hmac.digest(key, value + separator + seed, hashlib.sha256)
        value = hmac.digest(key, value, hashlib.sha256)
    while len(found) < 8:  # one suffices nearly always
        value = hmac.digest(key, value, hashlib.sha256)
        nonce = int.from_bytes(value) >> 4
        if 0 < nonce < ORDER:
            found.append(nonce)
        key = hmac.digest(key, value + b"\0", hashlib.sha256)
        value = hmac.digest(key, value, hashlib.sha256)
    return found
