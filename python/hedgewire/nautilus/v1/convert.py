"""Integers of rows become NautilusTrader values, exactly: raw integers in, no string and no float on the way."""

from __future__ import annotations

from decimal import Decimal

from nautilus_trader.core import nautilus_pyo3
from nautilus_trader.model.enums import CurrencyType, OrderSide, OrderType, TimeInForce
from nautilus_trader.model.objects import Currency, Money, Price, Quantity

from hedgewire.nautilus.rows import Kind

FIXED_PRECISION: int = nautilus_pyo3.FIXED_PRECISION
"""Decimals of a raw integer: 16 where the wheel is built with high precision, else 9 (NautilusTrader reference 1.6)."""

LIMIT_RAW = 17_000_000_000 * 10**FIXED_PRECISION if FIXED_PRECISION < 16 else 17_000_000_000_000 * 10**FIXED_PRECISION
"""Just inside what NautilusTrader can hold. Beyond it `from_raw` aborts the whole process, so it is refused before."""

X18 = 18
ONE_X18 = 10**X18
CURRENCY_PRECISION = 8


def currency(code: str) -> Currency:
    """A currency of the venue, registered with 8 decimals if NautilusTrader does not know it (USDT0 is not)."""
    known = Currency.from_str(code, strict=True)
    if known is not None:
        return known
    made = Currency(code, CURRENCY_PRECISION, 0, code, CurrencyType.CRYPTO)
    Currency.register(made, overwrite=False)
    return made


RAW_UNITS = tuple(10 ** (FIXED_PRECISION - precision) for precision in range(FIXED_PRECISION + 1))
"""By precision: what a mantissa of it is multiplied with."""
LARGEST = tuple(LIMIT_RAW // unit for unit in RAW_UNITS)
"""By precision: the largest mantissa that NautilusTrader can hold."""


def price_raw(mantissa: int, precision: int) -> int:
    """A market row's price as NautilusTrader's raw integer. Raises ``ValueError`` beyond what it can hold."""
    return _checked(mantissa * RAW_UNITS[precision], mantissa)


def quantity_raw(mantissa: int, precision: int) -> int:
    """A market row's size as a raw integer. Raises ``ValueError`` for a negative one."""
    if mantissa < 0:
        raise ValueError(f"quantity mantissa {mantissa} is negative. hint: a venue message was decoded wrongly")
    return _checked(mantissa * RAW_UNITS[precision], mantissa)


def price(mantissa: int, precision: int) -> Price:
    """A market row's price: integer mantissa at the instrument's precision."""
    return Price.from_raw(price_raw(mantissa, precision), precision)


def quantity(mantissa: int, precision: int) -> Quantity:
    """A market row's size: integer mantissa at the instrument's precision."""
    return Quantity.from_raw(quantity_raw(mantissa, precision), precision)


def _checked(raw: int, value: int) -> int:
    if not -LIMIT_RAW <= raw <= LIMIT_RAW:
        raise ValueError(f"number {value} from the venue is absurdly large. hint: the row is dropped; see the log")
    return raw


def _round_x18(value: int, precision: int) -> int:
    """``value`` (18 decimals) as an integer with ``precision`` decimals, half to even."""
    unit = 10 ** (X18 - precision)
    whole, rest = divmod(value, unit)
    if rest * 2 > unit or (rest * 2 == unit and whole % 2):
        whole += 1
    return whole


def _needed_precision(value: int, precision: int) -> int:
    """The instrument's precision, or more where the value needs it (an average price between two ticks)."""
    while precision < FIXED_PRECISION and value % 10 ** (X18 - precision):
        precision += 1
    return precision


def price_x18(value: int, precision: int) -> Price:
    """An exact price, e.g. of a fill; finer than the tick only if the venue's number is."""
    needed = _needed_precision(value, precision)
    return price(_round_x18(value, needed), needed)


def quantity_x18(value: int, precision: int) -> Quantity:
    """An exact, non-negative quantity."""
    needed = _needed_precision(value, precision)
    return quantity(_round_x18(value, needed), needed)


def money_x18(value: int, unit: Currency) -> Money:
    """An amount rounded half to even to the currency's precision."""
    return Money.from_raw(
        _checked(_round_x18(value, unit.precision) * 10 ** (FIXED_PRECISION - unit.precision), value), unit
    )


def decimal_x18(value: int) -> Decimal:
    return Decimal(value).scaleb(-X18)


def raw_to_x18(raw: int) -> int:
    """A NautilusTrader raw integer with 18 decimals."""
    return raw * 10 ** (X18 - FIXED_PRECISION)


def decimal_to_x18(value: Decimal) -> int:
    """Exact. Raises ``ValueError`` for more than 18 decimals: silently rounding money is not ours to do."""
    scaled = value.scaleb(X18)
    whole = int(scaled)
    if whole != scaled:
        raise ValueError(f"{value} has more than {X18} decimals. hint: round it to the instrument's increment")
    return whole


def order_side(row_side: int) -> OrderSide:
    return OrderSide.BUY if row_side > 0 else OrderSide.SELL


def order_terms(kind: Kind, expires_s: int | None) -> tuple[OrderType, TimeInForce, bool]:
    """Type, time in force and post-only of an order as the venue holds it."""
    if kind is Kind.IOC:
        return OrderType.LIMIT, TimeInForce.IOC, False
    if kind is Kind.FOK:
        return OrderType.LIMIT, TimeInForce.FOK, False
    return OrderType.LIMIT, TimeInForce.GTD if expires_s else TimeInForce.GTC, kind is Kind.POST_ONLY


__all__ = [
    "FIXED_PRECISION",
    "LARGEST",
    "RAW_UNITS",
    "currency",
    "decimal_to_x18",
    "decimal_x18",
    "money_x18",
    "order_side",
    "order_terms",
    "price",
    "price_raw",
    "price_x18",
    "quantity",
    "quantity_raw",
    "quantity_x18",
    "raw_to_x18",
]
