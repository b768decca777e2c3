"""Nado's rules: the checks an order passes before it may touch the book (Nado reference 6.4), and fees (6.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hedgewire.simulator.admission import check_shape, check_trading_status
from hedgewire.simulator.clock import SECOND_NS
from hedgewire.simulator.fixed import ONE, div, mul, plain
from hedgewire.simulator.orders import Instrument, Order, OrderKind, Reason, Refusal

if TYPE_CHECKING:
    from hedgewire.simulator.exchange import Exchange

MAX_OPEN_ORDERS_PER_MARKET = 200


class NadoRules:
    """See ``hedgewire.simulator.rules``."""

    unmatched_is_refused = True

    def admit(self, exchange: Exchange, order: Order, now_ns: int) -> int:
        return validate(exchange, order, now_ns)

    def maker_refusal(self, exchange: Exchange, maker: Order, quantity: int) -> Reason | None:
        signed = quantity if maker.is_buy else -quantity
        account = exchange.settle_account(maker)
        quote = -mul(signed, maker.price) + maker.isolated_margin
        healthy = exchange.ledger.healthy_after(account, maker.product_id, signed, quote)
        return None if healthy else Reason.UNHEALTHY_AT_MATCH

    def fee(self, instrument: Instrument, order: Order, quote: int, *, is_taker: bool) -> int:
        metered = metered_quote(
            quote=quote,
            already_filled_quote=order.filled_quote,
            min_notional=instrument.min_notional,
            is_taker=is_taker,
        )
        return fee_of(metered, instrument.taker_fee_rate if is_taker else instrument.maker_fee_rate)

    def child_id(self, parent: str, product_id: int, slot: int) -> str:
        """Owner, six zero bytes, product id, slot, the letters ``iso`` (Nado reference 3.4)."""
        return parent[:42] + "00" * 6 + product_id.to_bytes(2).hex() + bytes([slot]).hex() + b"iso".hex()


def metered_quote(*, quote: int, already_filled_quote: int, min_notional: int, is_taker: bool) -> int:
    """The part of a fill the fee is charged on (Nado reference 6.3): takers pay for ``min_notional`` at least."""
    if not is_taker:
        return quote
    metered = min_notional if already_filled_quote == 0 else 0
    above_minimum = min(already_filled_quote + abs(quote) - min_notional, abs(quote))
    metered += max(0, above_minimum)
    return metered if quote > 0 else -metered


def fee_of(metered: int, rate: int) -> int:
    """Fee in quote for a metered quote change: sells pay ``q*r``, buys ``q*r/(1-r)``; negative rates pay back."""
    keep = ONE - rate
    return metered - (mul(metered, keep) if metered > 0 else div(metered, keep))


def validate(exchange: Exchange, order: Order, now_ns: int) -> int:
    """Raise ``Refusal`` when the order is not acceptable; else the size to trade (a reduce-only one is clipped)."""
    market = exchange.ledger.markets.get(order.product_id)
    if market is None:
        raise Refusal(Reason.PRODUCT, f"product {order.product_id} is not listed")
    instrument, book = market.instrument, exchange.books[order.product_id]
    account = exchange.ledger.open(order.owner)
    if not account.exists:
        raise Refusal(Reason.NO_DEPOSIT, f"{order.owner} never deposited")
    if account.parent is not None:
        raise Refusal(Reason.ISOLATED_SENDER, "an isolated child cannot send orders; use its parent")
    check_shape(order, instrument)
    if order.expiration_s <= now_ns // SECOND_NS:
        raise Refusal(Reason.EXPIRED, f"expiration {order.expiration_s} s has passed")
    if len(exchange.orders_of(order.owner, (order.product_id,))) >= MAX_OPEN_ORDERS_PER_MARKET:
        raise Refusal(Reason.MAX_ORDERS, f"{MAX_OPEN_ORDERS_PER_MARKET} orders are open on this market")
    target = _reduce_only_target(exchange, order)
    check_trading_status(instrument.status, order)
    low, high = mul(market.oracle_price, instrument.oracle_low), mul(market.oracle_price, instrument.oracle_high)
    if not low <= order.price <= high:
        raise Refusal(Reason.ORACLE_BAND, f"price {plain(order.price)} is outside {plain(low)} to {plain(high)}")
    _check_health(exchange, order, target)
    best = book.side(is_buy=not order.is_buy).best()
    if order.kind is OrderKind.POST_ONLY and best is not None and book.crosses(order, best):
        raise Refusal(Reason.POST_ONLY_CROSSES, f"best opposite price is {plain(best.price)}")
    if order.order_id in exchange.seen_ids:
        raise Refusal(Reason.DUPLICATE, f"{order.order_id} was used before")
    if mul(abs(order.amount), order.price) < instrument.min_notional:
        raise Refusal(
            Reason.MIN_NOTIONAL,
            f"abs(amount) * price must be >= min_size for product {order.product_id}: {instrument.min_notional}.",
        )
    limit = instrument.max_open_interest
    if limit is not None and not order.reduce_only:
        held = exchange.ledger.position(exchange.settle_account(order), order.product_id).amount
        grows = abs(held + order.amount) > abs(held)
        if grows and market.open_interest + target > limit:
            raise Refusal(Reason.OPEN_INTEREST, f"open interest limit is {plain(limit)}")
    return target


def _reduce_only_target(exchange: Exchange, order: Order) -> int:
    if not order.reduce_only:
        return abs(order.amount)
    if order.kind not in (OrderKind.IOC, OrderKind.FOK):
        raise Refusal(Reason.REDUCE_ONLY_NOT_TAKER, "only IOC and FOK orders may be reduce-only")
    account = exchange.ledger.open(order.owner)
    if order.isolated:
        child = exchange.isolated_child(order.owner, order.product_id)
        if child is None:
            raise Refusal(Reason.ISOLATED_REDUCE_ONLY, "there is no isolated position to reduce")
        account = child
    held = exchange.ledger.position(account, order.product_id).amount
    if held == 0 or (held > 0) == order.is_buy:
        raise Refusal(Reason.REDUCE_ONLY_INCREASES, f"the position is {plain(held)}")
    return min(abs(order.amount), abs(held))


def _check_health(exchange: Exchange, order: Order, target: int) -> None:
    """The order is tested as if it had filled at its limit (reference 6.4: the engine's exact model is unknown)."""
    signed = target if order.is_buy else -target
    ledger, owner = exchange.ledger, exchange.ledger.open(order.owner)
    if order.isolated and order.isolated_margin > owner.quote:
        raise Refusal(Reason.UNHEALTHY, f"isolated margin {plain(order.isolated_margin)} exceeds the balance")
    account = exchange.settle_account(order)
    quote = -mul(signed, order.price)
    if order.isolated:
        product_health = (
            quote
            + order.isolated_margin
            + mul(
                mul(signed, ledger.markets[order.product_id].oracle_price),
                ledger.markets[order.product_id].instrument.long_weight_initial
                if signed > 0
                else ledger.markets[order.product_id].instrument.short_weight_initial,
            )
        )
        if account is owner and product_health < 0:
            raise Refusal(Reason.UNHEALTHY, "the isolated margin does not carry the position")
        if account is not owner and not ledger.healthy_after(
            account, order.product_id, signed, quote + order.isolated_margin
        ):
            raise Refusal(Reason.UNHEALTHY, "the isolated margin does not carry the position")
        return
    if not ledger.healthy_after(account, order.product_id, signed, quote):
        raise Refusal(Reason.UNHEALTHY, "initial health would fall below zero")
