"""A TradingNode with one market data client on a local feed: hedgewire's, or the official dYdX adapter."""

from __future__ import annotations

from typing import Any

from nautilus_trader.config import LiveExecEngineConfig, LoggingConfig, TradingNodeConfig
from nautilus_trader.live.node import TradingNode
from nautilus_trader.model.identifiers import InstrumentId

from bench.servers import paradex
from bench.servers.feed import nado_product


def instrument_ids(feed: str, count: int) -> list[InstrumentId]:
    """``feed``: a name of ``bench.servers.feed``."""
    match feed.split("-"):
        case ["nado"]:
            names = [f"{nado_product(index)[1]}.NADO" for index in range(count)]
        case ["paradex", _]:
            names = [f"{paradex.market(index)}.PARADEX" for index in range(count)]
        case _:
            names = ["ETH-USD-PERP.DYDX"]
    return [InstrumentId.from_str(name) for name in names]


def node(feed: str, port: int) -> TradingNode:
    match feed.split("-"):
        case ["nado"]:
            client, (config, factory) = "NADO", _nado(port)
        case ["paradex", kind]:
            client, (config, factory) = "PARADEX", _paradex(port, kind)
        case _:
            client, (config, factory) = "DYDX", _dydx(port)
    made = TradingNode(
        TradingNodeConfig(
            logging=LoggingConfig(log_level="ERROR"),
            # Nothing is traded here: nothing to reconcile, and no ten seconds to wait after it.
            exec_engine=LiveExecEngineConfig(reconciliation=False, reconciliation_startup_delay_secs=0.0),
            data_clients={client: config},
            exec_clients={},
        )
    )
    made.add_data_client_factory(client, factory)
    return made


def _nado(port: int) -> tuple[Any, Any]:
    from hedgewire.simulator.wire.nado.endpoints import endpoints
    from hedgewire.venues.nado import NadoDataClientConfig, NadoLiveDataClientFactory

    # The replay is no venue whose own book could be compared with ours.
    place = {"environment": "local", "endpoints": endpoints(f"127.0.0.1:{port}")}
    return NadoDataClientConfig(**place, book_check_every=0), NadoLiveDataClientFactory


def _paradex(port: int, kind: str) -> tuple[Any, Any]:
    from hedgewire.simulator.wire.paradex.endpoints import endpoints
    from hedgewire.venues.paradex import ParadexDataClientConfig, ParadexLiveDataClientFactory

    place: dict[str, Any] = {"environment": "local", "endpoints": endpoints(f"127.0.0.1:{port}")}
    if kind != "snapshots":
        place |= {"encoding": kind, "book_feed": "every"}  # every change, as the other feeds have it
    return ParadexDataClientConfig(**place), ParadexLiveDataClientFactory


def _dydx(port: int) -> tuple[Any, Any]:
    from nautilus_trader.adapters.dydx import data
    from nautilus_trader.adapters.dydx.config import DydxDataClientConfig
    from nautilus_trader.adapters.dydx.factories import DydxLiveDataClientFactory
    from nautilus_trader.config import InstrumentProviderConfig

    original = data.DydxDataClient.__init__

    def with_url(self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        self._ws_client = _NamedUrl(self._ws_client)

    data.DydxDataClient.__init__ = with_url  # type: ignore[method-assign]
    config = DydxDataClientConfig(
        base_url_http=f"http://127.0.0.1:{port}",
        base_url_ws=f"ws://127.0.0.1:{port}/v4/ws",
        instrument_provider=InstrumentProviderConfig(load_all=True),
    )
    return config, DydxLiveDataClientFactory


class _NamedUrl:
    """Release 1.231.0 reads ``py_url`` of a client that calls it ``url``, so that it never connects. Only that name is
    given back; calls on the way of a frame do not pass here."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.py_url = client.url

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)
