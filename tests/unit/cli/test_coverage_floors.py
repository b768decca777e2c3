"""The judge of coverage: each floor can be met and missed, and no data is no success."""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).parents[3] / "tools" / "coverage_floors.py"
FLOORS = runpy.run_path(str(SCRIPT))
AREAS: dict[str, int] = FLOORS["FLOORS_PERCENT"]


def measured(**covered: int) -> list[Any]:
    """One file of 100 lines in each area, covered to its floor unless told otherwise."""
    return [
        FLOORS["Measured"](f"{area}file", 100, covered.get(area.rstrip("/").replace("/", "_"), floor))
        for area, floor in AREAS.items()
    ]


@pytest.mark.proves("R003-081", "R003-021", "R000-49")
def test_the_floors_are_those_that_were_asked_for() -> None:
    assert AREAS == {
        "rust/core/src/": 90,
        "rust/net/src/": 90,
        "python/hedgewire/nautilus/": 90,
        "python/hedgewire/": 85,
    }


def test_every_area_at_its_floor_is_enough() -> None:
    assert FLOORS["judge"](measured()) == 0


def test_one_line_less_is_not_and_its_file_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert FLOORS["judge"](measured(rust_net_src=89)) == 1
    printed = capsys.readouterr().out
    assert "fail  rust/net/src/" in printed
    assert "11 of   100 lines not reached  rust/net/src/file" in printed
    assert "rust/core/src/file" not in printed


def test_an_area_without_data_is_an_error_and_the_others_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert FLOORS["judge"](measured()[:-1][1:]) == 2
    told = capsys.readouterr()
    assert "no coverage data for rust/core/src/" in told.err
    assert "ok    rust/net/src/" in told.out


def test_both_reports_are_read_by_path(tmp_path: Path) -> None:
    root = SCRIPT.parents[1]
    rust = tmp_path / "rust.json"
    entry = {"path": [*root.parts, "rust", "net", "src", "queue.rs"], "coverable": 4, "covered": 3}
    stranger = {"path": ["/", "elsewhere", "lib.rs"], "coverable": 9, "covered": 9}
    rust.write_text(json.dumps({"files": [entry, stranger]}))
    assert [tuple(file) for file in FLOORS["rust"](rust)] == [("rust/net/src/queue.rs", 4, 3)]
    python = tmp_path / "python.json"
    summary = {"num_statements": 8, "covered_lines": 7}
    python.write_text(json.dumps({"files": {"python/hedgewire/keys.py": {"summary": summary}}}))
    assert [tuple(file) for file in FLOORS["python"](python)] == [("python/hedgewire/keys.py", 8, 7)]
