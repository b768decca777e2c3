"""Single troubles with a name, at the moment where they hurt: one cycle of five seconds, entered within the first."""

from __future__ import annotations

from dataclasses import replace

import pytest

from virtual.run import play
from virtual.scenario import Kill, Planned, Scenario, Second, Spell, Trouble, make_scenario

LONG_MS = 120_000


def one_cycle(*troubles: Trouble, transport: str = "rest", policy: str = "ioc") -> Scenario:
    pair = make_scenario(1).pair | {"cycles": 1, "hold_ms": 5_000, "policy": policy}
    return Scenario(1, transport, pair, troubles)


def long_hold(*troubles: Trouble, transport: str = "rest") -> Scenario:
    return replace(one_cycle(*troubles, transport=transport), pair=one_cycle().pair | {"hold_ms": 60_000})


def always(name: str, from_ms: int = 0, **params: object) -> Planned:
    return Planned(from_ms, LONG_MS, name, params)


@pytest.mark.parametrize("transport", ["rest", "ws"])
@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param(always("drop_private", stream="fill"), id="no fill is ever told"),
        pytest.param(always("drop_private", stream="all"), id="no private event is ever told"),
        pytest.param(always("duplicate_private", stream="all"), id="everything is told twice"),
        pytest.param(always("reorder_private", stream="all"), id="everything is told out of order"),
        pytest.param(
            Planned(2_000, 12_000, "half_open", {"socket": "subscriptions"}), id="streams are mute for ten seconds"
        ),
        pytest.param(Planned(2_000, None, "disconnect", {"socket": "all"}), id="all sockets break while holding"),
        pytest.param(
            Planned(0, LONG_MS, "reply_lost", {"request": "place_order", "count": 2}), id="entries unanswered"
        ),
        pytest.param(Planned(0, LONG_MS, "http_5xx_after", {"request": "place_order", "count": 4}), id="502 for done"),
        pytest.param(Spell(4_000, 9_000, "extra_ms", 700), id="a slow network at the exit"),
    ],
)
@pytest.mark.proves("R001-30", "R001-31", "R003-070", "R003-3.5.5", "R003-1.5.5")
def test_the_pair_is_built_and_closed_all_the_same(trouble: Trouble, transport: str) -> None:
    result = play(one_cycle(trouble, transport=transport))
    assert (result.problems, result.outcome) == ([], "paired")


@pytest.mark.parametrize("transport", ["rest", "ws"])
@pytest.mark.proves("R001-31", "R003-070")
def test_orders_that_nobody_answered_or_told_of_are_found_by_asking(transport: str) -> None:
    unanswered = Planned(0, LONG_MS, "reply_lost", {"request": "place_order", "count": 2})
    untold = Planned(0, 12_000, "drop_private", {"stream": "all"})
    result = play(one_cycle(unanswered, untold, transport=transport))
    assert (result.problems, result.outcome) == ([], "paired")


@pytest.mark.parametrize("at_ms", range(60, 140, 10))
@pytest.mark.proves("R001-32")
def test_a_process_that_dies_while_it_enters_leaves_nothing_behind(at_ms: int) -> None:
    result = play(one_cycle(Kill(at_ms, 500)))
    assert (result.problems, result.fired["kill"]) == ([], 1)
    assert result.outcome in ("paired", "recovered_flat", "paired, recovered_flat", "recovered_flat, skipped")


@pytest.mark.parametrize("name", ["swallow_request", "http_5xx_before", "maintenance"])
def test_a_venue_that_takes_no_order_gets_none_twice(name: str) -> None:
    result = play(one_cycle(always(name, 150, request="place_order")))
    assert result.problems == []
    assert "paired" not in result.outcome


@pytest.mark.parametrize("transport", ["rest", "ws"])
@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("deleverage", {"product_id": 4, "percent": 50}),
        ("deleverage", {"product_id": 8, "percent": 100}),
        ("liquidate", {}),
    ],
)
def test_what_the_venue_takes_while_a_pair_is_held_is_closed_with_the_rest_at_once(
    name: str, params: dict[str, object], transport: str
) -> None:
    result = play(long_hold(Planned(3_000, None, name, params), transport=transport))
    assert (result.problems, result.outcome) == ([], "halted: position_mismatch")
    assert result.elapsed_ms < 20_000, "not at the end of the hold"


@pytest.mark.parametrize(
    ("product_id", "amount"), [(4, "0.2"), (4, "-0.2"), (4, "3"), (4, "-3"), (8, "3"), (8, "-3"), (8, "30"), (8, "-30")]
)
def test_a_hand_on_the_account_is_found_before_anything_is_called_flat(product_id: int, amount: str) -> None:
    result = play(one_cycle(Planned(3_000, None, "manual_trade", {"product_id": product_id, "amount": amount})))
    assert result.problems == []
    assert result.outcome in ("halted: position_mismatch", "halted: unwind_exhausted")


def test_a_position_that_was_there_before_is_named_and_left_alone() -> None:
    result = play(one_cycle(Planned(0, None, "manual_trade", {"product_id": 8, "amount": "-3"})))
    assert (result.problems, result.outcome) == ([], "halted dirty: not_flat_at_start")


@pytest.mark.parametrize("at_ms", [0, 60, 4_000])
def test_a_key_that_is_gone_for_a_while_leaves_nothing_open(at_ms: int) -> None:
    result = play(one_cycle(Planned(at_ms, at_ms + 40_000, "key_revoked", {})))
    assert result.problems == []


@pytest.mark.parametrize("at_ms", [0, 3_000])
def test_without_margin_there_is_no_new_risk_and_what_is_held_is_closed(at_ms: int) -> None:
    result = play(one_cycle(Planned(at_ms, None, "margin_call", {})))
    assert (result.problems, result.outcome) == ([], "paired" if at_ms else "skipped")


@pytest.mark.parametrize("at_ms", [0, 30, 100, 2_000, 5_100, 5_300])
def test_a_second_process_on_the_account_ends_flat_or_says_what_is_open(at_ms: int) -> None:
    result = play(one_cycle(Second(at_ms)))
    assert (result.problems, result.fired["second"]) == ([], 1)


@pytest.mark.parametrize("policy", ["ioc", "maker_then_taker"])
@pytest.mark.parametrize(("from_ms", "until_ms"), [(3_000, LONG_MS), (3_000, 5_200), (30, 9_000)])
def test_increments_that_grow_under_a_pair_leave_no_order_without_an_end(
    from_ms: int, until_ms: int, policy: str
) -> None:
    change = Planned(from_ms, until_ms, "product_change", {"product_id": 8})
    for troubles in ((change,), (change, Kill(3_012, 100))):
        assert play(one_cycle(*troubles, policy=policy)).problems == []


def test_a_rest_too_small_under_coarse_increments_is_closed_when_they_are_fine_again() -> None:
    drawn = make_scenario(31970)
    change = Planned(6_000, 11_206, "product_change", {})
    result = play(Scenario(drawn.seed, drawn.transport, drawn.pair, (change,)))
    assert (result.problems, result.outcome) == ([], "halted: below_minimum")
