"""Where a private key is found. Configurations hold *references*; the key itself is read at the last moment.

A reference is ``env:NAME`` (or just ``NAME``): an environment variable; or ``held:<token>``: a key that this process
put aside with :func:`hold` (local venues, tests). NautilusTrader prints, hashes and publishes configurations
(reference 1.6), so nothing that is a key may ever stand in one.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from hedgewire.errors import CredentialError
from hedgewire.keys import normalise_private_key

_HELD: dict[str, str] = {}
_ENV_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_LOOKS_LIKE_A_KEY = re.compile(r"(0[xX])?[0-9a-fA-F]{40,}")


KeyCheck = Callable[[str | None, str], str]
"""Key and source to the key as the core takes it; raises ``CredentialError``, which never echoes the key."""


def hold(private_key: str) -> str:
    """Put a key aside in this process's memory and return its reference.

    What a key must look like is the venue's to say: who builds a client from the reference hears of a malformed one.
    """
    token = secrets.token_hex(8)
    _HELD[token] = private_key
    return f"held:{token}"


def forget(reference: str) -> None:
    """Drop a key put aside by :func:`hold`; an unknown reference is no error."""
    _HELD.pop(reference.removeprefix("held:"), None)


@dataclass(frozen=True, slots=True, repr=False)
class SecretRef:
    """A checked reference. Its repr names where the key is found, never the key."""

    reference: str
    check: KeyCheck = normalise_private_key

    def __post_init__(self) -> None:
        if _LOOKS_LIKE_A_KEY.fullmatch(self.reference.strip()):
            raise CredentialError(
                "a key stands where a reference to one belongs",
                "<redacted>",
                "private_key_ref",
                "write the name of an environment variable, e.g. NADO_PRIVATE_KEY, and put the key there",
            )
        scheme, _, rest = self.reference.partition(":")
        if scheme == "held" and rest:
            return
        if not _ENV_NAME.fullmatch(rest if scheme == "env" else self.reference):
            raise CredentialError(
                "not a reference to a key",
                f"{len(self.reference)} characters",
                "private_key_ref",
                "env:NAME, or just the name of an environment variable",
            )

    @property
    def source(self) -> str:
        """Where the key is found, for messages."""
        return self.reference.removeprefix("env:")

    def reveal(self) -> str:
        """The key, normalised. Raises ``CredentialError`` when it is missing or malformed; the text is never echoed."""
        if self.reference.startswith("held:"):
            key = _HELD.get(self.reference.removeprefix("held:"))
            if key is None:
                raise CredentialError("no key is held under this reference", self.reference, hint="hold() it again")
            return self.check(key, "hold()")
        return self.check(os.environ.get(self.source), self.source)

    def __repr__(self) -> str:
        return f"SecretRef({self.source})"
