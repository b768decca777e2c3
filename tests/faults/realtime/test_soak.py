"""The soak's own parts, without a node: it goes on where it stopped, sums up, and shrinks what failed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import soak
from pairs import PAIRS, schedule_of
from realtime_play import FAULTS_MS, Verdict

from hedgewire.simulator.schedule import Planned

NADO = PAIRS["nado"]


def row(seed: int, outcome: str, fired: dict[str, int], problems: list[str], pair: str = "nado") -> dict[str, Any]:
    return {"seed": seed, "pair": pair, "outcome": outcome, "fired": fired, "problems": problems}


def test_what_was_played_is_not_played_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / soak.RESULTS).write_text(json.dumps(row(2, "completed", {}, [])) + "\n")
    played: list[int] = []
    monkeypatch.setattr(soak, "spread", lambda seeds, _pair, _out, _workers: played.extend(seeds))
    monkeypatch.setattr("sys.argv", ["soak.py", "--seeds", "3", "--out", str(tmp_path)])
    assert soak.main() == 1, "1 and 3 have no result"
    assert played == [1, 3]


def test_a_problem_is_the_exit_code_and_is_said_with_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / soak.RESULTS).write_text(json.dumps(row(1, "completed", {"stall": 1}, ["a fill is missing"])) + "\n")
    monkeypatch.setattr("sys.argv", ["soak.py", "--seeds", "1", "--out", str(tmp_path)])
    assert soak.main() == 1
    said = capsys.readouterr().out
    assert "a fill is missing" in said
    assert "soak.py --seed 1 --venue nado" in said


def test_the_summary_counts_outcomes_by_fault() -> None:
    rows = [
        row(1, "completed", {"stall": 2}, []),
        row(2, "halted net_delta", {"stall": 1, "disconnect": 1}, []),
        row(3, "completed", {"disconnect": 1}, ["lost"]),
        row(4, "completed", {"expire_tokens": 1}, [], "paradex"),
    ]
    nado, paradex = soak.summary(rows).split("\n\n")
    assert [line.split() for line in paradex.splitlines()[1:]] == [["fault", "completed"], ["expire_tokens", "1"]]
    lines = nado.splitlines()
    assert lines[0] == "nado: 3 schedules: {'completed': 1, 'halted': 1, 'PROBLEM': 1}"
    assert [line.split() for line in lines[1:]] == [
        ["fault", "PROBLEM", "completed", "halted"],
        ["disconnect", "1", "0", "1"],
        ["stall", "0", "1", "1"],
    ]


async def test_shrinking_leaves_the_faults_that_are_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seed = next(seed for seed in range(1, 100) if len(schedule_of(seed, NADO, FAULTS_MS)) == 6)
    guilty = {planned.name for planned in schedule_of(seed, NADO, FAULTS_MS)[1:6:3]}

    async def play(seed: int, _run_dir: Path, *, pair: str, schedule: list[Planned]) -> Verdict:
        problems = ["lost"] if guilty <= {planned.name for planned in schedule} else []
        return Verdict(seed, pair, [planned.body() for planned in schedule], {}, "completed", {}, problems)

    monkeypatch.setattr(soak, "play_seed", play)
    smallest = await soak.shrink(seed, "nado", tmp_path)
    assert smallest is not None
    assert {planned["name"] for planned in smallest.schedule} == guilty
    guilty.add("something that does not happen")
    assert await soak.shrink(seed, "nado", tmp_path) is None


def test_a_schedule_is_the_same_for_its_seed_and_within_its_time() -> None:
    for pair in PAIRS.values():
        assert schedule_of(17, pair, FAULTS_MS) == schedule_of(17, pair, FAULTS_MS)
        drawn = [planned for seed in range(50) for planned in schedule_of(seed, pair, FAULTS_MS)]
        assert all((planned.until_ms or 0) <= FAULTS_MS for planned in drawn)
