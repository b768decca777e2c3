"""What a user configures for Nado. No field ever holds a key: ``private_key_ref`` says where to find it."""

from __future__ import annotations

import os
from decimal import Decimal
from typing import Any

from nautilus_trader.config import LiveDataClientConfig, LiveExecClientConfig

from hedgewire.errors import ConfigError
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


class NadoDataClientConfig(LiveDataClientConfig, kw_only=True, frozen=True):
    """``environment``: mainnet, testnet or local; a URL given here replaces the environment's. ``endpoints`` takes the
    table that ``hedgewire sim nado`` prints. Times have their unit in the name."""

    environment: str = "mainnet"
    endpoints: dict[str, str] | None = None
    chain_id: int | None = None
    endpoint_address: str | None = None
    connect_timeout_s: float = 50.0
    reference_poll_s: float = 5.0


class NadoExecClientConfig(LiveExecClientConfig, kw_only=True, frozen=True):
    """As for data, and the account. ``private_key_ref``: name of an environment variable (default: the environment's,
    ``NADO_PRIVATE_KEY`` or ``NADO_TESTNET_PRIVATE_KEY``). ``account_address``: the owner, when the key is a linked
    signer. ``transport``: ``rest`` or ``ws`` for orders. ``slippage_cap_bps`` bounds market orders, in 1e-4."""

    environment: str = "mainnet"
    endpoints: dict[str, str] | None = None
    chain_id: int | None = None
    endpoint_address: str | None = None
    connect_timeout_s: float = 50.0
    private_key_ref: str | None = None
    subaccount_name: str | None = None
    account_address: str | None = None
    transport: str = "rest"
    recv_window_ms: int = 10_000
    slippage_cap_bps: Decimal = Decimal(50)


def core_settings(config: NadoDataClientConfig | NadoExecClientConfig) -> dict[str, object]:
    """The core's configuration. Raises ``ConfigError`` for a value that cannot work, before anything is opened."""
    if config.environment not in KEY_ENV:
        raise ConfigError("unknown environment", config.environment, "environment", f"one of {', '.join(KEY_ENV)}")
    settings: dict[str, object] = {"environment": config.environment}
    for name, url in (config.endpoints or {}).items():
        if name == "control":
            continue  # the local venue prints its control address with the others
        if name not in ENDPOINT_FIELDS:
            raise ConfigError("unknown endpoint", name, "endpoints", f"one of {', '.join(ENDPOINT_FIELDS)}")
        settings[name] = url
    for name in ("chain_id", "endpoint_address"):
        if getattr(config, name) is not None:
            settings[name] = getattr(config, name)
    if isinstance(config, NadoExecClientConfig):
        settings.update(_account_settings(config))
    return settings


def _account_settings(config: NadoExecClientConfig) -> dict[str, Any]:
    if not config.slippage_cap_bps.is_finite() or not 0 < config.slippage_cap_bps < 10_000:
        raise ConfigError("slippage_cap_bps is out of range", config.slippage_cap_bps, "config", "50 is 0.5 %")
    settings: dict[str, Any] = {
        "subaccount_name": subaccount_of(config),
        "transport": config.transport,
        "recv_window_ms": config.recv_window_ms,
    }
    if config.account_address is not None:
        settings["account_address"] = config.account_address
    return settings


def subaccount_of(config: NadoExecClientConfig) -> str:
    """The configured name, else the environment variable's, else ``default``."""
    return config.subaccount_name or os.environ.get(KEY_ENV[config.environment][1]) or DEFAULT_SUBACCOUNT


def key_reference_of(config: NadoExecClientConfig) -> str:
    """Where the key is found: the configured reference, else the environment's variable."""
    return config.private_key_ref or KEY_ENV[config.environment][0]
