"""The cycle on injected time: every outcome of an order, both directions, and each known defect by its name."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from decimal import Decimal as D

import pytest
from pair_venue import LEGS, NO_MINIMUM, START_NS, Plan, World, make_guards

from hedgewire.pair.guards import DeltaLimits
from hedgewire.pair.metrics import COLUMNS, V4_COLUMNS, Latencies, percentile, row, to_csv
from hedgewire.pair.summary import cycle_lines, final_lines, summarise
from hedgewire.pair.vocabulary import (
    BookTop,
    BuildPolicy,
    Cancel,
    ConnectionLost,
    ConnectionRestored,
    Direction,
    Fill,
    FundingPaid,
    GuardTripped,
    Neutral,
    OrderDenied,
    OrderKind,
    OrderRejected,
    Outcome,
    PairConfig,
    PositionAudit,
    PositionMoved,
    QueryOrder,
    QueryPosition,
    Resumed,
    Side,
    SmallExit,
    State,
    StopMode,
    StopRequested,
    Submit,
    Timer,
)

MS = 10**6
COIN_TWICE = (LEGS[0], replace(LEGS[0], name="ETH-B", lot=D("0.002"), tick=D("0.5")))
CONFIG = PairConfig(target_notional=D(500))
MAKER = PairConfig(target_notional=D(500), build_policy=BuildPolicy.MAKER_THEN_TAKER)
NOTHING = Plan(fill=D(0))


def entries(world: World) -> list[Submit]:
    return [s for s in world.submits if s.side is world.cycle.direction.entry_side(s.leg)]


def exits(world: World) -> list[Submit]:
    return [s for s in world.submits if s.side is not world.cycle.direction.entry_side(s.leg)]


# ------------------------------------------------------------------------------------------- the ordinary cycle


@pytest.mark.proves("R003-2.3.1", "R003-2.3.2", "R003-3.5.1", "R003-3.5.2")
@pytest.mark.parametrize("direction", list(Direction))
def test_both_directions_build_hold_and_unwind(direction: Direction) -> None:
    """Regression B5, B7: what works long-short works short-long, with the same checks."""
    world = World(CONFIG, direction).start().run()
    first, second = entries(world)
    assert (first.side, second.side) == (direction.entry_side(0), direction.entry_side(1))
    assert first.side is not second.side
    assert {s.kind for s in entries(world)} == {OrderKind.IOC}
    assert {s.kind for s in exits(world)} == {OrderKind.POST_ONLY}
    assert not any(s.reduce_only for s in exits(world)), "resting reduce-only orders are refused (2067)"
    result = world.done.result
    assert (result.outcome, world.is_flat) == (Outcome.PAIRED, True)
    assert result.fees == sum(fill.fee for fill in world.delivered.values())
    assert result.volume == sum(fill.qty * fill.px for fill in world.delivered.values())


@pytest.mark.proves("R003-056", "R003-069")
def test_both_entry_orders_leave_in_the_same_step() -> None:
    world = World(CONFIG)
    world.start().run_until(State.BUILD_PLACING)
    assert [s.leg for s in world.submits] == [0, 1]
    assert {order.sent_ns for order in world.cycle.desk.orders.values()} == {world.now_ns}


def test_maker_then_taker_hedges_what_was_filled() -> None:
    world = World(MAKER, plans=(Plan(fill=D("0.6")), Plan(), Plan())).start().run_until(State.HOLDING)
    maker, rest, hedge = entries(world)
    assert (maker.kind, rest.kind, hedge.kind, hedge.leg) == (OrderKind.POST_ONLY, OrderKind.IOC, OrderKind.IOC, 1)
    filled = world.cycle.desk.held(0)
    assert hedge.qty == (filled * D("2756.95") / D("115.855")).quantize(D("0.1"))
    assert world.cycle.fallback_reason == "maker_entry_unfilled"


def test_a_maker_that_never_fills_is_not_a_position() -> None:
    config = replace(MAKER, maker_fallback_taker=False)
    world = World(config, plans=(NOTHING,) * 5).start().run()
    assert world.done.result.reason == "nothing_filled"
    assert world.done.result.outcome is Outcome.SKIPPED


@pytest.mark.proves("R003-2.3.6", "R003-2.4.4")
def test_five_seconds_without_a_word_are_a_question_and_only_its_answer_is_a_zero() -> None:
    """Both orders went out, neither filled, and nothing was heard of either."""
    silent = Plan(fill=D(0), reply="silent")
    world = World(CONFIG, plans=(silent, silent)).start().run_until(State.BUILD_PLACING)
    began = world.now_ns
    world.advance(4_990)
    assert not any(isinstance(a, QueryOrder) for a in world.log)
    world.advance(20)
    assert [a.leg for a in world.log if isinstance(a, QueryOrder)] == [0, 1]
    world.run()
    assert (world.done.result.reason, world.done.result.volume) == ("nothing_filled", 0)
    assert not any(order.open for order in world.orders.values())
    assert world.now_ns - began < 7_000 * MS


@pytest.mark.proves("R003-3.1.2")
def test_a_quote_that_trades_at_once_pays_the_accounts_maker_fee() -> None:
    world = World(CONFIG).start().run()
    leg = world.done.result.legs[0]
    maker = [f for f in world.delivered.values() if f.leg == 0 and f.is_maker]
    assert (leg.exit_all_maker, leg.exit_price) == (True, D("2757.0"))
    assert [f.fee for f in maker] == [f.qty * f.px * LEGS[0].maker_rate for f in maker]
    assert leg.exit_order_to_fill_ms is not None
    assert leg.exit_order_to_fill_ms <= 1_000


def test_the_first_form_of_the_machine_only_asks_for_positions_before_it_sends() -> None:
    world = World(CONFIG).start()
    assert [type(a) for a in world.log if isinstance(a, QueryPosition | Submit)] == [QueryPosition, QueryPosition]


# --------------------------------------------------------------------------------------- one leg, partly, rejected


@pytest.mark.proves("R003-2.3.4")
@pytest.mark.proves("R003-2.3.5")
def test_a_missing_leg_is_completed_by_its_missing_quantity() -> None:
    world = World(CONFIG, plans=(Plan(), Plan(fill=D("0.4")))).start().run_until(State.HOLDING)
    assert [s.qty for s in entries(world) if s.leg == 1] == [D("4.4"), D("2.7")]


@pytest.mark.proves("R003-2.3.3")
def test_a_leg_that_is_always_refused_unwinds_the_other() -> None:
    """Regression B14, X7: cancelling alone would leave a naked leg; attempts are bounded."""
    refused = Plan(reply="reject")
    world = World(CONFIG, plans=(Plan(), refused, refused, refused, refused)).start().run()
    assert world.is_flat
    assert world.done.result.outcome is Outcome.RECOVERED_FLAT
    assert world.done.result.reason.startswith("one_leg")
    assert len([s for s in entries(world) if s.leg == 1]) == 1 + CONFIG.max_completions
    assert exits(world)[-1].reduce_only
    assert world.cycle.guards.breaker.failures == 1


def test_b3_an_accepted_order_is_not_a_filled_one() -> None:
    world = World(CONFIG, plans=(NOTHING, NOTHING)).start().run()
    assert world.done.result.reason == "nothing_filled"
    assert State.HOLDING not in {world.state}
    assert world.done.result.volume == 0


@pytest.mark.proves("R003-006")
@pytest.mark.proves("R003-2.1.1", "R003-2.1.2", "R003-2.4.3")
def test_b15_filled_is_what_the_fills_say() -> None:
    world = World(CONFIG, plans=(Plan(fill=D("0.6")), Plan(), Plan())).start().run_until(State.HOLDING)
    assert world.cycle.desk.ledger.order_filled("c1-1") == D("0.111")
    assert world.cycle.desk.held(0) == D("0.185")


def test_denied_orders_are_as_good_as_refused() -> None:
    world = World(CONFIG).start().run_until(State.BUILD_PLACING)
    order = world.orders[world.submits[1].order_id]
    world.queue = [item for item in world.queue if getattr(item[2], "order_id", "") != order.submit.order_id]
    world.position[1] = D(0)
    world.give(OrderDenied(1, order.submit.order_id, "risk"))
    world.run_until(State.HOLDING)
    assert [s.leg for s in entries(world)] == [0, 1, 1]


# ------------------------------------------------------------------------------------------------ unknown outcomes


def test_v7_b14_nothing_is_resent_before_the_query_proves_the_end() -> None:
    """IOC sent, reply lost, part of it filled: the ledger has the part, and there is no second order until then."""
    lost = Plan(fill=D("0.6"), reply="silent")
    world = World(CONFIG, plans=(lost, Plan()))
    world.lookups.extend(["lost", "unavailable"])
    world.start().run_until(State.BUILD_COMPLETING if False else State.BUILD_PLACING)
    world.advance(1_500)
    assert len(world.submits) == 2
    assert any(isinstance(a, QueryOrder) for a in world.log)
    world.run_until(State.HOLDING)
    assert world.cycle.desk.ledger.order_filled("c1-1") == D("0.111")
    assert [s.qty for s in world.submits if s.leg == 0] == [D("0.185"), D("0.074")]


def test_an_order_is_absent_only_after_two_answers_and_an_unchanged_position() -> None:
    world = World(CONFIG, plans=(Plan(reply="absent"), Plan())).start().run_until(State.HOLDING)
    kinds = [type(a) for a in world.log if isinstance(a, QueryOrder | QueryPosition | Submit)]
    resent = len(kinds) - 1 - kinds[::-1].index(Submit)
    assert kinds[:resent].count(QueryOrder) >= 2
    assert kinds[resent - 1] is QueryPosition


def test_b14_an_order_that_may_still_arrive_is_waited_for_and_then_completed() -> None:
    """A 502 on one leg: not found, but valid for ten seconds more. One leg is held meanwhile; nothing is sent."""
    world = World(CONFIG, plans=(Plan(), Plan(reply="absent")))
    world.lookups.extend(["pending"] * 20)
    world.start().advance(9_000)
    assert (len(world.submits), world.cycle.desk.held(1)) == (2, 0)
    assert world.state is State.BUILD_PLACING, "an answer that does not decide is not silence"
    world.give(OrderRejected(1, world.submits[1].order_id, "not found after its validity"))
    world.run()
    assert [s.qty for s in entries(world) if s.leg == 1] == [D("4.4"), D("4.4")]
    assert world.done.result.outcome is Outcome.PAIRED


def test_a_doubt_that_never_ends_closes_everything() -> None:
    world = World(CONFIG, plans=(Plan(), Plan(reply="absent")))
    world.lookups.extend(["pending"] * 1000)
    world.start()
    began = world.now_ns
    world.run_until(State.EMERGENCY)
    assert CONFIG.doubt_budget_ms * MS < world.now_ns - began < (CONFIG.doubt_budget_ms + 2_000) * MS
    assert world.cycle.emergency_reason.startswith("order_unresolved: c1-2")
    world.run_until(State.HALTED_DIRTY)
    assert world.position == {0: D(0), 1: D(0)}, "the leg that is known was closed"


# ------------------------------------------------------------------------------------------- after an earlier process


def left(*parts: tuple[int, Side, str, str]) -> Resumed:
    return Resumed(
        tuple(Fill(leg, f"c1-{n}", f"old{n}", side, D(qty), D(px), D("0.1"), False, START_NS - 10**9)
              for n, (leg, side, qty, px) in enumerate(parts, 1))
    )  # fmt: skip


def resumed(world: World, event: Resumed) -> World:
    for leg in (0, 1):
        world.give(BookTop(leg, *world.books[leg], world.now_ns))
    world.give(event)
    return world


@pytest.mark.proves("R003-010")
def test_what_an_earlier_process_left_is_closed_when_the_venue_agrees() -> None:
    world = World(CONFIG, earlier_orders=2)
    world.position = {0: D("0.185"), 1: D("-2.0")}
    resumed(world, left((0, Side.BUY, "0.185", "2757"), (1, Side.SELL, "2.0", "115.85"))).run()
    assert [(s.order_id, s.qty, s.reduce_only) for s in world.submits] == [
        ("c1-3", D("0.185"), True), ("c1-4", D("2.0"), True),
    ]  # fmt: skip
    result = world.done.result
    assert (result.outcome, world.is_flat) == (Outcome.RECOVERED_FLAT, True)
    assert result.reason.startswith("interrupted: ")
    assert result.volume == sum(fill.qty * fill.px for fill in world.cycle.desk.ledger.fills)
    assert abs(result.gross) < 1, "the entry of the earlier process counts: no sale without its purchase"


def test_what_the_journal_does_not_explain_is_reported_and_not_traded() -> None:
    world = World(CONFIG, earlier_orders=1)
    world.position = {0: D("0.300"), 1: D(0)}
    resumed(world, left((0, Side.BUY, "0.185", "2757"))).run()
    assert (world.state, world.submits) == (State.HALTED_DIRTY, [])
    assert world.halts[-1].reason == "leftover_unexplained: ETH holds 0.3, the fills in the journal make 0.185"


def test_a_halt_at_the_start_names_the_leg_that_is_explained_as_well() -> None:
    world = World(CONFIG, earlier_orders=2)
    world.position = {0: D("0.185"), 1: D("-2.5")}
    resumed(world, left((0, Side.BUY, "0.185", "2757"), (1, Side.SELL, "2.0", "115.85"))).run()
    assert world.submits == []
    named = [(held.name, held.qty, held.confirmed) for held in world.halts[-1].open_positions]
    assert named == [("ETH", D("0.185"), True), ("SOL", D("-2.5"), True)]


def test_silence_about_what_was_left_halts_and_sends_nothing() -> None:
    world = World(CONFIG, earlier_orders=1)
    world.audits.extend(["none"] * 100)
    resumed(world, left((0, Side.BUY, "0.185", "2757"))).run()
    assert (world.state, world.submits) == (State.HALTED_DIRTY, [])
    assert world.halts[-1].reason.startswith("position_unknown")


def test_an_outcome_that_stays_unknown_halts_dirty_by_name_and_is_never_resent() -> None:
    world = World(CONFIG, plans=(Plan(reply="silent"), Plan()))
    world.lookups.extend(["unavailable"] * 1000)
    world.start().run_until(State.HALTED_DIRTY)
    halt = world.halts[-1]
    assert halt.dirty
    assert halt.reason.startswith("order_unresolved: c1-1")
    assert len(entries(world)) == 2
    world.lookups.clear()
    world.advance(120_000)
    assert (world.state, world.is_flat, world.halts[-1].dirty) == (State.HALTED, True, False)


def test_a_late_fill_after_the_cancel_is_waited_for() -> None:
    """The cancel names a cumulative fill that has not been seen: the next order waits for it."""
    config = replace(CONFIG, max_reprices=0)
    slow = Plan(fill=D("0.5"), fill_delay_ms=3_400)
    world = World(config, plans=(Plan(), Plan(), slow, Plan())).start().run()
    assert world.is_flat
    assert world.state is State.CYCLE_DONE
    assert sum(s.qty for s in exits(world) if s.leg == 0 and s.kind is OrderKind.IOC) <= D("0.185")


def test_a_fill_after_the_end_of_the_cycle_is_closed_and_halts() -> None:
    world = World(CONFIG).start().run()
    world.position[0] += D("0.05")
    world.orders["c1-1"].filled += D("0.05")
    world.give(Fill(0, "c1-1", "late", Side.BUY, D("0.05"), D("2757"), D(0), False, world.now_ns))
    assert world.state is State.EMERGENCY
    world.run()
    assert (world.is_flat, world.halts[-1].reason.split(":")[0], world.halts[-1].dirty) == (True, "late_fill", False)


def test_a_strangers_fill_closes_everything() -> None:
    world = World(CONFIG).start().run_until(State.HOLDING)
    world.position[0] -= D("0.1")
    world.give(Fill(0, "liquidation", "x", Side.SELL, D("0.1"), D("2757"), D(0), False, world.now_ns))
    world.run()
    assert (world.state, world.is_flat) == (State.HALTED, True)
    assert world.halts[-1].reason.startswith("foreign_fill")


# ----------------------------------------------------------------------------------------------- position truth


@pytest.mark.parametrize("answer", ["none", "lost"])
def test_v9_b4_an_unknown_position_is_not_zero(answer: str) -> None:
    world = World(CONFIG)
    world.audits.extend([answer] * 100)
    world.start().run()
    assert (world.state, world.submits) == (State.HALTED_DIRTY, [])
    assert world.halts[-1].reason.startswith("position_unknown")
    assert not any(position.confirmed for position in world.halts[-1].open_positions)


def test_a_position_that_was_there_before_is_reported_and_not_traded() -> None:
    world = World(CONFIG)
    world.position[1] = D("2.5")
    world.start().run()
    assert (world.state, world.submits) == (State.HALTED_DIRTY, [])
    assert world.halts[-1].reason.startswith("not_flat_at_start")
    assert [(p.name, p.qty) for p in world.halts[-1].open_positions] == [("SOL", D("2.5"))]
    assert told(world)[0] is Outcome.HALTED_OPEN


@pytest.mark.proves("R003-058", "R003-067")
@pytest.mark.proves("R003-2.5.3", "R003-2.5.5", "R003-3.5.5")
def test_a_proven_mismatch_is_adopted_once_and_everything_is_closed() -> None:
    """Regression B23: the book is corrected by recorded evidence, never reset by hand."""
    world = World(CONFIG).start().run_until(State.HOLDING)
    world.position[0] = D("0.150")
    world.give(ConnectionLost("test"))
    world.give(ConnectionRestored())
    world.run()
    assert world.noted("position_corrected: ETH by -0.035")
    assert (world.state, world.is_flat) == (State.HALTED, True)
    assert world.halts[-1].reason.startswith("position_mismatch")


def test_a_leg_that_the_venue_took_away_does_not_leave_the_other_alone_for_the_hold() -> None:
    world = World(replace(CONFIG, hold_ms=3_600_000)).start().run_until(State.HOLDING)
    world.position[0] = D(0)
    world.give(PositionMoved(0, "liquidated"))
    began = world.now_ns
    world.run()
    assert world.noted("position_moved: ETH: liquidated")
    assert (world.state, world.is_flat) == (State.HALTED, True)
    assert world.now_ns - began < 10_000 * MS


def test_a_leg_that_moved_and_is_what_it_was_is_held_on() -> None:
    world = World(CONFIG).start().run_until(State.HOLDING)
    world.give(PositionMoved(1, "a fill that is none of ours"))
    assert world.state is State.RECONCILING
    world.run()
    assert world.done.result.outcome is Outcome.PAIRED


@pytest.mark.proves("R003-2.5.2", "R003-2.5.6")
def test_a_drift_of_ten_percent_is_noted_with_its_size_and_the_book_follows_the_venue() -> None:
    """Half a coin was bought by the fills, 0.45 is what the venue has: the correction is a record, not a reset."""
    config = replace(CONFIG, target_notional=D("1378.5"), max_target_deviation=D("0.002"), part_notional=D(2_000))
    world = World(config).start().run_until(State.HOLDING)
    assert world.cycle.desk.held(0) == D("0.500")
    world.position[0] = D("0.450")
    world.give(ConnectionLost("test"))
    world.advance(50)
    world.give(ConnectionRestored())
    world.run_until(State.EMERGENCY)
    assert world.noted("position_corrected: ETH by -0.050 to 0.450")
    assert world.noted("reconciling: during HOLDING")
    assert world.cycle.desk.held(0) == D("0.450")
    world.run()
    assert world.halts[-1].result is not None
    assert D(row(1, world.halts[-1].result, D(0))["reconciliation_time"]) > 0


@pytest.mark.proves("R003-2.5.1")
def test_one_odd_answer_is_not_a_proof() -> None:
    world = World(CONFIG).start().run_until(State.BUILD_VERIFY)
    world.queue = [item for item in world.queue if not isinstance(item[2], PositionAudit)]
    world.give(PositionAudit(0, D("9"), world.now_ns))
    assert world.state is State.RECONCILING
    world.run()
    assert world.done.result.outcome is Outcome.PAIRED
    assert world.done.result.reconciliation_ms > 0


def test_b17_silence_after_the_build_ends_in_an_alert_not_in_blindness() -> None:
    world = World(CONFIG).start().run_until(State.BUILD_VERIFY)
    world.audits.extend(["none"] * 200)
    world.run_until(State.HALTED_DIRTY)
    assert world.halts[-1].reason.startswith("position_unknown")
    assert world.is_flat, "what the fills say is held was closed by reduce-only orders all the same"


def test_a_venue_that_answers_later_than_it_is_asked_again_is_believed_all_the_same() -> None:
    world = World(CONFIG)
    world.audits.extend(["lost"] * 2)
    world.start()
    asked = world.now_ns
    world.advance(1_001)
    world.give(PositionAudit(0, D("7"), asked))
    assert world.cycle.desk.audits[0].mismatches == 1
    world.give(PositionAudit(0, D("7"), asked))
    assert world.cycle.desk.audits[0].mismatches == 1, "the same answer is no second proof"


def test_an_answer_to_an_older_question_does_not_undo_that_to_a_later_one() -> None:
    desk = World(CONFIG).start().run_until(State.HOLDING).cycle.desk
    held, first = desk.held(0), desk.now_ns + 1
    desk.on_audit(PositionAudit(0, D(0), first + 1))
    desk.on_audit(PositionAudit(0, held, first))
    assert (desk.audits[0].mismatches, desk.audits[0].confirmed) == (1, False)


def test_an_answer_overtaken_by_a_fill_proves_nothing() -> None:
    desk = World(CONFIG).start().run_until(State.HOLDING).cycle.desk
    before, asked = desk.held(0), desk.now_ns
    desk.audits[0].confirmed = False
    desk.request_audit(0)
    desk.now_ns += 1
    desk.on_fill(Fill(0, "c1-1", "more", Side.BUY, D("0.1"), D("2757"), D(0), False, desk.now_ns))
    desk.on_audit(PositionAudit(0, before, asked))
    assert (desk.audits[0].mismatches, desk.audits[0].confirmed) == (0, False)
    # The same number would also have looked like an agreement had the fill been the other way round.
    asked = desk.now_ns
    desk.request_audit(0)
    desk.now_ns += 1
    desk.on_fill(Fill(0, "c1-1", "less", Side.SELL, D("0.1"), D("2757"), D(0), False, desk.now_ns))
    desk.on_audit(PositionAudit(0, before, asked))
    assert not desk.audits[0].confirmed


# ----------------------------------------------------------------------------------------------------- unwinding


@pytest.mark.proves("R003-009", "R003-060")
@pytest.mark.proves("R003-3.1.3", "R003-3.1.4", "R003-3.2.1", "R003-3.2.6")
def test_an_exit_that_rests_three_seconds_is_cancelled_and_taken() -> None:
    world = World(CONFIG, plans=(Plan(), Plan(), Plan(fill=D("0.5")), NOTHING)).start()
    world.run_until(State.UNWIND_WORKING)
    began = world.now_ns
    world.run_until(State.UNWIND_COMPLETING)
    assert world.now_ns - began == CONFIG.unwind_maker_wait_ms * MS
    world.run()
    taken = [s for s in exits(world) if s.kind is OrderKind.IOC]
    assert {(s.leg, s.qty) for s in taken} == {(0, D("0.093")), (1, D("4.4"))}
    assert all(s.reduce_only for s in taken)
    assert world.done.result.fallback_reason == "maker_exit_unfilled"


@pytest.mark.proves("R003-3.1.5")
def test_b13_reprices_are_bounded_and_the_deadline_never_moves() -> None:
    world = World(replace(CONFIG, unwind_maker_wait_ms=3_000)).start().run_until(State.HOLDING)
    world.resting_fill = False
    world.run_until(State.UNWIND_WORKING)
    began, price = world.now_ns, D("115.85")
    while world.state is State.UNWIND_WORKING:
        price += D("0.05")
        world.move(1, str(price), str(price + D("0.01")))
        world.advance(100)
        assert world.now_ns - began <= 3_200 * MS
    world.run()
    assert world.done.result.repricing_count == CONFIG.max_reprices
    assert world.is_flat


def test_b6_the_exit_quantity_is_the_held_quantity_whatever_the_price() -> None:
    world = World(CONFIG).start().run_until(State.HOLDING)
    world.move(0, "2810.0", "2810.1")
    world.move(1, "118.10", "118.11")
    world.run()
    assert [(s.leg, s.qty) for s in exits(world)] == [(0, D("0.185")), (1, D("4.4"))]


def test_a_post_only_refusal_is_a_reprice_and_not_a_failure() -> None:
    crossed = Plan(reply="post_only_reject")
    world = World(CONFIG, plans=(Plan(), Plan(), crossed, crossed)).start().run()
    assert world.done.result.outcome is Outcome.PAIRED
    assert world.done.result.repricing_count == 2


def test_b8_b16_takers_reduce_only_and_the_remaining_falls() -> None:
    partial = Plan(fill=D("0.5"))
    world = World(
        CONFIG, plans=(Plan(), Plan(), NOTHING, NOTHING, partial, Plan(), partial), legs=NO_MINIMUM
    ).start().run()  # fmt: skip
    taken = [s.qty for s in exits(world) if s.kind is OrderKind.IOC and s.leg == 0]
    assert taken == sorted(taken, reverse=True)
    assert taken[0] == D("0.185")
    assert taken[1] < taken[0]
    assert world.is_flat


# -------------------------------------------------------------------------------------------- parts of large takers

LARGE = replace(CONFIG, target_notional=D(5_000))


@pytest.mark.proves("R003-3.2.4")
@pytest.mark.parametrize("policy", list(BuildPolicy))
def test_large_takers_go_out_in_parts_and_a_part_that_fills_is_no_attempt(policy: BuildPolicy) -> None:
    config = replace(LARGE, build_policy=policy, unwind_maker_wait_ms=100)
    world = World(config).start().run_until(State.HOLDING)
    world.resting_fill = False
    world.run()
    taken = [s for s in world.submits if s.kind is OrderKind.IOC]
    assert len(taken) > 3 * config.max_taker_attempts
    assert max(s.qty * world.books[s.leg][0] for s in taken) < config.part_notional * D("1.02")
    result = world.done.result
    assert (result.outcome, world.is_flat, result.emergency_reason) == (Outcome.PAIRED, True, "")
    assert abs(result.legs[0].entry_qty * D("2757") - 5_000) < 500
    assert result.ended_ns - result.started_ns < (CONFIG.hold_ms + 2_000) * MS, "no pauses between parts that fill"


def test_a_part_that_fails_after_many_that_filled_is_the_first_attempt() -> None:
    world = World(replace(LARGE, unwind_maker_wait_ms=100)).start().run_until(State.HOLDING)
    world.resting_fill = False
    world.plans.extend([Plan()] * 14 + [NOTHING] * 2)
    world.run()
    assert not world.plans, "the two that fail were sent"
    assert (world.done.result.outcome, world.done.result.emergency_reason) == (Outcome.PAIRED, "")


def test_neither_leg_runs_ahead_by_more_than_a_part() -> None:
    """The third part of the second leg does not fill, nor does anything that tries to complete it."""
    world = World(LARGE, plans=(*[Plan()] * 5, *[NOTHING] * 4)).start().run_until(State.UNWIND_COMPLETING)
    assert [s.leg for s in world.submits[:6]] == [0, 1, 0, 1, 0, 1]
    held, gap = [D(0), D(0)], D(0)
    for fill in world.cycle.desk.ledger.fills:
        held[fill.leg] += fill.qty * fill.px * fill.side.sign
        gap = max(gap, abs(sum(held)))
    assert gap < LARGE.part_notional * D("1.02")
    world.run()
    assert (world.is_flat, world.done.result.outcome) == (True, Outcome.RECOVERED_FLAT)


# ------------------------------------------------------------------------------------- minimum order value (2094)


@pytest.mark.parametrize(
    ("configured", "clips"), [(SmallExit.CLIP, True), (SmallExit.CLIP, False), (SmallExit.TOP_UP, False)]
)
def test_a_rest_below_the_minimum_order_value_is_closed_all_the_same(configured: SmallExit, clips: bool) -> None:
    legs = (replace(LEGS[0], small_exit=configured), LEGS[1])
    plans = (Plan(), Plan(), Plan(fill=D("0.9")), Plan())
    world = World(CONFIG, plans=plans, legs=legs, clips=clips).start().run()
    assert (world.state, world.is_flat) == (State.CYCLE_DONE, True)
    assert world.noted("top_up") is not clips


# ---------------------------------------------------------------------------------------------------- guards


@pytest.mark.proves("R003-007", "R003-020")
def test_b21_the_position_limit_is_checked_before_the_first_order() -> None:
    world = World(CONFIG, guards=make_guards(max_position="900")).start().run()
    assert (world.submits, world.done.result.outcome) == ([], Outcome.SKIPPED)
    assert world.done.result.reason.startswith("max_position")


def test_b1_a_reached_daily_loss_halts_before_the_first_order() -> None:
    guards = make_guards(max_loss="5")
    guards.record_cycle(START_NS, D("-5.00"), ok=True)
    world = World(CONFIG, guards=guards).start().run()
    assert (world.state, world.submits, world.halts[-1].dirty) == (State.HALTED, [], False)
    assert world.halts[-1].reason.startswith("max_daily_loss")


@pytest.mark.proves("R003-3.3.1", "R003-3.3.3", "R003-3.3.6")
def test_a_daily_loss_while_holding_closes_everything_by_takers() -> None:
    world = World(CONFIG, guards=make_guards(max_loss="5")).start().run_until(State.HOLDING)
    world.move(0, "2720.0", "2720.1")
    assert world.state is State.EMERGENCY
    before = len(world.submits)
    world.run()
    assert world.is_flat
    assert {s.kind for s in world.submits[before - 2 :]} == {OrderKind.IOC}
    halt = world.halts[-1]
    assert halt.reason.startswith("max_daily_loss")
    assert halt.result is not None
    assert halt.result.emergency_reason == halt.reason
    assert world.cycle.guards.daily_loss.realised == halt.result.net < -5


@pytest.mark.proves("R003-008", "R003-3.3.2")
def test_b2_net_delta_beyond_its_limit_closes_everything() -> None:
    world = World(CONFIG).start().run_until(State.HOLDING)
    world.move(0, "2900.0", "2900.1")
    world.run()
    assert (world.state, world.is_flat) == (State.HALTED, True)
    assert world.halts[-1].reason.startswith("net_delta")


def test_net_delta_warns_once_and_carries_on() -> None:
    world = World(CONFIG, guards=make_guards(delta=DeltaLimits(D("0.001"), D("0.5"), D("0.5")))).start()
    world.run_until(State.HOLDING)
    world.move(0, "2790.0", "2790.1")
    world.run()
    assert len([note for note in world.notes if note.startswith("net_delta_warn")]) == 1
    assert world.done.result.outcome is Outcome.PAIRED


@pytest.mark.proves("R003-084")
@pytest.mark.parametrize("state", [State.BUILD_PLACING, State.HOLDING, State.UNWIND_WORKING, State.BUILD_VERIFY])
def test_a_guard_from_outside_closes_everything_from_any_phase(state: State) -> None:
    world = World(CONFIG).start().run_until(state)
    began = world.now_ns
    world.give(GuardTripped("operator"))
    world.run()
    assert (world.state, world.is_flat, world.halts[-1].reason) == (State.HALTED, True, "guard: operator")
    assert world.now_ns - began < CONFIG.emergency_budget_ms * MS == 10_000 * MS


@pytest.mark.proves("R003-3.3.4", "R003-3.3.5")
def test_an_emergency_past_its_budget_halts_dirty_names_the_rest_and_keeps_trying() -> None:
    world = World(CONFIG, plans=(Plan(), Plan(), *[NOTHING] * 60)).start().run_until(State.HOLDING)
    world.give(GuardTripped("test"))
    began = world.now_ns
    world.run_until(State.HALTED_DIRTY)
    assert world.now_ns - began == CONFIG.emergency_budget_ms * MS
    assert {(p.name, p.qty) for p in world.halts[-1].open_positions} == {("ETH", D("0.185")), ("SOL", D("-4.4"))}
    assert told(world) == (Outcome.HALTED_OPEN, "guard: test")
    sent = len(world.submits)
    world.advance(60_000)
    assert 2 <= len(world.submits) - sent <= 20, "it keeps trying, ever more slowly"
    world.plans.clear()
    world.advance(120_000)
    assert (world.state, world.is_flat, world.halts[-1].dirty) == (State.HALTED, True, False)
    assert told(world) == (Outcome.RECOVERED_FLAT, "guard: test"), (
        "the revised result says that it was closed after all"
    )


def test_after_an_outage_the_next_attempt_to_close_does_not_wait_for_its_pause() -> None:
    world = World(CONFIG, plans=(Plan(), Plan(), *[NOTHING] * 60)).start().run_until(State.HOLDING)
    world.give(GuardTripped("test"))
    world.run_until(State.HALTED_DIRTY)
    world.give(ConnectionLost("test"))
    world.advance(60_000)
    world.plans.clear()
    world.give(ConnectionRestored())
    world.advance(2_000)
    assert (world.state, world.is_flat) == (State.HALTED, True)


def test_a_halt_for_exits_that_are_refused_repeats_the_last_refusal() -> None:
    """A clock that is off is seen nowhere else."""
    world = World(CONFIG, plans=(Plan(), Plan(), *[Plan(reply="reject")] * 200)).start()
    world.run_until(State.HALTED_DIRTY)
    assert world.halts[-1].reason.startswith("unwind_exhausted: ")
    assert world.halts[-1].reason.endswith(" (last refusal: reject)")


def told(world: World) -> tuple[Outcome, str]:
    """How the last halt calls its cycle."""
    result = world.halts[-1].result
    assert result is not None
    return result.outcome, result.reason


# ---------------------------------------------------------------------------------------- connection, stop, time


def test_no_new_risk_while_disconnected() -> None:
    world = World(CONFIG).start()
    world.give(ConnectionLost("test"))
    world.advance(500)
    assert (world.state, world.submits) == (State.PAUSED, [])
    world.give(ConnectionRestored())
    world.run()
    assert world.done.result.outcome is Outcome.PAIRED


def test_a_connection_that_stays_down_with_a_pair_open_closes_it() -> None:
    world = World(replace(CONFIG, hold_ms=600_000)).start().run_until(State.HOLDING)
    world.give(ConnectionLost("test"))
    world.run_until(State.EMERGENCY)
    world.run()
    assert world.halts[-1].reason.startswith("disconnected")


def test_a_short_disconnection_does_not_restart_the_hold() -> None:
    world = World(CONFIG).start().run_until(State.HOLDING)
    began = world.now_ns
    world.give(ConnectionLost("test"))
    world.advance(2_000)
    world.give(ConnectionRestored())
    world.run_until(State.UNWIND_WORKING)
    assert world.now_ns - began == CONFIG.hold_ms * MS


@pytest.mark.parametrize(("mode", "early"), [(StopMode.FLATTEN, True), (StopMode.FINISH_CYCLE, False)])
def test_stop_now_and_stop_after_this_cycle(mode: StopMode, early: bool) -> None:
    world = World(CONFIG).start().run_until(State.HOLDING)
    began = world.now_ns
    world.give(StopRequested(mode))
    world.run()
    assert world.is_flat
    assert (world.now_ns - began < CONFIG.hold_ms * MS) is early


def test_a_stale_book_skips_the_cycle() -> None:
    world = World(CONFIG)
    world.feeding = False
    world.books[0] = (D(2), D(1))
    world.start().run()
    assert (world.submits, world.done.result.reason) == ([], "stale_book")


def test_a_lost_timer_is_caught_up_by_any_other_event() -> None:
    world = World(CONFIG).start().run_until(State.HOLDING)
    world.queue = [item for item in world.queue if not isinstance(item[2], Timer)]
    world.now_ns += CONFIG.hold_ms * MS
    world.give(BookTop(0, *world.books[0], world.now_ns))
    assert world.state is State.UNWIND_WORKING


def test_a_timer_of_a_deadline_that_was_set_anew_is_ignored() -> None:
    world = World(CONFIG).start().run_until(State.HOLDING)
    world.give(Timer("hold"))
    assert world.state is State.HOLDING


def test_b18_nothing_is_left_behind_after_a_cycle() -> None:
    world = World(CONFIG, plans=(Plan(), Plan(), NOTHING, NOTHING)).start().run()
    assert world.cycle.desk.live == {}
    assert world.cycle.desk.deadlines == {}
    assert not any(order.open for order in world.orders.values())
    assert any(isinstance(a, Cancel) for a in world.log)


def test_the_same_events_give_the_same_actions() -> None:
    plans = (Plan(fill=D("0.7")), Plan(reply="absent"))
    assert World(CONFIG, plans=plans).start().run().log == World(CONFIG, plans=plans).start().run().log


# ------------------------------------------------------------------------------------------------------ metrics


@pytest.mark.proves("R003-011", "R003-059", "R003-086", "R003-2.6.4")
@pytest.mark.proves("R003-2.6.1", "R003-2.6.2", "R003-2.6.3", "R003-2.6.5", "R003-2.6.6", "R003-2.6.7")
@pytest.mark.proves("R003-3.4.1", "R003-3.4.2", "R003-3.4.7", "R003-3.1.6")
@pytest.mark.parametrize("direction", list(Direction))
def test_b22_every_metric_is_really_written_and_v4_comes_first(direction: Direction) -> None:
    world = World(CONFIG, direction).start().run()
    world_row = row(1, world.done.result, D("-0.45"), Latencies(D("3.5"), D("20"), D("4")))
    table = list(csv.reader(io.StringIO(to_csv([world_row]))))
    assert tuple(table[0][:21]) == V4_COLUMNS
    assert tuple(table[0]) == COLUMNS
    cells = dict(zip(*table, strict=True))
    unset = {"reason", "emergency_reason", "fallback_reason"}
    assert [name for name, value in cells.items() if value == "" and name not in unset] == []
    prices = {0: ("2757.0", "2756.9"), 1: ("115.86", "115.85")}
    entered = prices[0][0] if direction is Direction.BUY_FIRST else prices[0][1]
    assert cells["primary_entry_price"] == entered
    assert (cells["websocket_latency"], cells["rest_latency"], cells["websocket_fill_time"]) == ("3.5", "20", "4")
    assert (cells["order_to_fill_primary"], cells["hedge_exit_order_type"]) == ("5", "POST_ONLY")
    assert (cells["hedge_entry_fee_saved"], cells["hedge_exit_fee_saved"]) == ("False", "True")
    assert D(cells["fee_saved_usd"]) > 0


def test_what_was_not_measured_is_an_empty_cell_and_not_a_zero() -> None:
    world = World(CONFIG, plans=(NOTHING, NOTHING)).start().run()
    cells = row(1, world.done.result, D(0))
    assert [cells[name] for name in ("websocket_latency", "primary_entry_price", "order_to_fill_hedge", "pnl_bps")] == [
        ""
    ] * 4


def test_numbers_in_the_table_are_ones_that_a_person_reads() -> None:
    """A quotient of 28 digits is no better known than its terms, and a zero has no sign; exact amounts stay exact."""
    exact = D("-0.123456789012345678")
    result = replace(World(CONFIG).start().run().done.result, slippage_bps=(D("-2") / 7, D("-0")), funding=exact)
    cells = row(1, result, D("-0.0"))
    names = ("primary_entry_slippage_bps", "hedge_entry_slippage_bps", "funding_usd", "cumulative_net_pnl_usd")
    assert [cells[name] for name in names] == ["-0.2857", "0", str(exact), "0.0"]
    assert len(cells["pnl_bps"].rpartition(".")[2]) == 4


@pytest.mark.proves("R003-3.4.5", "R003-3.5.3")
def test_five_cycles_in_turn_and_their_summary() -> None:
    guards, results, direction = make_guards(), [], Direction.BUY_FIRST
    for _ in range(5):
        world = World(CONFIG, direction, guards=guards).start().run()
        results.append(world.done.result)
        direction = direction.flipped
    total = summarise(results)
    assert (total.cycles, total.paired, total.emergencies) == (5, 5, 0)
    assert total.net == sum(result.net for result in results) == guards.daily_loss.realised
    assert total.net == total.gross - total.fees + total.funding
    assert total.cost_per_million is not None
    assert total.cost_per_million > 0
    assert percentile([D(1), D(2), D(10)], D("0.5")) == 2
    assert percentile([], D("0.5")) is None


@pytest.mark.proves("R003-062")
def test_the_lines_an_operator_reads_after_a_cycle_and_at_the_end() -> None:
    results = [World(CONFIG, direction).start().run().done.result for direction in Direction]
    net, volume = sum(result.net for result in results), sum(result.volume for result in results)
    lines = cycle_lines(results)
    assert lines[:3] == [
        "CYCLE 2 COMPLETE (paired: completed)",
        "  ETH: SELL 0.185 @ $2756.900, BUY 0.185 @ $2756.900",
        "  SOL: BUY 4.4 @ $115.860, SELL 4.4 @ $115.860",
    ]
    assert lines[3].endswith(f"cycle PnL ${results[1].net:+.4f}")
    assert lines[4] == f"CUMULATIVE 2 cycles | PnL ${net:+.4f} | Avg {net / volume * 10_000:+.2f} bps"
    final = final_lines(results)
    assert final[0] == f"FINAL 2 of 2 cycles paired, volume ${volume:.2f}"
    assert "maker share 50.0%" in final[3]
    nothing = World(CONFIG, plans=(NOTHING, NOTHING)).start().run().done.result
    assert "average edge - bps, cost per $1M -" in final_lines([nothing])[2]
    assert final_lines([])[0].startswith("FINAL 0 of 0")


def test_b19_funding_enters_the_result_as_paid() -> None:
    world = World(CONFIG).start().run_until(State.HOLDING)
    world.give(FundingPaid(1, D("-0.12"), world.now_ns))
    world.run()
    result = world.done.result
    assert (result.funding, result.net) == (D("-0.12"), result.gross - result.fees - D("0.12"))


@pytest.mark.parametrize("direction", list(Direction))
@pytest.mark.parametrize("share", ["1", "0.7", "0.35"])
def test_one_coin_at_two_venues_holds_equal_quantities_whatever_the_first_leg_filled(
    direction: Direction, share: str
) -> None:
    """The hedge is sized from the fill of the leg that rests first, in units: prices three percent apart change
    nothing."""
    config = replace(MAKER, neutral=Neutral.QUANTITY, maker_fallback_taker=False)
    world = World(config, direction, (Plan(fill=D(share)),), legs=COIN_TWICE)
    world.books[1] = (D("2840.0"), D("2840.5"))
    world.start().run_until(State.HOLDING)
    assert world.position[1] != 0
    assert abs(world.position[0] + world.position[1]) <= COIN_TWICE[1].lot / 2
    assert world.run().done.result.outcome is Outcome.PAIRED
    assert world.is_flat
