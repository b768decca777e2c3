"""What the parameters of a fault may be, and the refusal of what they may not."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

MAX_MS = 86_400_000
FAMILIES = ("execute", "query", "connect")
_AMOUNT = re.compile(r"-?\d{1,12}(\.\d{1,18})?")


class FaultError(ValueError):
    """A fault that cannot be armed; the text ends with a hint."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The names that a venue knows, so that a misspelt one is refused rather than never met."""

    requests: Collection[str]
    streams: Collection[str]
    product_ids: Collection[int]
    alone: Mapping[str, Any] = field(default_factory=dict)
    """Kinds of faults that only this venue plays, beside the catalogue's."""


Check = Callable[[str, object, Vocabulary], object]


def unknown(what: str, given: object, known: Iterable[str]) -> FaultError:
    """The refusal of a name, with the nearest known one."""
    names = sorted(known)
    near = difflib.get_close_matches(str(given), names, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"one of {', '.join(names)}"
    return FaultError(f"unknown {what} {given!r}; hint: {hint}")


def integer(low: int, high: int) -> Check:
    def check(name: str, value: object, vocabulary: Vocabulary) -> object:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise FaultError(f"{name}={value!r} is no integer of {low} to {high}; hint: write a plain number")
        return value

    return check


def one_of(*allowed: str) -> Check:
    def check(name: str, value: object, vocabulary: Vocabulary) -> object:
        if value not in allowed:
            raise unknown(name, value, allowed)
        return value

    return check


def text(name: str, value: object, vocabulary: Vocabulary) -> object:
    if not isinstance(value, str):
        raise FaultError(f"{name}={value!r} is no text; hint: put it in quotes")
    return value


def amount(name: str, value: object, vocabulary: Vocabulary) -> object:
    """A signed decimal as text: a number could have lost digits on its way."""
    if not isinstance(value, str) or not _AMOUNT.fullmatch(value):
        raise FaultError(f'{name}={value!r} is no decimal text; hint: "-0.5" sells a half')
    return value


def request(name: str, value: object, vocabulary: Vocabulary) -> object:
    if value not in vocabulary.requests and value not in (*FAMILIES, "all"):
        raise unknown("request", value, (*vocabulary.requests, *FAMILIES, "all"))
    return value


def stream(name: str, value: object, vocabulary: Vocabulary) -> object:
    if value not in vocabulary.streams and value != "all":
        raise unknown("stream", value, (*vocabulary.streams, "all"))
    return value


def product_id(name: str, value: object, vocabulary: Vocabulary) -> object:
    if isinstance(value, bool) or value not in vocabulary.product_ids:
        listed = ", ".join(str(listed_id) for listed_id in sorted(vocabulary.product_ids))
        raise FaultError(f"product_id={value!r} has no market; hint: one of {listed}")
    return value
