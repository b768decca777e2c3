"""Faults to arm: read from control calls and files, checked against the catalogue and a venue's words."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from hedgewire.simulator.fault_checks import MAX_MS, FaultError, Vocabulary, integer, unknown
from hedgewire.simulator.faults import BENCH, CATALOGUE, Bites, FaultKind


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
    kinds = {**CATALOGUE, **vocabulary.alone}
    if not isinstance(name, str) or name not in kinds:
        if name in BENCH:
            raise FaultError(f"fault {name} is none that a venue can play; hint: a test bench has to, outside of it")
        raise unknown("fault", name, kinds)
    kind = kinds[name]
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
            integer(low, MAX_MS)(key, value, vocabulary)
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
