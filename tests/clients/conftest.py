"""A local Nado in this process and ccxt's asynchronous client pointed at it, with nothing in ccxt changed."""

from __future__ import annotations

from collections.abc import AsyncIterator

import ccxt.pro
import pytest
import pytest_asyncio

from hedgewire.simulator.server import LocalVenue


@pytest_asyncio.fixture
async def venue() -> AsyncIterator[LocalVenue]:
    async with LocalVenue("nado", seed=11) as local:
        yield local


def connect(venue: LocalVenue, account: int) -> ccxt.pro.nado:
    key = venue.state.keys[account]
    exchange = ccxt.pro.nado({"walletAddress": key.address, "privateKey": key.private_key})
    endpoints = venue.descriptor["endpoints"]
    assert isinstance(endpoints, dict)
    exchange.urls["api"] |= {
        "gateway": endpoints["gateway_v1"],
        "gatewayV2": endpoints["gateway_v2"],
        "archive": endpoints["archive_v1"],
        "archiveV2": endpoints["archive_v2"],
        "trigger": endpoints["trigger"],
        "ws": {"gateway": endpoints["actions_ws_v2"], "subscriptions": endpoints["subscriptions_ws"]},
    }
    return exchange


@pytest_asyncio.fixture
async def exchange(venue: LocalVenue) -> AsyncIterator[ccxt.pro.nado]:
    client = connect(venue, 0)
    try:
        yield client
    finally:
        await client.close()


@pytest.fixture
def sender(venue: LocalVenue) -> str:
    return venue.state.keys[0].address + b"default".ljust(12, b"\0").hex()
