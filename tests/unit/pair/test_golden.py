"""The golden vectors of the pair reference (appendix A) and the requirement rows they stand for."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal as D

import pytest

from hedgewire.pair.completion import LegView, Remedy, decide
from hedgewire.pair.guards import (
    DailyLoss,
    DeltaLimits,
    FailureBreaker,
    Guards,
    Level,
    check_delta,
    check_position,
)
from hedgewire.pair.ledger import Ledger
from hedgewire.pair.preflight import CostEstimate, expected_cost
from hedgewire.pair.pricing import (
    PriceMode,
    SpreadState,
    arbitrage_spread_bps,
    calculate_timeout,
    calculate_timeout_by_notional,
    capped_taker_price,
    has_moved,
    is_sane,
    mode_price,
    post_only_price,
    slippage_bps,
    worths,
)
from hedgewire.pair.sizing import SizingRefused, balanced_lots, matching_qty, naive_lots, next_part
from hedgewire.pair.vocabulary import BuildPolicy, ConfigError, Fill, LegSpec, Neutral, PairConfig, Side

ETH = LegSpec("ETH", D("0.1"), D("0.001"), taker_rate=D("0.0005"), maker_rate=D("0.0002"))
SOL = LegSpec("SOL", D("0.01"), D("0.1"), taker_rate=D("0.0005"), maker_rate=D("0.0002"))
PRICES = (D("2756.94"), D("115.86"))
DAY_NS = 86_400 * 10**9
MIDNIGHT_NS = 20_000 * DAY_NS


def fill(leg: int, side: Side, qty: str, px: str, fee: str = "0", trade: str = "") -> Fill:
    return Fill(leg, "o", trade or f"{leg}{side}{px}", side, D(qty), D(px), D(fee), False, 0)


# ------------------------------------------------------------------------------------------------ V1: sizing


def test_v1_naive_rounding_is_five_percent_unequal() -> None:
    naive = naive_lots((ETH, SOL), PRICES, D(100))
    assert naive.qty == (D("0.036"), D("0.9"))
    assert [round(value, 2) for value in naive.notional] == [D("99.25"), D("104.27")]
    assert abs(naive.notional[1] / naive.notional[0] - 1) == pytest.approx(D("0.0506"), abs=D("0.0001"))


def test_v1_balanced_lots_report_imbalance_and_deviation() -> None:
    """Regression B9: the balanced result is the one that is used."""
    sizing = balanced_lots((ETH, SOL), PRICES, D(100), D("0.16"))
    assert not isinstance(sizing, SizingRefused)
    assert sizing.qty == (D("0.042"), D("1.0"))
    assert round(sizing.imbalance, 4) == D("0.0006")
    assert round(sizing.deviation, 3) == D("0.159")


def test_v1_the_deviation_is_bounded() -> None:
    sizing = balanced_lots((ETH, SOL), PRICES, D(100), D("0.10"))
    assert not isinstance(sizing, SizingRefused)
    assert sizing.qty != (D("0.042"), D("1.0"))
    assert sizing.deviation <= D("0.10")


def test_sizing_refuses_below_the_minimum_order_value() -> None:
    small = LegSpec("ETH", D("0.1"), D("0.001"), min_notional=D(100))
    refused = balanced_lots((small, SOL), PRICES, D(50), D("0.10"))
    assert isinstance(refused, SizingRefused)
    assert "hint:" in refused.reason


def test_sizing_stays_fast_and_balanced_for_large_targets() -> None:
    sizing = balanced_lots((ETH, SOL), PRICES, D(10_000_000), D("0.10"))
    assert not isinstance(sizing, SizingRefused)
    assert sizing.imbalance < D("0.0001")


def test_the_second_leg_follows_the_filled_notional_not_the_plan() -> None:
    assert matching_qty(D("0.020") * PRICES[0], PRICES[1], SOL.lot) == D("0.5")


@pytest.mark.proves("R003-3.2.4")
def test_a_large_taker_goes_out_in_equal_parts() -> None:
    """Regression B16: a part never exceeds what remains, and no rest is left that is too small to send."""
    lot, most = D("0.001"), D(600)
    assert next_part(D("0.2"), D(3000), lot, most) == D("0.2")
    assert next_part(D("0.201"), D(3000), lot, most) == D("0.101")
    rest, parts = D("1.000"), []
    while rest:
        parts.append(next_part(rest, D(3000), lot, most))
        rest -= parts[-1]
    assert parts == [D("0.2")] * 5


# ----------------------------------------------------------------------------------------------- V2: timeouts


@pytest.mark.proves("R003-2.1.4", "R003-2.1.5", "R003-2.1.6")
@pytest.mark.parametrize(
    ("qty", "stable", "widening", "narrowing"),
    [("0.1", 5, 3, 10), ("0.10001", 10, 5, 20), ("0.5", 10, 5, 20), ("0.50001", 20, 10, 30), ("2", 20, 10, 30)],
)
@pytest.mark.proves("R003-006", "R003-054")
def test_v2_timeouts(qty: str, stable: int, widening: int, narrowing: int) -> None:
    assert calculate_timeout(D(qty)) == stable
    assert calculate_timeout(D(qty), SpreadState.WIDENING) == widening
    assert calculate_timeout(D(qty), SpreadState.NARROWING) == narrowing


def test_timeouts_by_notional_do_not_depend_on_the_coin() -> None:
    assert [calculate_timeout_by_notional(D(usd)) for usd in (300, 301, 1500, 1501)] == [5, 10, 10, 20]


# ---------------------------------------------------------------------------------------- V3, V11: the ledger


@pytest.mark.proves("R003-3.4.3", "R003-3.4.4", "R003-3.4.6")
def test_v3_the_real_cycle_of_evidence_e7() -> None:
    ledger = Ledger()
    for leg, side, px, rate in (
        (0, Side.BUY, "2925.59", "0.0002"),
        (1, Side.SELL, "2929.31", "0.0005"),
        (0, Side.SELL, "2925.35", "0.0002"),
        (1, Side.BUY, "2929.30", "0.0005"),
    ):
        ledger.apply(fill(leg, side, "0.5", px, str(D("0.5") * D(px) * D(rate))))
    assert ledger.gross() == D("-0.115")
    assert ledger.fees == D("2.0497465")
    assert ledger.net() == D("-2.1647465")
    assert ledger.volume == D("5854.775")
    assert round(ledger.bps_of_volume(ledger.net()) or D(0), 3) == D("-3.697")
    assert round(ledger.cost_per_million or D(0), 1) == D("369.7")


def test_v11_sell_first_has_the_right_sign() -> None:
    """Regression B7: the formula of buy-first, applied to sell-first, turned a loss into a gain."""
    ledger = Ledger()
    for entry in (
        fill(0, Side.SELL, "1", "2000"),
        fill(0, Side.BUY, "1", "1990"),
        fill(1, Side.BUY, "20", "100"),
        fill(1, Side.SELL, "20", "99"),
    ):
        ledger.apply(entry)
    assert (ledger.legs[0].cash, ledger.legs[1].cash, ledger.gross()) == (D(10), D(-20), D(-10))


def test_b11_a_repeated_trade_id_changes_nothing() -> None:
    ledger = Ledger()
    assert ledger.apply(fill(0, Side.BUY, "1", "2000", "1", trade="t"))
    assert not ledger.apply(fill(0, Side.BUY, "1", "2000", "1", trade="t"))
    assert (ledger.position(0), ledger.fees, len(ledger.fills)) == (D(1), D(1), 1)
    # The other leg is another instrument: the same id there is another trade.
    assert ledger.apply(fill(1, Side.BUY, "1", "2000", "1", trade="t"))


def test_b12_an_open_position_needs_a_mark_and_never_a_guess() -> None:
    ledger = Ledger()
    ledger.apply(fill(0, Side.BUY, "1", "2000"))
    with pytest.raises(ValueError, match="hint:"):
        ledger.gross()
    assert ledger.gross({0: D(2010)}) == D(10)


def test_b19_funding_is_only_what_was_paid() -> None:
    ledger = Ledger()
    assert ledger.net() == 0
    ledger.fund(1, D("-0.25"))
    assert ledger.net() == D("-0.25")


def test_impossible_fills_are_refused() -> None:
    for qty, px in (("0", "1"), ("-1", "1"), ("NaN", "1"), ("1", "0")):
        with pytest.raises(ValueError, match="impossible"):
            Ledger().apply(fill(0, Side.BUY, qty, px))


def test_late_fills_consume_the_correction_that_anticipated_them() -> None:
    ledger = Ledger()
    ledger.correct(0, D("0.3"), {"o"}, 5)
    assert ledger.position(0) == D("0.3")
    ledger.apply(fill(0, Side.BUY, "0.3", "2000"))
    assert (ledger.position(0), ledger.legs[0].corrected) == (D("0.3"), D(0))


def test_nothing_traded_has_no_bps() -> None:
    assert Ledger().bps_of_volume(D(0)) is None
    assert Ledger().cost_per_million is None


# ----------------------------------------------------------------------------------------------- V4-V6: guards


@pytest.mark.proves("R003-055")
@pytest.mark.proves("R003-2.2.1", "R003-2.2.2")
@pytest.mark.parametrize(("added", "level"), [("1.0", Level.BLOCK), ("0.4", Level.OK), ("0.5", Level.OK)])
def test_v4_max_position(added: str, level: Level) -> None:
    assert check_position(D("4.5"), D(added), D("5.0"), "ETH").level is level


@pytest.mark.proves("R003-055")
@pytest.mark.proves("R003-2.2.3", "R003-2.2.4")
@pytest.mark.parametrize(("loss", "level"), [("-5.10", Level.HALT), ("-5.00", Level.HALT), ("-2.00", Level.OK)])
def test_v5_max_daily_loss(loss: str, level: Level) -> None:
    """Regression B1: the daily result is recorded, so the guard can fire."""
    daily = DailyLoss(D(5))
    daily.record(D(loss), MIDNIGHT_NS)
    assert daily.check(MIDNIGHT_NS).level is level


@pytest.mark.proves("R003-2.2.7")
def test_v6_the_day_ends_at_utc_midnight_and_open_results_are_carried() -> None:
    daily = DailyLoss(D(5))
    daily.record(D("-5.10"), MIDNIGHT_NS - 10**9)
    assert daily.check(MIDNIGHT_NS - 1).level is Level.HALT
    assert daily.check(MIDNIGHT_NS).level is Level.OK
    assert daily.check(MIDNIGHT_NS, open_result=D("-5.10")).level is Level.HALT


def test_a_restarted_daily_loss_remembers_the_day() -> None:
    daily = DailyLoss(D(5))
    daily.record(D("-5.10"), MIDNIGHT_NS)
    again = DailyLoss(D(5), daily.day, daily.realised)
    assert again.check(MIDNIGHT_NS + 1).level is Level.HALT


@pytest.mark.proves("R003-2.2.5", "R003-2.2.6")
def test_net_delta_warns_then_blocks() -> None:
    """The source's vectors as ETH-equivalent units (requirement X5), thresholds as the rows need (X4)."""
    limits = DeltaLimits(D("0.05"), D("0.20"), D("0.50"))
    warned = check_delta((D("1.0"), D("-0.9")), limits)
    assert (warned.level, warned.allows_new_risk) == (Level.WARN, True)
    blocked = check_delta((D("2.0"), D("-1.0")), limits)
    assert (blocked.level, blocked.allows_new_risk) == (Level.BLOCK, False)
    assert check_delta((D(1), D(0)), limits).level is Level.EMERGENCY
    assert check_delta((D(0), D(0)), limits).level is Level.OK


@pytest.mark.proves("R003-2.5.4")
def test_equal_values_are_no_delta_whatever_the_number_of_coins() -> None:
    """0.5 ETH against 50 SOL, with SOL at a hundredth of ETH; one coin fewer is more than one per cent of gross."""
    eth, sol = D(3000), D(30)
    assert check_delta((D("0.5") * eth, D(-50) * sol), DeltaLimits()).level is Level.OK
    assert check_delta((D("0.5") * eth, D(-49) * sol), DeltaLimits()).level is Level.WARN


def test_b10_delta_is_judged_in_usd_not_in_coins() -> None:
    assert check_delta((D("0.042") * PRICES[0], D("-1.0") * PRICES[1]), DeltaLimits()).level is Level.OK


def test_the_breaker_opens_after_consecutive_failures_only() -> None:
    breaker = FailureBreaker(2)
    for ok in (False, True, False):
        breaker.record(ok)
    assert breaker.check().level is Level.OK
    breaker.record(False)
    assert breaker.check().level is Level.HALT


@pytest.mark.proves("R003-4.0.6")
@pytest.mark.parametrize("bad", ["0", "-1", "NaN"])
def test_absent_limits_are_refused(bad: str) -> None:
    with pytest.raises(ConfigError, match="hint:"):
        DailyLoss(D(bad))
    with pytest.raises(ConfigError, match="hint:"):
        Guards(D(bad), DailyLoss(D(1)))
    with pytest.raises(ConfigError, match="hint:"):
        DeltaLimits(D(bad))


# ----------------------------------------------------------------------------------------- V8: complete or unwind


def views(held0: str, held1: str, legs: tuple[LegSpec, LegSpec] = (ETH, SOL)) -> tuple[LegView, LegView]:
    return (
        LegView(legs[0], D(held0), PRICES[0] - D("0.05"), PRICES[0] + D("0.05"), PRICES[0]),
        LegView(legs[1], D(held1), PRICES[1] - D("0.005"), PRICES[1] + D("0.005"), PRICES[1]),
    )


def test_v8_residual_is_completed_else_trimmed() -> None:
    choice = decide(views("0.036", "0.5"), D("0.03"))
    assert round(choice.residual_usd, 2) == D("41.32")
    assert (choice.remedy, choice.leg, choice.qty) == (Remedy.COMPLETE, 1, D("0.4"))
    choice = decide(views("0.036", "0.5"), D("0.03"), may_complete=False)
    assert (choice.remedy, choice.leg, choice.qty) == (Remedy.TRIM, 0, D("0.015"))


def test_one_coin_in_two_places_is_balanced_in_units_whatever_the_prices() -> None:
    """The places are 0.4 % apart, and their lots differ: neither makes the quantities unequal."""
    coarse = LegSpec("ETH-B", D("0.1"), D("0.005"))
    prices = worths(Neutral.QUANTITY, (D(2750), D(2761)))
    sizing = balanced_lots((ETH, coarse), prices, D(500), D("0.10"))
    assert not isinstance(sizing, SizingRefused)
    assert sizing.qty == (D("0.180"), D("0.180"))
    held = (
        LegView(ETH, D("0.120"), D("2749.9"), D("2750.1"), prices[0]),
        LegView(coarse, D("0.040"), D("2760.9"), D("2761.1"), prices[1]),
    )
    choice = decide(held, D("0.001"))
    assert (choice.remedy, choice.leg, choice.qty) == (Remedy.COMPLETE, 1, D("0.080"))
    by_value = decide((replace(held[0], worth=D(2750)), replace(held[1], worth=D(2761))), D("0.001"))
    assert by_value.residual_usd != choice.residual_usd


def test_an_equal_pair_is_accepted_and_a_lone_leg_is_not() -> None:
    assert decide(views("0.042", "1.0"), D("0.03")).remedy is Remedy.ACCEPT
    assert decide(views("0", "0"), D("0.03")).remedy is Remedy.ACCEPT
    assert decide(views("0.042", "0"), D("0.03"), may_complete=False).remedy is Remedy.UNWIND


def test_a_residual_below_the_minimum_order_value_can_only_be_unwound() -> None:
    small = (
        LegSpec("ETH", D("0.1"), D("0.001"), min_notional=D(100)),
        LegSpec("SOL", D("0.01"), D("0.1"), min_notional=D(100)),
    )
    assert decide(views("0.080", "1.2", small), D("0.03")).remedy is Remedy.UNWIND


def test_a_wide_book_makes_unwinding_cheaper_than_completing() -> None:
    eth = views("0.042", "0")[0]
    wide = LegView(SOL, D(0), D(110), D("121.72"), D("115.86"))
    assert decide((eth, wide), D("0.03")).remedy is Remedy.UNWIND


# ----------------------------------------------------------------------------------------------- V12: prices


@pytest.mark.proves("R003-3.1.1")
def test_v12_one_tick_inside_or_the_touch() -> None:
    tick = D("0.1")
    assert post_only_price(Side.BUY, D("100.0"), D("100.1"), tick) == D("100.0")
    assert post_only_price(Side.SELL, D("100.0"), D("100.1"), tick) == D("100.1")
    assert post_only_price(Side.BUY, D("100.0"), D("100.3"), tick) == D("100.1")
    assert post_only_price(Side.SELL, D("100.0"), D("100.3"), tick) == D("100.2")


@pytest.mark.proves("R003-3.2.2", "R003-3.2.3")
def test_takers_cross_and_their_limit_is_capped() -> None:
    """Regression B16: the price moves towards and through the book, in ticks, not away from it in dollars."""
    buy = capped_taker_price(Side.BUY, D("3000.0"), D("3000.1"), D("0.1"), D(10))
    sell = capped_taker_price(Side.SELL, D("3000.0"), D("3000.1"), D("0.1"), D(10))
    assert (buy, sell) == (D("3003.1"), D("2997.0"))
    assert slippage_bps(Side.BUY, buy, D("3000.1")) <= 10
    assert slippage_bps(Side.SELL, sell, D("3000.0")) <= 10
    assert capped_taker_price(Side.BUY, D("1.00"), D("1.01"), D("0.01"), D(0)) == D("1.01")


def test_slippage_is_signed() -> None:
    assert slippage_bps(Side.BUY, D(101), D(100)) == 100
    assert slippage_bps(Side.SELL, D(101), D(100)) == -100
    with pytest.raises(ValueError, match="hint:"):
        slippage_bps(Side.BUY, D(1), D(0))


def test_price_modes() -> None:
    book = (D("100.0"), D("100.5"), D("0.1"))
    found = {mode: (mode_price(mode, Side.BUY, *book), mode_price(mode, Side.SELL, *book)) for mode in PriceMode}
    assert found == {
        PriceMode.BBO_MINUS_1: (D("99.9"), D("100.6")),
        PriceMode.BBO_PLUS_1: (D("100.1"), D("100.4")),
        PriceMode.BBO: (D("100.0"), D("100.5")),
        PriceMode.AGGRESSIVE: (D("100.5"), D("100.0")),
        PriceMode.MARKET: (None, None),
    }


def test_moved_books_and_bad_books() -> None:
    assert has_moved(D("100.0"), Side.BUY, D("100.2"), D("100.3"), D("0.1"), 1)
    assert not has_moved(D("100.0"), Side.BUY, D("100.1"), D("100.3"), D("0.1"), 1)
    assert not any(is_sane(D(bid), D(ask)) for bid, ask in (("1", "1"), ("2", "1"), ("0", "1"), ("NaN", "1")))


def test_arbitrage_spread() -> None:
    assert arbitrage_spread_bps(Side.BUY, D(99), D(100), D(101), D(102)) == 100
    assert arbitrage_spread_bps(Side.SELL, D(101), D(102), D(99), D(100)) == 100


# ----------------------------------------------------------------------------------------------- preflight


def test_expected_cost_in_bps_and_per_million() -> None:
    config = PairConfig(D(100), BuildPolicy.IOC, max_target_deviation=D("0.16"))
    tops = ((D("2756.9"), D("2757.0")), (D("115.85"), D("115.86")))
    cost = expected_cost(config, (ETH, SOL), tops)
    assert isinstance(cost, CostEstimate)
    # All-taker: 5 bps on every fill, plus half the spread on every fill.
    assert round(cost.bps(cost.fees_worst), 6) == 5
    assert cost.per_million(cost.worst) > cost.per_million(cost.best) > 0
    assert any("per $1M" in line for line in cost.lines((ETH, SOL)))


def test_expected_cost_refuses_an_unusable_book() -> None:
    refused = expected_cost(PairConfig(D(100)), (ETH, SOL), ((D(2), D(1)), (D(1), D(2))))
    assert isinstance(refused, SizingRefused)


@pytest.mark.parametrize(
    "change",
    [
        {"target_notional": D(0)},
        {"maker_leg": 2},
        {"hold_ms": -1},
        {"hold_ms": 1.5},
        {"max_imbalance": D(1)},
        {"slippage_cap_bps": D("NaN")},
        {"max_queries": 0},
    ],
)
def test_configuration_errors_name_the_value_and_hint(change: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match="hint:"):
        PairConfig(**{"target_notional": D(100), **change})  # type: ignore[arg-type]
