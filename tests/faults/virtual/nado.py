"""The local Nado without sockets."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from hedgewire.cli.demo_legs import Pair
from hedgewire.simulator.wire.nado import ws
from hedgewire.simulator.wire.nado.rest import NadoApp
from hedgewire.simulator.wire.nado.state import NadoState

from .clock import WorldClock
from .venue import PEER, Refused, VirtualConnection, VirtualVenue

KIND_OF_PATH = {"/v1/subscribe": "subscriptions", "/v1/ws": "actions", "/ws/v2": "actions"}


class _Connection(VirtualConnection, ws.Connection):
    pass


class VirtualNado(VirtualVenue):
    name = "nado"

    def __init__(self, seed: int, clock: WorldClock, pair: Pair) -> None:
        self.app: NadoApp = NadoApp(NadoState(seed, clock))
        super().__init__(clock, pair)

    def _accept(
        self, url: str, hear: Callable[[bytes, int], None], ended_by: Callable[[str], None]
    ) -> VirtualConnection | Refused:
        kind = KIND_OF_PATH[urlsplit(url).path]
        if self.state.faults.take("deflate_refused") and kind == "subscriptions":
            return Refused(None)  # before its first frame
        return _Connection(kind, self.state, hear, ended_by)

    async def _serve(self, connection: VirtualConnection, text: str) -> None:
        assert isinstance(connection, _Connection)
        if connection.kind == "subscriptions":
            ws._control(self.app, connection, text)
        else:
            await ws._answer(self.app, connection, text, PEER)

    def _over(self, connection: VirtualConnection, *, in_order: bool) -> None:
        assert isinstance(connection, _Connection)
        for key in connection.keys:
            self.app.hub.unsubscribe(key, connection.send)
