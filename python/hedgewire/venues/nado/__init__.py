"""Nado for NautilusTrader: import configuration and factories from here."""

from hedgewire.venues.nado.config import NadoDataClientConfig, NadoExecClientConfig
from hedgewire.venues.nado.constants import NADO, NADO_VENUE
from hedgewire.venues.nado.factories import NadoLiveDataClientFactory, NadoLiveExecClientFactory

__all__ = [
    "NADO",
    "NADO_VENUE",
    "NadoDataClientConfig",
    "NadoExecClientConfig",
    "NadoLiveDataClientFactory",
    "NadoLiveExecClientFactory",
]
