"""Virtual time tells the truth: what a seed shows there, a real TradingNode over real sockets does as well."""

from __future__ import annotations

from pathlib import Path

import pytest

from compared.schedules import SCHEDULES, Schedule
from compared.worlds import in_real_time, in_virtual_time


@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda schedule: schedule.name)
@pytest.mark.proves("R003-068", "R003-070")
def test_the_stand_in_delivers_the_same_sequence_as_a_real_node(schedule: Schedule, tmp_path: Path) -> None:
    virtual, real = in_virtual_time(schedule, tmp_path), in_real_time(schedule, tmp_path)
    assert virtual.requests == real.requests
    assert virtual.events == real.events
    assert virtual == real
    assert {str(each["name"]) for each in (*schedule.at_start, *schedule.when_held)} <= real.bitten
    assert real.events, "something was traded"
