"""Paradex's errors as the local venue answers them (Paradex reference 2.0)."""

from __future__ import annotations

from collections.abc import Mapping

from hedgewire.simulator.orders import Reason

CANCEL_REASONS: dict[Reason, str] = {
    Reason.UNHEALTHY: "NOT_ENOUGH_MARGIN",
    Reason.UNHEALTHY_AT_MATCH: "NOT_ENOUGH_MARGIN",
    Reason.POST_ONLY_CROSSES: "POST_ONLY_WOULD_CROSS",
    Reason.DOES_NOT_CROSS: "REMAINING_IOC_CANCEL",
    Reason.EMPTY_BOOK: "EMPTY_MARKET",
    Reason.SLIPPAGE: "EXCEEDS_MAX_SLIPPAGE",
    Reason.SELF_TRADE: "SELF_TRADE",
    Reason.REDUCE_ONLY_INCREASES: "REDUCE_ONLY_WILL_INCREASE",
    Reason.POSITION_LIMIT: "ORDER_EXCEEDS_POSITION_LIMIT",
    Reason.TRADING_BLOCKED: "MARKET_NOT_OPEN",
    Reason.ORACLE_BAND: "PRICE_NOT_AVAILABLE",
    Reason.NO_DEPOSIT: "NOT_ENOUGH_MARGIN",
    Reason.EXPIRED: "EXPIRED",
    Reason.REQUESTED: "USER_CANCELED",
    Reason.LIQUIDATED: "IN_LIQUIDATION",
    Reason.DELEVERAGED: "DELEVERAGE",
    Reason.SYSTEM: "UNEXPECTED_FAILURE",
}
"""``cancel_reason`` of an order that was accepted first (reference 6.5); which one a price band has is unknown."""

REFUSALS: dict[Reason, str] = {
    Reason.PRICE_INCREMENT: "VALIDATION_ERROR",
    Reason.SIZE_INCREMENT: "INVALID_ORDER_SIZE",
    Reason.ZERO_AMOUNT: "INVALID_ORDER_SIZE",
    Reason.MAX_SIZE: "INVALID_ORDER_SIZE",
    Reason.INVALID_PRICE: "VALIDATION_ERROR",
    Reason.MIN_NOTIONAL: "VALIDATION_ERROR",
    Reason.MAX_ORDERS: "VALIDATION_ERROR",
    Reason.PRODUCT: "MARKET_NOT_FOUND",
}
"""Refused at once, before an order exists (which code is unknown for most)."""


class WireError(Exception):
    """A failure to answer with: the venue's name for it and our own text (clients key on the name)."""

    def __init__(
        self,
        name: str,
        text: str,
        *,
        http_status: int = 400,
        headers: Mapping[str, str] | None = None,
        body: Mapping[str, object] | str | None = None,
    ) -> None:
        super().__init__(f"{name}: {text}")
        self.name = name
        self.text = text
        self.http_status = http_status
        self.headers = headers or {}
        self.body: Mapping[str, object] | str = body or {"error": name, "message": text, "data": None}
        """Some services in front of the venue answer in a shape of their own."""


def unauthorized(text: str) -> WireError:
    """As the token's own check answers: without a name."""
    return WireError("UNAUTHORIZED_ERROR", text, http_status=401, body={"message": f"missing or malformed jwt: {text}"})
