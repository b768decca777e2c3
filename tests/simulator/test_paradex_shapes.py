"""The local Paradex answers and pushes the names and JSON types of the documented payloads (testdata/paradex)."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from paradex_client import ETH, ParadexTestClient

DOCUMENTED = Path(__file__).parents[2] / "testdata" / "paradex"
RESTS, TAKES = "rests", "takes"
PUBLIC = {
    "rest_system_time": "/system/time",
    "rest_system_state": "/system/state",
    "rest_system_config": "/system/config",
    "rest_markets": f"/markets?market={ETH}",
    "rest_markets_summary": f"/markets/summary?market={ETH}",
    "rest_orderbook": f"/orderbook/{ETH}?depth=2",
    "rest_trades": f"/trades?market={ETH}",
    "rest_funding_data": f"/funding/data?market={ETH}",
}
PRIVATE = {
    "rest_account": "/account",
    "rest_order": f"/orders/by_client_id/{RESTS}",
    "rest_orders": "/orders",
    "rest_orders_history": "/orders-history",
    "rest_fills": "/fills",
    "rest_positions": "/positions",
}
PUSHED = {
    "stream_orders": "orders.ALL",
    "stream_fills": "fills.ALL",
    "stream_positions": "positions",
    "stream_account": "account",
}


def documented(name: str) -> Any:
    return json.loads((DOCUMENTED / f"{name}.json").read_text())


def differences(told: Any, said: Any, where: str) -> list[str]:
    """What the documented value has and the one that was told lacks or has otherwise; a cursor may be null or text."""
    if where.endswith((".next", ".prev")):
        return [] if said is None or isinstance(said, str) else [f"{where} is {said!r}"]
    if type(told) is not type(said):
        return [f"{where} is {type(said).__name__}, documented as {type(told).__name__}"]
    if isinstance(told, dict):
        missing = [f"{where}.{name} is missing" for name in told.keys() - said.keys()]
        return missing + [
            line
            for name in told.keys() & said.keys()
            for line in differences(told[name], said[name], f"{where}.{name}")
        ]
    if isinstance(told, list) and told:
        return differences(told[0], said[0], f"{where}[0]") if said else [f"{where} is empty"]
    return []


async def trade(client: ParadexTestClient) -> None:
    """One order that rests, and one that fills at once."""
    top = await client.get(f"/bbo/{ETH}")
    await client.place(ETH, "BUY", "0.1", str(Decimal(top["bid"]) - 100), client_id=RESTS)
    await client.place(ETH, "BUY", "0.1", client_id=TAKES)


@pytest.mark.proves("R001-09")
async def test_answers(trader: ParadexTestClient) -> None:
    await trade(trader)
    await trader.control("clock", {"step_ms": 90_000})  # some of funding's history
    wrong = [
        line
        for name, path in (PUBLIC | PRIVATE).items()
        for line in differences(documented(name), await trader.get(path), name)
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.proves("R001-09")
async def test_pushes(trader: ParadexTestClient) -> None:
    async with trader.socket(*PUSHED.values()) as socket:
        await trade(trader)
        pushed: dict[str, Any] = {}
        while len(pushed) < len(PUSHED):
            message = await socket.receive_json(timeout=10)
            if message.get("method") == "subscription":
                pushed[message["params"]["channel"]] = message
    wrong = [line for name, channel in PUSHED.items() for line in differences(documented(name), pushed[channel], name)]
    assert not wrong, "\n".join(wrong)
