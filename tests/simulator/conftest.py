"""A frozen local venue (the market stands still, the clock is paused) and clients of its two accounts."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest_asyncio

from hedgewire.simulator.server import LocalVenue

# pytest's importlib mode does not make siblings importable
sys.path.insert(0, str(Path(__file__).parent))

from nado_client import NadoTestClient

START_NS = 1_760_000_000_000_000_000


@pytest_asyncio.fixture
async def venue() -> AsyncIterator[LocalVenue]:
    async with LocalVenue("nado", seed=7, paused=True, start_ns=START_NS) as local:
        yield local


@pytest_asyncio.fixture
async def client(venue: LocalVenue) -> AsyncIterator[NadoTestClient]:
    async with aiohttp.ClientSession() as session:
        yield NadoTestClient(venue, session)


@pytest_asyncio.fixture
async def other(venue: LocalVenue) -> AsyncIterator[NadoTestClient]:
    async with aiohttp.ClientSession() as session:
        yield NadoTestClient(venue, session, account=1)
