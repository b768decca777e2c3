"""The Rust core as Python sees it: tickets out, rows in.

Every command or query returns a *ticket* (an int) at once and sends nothing on the caller's thread. Answers and events come
back as *rows*, plain tuples whose first item is their kind (see `hedgewire.nautilus.rows`), drained in batches after
one wake-up. Rows keep the order in which the network thread saw them.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, overload

Row = tuple[object, ...]

class Levels(Sequence[int]):
    """The levels of a BOOK row, flat: (side, price, size) * n. They become Python numbers only when they are read.
    Raises ValueError for numbers that are not levels of three."""

    def __init__(self, flat: Sequence[int]) -> None: ...
    def __len__(self) -> int: ...
    @overload
    def __getitem__(self, index: int) -> int: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[int]: ...
    def __iter__(self) -> Iterator[int]: ...

class DeltaLane:
    """Makes NautilusTrader's book deltas out of C structures; see `hedgewire.nautilus.v1.fast_lane`, the only user.

    `sample`: a capsule of one delta of the instrument. `price`, `size`: precision, a mantissa's unit, the largest
    mantissa. `list_from_capsule`: what NautilusTrader reads such capsules with."""

    def __init__(
        self,
        sample: object,
        price: tuple[int, int, int],
        size: tuple[int, int, int],
        list_from_capsule: Callable[[object], Any],
    ) -> None: ...
    def deltas_of(
        self, levels: Levels, snapshot: bool, sequence: int, ts_event: int, ts_init: int
    ) -> list[Any]:
        """`OrderBookDelta` for each level, the last flagged F_LAST; before those of a snapshot a CLEAR, and all flagged
        F_SNAPSHOT. Raises ValueError for a level that cannot be held."""

class VenueClient:
    """One account at one venue: REST, streams socket, actions socket, all on the shared network thread.

    `config_json` is the venue's configuration (see the venue's docs page) as JSON; unknown keys raise ValueError with the
    nearest name. `private_key` is copied into wiped memory and never shown again; None: public data only.
    Raises ValueError with "what: value (from source)\\nhint: …".
    """

    def __init__(self, venue: str, config_json: str, private_key: str | None = None) -> None: ...
    def wake_fd(self) -> int:
        """An eventfd that becomes readable once per batch; -1 where the platform has none (then use `set_waker`)."""
    def set_waker(self, wake: Callable[[], None]) -> None:
        """Called from the network thread once per batch, only where `wake_fd()` is -1."""
    def drain(self, limit: int = 4096) -> list[Row]:
        """Takes up to `limit` rows and clears the wake-up; wakes again by itself where rows are left."""
    def connect(self, timeout_ms: int = 30_000) -> int:
        """Bootstrap, sockets, login, private streams, catch-up. The REPLY row comes when usable, refused or not usable within
        `timeout_ms`; once the venue has been reached it stays connected, reconnecting for ever, until `close`."""
    def close(self) -> None:
        """Stops every task of this client and waits for them (bounded, 5 s). Safe to call twice."""
    def subscribe(self, stream: int, instrument: int, param: int = 0) -> int:
        """Wants a stream (rows.Stream); REPLY on the venue's ack or after the 10 s deadline. Kept over reconnects."""
    def unsubscribe(self, stream: int, instrument: int, param: int = 0) -> int: ...
    def submit(self, orders: list[Order], triggers: list[Trigger | None] = ...) -> int:
        """One order or a batch. All are registered before anything is sent. First row back: SENT per order.
        `triggers`, one an order: it waits at the venue and reaches the book under the same venue order id (then
        WAITING_REPORT says Triggered). Orders with and without a trigger do not go into one batch."""
    def cancel(self, targets: list[tuple[int, str]], client_ids: list[int], waiting: bool = False) -> int:
        """(instrument, venue order id) pairs with their client ids (0: none known). `waiting`: they wait for a trigger; the
        venue refuses (2058) one that has been triggered meanwhile."""
    def cancel_all(self, instrument: int = -1, waiting: bool = False) -> int: ...
    def modify(
        self, target: tuple[int, str], client_id: int, terms: tuple[int, int, int | None], filled_x18: int
    ) -> int:
        """Changes one living order of ours in place to these terms (quantity, the filled part included, price, trigger
        price; x18). `filled_x18`: of it, as far as is known. ORDER_UPDATE tells the new terms, ORDER_OUTCOME what became
        of the change, before the fills that depend on it."""
    def cancel_and_place(self, target: tuple[int, str], client_id: int, order: Order, unfilled_x18: int = -1) -> int:
        """Replaces one order in one message. `unfilled_x18`: what was left of the old order when the new quantity was
        chosen; where a fill came between, the venue refuses both halves and the old order lives on. -1: nothing is placed
        where the old order has traded at all."""
    def query_order(self, instrument: int, venue_order_id: str) -> int: ...
    def query_open_orders(self, instrument: int = -1) -> int: ...
    def query_fills(self, instrument: int = -1, venue_order_id: str = "", since_s: int = -1, limit: int = 500) -> int:
        """FILL rows, oldest first. Of the account's executions since then the newest `limit` (at most 10,000) are looked
        through, page by page; a page that cannot be had makes the whole answer UNAVAILABLE."""
    def query_waiting_orders(self, instrument: int = -1, venue_order_ids: list[str] = ...) -> int:
        """WAITING_REPORT rows: all that wait for a trigger, or the given ones in any state."""
    def query_order_history(self, instrument: int = -1, since_s: int = -1, limit: int = 500) -> int:
        """ORDER_REPORT rows: open orders, and the newest `limit` (at most 10,000) that have traded since. One that ended
        without a fill is in no list of the venue's."""
    def query_document(self, name: str, params: str = "{}") -> int:
        """One of the venue's own questions by its name (a wrong name is refused with the list of them), parameters as a JSON
        object; our own account is filled in. Answer: one DOCUMENT row."""
    def account_message(self, name: str, fields: str) -> int:
        """A signed message about the account: withdraw_collateral, withdraw_collateral_v2, transfer_quote,
        transfer_quote_v2, link_signer, liquidate_subaccount, mint_nlp, burn_nlp. `fields`: its own as a JSON object, without
        sender, and `spot_leverage` (false: never borrow) or `max_fee_x18` where the message takes them; `nonce` is the
        `tx_nonce` of `query_document("nonces")`, and has moved by one exactly when an UNKNOWN outcome was executed.
        One ORDER_OUTCOME row with client id 0."""
    def query_positions(self) -> int: ...
    def query_account(self) -> int: ...
    def query_book(self, instrument: int, depth: int = 100) -> int: ...
    def query_trades(self, instrument: int, limit: int = 100) -> int: ...
    def query_bars(self, instrument: int, granularity_s: int, end_s: int = -1, limit: int = 100) -> int: ...
    def query_funding_rates(self, instrument: int, start_s: int = -1, end_s: int = -1, limit: int = 100) -> int: ...
    def query_reference_prices(self, instruments: list[int]) -> int: ...
    def query_statuses(self) -> int:
        """STATUS rows of all instruments."""
    def query_open_interest(self) -> int:
        """OPEN_INTEREST rows of all perpetuals."""
    def query_server_time(self) -> int: ...
    def venue_order_id(self, client_id: int) -> str | None:
        """What the registry knows, from before sending."""
    def adopt(
        self, client_id: int, instrument: int, venue_order_id: str, filled_x18: int, trade_ids: list[str]
    ) -> None:
        """Makes an order of an earlier session known, with the fills already applied."""
    def health(self) -> str:
        """JSON: sockets (state, since, reconnects, deflate), streams (state, age), counters (frames, malformed, unknown, gaps,
        duplicate fills, dropped rows), latencies (rest_ms, order_ms percentiles), outcomes unresolved, limits headroom."""

class SteppedClient(VenueClient):
    """The same client without a network and without a clock: what leaves is fetched with `outgoing`, what comes is handed
    in, and time is what `advance` says. The same seed and the same inputs at the same moments give the same rows. For tests;
    `retry_after_ms` None: the answer did not say. Frames of one connection keep their order: that is the caller's to see to."""

    def __init__(
        self, venue: str, config_json: str, private_key: str | None, now_ns: int, seed: int, tick_ms: int = 10
    ) -> None: ...
    def advance(self, until_ns: int) -> int:
        """Hears the commands given so far, then lets time pass until `until_ns`, or until there are rows or something to
        carry. Returns the moment reached; inputs are of that moment."""
    def outgoing(self) -> list[Carried]:
        """What leaves, in order."""
    def replied(self, request_id: int, status: int, body: bytes, retry_after_ms: int | None = None) -> None: ...
    def lost(self, request_id: int, reason: str, sent: bool) -> None:
        """No answer came. `sent` False: no connection came about, the request provably did not leave."""
    def opened(self, role: int, attempt: int) -> None: ...
    def not_opened(self, role: int, attempt: int, reason: str, status: int | None = None) -> None:
        """`status`: what the upgrade was answered with; None: no connection came about."""
    def frame(self, role: int, attempt: int, frame: bytes) -> None: ...
    def ponged(self, role: int, attempt: int) -> None: ...
    def ended(self, role: int, attempt: int, reason: str) -> None: ...
    def close(self) -> list[Carried]:  # type: ignore[override]
        """Answers everyone who waits, in rows; what leaves last."""

# ("get" | "post" | "put" | "delete", request id, -1, URL, body, headers)
# ("open" | "frame" | "ping" | "close", connection attempt, role 0 streams / 1 actions, URL or "", text or "", [])
Carried = tuple[str, int, int, str, str, list[tuple[str, str]]]

# (client_id, instrument, side 1 buy / -1 sell, kind, quantity_x18, price_x18, without a price of its own: price_x18 is the
#  worst, reduce_only, expires_s or -1, the venue's own parameters as a JSON object or ""); kind: rows.Kind
Order = tuple[int, int, int, int, int, int, bool, bool, int, str]

# (rows.TriggerSource, True: at or above / False: at or below, price_x18, venue order id that must fill first or "", its first fill is enough)
Trigger = tuple[int, bool, int, str, bool]

def venue_facts(venue: str) -> str:
    """JSON: capabilities and limits. ValueError for a venue we do not have."""

def address_of(private_key: str) -> str:
    """The EVM address of a key, lower-case 0x and 40 hex digits. ValueError without the key in its text."""

def sign_typed(venue: str, config_json: str, private_key: str, message_json: str) -> str:
    """Digest and signature of any of the venue's signed messages as JSON (`{"digest","signature"}`): for tools, tests and
    cross-checks. `message_json`: {"primary_type", "chain_id", "verifying_contract", "message": {...}}."""

__version__: str
