"""The catalogue of faults as data: what can go wrong, where it bites, with which parameters.

``covers`` names rows of the fault list (style reference, section 6.4: F01 to F54), ``NADO`` the list of the Nado
reference (11.4, item 17). What a venue cannot do itself (names, certificates, signals, disks, the client's own clock)
is in ``BENCH``: the same entries, played by a test bench around the client.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum

from hedgewire.simulator.fault_checks import (
    MAX_MS,
    Check,
    amount,
    integer,
    one_of,
    product_id,
    request,
    stream,
    text,
)

ENGINE_STATUSES = ("started", "active", "stopping", "syncing", "live_syncing", "failed")
MARKET_STATUSES = ("not_tradable", "post_only", "reduce_only")
ODD_FORMS = ("extra_field", "null_field", "number", "exponent", "enum")
HOSTILE_FORMS = ("deep", "huge", "not_utf8")
REFUSALS: dict[str, int] = {
    "unhealthy": 2006,
    "oracle_band": 2007,
    "post_only_crosses": 2008,
    "late_nonce": 2011,
    "early_nonce": 2012,
    "invalid_nonce": 2022,
    "signer": 2028,
    "not_filled": 2031,
    "does_not_cross": 2056,
    "reduce_only_increases": 2064,
    "trading_blocked": 2069,
    "min_notional": 2094,
}
"""Reasons to refuse an order, with the venue's codes (Nado reference 2.6)."""
NADO = "11.4"


class Bites(Enum):
    """When a fault does what it says."""

    ON_OCCASION = "on occasion"
    """At each matching request, event or batch; ``after``, ``count`` and ``probability`` choose which."""
    AT_ONCE = "at once"
    """Once, when it is posted or its ``start_in_ms`` has passed."""
    WHILE_ARMED = "while armed"
    """Without a break until it is removed."""
    ON_THE_BENCH = "on the test bench"
    """Around the client: no venue can play it."""


class Place(Enum):
    """Where a fault bites."""

    TRANSPORT = "transport"
    MESSAGING = "messaging"
    ORDERS = "orders"
    MONEY = "money"
    TIME = "time"
    PROCESS = "process"
    HUMAN = "human"


@dataclass(frozen=True, slots=True)
class FaultKind:
    """One entry of the catalogue."""

    name: str
    text: str
    parameters: Mapping[str, Check] = field(default_factory=dict)
    bites: Bites = Bites.ON_OCCASION
    covers: tuple[str, ...] = ()
    place: Place = Place.TRANSPORT

    def to_json(self) -> dict[str, object]:
        return {
            "text": self.text,
            "place": self.place.value,
            "parameters": list(self.parameters),
            "bites": self.bites.value,
            "covers": list(self.covers),
        }


def _kind(name: str, what: str, covers: str = "", /, **parameters: Check) -> FaultKind:
    return FaultKind(name, what, parameters, Bites.ON_OCCASION, tuple(covers.split()))


def _at_once(name: str, what: str, covers: str = "", /, **parameters: Check) -> FaultKind:
    return FaultKind(name, what, parameters, Bites.AT_ONCE, tuple(covers.split()))


def _while_armed(name: str, what: str, covers: str = "", /, **parameters: Check) -> FaultKind:
    return FaultKind(name, what, parameters, Bites.WHILE_ARMED, tuple(covers.split()))


def _bench(name: str, what: str, covers: str, /) -> FaultKind:
    return FaultKind(name, what, {}, Bites.ON_THE_BENCH, tuple(covers.split()))


_MS = integer(0, MAX_MS)
_SIGNED_MS = integer(-MAX_MS, MAX_MS)
_HTTP_STATUS = integer(400, 599)
_PERCENT = integer(1, 100)
_SOCKET = one_of("actions", "subscriptions", "all")
_ACCOUNT = integer(0, 1)
_REQUEST: dict[str, Check] = {"request": request, "product_id": product_id}
_PRODUCT: dict[str, Check] = {"product_id": product_id}
_EVENT: dict[str, Check] = {"stream": stream, "product_id": product_id}

_BY_PLACE: dict[Place, tuple[FaultKind, ...]] = {
    Place.TRANSPORT: (
        _at_once("disconnect", "break WebSocket connections now", "F02 F08 11.4", socket=_SOCKET),
        _at_once(
            "close_socket",
            "close WebSocket connections now with a closing handshake and `code` (1001)",
            "F07",
            socket=_SOCKET,
            code=integer(1000, 4999),
        ),
        _kind("cut_frame", "break the connection in the middle of a frame", "F02", socket=_SOCKET),
        _while_armed(
            "half_open",
            "sockets neither send nor hear nor close; `direction` `in` only does not hear, `out` only does not send",
            "F02 F06 F09",
            socket=_SOCKET,
            direction=one_of("both", "in", "out"),
        ),
        _while_armed("pong_lost", "pings are not answered while data flows", "F09", socket=_SOCKET),
        _while_armed(
            "slow_socket", "frames leave at `bytes_per_s` (8192)", "F04 F05", socket=_SOCKET,
            bytes_per_s=integer(1, 10**9),
        ),
        _kind("refuse_connections", "answer 503 to a request or upgrade", "F06 F07"),
        _kind("deflate_refused", "accept an upgrade, but without compression", "F07"),
        _kind(
            "http_429",
            "answer with rate limit 1000 before matching, with Retry-After if `retry_after_s` is given",
            "F21",
            **_REQUEST,
            retry_after_s=integer(0, 3600),
        ),
        _kind("http_403", "answer as to a blocked address before matching", "F31 11.4", **_REQUEST, reason=text),
        _kind("http_5xx_before", "answer `status` (502) without executing", "F07 F20 F40", **_REQUEST,
              status=_HTTP_STATUS),
        _kind("http_5xx_after", "execute, then answer `status` (502)", "F07 F20", **_REQUEST, status=_HTTP_STATUS),
        _kind(
            "proxy_page",
            "what stands before the venue answers `status` (502) with a page instead of JSON; "
            "429 is its rate limit 1015",
            "F07 F21 11.4",
            **_REQUEST,
            status=_HTTP_STATUS,
        ),
        _kind("query_unavailable", "a query fails with `status` (503)", "F06", **_REQUEST, status=_HTTP_STATUS),
        _kind("swallow_request", "break the connection without executing", "F20 F40", **_REQUEST),
        _kind("reply_lost", "execute, then break the connection instead of answering", "F20", **_REQUEST),
        _kind("late_reply", "execute at once, answer `delay_ms` (500) later", "F05 F16 F20 11.4", **_REQUEST,
              delay_ms=_MS),
        _kind("garbled_reply", "cut the reply in the middle: no JSON", "F14", **_REQUEST),
        _bench("dns_failure", "the venue's name has no address, or an old one", "F01"),
        _bench("tls_refused", "a certificate that nobody vouches for, has expired or names another host", "F03"),
    ),
    Place.MESSAGING: (
        _kind("silent_stream", "push no event while the socket lives", "F09 F42", **_EVENT),
        _kind("drop_private", "lose a private event", "F16", **_EVENT),
        _kind("delay_private", "deliver a private event `delay_ms` (500) late", "F05 F16", **_EVENT, delay_ms=_MS),
        _kind("duplicate_private", "deliver a private event twice", "F10 F16 11.4", **_EVENT),
        _kind("reorder_private", "hold a private event back until the next one went out", "F10 F16", **_EVENT),
        _kind("stranger_event", "send a private event of another account before the real one", "F16", **_EVENT),
        _kind("garbled_event", "cut an event in the middle: no JSON", "F14", **_EVENT),
        _kind("unknown_event", "send an event of an unknown type before the real one", "F13", **_EVENT),
        _kind("absurd_event", "every integer of an event has sixty digits", "F13 F14", **_EVENT),
        _kind("odd_event", "spoil an event as `form` (null_field) says", "F13", **_EVENT, form=one_of(*ODD_FORMS)),
        _kind("hostile_frame", "send a frame of `form` (deep) before an event", "F14", **_EVENT,
              form=one_of(*HOSTILE_FORMS)),
        _kind("subscribe_ack_lost", "subscribe, but lose the confirmation", "F12", stream=stream),
        _kind("subscribe_ack_wrong", "subscribe, but confirm another request", "F12", stream=stream),
        _kind("subscribe_refused", "answer a subscription with an error", "F12", stream=stream),
        _kind("login_refused", "answer an authentication with an error", "F30"),
        _kind("book_gap", "lose a book_depth batch; the timestamps show it", "F10 11.4", **_PRODUCT),
        _kind("book_repeat", "send a book_depth batch twice", "F10", **_PRODUCT),
        _kind("book_reorder", "send a book_depth batch after the next one", "F10", **_PRODUCT),
        _kind("book_restart", "the timestamp chain of book_depth begins anew at zero", "F10", **_PRODUCT),
        _kind("stale_snapshot", "market_liquidity answers as the question before saw it", "F11", **_PRODUCT),
        _kind("crossed_quote", "a best_bid_offer has its bid above its ask", "F11", **_PRODUCT),
    ),
    Place.ORDERS: (
        _kind("maintenance", "an execute fails with 2068; while armed the status is `stopping`", "F15 11.4",
              **_REQUEST),
        _kind("engine_status", "a status query answers `status` (syncing)", "F15 11.4",
              status=one_of(*ENGINE_STATUSES)),
        _while_armed("market_halt", "a market is `status` (not_tradable); orders may fail with 2069", "F15 11.4",
                     **_PRODUCT, status=one_of(*MARKET_STATUSES)),
        _while_armed("product_change", "price and size increments are ten times as large", "F15", **_PRODUCT),
        _kind("reject_order", "refuse an order for `reason` (unhealthy)", "F22 F24 F31 F40", **_PRODUCT,
              reason=one_of(*REFUSALS)),
        _while_armed("key_revoked", "no signature of the account's key is good: 2028", "F31", account=_ACCOUNT),
        _kind("partial_batch", "the second and later orders of place_orders fail", "F23 11.4"),
        _kind("cancel_on_accept", "cancel an order as soon as it rests", "F23 F43", **_PRODUCT),
        _kind("cancel_races_fill", "an order is filled before its cancel arrives", "F23", **_PRODUCT),
        _at_once("unsolicited_cancel", "cancel open orders now", "F23 F43", **_PRODUCT, digest=text),
        _at_once("vanish_orders", "open orders are gone now, and no event says so", "F17", **_PRODUCT),
        _bench("id_recycled", "an order id of the journal is used again after a restart", "F27"),
        _bench("wrong_vector", "a signature that the local venue takes and the venue's own vectors refute", "F32"),
    ),
    Place.MONEY: (
        _at_once("price_jump", "the price of a market moves by `move_bps` (200)", "F41 F42", **_PRODUCT,
                 move_bps=integer(-5000, 5000)),
        _while_armed("thin_book", "levels hold `depth_percent` (2) of their size: one order, many fills", "F25",
                     **_PRODUCT, depth_percent=_PERCENT),
        _while_armed("drained_book", "nobody quotes `side` (asks)", "F22 F40", **_PRODUCT,
                     side=one_of("asks", "bids")),
        _at_once("funding_now", "pay funding of `rate_bps` (10; negative: shorts pay) now", "F41", **_PRODUCT,
                 rate_bps=integer(-200, 200)),
        _while_armed("fee_change", "fees are `maker_ppm` (300) and `taker_ppm` (700) of the notional", "F26",
                     **_PRODUCT, maker_ppm=integer(-1000, 10_000), taker_ppm=integer(0, 10_000)),
        _at_once("margin_call", "collateral leaves until no new risk is accepted", "F22 F41", account=_ACCOUNT),
        _at_once("liquidate", "the venue takes over an account's positions", "F41", account=_ACCOUNT),
        _at_once("deleverage", "the venue closes `percent` (50) of a position at the oracle price", "F41", **_PRODUCT,
                 percent=_PERCENT, account=_ACCOUNT),
    ),
    Place.TIME: (
        _while_armed("clock_skew", "the venue's clock is off by `skew_ms`", "F30 11.4", skew_ms=_SIGNED_MS),
        _at_once("clock_jump", "the venue's clock moves by `jump_ms` for good", "F30", jump_ms=_SIGNED_MS),
        _while_armed("stall", "the venue neither reads nor answers, and carries on afterwards", "F05 F09"),
        _bench("process_suspended", "the client does not run for seconds, with a full socket when it wakes", "F52"),
        _bench("loop_stall", "the client's event loop stands still for seconds while data comes", "F52"),
    ),
    Place.PROCESS: (
        _bench("kill", "SIGKILL between intent, send, reply, fill and hedge", "F50"),
        _bench("torn_journal", "the journal's last record is cut off", "F50"),
        _bench("disk_full", "no room for the journal's next record", "F51"),
        _bench("read_only", "the journal's directory may not be written", "F51"),
        _bench("callback_error", "an exception in a strategy's callback", "F53"),
        _bench("terminate", "SIGTERM or an interrupt with orders open, then a second one", "F54"),
    ),
    Place.HUMAN: (
        _at_once("manual_trade", "somebody trades `amount` (0.01; negative sells) on the account by hand", "F44",
                 **_PRODUCT, amount=amount, account=_ACCOUNT),
        _bench("second_client", "another process trades on the same account with the same key", "F24"),
    ),
}  # fmt: skip
_KINDS = tuple(replace(kind, place=place) for place, kinds in _BY_PLACE.items() for kind in kinds)
_ALONE: dict[str, FaultKind] = {
    kind.name: replace(kind, place=place)
    for place, kinds in {
        Place.MESSAGING: (
            _kind("unknown_template", "send a binary frame of an unknown template before the real one", "", **_EVENT),
            _while_armed(
                "schema_refused",
                "an upgrade that asks for a schema version above `most` (0) fails with 400",
                "",
                most=integer(0, 3),
            ),
            _at_once(
                "cancel_on_disconnect",
                "orders placed over sockets are cancelled as if those had broken",
                "",
                **_PRODUCT,
            ),
        ),
        Place.ORDERS: (
            _kind(
                "reject_after_accept",
                "answer 201, then close the order for `reason` (NOT_ENOUGH_MARGIN)",
                "",
                **_PRODUCT,
                reason=text,
            ),
            _while_armed(
                "system_status",
                "the system is in `status` (post_only)",
                "",
                status=one_of("maintenance", "cancel_only", "post_only"),
            ),
        ),
        Place.TIME: (
            _at_once("expire_tokens", "every token given until now has expired", ""),
            _kind("token_refused", "a request with a good token is answered as with an expired one", "", **_REQUEST),
            _while_armed("short_tokens", "tokens live `life_s` (5) seconds", "", life_s=integer(1, 300)),
        ),
    }.items()
    for kind in kinds
}
ALONE: dict[str, dict[str, FaultKind]] = {"nado": {}, "paradex": _ALONE}
"""What only one venue can play: tokens, binary frames, orders that are tried after the answer."""
CATALOGUE: dict[str, FaultKind] = {kind.name: kind for kind in _KINDS if kind.bites is not Bites.ON_THE_BENCH}
BENCH: dict[str, FaultKind] = {kind.name: kind for kind in _KINDS if kind.bites is Bites.ON_THE_BENCH}
