"""Faults of markets, money, keys and the clock: what each does to the venue, and how it is undone."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from hedgewire.simulator.accounts import Account, HealthKind
from hedgewire.simulator.arming import Fault
from hedgewire.simulator.fixed import mul, x18
from hedgewire.simulator.liquidation import liquidate
from hedgewire.simulator.market import NEVER_S, TAKER
from hedgewire.simulator.orders import Instrument, Order, OrderKind, Refusal, TradingStatus

if TYPE_CHECKING:
    from hedgewire.simulator.venue import VenueApp

Undo = Callable[[], None]
PPM = 10**12
"""One millionth as x18."""
BPS = 10**14
"""One ten-thousandth as x18."""
COARSER = 10


def _products(app: VenueApp, fault: Fault) -> list[int]:
    wanted = fault.params.get("product_id")
    return [product_id for product_id in app.state.ledger.markets if wanted in (None, product_id)]


def _instruments(app: VenueApp, fault: Fault) -> list[Instrument]:
    return [app.state.ledger.markets[product_id].instrument for product_id in _products(app, fault)]


def _account(app: VenueApp, fault: Fault) -> Account:
    return app.state.ledger.open(app.state.default_account(fault.number("account", 0)))


# --- lasting: begun when armed, undone when removed ----------------------------------------------------------------


def _change(instruments: list[Instrument], **fields: object) -> Undo:
    """Set fields of instruments; the undo sets them back."""
    before = [(instrument, {name: getattr(instrument, name) for name in fields}) for instrument in instruments]
    for instrument in instruments:
        for name, value in fields.items():
            setattr(instrument, name, value)

    def undo() -> None:
        for instrument, values in before:
            for name, value in values.items():
                setattr(instrument, name, value)

    return undo


def _halt(app: VenueApp, fault: Fault) -> Undo:
    return _change(_instruments(app, fault), status=TradingStatus(fault.text("status", "not_tradable")))


def _coarser(app: VenueApp, fault: Fault) -> Undo:
    undone = []
    for instrument in _instruments(app, fault):
        coarse = {name: getattr(instrument, name) * COARSER for name in ("price_increment", "size_increment")}
        undone.append(_change([instrument], **coarse))
        app.state.market.lay_anew(instrument.product_id)

    def undo() -> None:
        for each in undone:
            each()

    return undo


def _fees(app: VenueApp, fault: Fault) -> Undo:
    return _change(
        _instruments(app, fault),
        maker_fee_rate=fault.number("maker_ppm", 300) * PPM,
        taker_fee_rate=fault.number("taker_ppm", 700) * PPM,
    )


def _thin(app: VenueApp, fault: Fault) -> Undo:
    market, before = app.state.market, dict(app.state.market.depth_percent)
    for product_id in _products(app, fault):
        market.set_depth(product_id, fault.number("depth_percent", 2))

    def undo() -> None:
        for product_id in _products(app, fault):
            market.set_depth(product_id, before.get(product_id, 100))

    return undo


def _drain(app: VenueApp, fault: Fault) -> Undo:
    market = app.state.market
    for product_id in _products(app, fault):
        market.drain(product_id, fault.text("side", "asks"))

    def undo() -> None:
        for product_id in _products(app, fault):
            market.drain(product_id, "none")

    return undo


def _revoke(app: VenueApp, fault: Fault) -> Undo:
    revoked = app.state.revoked_signers
    signer = app.state.default_signer(fault.number("account", 0))
    revoked.add(signer)
    return partial(revoked.discard, signer)


def _skew(app: VenueApp, fault: Fault) -> Undo:
    clock, skew_ms = app.state.clock, fault.number("skew_ms", 0)
    clock.add_skew_ms(skew_ms)
    return partial(clock.add_skew_ms, -skew_ms)


LASTING: dict[str, Callable[[VenueApp, Fault], Undo]] = {
    "market_halt": _halt,
    "product_change": _coarser,
    "fee_change": _fees,
    "thin_book": _thin,
    "drained_book": _drain,
    "key_revoked": _revoke,
    "clock_skew": _skew,
}


# --- at once: each returns what it hit -----------------------------------------------------------------------------


def _jump_price(app: VenueApp, fault: Fault) -> list[str]:
    for product_id in _products(app, fault):
        price = app.state.ledger.markets[product_id].oracle_price
        app.state.market.set_price(product_id, price + mul(price, fault.number("move_bps", 200) * BPS))
    return _symbols(app, fault)


def _fund(app: VenueApp, fault: Fault) -> list[str]:
    for product_id in _products(app, fault):
        price = app.state.ledger.markets[product_id].oracle_price
        app.pay_funding(product_id, mul(price, fault.number("rate_bps", 10) * BPS))
    return _symbols(app, fault)


def _symbols(app: VenueApp, fault: Fault) -> list[str]:
    return [instrument.symbol for instrument in _instruments(app, fault)]


def _call_margin(app: VenueApp, fault: Fault) -> list[str]:
    """Take what initial health has to spare; what is held stays as it is."""
    account, exchange = _account(app, fault), app.state.exchange
    spare = app.state.ledger.health(account, HealthKind.INITIAL).health
    if spare <= 0:
        return []
    account.quote -= spare
    exchange.emit(exchange.position_events(account, 0, "withdraw_collateral", app.state.clock.stamp_ns()))
    return [account.account_id]


def _take_over(app: VenueApp, fault: Fault) -> list[str]:
    return [str(event.product_id) for event in liquidate(app.state.exchange, _account(app, fault))]


def _deleverage(app: VenueApp, fault: Fault) -> list[str]:
    account, exchange, hit = _account(app, fault), app.state.exchange, []
    for product_id in _products(app, fault):
        market = app.state.ledger.markets[product_id]
        step = market.instrument.size_increment
        held = app.state.ledger.position(account, product_id).amount if product_id in account.positions else 0
        size = abs(held) * fault.number("percent", 50) // 100 // step * step
        if not size:
            continue
        base = -size if held > 0 else size
        quote, stamp_ns = -mul(base, market.oracle_price), app.state.clock.stamp_ns()
        app.state.ledger.apply_fill(account, product_id, base, quote, 0)
        app.state.ledger.apply_fill(app.state.ledger.open(TAKER), product_id, -base, -quote, 0)
        exchange.emit(exchange.position_events(account, product_id, "deleverage", stamp_ns))
        hit.append(market.instrument.symbol)
    return hit


def _trade_by_hand(app: VenueApp, fault: Fault) -> list[str]:
    """Immediate or cancel, at the edge of what the venue takes."""
    hit = []
    for product_id in _products(app, fault):
        market, amount = app.state.ledger.markets[product_id], x18(fault.text("amount", "0.01"))
        tick = market.instrument.price_increment
        oracle, rules = market.oracle_price, market.instrument
        edge = min(oracle * 11 // 10, mul(oracle, rules.oracle_high))
        if amount < 0:
            edge = max(oracle * 9 // 10, mul(oracle, rules.oracle_low) + tick)
        number = app.state.exchange.submission_idx
        order = Order(
            app.state.order_id_by_hand(f"0x{fault.fault_id:032x}{number:016x}{product_id:016x}"),
            app.state.default_account(fault.number("account", 0)),
            product_id,
            edge // tick * tick,
            amount,
            OrderKind.IOC,
            NEVER_S,
        )
        try:
            app.state.exchange.submit(order)
        except Refusal:
            continue  # the hand is refused like anybody: too small, halted, no margin
        hit.append(order.order_id)
    return hit


def _jump_clock(app: VenueApp, fault: Fault) -> list[str]:
    app.state.clock.add_skew_ms(fault.number("jump_ms", 0))
    return ["clock"]


AT_ONCE: dict[str, Callable[[VenueApp, Fault], list[str]]] = {
    "price_jump": _jump_price,
    "funding_now": _fund,
    "margin_call": _call_margin,
    "liquidate": _take_over,
    "deleverage": _deleverage,
    "manual_trade": _trade_by_hand,
    "clock_jump": _jump_clock,
}
