"""Paradex's JSON: decimals as text, nothing as an empty text, ids of 28 digits (Paradex reference 0)."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from itertools import count

from hedgewire.simulator.fields import FieldReader, Json
from hedgewire.simulator.fixed import plain, truncated_division, x18
from hedgewire.simulator.wire.paradex.errors import WireError

QUANTUM = 10**10
"""x18 in units of 1e-8, which is what is signed and what SBE carries."""
MAX_DECIMAL = Decimal(10) ** 15

_fields = FieldReader(lambda text: WireError("VALIDATION_ERROR", text))
parse_object = FieldReader(lambda text: WireError("BINDING_ERROR", text)).parse_object
parse_list = FieldReader(lambda text: WireError("BINDING_ERROR", text)).parse_list
get_object, get_list, get_text = _fields.get_object, _fields.get_list, _fields.get_text
get_int, get_flag = _fields.get_int, _fields.get_flag


def get_decimal(body: Json, key: str, default: str | None = None) -> int:
    """A decimal text as x18, not negative; absent, null and empty mean ``default``."""
    value = body.get(key)
    if value in (None, "") and default is not None:
        value = default
    try:
        number = Decimal(value) if isinstance(value, str) else None
    except InvalidOperation:
        number = None
    if number is None or not number.is_finite() or not 0 <= number < MAX_DECIMAL:
        raise WireError("VALIDATION_ERROR", f"{key} must be a decimal text of 0 or more, got {value!r:.80}")
    try:
        return x18(str(value))
    except ValueError as error:
        raise WireError("VALIDATION_ERROR", f"{key}: {error}") from None


def quantums(value_x18: int) -> int:
    """What is signed for a size or a price: units of 1e-8, cut (reference 4.1)."""
    return value_x18 // QUANTUM


def shown(value_x18: int) -> str:
    """A computed value with the 8 decimals that the venue keeps, cut."""
    return plain(truncated_division(value_x18, QUANTUM) * QUANTUM)


def empty_or(value_x18: int | None) -> str:
    return "" if value_x18 is None else shown(value_x18)


class Ids:
    """Ids of orders, trades and fills: 13 digits of milliseconds and 15 more."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def next(self, now_ms: int) -> str:
        return f"{now_ms:013d}{201_700_000_000_000 + next(self._numbers):015d}"
