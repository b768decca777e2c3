"""The catalogue of faults for reading: JSON for scripts, lines for people."""

from __future__ import annotations

import json

from hedgewire.simulator.faults import ALONE, BENCH, CATALOGUE, Place

NAME_WIDTH = 20


def as_json(venue: str) -> str:
    return json.dumps({name: kind.to_json() for name, kind in {**CATALOGUE, **ALONE[venue], **BENCH}.items()})


def as_text(venue: str) -> str:
    """By place; each fault with when it bites, what it does, its own parameters and the rows it plays."""
    lines = []
    for place in Place:
        lines.append(place.value)
        for kind in (*CATALOGUE.values(), *ALONE[venue].values(), *BENCH.values()):
            if kind.place is place:
                own = f"  [{', '.join(kind.parameters)}]" if kind.parameters else ""
                played = f"  ({' '.join(kind.covers)})" if kind.covers else ""
                lines.append(f"  {kind.name:<{NAME_WIDTH}} {kind.bites.value}: {kind.text}{own}{played}")
    return "\n".join(lines)
