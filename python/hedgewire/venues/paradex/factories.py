"""Factories by which a TradingNode makes Paradex's clients; the clients themselves are shared by all venues."""

from __future__ import annotations

from hedgewire.nautilus.rows import Stream
from hedgewire.nautilus.v1.factories import VenueLiveDataClientFactory, VenueLiveExecClientFactory, VenueSide
from hedgewire.venues.paradex.config import account_of, own_of, place_of, secret_of
from hedgewire.venues.paradex.constants import CORE_NAME, FUNDING_INTERVAL_S, PARADEX_VENUE, RULES, SETTLEMENT

SIDE = VenueSide(
    PARADEX_VENUE,
    CORE_NAME,
    RULES,
    place_of,
    own_of,
    secret_of,
    account_of,
    SETTLEMENT,
    FUNDING_INTERVAL_S,
    Stream.TRADES,
)


class ParadexLiveDataClientFactory(VenueLiveDataClientFactory):
    """Makes the data client."""

    # The node builder instantiates a factory named in JSON and then reads its __name__ (NautilusTrader reference 1.1).
    __name__ = "ParadexLiveDataClientFactory"
    side = SIDE


class ParadexLiveExecClientFactory(VenueLiveExecClientFactory):
    """Makes the execution client."""

    __name__ = "ParadexLiveExecClientFactory"
    side = SIDE
