"""Frozen local venues (the market stands still, the clock is paused) and clients of their two accounts."""

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
from paradex_client import ParadexTestClient

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


@pytest_asyncio.fixture
async def paradex() -> AsyncIterator[LocalVenue]:
    async with LocalVenue("paradex", seed=7, paused=True, start_ns=START_NS) as local:
        yield local


@pytest_asyncio.fixture
async def trader(paradex: LocalVenue) -> AsyncIterator[ParadexTestClient]:
    """Logged in."""
    async with aiohttp.ClientSession() as session:
        client = ParadexTestClient(paradex, session)
        await client.login()
        yield client


@pytest_asyncio.fixture
async def other_trader(paradex: LocalVenue) -> AsyncIterator[ParadexTestClient]:
    async with aiohttp.ClientSession() as session:
        client = ParadexTestClient(paradex, session, account=1)
        await client.login()
        yield client
