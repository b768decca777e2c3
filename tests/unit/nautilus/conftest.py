"""A TradingNode on the running loop whose core is a stand-in."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from fake_core import FakeCore, until
from nautilus_trader.config import LiveExecEngineConfig, LoggingConfig, TradingNodeConfig
from nautilus_trader.live.node import TradingNode

from hedgewire.nautilus import link, secrets
from hedgewire.venues.nado import (
    NadoDataClientConfig,
    NadoExecClientConfig,
    NadoLiveDataClientFactory,
    NadoLiveExecClientFactory,
)

KEY = "0x" + "11" * 32


@pytest.fixture
def reference() -> str:
    return secrets.hold(KEY)


@pytest.fixture
async def make_node(monkeypatch: pytest.MonkeyPatch, reference: str) -> AsyncIterator[Any]:
    """`await make_node(strategy, …)` -> (node, core), running; disposed of at the end."""
    nodes: list[tuple[TradingNode, asyncio.Task[None]]] = []
    monkeypatch.setattr(link, "open_core_client", FakeCore)
    monkeypatch.setattr(link.Link.__init__, "__defaults__", (FakeCore,))

    async def make(
        *strategies: Any, actors: tuple[Any, ...] = (), prepare: Any = None, **exec_engine: Any
    ) -> tuple[TradingNode, FakeCore]:
        node = TradingNode(
            TradingNodeConfig(
                trader_id="TEST-001",
                logging=LoggingConfig(log_level="WARNING", use_pyo3=False),
                exec_engine=LiveExecEngineConfig(reconciliation_startup_delay_secs=0, **exec_engine),
                data_clients={"NADO": NadoDataClientConfig(environment="local")},
                exec_clients={"NADO": NadoExecClientConfig(environment="local", private_key_ref=reference)},
                timeout_post_stop=0.2,
                timeout_disconnection=5.0,
            ),
            loop=asyncio.get_running_loop(),
        )
        node.add_data_client_factory("NADO", NadoLiveDataClientFactory)
        node.add_exec_client_factory("NADO", NadoLiveExecClientFactory)
        for strategy in strategies:
            node.trader.add_strategy(strategy)
        for actor in actors:
            node.trader.add_actor(actor)
        node.build()
        if prepare is not None:
            prepare(node)
        task = asyncio.create_task(node.run_async())
        nodes.append((node, task))
        await until(lambda: node.trader.is_running or task.done())
        assert FakeCore.latest is not None
        return node, FakeCore.latest

    yield make
    for node, task in nodes:
        await node.stop_async()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
