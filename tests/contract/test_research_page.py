"""The programs of the pages in docs/src/research run as they stand there, in their order, on a local venue."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path
from typing import Any

import pytest

from hedgewire.simulator.server import LocalVenue

RESEARCH = Path(__file__).parents[2] / "docs" / "src" / "research"
PAGES = {"nado": RESEARCH / "nado-websocket.md", "paradex": RESEARCH / "paradex.md"}
PROGRAM = re.compile(r"```python\n(.*?)```", re.DOTALL)
SECTIONS = {
    "nado": [
        "Endpoints",
        "Authentication",
        "Subscribing",
        "Order updates and fills",
        "Keeping the connection",
        "Orders, products and the venue's own SDK",
        "Recommendation",
    ],
    "paradex": [
        "Endpoints",
        "Authentication",
        "JSON-RPC",
        "SBE",
        "Orders",
        "Keeping the connection",
        "Recommendation",
    ],
}
PROGRAMS = {"nado": 8, "paradex": 8}
OUTLINED = {
    "nado": pytest.mark.proves("R003-032", "R003-040", "R003-045", "R003-047"),
    "paradex": pytest.mark.proves("R001-06"),
}
ANSWERED = {
    "nado": pytest.mark.proves(
        "R003-034", "R003-035", "R003-036", "R003-037", "R003-038", "R003-041", "R003-043", "R003-044", "R003-046"
    ),
    "paradex": pytest.mark.proves("R001-03", "R001-04", "R001-07", "R001-08"),
}


@pytest.mark.parametrize("venue_name", [pytest.param(name, marks=mark) for name, mark in OUTLINED.items()])
def test_it_has_its_sections(venue_name: str) -> None:
    found = re.findall(r"^## (\d)\. (.+)$", PAGES[venue_name].read_text(encoding="utf-8"), re.MULTILINE)
    assert found == [(str(number), title) for number, title in enumerate(SECTIONS[venue_name], 1)]


@pytest.mark.parametrize("venue_name", [pytest.param(name, marks=mark) for name, mark in ANSWERED.items()])
async def test_its_programs_run(venue_name: str) -> None:
    page = PAGES[venue_name]
    text = page.read_text(encoding="utf-8")
    programs = list(PROGRAM.finditer(text))
    assert len(programs) == PROGRAMS[venue_name]
    async with LocalVenue(venue_name, seed=7) as venue:
        names: dict[str, Any] = dict(venue.descriptor)
        for program in programs:
            # Blank lines in front, so that a failure names the line of the page.
            source = "\n" * text[: program.start(1)].count("\n") + program[1]
            code = compile(source, str(page), "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
            running = eval(code, names)
            if inspect.iscoroutine(running):
                await running
