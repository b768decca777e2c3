"""The programs of docs/src/research/nado-websocket.md run as they stand there, in their order, on a local Nado."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path
from typing import Any

import pytest

from hedgewire.simulator.server import LocalVenue

PAGE = Path(__file__).parents[2] / "docs" / "src" / "research" / "nado-websocket.md"
TEXT = PAGE.read_text(encoding="utf-8")
PROGRAM = re.compile(r"```python\n(.*?)```", re.DOTALL)
ANSWERED = pytest.mark.proves(
    "R003-034", "R003-035", "R003-036", "R003-037", "R003-038", "R003-041", "R003-043", "R003-044", "R003-046"
)


@pytest.mark.proves("R003-032", "R003-040", "R003-045", "R003-047")
def test_it_has_its_seven_sections() -> None:
    assert re.findall(r"^## (\d)\. (.+)$", TEXT, re.MULTILINE) == [
        ("1", "Endpoints"),
        ("2", "Authentication"),
        ("3", "Subscribing"),
        ("4", "Order updates and fills"),
        ("5", "Keeping the connection"),
        ("6", "Orders, products and the venue's own SDK"),
        ("7", "Recommendation"),
    ]


@ANSWERED
async def test_its_programs_run(venue: LocalVenue) -> None:
    names: dict[str, Any] = dict(venue.descriptor)
    programs = list(PROGRAM.finditer(TEXT))
    assert len(programs) == 8
    for program in programs:
        # Blank lines in front, so that a failure names the line of the page.
        source = "\n" * TEXT[: program.start(1)].count("\n") + program[1]
        code = compile(source, str(PAGE), "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        running = eval(code, names)
        if inspect.iscoroutine(running):
            await running
