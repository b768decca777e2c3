"""Seeds in virtual time, as many as two cores play in two minutes. ``tools/soak --seed N`` repeats one."""

from __future__ import annotations

import gc
import os
from collections import Counter

import pytest
from pairs import PAIRS

from virtual.run import play, play_seed, shrink
from virtual.scenario import Kill, Scenario, make_scenario

SEEDS = int(os.environ.get("HEDGEWIRE_SEEDS", "2000"))
CHUNK = 50


@pytest.mark.parametrize("first", range(0, SEEDS, CHUNK))
@pytest.mark.proves("R001-30", "R001-31", "R003-067", "R003-070")
def test_whatever_goes_wrong_nothing_is_lost_repeated_or_left_open(first: int) -> None:
    """Each seed draws its venues: Nado, Paradex, or one coin at both."""
    failed = {}
    for seed in range(first, min(first + CHUNK, SEEDS)):
        problems = play_seed(seed).problems
        if problems:
            failed[f".venv/bin/python tools/soak --seed {seed}"] = problems
    assert not failed


def test_a_run_leaves_no_file_open() -> None:
    """One run's may still be open when the next begins: counted, because their numbers are given out again."""
    play_seed(5)
    gc.collect()  # what earlier tests of this process have left
    before = len(os.listdir("/proc/self/fd"))
    for seed in range(6, 10):
        play_seed(seed)
    assert len(os.listdir("/proc/self/fd")) <= before


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("seed", [3, 18])
def test_a_seed_repeats_its_run_step_by_step(seed: int, pair: str) -> None:
    scenario = make_scenario(seed, pair)
    assert play(scenario).trace == play(scenario).trace
    assert play(scenario).trace != play(make_scenario(seed + 1, pair)).trace


def test_the_seeds_are_split_over_the_venues() -> None:
    drawn = Counter(make_scenario(seed).name for seed in range(300))
    assert set(drawn) == set(PAIRS)
    assert min(drawn.values()) > 80


@pytest.mark.proves("R001-32")
def test_a_process_that_dies_while_it_holds_comes_back_and_closes_the_pair() -> None:
    calm = make_scenario(1)
    killed = Scenario(1, "rest", {**calm.pair, "cycles": 1, "hold_ms": 5_000}, (Kill(3_000, 1_000),))
    result = play(killed)
    assert (result.problems, result.fired["kill"]) == ([], 1)
    assert "recovered_flat" in result.outcome


def has_kill(scenario: Scenario) -> bool:
    return any(isinstance(trouble, Kill) for trouble in scenario.troubles)


def test_shrinking_keeps_only_what_makes_it_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    from virtual import judge

    noisy = next(one for one in map(make_scenario, range(200)) if len(one.troubles) > 2 and has_kill(one))
    real = judge.judge
    monkeypatch.setattr(
        judge, "judge",
        lambda remains, scenario: [*real(remains, scenario), *(["bitten: test"] if has_kill(scenario) else [])],
    )  # fmt: skip
    smallest = shrink(noisy).scenario
    assert [type(trouble) for trouble in smallest.troubles] == [Kill]
