"""Fixtures of tests in which a real node trades."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from hedgewire.simulator.server import LocalVenue

# pytest's importlib mode does not make siblings importable
sys.path.insert(0, str(Path(__file__).parent))

from node_on_nado import Bench, running


@pytest_asyncio.fixture
async def venue() -> AsyncIterator[LocalVenue]:
    async with LocalVenue("nado", seed=7) as local:
        yield local


@pytest_asyncio.fixture
async def bench(venue: LocalVenue) -> AsyncIterator[Bench]:
    async with running(venue) as made:
        yield made
