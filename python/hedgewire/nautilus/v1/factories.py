"""How a TradingNode's two clients of one account are made; a venue's own factories only say whose."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar
from weakref import WeakKeyDictionary

from nautilus_trader.common.component import Logger
from nautilus_trader.live.factories import LiveDataClientFactory, LiveExecClientFactory
from nautilus_trader.model.identifiers import AccountId, ClientId, Venue

from hedgewire.nautilus.link import Link, shared_link
from hedgewire.nautilus.rows import Stream
from hedgewire.nautilus.secrets import SecretRef
from hedgewire.nautilus.v1.data import VenueDataClient
from hedgewire.nautilus.v1.execution import VenueExecutionClient
from hedgewire.nautilus.v1.order_terms import VenueRules
from hedgewire.nautilus.v1.providers import VenueInstrumentProvider

_PROVIDERS: WeakKeyDictionary[Link, VenueInstrumentProvider] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class VenueSide:
    """What a venue brings. The last four read one of its configurations and raise ``ConfigError`` for a wrong one."""

    venue: Venue
    core_name: str
    rules: VenueRules
    place: Callable[[Any], dict[str, object]]
    """What an account's two clients have to say alike, for the core."""
    own: Callable[[Any], dict[str, object]]
    """What only this client says."""
    secret: Callable[[Any], SecretRef]
    account: Callable[[Any], str]
    """The account's name among those of the venue."""
    settlement: str | None = None
    """The currency that the venue settles in; None: each instrument in its quote currency."""
    funding_interval_s: int = 3600
    """Between two rows of its history of funding rates."""
    liquidation_stream: Stream = Stream.LIQUIDATIONS
    """What tells of liquidations: a stream for all instruments, or each instrument's trades."""


class VenueLiveDataClientFactory(LiveDataClientFactory):
    """Makes the data client of ``side``."""

    side: ClassVar[VenueSide]

    @classmethod
    def create(
        cls, loop: asyncio.AbstractEventLoop, name: str, config: Any, msgbus: Any, cache: Any, clock: Any
    ) -> VenueDataClient:
        link = _link(cls.side, loop, name, config, None)
        return VenueDataClient(
            loop=loop,
            client_id=ClientId(name),
            venue=cls.side.venue,
            msgbus=msgbus,
            cache=cache,
            clock=clock,
            link=link,
            provider=_provider(cls.side, link, config),
            connect_timeout_s=config.connect_timeout_s,
            reference_poll_s=config.reference_poll_s,
            funding_interval_s=cls.side.funding_interval_s,
            liquidation_stream=cls.side.liquidation_stream,
        )


class VenueLiveExecClientFactory(LiveExecClientFactory):
    """Makes the execution client of ``side``."""

    side: ClassVar[VenueSide]

    @classmethod
    def create(
        cls, loop: asyncio.AbstractEventLoop, name: str, config: Any, msgbus: Any, cache: Any, clock: Any
    ) -> VenueExecutionClient:
        secret = cls.side.secret(config)
        secret.reveal()  # a missing or malformed key is an error of configuration, before anything is opened
        link = _link(cls.side, loop, name, config, secret)
        return VenueExecutionClient(
            loop=loop,
            client_id=ClientId(name),
            venue=Venue(config.venue) if config.venue else cls.side.venue,
            account_id=AccountId(f"{name}-{re.sub(r'[^0-9A-Za-z_]', '_', cls.side.account(config))}"),
            msgbus=msgbus,
            cache=cache,
            clock=clock,
            link=link,
            provider=_provider(cls.side, link, config),
            rules=cls.side.rules,
            slippage_cap_bps=config.slippage_cap_bps,
            connect_timeout_s=config.connect_timeout_s,
        )


def _link(side: VenueSide, loop: asyncio.AbstractEventLoop, name: str, config: Any, secret: SecretRef | None) -> Link:
    link = shared_link(loop, side.core_name, side.place(config), side.own(config), secret, Logger(f"{name}-link"))
    link.metrics_address = config.metrics_address or link.metrics_address
    link.check()
    return link


def _provider(side: VenueSide, link: Link, config: Any) -> VenueInstrumentProvider:
    """One provider a link: reports of instruments that the cache lacks would be dropped in silence."""
    provider = _PROVIDERS.get(link)
    if provider is None:
        provider = _PROVIDERS[link] = VenueInstrumentProvider(
            link, side.venue, config.instrument_provider, side.settlement
        )
    return provider
