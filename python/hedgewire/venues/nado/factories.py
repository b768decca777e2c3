"""Factories by which a TradingNode makes Nado's clients; the clients themselves are shared by all venues."""

from __future__ import annotations

import asyncio
from typing import Any

from nautilus_trader.live.factories import LiveDataClientFactory, LiveExecClientFactory

from hedgewire.nautilus.v1.data import VenueDataClient
from hedgewire.nautilus.v1.execution import VenueExecutionClient
from hedgewire.nautilus.v1.factories import VenueSide, data_client, execution_client
from hedgewire.venues.nado.config import (
    NadoDataClientConfig,
    NadoExecClientConfig,
    own_of,
    place_of,
    secret_of,
    subaccount_of,
)
from hedgewire.venues.nado.constants import CORE_NAME, NADO_VENUE, RULES

_NADO = VenueSide(NADO_VENUE, CORE_NAME, RULES, place_of, own_of, secret_of, subaccount_of)


class NadoLiveDataClientFactory(LiveDataClientFactory):
    """Makes the data client."""

    # The node builder instantiates a factory named in JSON and then reads its __name__ (NautilusTrader reference 1.1).
    __name__ = "NadoLiveDataClientFactory"

    @staticmethod
    def create(
        loop: asyncio.AbstractEventLoop, name: str, config: NadoDataClientConfig, msgbus: Any, cache: Any, clock: Any
    ) -> VenueDataClient:
        return data_client(_NADO, loop, name, config, msgbus, cache, clock)


class NadoLiveExecClientFactory(LiveExecClientFactory):
    """Makes the execution client."""

    __name__ = "NadoLiveExecClientFactory"

    @staticmethod
    def create(
        loop: asyncio.AbstractEventLoop, name: str, config: NadoExecClientConfig, msgbus: Any, cache: Any, clock: Any
    ) -> VenueExecutionClient:
        return execution_client(_NADO, loop, name, config, msgbus, cache, clock)
