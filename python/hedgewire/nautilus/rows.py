"""The rows that `hedgewire._core` hands to Python: kinds, enumerations and the fields of each kind.

A row is a plain tuple; its first item is a `RowKind`. Times are nanoseconds since the epoch. `price`, `size` of market rows
are integer mantissas at the instrument's precision; `_x18` are exact integers with 18 decimals. An unknown value is None.
"""

from enum import IntEnum
from typing import Final

__all__ = [
    "Kind",
    "Outcome",
    "RowKind",
    "SocketState",
    "Status",
    "Stream",
    "StreamState",
    "TriggerSource",
    "WaitingState",
]


class RowKind(IntEnum):
    """Fields behind the kind, in order."""

    BOOK = 1  # instrument, snapshot(bool), last_sequence, ts_event, ts_init, levels: `Levels`, flat (side, price, size) * n
    QUOTE = 2  # instrument, bid_price, bid_size, ask_price, ask_size, ts_event, ts_init
    TRADE = 3  # instrument, price, size, aggressor_side, trade_id(str), ts_event, ts_init
    BAR = 4  # instrument, granularity_s, open, high, low, close, volume, ts_open, ts_init
    FUNDING_RATE = 5  # instrument, hourly_rate_x18, ts_event, ts_init
    REFERENCE_PRICES = 6  # instrument, mark_x18 | None, index_x18 | None, ts_event, ts_init
    LIQUIDATION = 7  # instruments(tuple), quantity_x18, price_x18, ts_event, ts_init
    FUNDING_PAYMENT = 8  # instrument, payment_x18, open_interest_x18, interval_s, ts_event, ts_init
    BEST_PRICES = 9  # instrument, bid_price | None, ask_price | None, ts_event, ts_init -- without sizes: no quote
    STATUS = 10  # instrument, status(str), ts_event, ts_init
    OPEN_INTEREST = 11  # instrument, quantity_x18, ts_event, ts_init
    ORDER_UPDATE = 20  # instrument, venue_order_id, client_id | 0, Status, remaining_x18 | None, filled_x18 | None, reason, ts_event, ts_init, (quantity_x18, price_x18, trigger_price_x18 | None) | None
    FILL = 21  # instrument, venue_order_id, client_id | 0, trade_id, side, quantity_x18, price_x18, fee_x18, is_taker, ts_event, ts_init, fee_currency | "" (the quote)
    POSITION = 22  # instrument, quantity_x18 (signed), entry_price_x18 | None, isolated, reason, ts_event, ts_init
    ACCOUNT = 23  # currency, total_x18, free_x18, ts_event, ts_init
    ORDER_REPORT = 24  # instrument, venue_order_id, client_id | 0, side, Kind, Status, price_x18, quantity_x18, filled_x18, average_price_x18 | None, reduce_only, expires_s | None, ts_accepted, ts_event, ts_init
    INSTRUMENT = 25  # id, symbol, kind("perpetual"|"spot"|"future"|"option"|"other"), base, quote, price_precision, size_precision, price_increment_x18, size_increment_x18, min_notional_x18, maker_fee_x18, taker_fee_x18, margin_init_x18, margin_maint_x18, status(str), isolated_only, (right("call"|"put"|""), strike_x18, ts_opens, ts_expires | None) | None
    WAITING_REPORT = 26  # instrument, venue_order_id, client_id | 0, side, Kind, WaitingState, price_x18, quantity_x18, reduce_only, expires_s | None, (TriggerSource, above, price_x18, after | "", on_partial_fill) | None, reason, ts_accepted, ts_event, ts_init
    REPLY = 40  # ticket, Outcome, code(str), reason, rows(list)   -- a query's answer or a subscription's ack
    SENT = 41  # ticket, client_id, venue_order_id, ts   -- registered and about to leave; one per order
    ORDER_OUTCOME = 42  # ticket, client_id | 0, Outcome, venue_order_id | "", code(str), reason, due_post_only, ts   -- one per order of a command
    SOCKET = 50  # role(0 streams, 1 actions), SocketState, reason, ts
    STREAM = 51  # Stream, instrument | -1, param, StreamState, reason, ts
    CATCH_UP = 52  # reason, ts -- private state after a (re)connect has been fetched; its rows came just before
    NOTICE = 53  # level("warning"|"error"), text, ts -- malformed and unknown messages, gaps, duplicates
    SERVER_TIME = 54  # server_ms, ts_init
    DOCUMENT = 55  # name, json(str), ts_init -- the venue's own answer to a question without rows of its own


class Outcome(IntEnum):
    """What became of a command, or what a query found. UNKNOWN and UNAVAILABLE are neither yes nor no."""

    ACCEPTED = 0
    REJECTED = 1
    UNKNOWN = 2
    REFUSED_HERE = 3  # never sent: a local check said no
    FOUND = 10
    NOT_FOUND = 11
    UNAVAILABLE = 12


class Stream(IntEnum):
    BOOK = 0
    QUOTES = 1
    TRADES = 2
    BARS = 3
    FUNDING_RATE = 4
    FUNDING_PAYMENTS = 5
    LIQUIDATIONS = 6
    ORDERS = 7
    FILLS = 8
    POSITIONS = 9
    BEST_PRICES = 10  # of all instruments at once: instrument -1
    REFERENCE_PRICES = 11  # mark and index, with open interest where the venue sends them together
    ACCOUNT = 12


class Kind(IntEnum):
    LIMIT = 0
    IOC = 1
    FOK = 2
    POST_ONLY = 3


class Status(IntEnum):
    ACCEPTED = 0
    PARTIALLY_FILLED = 1
    FILLED = 2
    CANCELED = 3
    EXPIRED = 4
    REJECTED = 5


class WaitingState(IntEnum):
    """Of an order that waits at the venue for its trigger."""

    WAITING = 0
    TRIGGERED = 1  # in the book, under the same id: an order like any other
    SLICING = 2
    SLICED = 3
    CANCELED = 4
    EXPIRED = 5
    FAILED = 6


class TriggerSource(IntEnum):
    LAST = 0
    MID = 1
    ORACLE = 2
    MARK = 3


class SocketState(IntEnum):
    DISCONNECTED = 0
    CONNECTING = 1
    CONNECTED = 2
    AUTHENTICATING = 3
    AUTHENTICATED = 4
    RECONNECTING = 5
    DEGRADED = 6


class StreamState(IntEnum):
    PENDING = 0
    ACTIVE = 1
    FAILED = 2
    STALE = 3
    IDLE = 4


BUY: Final = 1
SELL: Final = -1
