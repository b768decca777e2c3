"""Rows of the venue's own account of orders, fills and positions become NautilusTrader reports."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from nautilus_trader.core.uuid import UUID4
from nautilus_trader.execution.reports import FillReport, OrderStatusReport, PositionStatusReport
from nautilus_trader.model.enums import LiquiditySide, OrderStatus, OrderType, PositionSide, TimeInForce, TriggerType
from nautilus_trader.model.identifiers import AccountId, ClientOrderId, TradeId, VenueOrderId
from nautilus_trader.model.objects import AccountBalance, Money
from nautilus_trader.model.orders import Order

from hedgewire.nautilus.link import Row
from hedgewire.nautilus.rows import Kind, Status, TriggerSource
from hedgewire.nautilus.v1 import convert
from hedgewire.nautilus.v1.providers import Traded

_STATUS = {
    Status.ACCEPTED: OrderStatus.ACCEPTED,
    Status.PARTIALLY_FILLED: OrderStatus.PARTIALLY_FILLED,
    Status.FILLED: OrderStatus.FILLED,
    Status.CANCELED: OrderStatus.CANCELED,
    Status.EXPIRED: OrderStatus.EXPIRED,
    Status.REJECTED: OrderStatus.REJECTED,
}


_TRIGGER_TYPE = {
    TriggerSource.LAST: TriggerType.LAST_PRICE,
    TriggerSource.MID: TriggerType.DEFAULT,
    TriggerSource.ORACLE: TriggerType.INDEX_PRICE,
    TriggerSource.MARK: TriggerType.MARK_PRICE,
}
"""A report with MID_POINT cannot be converted by 1.231 (`trigger_type_to_pyo3`): a node would never start again."""


def order_report(
    row: Row, traded: Traded, account_id: AccountId, client_order_id: ClientOrderId | None,
    carried_x18: int = 0, ours: Order | None = None,
) -> OrderStatusReport:  # fmt: skip
    """ORDER_REPORT. A filled part makes an accepted order *partially filled*: the engine reads fills only then.
    ``carried_x18``: filled before the venue's order replaced an earlier one; part of quantity and fill here.
    ``ours``: what the order was when it was sent; the venue knows a released trigger order by its kind only."""
    (
        venue_order_id,
        _number,
        side,
        kind,
        status,
        price_x18,
        quantity_x18,
        filled_x18,
        average_x18,
        reduce_only,
        expires_s,
        ts_accepted,
        ts_event,
        ts_init,
    ) = row[2:16]
    quantity_x18, filled_x18 = quantity_x18 + carried_x18, filled_x18 + carried_x18
    order_type, time_in_force, post_only = convert.order_terms(Kind(kind), expires_s)
    if not price_x18:  # a market order of the venue's own
        order_type = OrderType.MARKET
    trigger: dict[str, Any] = {}
    if ours is not None and ours.has_trigger_price:
        order_type, time_in_force = ours.order_type, ours.time_in_force
        trigger = {"trigger_price": ours.trigger_price, "trigger_type": _reportable(ours.trigger_type)}
    order_status = _STATUS[Status(status)]
    if order_status == OrderStatus.ACCEPTED and filled_x18:
        order_status = OrderStatus.PARTIALLY_FILLED
    return OrderStatusReport(
        account_id=account_id,
        instrument_id=traded.instrument_id,
        venue_order_id=VenueOrderId(venue_order_id),
        client_order_id=client_order_id,
        order_side=convert.order_side(side),
        order_type=order_type,
        time_in_force=time_in_force,
        order_status=order_status,
        quantity=convert.quantity_x18(quantity_x18, traded.size_precision),
        filled_qty=convert.quantity_x18(filled_x18, traded.size_precision),
        avg_px=convert.decimal_x18(average_x18) if average_x18 else _own_average(ours, filled_x18),
        price=convert.price_x18(price_x18, traded.price_precision) if price_x18 else None,
        post_only=post_only,
        reduce_only=bool(reduce_only),
        expire_time=datetime.fromtimestamp(expires_s, UTC) if expires_s else None,
        report_id=UUID4(),
        ts_accepted=ts_accepted,
        ts_last=ts_event,
        ts_init=ts_init,
        **trigger,
    )


def _own_average(ours: Order | None, filled_x18: int) -> Decimal | None:
    """A venue may not say the average of an order that rests: then that of the fills we know, if they are all."""
    if ours is None or not filled_x18 or convert.raw_to_x18(ours.filled_qty.raw) != filled_x18:
        return None
    return Decimal(str(ours.avg_px))


def last_known(order: Order, account_id: AccountId, venue_order_id: str, now_ns: int) -> OrderStatusReport:
    """An open order as it stands: what is pending counts as not done, what was filled as filled."""
    status = OrderStatus.TRIGGERED if order.status == OrderStatus.TRIGGERED else OrderStatus.ACCEPTED
    trigger: dict[str, Any] = {}
    if order.has_trigger_price:
        trigger = {"trigger_price": order.trigger_price, "trigger_type": _reportable(order.trigger_type)}
    return OrderStatusReport(
        account_id=account_id,
        instrument_id=order.instrument_id,
        venue_order_id=VenueOrderId(venue_order_id),
        client_order_id=order.client_order_id,
        order_side=order.side,
        order_type=order.order_type,
        time_in_force=order.time_in_force,
        order_status=OrderStatus.PARTIALLY_FILLED if order.filled_qty else status,
        quantity=order.quantity,
        filled_qty=order.filled_qty,
        avg_px=Decimal(str(order.avg_px)) if order.filled_qty else None,
        price=order.price if order.has_price else None,
        post_only=order.is_post_only,
        reduce_only=order.is_reduce_only,
        report_id=UUID4(),
        ts_accepted=order.ts_accepted,
        ts_last=order.ts_last,
        ts_init=now_ns,
        **trigger,
    )


def _reportable(trigger_type: TriggerType) -> TriggerType:
    return TriggerType.DEFAULT if trigger_type == TriggerType.MID_POINT else trigger_type


def waiting_report(
    row: Row, traded: Traded, account_id: AccountId, client_order_id: ClientOrderId | None
) -> OrderStatusReport:
    """WAITING_REPORT of an order that still waits: accepted, in the type that its trigger and its kind make it."""
    venue_order_id, _number, side, kind, _state, price_x18, quantity_x18, reduce_only, expires_s = row[2:11]
    trigger, _reason, ts_accepted, ts_event, ts_init = row[11:16]
    source, above, trigger_x18 = trigger[:3]
    without_price = Kind(kind) in (Kind.IOC, Kind.FOK)
    if above == (side > 0):
        order_type = OrderType.STOP_MARKET if without_price else OrderType.STOP_LIMIT
    else:
        order_type = OrderType.MARKET_IF_TOUCHED if without_price else OrderType.LIMIT_IF_TOUCHED
    return OrderStatusReport(
        account_id=account_id,
        instrument_id=traded.instrument_id,
        venue_order_id=VenueOrderId(venue_order_id),
        client_order_id=client_order_id,
        order_side=convert.order_side(side),
        order_type=order_type,
        time_in_force=TimeInForce.GTD if expires_s else TimeInForce.GTC,
        order_status=OrderStatus.ACCEPTED,
        quantity=convert.quantity_x18(quantity_x18, traded.size_precision),
        filled_qty=convert.quantity_x18(0, traded.size_precision),
        price=None if without_price else convert.price_x18(price_x18, traded.price_precision),
        trigger_price=convert.price_x18(trigger_x18, traded.price_precision),
        trigger_type=_TRIGGER_TYPE[TriggerSource(source)],
        reduce_only=bool(reduce_only),
        expire_time=datetime.fromtimestamp(expires_s, UTC) if expires_s else None,
        report_id=UUID4(),
        ts_accepted=ts_accepted,
        ts_last=ts_event,
        ts_init=ts_init,
    )


def fill_report(row: Row, traded: Traded, account_id: AccountId, client_order_id: ClientOrderId | None) -> FillReport:
    """FILL, with the venue's own trade id, fee and liquidity side."""
    venue_order_id, _number, trade_id, side, quantity_x18, price_x18, _fee, is_taker, ts_event, ts_init = row[2:12]
    return FillReport(
        account_id=account_id,
        instrument_id=traded.instrument_id,
        venue_order_id=VenueOrderId(venue_order_id),
        trade_id=TradeId(trade_id),
        client_order_id=client_order_id,
        order_side=convert.order_side(side),
        last_qty=convert.quantity_x18(quantity_x18, traded.size_precision),
        last_px=convert.price_x18(price_x18, traded.price_precision),
        commission=commission(row, traded),
        liquidity_side=LiquiditySide.TAKER if is_taker else LiquiditySide.MAKER,
        report_id=UUID4(),
        ts_event=ts_event,
        ts_init=ts_init,
    )


def commission(row: Row, traded: Traded) -> Money:
    """A FILL row's fee, in the currency that it names; where it names none, in what the instrument settles in."""
    paid_in = row[12] if len(row) > 12 else ""
    return convert.money_x18(row[8], convert.currency(paid_in) if paid_in else traded.settlement)


def position_report(
    traded: Traded, account_id: AccountId, quantity_x18: int, entry_x18: int | None, ts_event: int, ts_init: int
) -> PositionStatusReport:
    """One netted position; quantity zero is an explicit FLAT report. The venue position id stays empty: netting."""
    side = PositionSide.LONG if quantity_x18 > 0 else PositionSide.SHORT if quantity_x18 < 0 else PositionSide.FLAT
    entry: Decimal | None = convert.decimal_x18(entry_x18) if entry_x18 and quantity_x18 else None
    return PositionStatusReport(
        account_id=account_id,
        instrument_id=traded.instrument_id,
        position_side=side,
        quantity=convert.quantity_x18(abs(quantity_x18), traded.size_precision),
        avg_px_open=entry,
        report_id=UUID4(),
        ts_last=ts_event,
        ts_init=ts_init,
    )


def account_balance(row: Row) -> AccountBalance:
    """ACCOUNT: total and free; what is locked is the difference, so that the three always add up."""
    currency = convert.currency(row[1])
    total = convert.money_x18(row[2], currency)
    free = convert.money_x18(min(row[3], row[2]), currency)
    return AccountBalance(total=total, locked=Money.from_raw(total.raw - free.raw, currency), free=free)
