"""Factories by which a TradingNode makes Nado's clients; the clients themselves are shared by all venues."""

from __future__ import annotations

from hedgewire.nautilus.v1.factories import VenueLiveDataClientFactory, VenueLiveExecClientFactory, VenueSide
from hedgewire.venues.nado.config import own_of, place_of, secret_of, subaccount_of
from hedgewire.venues.nado.constants import CORE_NAME, NADO_VENUE, RULES

SIDE = VenueSide(NADO_VENUE, CORE_NAME, RULES, place_of, own_of, secret_of, subaccount_of)


class NadoLiveDataClientFactory(VenueLiveDataClientFactory):
    """Makes the data client."""

    # The node builder instantiates a factory named in JSON and then reads its __name__ (NautilusTrader reference 1.1).
    __name__ = "NadoLiveDataClientFactory"
    side = SIDE


class NadoLiveExecClientFactory(VenueLiveExecClientFactory):
    """Makes the execution client."""

    __name__ = "NadoLiveExecClientFactory"
    side = SIDE
