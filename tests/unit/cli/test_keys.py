"""Format checks of private keys: pair reference V15, requirement X2."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hedgewire.errors import CredentialError
from hedgewire.keys import CURVE_ORDER, normalise_private_key

SOURCE = "NADO_PRIVATE_KEY"
KEY = "0x" + "1f" * 32


@pytest.mark.proves("R003-4.0.1")
def test_prefixed_64_digits_are_accepted() -> None:
    assert normalise_private_key(KEY, SOURCE) == KEY


@pytest.mark.proves("R003-4.0.1")
@pytest.mark.parametrize("text", [KEY[2:], KEY[2:].upper(), "0X" + KEY[2:], f"  {KEY}\n"])
def test_other_spellings_of_a_key_are_normalised(text: str) -> None:
    assert normalise_private_key(text, SOURCE) == KEY


@pytest.mark.proves("R003-4.0.1")
@pytest.mark.parametrize("text", ["0x" + "ab" * 20, "ab" * 20])
def test_an_address_is_refused_and_called_an_address(text: str) -> None:
    with pytest.raises(CredentialError, match="this is an address") as caught:
        normalise_private_key(text, SOURCE)
    assert "64 hexadecimal digits" in (caught.value.hint or "")


@pytest.mark.proves("R003-4.0.1")
@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "no private key"),
        ("", "no private key"),
        ("  ", "no private key"),
        ("0x", "0 hexadecimal digits"),
        ("0x" + "0" * 64, "zero"),
        (hex(CURVE_ORDER), "order of secp256k1"),
        ("0x" + "f" * 64, "order of secp256k1"),
        (KEY + "0", "65 hexadecimal digits"),
        (KEY[:-1], "63 hexadecimal digits"),
        ("0x" + "zz" * 32, "not hexadecimal"),
        ("0x" + "１" * 64, "not hexadecimal"),
        ("0x" + "1_" * 32, "not hexadecimal"),
    ],
)
def test_what_cannot_be_a_key_is_refused(text: str | None, message: str) -> None:
    with pytest.raises(CredentialError, match=message) as caught:
        normalise_private_key(text, SOURCE)
    assert caught.value.source == SOURCE
    assert caught.value.hint


def test_the_greatest_and_the_least_key_are_accepted() -> None:
    assert int(normalise_private_key(hex(CURVE_ORDER - 1), SOURCE), 16) == CURVE_ORDER - 1
    assert int(normalise_private_key("0x" + "1".zfill(64), SOURCE), 16) == 1


@given(st.text(alphabet="0123456789abcdefABCDEFxz", min_size=30, max_size=80))
def test_no_message_ever_shows_the_text(text: str) -> None:
    said = ""
    try:
        normalise_private_key(text, SOURCE)
    except CredentialError as error:
        said = error.render() + repr(error)
    assert text not in said
