"""What the archive remembers, bounded: fills, orders with fills, funding payments, trades (Nado reference 7.1)."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from hedgewire.simulator.accounts import Ledger
from hedgewire.simulator.clock import SECOND_NS
from hedgewire.simulator.fields import Json
from hedgewire.simulator.fixed import div, mul
from hedgewire.simulator.orders import BalanceView, Event, Fill, FundingPayment, Order, Trade
from hedgewire.simulator.wire.nado.messages import perp_product
from hedgewire.simulator.wire.nado.state import NadoState

KEPT_MATCHES = 5000
KEPT_TRADES = 1000


@dataclass(slots=True)
class ArchivedOrder:
    """An order with at least one fill, as the archive sums it up."""

    order: Order
    first: Fill
    last: Fill
    closed_amount: int = 0
    closed_net_entry: int = 0
    realized: int = 0


class Archive:
    """Remembers fills of client orders and the last public trades."""

    def __init__(self, state: NadoState) -> None:
        self.state = state
        self.fills: deque[Fill] = deque(maxlen=KEPT_MATCHES)
        self.orders: dict[str, ArchivedOrder] = {}
        self.trades: dict[int, deque[Trade]] = {p: deque(maxlen=KEPT_TRADES) for p in state.ledger.markets}
        self.payments: deque[tuple[str, Json]] = deque(maxlen=KEPT_MATCHES)
        self._payment_idx = 0
        state.exchange.listen(self.on_event)

    def on_event(self, event: Event) -> None:
        match event:
            case Trade():
                self.trades[event.product_id].append(event)
            case Fill():
                self.fills.append(event)
                self._sum_up(event)
            case FundingPayment():
                self._book_funding(event)

    def _sum_up(self, fill: Fill) -> None:
        seen = self.orders.setdefault(fill.order.order_id, ArchivedOrder(fill.order, fill, fill))
        seen.last = fill
        seen.closed_amount += fill.closed.amount
        seen.closed_net_entry += fill.closed.net_entry
        seen.realized += fill.closed.realized
        if len(self.orders) > KEPT_MATCHES:
            del self.orders[next(iter(self.orders))]

    def _book_funding(self, event: FundingPayment) -> None:
        """One row per client position; ``amount`` is what the account received (negative = paid)."""
        market = self.state.ledger.markets[event.product_id]
        for account in self.state.ledger.accounts.values():
            position = account.positions.get(event.product_id)
            if account.background or position is None or position.amount == 0:
                continue
            self._payment_idx += 1
            row: Json = {
                "product_id": event.product_id,
                "idx": str(self._payment_idx),
                "timestamp": str(event.timestamp_ns // SECOND_NS),
                "amount": str(-mul(event.payment, position.amount)),
                "balance_amount": str(position.amount),
                "rate_x18": str(div(event.payment, market.oracle_price)),
                "oracle_price_x18": str(market.oracle_price),
                "isolated": account.parent is not None,
                "isolated_product_id": account.isolated_product,
            }
            self.payments.append((account.parent or account.account_id, row))


def balance_json(product_id: int, view: BalanceView) -> Json:
    balance = {
        "amount": str(view.amount),
        "v_quote_balance": str(view.v_quote),
        "last_cumulative_funding_x18": str(view.last_funding),
    }
    return {"base": {"perp": {"product_id": product_id, "balance": balance}}, "quote": None}


def _order_fields(order: Order) -> Json:
    return {
        "sender": order.owner,
        "priceX18": str(order.price),
        "amount": str(order.amount),
        "expiration": str(order.expiration_s),
        "nonce": str(order.nonce),
        "appendix": str(order.appendix),
    }


def match_json(fill: Fill) -> Json:
    """One side of a match; ``quote_filled`` is the net quote change, after the fee."""
    base = fill.quantity if fill.order.is_buy else -fill.quantity
    return {
        "digest": fill.order.order_id,
        "order": _order_fields(fill.order),
        "base_filled": str(base),
        "quote_filled": str(fill.quote_change),
        "fee": str(fill.fee),
        "sequencer_fee": "0",
        "cumulative_fee": str(fill.cumulative_fee),
        "cumulative_base_filled": str(fill.cumulative_base),
        "cumulative_quote_filled": str(fill.cumulative_quote),
        "pre_balance": balance_json(fill.order.product_id, fill.before),
        "post_balance": balance_json(fill.order.product_id, fill.after),
        "net_entry_unrealized": str(fill.after.net_entry),
        "net_entry_cumulative": str(fill.after.net_entry),
        "submission_idx": str(fill.submission_idx),
        "isolated": fill.order.isolated,
        "is_taker": fill.is_taker,
        "closed_amount": str(fill.closed.amount),
        "realized_pnl": str(fill.closed.realized),
        "builder_fee": str(fill.builder_fee),
        "closed_net_entry": str(fill.closed.net_entry),
        "margin": None,
    }


def order_json(archived: ArchivedOrder) -> Json:
    order, first, last = archived.order, archived.first, archived.last
    return {
        "digest": order.order_id,
        "subaccount": order.owner,
        "product_id": order.product_id,
        "submission_idx": str(first.submission_idx),
        "last_fill_submission_idx": str(last.submission_idx),
        "amount": str(order.amount),
        "price_x18": str(order.price),
        "base_filled": str(last.cumulative_base),
        "quote_filled": str(last.cumulative_quote),
        "fee": str(last.cumulative_fee),
        "expiration": str(order.expiration_s),
        "nonce": str(order.nonce),
        "appendix": str(order.appendix),
        "isolated": order.isolated,
        "closed_amount": str(archived.closed_amount),
        "realized_pnl": str(archived.realized),
        "builder_fee": str(order.builder_fee_paid),
        "closed_net_entry": str(archived.closed_net_entry),
        "closed_margin": None,
        "first_fill_timestamp": str(first.timestamp_ns // SECOND_NS),
        "last_fill_timestamp": str(last.timestamp_ns // SECOND_NS),
        "pre_balance": balance_json(order.product_id, first.before),
        "post_balance": balance_json(order.product_id, last.after),
    }


def event_json(ledger: Ledger, fill: Fill) -> Json:
    """One side of a match as an account event."""
    product_id = fill.order.product_id
    return {
        "subaccount": fill.order.owner,
        "product_id": product_id,
        "submission_idx": str(fill.submission_idx),
        "event_type": "match_orders",
        "isolated": fill.order.isolated,
        "isolated_product_id": product_id if fill.order.isolated else None,
        "product": {"perp": perp_product(ledger, product_id)},
        "pre_balance": balance_json(product_id, fill.before)["base"],
        "post_balance": balance_json(product_id, fill.after)["base"],
        "net_interest_unrealized": "0",
        "net_interest_cumulative": "0",
        "net_funding_unrealized": "0",
        "net_funding_cumulative": "0",
        "net_entry_unrealized": str(fill.after.net_entry),
        "net_entry_cumulative": str(fill.after.net_entry),
        "quote_volume_cumulative": str(fill.order.filled_quote),
        "cumulative_trade_count": "1",
    }


def _signed_on_chain(order: Order, sender: str, signature: str) -> Json:
    """An order inside a transaction: ``price_x18``, 64-bit integers as numbers (nado-sdk 3.0.0, ``Endpoint.Order``)."""
    fields = {
        "sender": sender,
        "price_x18": str(order.price),
        "amount": str(order.amount),
        "expiration": order.expiration_s,
        "nonce": order.nonce,
        "appendix": str(order.appendix),
    }
    return {"order": fields, "signature": signature}


def tx_json(fill: Fill) -> Json:
    """The transaction of a match; its other side is not this account's business and left blank."""
    signed = _signed_on_chain(fill.order, fill.order.owner, fill.order.signature)
    empty = _signed_on_chain(fill.order, "0x" + "00" * 32, "0x")
    taker, maker = (signed, empty) if fill.is_taker else (empty, signed)
    return {
        "tx": {"match_orders": {"product_id": fill.order.product_id, "amm": False, "taker": taker, "maker": maker}},
        "submission_idx": str(fill.submission_idx),
        "timestamp": str(fill.timestamp_ns // SECOND_NS),
    }
