"""Virtual time tells the truth: what a seed shows there, a real TradingNode over real sockets does as well."""

from __future__ import annotations

from pathlib import Path

import pytest

from compared.schedules import ON_PARADEX, SCHEDULES, Schedule
from compared.worlds import in_real_time, in_virtual_time

PLAYED = [
    pytest.param(venue, schedule, id=f"{venue}: {schedule.name}")
    for venue, schedules in (("nado", SCHEDULES), ("paradex", ON_PARADEX))
    for schedule in schedules
]


@pytest.mark.parametrize(("venue", "schedule"), PLAYED)
@pytest.mark.proves("R003-068", "R003-070")
def test_the_stand_in_delivers_the_same_sequence_as_a_real_node(venue: str, schedule: Schedule, tmp_path: Path) -> None:
    virtual, real = in_virtual_time(schedule, venue, tmp_path), in_real_time(schedule, venue, tmp_path)
    assert virtual.requests == real.requests
    assert virtual.events == real.events
    assert virtual == real
    assert {str(each["name"]) for each in (*schedule.at_start, *schedule.when_held)} <= real.bitten
    assert real.events, "something was traded"
