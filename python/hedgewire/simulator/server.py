"""Runs a local venue: in process as ``async with LocalVenue("nado") as venue``, or from the command line."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from aiohttp import web

from hedgewire.simulator import fault_actions
from hedgewire.simulator.arming import load_faults
from hedgewire.simulator.clock import VenueClock
from hedgewire.simulator.control import Control
from hedgewire.simulator.fault_checks import FaultError
from hedgewire.simulator.venue import VenueApp
from hedgewire.simulator.wire.nado.rest import NadoApp
from hedgewire.simulator.wire.nado.state import NadoState
from hedgewire.simulator.wire.paradex.rest import ParadexApp
from hedgewire.simulator.wire.paradex.state import ParadexState

HOST = "127.0.0.1"
MAX_BODY_BYTES = 1 << 20
EXIT_OK = 0
EXIT_FAILED = 1
EXIT_USAGE = 2
ORPHAN_S = 60.0  # how long a venue whose starter is gone serves those who are connected


Start = Callable[[int, VenueClock, bool], VenueApp]
VENUES: dict[str, Start] = {
    "nado": lambda seed, clock, _: NadoApp(NadoState(seed, clock)),
    "paradex": lambda seed, clock, all_products: ParadexApp(ParadexState(seed, clock, all_products=all_products)),
}
"""Each local venue from its seed, its clock, and whether it lists all it has; Nado's has perpetuals only."""


class VenueStartError(Exception):
    """The local venue could not start; the text ends with a hint."""


class LocalVenue:
    """One local venue on a loopback port (0 = any free port).

    ``paused=True`` starts with a stopped clock that only control calls or ``clock.step_ms`` move. ``all_products=True``
    lists spot and options beside the perpetuals, where the venue has any.
    """

    def __init__(
        self,
        venue: str,
        *,
        seed: int = 1,
        port: int = 0,
        paused: bool = False,
        start_ns: int | None = None,
        all_products: bool = False,
    ) -> None:
        if venue not in VENUES:
            raise VenueStartError(f"unknown local venue {venue!r}\nhint: one of {', '.join(VENUES)}")
        if not 0 <= port <= 65535:
            raise VenueStartError(f"port {port} is out of range\nhint: 0 picks a free port, else 1 to 65535")
        self.venue = venue
        self.seed = seed
        self.port = port
        self.clock = VenueClock(paused=paused, start_ns=start_ns)
        self.app = VENUES[venue](seed, self.clock, all_products)
        self.state = self.app.state
        self._runner: web.AppRunner | None = None
        self._timers: asyncio.Task[None] | None = None

    async def __aenter__(self) -> LocalVenue:
        application = web.Application(client_max_size=MAX_BODY_BYTES)
        self.app.add_routes(application)
        Control(self.app).add_routes(application)
        runner = web.AppRunner(application, access_log=None, handle_signals=False, shutdown_timeout=0.5)
        await runner.setup()
        site = web.TCPSite(runner, HOST, self.port)
        try:
            await site.start()
        except OSError as error:
            await runner.cleanup()
            raise VenueStartError(
                f"cannot listen on {HOST}:{self.port}: {error.strerror or error}\n"
                "hint: stop what uses the port, or take --port 0 for a free one"
            ) from error
        self._runner = runner
        self.port = runner.addresses[0][1]
        self.app.start()
        self._timers = asyncio.create_task(self.clock.run())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._timers is not None:
            self._timers.cancel()
            await asyncio.gather(self._timers, return_exceptions=True)
        for connection in list(self.app.connections):
            connection.abort()
        if self._runner is not None:
            await self._runner.cleanup()

    async def wait_failed(self) -> None:
        """Return (by raising) only when the venue's own timers fail."""
        assert self._timers is not None  # only called inside the context
        await self._timers

    @property
    def descriptor(self) -> dict[str, object]:
        """What a client needs to connect: endpoints, chain, funded accounts."""
        authority = f"{HOST}:{self.port}"
        described = self.app.descriptor(authority)
        endpoints = described["endpoints"]
        assert isinstance(endpoints, dict)  # every venue has some
        return {"venue": self.venue, **described, "endpoints": {**endpoints, "control": f"http://{authority}/_sim"}}


async def serve(
    venue: str,
    *,
    port: int,
    seed: int,
    json_output: bool,
    faults: Path | None = None,
    chaos: int | None = None,
    until_eof: bool = False,
    all_products: bool = False,
) -> None:
    """Run until SIGINT or SIGTERM, or the end of stdin if asked for. Prints the descriptor: JSON in one line, or text.

    Raises ``VenueStartError`` when the port is taken, ``FaultError`` when the file of faults cannot be used.
    """
    local = LocalVenue(venue, seed=seed, port=port, all_products=all_products)
    planned = [] if faults is None else load_faults(faults, local.app.vocabulary())
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    if until_eof:
        try:
            loop.add_reader(sys.stdin.fileno(), _read_on, local, stop)
        except OSError as error:
            raise VenueStartError(f"stdin has no end to wait for: {error.strerror}\nhint: give it a pipe") from None
    async with local:
        for fault in planned:
            fault_actions.post(local.app, fault)
        if chaos is not None:
            local.app.chaos.begin(chaos)
        if json_output:
            print(json.dumps(local.descriptor), flush=True)
        else:
            print(_readable(local), flush=True)
        waiting = {asyncio.create_task(stop.wait()), asyncio.create_task(local.wait_failed())}
        done, pending = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        for task in done:
            task.result()


def _read_on(local: LocalVenue, stop: asyncio.Event) -> None:
    """At the end of stdin whoever is connected may still close its positions: the venue ends once all have left."""
    loop = asyncio.get_running_loop()
    if os.read(sys.stdin.fileno(), 4096):
        return
    loop.remove_reader(sys.stdin.fileno())
    last = loop.time() + ORPHAN_S

    def look() -> None:
        if not local.app.connections or loop.time() > last:
            stop.set()
        else:
            loop.call_later(0.1, look)

    look()


def _readable(local: LocalVenue) -> str:
    endpoints = local.descriptor["endpoints"]
    assert isinstance(endpoints, dict)  # built a few lines above
    lines = [f"local {local.venue} ready, seed {local.seed}, {local.app.headline}"]
    lines += [f"  {name:<17} {url}" for name, url in endpoints.items()]
    lines += [f"  {line} (worthless elsewhere)" for line in local.app.account_lines]
    return "\n".join(lines)


def main(
    venue: str,
    port: int = 0,
    seed: int = 1,
    json_output: bool = False,
    faults: Path | None = None,
    chaos: int | None = None,
    until_eof: bool = False,
    all_products: bool = False,
) -> int:
    """Serve a local venue, with faults from a file or drawn from a seed if given; returns the exit code."""
    try:
        asyncio.run(
            serve(
                venue,
                port=port,
                seed=seed,
                json_output=json_output,
                faults=faults,
                chaos=chaos,
                until_eof=until_eof,
                all_products=all_products,
            )
        )
    except FaultError as error:
        print("error: {}\nhint: {}".format(*str(error).rsplit("; hint: ", 1)), file=sys.stderr)
        return EXIT_USAGE
    except VenueStartError as error:
        print(f"error: {error}", file=sys.stderr)
        return EXIT_FAILED
    except BrokenPipeError:  # whoever was to read the first line is gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_FAILED
    return EXIT_OK
