"""The soak's own parts: it goes on where it stopped, sums up, and names the line that repeats a failure."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from concurrent.futures import Future
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType

import pytest

from virtual import soak
from virtual.soak import Tally

TOOL = Path(__file__).parents[3] / "tools" / "soak"


def load_tool() -> ModuleType:
    spec = importlib.util.spec_from_loader("soak_tool", SourceFileLoader("soak_tool", str(TOOL)))
    assert spec is not None
    assert spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    return tool


class Here:
    """In place of a pool of processes."""

    def __init__(self, _workers: int) -> None:
        pass

    def __enter__(self) -> Here:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def submit(self, play: Callable[[int, int], list[soak.Told]], first: int, count: int) -> Future[list[soak.Told]]:
        done: Future[list[soak.Told]] = Future()
        done.set_result(play(first, count))
        return done


def fake_chunk(first: int, count: int, pair: str | None) -> list[soak.Told]:
    return [
        (seed, pair or "both", "paired", {"disconnect": 1, "stall": 0}, ["positions: lost"] if seed == 25 else [])
        for seed in range(first, first + count)
    ]


@pytest.mark.proves("R001-33")
def test_it_goes_on_behind_the_last_seed_and_keeps_what_it_saw(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(soak, "play_chunk", fake_chunk)
    monkeypatch.setattr(soak, "ProcessPoolExecutor", Here)
    state = tmp_path / "kept" / "virtual.json"
    tool = load_tool()
    for expected_code, seeds in ((0, "20"), (1, "20"), (1, "10")):
        monkeypatch.setattr("sys.argv", ["soak", "--count", seeds, "--workers", "1", "--state", str(state)])
        assert tool.main() == expected_code
    said = capsys.readouterr().out
    assert "seeds 40 to 49" in said
    assert "tools/soak --seed 25: positions: lost" in said
    tally = Tally.load(state)
    assert (tally.next_seed, tally.played, tally.failed) == (50, 50, {25: ["positions: lost"]})
    assert tally.hits == {"both | * | paired": 50, "both | disconnect | paired": 50}


def test_one_venue_for_all_seeds_is_kept_apart_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(soak, "play_chunk", fake_chunk)
    monkeypatch.setattr(soak, "ProcessPoolExecutor", Here)
    tool = load_tool()
    monkeypatch.setattr(tool, "ROOT", tmp_path)
    monkeypatch.setattr("sys.argv", ["soak", "--venue", "paradex", "--count", "40", "--workers", "1"])
    assert tool.main() == 1
    assert "tools/soak --seed 25 --venue paradex: positions: lost" in capsys.readouterr().out
    tally = Tally.load(tmp_path / "hedgewire-runs" / "soak" / "paradex.json")
    assert (tally.pair, set(tally.hits)) == ("paradex", {"paradex | * | paired", "paradex | disconnect | paired"})


def test_the_table_counts_outcomes_by_fault_for_each_pair() -> None:
    tally = Tally()
    tally.add(1, "nado", "paired", {"stall": 2}, [])
    tally.add(2, "nado", "halted: net_delta", {"stall": 1, "kill": 1}, [])
    tally.add(3, "nado", "paired", {"kill": 1}, [])
    tally.add(4, "paradex", "paired", {"expire_tokens": 1}, [])
    nado, paradex = ([line.split() for line in table.splitlines()] for table in tally.table().split("\n\n"))
    assert nado[:3] == [["nado:", "3", "runs"], ["2", "1:", "paired"], ["1", "2:", "halted:", "net_delta"]]
    assert nado[4:] == [["kill", "1", "1"], ["stall", "1", "1"]]
    assert paradex[0] == ["paradex:", "1", "runs"]
    assert paradex[-1] == ["expire_tokens", "1"]
