"""Factories by which a TradingNode makes Nado's clients; the clients themselves are shared by all venues."""

from __future__ import annotations

import asyncio
import re
from typing import Any
from weakref import WeakKeyDictionary

from nautilus_trader.common.component import Logger
from nautilus_trader.live.factories import LiveDataClientFactory, LiveExecClientFactory
from nautilus_trader.model.identifiers import AccountId, ClientId, Venue

from hedgewire.nautilus.link import Link, shared_link
from hedgewire.nautilus.secrets import SecretRef
from hedgewire.nautilus.v1.data import VenueDataClient
from hedgewire.nautilus.v1.execution import VenueExecutionClient
from hedgewire.nautilus.v1.providers import VenueInstrumentProvider
from hedgewire.venues.nado.config import (
    NadoDataClientConfig,
    NadoExecClientConfig,
    core_settings,
    key_reference_of,
    subaccount_of,
)
from hedgewire.venues.nado.constants import CORE_NAME, NADO_VENUE, RULES

_PROVIDERS: WeakKeyDictionary[Link, VenueInstrumentProvider] = WeakKeyDictionary()


def _provider(link: Link, config: Any) -> VenueInstrumentProvider:
    """One provider a link: reports of instruments that the cache lacks would be dropped in silence."""
    provider = _PROVIDERS.get(link)
    if provider is None:
        provider = _PROVIDERS[link] = VenueInstrumentProvider(link, NADO_VENUE, config.instrument_provider)
    return provider


class NadoLiveDataClientFactory(LiveDataClientFactory):
    """Makes the data client."""

    __name__ = "NadoLiveDataClientFactory"

    @staticmethod
    def create(
        loop: asyncio.AbstractEventLoop, name: str, config: NadoDataClientConfig, msgbus: Any, cache: Any, clock: Any
    ) -> VenueDataClient:
        link = shared_link(loop, CORE_NAME, core_settings(config), None, Logger(f"{name}-link"))
        link.metrics_address = config.metrics_address or link.metrics_address
        link.check()
        return VenueDataClient(
            loop=loop,
            client_id=ClientId(name),
            venue=NADO_VENUE,
            msgbus=msgbus,
            cache=cache,
            clock=clock,
            link=link,
            provider=_provider(link, config),
            connect_timeout_s=config.connect_timeout_s,
            reference_poll_s=config.reference_poll_s,
        )


class NadoLiveExecClientFactory(LiveExecClientFactory):
    """Makes the execution client."""

    # The node builder instantiates a factory named in JSON and then reads its __name__ (NautilusTrader reference 1.1).
    __name__ = "NadoLiveExecClientFactory"

    @staticmethod
    def create(
        loop: asyncio.AbstractEventLoop, name: str, config: NadoExecClientConfig, msgbus: Any, cache: Any, clock: Any
    ) -> VenueExecutionClient:
        secret = SecretRef(key_reference_of(config))
        secret.reveal()  # a missing or malformed key is an error of configuration, before anything is opened
        link = shared_link(loop, CORE_NAME, core_settings(config), secret, Logger(f"{name}-link"))
        link.metrics_address = config.metrics_address or link.metrics_address
        link.check()
        return VenueExecutionClient(
            loop=loop,
            client_id=ClientId(name),
            venue=Venue(config.venue) if config.venue else NADO_VENUE,
            account_id=AccountId(f"{name}-{re.sub(r'[^0-9A-Za-z_]', '_', subaccount_of(config))}"),
            msgbus=msgbus,
            cache=cache,
            clock=clock,
            link=link,
            provider=_provider(link, config),
            rules=RULES,
            slippage_cap_bps=config.slippage_cap_bps,
            connect_timeout_s=config.connect_timeout_s,
        )
