"""A local Paradex in its own process (the SDK's REST client is synchronous) and the SDK's client pointed at it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from paradex_py import Paradex
from paradex_py.common.order import Order, OrderSide, OrderType
from paradex_py.environment import TESTNET

# pytest's importlib mode does not make siblings importable
sys.path.insert(0, str(Path(__file__).parent))

PYTHON_SOURCES = Path(__file__).parents[2] / "python"
ETH, SOL = "ETH-USD-PERP", "SOL-USD-PERP"


@pytest.fixture(scope="session")
def venue() -> Iterator[dict[str, Any]]:
    """Descriptor of a running local Paradex."""
    command = [sys.executable, "-m", "hedgewire.simulator", "paradex", "--port", "0", "--seed", "11", "--json"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={"PYTHONPATH": str(PYTHON_SOURCES)}
    ) as process:
        assert process.stdout is not None
        descriptor = json.loads(process.stdout.readline())
        control(descriptor, "limits", {"enabled": False})  # tests that wait ask faster than a client may
        yield descriptor
        process.terminate()
        assert process.wait(timeout=10) == 0


def control(venue: dict[str, Any], path: str, body: dict[str, object]) -> dict[str, Any]:
    url = f"{venue['endpoints']['control']}/{path}"
    request = urllib.request.Request(url, data=json.dumps(body).encode(), method="POST")
    with urllib.request.urlopen(request, timeout=5) as reply:
        return json.loads(reply.read())  # type: ignore[no-any-return]


def connect(venue: dict[str, Any], account: int, **options: Any) -> Paradex:
    """Logged in by its Ethereum key, as a user would."""
    key, endpoints = venue["accounts"][account], venue["endpoints"]
    return Paradex(
        env=TESTNET,
        l1_address=key["l1_address"],
        l1_private_key=key["l1_private_key"],
        api_base_url=endpoints["rest"],
        ws_url_override=endpoints["ws"],
        ws_direct_url_override=endpoints["ws"],
        retry_strategy=None,
        **options,
    )


@pytest.fixture(scope="session")
def client(venue: dict[str, Any]) -> Paradex:
    return connect(venue, 0)


def order(market: str, side: str, size: str, price: str | None = None, **more: Any) -> Order:
    return Order(
        market=market,
        order_type=more.pop("order_type", OrderType.Market if price is None else OrderType.Limit),
        order_side=OrderSide.Buy if side == "BUY" else OrderSide.Sell,
        size=Decimal(size),
        limit_price=Decimal(price or "0"),
        signature_timestamp=more.pop("at_ms", None) or now_ms(),
        **more,
    )


def now_ms() -> int:
    """Later by a millisecond at every call: two equal orders must not have one signature."""
    global _last_ms
    _last_ms = max(_last_ms + 1, int(time.time() * 1000))
    return _last_ms


_last_ms = 0
