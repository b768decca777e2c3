"""The catalogue is complete: every row of both fault lists has an entry, and page and command show all of them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from hedgewire.simulator.arming import parse_fault
from hedgewire.simulator.fault_checks import FaultError, Vocabulary
from hedgewire.simulator.faults import ALONE, BENCH, CATALOGUE, NADO, Place

PAGE = Path(__file__).parents[2] / "docs/src/local-venue.md"
ROWS = {
    *(f"F{row:02}" for row in (*range(1, 10), *range(10, 18), *range(20, 28), *range(30, 33))),
    *(f"F{row}" for row in (*range(40, 45), *range(50, 55))),
    NADO,
}
"""Style reference 6.4 (its numbers have gaps) and Nado reference 11.4."""
ALL = {**CATALOGUE, **BENCH}


def test_every_row_of_the_fault_lists_is_played_and_no_other_is_named() -> None:
    assert {row for kind in ALL.values() for row in kind.covers} == ROWS


def test_faults_bite_in_every_place() -> None:
    assert {kind.place for kind in ALL.values()} == set(Place)


def test_a_fault_of_the_bench_is_refused_by_a_venue_and_says_why() -> None:
    with pytest.raises(FaultError, match="none that a venue can play; hint: a test bench"):
        parse_fault({"name": "dns_failure"}, Vocabulary((), (), ()))


def test_the_page_lists_every_fault_with_its_parameters() -> None:
    page = PAGE.read_text()
    for kind in CATALOGUE.values():
        own = ", ".join(f"`{parameter}`" for parameter in kind.parameters)
        assert f"| `{kind.name}` | {kind.text} | {own} | {' '.join(kind.covers)} |" in page
    for kind in BENCH.values():
        assert f"| `{kind.name}` | {kind.place.value} | {kind.text} | {' '.join(kind.covers)} |" in page


def test_the_page_lists_what_only_one_venue_plays() -> None:
    page = PAGE.read_text()
    for kind in (kind for kinds in ALONE.values() for kind in kinds.values()):
        own = ", ".join(f"`{parameter}`" for parameter in kind.parameters)
        assert f"| `{kind.name}` | {kind.text} | {own} |" in page


def command(venue: str, *options: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "hedgewire.cli", "sim", venue, *options],
        capture_output=True, text=True, timeout=30, check=True,
    )  # fmt: skip
    return done.stdout


@pytest.mark.parametrize("venue", ALONE)
def test_the_command_lists_the_catalogue_for_scripts_and_for_people(venue: str) -> None:
    kinds = ALL | ALONE[venue]
    listed = json.loads(command(venue, "--list-faults", "--json"))
    assert listed == {name: kind.to_json() for name, kind in kinds.items()}
    readable = command(venue, "--list-faults")
    for kind in kinds.values():
        assert f"  {kind.name} " in readable
        assert kind.text in readable
