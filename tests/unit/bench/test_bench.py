"""The benchmark's machinery, not its figures: nothing here looks at a clock."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import islice
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
sys.path.insert(0, str(ROOT))

from bench import page  # noqa: E402
from bench.cases import CASES, DESIGNS  # noqa: E402
from bench.figures import FIGURES, Figure  # noqa: E402
from bench.servers import books  # noqa: E402

SMALLEST = {
    "feed": 8,
    "feed sbe": 8,
    "feed json": 8,
    "feed snapshots": 8,
    "wake": 8,
    "place": 2,
    "place paradex": 2,
    "fills nado": 1,
    "fills paradex turns": 2,
    "book nautilus": 8,
    "decode msgspec": 8,
    "import core": 1,
}
"""One case of each program that runs without the SDK's environment and without the Rust binary, and its size."""


def figure(**more: float) -> Figure:
    return Figure("work", "us", "ours:us", "theirs:us", "a peer", **more)


def test_a_figure_is_the_median_and_its_ratio_the_median_of_the_rounds_ratios() -> None:
    samples = {"ours": [{"us": 1.0}, {"us": 9.0}, {"us": 2.0}], "theirs": [{"us": 2.0}, {"us": 3.0}, {"us": 8.0}]}
    assert figure().measured(samples) == {
        "name": "work",
        "value": 2.0,
        "unit": "us",
        "peer": "a peer",
        "peer_value": 3.0,
        "ratio": 0.5,
    }


@pytest.mark.parametrize(
    ("goal", "value", "ratio", "met"),
    [
        ({"ratio_max": 0.5}, 1.0, 0.5, True),
        ({"ratio_max": 0.5}, 1.0, 0.51, False),
        ({"ratio_min": 3.0}, 1.0, 2.9, False),
        ({"value_max": 15.0}, 15.1, None, False),
        ({"value_min": 25_000.0, "ratio_min": 15.0}, 30_000.0, 14.0, False),
        ({}, 1.0, 1.0, None),
    ],
)
def test_a_goal_is_met_only_where_every_bound_holds(
    goal: dict[str, float], value: float, ratio: float | None, met: bool | None
) -> None:
    assert figure(**goal).is_met(value, ratio) is met


def test_every_figure_has_its_cases_and_a_name_of_its_own() -> None:
    assert set().union(*(each.cases() for each in FIGURES)) <= CASES.keys()
    assert len({each.name for each in FIGURES}) == len(FIGURES)


def test_the_result_file_has_the_documented_form(tmp_path: Path) -> None:
    to = tmp_path / "latest.json"
    command = [sys.executable, "-m", "bench", "--only", "msgspec to texts", "--rounds", "1", "--share", "0", "--to", to]
    stand_in = tmp_path / "binary"
    stand_in.write_text('#!/bin/sh\necho \'{"per_s": 1, "us": 1, "cpu_us": 1}\'\n')
    stand_in.chmod(0o755)
    ended = subprocess.run(
        command, cwd=ROOT, env={"BENCH_BINARY": str(stand_in)}, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    result = json.loads(to.read_text())
    assert result.keys() == {"host", "date", "figures"}
    (only,) = result["figures"]
    assert only.keys() == {"name", "value", "unit", "peer", "peer_value", "ratio"}
    assert only["value"] == 1
    assert "msgspec" in page.table(result)


def test_the_page_says_what_was_missed() -> None:
    entry = {"name": FIGURES[0].name, "value": 1.0, "unit": "1/s", "peer": "p", "peer_value": 1.0, "ratio": 1.0}
    text = page.markdown({"host": "h", "date": "d", "figures": [entry]}, rounds=1, share=1.0)
    assert f"| {FIGURES[0].name} | 1 1/s | 1 (p) | 1.00 | {FIGURES[0].goal()} | **no** |" in text


@pytest.mark.proves("R001-23")
def test_the_contention_of_every_design_is_among_the_cases() -> None:
    assert all(f"contention {design} 8" in CASES for design in DESIGNS)


@pytest.mark.proves("R001-24", "R001-25")
def test_what_the_source_documents_want_measured_has_a_goal() -> None:
    bounds = {each.name: (each.value_min, each.value_max) for each in FIGURES}
    assert bounds["HTTP GET, 50 in flight"] == (1_000.0, None)
    for venue in ("Nado", "Paradex"):
        for rank in ("p50", "p99"):
            assert bounds[f"parse a documented message of {venue}, {rank}"] == (None, 5_000.0)


@pytest.mark.proves("R001-26", "R001-27")
def test_the_page_answers_the_promise_of_a_hundred_times() -> None:
    rate = {"name": "order hash and sign, one thread", "unit": "1/s", "ratio": 12.5}
    wait = {"name": "place an order, loopback, p50", "unit": "us", "ratio": 0.25}
    figures = [{**each, "value": 1.0, "peer": "p", "peer_value": 1.0} for each in (rate, wait)]
    text = page.markdown({"host": "h", "date": "d", "figures": figures}, rounds=1, share=1.0)
    assert "## Is it 100 times faster?" in text
    assert "order hash and sign, one thread: 12.5 times p" in text
    assert "place an order, loopback, p50: 4 times p" in text
    assert page.claim({"figures": []}) == ""


def test_both_encodings_of_a_paradex_feed_carry_the_changes_of_the_others() -> None:
    for binary in (True, False):
        frames = list(islice(books.paradex_frames(["A-USD-PERP", "B-USD-PERP"], 1_760_000_000_000, binary), 3))
        whole = books.paradex_book(next(books.changes(1)), "d")
        wanted = [(market, books.PARADEX_START + step) for market, step in (("A", 1), ("B", 1), ("A", 2))]
        assert frames[0] == books.paradex_message("A-USD-PERP", whole, wanted[0][1], 1_760_000_000_000, binary)
        for made, (market, seq_no) in zip(frames, wanted, strict=True):
            assert f"{market}-USD-PERP".encode() in made
            assert (seq_no.to_bytes(8, "little") if binary else str(seq_no).encode()) in made
        assert len(whole["updates"]) + len(whole["deletes"]) == 20


@pytest.mark.parametrize("name", SMALLEST)
def test_each_program_runs_at_its_smallest(name: str) -> None:
    case = CASES[name]
    values = case.run(SMALLEST[name] / case.size)
    assert values
    assert all(isinstance(value, int | float) for value in values.values())
