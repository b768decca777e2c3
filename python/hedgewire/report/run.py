"""A run read back: samples, fills, cycles, summary. Numbers stay exact until they are drawn."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from hedgewire.errors import ConfigError
from hedgewire.journal import FillRecord, Journal

PHASES = {
    "BUILD_PLACING": "build", "BUILD_WORKING": "build", "BUILD_COMPLETING": "build", "BUILD_VERIFY": "build",
    "HOLDING": "hold",
    "UNWIND_WORKING": "unwind", "UNWIND_COMPLETING": "unwind", "UNWIND_VERIFY": "unwind",
    "RESUMING": "trouble", "RECONCILING": "trouble", "EMERGENCY": "trouble", "HALTED_DIRTY": "trouble",
}  # fmt: skip
"""The machine's states as what a person calls them; all others are waiting."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One sample. ``at_s``: seconds since the first one."""

    at_s: float
    cycle: int
    state: str
    mids: tuple[Decimal, Decimal]
    positions: tuple[Decimal, Decimal]
    net_pnl_usd: Decimal
    volume_usd: Decimal

    @property
    def phase(self) -> str:
        return PHASES.get(self.state, "")

    @property
    def values_usd(self) -> tuple[Decimal, Decimal]:
        return self.positions[0] * self.mids[0], self.positions[1] * self.mids[1]


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of one phase, in seconds since the start."""

    phase: str
    cycle: int
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Run:
    directory: Path
    start_ns: int
    moments: list[Moment]
    spans: list[Span]
    fills: list[tuple[float, FillRecord]]
    cycles: list[dict[str, str]]
    notes: list[str]
    summary: dict[str, Any]
    legs: tuple[str, str]


def load(directory: Path) -> Run:
    """Raises ``ConfigError`` when the directory holds no finished run."""
    for name in ("journal.sqlite", "samples.csv", "summary.json"):
        if not (directory / name).is_file():
            raise ConfigError(
                "not the directory of a finished run", f"{name} is missing", str(directory), "name the one it printed"
            )
    with (directory / "samples.csv").open(encoding="utf-8", newline="") as file:
        # A process that was killed, or a full disk, leaves half a line at the end.
        rows = list(csv.DictReader(line for line in file if line.endswith("\n")))
    summary = json.loads((directory / "summary.json").read_text(encoding="utf-8"))
    with Journal(directory / "journal.sqlite", readonly=True) as journal:
        fills, cycles, notes, intents = journal.fills(), journal.cycles(), journal.notes(), journal.intents()
    start_ns = int(rows[0]["ts_ns"]) if rows else (fills[0].ts_ns if fills else 0)
    moments = [_moment(row, start_ns) for row in rows]
    names = dict(sorted({(intent.leg, intent.instrument) for intent in intents}))
    return Run(
        directory=directory,
        start_ns=start_ns,
        moments=moments,
        spans=_spans([(text, ts_ns) for _, text, ts_ns in notes], start_ns, moments),
        fills=[((fill.ts_ns - start_ns) / 1e9, fill) for fill in fills],
        cycles=cycles,
        notes=[text for _, text, _ in notes],
        summary=summary,
        legs=(names.get(0, "leg 0"), names.get(1, "leg 1")),
    )


def _moment(row: dict[str, str], start_ns: int) -> Moment:
    mids = tuple((Decimal(row[f"bid_{leg}"]) + Decimal(row[f"ask_{leg}"])) / 2 for leg in (0, 1))
    return Moment(
        at_s=(int(row["ts_ns"]) - start_ns) / 1e9,
        cycle=int(row["cycle"]),
        state=row["state"],
        mids=(mids[0], mids[1]),
        positions=(Decimal(row["position_0"]), Decimal(row["position_1"])),
        net_pnl_usd=Decimal(row["net_pnl_usd"]),
        volume_usd=Decimal(row["volume_usd"]),
    )


def _spans(notes: list[tuple[str, int]], start_ns: int, moments: list[Moment]) -> list[Span]:
    """Phases from the state changes in the journal: exact, where samples would round to their interval."""
    changes = [
        ((ts_ns - start_ns) / 1e9, text.removeprefix("state: ")) for text, ts_ns in notes if text[:7] == "state: "
    ]
    last_s = moments[-1].at_s if moments else (changes[-1][0] if changes else 0.0)
    spans: list[Span] = []
    cycle = 0
    for index, (at_s, state) in enumerate(changes):
        cycle += state in ("PREFLIGHT", "RESUMING")
        end_s = changes[index + 1][0] if index + 1 < len(changes) else last_s
        phase = PHASES.get(state, "")
        if not phase:
            continue
        if spans and spans[-1].phase == phase and spans[-1].cycle == cycle and abs(spans[-1].end_s - at_s) < 1e-6:
            spans[-1] = Span(phase, cycle, spans[-1].start_s, end_s)
        else:
            spans.append(Span(phase, cycle, at_s, end_s))
    return spans
