"""A VenueClient of the real extension on the test's event loop, and what it said so far."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import aiohttp

from hedgewire import _core
from hedgewire.nautilus.rows import RowKind
from hedgewire.simulator.server import LocalVenue

ETH = 4
ETH_OF = {"nado": ETH, "paradex": 2}
ONE_X18 = 10**18
WAIT_S = 25.0

Row = tuple[Any, ...]


class Harness:
    """Collects rows as they come; `wait` returns the first that fits, seen already or still to come."""

    def __init__(self, venue: LocalVenue, session: aiohttp.ClientSession, *, account: int = 0, **config: Any) -> None:
        self.venue = venue
        self.session = session
        described: dict[str, Any] = json.loads(json.dumps(venue.descriptor))
        endpoints = dict(described["endpoints"])
        self.control_url = endpoints.pop("control")
        own = {key: described[key] for key in ("chain_id", "endpoint_address") if key in described}
        used = {name: url for name, url in endpoints.items() if name != "rest_v2"}  # Ethereum accounts only
        self.config = {"environment": "local", **own, **used, **config}
        keys = described["accounts"][account]
        self.key: str = keys["l2_private_key" if "l2_private_key" in keys else "private_key"]
        self.eth = ETH_OF[venue.venue]
        self.client = _core.VenueClient(venue.venue, json.dumps(self.config), self.key)
        self.rows: list[Row] = []
        self._news = asyncio.Condition()
        self._tasks: set[asyncio.Task[None]] = set()
        self._next_client_id = 1000
        asyncio.get_running_loop().add_reader(self.client.wake_fd(), self._drain)

    def _drain(self) -> None:
        self.rows.extend(self.client.drain())
        task = asyncio.get_running_loop().create_task(self._announce())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _announce(self) -> None:
        async with self._news:
            self._news.notify_all()

    async def wait(self, fits: Callable[[Row], bool], *, start: int = 0) -> Row:
        """The first row from position `start` that fits; fails after 25 s."""
        seen = start

        def found() -> Row | None:
            nonlocal seen
            while seen < len(self.rows):
                seen += 1
                if fits(self.rows[seen - 1]):
                    return self.rows[seen - 1]
            return None

        try:
            async with asyncio.timeout(WAIT_S), self._news:
                while True:
                    row = found()
                    if row is not None:
                        return row
                    await self._news.wait()
        except TimeoutError:
            said = [row for row in self.rows[start:] if row[0] >= RowKind.ORDER_UPDATE and row[0] != RowKind.INSTRUMENT]
            raise AssertionError(f"no such row within {WAIT_S} s; said: {said[-30:]}; {self.client.health()}") from None

    async def reply(self, ticket: int) -> Row:
        return await self.wait(lambda row: row[0] == RowKind.REPLY and row[1] == ticket)

    async def outcome(self, ticket: int, *, start: int = 0) -> Row:
        return await self.wait(lambda row: row[0] == RowKind.ORDER_OUTCOME and row[1] == ticket, start=start)

    async def connect(self) -> Row:
        return await self.reply(self.client.connect())

    def order(self, side: int, kind: int, quantity_x18: int, price_x18: int) -> tuple[int, _core.Order]:
        self._next_client_id += 1
        order = (self._next_client_id, self.eth, side, kind, quantity_x18, price_x18, False, False, -1, "")
        return self._next_client_id, order

    def of_kind(self, kind: RowKind) -> list[Row]:
        return [row for row in self.rows if row[0] == kind]

    def fills_of(self, client_id: int) -> list[Row]:
        return [row for row in self.of_kind(RowKind.FILL) if row[3] == client_id]

    def health(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.client.health())
        return document

    async def fault(self, name: str, **params: Any) -> None:
        async with self.session.post(f"{self.control_url}/faults", json={"name": name, **params}) as answer:
            assert answer.status == 200, await answer.text()

    async def clear_faults(self) -> None:
        async with self.session.delete(f"{self.control_url}/faults") as answer:
            assert answer.status == 200, await answer.text()

    async def log(self) -> dict[str, Any]:
        async with self.session.get(f"{self.control_url}/log") as answer:
            document: dict[str, Any] = await answer.json()
            return document

    async def touch(self) -> tuple[int, int]:
        """Best bid and ask of ETH-PERP as the client itself was told, x18."""
        start = len(self.rows)
        self.client.query_book(ETH, 5)
        row = await self.wait(
            lambda row: row[0] == RowKind.REPLY and row[5] and row[5][0][0] == RowKind.BOOK, start=start
        )
        levels = row[5][0][6]
        bids = [levels[i + 1] for i in range(0, len(levels), 3) if levels[i] == 1]
        asks = [levels[i + 1] for i in range(0, len(levels), 3) if levels[i] == -1]
        return max(bids) * 10**17, min(asks) * 10**17

    async def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self.client.wake_fd())
        await asyncio.to_thread(self.client.close)
