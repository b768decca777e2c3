"""What the configurations of all venues check alike, and hand to the core alike."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from hedgewire.errors import ConfigError
from hedgewire.nautilus.metrics_endpoint import parse_address
from hedgewire.nautilus.secrets import SecretRef
from hedgewire.nautilus.settings import check_types


def source_of(config: Any) -> str:
    """Where a value comes from, for messages."""
    return type(config).__name__


def check_data(config: Any) -> None:
    """The data client's. Raises ``ConfigError``."""
    _check(config, "connect_timeout_s", "reference_poll_s")


def check_execution(config: Any) -> None:
    """The execution client's. Raises ``ConfigError``, and ``CredentialError`` for a key where a reference belongs."""
    _check(config, "connect_timeout_s")
    if not 0 < config.slippage_cap_bps < 10_000:
        raise ConfigError("slippage_cap_bps is out of range", config.slippage_cap_bps, source_of(config), "50 is 0.5 %")
    if config.private_key_ref is not None:
        SecretRef(config.private_key_ref)  # a key in its place is refused before anything can print it


def _check(config: Any, *positive: str) -> None:
    check_types(config)
    for name in positive:
        value = getattr(config, name)
        if not 0 < value < float("inf"):
            raise ConfigError(f"{name} is out of range", value, source_of(config), "give a positive number of seconds")
    if config.metrics_address is not None:
        parse_address(config.metrics_address)


def place_settings(
    config: Any, environments: Collection[str], endpoints: Collection[str], unused: Collection[str] = ()
) -> dict[str, object]:
    """Environment and endpoints for the core. ``unused``: what a local venue prints besides, for others. Raises
    ``ConfigError`` for one that the venue does not have."""
    _check_known("environment", config.environment, source_of(config), environments)
    settings: dict[str, object] = {"environment": config.environment}
    for name, url in (config.endpoints or {}).items():
        if name == "control" or name in unused:
            continue
        _check_known("endpoint", name, f"{source_of(config)}.endpoints", endpoints)
        settings[name] = url
    return settings


def _check_known(what: str, name: str, source: str, known: Collection[str]) -> None:
    if name not in known:
        raise ConfigError(f"unknown {what}", name, source, f"one of {', '.join(known)}")


def given(config: Any, *names: str) -> dict[str, object]:
    """Those of the fields that are configured; the core knows a default for the others."""
    return {name: getattr(config, name) for name in names if getattr(config, name) is not None}
