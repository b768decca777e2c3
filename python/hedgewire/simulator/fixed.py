"""Fixed-point integers with 18 decimals, as perpetual exchanges on EVM chains keep them.

Every price, size and balance of the local venues is a plain ``int`` in units of 1e-18 ("x18").
Products and quotients truncate towards zero (Nado reference 6.3).
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

ONE = 10**18
I128_MAX = 2**127 - 1


def truncated_division(numerator: int, denominator: int) -> int:
    """Integer quotient rounded towards zero; Python's ``//`` rounds towards minus infinity instead."""
    quotient = abs(numerator) // abs(denominator)
    return quotient if (numerator >= 0) == (denominator > 0) else -quotient


def mul(left_x18: int, right_x18: int) -> int:
    """Product of two x18 numbers, x18."""
    return truncated_division(left_x18 * right_x18, ONE)


def div(left_x18: int, right_x18: int) -> int:
    """Quotient of two x18 numbers, x18."""
    return truncated_division(left_x18 * ONE, right_x18)


def x18(text: str) -> int:
    """Exact x18 integer of a decimal literal; raises ``ValueError`` for anything else or over 18 decimals."""
    try:
        scaled = Decimal(text).scaleb(18)
    except InvalidOperation as error:
        raise ValueError(f"{text!r} is no decimal number; hint: write it like 3500.1") from error
    if not scaled.is_finite() or scaled != scaled.to_integral_value():
        raise ValueError(f"{text!r} does not fit 18 decimals; hint: shorten the fraction")
    return int(scaled)


def plain(value_x18: int) -> str:
    """Decimal text of an x18 integer without trailing zeros or exponent (control calls and logs)."""
    sign = "-" if value_x18 < 0 else ""
    whole, fraction = divmod(abs(value_x18), ONE)
    digits = f"{fraction:018d}".rstrip("0")
    return f"{sign}{whole}.{digits}" if digits else f"{sign}{whole}"
