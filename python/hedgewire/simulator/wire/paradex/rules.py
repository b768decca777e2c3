"""Paradex's rules: what is checked after an order was taken, margins, fees (Paradex reference 6.2 to 6.11)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hedgewire.simulator.admission import check_shape, check_trading_status
from hedgewire.simulator.fixed import mul, plain
from hedgewire.simulator.orders import Instrument, Order, OrderKind, Reason, Refusal
from hedgewire.simulator.wire.paradex.margin import account_value, requirement
from hedgewire.simulator.wire.paradex.products import Kind, Listing

if TYPE_CHECKING:
    from hedgewire.simulator.exchange import Exchange


class ParadexRules:
    """See ``hedgewire.simulator.rules``."""

    unmatched_is_refused = False

    def __init__(self, listings: Sequence[Listing]) -> None:
        self.listings = {listing.instrument.product_id: listing for listing in listings}

    def admit(self, exchange: Exchange, order: Order, now_ns: int) -> int:
        market, account = exchange.ledger.markets[order.product_id], exchange.ledger.open(order.owner)
        instrument, size = market.instrument, abs(order.amount)
        if not account.exists:
            raise Refusal(Reason.NO_DEPOSIT, f"{order.owner} never deposited")
        check_shape(order, instrument)
        check_trading_status(instrument.status, order)
        low, high = mul(market.oracle_price, instrument.oracle_low), mul(market.oracle_price, instrument.oracle_high)
        if order.price > high if order.is_buy else order.price < low:
            raise Refusal(Reason.ORACLE_BAND, f"price {plain(order.price)} is beyond {plain(low)} to {plain(high)}")
        position = account.positions.get(order.product_id)
        held = position.amount if position is not None else 0
        if order.reduce_only and not _reduces(held, order.amount):
            raise Refusal(Reason.REDUCE_ONLY_INCREASES, f"the position is {plain(held)}")
        resting = exchange.orders_of(order.owner)
        here = (o for o in resting if o.product_id == order.product_id)
        same_side = sum(abs(o.unfilled) for o in here if o.is_buy == order.is_buy)
        listing = self.listings[order.product_id]
        if listing.kind is Kind.SPOT and not order.is_buy and size + same_side > held:
            raise Refusal(Reason.UNHEALTHY, f"{plain(held)} of the token are held")
        limit = listing.position_limit
        if size + same_side + (held if order.is_buy else -held) > limit:
            raise Refusal(Reason.POSITION_LIMIT, f"the position limit is {plain(limit)}")
        if not order.reduce_only:
            before, _ = requirement(exchange.ledger, account, resting)
            after, _ = requirement(exchange.ledger, account, [*resting, order])
            if after > before and after > account_value(exchange.ledger, account):
                raise Refusal(Reason.UNHEALTHY, f"initial margin would be {plain(after)}")
        book = exchange.books[order.product_id]
        best = book.side(is_buy=not order.is_buy).best()
        if order.kind is OrderKind.POST_ONLY and best is not None and book.crosses(order, best):
            raise Refusal(Reason.POST_ONLY_CROSSES, f"best opposite price is {plain(best.price)}")
        return size

    def maker_refusal(self, exchange: Exchange, maker: Order, quantity: int) -> Reason | None:
        account = exchange.ledger.open(maker.owner)
        held = exchange.ledger.position(account, maker.product_id).amount
        signed = quantity if maker.is_buy else -quantity
        if maker.reduce_only:
            return None if _reduces(held, signed) else Reason.REDUCE_ONLY_INCREASES
        healthy = exchange.ledger.healthy_after(account, maker.product_id, signed, -mul(signed, maker.price))
        return None if healthy else Reason.UNHEALTHY_AT_MATCH

    def fee(self, instrument: Instrument, order: Order, quote: int, *, is_taker: bool) -> int:
        """Of size times price; retail orders pay nothing."""
        rate = instrument.taker_fee_rate if is_taker else instrument.maker_fee_rate
        return 0 if order.fee_exempt else mul(abs(quote), rate)

    def child_id(self, parent: str, product_id: int, slot: int) -> str:
        raise AssertionError("isolated margin is gone since v1.170.0")


def _reduces(held: int, amount: int) -> bool:
    """Whether a position only shrinks by a signed amount."""
    return held * amount < 0 and abs(amount) <= abs(held)
