"""Schedules of faults from a seed, and chaos: one schedule after the other on a running venue."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request

import pytest
from nado_client import NadoTestClient

from hedgewire.simulator.arming import parse_fault
from hedgewire.simulator.chaos import WINDOW_MS
from hedgewire.simulator.fault_checks import Vocabulary
from hedgewire.simulator.faults import ALONE, CATALOGUE, Bites
from hedgewire.simulator.schedule import DRAWS, MOST_FAULTS, make_schedule
from hedgewire.simulator.server import LocalVenue

PRODUCTS = (4, 8)


def words(venue: LocalVenue) -> Vocabulary:
    return venue.app.vocabulary()


def test_the_same_seed_makes_the_same_schedule_and_another_one_another() -> None:
    assert make_schedule(11, 5_000, PRODUCTS) == make_schedule(11, 5_000, PRODUCTS)
    assert make_schedule(11, 5_000, PRODUCTS) != make_schedule(12, 5_000, PRODUCTS)


async def test_every_fault_of_a_schedule_can_be_armed_and_is_over_in_time(venue: LocalVenue) -> None:
    met = set()
    for seed in range(600):
        schedule = make_schedule(seed, 5_000, PRODUCTS)
        assert 1 <= len(schedule) <= MOST_FAULTS
        for planned in schedule:
            fault = parse_fault(planned.body(), words(venue))
            assert 0 <= planned.at_ms < 5_000
            assert (planned.until_ms is None) is (fault.kind.bites is Bites.AT_ONCE)
            assert planned.until_ms is None or planned.at_ms < planned.until_ms <= 5_000
            met.add(planned.name)
    assert met == set(CATALOGUE), "all kinds are drawn"


def test_a_schedule_of_some_kinds_has_no_others() -> None:
    drawn = {
        planned.name for seed in range(60) for planned in make_schedule(seed, 900, PRODUCTS, ["reply_lost", "stall"])
    }
    assert drawn == {"reply_lost", "stall"}


def test_parameters_are_drawn_for_kinds_that_exist() -> None:
    assert set(DRAWS) <= {*CATALOGUE, *(name for kinds in ALONE.values() for name in kinds)}


async def test_chaos_arms_each_minute_anew_and_leaves_nothing_behind(venue: LocalVenue, client: NadoTestClient) -> None:
    first = await client.control("faults", {"chaos": 5})
    assert first["seed"] == 5
    assert first["schedule"]
    venue.clock.step_ms(WINDOW_MS + 1)
    shown = await (await client.session.get(client.endpoints["control"] + "/faults")).json()
    assert shown["chaos"]["window"] == 2
    assert shown["chaos"]["schedule"] != first["schedule"]
    await client.session.delete(client.endpoints["control"] + "/faults")
    venue.clock.step_ms(3 * WINDOW_MS)
    plan = venue.state.faults
    assert (plan.armed, plan.waiting, plan.undo, venue.app.chaos.to_json()) == ([], {}, {}, None)


async def test_what_the_user_holds_is_left_alone_by_chaos(venue: LocalVenue, client: NadoTestClient) -> None:
    for name in ("clock_skew", "thin_book", "market_halt", "fee_change", "drained_book", "product_change"):
        assert "error" not in await client.control("faults", {"name": name})
    await client.control("faults", {"chaos": 3})
    for _ in range(40):
        venue.clock.step_ms(WINDOW_MS)
    held = {fault.name for fault in venue.state.faults.armed}
    assert {"clock_skew", "thin_book", "market_halt", "fee_change", "drained_book", "product_change"} <= held


def test_the_command_begins_with_the_chaos_of_its_seed() -> None:
    command = [sys.executable, "-m", "hedgewire.cli", "sim", "nado", "--chaos", "5", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            control = json.loads(process.stdout.readline())["endpoints"]["control"]
            with urllib.request.urlopen(f"{control}/faults", timeout=10) as answer:
                chaos = json.load(answer)["chaos"]
        finally:
            process.terminate()
    assert (chaos["seed"], chaos["window"]) == (5, 1)
    drawn = make_schedule("5/0", WINDOW_MS, (2, 4, 8))
    assert [planned["name"] for planned in chaos["schedule"]] == [planned.name for planned in drawn]


@pytest.mark.parametrize("body", [{"chaos": -1}, {"chaos": "x"}, {"chaos": 1, "name": "stall"}])
async def test_a_seed_that_is_none_is_refused(client: NadoTestClient, body: dict[str, object]) -> None:
    assert "error" in await client.control("faults", body)
    assert client.venue.app.chaos.to_json() is None
