"""Nado's error codes as the local venue answers them (Nado reference 2.6)."""

from __future__ import annotations

from collections.abc import Mapping

from hedgewire.simulator.orders import Reason, Refusal

RATE_LIMIT = 1000
ORDER_AMOUNT_TOO_SMALL = 2003
LATE_RECV = 2011
EARLY_RECV = 2012
UNAUTHORIZED_CANCEL = 2014
ORDER_NOT_FOUND = 2020
INVALID_NONCE = 2022
NO_PRIOR_DEPOSIT = 2024
LINK_VALUE_TOO_LOW = 2025
DUPLICATE_SIGNER = 2026
SIGNATURE_LENGTH = 2027
INVALID_SIGNER = 2028
INVALID_SIGNER_ZERO = 2029
LINK_LIMIT = 2030
SIGNATURE_V = 2034
SIGNATURE_ERROR = 2035
HEALTH_TOO_LOW = 2036
INVALID_EXECUTE = 2038
MISMATCHED_LENGTHS = 2039
TRANSFER_FAILED = 2049
INVALID_PRODUCT_IDS = 2060
EXPIRATION_BITS = 2065
DIFFERENT_SENDER = 2066
MAINTENANCE = 2068
BATCH_LIMIT = 2072
TRANSFER_TOO_SMALL = 2077
SELF_TRANSFER = 2079
COMPRESSION_REQUIRED = 2080
ISOLATED_TRIGGER = 2084
ORDER_VERSION = 2095
TRIGGER_NOT_FOUND = 2058
NOT_TRIGGER = 2059
INVALID_TRIGGER = 2097
BATCH_SENDER_MISMATCH = 2114
FEE_TOO_LOW = 2135

REASON_CODES: dict[Reason, int] = {
    Reason.PRICE_INCREMENT: 2000,
    Reason.SIZE_INCREMENT: 2001,
    Reason.ZERO_AMOUNT: 2002,
    Reason.EXPIRED: 2004,
    Reason.MAX_ORDERS: 2005,
    Reason.UNHEALTHY: 2006,
    Reason.UNHEALTHY_AT_MATCH: 2010,
    Reason.ORACLE_BAND: 2007,
    Reason.POST_ONLY_CROSSES: 2008,
    Reason.DUPLICATE: 2013,
    Reason.PRODUCT: 2015,
    Reason.NOT_FOUND: ORDER_NOT_FOUND,
    Reason.NOT_FILLED: 2031,
    Reason.DOES_NOT_CROSS: 2056,
    Reason.INVALID_PRICE: 2055,
    Reason.REDUCE_ONLY_INCREASES: 2064,
    Reason.REDUCE_ONLY_NOT_TAKER: 2067,
    Reason.TRADING_BLOCKED: 2069,
    Reason.OPEN_INTEREST: 2070,
    Reason.MIN_NOTIONAL: 2094,
    Reason.NO_DEPOSIT: NO_PRIOR_DEPOSIT,
    Reason.ISOLATED_REDUCE_ONLY: 2085,
    Reason.ISOLATED_LIMIT: 2087,
    Reason.ISOLATED_SENDER: 2081,
}


class WireError(Exception):
    """A failure to answer with: Nado's code and our own text (clients key on the code)."""

    def __init__(
        self,
        code: int,
        text: str,
        *,
        http_status: int = 200,
        headers: Mapping[str, str] | None = None,
        body: Mapping[str, object] | str | None = None,
    ) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code
        self.text = text
        self.http_status = http_status
        self.headers = headers or {}
        self.body = body
        """What a service in front of the venue answers, in a shape of its own."""


def from_refusal(refusal: Refusal) -> WireError:
    return WireError(REASON_CODES[refusal.reason], f"{refusal.reason.value}: {refusal.detail}")
