"""Paradex for NautilusTrader: import configuration and factories from here."""

from hedgewire.venues.paradex.config import ParadexDataClientConfig, ParadexExecClientConfig
from hedgewire.venues.paradex.constants import PARADEX, PARADEX_VENUE
from hedgewire.venues.paradex.factories import ParadexLiveDataClientFactory, ParadexLiveExecClientFactory

__all__ = [
    "PARADEX",
    "PARADEX_VENUE",
    "ParadexDataClientConfig",
    "ParadexExecClientConfig",
    "ParadexLiveDataClientFactory",
    "ParadexLiveExecClientFactory",
]
