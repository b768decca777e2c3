"""Factories by which a TradingNode makes Paradex's clients; the clients themselves are shared by all venues."""

from __future__ import annotations

import asyncio
from typing import Any

from nautilus_trader.live.factories import LiveDataClientFactory, LiveExecClientFactory

from hedgewire.nautilus.v1.data import VenueDataClient
from hedgewire.nautilus.v1.execution import VenueExecutionClient
from hedgewire.nautilus.v1.factories import VenueSide, data_client, execution_client
from hedgewire.venues.paradex.config import (
    ParadexDataClientConfig,
    ParadexExecClientConfig,
    account_of,
    own_of,
    place_of,
    secret_of,
)
from hedgewire.venues.paradex.constants import CORE_NAME, PARADEX_VENUE, RULES

_PARADEX = VenueSide(PARADEX_VENUE, CORE_NAME, RULES, place_of, own_of, secret_of, account_of)


class ParadexLiveDataClientFactory(LiveDataClientFactory):
    """Makes the data client."""

    # The node builder instantiates a factory named in JSON and then reads its __name__ (NautilusTrader reference 1.1).
    __name__ = "ParadexLiveDataClientFactory"

    @staticmethod
    def create(
        loop: asyncio.AbstractEventLoop, name: str, config: ParadexDataClientConfig, msgbus: Any, cache: Any, clock: Any
    ) -> VenueDataClient:
        return data_client(_PARADEX, loop, name, config, msgbus, cache, clock)


class ParadexLiveExecClientFactory(LiveExecClientFactory):
    """Makes the execution client."""

    __name__ = "ParadexLiveExecClientFactory"

    @staticmethod
    def create(
        loop: asyncio.AbstractEventLoop, name: str, config: ParadexExecClientConfig, msgbus: Any, cache: Any, clock: Any
    ) -> VenueExecutionClient:
        return execution_client(_PARADEX, loop, name, config, msgbus, cache, clock)
