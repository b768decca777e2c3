"""What a user configures for Nado. No field ever holds a key: ``private_key_ref`` says where to find it."""

from __future__ import annotations

import os
from decimal import Decimal
from typing import Any

from nautilus_trader.config import InstrumentProviderConfig, LiveDataClientConfig, LiveExecClientConfig

from hedgewire.errors import ConfigError
from hedgewire.nautilus.metrics_endpoint import parse_address
from hedgewire.nautilus.secrets import SecretRef
from hedgewire.nautilus.settings import Named, check_types
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
        check_types(self)
        _check_positive(self, "connect_timeout_s", "reference_poll_s")
        _check_metrics_address(self)


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
        check_types(self)
        _check_positive(self, "connect_timeout_s")
        _check_metrics_address(self)
        if not 0 < self.slippage_cap_bps < 10_000:
            raise ConfigError("slippage_cap_bps is out of range", self.slippage_cap_bps, _source(self), "50 is 0.5 %")
        if self.private_key_ref is not None:
            SecretRef(self.private_key_ref)  # a key in its place is refused before anything can print it


def _source(config: NadoDataClientConfig | NadoExecClientConfig) -> str:
    return type(config).__name__


def _check_positive(config: NadoDataClientConfig | NadoExecClientConfig, *names: str) -> None:
    for name in names:
        value = getattr(config, name)
        if not 0 < value < float("inf"):
            raise ConfigError(f"{name} is out of range", value, _source(config), "give a positive number of seconds")


def _check_metrics_address(config: NadoDataClientConfig | NadoExecClientConfig) -> None:
    if config.metrics_address is not None:
        parse_address(config.metrics_address)


def core_settings(config: NadoDataClientConfig | NadoExecClientConfig) -> dict[str, object]:
    """The core's configuration. Raises ``ConfigError`` for a value that cannot work, before anything is opened."""
    if config.environment not in KEY_ENV:
        raise ConfigError("unknown environment", config.environment, _source(config), f"one of {', '.join(KEY_ENV)}")
    settings: dict[str, object] = {"environment": config.environment}
    for name, url in (config.endpoints or {}).items():
        if name == "control":
            continue  # the local venue prints its control address with the others
        if name not in ENDPOINT_FIELDS:
            source = f"{_source(config)}.endpoints"
            raise ConfigError("unknown endpoint", name, source, f"one of {', '.join(ENDPOINT_FIELDS)}")
        settings[name] = url
    for name in ("chain_id", "endpoint_address", "products"):
        if getattr(config, name) is not None:
            settings[name] = getattr(config, name)
    if isinstance(config, NadoExecClientConfig):
        settings.update(_account_settings(config))
    else:
        settings["book_check_every"] = config.book_check_every
    return settings


def _account_settings(config: NadoExecClientConfig) -> dict[str, Any]:
    settings: dict[str, Any] = {
        "subaccount_name": subaccount_of(config),
        "transport": config.transport,
        "recv_window_ms": config.recv_window_ms,
    }
    for name in ("account_address", "max_clock_skew_ms"):
        if getattr(config, name) is not None:
            settings[name] = getattr(config, name)
    return settings


def subaccount_of(config: NadoExecClientConfig) -> str:
    """The configured name, else the environment variable's, else ``default``."""
    return config.subaccount_name or os.environ.get(KEY_ENV[config.environment][1]) or DEFAULT_SUBACCOUNT


def key_reference_of(config: NadoExecClientConfig) -> str:
    """Where the key is found: the configured reference, else the environment's variable."""
    return config.private_key_ref or KEY_ENV[config.environment][0]
