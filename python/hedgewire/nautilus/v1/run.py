"""Running a node as a program: it ends with a message and an exit code where its configuration cannot work."""

from __future__ import annotations

import asyncio
import contextlib
import re
import sys
from difflib import get_close_matches

import msgspec
from nautilus_trader.common.config import ImportableConfig, resolve_path
from nautilus_trader.live.node import TradingNode

from hedgewire.errors import ConfigError, HedgewireError
from hedgewire.nautilus.v1.opening import REFUSED_TOPIC

CLOSE_TIMEOUT_S = 5.0
STOP_TIMEOUT_S = 30.0
POLL_S = 0.02


def run_node(node: TradingNode) -> None:
    """Build the node, run it until Ctrl-C, SIGTERM or its own end, dispose of it.

    Where a key, a setting or the venue's answer to it cannot work, the two lines of the error go to stderr and the
    process ends with its exit code (``SystemExit``): 2 for a setting, 4 for a key.
    """
    try:
        _build(node)
        _run(node)
    except HedgewireError as error:
        print(error.render(), file=sys.stderr)
        raise SystemExit(error.exit_code) from None
    finally:
        node.dispose()


def _build(node: TradingNode) -> None:
    if node.is_built():
        return
    try:
        node.build()
    except msgspec.ValidationError as error:
        what = "a client's configuration cannot be read"
        raise ConfigError(what, error, "the node's JSON", _hint(node, error)) from None


def _hint(node: TradingNode, error: msgspec.ValidationError) -> str:
    described = [*node._config.data_clients.values(), *node._config.exec_clients.values()]
    paths = {config.path for config in described if isinstance(config, ImportableConfig)}
    known = {field.name for path in paths for field in msgspec.structs.fields(resolve_path(path))}
    unknown = re.search(r"unknown field `(\w+)`", str(error))
    near = get_close_matches(unknown[1], sorted(known), n=1) if unknown else []
    return f"did you mean {near[0]}?" if near else "names and types are on the venue's page of the docs"


def _run(node: TradingNode) -> None:
    """Raises the error for which a client gave up."""
    refused: list[HedgewireError] = []
    loop = node.kernel.loop
    running = loop.create_task(node.run_async())

    def stop_waiting(error: HedgewireError) -> None:
        refused.append(error)
        running.cancel()  # else the kernel waits for this client until its connection time-out

    node.kernel.msgbus.subscribe(REFUSED_TOPIC, stop_waiting)
    loop.run_until_complete(running)
    loop.run_until_complete(_stopped(node))
    if refused:
        loop.run_until_complete(_closed())
        raise refused[0]


async def _stopped(node: TradingNode) -> None:
    """A node that shuts itself down stops beside its queues, which may end sooner."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(STOP_TIMEOUT_S):
            while node.kernel.is_running():  # noqa: ASYNC110  the kernel has no event to wait for
                await asyncio.sleep(POLL_S)
    name = node.kernel.stop_async.__qualname__  # whoever asked for it last may not have heard of the end yet
    stops = [task for task in asyncio.all_tasks() if getattr(task.get_coro(), "__qualname__", "") == name]
    if stops:
        await asyncio.wait(stops, timeout=STOP_TIMEOUT_S)


async def _closed() -> None:
    """Clients that never connected count as disconnected at once: their links are still closing."""
    closing = asyncio.all_tasks() - {asyncio.current_task()}
    if closing:
        await asyncio.wait(closing, timeout=CLOSE_TIMEOUT_S)
