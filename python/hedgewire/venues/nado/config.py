"""What a user configures for Nado. No field ever holds a key: ``private_key_ref`` says where to find it."""

from __future__ import annotations

import os
from decimal import Decimal

from nautilus_trader.config import InstrumentProviderConfig, LiveDataClientConfig, LiveExecClientConfig

from hedgewire.nautilus.secrets import SecretRef
from hedgewire.nautilus.settings import Named
from hedgewire.nautilus.v1.venue_config import check_data, check_execution, given, place_settings
from hedgewire.venues.nado.constants import DEFAULT_SUBACCOUNT, KEY_ENV

ENDPOINT_FIELDS = (
    "gateway_v1",
    "gateway_v2",
    "actions_ws",
    "actions_ws_v2",
    "subscriptions_ws",
    "trigger",
    "archive_v1",
    "archive_v2",
)


class NadoDataClientConfig(LiveDataClientConfig, kw_only=True, frozen=True, metaclass=Named):
    """What both of Nado's clients have in common, and market data. Raises ``ConfigError`` for a value that cannot work.

    - ``instrument_provider``: which instruments to load; all by default.
    - ``environment``: ``mainnet``, ``testnet`` or ``local``.
    - ``endpoints``: addresses in place of the environment's; the table that ``hedgewire sim nado`` prints.
    - ``chain_id``, ``endpoint_address``: what the venue must say of itself; None: whatever it says.
    - ``products``: what it must say of instruments, objects with ``symbol`` and any of ``product_id``,
      ``price_increment``, ``size_increment`` (decimals as text).
    - ``connect_timeout_s``: the node ends if the venue is not usable by then.
    - ``metrics_address``: where Prometheus finds the connection's health, ``host:port`` or a port on loopback; None:
      nowhere.
    - ``reference_poll_s``: between two questions for what is not streamed, while it is subscribed.
    - ``book_check_every``: updates of a book between two comparisons with the venue's own; 0: never.
    """

    instrument_provider: InstrumentProviderConfig = InstrumentProviderConfig(load_all=True)
    environment: str = "mainnet"
    endpoints: dict[str, str] | None = None
    chain_id: int | None = None
    endpoint_address: str | None = None
    products: list[dict[str, str | int]] | None = None
    connect_timeout_s: float = 50.0
    reference_poll_s: float = 5.0
    book_check_every: int = 1_000
    metrics_address: str | None = None

    def __post_init__(self) -> None:
        check_data(self)


class NadoExecClientConfig(LiveExecClientConfig, kw_only=True, frozen=True, metaclass=Named):
    """Orders of one account; the fields that are not named here are those of :class:`NadoDataClientConfig`, and must be
    alike for the two to share a connection. Raises ``ConfigError`` for a value that cannot work.

    - ``private_key_ref``: where the key is found, the name of an environment variable; None: ``NADO_PRIVATE_KEY`` or
      ``NADO_TESTNET_PRIVATE_KEY``. Never the key.
    - ``subaccount_name``: None: the environment's variable, else ``default``.
    - ``account_address``: the owner, when the key is a linked signer; None: the key's own.
    - ``transport``: ``rest``, or ``ws`` for orders over the actions socket.
    - ``recv_window_ms``: how long the venue may still accept a message.
    - ``max_clock_skew_ms``: a clock further off refuses to start; None: half of ``recv_window_ms``.
    - ``slippage_cap_bps``: how far from the touch a market order may trade, in 1e-4.
    - ``venue``: for each further account in one node, a name of its own, as NautilusTrader routes by it; its commands
      then name the client (``client_id=``).
    """

    instrument_provider: InstrumentProviderConfig = InstrumentProviderConfig(load_all=True)
    environment: str = "mainnet"
    endpoints: dict[str, str] | None = None
    chain_id: int | None = None
    endpoint_address: str | None = None
    products: list[dict[str, str | int]] | None = None
    connect_timeout_s: float = 50.0
    private_key_ref: str | None = None
    subaccount_name: str | None = None
    account_address: str | None = None
    transport: str = "rest"
    recv_window_ms: int = 10_000
    max_clock_skew_ms: int | None = None
    slippage_cap_bps: Decimal = Decimal(50)
    venue: str | None = None
    metrics_address: str | None = None

    def __post_init__(self) -> None:
        check_execution(self)


def place_of(config: NadoDataClientConfig | NadoExecClientConfig) -> dict[str, object]:
    """What the core is told of the venue. Raises ``ConfigError`` for a value that cannot work."""
    return place_settings(config, KEY_ENV, ENDPOINT_FIELDS) | given(config, "chain_id", "endpoint_address", "products")


def own_of(config: NadoDataClientConfig | NadoExecClientConfig) -> dict[str, object]:
    """What only one of the two clients tells the core."""
    if isinstance(config, NadoDataClientConfig):
        return {"book_check_every": config.book_check_every}
    own = given(config, "transport", "recv_window_ms", "account_address", "max_clock_skew_ms")
    return own | {"subaccount_name": subaccount_of(config)}


def core_settings(config: NadoDataClientConfig | NadoExecClientConfig) -> dict[str, object]:
    """The core's configuration. Raises ``ConfigError`` for a value that cannot work, before anything is opened."""
    return place_of(config) | own_of(config)


def subaccount_of(config: NadoExecClientConfig) -> str:
    """The configured name, else the environment variable's, else ``default``."""
    return config.subaccount_name or os.environ.get(KEY_ENV[config.environment][1]) or DEFAULT_SUBACCOUNT


def secret_of(config: NadoExecClientConfig) -> SecretRef:
    """Where the key is found: the configured reference, else the environment's variable."""
    return SecretRef(config.private_key_ref or KEY_ENV[config.environment][0])
