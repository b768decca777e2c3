"""One venue client of the Rust core on one event loop: tickets become futures, rows go to handlers.

The network thread writes to an eventfd once per batch; the loop drains the batch and dispatches it row by row. Every
handler is guarded: an exception is logged with its row's kind and never reaches the loop or the engine, whose answer to
one is ``os._exit(1)`` (NautilusTrader reference 1.6).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from hedgewire.errors import ConfigError, VenueUnreachableError
from hedgewire.nautilus.exposition import Exposition, expose
from hedgewire.nautilus.health import LinkCounts
from hedgewire.nautilus.metrics_endpoint import metrics_endpoint
from hedgewire.nautilus.rows import Outcome, RowKind
from hedgewire.nautilus.secrets import SecretRef

Row = tuple[Any, ...]
Handler = Callable[[Row], None]
DRAIN_LIMIT = 4096


@dataclass(frozen=True, slots=True)
class Reply:
    """A query's answer or a subscription's ack."""

    outcome: Outcome
    code: str
    reason: str
    rows: list[Row]

    @property
    def ok(self) -> bool:
        return self.outcome in (Outcome.ACCEPTED, Outcome.FOUND)


def open_core_client(venue: str, config_json: str, private_key: str | None) -> Any:
    """The real thing. Imported here, so that the adapter's pure parts load without the extension."""
    from hedgewire._core import VenueClient

    return VenueClient(venue, config_json, private_key)


class Link:
    """Shared by the data client and the execution client of one account: one socket, one set of rows.

    Opened by the first :meth:`connect`, closed by the last :meth:`release`. ``settings`` are the core's configuration.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        venue: str,
        settings: Mapping[str, object],
        secret: SecretRef | None,
        log: Any,
        opener: Callable[[str, str, str | None], Any] = open_core_client,
    ) -> None:
        self.venue = venue
        self.settings = dict(settings)
        self.place: dict[str, object] = {}
        self.account: dict[str, object] = {}
        """What the client that trades says alone."""
        self.secret = secret
        self.core: Any = None
        self._loop = loop
        self._log = log
        self._opener = opener
        self._handlers: dict[int, list[Handler]] = {}
        self._waiting: dict[int, asyncio.Future[Reply]] = {}
        self._users = 0
        self._fd = -1
        self._connecting: asyncio.Future[Reply] | None = None
        self._last_notice = ""
        self.instruments: list[Row] = []
        self.client = ""
        self.metrics_address: str | None = None
        self.counts = LinkCounts()
        self.on(RowKind.STREAM, self.counts.on_stream)
        self.on(RowKind.SOCKET, self.counts.on_socket)

    # ---- life

    def retain(self, client: str) -> None:
        """One user more; the first one's name is that of the link."""
        self.client = self.client or client
        self._users += 1

    @property
    def is_open(self) -> bool:
        return self.core is not None

    async def connect(self, timeout_s: float) -> None:
        """Open the core's client and wait until it is usable. Raises ``ConfigError`` when the venue or the core refuses
        what was configured, ``VenueUnreachableError`` when there was no usable answer in ``timeout_s``."""
        if self.metrics_address is not None:
            await metrics_endpoint(self.metrics_address).join(self)
        if self._connecting is None:
            self._open()
            self._connecting = self._register(self.core.connect(round(timeout_s * 1000)))
        try:
            reply = await asyncio.wait_for(asyncio.shield(self._connecting), timeout_s + 1.0)
        except TimeoutError:
            # The core itself answers in time; this caller joined the longer attempt of another.
            reply = Reply(Outcome.UNAVAILABLE, "TIMEOUT", self._last_notice, [])
        if reply.outcome in (Outcome.REJECTED, Outcome.REFUSED_HERE):
            what, _, hint = reply.reason.partition("\nhint: ")
            raise ConfigError(f"{self.venue} cannot be used as configured: {what}", hint=hint or None)
        if not reply.ok:
            why, _, hint = reply.reason.partition("\nhint: ")
            raise VenueUnreachableError(
                f"{self.venue} was not usable after {timeout_s:g} s",
                why or None,
                hint=hint or "`hedgewire doctor` checks the endpoints",
            )

    def check(self) -> None:
        """Raises ``ConfigError`` for settings that the core refuses; nothing is sent."""
        if self.core is None:
            self._made().close()

    def _made(self) -> Any:
        key = self.secret.reveal() if self.secret else None
        try:
            return self._opener(self.venue, json.dumps(self.settings), key)
        except ValueError as error:
            what, _, hint = str(error).partition("\nhint: ")
            raise ConfigError(what, hint=hint or None) from None

    def _open(self) -> None:
        self.core = self._made()
        self._fd = self.core.wake_fd()
        if self._fd >= 0:
            self._loop.add_reader(self._fd, self.drain)
        else:
            self.core.set_waker(lambda: self._loop.call_soon_threadsafe(self.drain))

    async def release(self) -> None:
        """One user less; the last one closes the client (bounded by the core, 5 s)."""
        self._users = max(0, self._users - 1)
        if self._users or self.core is None:
            return
        core, self.core = self.core, None
        if self in _LINKS:
            _LINKS.remove(self)  # its handlers belong to clients that have gone
        if self._fd >= 0:
            self._loop.remove_reader(self._fd)
        if self.metrics_address is not None:
            await metrics_endpoint(self.metrics_address).leave(self)
        await asyncio.to_thread(core.close)
        while rows := core.drain(DRAIN_LIMIT):  # the last words: what became of commands that were on their way
            for row in rows:
                self.dispatch(row)
        for future in self._waiting.values():
            if not future.done():
                future.set_result(Reply(Outcome.UNAVAILABLE, "CLOSED", "the client was closed", []))
        self._waiting.clear()
        self._connecting = None

    # ---- health

    async def health(self) -> dict[str, Any]:
        """The core's health document. Raises ``VenueUnreachableError`` while there is none."""
        core = self.core
        try:
            if core is None:
                raise RuntimeError("not connected")
            # The network thread answers; on the loop's own thread the wait for it would hold everything up.
            document: dict[str, Any] = json.loads(await asyncio.to_thread(core.health))
        except RuntimeError as error:
            raise VenueUnreachableError("no health document", error, self.venue) from None
        return document

    async def expose(self, exposition: Exposition) -> None:
        """Raises ``VenueUnreachableError`` as :meth:`health` does."""
        document = await self.health()
        expose(exposition, self.client, document, self.counts, {row[1]: row[2] for row in self.instruments})

    # ---- rows in

    def on(self, kind: RowKind, handler: Handler) -> None:
        self._handlers.setdefault(int(kind), []).append(handler)

    def drain(self) -> None:
        """Dispatch one batch; called by the loop."""
        if self.core is None:
            return
        for row in self.core.drain(DRAIN_LIMIT):
            self.dispatch(row)

    def dispatch(self, row: Row) -> None:
        """Hand one row to whoever wants its kind."""
        kind = row[0]
        if kind == RowKind.REPLY:
            self._answer(row)
            return
        if kind == RowKind.INSTRUMENT:
            self.instruments = [known for known in self.instruments if known[1] != row[1]] + [row]
        elif kind == RowKind.NOTICE:
            self._last_notice = row[2]
        for handler in self._handlers.get(kind, ()):
            self.guard(handler, row)

    def guard(self, handler: Handler, row: Row) -> None:
        """Let one handler have one row."""
        try:
            handler(row)
        except Exception as error:  # noqa: BLE001  one bad row must not end the process; it is reported, not hidden
            self._log.exception(f"{self.venue}: handling row kind {row[0]} failed", error)

    def _answer(self, row: Row) -> None:
        ticket, outcome, code, reason, rows = row[1:6]
        reply = Reply(Outcome(outcome), str(code), str(reason), list(rows or ()))
        for answered in reply.rows:
            if answered[0] == RowKind.INSTRUMENT:
                self.dispatch(answered)
        future = self._waiting.pop(ticket, None)
        if future is not None and not future.done():
            future.set_result(reply)

    # ---- questions out

    def _register(self, ticket: int) -> asyncio.Future[Reply]:
        # Rows reach us only through `drain`, on this loop, after the call that returned the ticket: no race.
        future: asyncio.Future[Reply] = self._loop.create_future()
        self._waiting[ticket] = future
        return future

    async def ask(self, question: Callable[[Any], int], timeout_s: float = 15.0) -> Reply:
        """Send one query or subscription and wait for its answer. A time-out or a closed link is *unavailable*; a
        question the core refuses (``ValueError``) is *refused here*."""
        if self.core is None:
            return Reply(Outcome.UNAVAILABLE, "NOT_CONNECTED", "not connected", [])
        try:
            ticket = question(self.core)
        except (ValueError, OverflowError, RuntimeError) as error:  # the last: closed, or too many are waiting
            return Reply(Outcome.REFUSED_HERE, "REFUSED", str(error), [])
        future = self._register(ticket)
        try:
            return await asyncio.wait_for(future, timeout_s)
        except TimeoutError:
            self._waiting.pop(ticket, None)
            return Reply(Outcome.UNAVAILABLE, "TIMEOUT", f"no answer in {timeout_s:g} s", [])


_LINKS: list[Link] = []


def shared_link(
    loop: asyncio.AbstractEventLoop,
    venue: str,
    place: Mapping[str, object],
    own: Mapping[str, object],
    secret: SecretRef | None,
    log: Any,
) -> Link:
    """The link of this account on this loop; made if there is none. ``place`` is what an account's two clients have to
    say alike, ``own`` what only this one says. A client without a key joins any link to the same place, and a client
    with a key takes over one that has none yet and is not open."""
    for link in _LINKS:
        if link.venue != venue or link._loop is not loop or link.place != place:
            continue
        same_account = link.secret == secret and link.account == own
        if secret is None or same_account or (link.secret is None and not link.is_open):
            if not link.is_open:
                link.settings |= own
                if secret is not None:
                    link.secret, link.account = secret, dict(own)
            return link
    _LINKS[:] = [link for link in _LINKS if not link._loop.is_closed()]
    link = Link(loop, venue, {**place, **own}, secret, log)
    link.place, link.account = dict(place), dict(own) if secret is not None else {}
    _LINKS.append(link)
    return link
