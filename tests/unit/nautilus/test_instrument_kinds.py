"""Every kind of instrument that a venue lists, and what its fees are paid in (Paradex reference 8.1, 8.4)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from fake_core import X18
from nautilus_trader.model.enums import OptionKind
from nautilus_trader.model.identifiers import Venue
from nautilus_trader.model.instruments import CryptoFuture, CryptoOption, CryptoPerpetual, CurrencyPair

from hedgewire.nautilus.rows import RowKind
from hedgewire.nautilus.v1.providers import Traded, instrument_of
from hedgewire.nautilus.v1.reports import commission

PLACE = Venue("PARADEX")
OPENS_NS, EXPIRES_NS = 1_771_000_000 * 10**9, 1_772_006_400 * 10**9
Terms = tuple[str, int, int, int | None]


def row(kind: str, terms: Terms | None = None) -> tuple[Any, ...]:
    return (
        RowKind.INSTRUMENT, 9, "BTC-USD-25FEB26-70000-C", kind, "BTC", "USD", 1, 5, X18 // 10, X18 // 10**5, 10 * X18,
        0, 0, 0, 0, "live", False, terms,
    )  # fmt: skip


def made(kind: str, terms: Terms | None = None, settlement: str | None = "USDC") -> Traded:
    traded = instrument_of(row(kind, terms), PLACE, settlement)
    assert traded is not None
    return traded


def test_a_venue_may_settle_in_another_currency_than_it_quotes() -> None:
    perpetual = made("perpetual")
    assert isinstance(perpetual.instrument, CryptoPerpetual)
    assert (perpetual.instrument.quote_currency.code, perpetual.settlement.code) == ("USD", "USDC")
    assert perpetual.instrument.settlement_currency == perpetual.settlement
    assert made("perpetual", settlement=None).settlement.code == "USD"


def test_an_option_has_its_strike_and_its_end() -> None:
    option = made("option", ("call", 70_000 * X18, OPENS_NS, EXPIRES_NS)).instrument
    assert isinstance(option, CryptoOption)
    assert (option.option_kind, option.strike_price.as_decimal()) == (OptionKind.CALL, Decimal(70_000))
    assert (option.activation_ns, option.expiration_ns) == (OPENS_NS, EXPIRES_NS)
    assert (option.underlying.code, option.settlement_currency.code) == ("BTC", "USDC")


def test_a_future_and_a_spot_market() -> None:
    assert isinstance(made("future", ("", 0, OPENS_NS, EXPIRES_NS)).instrument, CryptoFuture)
    assert isinstance(made("spot").instrument, CurrencyPair)


@pytest.mark.parametrize(
    ("kind", "terms"), [("option", ("put", 70_000 * X18, OPENS_NS, None)), ("other", None)], ids=["endless", "other"]
)
def test_what_nautilus_has_no_type_for_is_none(kind: str, terms: Terms | None) -> None:
    assert instrument_of(row(kind, terms), PLACE, "USDC") is None


@pytest.mark.parametrize(("named", "paid"), [((), "USDC"), (("",), "USDC"), (("DIME",), "DIME")], ids=str)
def test_a_fee_is_in_the_currency_that_the_fill_names(named: tuple[str, ...], paid: str) -> None:
    fill = (RowKind.FILL, 9, "hw-1", 1, "t", 1, X18, 30 * X18, X18 // 2, True, 1, 2, *named)
    fee = commission(fill, made("perpetual"))
    assert (fee.currency.code, fee.as_decimal()) == (paid, Decimal("0.5"))
