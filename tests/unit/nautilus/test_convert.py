"""Integers to NautilusTrader values and back, exactly."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nautilus_trader.model.identifiers import ClientOrderId
from nautilus_trader.model.objects import Price, Quantity

from hedgewire.errors import CredentialError
from hedgewire.nautilus import secrets
from hedgewire.nautilus.ids import OrderIds, number_of
from hedgewire.nautilus.secrets import SecretRef
from hedgewire.nautilus.v1 import convert

KEY = "0x" + "ab" * 32


@given(st.integers(1, 10**9), st.integers(0, 9))
def test_a_mantissa_is_the_price_it_spells(mantissa: int, precision: int) -> None:
    assert convert.price(mantissa, precision) == Price.from_str(f"{Decimal(mantissa).scaleb(-precision):f}")
    assert convert.quantity(mantissa, precision) == Quantity.from_str(f"{Decimal(mantissa).scaleb(-precision):f}")


@given(st.integers(0, 10**12), st.integers(0, 9))
def test_x18_survives_the_way_through_a_raw_integer(mantissa: int, precision: int) -> None:
    value = mantissa * 10 ** (18 - precision)
    assert convert.raw_to_x18(convert.quantity_x18(value, precision).raw) == value


def test_a_price_between_two_ticks_keeps_its_decimals() -> None:
    assert str(convert.price_x18(3000_123 * 10**15, 1)) == "3000.123"


@pytest.mark.parametrize(("x18", "text"), [(5 * 10**9, "0"), (15 * 10**9, "0.00000002"), (-(10**18), "-1")])
def test_money_rounds_half_to_even(x18: int, text: str) -> None:
    assert convert.money_x18(x18, convert.currency("USDT0")).as_decimal() == Decimal(text)


@pytest.mark.parametrize("make", [convert.price, convert.quantity])
def test_an_absurd_number_is_an_error_and_does_not_abort_the_process(make: Any) -> None:
    with pytest.raises(ValueError, match="absurdly large"):
        make(10**30, 2)


def test_usdt0_is_registered() -> None:
    assert convert.currency("USDT0").precision == 8
    assert convert.currency("USDT0") == convert.currency("USDT0")


def test_more_than_18_decimals_are_refused() -> None:
    with pytest.raises(ValueError, match="18 decimals"):
        convert.decimal_to_x18(Decimal("1e-19"))


@given(st.text(alphabet="abcXYZ0123456789-", min_size=1, max_size=36))
def test_numbers_are_stable_and_fit_the_wire(text: str) -> None:
    number = number_of(ClientOrderId(text))
    assert 0 < number < 2**62
    assert number == number_of(ClientOrderId(text))
    assert number != number_of(ClientOrderId(text), revision=1)


def test_a_replacement_finds_the_same_order_and_an_empty_venue_id_finds_none() -> None:
    ids, order = OrderIds(), ClientOrderId("O-1")
    first, second = ids.assign(order), ids.next_revision(order)
    ids.bind(order, "")
    assert ids.find(first, "") == order
    assert ids.find(second, "") == order
    assert ids.find(0, "") is None
    assert ids.venue_id(order) is None


def test_a_key_in_place_of_a_reference_is_refused_and_never_shown() -> None:
    for text in (KEY, KEY[2:], "0x" + "ab" * 20):
        with pytest.raises(CredentialError) as caught:
            SecretRef(text)
        assert text not in caught.value.render()


def test_references_reveal_keys_and_their_repr_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_KEY", KEY)
    for reference in ("SOME_KEY", "env:SOME_KEY", secrets.hold(KEY)):
        ref = SecretRef(reference)
        assert ref.reveal() == KEY
        assert "abab" not in repr(ref)
    monkeypatch.delenv("SOME_KEY")
    with pytest.raises(CredentialError, match="SOME_KEY"):
        SecretRef("SOME_KEY").reveal()
