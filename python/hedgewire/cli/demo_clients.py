"""What the demo's node needs of each venue: its clients' configurations and factories."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hedgewire.nautilus.secrets import hold

START_TIMEOUT_S = 20.0
# An order of unknown outcome leaves the other leg alone for as long as it may still arrive.
RECV_WINDOW_MS = 5_000


@dataclass(frozen=True, slots=True)
class Clients:
    """``name``: of both clients, as NautilusTrader routes by it."""

    name: str
    data_config: Any
    exec_config: Any
    data_factory: type
    exec_factory: type


def _nado(told: dict[str, Any]) -> Clients:
    from hedgewire.venues import nado

    place = {name: told[name] for name in ("endpoints", "chain_id", "endpoint_address")}
    place |= {"environment": "local", "connect_timeout_s": START_TIMEOUT_S}
    return Clients(
        nado.NADO,
        nado.NadoDataClientConfig(**place),
        nado.NadoExecClientConfig(**place, private_key_ref=hold(told["private_key"]), recv_window_ms=RECV_WINDOW_MS),
        nado.NadoLiveDataClientFactory,
        nado.NadoLiveExecClientFactory,
    )


def _paradex(told: dict[str, Any]) -> Clients:
    from hedgewire.venues import paradex

    place = {
        "environment": "local",
        "endpoints": {name: told["endpoints"][name] for name in ("rest", "ws")},
        "chain_id": told["chain_id"],
        "connect_timeout_s": START_TIMEOUT_S,
    }
    return Clients(
        paradex.PARADEX,
        paradex.ParadexDataClientConfig(**place),
        paradex.ParadexExecClientConfig(
            **place, private_key_ref=hold(told["private_key"]), recv_window_ms=RECV_WINDOW_MS
        ),
        paradex.ParadexLiveDataClientFactory,
        paradex.ParadexLiveExecClientFactory,
    )


MAKERS: dict[str, Callable[[dict[str, Any]], Clients]] = {"nado": _nado, "paradex": _paradex}
