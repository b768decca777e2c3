"""Thirty schedules of faults through a real node over real sockets: nothing is lost, doubled or left unsaid.

``make soak`` plays a thousand. One again: ``python tests/faults/realtime/soak.py --seed N``.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from pairs import PAIRS
from realtime_play import play_seed
from soak import known, spread

from hedgewire.pair.strategy import PairStrategy
from hedgewire.simulator.schedule import Planned

pytestmark = pytest.mark.xdist_group("schedules in real time")

SEEDS = range(1, 31)
WORKERS = 3
Results = dict[int, dict[str, Any]]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    out = tmp_path_factory.mktemp("schedules")
    spread(list(SEEDS), None, out, WORKERS)
    return known(out)


@pytest.mark.proves("R003-068", "R003-070", "R003-085")
@pytest.mark.parametrize("seed", SEEDS)
def test_what_must_hold_holds_after_the_schedule(results: Results, seed: int) -> None:
    assert seed in results, "it left no result"
    assert results[seed]["problems"] == [], results[seed]["schedule"]


def test_the_schedules_were_worth_playing(results: Results) -> None:
    """A node that never traded, or faults that were never met, would pass everything."""
    cycles: Counter[str] = Counter()
    for row in results.values():
        cycles.update(row["cycles"])
    assert cycles["paired"] >= len(SEEDS)
    assert len({name for row in results.values() for name in row["fired"]}) >= 25
    assert sum(row["outcome"] == "completed" for row in results.values()) >= len(SEEDS) // 3
    assert {row["pair"] for row in results.values()} == set(PAIRS)


async def test_an_order_that_is_sent_twice_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The judge can find fault."""
    send = PairStrategy.submit_order

    def send_twice(strategy: PairStrategy, order: Any) -> None:
        send(strategy, order)
        again = strategy.order_factory.limit(
            order.instrument_id, order.side, order.quantity, order.price, time_in_force=order.time_in_force
        )
        send(strategy, again)

    monkeypatch.setattr(PairStrategy, "submit_order", send_twice)
    monkeypatch.setattr("realtime_play.FINISH_S", 10.0)
    monkeypatch.setattr("realtime_play.SETTLE_S", 0.5)
    verdict = await play_seed(2, tmp_path, pair="nado", schedule=[Planned(0, None, "price_jump", {"move_bps": 1})])
    assert any("were intended" in problem for problem in verdict.problems), verdict
    assert any("fills that the journal does not have" in problem for problem in verdict.problems), verdict
