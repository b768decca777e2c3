"""Format checks of private keys, before anything is signed. Pure: no input or output, and no message shows a key."""

from __future__ import annotations

from typing import Final

from hedgewire.errors import CredentialError

CURVE_ORDER: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
"""Order n of secp256k1 (SEC 2, section 2.4.1); a private key is an integer in [1, n - 1]."""

STARK_ORDER: Final = 0x800000000000010FFFFFFFFFFFFFFFFB781126DCAE7B2321E66A241ADC64D2F
"""Order of the STARK curve (Paradex reference 3.5); an L2 key is an integer below it."""

_KEY_HEX_DIGITS: Final = 64
_ADDRESS_HEX_DIGITS: Final = 40
_HEX_DIGITS: Final = frozenset("0123456789abcdefABCDEF")
_EXPECTED: Final = "a private key is 0x followed by 64 hexadecimal digits"


def normalise_private_key(text: str | None, source: str) -> str:
    """Return the key as ``0x`` plus 64 lower-case hexadecimal digits.

    ``source`` names where the text came from (for example ``NADO_PRIVATE_KEY``) and stands in every error.
    Raises ``CredentialError`` for anything that cannot be a secp256k1 key; the text itself is never echoed.
    """
    stripped = _present(text, source, _EXPECTED)
    digits = _digits_of(stripped)
    _check_digits(digits, source)
    number = int(digits, 16)
    if number == 0:
        raise CredentialError(
            "the private key is zero", source=source, hint="zero signs for nobody; export the key again"
        )
    if number >= CURVE_ORDER:
        raise CredentialError(
            "the private key is not below the order of secp256k1",
            source=source,
            hint="no wallet can produce this key; check that it was copied whole",
        )
    return "0x" + digits.lower()


def normalise_paradex_key(text: str | None, source: str) -> str:
    """The key as it was given: an L2 key has up to 63 digits, an L1 key 64, and the core tells which is wanted.

    Raises ``CredentialError`` for what is neither; the text itself is never echoed.
    """
    expected = "a Paradex key is 0x followed by up to 63 hexadecimal digits, an Ethereum (L1) key by 64"
    key = _present(text, source, expected)
    digits = _digits_of(key)
    problem = ""
    if not digits or not set(digits) <= _HEX_DIGITS or len(digits) > _KEY_HEX_DIGITS:
        problem = "the private key is not hexadecimal of that length"
    elif len(digits) == _ADDRESS_HEX_DIGITS:
        problem = "this is an address (40 hexadecimal digits), not a private key"
    elif int(digits, 16) == 0:
        problem = "the private key is zero"
    if problem:
        raise CredentialError(problem, source=source, hint=expected)
    return key


def normalise_l2_key(text: str | None, source: str) -> str:
    """A Paradex account's own key or a subkey, as it was given. Raises ``CredentialError``; no text is ever echoed."""
    key = normalise_paradex_key(text, source)
    if int(key, 16) >= STARK_ORDER:
        raise CredentialError(
            "the private key is not below the order of the STARK curve",
            source=source,
            hint='this is most likely the Ethereum (L1) key: set key="l1", and the L2 key is derived from it',
        )
    return key


def normalise_l1_key(text: str | None, source: str) -> str:
    """The Ethereum key of a Paradex account. Raises ``CredentialError``; the text is never echoed."""
    key = normalise_paradex_key(text, source)
    digits = len(_digits_of(key))
    if digits < _KEY_HEX_DIGITS:
        raise CredentialError(
            f"the L1 key has {digits} hexadecimal digits, not {_KEY_HEX_DIGITS}",
            source=source,
            hint='this is most likely the L2 (Paradex) key: set key="l2", or "subkey"',
        )
    return normalise_private_key(key, source)


def _present(text: str | None, source: str, expected: str) -> str:
    if text is None or not text.strip():
        raise CredentialError("no private key", source=source, hint=f"set {source}; {expected}")
    return text.strip()


def _digits_of(key: str) -> str:
    return key[2:] if key[:2] in ("0x", "0X") else key


def _check_digits(digits: str, source: str) -> None:
    """Refuse a wrong length or alphabet, and name the common mistake: an address in place of the key."""
    if not set(digits) <= _HEX_DIGITS:
        raise CredentialError("the private key has characters that are not hexadecimal", source=source, hint=_EXPECTED)
    if len(digits) == _ADDRESS_HEX_DIGITS:
        raise CredentialError(
            "this is an address (40 hexadecimal digits), not a private key",
            source=source,
            hint=f"{_EXPECTED}; the address is derived from it",
        )
    if len(digits) != _KEY_HEX_DIGITS:
        raise CredentialError(
            f"the private key has {len(digits)} hexadecimal digits, not {_KEY_HEX_DIGITS}",
            source=source,
            hint=_EXPECTED,
        )
