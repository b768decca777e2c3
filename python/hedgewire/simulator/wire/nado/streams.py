"""Subscription streams: which exist, and their payloads (Nado reference 4.3, 4.4). Timestamps are ns strings."""

from __future__ import annotations

from dataclasses import dataclass

from hedgewire.simulator.candles import Candle
from hedgewire.simulator.fields import Json
from hedgewire.simulator.orders import Fill, FundingPayment, Liquidation, OrderUpdate, PositionUpdate, Quote, Trade
from hedgewire.simulator.wire.nado.errors import INVALID_EXECUTE, WireError
from hedgewire.simulator.wire.nado.messages import get_bytes32, get_int, get_text

ACCOUNT_STREAMS = frozenset({"order_update", "fill", "position_change"})
PRODUCT_STREAMS = frozenset({"trade", "best_bid_offer", "book_depth", "funding_payment"})
OPTIONAL_PRODUCT_STREAMS = frozenset({"funding_rate", "liquidation", "trade"})
STREAMS = ACCOUNT_STREAMS | PRODUCT_STREAMS | OPTIONAL_PRODUCT_STREAMS | {"latest_candlestick", "all_bbo"}
GRANULARITIES = (60, 300, 900, 3600, 7200, 14400, 86400, 604800, 2419200)


@dataclass(frozen=True, slots=True)
class StreamKey:
    """One subscription; ``product_id`` ``None`` means every product."""

    kind: str
    product_id: int | None = None
    subaccount: str | None = None
    granularity: int | None = None

    def to_json(self) -> Json:
        """The stream as ``list`` shows it."""
        data: Json = {"type": self.kind}
        if self.kind in ACCOUNT_STREAMS:
            data["subaccount"] = self.subaccount
        if self.kind != "all_bbo":
            data["product_id"] = self.product_id
        if self.granularity is not None:
            data["granularity"] = self.granularity
        return data


def parse_stream(stream: Json) -> StreamKey:
    """Read a stream object; unknown types, fields that do not belong and wrong values are refused."""
    kind = get_text(stream, "type")
    allowed = {"type", "product_id"}
    if kind in ACCOUNT_STREAMS:
        allowed.add("subaccount")
    elif kind == "latest_candlestick":
        allowed.add("granularity")
    elif kind == "all_bbo":
        allowed.discard("product_id")
    elif kind not in PRODUCT_STREAMS | OPTIONAL_PRODUCT_STREAMS:
        raise WireError(INVALID_EXECUTE, f"unknown stream type {kind!r}")
    extra = set(stream) - allowed
    if extra:
        raise WireError(INVALID_EXECUTE, f"stream {kind} has no field {sorted(extra)}")
    product_id = None if stream.get("product_id") is None else get_int(stream, "product_id")
    if product_id is None and kind in (PRODUCT_STREAMS - OPTIONAL_PRODUCT_STREAMS) | {"latest_candlestick"}:
        raise WireError(INVALID_EXECUTE, f"stream {kind} needs a product_id")
    if kind in ACCOUNT_STREAMS:
        return StreamKey(kind, product_id, get_bytes32(stream, "subaccount"))
    if kind == "latest_candlestick":
        granularity = get_int(stream, "granularity")
        if granularity not in GRANULARITIES:
            raise WireError(INVALID_EXECUTE, f"granularity {granularity} s is none of {GRANULARITIES}")
        return StreamKey(kind, product_id, None, granularity)
    return StreamKey(kind, product_id)


def trade_json(event: Trade) -> Json:
    return {
        "type": "trade",
        "timestamp": str(event.timestamp_ns),
        "product_id": event.product_id,
        "price": str(event.price),
        "taker_qty": str(event.quantity),
        "maker_qty": str(event.quantity),
        "is_taker_buyer": event.is_taker_buyer,
    }


def fill_json(event: Fill) -> Json:
    order = event.order
    data: Json = {
        "type": "fill",
        "timestamp": str(event.timestamp_ns),
        "product_id": order.product_id,
        "subaccount": order.owner,
        "order_digest": order.order_id,
        "appendix": str(order.appendix),
        "filled_qty": str(event.quantity),
        "remaining_qty": str(event.remaining),
        "original_qty": str(abs(order.amount)),
        "price": str(event.price),
        "is_taker": event.is_taker,
        "is_bid": order.is_buy,
        "fee": str(event.fee),
        "submission_idx": str(event.submission_idx),
    }
    if order.client_id is not None:
        data["id"] = order.client_id
    return data


def order_update_json(event: OrderUpdate) -> Json:
    data: Json = {
        "type": "order_update",
        "timestamp": str(event.timestamp_ns),
        "product_id": event.order.product_id,
        "digest": event.order.order_id,
        "amount": str(event.remaining),
        "reason": event.reason,
    }
    if event.order.client_id is not None:
        data["id"] = event.order.client_id
    return data


def position_json(event: PositionUpdate) -> Json:
    return {
        "type": "position_change",
        "timestamp": str(event.timestamp_ns),
        "product_id": event.product_id,
        "subaccount": event.account,
        "isolated": event.isolated,
        "amount": str(event.amount),
        "v_quote_amount": str(event.v_quote),
        "reason": event.reason,
    }


def quote_json(event: Quote) -> Json:
    return {
        "type": "best_bid_offer",
        "timestamp": str(event.timestamp_ns),
        "product_id": event.product_id,
        "bid_price": str(event.bid_price),
        "bid_qty": str(event.bid_quantity),
        "ask_price": str(event.ask_price),
        "ask_qty": str(event.ask_quantity),
    }


def funding_payment_json(event: FundingPayment) -> Json:
    return {
        "type": "funding_payment",
        "timestamp": str(event.timestamp_ns),
        "product_id": event.product_id,
        "payment_amount": str(event.payment),
        "open_interest": str(event.open_interest),
        "cumulative_funding_long_x18": str(event.cumulative),
        "cumulative_funding_short_x18": str(event.cumulative),
        "dt": event.dt_s,
    }


def liquidation_json(event: Liquidation) -> Json:
    return {
        "type": "liquidation",
        "timestamp": str(event.timestamp_ns),
        "product_ids": [event.product_id],
        "liquidator": event.liquidator,
        "liquidatee": event.liquidatee,
        "amount": str(event.amount),
        "price": str(event.price),
    }


def funding_rate_json(timestamp_ns: int, product_id: int, rate_x18: int) -> Json:
    """The 24 h rate; ``update_time`` is in seconds."""
    return {
        "type": "funding_rate",
        "timestamp": str(timestamp_ns),
        "product_id": product_id,
        "funding_rate_x18": str(rate_x18),
        "update_time": str(timestamp_ns // 10**9),
    }


def candle_json(candle: Candle) -> Json:
    return {
        "product_id": candle.product_id,
        "granularity": candle.granularity_s,
        "open_x18": str(candle.open),
        "high_x18": str(candle.high),
        "low_x18": str(candle.low),
        "close_x18": str(candle.close),
        "volume": str(candle.volume),
    }
