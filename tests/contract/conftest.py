"""The real extension against a local venue in the same process, over real sockets."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest_asyncio

from hedgewire.simulator.server import LocalVenue

# pytest's importlib mode does not make siblings importable
sys.path.insert(0, str(Path(__file__).parent))

from harness import Harness


@pytest_asyncio.fixture
async def venue() -> AsyncIterator[LocalVenue]:
    async with LocalVenue("nado", seed=7) as local:
        yield local


@pytest_asyncio.fixture
async def made(venue: LocalVenue) -> AsyncIterator[Harness]:
    """A client that has not connected."""
    async with aiohttp.ClientSession() as session:
        harness = Harness(venue, session)
        yield harness
        await harness.close()


@pytest_asyncio.fixture
async def line(made: Harness) -> Harness:
    """A connected client."""
    reply = await made.connect()
    assert reply[2] == 0, reply
    return made
