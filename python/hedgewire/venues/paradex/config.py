"""What a user configures for Paradex. No field ever holds a key: ``private_key_ref`` says where to find it."""

from __future__ import annotations

import os
from decimal import Decimal

from nautilus_trader.config import InstrumentProviderConfig, LiveDataClientConfig, LiveExecClientConfig

from hedgewire.keys import normalise_l1_key, normalise_l2_key
from hedgewire.nautilus.secrets import SecretRef
from hedgewire.nautilus.settings import Named
from hedgewire.nautilus.v1.venue_config import check_data, check_execution, given, place_settings
from hedgewire.venues.paradex.constants import KEY_ENV

ENDPOINT_FIELDS = ("rest", "ws")
UNUSED_ENDPOINTS = ("rest_v2",)


class ParadexDataClientConfig(LiveDataClientConfig, kw_only=True, frozen=True, metaclass=Named):
    """What both of Paradex's clients have in common, and market data. Raises ``ConfigError`` for a value that cannot
    work.

    - ``instrument_provider``: which instruments to load; all by default.
    - ``environment``: ``mainnet``, ``testnet``, ``nightly`` or ``local``.
    - ``endpoints``: addresses in place of the environment's; the table that ``hedgewire sim paradex`` prints.
    - ``chain_id``: what the venue must say of itself; None: whatever it says.
    - ``markets``: what it must say of instruments, objects with ``symbol`` and any of ``price_increment``,
      ``size_increment`` (decimals as text).
    - ``connect_timeout_s``: the node ends if the venue is not usable by then.
    - ``metrics_address``: where Prometheus finds the connection's health, ``host:port`` or a port on loopback; None:
      nowhere.
    - ``encoding``: of public channels: ``sbe``, in the newest schema that the venue serves, or ``json``.
    - ``book_feed``: ``snapshots`` of the best 15 levels, ``throttled`` changes of them, or ``every`` change of the
      whole book.
    - ``book_interval_ms``: between two messages of a book that is not ``every``, 50 or 100.
    - ``reference_poll_s``: between two questions for what is not streamed, while it is subscribed.
    """

    instrument_provider: InstrumentProviderConfig = InstrumentProviderConfig(load_all=True)
    environment: str = "mainnet"
    endpoints: dict[str, str] | None = None
    chain_id: str | None = None
    markets: list[dict[str, str]] | None = None
    connect_timeout_s: float = 50.0
    encoding: str = "sbe"
    book_feed: str = "snapshots"
    book_interval_ms: int = 50
    reference_poll_s: float = 5.0
    metrics_address: str | None = None

    def __post_init__(self) -> None:
        check_data(self)


class ParadexExecClientConfig(LiveExecClientConfig, kw_only=True, frozen=True, metaclass=Named):
    """Orders of one account; the fields that are not named here are those of :class:`ParadexDataClientConfig`, and must
    be alike for the two to share a connection. Raises ``ConfigError`` for a value that cannot work.

    - ``private_key_ref``: where the key is found, the name of an environment variable; None: ``PARADEX_PRIVATE_KEY``,
      or with the network's name in it (``PARADEX_TESTNET_PRIVATE_KEY``). Never the key.
    - ``key``: what it is: ``l2``, the account's own; ``subkey``, which the account has registered; ``l1``, the Ethereum
      key that the account's own is derived from.
    - ``key_derivation``: how: ``shortest`` as the venue's Python SDK does, or ``fixed``.
    - ``account_address``: the account; None: the environment's variable, else the one that follows from the key.
    - ``transport``: ``rest``, or ``ws`` for orders over the socket.
    - ``cancel_on_disconnect``: orders placed over a socket end with it.
    - ``modify_partly_filled``: an order that has traded may be modified; the venue does not say whether the size of a
      modification counts what is filled, here it does.
    - ``recv_window_ms``: how long the venue may still accept a message.
    - ``max_clock_skew_ms``: a clock further off refuses to start; None: half of ``recv_window_ms``.
    - ``market_orders``: what an order without a price is at the venue: ``capped``, an immediate limit order at the
      worst price that is accepted here; ``native``, the venue's own market order, whose average that price bounds.
    - ``slippage_cap_bps``: how far from the touch a market order may trade, in 1e-4.
    - ``venue``: for each further account in one node, a name of its own, as NautilusTrader routes by it; its commands
      then name the client (``client_id=``).
    """

    instrument_provider: InstrumentProviderConfig = InstrumentProviderConfig(load_all=True)
    environment: str = "mainnet"
    endpoints: dict[str, str] | None = None
    chain_id: str | None = None
    markets: list[dict[str, str]] | None = None
    connect_timeout_s: float = 50.0
    private_key_ref: str | None = None
    key: str = "l2"
    key_derivation: str | None = None
    account_address: str | None = None
    transport: str = "rest"
    cancel_on_disconnect: bool = True
    modify_partly_filled: bool = False
    recv_window_ms: int = 10_000
    max_clock_skew_ms: int | None = None
    market_orders: str = "capped"
    slippage_cap_bps: Decimal = Decimal(50)
    venue: str | None = None
    metrics_address: str | None = None

    def __post_init__(self) -> None:
        check_execution(self)


def place_of(config: ParadexDataClientConfig | ParadexExecClientConfig) -> dict[str, object]:
    """What the core is told of the venue. Raises ``ConfigError`` for a value that cannot work."""
    return place_settings(config, KEY_ENV, ENDPOINT_FIELDS, UNUSED_ENDPOINTS) | given(config, "chain_id", "markets")


def own_of(config: ParadexDataClientConfig | ParadexExecClientConfig) -> dict[str, object]:
    """What only one of the two clients tells the core."""
    if isinstance(config, ParadexDataClientConfig):
        return given(config, "encoding", "book_feed", "book_interval_ms")
    own = given(config, "key", "key_derivation", "transport", "cancel_on_disconnect", "modify_partly_filled")
    own |= given(config, "market_orders", "recv_window_ms")
    address = account_address_of(config)
    return own | given(config, "max_clock_skew_ms") | ({"account_address": address} if address else {})


def core_settings(config: ParadexDataClientConfig | ParadexExecClientConfig) -> dict[str, object]:
    """The core's configuration. Raises ``ConfigError`` for a value that cannot work, before anything is opened."""
    return place_of(config) | own_of(config)


def account_address_of(config: ParadexExecClientConfig) -> str:
    """The configured account, else the environment variable's; empty where it is to follow from the key."""
    return config.account_address or os.environ.get(KEY_ENV[config.environment][1], "")


def account_of(config: ParadexExecClientConfig) -> str:
    """The account's name in NautilusTrader: the end of its address."""
    return account_address_of(config)[-8:] or "main"


def secret_of(config: ParadexExecClientConfig) -> SecretRef:
    """Where the key is found: the configured reference, else the environment's variable; ``key`` says what it is."""
    check = normalise_l1_key if config.key == "l1" else normalise_l2_key
    return SecretRef(config.private_key_ref or KEY_ENV[config.environment][0], check)
