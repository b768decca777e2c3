"""The core's client on an asyncio loop, without NautilusTrader."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

from hedgewire import _core
from hedgewire.nautilus.rows import RowKind

Row = tuple[Any, ...]
WAIT_S = 30.0


class CoreClient:
    """Hands every row to ``on_row``; ``reply`` waits for the answer to a ticket."""

    def __init__(self, venue: str, config: dict[str, Any], key: str | None, on_row: Callable[[Row], None]) -> None:
        self.core = _core.VenueClient(venue, json.dumps(config), key)
        self._on_row = on_row
        self._waiting: dict[int, asyncio.Future[Row]] = {}
        asyncio.get_running_loop().add_reader(self.core.wake_fd(), self._drain)

    def _drain(self) -> None:
        for row in self.core.drain(4096):
            self._on_row(row)
            if row[0] in (RowKind.REPLY, RowKind.ORDER_OUTCOME) and row[1] in self._waiting:
                self._waiting.pop(row[1]).set_result(row)

    async def reply(self, ticket: int) -> Row:
        future: asyncio.Future[Row] = asyncio.get_running_loop().create_future()
        self._waiting[ticket] = future
        return await asyncio.wait_for(future, WAIT_S)

    async def usable(self) -> None:
        row = await self.reply(self.core.connect(20_000))
        assert row[2] == 0, row


def local(endpoints: dict[str, str], **more: Any) -> dict[str, Any]:
    """The core's configuration for a local venue, but for addresses that only others use."""
    used = {name: url for name, url in endpoints.items() if name not in ("control", "rest_v2")}
    return {"environment": "local", **used, **more}
