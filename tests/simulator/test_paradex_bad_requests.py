"""Nothing that anybody sends makes the local Paradex fail: no status of 500, no socket without an answer."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from paradex_client import ETH, ParadexTestClient

from hedgewire.simulator.wire.paradex import queries, ws

ODD: tuple[Any, ...] = (
    None, True, 0, -1, 10**40, 1.5, "", "x", "-1", "1e400", "9" * 5000, "0x" + "f" * 64, "0x-1", [], [[]], {},
    {"a": []}, "\ud83d\ude00", "../..", ETH,
)  # fmt: skip


def odd_body(draw: random.Random, good: dict[str, Any]) -> Any:
    """A good body with some fields gone, odd or strange; now and then none of it."""
    if draw.random() < 0.1:
        return draw.choice(ODD)
    return {
        key: draw.choice(ODD) if draw.random() < 0.3 else value for key, value in good.items() if draw.random() < 0.9
    }


@pytest.mark.parametrize("seed", range(3))
async def test_odd_requests_are_answered(trader: ParadexTestClient, seed: int) -> None:
    trader.venue.state.limits.enable(False)
    draw, app = random.Random(seed), trader.venue.app
    good = trader.order(ETH, "BUY", "0.5", "3400") | {"algo_type": "TWAP", "duration_seconds": 60, "id": "17"}
    good |= {"public_key": "0x1", "name": "n", "order_ids": ["1"], "client_order_ids": [], "leverage": 5}
    good |= {"margin_type": "CROSS", "client_id": "c", "flags": [], "stp": None, "trigger_price": "0"}
    for method, path, _ in app._executes.values():
        for _ in range(12):
            for part in ("order_id", "client_id", "algo_id", "market", "public_key"):
                path = path.replace("{" + part + "}", draw.choice(("17", ETH, "0x12", "%F0%9F%98%80", "-")))
            body = [odd_body(draw, good)] if draw.random() < 0.2 else odd_body(draw, good)
            status, answer = await trader.request(method, path, body)
            assert status < 500, (method, path, body, answer)
    for path, _ in (*queries.PUBLIC.values(), *queries.PRIVATE.values()):
        for part in ("order_id", "client_id", "algo_id", "market"):
            path = path.replace("{" + part + "}", draw.choice(("17", ETH, "-")))
        for _ in range(4):
            names = ("market", "symbol", "start_at", "page_size", "cursor", "depth", "resolution", "public_key", "size")
            query = "&".join(f"{name}={draw.choice(('x', '-1', '9' * 50, ETH, '0x1', '60'))}" for name in names)
            status, answer = await trader.request("GET", f"{path}?{query}")
            assert status < 500, (path, query, answer)
    for name in trader.auth_headers():
        for value in ("x", "-1", "[1,2]", '["1","2","3"]', "0x" + "f" * 70, "9" * 30):
            for path in ("/auth", "/auth/0x12", "/auth/x", "/onboarding"):
                body = {"public_key": "0x1"} if path == "/onboarding" else None
                status, _ = await trader.request("POST", path, body, headers=trader.auth_headers() | {name: value})
                assert 400 <= status < 500


@pytest.mark.parametrize("seed", range(3))
async def test_odd_calls_over_the_socket_are_answered(trader: ParadexTestClient, seed: int) -> None:
    trader.venue.state.limits.enable(False)
    draw = random.Random(seed)
    good = trader.order(ETH, "BUY", "0.5", "3400") | {"id": "17", "client_id": "c", "orders": [], "order_ids": ["1"]}
    good |= {"enabled": True, "channel": f"bbo.{ETH}", "markets": [ETH], "add": [ETH], "remove": [], "bearer": "a.b.c"}
    async with trader.socket() as socket:
        for method in (*ws.ORDER_METHODS, "auth", "subscribe", "unsubscribe", "modify_subscription", "x"):
            for _ in range(12):
                params = [odd_body(draw, good)] if draw.random() < 0.2 else odd_body(draw, good)
                answer = await trader.call(socket, method, params)
                assert ("result" in answer) != ("error" in answer), (method, params)
        for text in ("[]", "1", '"x"', "null", "{}", "[" * 90_000, json.dumps({"jsonrpc": "2.0", "method": 5})):
            await socket.send_str(text)
            message = await socket.receive_json(timeout=5)
            while message.get("id") != 0:
                message = await socket.receive_json(timeout=5)
            assert message["error"]["code"] in (ws.PARSE_ERROR, ws.INVALID_REQUEST)
        await socket.send_bytes(b"\xff\xfe")
        assert (await socket.receive_json(timeout=5))["error"]["code"] == ws.PARSE_ERROR
