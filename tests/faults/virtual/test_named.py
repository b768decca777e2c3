"""Single troubles with a name, at the moment where they hurt: one cycle of five seconds, entered within the first.
Where a pair has two venues they strike at the first leg's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from pairs import PAIRS, product_id

from hedgewire.simulator.schedule import WORDS
from virtual.run import play
from virtual.scenario import Kill, Planned, Scenario, Second, Spell, Trouble, make_scenario

LONG_MS = 120_000
ENTERS_MS = {"nado": 60, "paradex": 80, "both": 150}
"""Shortly before the first orders leave."""


def one_cycle(*troubles: Trouble, transport: str = "rest", policy: str = "ioc", on: str = "nado") -> Scenario:
    pair = make_scenario(1).pair | {"cycles": 1, "hold_ms": 5_000, "policy": policy}
    return Scenario(1, transport, pair, troubles, on)


def long_hold(*troubles: Trouble, transport: str = "rest", on: str = "nado") -> Scenario:
    return replace(one_cycle(*troubles, transport=transport, on=on), pair=one_cycle().pair | {"hold_ms": 60_000})


def fills_of(on: str) -> str:
    """The stream that tells of fills."""
    return WORDS[PAIRS[on][0].venue].private_streams[0]


def streams_of(on: str) -> str:
    """The kind of socket that streams come over."""
    return WORDS[PAIRS[on][0].venue].sockets[-2]


def always(name: str, from_ms: int = 0, **params: object) -> Planned:
    return Planned(from_ms, LONG_MS, name, params)


TROUBLES: dict[str, Callable[[str], Trouble]] = {
    "no fill is ever told": lambda on: always("drop_private", stream=fills_of(on)),
    "no private event is ever told": lambda _: always("drop_private", stream="all"),
    "everything is told twice": lambda _: always("duplicate_private", stream="all"),
    "everything is told out of order": lambda _: always("reorder_private", stream="all"),
    "absurd fills": lambda on: always("absurd_event", stream=fills_of(on), count=2),
    "streams are mute for ten seconds": lambda on: Planned(2_000, 12_000, "half_open", {"socket": streams_of(on)}),
    "all sockets break while holding": lambda _: Planned(2_000, None, "disconnect", {"socket": "all"}),
    "entries unanswered": lambda _: always("reply_lost", request="place_order", count=2),
    "502 for done": lambda _: always("http_5xx_after", request="place_order", count=4),
    "a slow network at the exit": lambda _: Spell(4_000, 9_000, "extra_ms", 700),
}


@pytest.mark.parametrize("on", PAIRS)
@pytest.mark.parametrize("transport", ["rest", "ws"])
@pytest.mark.parametrize("trouble", TROUBLES)
@pytest.mark.proves("R001-30", "R001-31", "R003-070", "R003-3.5.5", "R003-1.5.5")
def test_the_pair_is_built_and_closed_all_the_same(trouble: str, transport: str, on: str) -> None:
    result = play(one_cycle(TROUBLES[trouble](on), transport=transport, on=on))
    taken_back = trouble == "entries unanswered" and is_taken_back(transport, on)
    assert (result.problems, result.outcome) == ([], "skipped" if taken_back else "paired")


def is_taken_back(transport: str, on: str) -> bool:
    """Paradex cancels orders with the socket that they came by, and a lost answer is a broken socket."""
    return (transport, on) == ("ws", "paradex")


@pytest.mark.parametrize("transport", ["rest", "ws"])
@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param(Planned(2_000, None, "expire_tokens", {}), id="every token expires while holding"),
        pytest.param(always("short_tokens", life_s=1), id="tokens live a second"),
        pytest.param(always("token_refused", request="place_order", count=2), id="good tokens are refused"),
        pytest.param(always("schema_refused", most=1), id="only the oldest schema is served"),
        pytest.param(always("unknown_template", stream="all"), id="unknown templates between all frames"),
        pytest.param(Planned(2_000, None, "cancel_on_disconnect", {}), id="cancelled on disconnect, and none was open"),
    ],
)
def test_what_only_paradex_can_play_changes_nothing(trouble: Trouble, transport: str) -> None:
    result = play(one_cycle(trouble, transport=transport, on="paradex"))
    assert (result.problems, result.outcome) == ([], "paired")


@pytest.mark.parametrize("policy", ["ioc", "maker_then_taker"])
@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param(always("reject_after_accept"), id="201, then a refusal, always"),
        pytest.param(always("reject_after_accept", product_id=3), id="201, then a refusal, of one leg"),
        pytest.param(Planned(2_000, 40_000, "system_status", {"status": "post_only"}), id="post-only at the exit"),
        pytest.param(Planned(2_000, 40_000, "system_status", {"status": "maintenance"}), id="maintenance at the exit"),
        pytest.param(Planned(2_000, 40_000, "login_refused", {}), id="the token is not renewed"),
        pytest.param(Planned(300, None, "cancel_on_disconnect", {"product_id": 2}), id="cancelled on one leg"),
        pytest.param(Planned(300, None, "unsolicited_cancel", {}), id="everything is cancelled"),
    ],
)
def test_what_only_paradex_can_play_leaves_nothing_behind(trouble: Trouble, policy: str) -> None:
    assert play(one_cycle(trouble, transport="ws", policy=policy, on="paradex")).problems == []


@pytest.mark.parametrize("venue", ["nado", "paradex"])
@pytest.mark.parametrize("from_ms", [0, 3_000])
def test_one_venue_that_cannot_be_reached_while_the_other_can(venue: str, from_ms: int) -> None:
    result = play(one_cycle(Spell(from_ms, 60_000, "is_refusing", 1, venue), on="both"))
    assert result.problems == []


@pytest.mark.parametrize("on", PAIRS)
@pytest.mark.parametrize("transport", ["rest", "ws"])
@pytest.mark.proves("R001-31", "R003-070")
def test_orders_that_nobody_answered_or_told_of_are_found_by_asking(transport: str, on: str) -> None:
    unanswered = always("reply_lost", request="place_order", count=2)
    untold = Planned(0, 12_000, "drop_private", {"stream": "all"})
    result = play(one_cycle(unanswered, untold, transport=transport, on=on))
    assert (result.problems, result.outcome) == ([], "skipped" if is_taken_back(transport, on) else "paired")


@pytest.mark.parametrize("on", PAIRS)
@pytest.mark.parametrize("at_ms", range(0, 80, 10))
@pytest.mark.proves("R001-32")
def test_a_process_that_dies_while_it_enters_leaves_nothing_behind(at_ms: int, on: str) -> None:
    result = play(one_cycle(Kill(ENTERS_MS[on] + at_ms, 500), on=on))
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
        ("deleverage", {"percent": 50}),
        ("deleverage", {"percent": 100}),
        ("liquidate", {}),
    ],
)
@pytest.mark.parametrize("on", ["nado", "paradex"])
def test_what_the_venue_takes_while_a_pair_is_held_is_closed_with_the_rest_at_once(
    name: str, params: dict[str, object], transport: str, on: str
) -> None:
    if name == "deleverage":
        params = params | {"product_id": product_id(PAIRS[on][params["percent"] == 100])}
    result = play(long_hold(Planned(3_000, None, name, params), transport=transport, on=on))
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
