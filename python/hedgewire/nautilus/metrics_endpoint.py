"""``GET /metrics`` for Prometheus. Off unless a configuration names an address; a port alone is one on loopback."""

from __future__ import annotations

import asyncio
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from hedgewire.errors import ConfigError, HedgewireError
from hedgewire.nautilus.exposition import CONTENT_TYPE, Exposition

LOOPBACK = "127.0.0.1"
CLOSE_TIMEOUT_S = 1.0


def parse_address(address: str) -> tuple[str, int]:
    """Host and port of ``host:port`` or ``port``; port 0 is any free one. Raises ``ConfigError``."""
    host, _, port = address.rpartition(":")
    if not (port.isascii() and port.isdecimal()) or int(port) > 65_535:
        raise ConfigError("not an address", address, "metrics_address", "a port such as 9464, or host:port")
    return host.strip("[]") or LOOPBACK, int(port)


class Measured(Protocol):
    """What has figures to show: a link."""

    async def expose(self, exposition: Exposition) -> None: ...


class MetricsEndpoint:
    """One address of one event loop, shared by all links that name it: open while there is one."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.port = 0
        self._links: list[Measured] = []
        self._runner: Any = None
        self._changing = asyncio.Lock()

    async def join(self, link: Measured) -> None:
        """Raises ``ConfigError`` when the address cannot be listened on."""
        async with self._changing:
            if link in self._links:
                return
            if self._runner is None:
                await self._open()
            self._links.append(link)

    async def leave(self, link: Measured) -> None:
        async with self._changing:
            if link in self._links:
                self._links.remove(link)
            if not self._links and self._runner is not None:
                runner, self._runner = self._runner, None
                await runner.cleanup()

    async def _open(self) -> None:
        from aiohttp import web  # only where it is wanted: a fifth of a second

        host, port = parse_address(self.address)
        app = web.Application()
        app.router.add_get("/metrics", self._answer)
        runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=CLOSE_TIMEOUT_S)
        await runner.setup()
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            await runner.cleanup()
            what = f"metrics cannot be served: {error.strerror or error}"
            raise ConfigError(what, self.address, "metrics_address", "choose a free port of this host") from None
        self._runner, self.port = runner, runner.addresses[0][1]

    async def _answer(self, request: Any) -> Any:
        from aiohttp import web

        exposition = Exposition()
        for link in list(self._links):
            try:
                await link.expose(exposition)
            except HedgewireError:
                continue  # it is closing, or its network thread is gone: its metrics are absent, not zero
        return web.Response(body=exposition.text().encode(), headers={"Content-Type": CONTENT_TYPE})


_ENDPOINTS: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, MetricsEndpoint]] = WeakKeyDictionary()


def metrics_endpoint(address: str) -> MetricsEndpoint:
    """The endpoint of this address on the running loop; made if there is none."""
    endpoints = _ENDPOINTS.setdefault(asyncio.get_running_loop(), {})
    return endpoints.setdefault(address, MetricsEndpoint(address))
