"""A local Nado in its own process (the SDK is synchronous) and the SDK's client pointed at it."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from nado_protocol.client import NadoClient, NadoClientMode, create_nado_client
from nado_protocol.client.context import NadoClientContextOpts

# pytest's importlib mode does not make siblings importable
sys.path.insert(0, str(Path(__file__).parent))

PYTHON_SOURCES = Path(__file__).parents[2] / "python"
DEAD_NODE = "http://127.0.0.1:9"


def without_budgets(descriptor: dict[str, Any]) -> None:
    """All tests share one wallet and would spend its 100 weight per 10 s within a second."""
    url = descriptor["endpoints"]["control"] + "/limits"
    request = urllib.request.Request(url, data=b'{"enabled": false}', method="POST")
    with urllib.request.urlopen(request, timeout=5) as reply:
        assert reply.status == 200


@pytest.fixture(scope="session")
def venue() -> Iterator[dict[str, Any]]:
    """Descriptor of a running local Nado."""
    command = [sys.executable, "-m", "hedgewire.simulator", "nado", "--port", "0", "--seed", "11", "--json"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={"PYTHONPATH": str(PYTHON_SOURCES)}
    ) as process:
        assert process.stdout is not None
        descriptor = json.loads(process.stdout.readline())
        without_budgets(descriptor)
        yield descriptor
        process.terminate()
        assert process.wait(timeout=10) == 0


def connect(venue: dict[str, Any], account: int) -> NadoClient:
    endpoints = venue["endpoints"]
    return create_nado_client(
        NadoClientMode.TESTNET,
        venue["accounts"][account]["private_key"],
        NadoClientContextOpts(
            engine_endpoint_url=endpoints["gateway_v1"],
            indexer_endpoint_url=endpoints["archive_v1"],
            trigger_endpoint_url=endpoints["trigger"],
            rpc_node_url=DEAD_NODE,
        ),
    )


@pytest.fixture(scope="session")
def client(venue: dict[str, Any]) -> NadoClient:
    return connect(venue, 0)


@pytest.fixture(scope="session")
def second(venue: dict[str, Any]) -> NadoClient:
    return connect(venue, 1)


@pytest.fixture(scope="session")
def sender(venue: dict[str, Any]) -> str:
    return str(venue["accounts"][0]["subaccount"])


@pytest.fixture(scope="session")
def second_sender(venue: dict[str, Any]) -> str:
    return str(venue["accounts"][1]["subaccount"])
