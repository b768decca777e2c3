"""The local Paradex without sockets. Its accounts are always the same, because Stark keys take long to compute; every
order and every login is verified as ever."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from urllib.parse import parse_qsl, urlsplit

from hedgewire.cli.demo_legs import Pair
from hedgewire.simulator.wire.paradex import ws
from hedgewire.simulator.wire.paradex.errors import WireError
from hedgewire.simulator.wire.paradex.keys import FundedAccount, funded_account
from hedgewire.simulator.wire.paradex.rest import ParadexApp
from hedgewire.simulator.wire.paradex.state import FUNDED_ACCOUNTS, ParadexState

from .clock import WorldClock
from .venue import PEER, Refused, Request, VirtualConnection, VirtualVenue

KEYS_OF_SEED = 1


@cache
def _accounts() -> tuple[FundedAccount, ...]:
    return tuple(funded_account(KEYS_OF_SEED, index) for index in range(FUNDED_ACCOUNTS))


class _Connection(VirtualConnection, ws.Connection):
    pass


class VirtualParadex(VirtualVenue):
    name = "paradex"

    def __init__(self, seed: int, clock: WorldClock, pair: Pair) -> None:
        self.app: ParadexApp = ParadexApp(ParadexState(seed, clock, _accounts()))
        super().__init__(clock, pair)

    def _accept(
        self, url: str, hear: Callable[[bytes, int], None], ended_by: Callable[[str], None]
    ) -> VirtualConnection | Refused:
        state, parts = self.app.state, urlsplit(url)
        try:
            state.limits.take(state.limits.connects, PEER, state.clock.now_ms())
        except WireError as error:
            return Refused(error.http_status)
        request = Request("GET", parts.path, dict(parse_qsl(parts.query)), b"", {}, {})
        version = ws._wanted_schema(self.app, request)  # type: ignore[arg-type]
        if version == 0:
            return Refused(400)
        state.faults.take("deflate_refused")
        connection = _Connection("actions", state, hear, ended_by)
        connection.version = version
        if version is not None:
            ws._heartbeat(self.app, connection)
        return connection

    async def _serve(self, connection: VirtualConnection, text: str) -> None:
        assert isinstance(connection, _Connection)
        await ws._answer(self.app, connection, text)

    def _over(self, connection: VirtualConnection, *, in_order: bool) -> None:
        assert isinstance(connection, _Connection)
        ws.over(self.app, connection, in_order=in_order)
