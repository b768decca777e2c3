"""The catalogue of faults: what a local venue can do wrong, with which parameters, as data.

``covers`` names the schedules of the style reference, section 6.4 (F01 to F54), that a fault lets one play. What bites
outside a venue (DNS, disk, signals, the process itself) is not here.
"""

from __future__ import annotations

import difflib
import json
import tomllib
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

MAX_MS = 86_400_000
FAMILIES = ("execute", "query", "connect")
ENGINE_STATUSES = ("started", "active", "stopping", "syncing", "live_syncing", "failed")


class FaultError(ValueError):
    """A fault that cannot be armed; the text ends with a hint."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The names that a venue knows, so that a misspelt one is refused rather than never met."""

    requests: Collection[str]
    streams: Collection[str]
    product_ids: Collection[int]


Check = Callable[[str, object, Vocabulary], object]


def unknown(what: str, given: object, known: Iterable[str]) -> FaultError:
    """The refusal of a name, with the nearest known one."""
    names = sorted(known)
    near = difflib.get_close_matches(str(given), names, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"one of {', '.join(names)}"
    return FaultError(f"unknown {what} {given!r}; hint: {hint}")


def _integer(low: int, high: int) -> Check:
    def check(name: str, value: object, vocabulary: Vocabulary) -> object:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise FaultError(f"{name}={value!r} is no integer of {low} to {high}; hint: write a plain number")
        return value

    return check


def _one_of(*allowed: str) -> Check:
    def check(name: str, value: object, vocabulary: Vocabulary) -> object:
        if value not in allowed:
            raise unknown(name, value, allowed)
        return value

    return check


def _text(name: str, value: object, vocabulary: Vocabulary) -> object:
    if not isinstance(value, str):
        raise FaultError(f"{name}={value!r} is no text; hint: put it in quotes")
    return value


def _request(name: str, value: object, vocabulary: Vocabulary) -> object:
    if value not in vocabulary.requests and value not in (*FAMILIES, "all"):
        raise unknown("request", value, (*vocabulary.requests, *FAMILIES, "all"))
    return value


def _stream(name: str, value: object, vocabulary: Vocabulary) -> object:
    if value not in vocabulary.streams and value != "all":
        raise unknown("stream", value, (*vocabulary.streams, "all"))
    return value


def _product_id(name: str, value: object, vocabulary: Vocabulary) -> object:
    if isinstance(value, bool) or value not in vocabulary.product_ids:
        listed = ", ".join(str(product_id) for product_id in sorted(vocabulary.product_ids))
        raise FaultError(f"product_id={value!r} has no market; hint: one of {listed}")
    return value


class Bites(Enum):
    """When a fault does what it says."""

    ON_OCCASION = "on occasion"
    """At each matching request, event or batch; ``after``, ``count`` and ``probability`` choose which."""
    AT_ONCE = "at once"
    """Once, when it is posted or its ``start_in_ms`` has passed."""
    WHILE_ARMED = "while armed"
    """Without a break until it is removed."""


@dataclass(frozen=True, slots=True)
class FaultKind:
    """One entry of the catalogue."""

    name: str
    text: str
    parameters: Mapping[str, Check] = field(default_factory=dict)
    bites: Bites = Bites.ON_OCCASION
    covers: tuple[str, ...] = ()

    def to_json(self) -> dict[str, object]:
        covers = list(self.covers)
        return {"text": self.text, "parameters": list(self.parameters), "bites": self.bites.value, "covers": covers}


def _kind(name: str, text: str, covers: str, **parameters: Check) -> FaultKind:
    return FaultKind(name, text, parameters, Bites.ON_OCCASION, tuple(covers.split()))


def _at_once(name: str, text: str, covers: str, **parameters: Check) -> FaultKind:
    return FaultKind(name, text, parameters, Bites.AT_ONCE, tuple(covers.split()))


def _while_armed(name: str, text: str, covers: str, **parameters: Check) -> FaultKind:
    return FaultKind(name, text, parameters, Bites.WHILE_ARMED, tuple(covers.split()))


_MS = _integer(0, MAX_MS)
_HTTP_STATUS = _integer(400, 599)
_SOCKET = _one_of("actions", "subscriptions", "all")
_REQUEST: dict[str, Check] = {"request": _request, "product_id": _product_id}
_EVENT: dict[str, Check] = {"stream": _stream, "product_id": _product_id}

_KINDS = (
    # connections
    _at_once("disconnect", "break WebSocket connections now", "F02 F08", socket=_SOCKET),
    _at_once(
        "close_socket",
        "close WebSocket connections now with a closing handshake and `code` (1001)",
        "F07",
        socket=_SOCKET,
        code=_integer(1000, 4999),
    ),
    _while_armed("half_open", "sockets neither send nor answer nor close", "F02 F09", socket=_SOCKET),
    _kind("refuse_connections", "answer 503 to a request or upgrade", "F06 F07"),
    # requests
    _kind(
        "http_429",
        "answer with rate limit 1000 before matching, with Retry-After if `retry_after_s` is given",
        "F21",
        **_REQUEST,
        retry_after_s=_integer(0, 3600),
    ),
    _kind("http_403", "answer as to a blocked address before matching", "F31", **_REQUEST, reason=_text),
    _kind("http_5xx_before", "answer `status` (502) without executing", "F07 F20", **_REQUEST, status=_HTTP_STATUS),
    _kind("http_5xx_after", "execute, then answer `status` (502)", "F07 F20", **_REQUEST, status=_HTTP_STATUS),
    _kind(
        "proxy_page",
        "what stands before the venue answers `status` (502) with a page instead of JSON; 429 is its rate limit 1015",
        "F07 F21",
        **_REQUEST,
        status=_HTTP_STATUS,
    ),
    _kind("query_unavailable", "a query fails with `status` (503)", "F06", **_REQUEST, status=_HTTP_STATUS),
    _kind("swallow_request", "break the connection without executing", "F20", **_REQUEST),
    _kind("reply_lost", "execute, then break the connection instead of answering", "F20", **_REQUEST),
    _kind("late_reply", "execute at once, answer `delay_ms` (500) later", "F05 F16 F20", **_REQUEST, delay_ms=_MS),
    _kind("garbled_reply", "cut the reply in the middle: no JSON", "F14", **_REQUEST),
    # the engine
    _kind("maintenance", "an execute fails with 2068; while armed the status is `stopping`", "F15", **_REQUEST),
    _kind("engine_status", "a status query answers `status` (syncing)", "F15", status=_one_of(*ENGINE_STATUSES)),
    _while_armed(
        "clock_skew",
        "the venue's clock is off by `skew_ms`",
        "F30",
        skew_ms=_integer(-MAX_MS, MAX_MS),
    ),
    _kind("partial_batch", "the second and later orders of place_orders fail", "F23"),
    _at_once(
        "unsolicited_cancel",
        "cancel open orders now",
        "F23 F43",
        product_id=_product_id,
        digest=_text,
    ),
    # events
    _kind("silent_stream", "push no event while the socket lives", "F09", **_EVENT),
    _kind("drop_private", "lose a private event", "F16", **_EVENT),
    _kind("delay_private", "deliver a private event `delay_ms` (500) late", "F05 F16", **_EVENT, delay_ms=_MS),
    _kind("duplicate_private", "deliver a private event twice", "F10 F16", **_EVENT),
    _kind("reorder_private", "hold a private event back until the next one went out", "F10 F16", **_EVENT),
    _kind("garbled_event", "cut an event in the middle: no JSON", "F14", **_EVENT),
    _kind("unknown_event", "send an event of an unknown type before the real one", "F13", **_EVENT),
    _kind("absurd_event", "every integer of an event has sixty digits", "F13 F14", **_EVENT),
    _kind("subscribe_ack_lost", "subscribe, but lose the confirmation", "F12", stream=_stream),
    _kind("subscribe_refused", "answer a subscription with an error", "F12", stream=_stream),
    # the book
    _kind("book_gap", "lose a book_depth batch; the timestamps show it", "F10", product_id=_product_id),
    _kind("stale_snapshot", "market_liquidity answers as the question before saw it", "F11", product_id=_product_id),
)
CATALOGUE: dict[str, FaultKind] = {kind.name: kind for kind in _KINDS}


@dataclass(slots=True)
class Fault:
    """A fault to arm: a kind of the catalogue, its parameters, and on which occasions it bites."""

    kind: FaultKind
    params: dict[str, object] = field(default_factory=dict)
    after: int = 0
    count: int | None = None
    probability: float | None = None
    start_in_ms: int = 0
    fault_id: int = 0

    @property
    def name(self) -> str:
        return self.kind.name

    def number(self, key: str, default: int) -> int:
        value = self.params.get(key, default)
        assert isinstance(value, int)  # checked by parse_fault
        return value

    def text(self, key: str, default: str) -> str:
        return str(self.params.get(key, default))

    def to_json(self) -> dict[str, object]:
        return {
            "id": self.fault_id,
            "name": self.name,
            "params": self.params,
            "after": self.after,
            "count": self.count,
            "probability": self.probability,
            "start_in_ms": self.start_in_ms,
        }


def parse_fault(body: Mapping[str, object], vocabulary: Vocabulary) -> Fault:
    """A fault as control calls and files write it; parameters may stand in ``params`` or beside the name."""
    given = dict(body)
    name, nested = given.pop("name", None), given.pop("params", None)
    if not isinstance(name, str) or name not in CATALOGUE:
        raise unknown("fault", name, CATALOGUE)
    kind = CATALOGUE[name]
    if nested is not None and not isinstance(nested, Mapping):
        raise FaultError(f"params={nested!r} of fault {name} is no table; hint: write parameters beside the name")
    try:
        fault = Fault(kind, {}, *_occasions(kind, given, vocabulary))
        for key, value in {**given, **(nested or {})}.items():
            check = kind.parameters.get(key)
            if check is None:
                raise unknown("parameter", key, (*kind.parameters, *OCCASIONS[kind.bites]))
            if value is not None:
                fault.params[key] = check(key, value, vocabulary)
    except FaultError as error:
        raise FaultError(f"fault {name}: {error}") from None
    return fault


OCCASIONS = {
    Bites.ON_OCCASION: ("after", "count", "probability", "start_in_ms"),
    Bites.AT_ONCE: ("start_in_ms",),
    Bites.WHILE_ARMED: ("start_in_ms",),
}


def _occasions(
    kind: FaultKind, given: dict[str, object], vocabulary: Vocabulary
) -> tuple[int, int | None, float | None, int]:
    """``after``, ``count``, ``probability`` and ``start_in_ms``, taken out of ``given``."""
    if kind.bites is Bites.AT_ONCE and given.get("count") == 1:
        del given["count"]  # once is what it does; scripts arm every kind of fault in the same way
    taken = {key: given.pop(key, None) for key in OCCASIONS[kind.bites]}
    after, count, probability, start_in_ms = (taken.get(key) for key in OCCASIONS[Bites.ON_OCCASION])
    for key, value, low in (("after", after, 0), ("count", count, 1), ("start_in_ms", start_in_ms, 0)):
        if value is not None:
            _integer(low, MAX_MS)(key, value, vocabulary)
    if probability is not None and (
        isinstance(probability, bool) or not isinstance(probability, int | float) or not 0 < probability <= 1
    ):
        raise FaultError(f"probability={probability!r} is not above 0 and up to 1; hint: 0.25 is one occasion in four")
    chance = None if probability is None else float(probability)
    assert isinstance(after, int | None)
    assert isinstance(count, int | None)
    assert isinstance(start_in_ms, int | None)
    return after or 0, count, chance, start_in_ms or 0


def load_faults(path: Path, vocabulary: Vocabulary) -> list[Fault]:
    """Faults of a ``.toml`` file (``[[fault]]`` tables) or a ``.json`` file (a list of objects)."""
    try:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".toml":
            content: object = tomllib.loads(text)
        elif path.suffix == ".json":
            content = json.loads(text)
        else:
            raise FaultError(f"{path}: neither .toml nor .json; hint: rename the file after what it holds")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise FaultError(f"cannot read faults from {path}: {reason}; hint: check --faults") from error
    except (tomllib.TOMLDecodeError, json.JSONDecodeError) as error:
        raise FaultError(f"{path} does not parse: {error}; hint: see `[[fault]]` in the local venue's page") from error
    if isinstance(content, dict):
        extra = sorted(set(content) - {"fault"})
        if extra:
            raise FaultError(f"{path}: {unknown('table', extra[0], ('fault',))}")
        content = content.get("fault", [])
    if not isinstance(content, list) or not all(isinstance(entry, dict) for entry in content):
        raise FaultError(f"{path} holds no list of faults; hint: [[fault]] in TOML, [{{...}}] in JSON")
    faults = []
    for number, entry in enumerate(content, start=1):
        try:
            faults.append(parse_fault(entry, vocabulary))
        except FaultError as error:
            raise FaultError(f"{path}, fault {number}: {error}") from None
    return faults
